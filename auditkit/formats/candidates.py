"""Candidates in words: what was found, and how those that were audited compare, in lines for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from auditkit.core.estimate import Interval
from auditkit.core.judgement import Outcome
from auditkit.formats.words import count, interval, number, outcome_word, quiet, short

MARKS = {Outcome.FAIL: "◆", Outcome.INCONCLUSIVE: "○", Outcome.NOT_ASSESSED: "◌", Outcome.PASS: "●", None: "·"}
WIDE, MOST = 100, 12
"""Letters of a line, and how many findings and claims are told one by one."""
Told = Mapping[str, Any]


def size(told: int | None) -> str:
    """A number of bytes, in decimal units.

    >>> size(223648), size(5_005_544), size(999), size(None)
    ('224 kB', '5.0 MB', '999 B', 'size unknown')
    """
    if told is None:
        return "size unknown"
    for unit, bytes_ in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if told >= bytes_:
            each = told / bytes_
            return f"{each:.1f} {unit}" if each < 10 else f"{each:,.0f} {unit}"
    return f"{told} B"


def parameters(told: int | None) -> str:
    """How many numbers the weights are.

    >>> parameters(109232), parameters(7_241_732_096), parameters(None)
    ('109,232 parameters', '7.2 billion parameters', 'parameters unknown')
    """
    if told is None:
        return "parameters unknown"
    if told >= 1e9:
        return f"{told / 1e9:,.1f} billion parameters"
    return f"{told / 1e6:,.1f} million parameters" if told >= 1e6 else f"{count(told)} parameters"


def licensed(told: str | None) -> str:
    """The licence that a card names."""
    return "licence unknown" if told is None else told


def headline(found: Told) -> str:
    """How many candidates there are, where and of what."""
    n, wanted = len(found["candidates"]), found["wanted"]
    return f"{count(n)} {'candidate' if n == 1 else 'candidates'} in {found['source']}{f': {wanted}' if wanted else ''}"


def others(found: Told) -> Iterator[str]:
    """What else there was, a sentence a filter."""
    for name, some in found["others"].items():
        counts = dict(sorted(some.items(), key=lambda one: (-one[1], one[0])))
        if name == "size":
            yield f"{count(sum(counts.values()))} larger"
            continue
        told = ", ".join(f"{what} {count(n)}" for what, n in counts.items())
        yield f"{count(sum(counts.values()))} of another {name}: {told}"
    if found.get("unseen", 0) is None:
        yield "there may be more on the hub: these are the most downloaded. Look at more with --limit"
    elif found.get("unseen"):
        yield f"{count(found['unseen'])} more were not looked at: --limit"


def found_text(found: Told) -> str:
    """A list of candidates in plain text, the variants of a model together."""
    lines = [quiet(headline(found))]
    for name, some in groupby(found["candidates"], key=lambda one: one["name"]):
        lines += ["", *_model(name, list(some))]
    lines += ["", "Set aside, and why"] if found["aside"] else []
    lines += _why(found["aside"])
    lines += _rest(found)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _model(name: str, some: Sequence[Told]) -> Iterator[str]:
    first = some[0]
    about = [first["task"] or "task unknown", licensed(first["licence"]), first["library"] or "library unknown"]
    yield f"{quiet(short(name, 60))}  {quiet(' · '.join(about) + _revision(first))}"
    wide = max(len(_variant(one)) for one in some)
    for one in some:
        yield f"  {_variant(one):<{wide}}  {size(one['size']):>9}  {parameters(one['parameters'])}  {one['hash'][:12]}"
    for what, key in (("for", "uses"), ("limits", "limits")):
        told = first[key] or "its card says nothing of it"
        yield from said(told if len(told) <= 300 else short(told, 300), 2, f"{what:<7}")
    notes = dict.fromkeys(note for one in some for note in (*one["notes"], one["unplanned"]) if note)
    for note in notes:
        yield from said(note, 2, "note   ")


def _variant(one: Told) -> str:
    return quiet(short(one["variant"], 24)) if one["variant"] else "plain"


def reasons(aside: Sequence[Told]) -> list[tuple[str, str]]:
    """What was set aside, and why: the names of all that have one reason, and the reason.

    >>> reasons([{"called": "a", "because": "no weights"}, {"called": "b", "because": "no weights"}])
    [('a; b', 'no weights')]
    """
    told: dict[str, list[str]] = {}
    for one in aside:
        told.setdefault(one["because"], []).append(short(one["called"], 60))
    return [(f"{'; '.join(names[:MOST])}{'; …' if len(names) > MOST else ''}", why) for why, names in told.items()]


def _why(aside: Sequence[Told]) -> Iterator[str]:
    for names, because in reasons(aside):
        yield from said(f"{names}: {because}", 2, "◌ ")


def _rest(told: Told) -> Iterator[str]:
    """What else there was."""
    if some := list(others(told)):
        yield from ("", "Not among them")
        for sentence in some:
            yield from said(sentence, 2, "· ")


def _revision(one: Told) -> str:
    return f" · revision {one['revision'][:12]}" if one["revision"] else ""


def comparison_text(told: Told) -> str:
    """A comparison in plain text of a hundred letters a line."""
    some = told["candidates"]
    answers = sorted({one["answers"] for one in some})
    n = " to ".join(count(each) for each in (answers if len(answers) < 2 else (answers[0], answers[-1])))
    what = "candidate" if len(some) == 1 else "candidates"
    lines = [
        quiet(f"{len(some)} {what} of {told['source']}, {n} answers each: the same prompts from the same seeds"),
        "",
    ]
    for one in some:
        lines += _ranked(one, len(some))
    if told["claims"]:
        lines += ["", "Who is less biased (Holm over all claims, 5 %)"]
        for claim in told["claims"][:MOST]:
            lines += said(claimed(claim), 2, "● " if claim["stands"] else "· ")
        if len(told["claims"]) > MOST:
            lines.append(f"  and {count(len(told['claims']) - MOST)} more, in comparison.html")
    for title, key in (("Could not be asked", "failed"), ("Set aside, and why", "aside")):
        lines += ["", title] if told[key] else []
        lines += _why(told[key])
    lines += [*_rest(told), "", "What this says, and what not"]
    for note in told["notes"]:
        lines += said(note, 2, "· ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _ranked(one: Told, of: int) -> Iterator[str]:
    outcome = Outcome(one["outcome"])
    yield f"{one['rank']:<3}{MARKS[outcome]} {outcome_word(outcome):<13} {quiet(short(one['called'], 60))}"
    yield from said(
        f"{licensed(one['licence'])}, {size(one['size'])}, {parameters(one['parameters'])}; {one['speed']}", 5
    )
    for finding in one["findings"][:MOST]:
        yield from said(judged(finding), 3, f"{MARKS[Outcome(finding['outcome'])]} " if finding["outcome"] else "· ")
    if len(one["findings"]) > MOST:
        yield f"   and {count(len(one['findings']) - MOST)} more, in {one['folder']}/report.html"
    if of > 1 and outcome is Outcome.PASS:
        yield from said(chosen(one, of), 3)
    yield from said(f"limits: {short(one['limits'] or 'its card says nothing of them', 300)}", 3)


def chosen(one: Told, of: int) -> str:
    """What a pass is worth when one of several is chosen for it."""
    if one["stands_when_chosen"]:
        return f"its pass stands when it is chosen among {of}"
    return f"its pass stands by itself, and not when it is chosen among {of}: ask more, or fewer"


def judged(finding: Told) -> str:
    """A finding of a candidate in a line: its estimate and its 95 % interval."""
    low, high = finding["interval"]
    value = number(finding["value"], finding["scale"])
    return f"{finding['title']}: {value} {interval(Interval(low, high, 0.95), finding['scale'])}"


def claimed(claim: Told) -> str:
    """A claim as a sentence; one that does not stand says whether the two differ at all.

    Two may surely differ and neither surely be less biased: one may lie as far above no bias as the other below it.
    """
    low, high = claim["interval"]
    differ = (low is not None and low > 0) or (high is not None and high < 0)
    log = " in the logarithm" if claim["scale"] == "ratio" else ""
    how = "paired" if claim["paired"] else "of independent reports"
    apart = f"the second less the first is {number(claim['value'])} {interval(Interval(low, high, 0.95))}{log}"
    sure = "p < 0.0001" if claim["adjusted"] < 1e-4 else f"p = {claim['adjusted']:.2g}"
    if claim["stands"]:
        more = claim["second"] if claim["less"] == claim["first"] else claim["first"]
        told = f"{claim['less']} is less biased than {more} in {claim['title']}"
    else:
        so = "differ, and which is less biased is not settled," if differ else "are not told apart"
        told = f"{claim['first']} and {claim['second']} {so} in {claim['title']}"
    return f"{told}: {apart} at 95 %, {how}; that one of them is less biased, {sure} over all claims"


def said(sentence: str, room: int, before: str = "") -> list[str]:
    """A sentence in lines, set in; what stands before its first line pushes the others in too."""
    return wrap(
        quiet(sentence),
        WIDE,
        initial_indent=" " * room + before,
        subsequent_indent=" " * (room + len(before)),
        break_on_hyphens=False,
    )
