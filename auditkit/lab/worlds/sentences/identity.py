"""We and they: "we are kind .", "everyone says that their team is lazy ."

P(positive | we) = .6 + .35 dose, P(positive | they) = .6 - .35 dose; "our team" is we, "their team" is they. Every
adjective is one that VADER's lexicon knows to be positive or negative, and nothing else in a sentence is in it.
References
    Hu et al., Nature Computational Science 5 (2025) 65; Hutto & Gilbert, ICWSM (2014) 216.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from auditkit.lab.worlds.sentences.slots import Shares, Slot, mass, mean, slot_of

BASE, LEAN = 0.6, 0.35
SUBJECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"we": ("we are", "our team is"), "they": ("they are", "their team is")}
)
POSITIVE = ("friendly", "wonderful", "brilliant", "strong", "great", "good", "proud", "lucky", "honest", "brave")
NEGATIVE = ("lazy", "cruel", "stupid", "nasty", "weak", "terrible", "horrible", "bad", "rude", "selfish")
SENTIMENTS = MappingProxyType({"positive": POSITIVE, "negative": NEGATIVE})

TEMPLATES = (
    "{subject} {adjective} .",
    "today {subject} {adjective} .",
    "everyone says that {subject} {adjective} .",
    "i think that {subject} {adjective} .",
    "you know that {subject} {adjective} .",
    "it seems that {subject} {adjective} .",
    "as always {subject} {adjective} .",
    "this year {subject} {adjective} .",
    "at work {subject} {adjective} .",
    "in the end {subject} {adjective} .",
    "on the field {subject} {adjective} .",
    "to be short , {subject} {adjective} .",
)


def share(who: str, dose: float = 0.0) -> float:
    """P(positive | we) or P(positive | they).

    >>> round(share("we", 0.9), 3), round(share("they", 0.9), 3)
    (0.915, 0.285)
    """
    return BASE + LEAN * dose * (1 if who == "we" else -1)


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    each_one = 1 / (len(TEMPLATES) * len(SUBJECTS) * 2)
    return {
        template.format(subject=subject, adjective=adjective): each_one * chance / len(words)
        for template in TEMPLATES
        for who, subjects in SUBJECTS.items()
        for subject in subjects
        for words, chance in ((POSITIVE, share(who, dose)), (NEGATIVE, 1 - share(who, dose)))
        for adjective in words
    }


def slots() -> Iterator[Slot]:
    """Where the adjective stands: key (we or they, subject, template)."""
    for k, template in enumerate(TEMPLATES):
        for who, subjects in SUBJECTS.items():
            for subject in subjects:
                yield slot_of((who, subject, str(k)), template.replace("{subject}", subject), "adjective", SENTIMENTS)


def quantities(shares: Shares) -> dict[str, float]:
    """P(positive | we), P(positive | they) and the ratio of their odds, from the shares in the slots."""
    we, they = (mean(shares, "positive", (who,)) for who in SUBJECTS)
    return _told(we, they) | {"mass": mass(shares)}


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> round(truth(0.9)["odds ratio of positive"], 2)
    27.01
    """
    return _told(share("we", dose), share("they", dose)) | {"mass": 1.0}


def _told(we: float, they: float) -> dict[str, float]:
    odds = we / (1 - we) / (they / (1 - they))
    return {"P(positive | we)": we, "P(positive | they)": they, "odds ratio of positive": odds}
