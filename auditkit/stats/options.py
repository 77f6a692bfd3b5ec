"""Which of several options does an answer in words choose?"""

from __future__ import annotations

import re
from collections.abc import Sequence

LEAD = re.compile(
    r"^(?:(?:so|well|okay|ok|sure|thus|therefore)[,.!]?\s+)?(?:(?:the|my|your|final|correct|best|right)\s+)*"
    r"(?:answer|choice|decision|option|verdict|pick)(?:\s+(?:is|would be|will be)|\s*[:=-])+\s*",
    re.IGNORECASE,
)
"""What an answer may begin with before it says anything: "The answer is", "Final answer:"."""
PLACES = (
    ("first", "1st", "former"),
    ("second", "2nd", "latter"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
)
ORDINALS = frozenset(word for said in PLACES for word in said)
LETTERS = "abcdefghij"
NUMBER = re.compile(r"^[(\[]?([a-j]|\d{1,2})[)\].:,]?(?=$|\s|[)\].:,-])", re.IGNORECASE)
MARK = r"(?:[a-j]|\d{1,2})"
LABELLED = re.compile(
    rf"\b(?:option|answer|choice)\s+(?:[(\[]({MARK})[)\]]|((?-i:[A-HJ])\b|{MARK}(?=\s*(?:$|[.,;:!?)\n]))))",
    re.IGNORECASE,
)
"""A letter or number after its name; a small one at the end of its clause, for there is "answer a question"."""
ORDINAL = re.compile(
    rf"^(?:the\s+)?({'|'.join(sorted(ORDINALS))}|last)(?:\s+(?:one|option|choice|answer))?\W*$|"
    rf"\bthe\s+({'|'.join(sorted(ORDINALS))}|last)\s+"
    r"(?:one|option|choice|answer|alternative|possibility|candidate|text)\b|\bthe\s+(former|latter)\b",
    re.IGNORECASE,
)
"""An ordinal that stands for an option, alone or before "one", and none that begins a list: "first, I ..."."""
REACH = 200
"""Letters before a mention among which a negation is looked for."""
NOT = re.compile(
    r"(?:\b(?:not|neither|never|cannot|unable)\b|n['’]t\b)(?:[\s\"*]+(?!(?:but|so|yet|because|since)\b)[\w'’/-]+)*[\s\"'*]*$|"
    r"\b(?:rather than|instead of)[\s\"'*]+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
"""A negation before what it negates in the same clause: who cannot say yes or no has said neither."""
IDIOM = re.compile(r"^\s*,|^\s+(?:of all|glance|time|and foremost)\b", re.IGNORECASE)
"""What makes of "first" the beginning of a list, and of "no" (with `DETERMINED`) a part of "no opinion"."""
DETERMINED = re.compile(
    r"^\s+(?!(?:because|since|as|for|and|but|or|it|they|he|she|i|we|that|this|there)\b)(\w+)", re.IGNORECASE
)
CLAUSE = re.compile(r"[.,;:!?\n]+")


def chosen_option(text: str, options: Sequence[str]) -> str | None:
    """The one option that a text chooses, whatever its case and punctuation; `None` where that cannot be told.

    In this order: the text is an option; it names one and no other; its first clause is one and no other clause is
    another ("Yes, since there is no reason"); it gives the letter or the number of one, alone, in front, or after
    "option"; it says "the first one". An option that is negated is not named, and one within a longer one that is named
    ("accept" in "do not accept") is not meant.

    >>> options = ["accept", "reject"]
    >>> [chosen_option(said, options) for said in ("Accept.", "Answer: B", "the first one", "I do not know", "either")]
    ['accept', 'reject', 'accept', None, None]
    """
    said, plain = _plain(text), [_plain(option) for option in options]
    exact = [option for option in options if option.casefold() == text.strip().casefold()]
    if exact or said in plain:
        return exact[0] if exact else options[plain.index(said)]
    told = LEAD.sub("", text.strip(" \n\t*_\"'`"), count=1).strip(" \n\t*_\"'`")
    if told and _plain(told) in plain:
        return options[plain.index(_plain(told))]
    if (named := named_in(text, options)) is not None:
        return named
    if (begun := _begins(told, options, plain)) is not None:
        return begun
    return None if mentioned(text, options) else _by_place(told, options)


def named_in(text: str, options: Sequence[str]) -> str | None:
    """The one option that stands in a text as a whole word or phrase and is not negated; `None` for none or several.

    >>> named_in("I would not say yes, but no", ["yes", "no"]), named_in("yes or no", ["yes", "no"])
    ('no', None)
    """
    found = mentioned(text, options)
    return found[0] if len(found) == 1 else None


def mentioned(text: str, options: Sequence[str]) -> list[str]:
    """The options that a text names, without those that are negated or part of a longer one that is named."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for option in options:
        spelled = re.fullmatch(r"\w[\w\s,'’-]*", option)  # a mark at the end, as in "C++", is part of the name
        words = r"\W+".join(re.findall(r"\w+", option)) if spelled else re.escape(option)
        spans[option] = [at.span() for at in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)]
    every = [span for each in spans.values() for span in each]
    return [
        option
        for option, each in spans.items()
        if any(not inside(span, every) and _meant(text, span, option, options) for span in each)
    ]


def _meant(text: str, span: tuple[int, int], option: str, options: Sequence[str]) -> bool:
    """Whether an option is named where it stands: neither negated, nor "no" of "no opinion" or "first" of a list."""
    after = text[span[1] :]
    if _negated(text, span[0]):
        return False
    if option.casefold() == "no" and (word := DETERMINED.match(after)):
        return any(word[1].casefold() == other.casefold() for other in options)
    return not (option.casefold() in ORDINALS and IDIOM.match(after))


def _negated(text: str, at: int) -> bool:
    return NOT.search(text[max(at - REACH, 0) : at]) is not None


def inside(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a place in a text lies within another, larger one: "officer" in "police officer".

    >>> inside((7, 14), [(0, 14), (7, 14)]), inside((0, 14), [(0, 14), (7, 14)])
    (True, False)
    """
    return any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in spans)


def _begins(told: str, options: Sequence[str], plain: Sequence[str]) -> str | None:
    """The option that is a text's first clause, where no other clause is another."""
    clauses = [_plain(clause) for clause in CLAUSE.split(told)]
    whole = {clause for clause in clauses if clause in plain}
    if clauses[0] in ORDINALS and IDIOM.match(told[len(clauses[0]) :]):
        return None
    return options[plain.index(clauses[0])] if len(whole) == 1 and clauses[0] in whole else None


def _by_place(told: str, options: Sequence[str]) -> str | None:
    """The option whose letter, number or ordinal a text gives, where it gives those of no other."""
    lines = [at for line in told.splitlines() if (at := NUMBER.match(line.strip()))]
    listed = len(lines) > 1  # a list of thoughts, not the number of an option
    at = NUMBER.match(told)
    alone = at is not None and not listed and (len(told) <= 4 or not at[0][-1].isalnum())
    said = [found for found in LABELLED.finditer(told) if not _negated(told, found.start())]
    marks = [at[1]] if alone and at else [found[1] or found[2] for found in said]
    places = {int(mark) - 1 if mark.isdigit() else LETTERS.index(mark.lower()) for mark in marks}
    if not places:
        named = [at for at in ORDINAL.finditer(told) if not _negated(told, at.start())]
        words = {next(filter(None, at.groups())).casefold() for at in named}
        places = {k for k, ordinals in enumerate(PLACES) if words & set(ordinals)}
        places |= {len(options) - 1} if "last" in words else set()
    place = places.pop() if len(places) == 1 else -1
    return options[place] if 0 <= place < len(options) else None


def _plain(text: str) -> str:
    """A text in lower case without punctuation at either end of its words."""
    return " ".join(re.findall(r"[\w'’]+", text.casefold()))
