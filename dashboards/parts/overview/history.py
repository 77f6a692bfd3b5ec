"""What changed since the last report on the same subject? The verdict, what surely moved, what is told no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

import streamlit as st
from markupsafe import Markup

from auditkit import AuditkitError, Finding, Judgement, Outcome, Policy, Report
from auditkit.baselining import Baseline, differences, moves
from auditkit.rendering import words
from dashboards.parts.comparison import WAYS
from dashboards.parts.opened import read
from dashboards.parts.overview.glimpses import Seen
from dashboards.parts.prose import badge, html

STEP = "step.json"
"""What lies beside the reports before and after a step."""
MOST = 40
"""Changes that are listed one by one; the Compare page has all."""
ODD = "The two cannot be compared ({}: {}). Audit again what was audited."


@dataclass(frozen=True, slots=True)
class Since:
    """What lies between two reports: `ways` how many comparisons of both moved which way, `moved` which surely did.

    `lost` says of groups and detectors that they are gone; `notices` are all the other differences; `paired` is how
    many comparisons were compared by unit.
    """

    was: Outcome
    now: Outcome
    ways: tuple[tuple[str, int], ...]
    moved: tuple[str, ...]
    gone: int
    come: int
    lost: tuple[str, ...]
    notices: tuple[str, ...]
    paired: int = 0


def steps(seen: Sequence[Seen]) -> dict[str, Seen]:
    """By the report that lies before a step of a lifecycle, the one after it, which is what counts of both."""
    every, found = {one.entry.id: one for one in seen}, dict[str, Seen]()
    for one in seen:
        folder = PurePosixPath(one.entry.id).parent
        after = every.get((folder.parent / "after" / one.entry.path.name).as_posix())
        if folder.name == "before" and after is not None and (one.entry.path.parent.parent / STEP).is_file():
            found[one.entry.id] = after
    return found


def latest(seen: Sequence[Seen]) -> list[Seen]:
    """The newest report of each subject, those before a step aside; the newest come first in what is given."""
    first, aside = dict[str, Seen](), steps(seen)
    for one in seen:
        if one.told is not None and one.entry.id not in aside:
            first.setdefault(one.told.subject, one)
    return list(first.values())


def predecessor(one: Seen, seen: Sequence[Seen], aside: Mapping[str, Seen] = MappingProxyType({})) -> Seen | None:
    """The report before its own step (`aside`, from `steps`), else that before on the same subject, else on the same
    runs."""
    if one.told is None:
        return None
    if own := [other for other in seen if aside.get(other.entry.id) is one and other.told is not None]:
        return own[0]
    later = [other for other in seen[seen.index(one) + 1 :] if other.entry.id not in aside]
    older = [other for other in later if other.told is not None]
    same = (other for other in older if other.told and other.told.subject == one.told.subject)
    runs = (other for other in older if other.told and one.told.sources and other.told.sources == one.told.sources)
    return next(same, None) or next(runs, None)


def since(new: tuple[Report, Judgement], old: tuple[Report, Judgement]) -> Since:
    """What changed from an old report to a new one on the same subject, by the comparison that the page Compare makes:
    paired where both say of the same units what these are, else as of independent reports."""
    (report, judged), (before, was) = new, old
    told = {finding.key: finding for finding in report.findings}
    moved = moves(report, before)
    ways = tuple((way, sum(move.way == way for move in moved)) for way in WAYS)
    surely = tuple(f"{_named(told[m.key])}: {WAYS[m.way]}" for m in moved if m.way in ("worse", "better"))
    keys = {finding.key for finding in before.findings}
    notices = differences(report, _policy(judged), Baseline(before, was.policy or None))
    lost = [one.sentence for one in notices if _is_loss(one.about, one.sentence)]
    rest = tuple(one.sentence for one in notices if one.sentence not in lost)
    gone, come = len(keys - set(told)), len(set(told) - keys)
    paired = sum(move.paired for move in moved)
    return Since(was.outcome, judged.outcome, ways, surely, gone, come, tuple(lost), rest, paired)


def between(new: Seen, old: Seen) -> Since | str:
    """What changed from one file to another, kept by both digests; a sentence where one has gone since."""
    if new.told is None or old.told is None:
        return new.why or old.why
    try:
        return _between(new.told.digest, old.told.digest, new, old)
    except (AuditkitError, OSError) as error:
        return str(error)
    except Exception as error:  # one pair that nobody foresaw does not take the list down
        return ODD.format(type(error).__name__, error)


def verdict(one: Since) -> Markup:
    """The verdict as it was and is."""
    if one.was is one.now:
        return html("The verdict is {}, as it was.", badge(one.now))
    return html("The verdict was {} and is {}.", badge(one.was), badge(one.now))


def sentence(one: Since) -> str:
    """What moved, came and went, in a sentence or two.

    >>> sentence(Since(Outcome.PASS, Outcome.FAIL, (("worse", 2), ("same", 1)), (), 1, 0, (), (), 2))
    'Of 3 comparisons that both tell, 2 are surely further from no bias, 1 is without a change beyond the noise; 2 are \
paired. 1 is told no more.'
    """
    both = sum(n for _, n in one.ways)
    moved = ", ".join(f"{n:,} {_verb(way, n)}{WAYS[way]}" for way, n in one.ways if n)
    pairs = "the one comparison" if both == 1 else f"{both:,} comparisons"
    units = f"; {one.paired:,} {_verb('', one.paired)}paired" if one.paired else ""
    first = f"Of {pairs} that both tell, {moved}{units}." if both else "They have no comparison in common."
    came = ", ".join(f"{n:,} {_verb('', n)}{how}" for n, how in _counts(one) if n)
    return f"{first} {came}." if came else first


def _counts(one: Since) -> tuple[tuple[int, str], ...]:
    return (one.gone, "told no more"), (one.come, "told for the first time")


def _verb(way: str, n: int) -> str:
    return "" if way == "untold" else "is " if n == 1 else "are "


def _named(finding: Finding) -> str:
    by = f" by {words.short(finding.attribute, 40)}" if finding.attribute else ""
    return f"{words.short(finding.estimand)}{by}, {words.comparison(finding, 60)}"


def _policy(judged: Judgement) -> Policy:
    """The policy of a judgement, the default one where this version does not read it."""
    try:
        return Policy.from_dict(judged.policy) if judged.policy else Policy()
    except AuditkitError:
        return Policy()


def _is_loss(about: str, sentence: str) -> bool:
    return (about == "groups" and sentence.startswith("Gone")) or (about == "detectors" and sentence.endswith("gone."))


@st.cache_resource(max_entries=2_000, show_spinner="Comparing with the report before …")
def _between(new: str, old: str, _new: Seen, _old: Seen) -> Since:
    return since(read(_new.entry)[:2], read(_old.entry)[:2])
