"""How far is labelling, do raters agree, and what comes next? Rows and sentences, without a page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from auditkit import Estimate
from auditkit.labelling import ENOUGH_CHECKED, ENOUGH_RARE, Progress, agreement, disputed, given, labelled
from auditkit.rendering import words

KEYS = 9
"""Levels that have a key of their own."""


@dataclass(frozen=True)
class Standing:
    """What there is of labels at one moment."""

    progress: Progress
    agreement: Estimate
    disputed: Mapping[tuple[str, str], int]


def standing(run: Path, attribute: str) -> Standing:
    """Count the labels of a run."""
    return Standing(labelled(run, attribute), agreement(run, attribute), disputed(run, attribute))


def levels_of(progress: Progress) -> tuple[str, ...]:
    """The levels that have a button: those that were read, then those that people found beside them."""
    read = [one.level for one in progress.strata]
    return tuple(dict.fromkeys([*read, *progress.truths]))


def strata_rows(progress: Progress) -> list[dict[str, Any]]:
    """A row a level that was read."""
    return [
        {"read as": one.level, "answers": one.answers, "labelled": one.labelled, "cannot tell": one.cannot_tell,
         "skipped": one.skipped, "raters even": one.tied, "still to label": one.needed}
        for one in progress.strata
    ]  # fmt: skip


def untold(progress: Progress) -> str:
    """What an audit makes of that which was looked at and is not known, as a sentence."""
    lost, told = (sum(getattr(one, part) for one in progress.strata) for part in ("untold", "labelled"))
    if not lost:
        return "All that was looked at could be told."
    return (
        f"{words.count(lost)} of {words.count(lost + told)} answers that were looked at are not known: nobody could "
        "tell, they were skipped, or raters are even. These are mostly the hard ones, so an audit does not take the "
        "others for them: its interval holds whatever they show, and narrows once you settle them together."
    )


def truth_rows(progress: Progress) -> list[dict[str, Any]]:
    """A row a level that people said, or that was read and that nobody said yet."""
    levels = dict.fromkeys([*(one.level for one in progress.strata), *progress.truths])
    return [{"people say": level, "answers": progress.truths.get(level, 0)} for level in levels]


def disputed_rows(found: Standing) -> list[dict[str, Any]]:
    """A row for each two levels that raters gave one output."""
    return [{"one says": a, "another says": b, "outputs": n} for (a, b), n in found.disputed.items()]


def label_rows(run: Path) -> list[dict[str, Any]]:
    """Every label of a run, of every attribute and rater."""
    return [
        {"attribute": one.attribute, "output": output, "answer": one.answer, "rater": one.rater, "level": one.level,
         "at": one.at}
        for output, one in given(run)
    ]  # fmt: skip


def agreed(estimate: Estimate) -> str:
    """The agreement as a sentence."""
    if estimate.value is None:
        return f"Agreement cannot be told yet: {estimate.reason}. Let a second person label with the same seed."
    value, low, high = (words.number(v, signed=False) for v in (estimate.value, *estimate.interval(0.95)[:2]))
    return (
        f"Krippendorff's α is {value} ({low} to {high} at 95 %), over {words.count(estimate.n)} outputs that at least "
        "two could tell. 1 is full agreement, 0 is chance; conclusions are usually drawn from .8, with care from .667."
    )


def enough(progress: Progress) -> str:
    """Whether there are enough labels, as a sentence."""
    if progress.enough:
        return "There are enough labels for a verdict: the next audit puts the annotator right by them."
    return (
        f"There are not enough labels for a verdict yet. It takes {ENOUGH_CHECKED} of each level that was read, or all "
        f"that there are, and {ENOUGH_RARE} of each level by what people say. Until then an audit tells its corrected "
        "interval, and no more."
    )


def next_command(run: Path, attribute: str) -> str:
    """What to type for a report that uses the labels."""
    out = run.parent
    if (out / "report.json").is_file():
        return f"auditkit run PLAN.toml --out {shlex.quote(str(out))}"
    return f"auditkit.audit({str(run)!r}, group={attribute!r})"


def someone_alike(rater: str, progress: Progress) -> str | None:
    """Another rater whose name differs in no more than its spelling."""
    names = [name for name in progress.raters if name != rater and name.casefold() == rater.casefold()]
    return next(iter(names), None)


def keyed(levels: tuple[str, ...]) -> list[tuple[str, str | None]]:
    """Levels with the keys that stand for them.

    >>> keyed(("darker", "lighter"))
    [('darker', '1'), ('lighter', '2')]
    """
    keys = [str(k) for k in islice(count(1), KEYS)]
    return [(level, keys[k] if k < KEYS else None) for k, level in enumerate(levels)]
