"""A lineage as it is told: where things and deeds stand from left to right, and all of it in lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import PurePosixPath

from auditkit.core.judgement import Outcome
from auditkit.core.lineage import BROKEN, Deed, Flaw, Known, Lineage
from auditkit.formats.lettering import fitted
from auditkit.formats.lineage_bands import DEED, WIDE, Point, banded
from auditkit.formats.lineage_lanes import Arrow
from auditkit.formats.lineage_rows import LOW, TALL
from auditkit.formats.turns import MARKS
from auditkit.formats.words import count, outcome_word, quiet, short

KINDS = frozenset({"data", "model", "run", "report", "judgement", "state"})
"""What is drawn; plans, policies, cards and pages stand in the table."""
MOST = 150
"""Things that are drawn; what is beyond is in the table."""
LEAST = 0.75
"""How small a drawing may be shown against its own size: its least words are 8 pixels high then."""
SHORT = 12
"""Digits of a hash that are shown."""
INSET, NAME, VERB = 12, 14, 11
"""Pixels: the room beside the words of a box, and how high the letters of a thing's name are and of a step's."""


@dataclass(frozen=True, slots=True)
class Box:
    """A thing, or a deed, where it stands: what it is, what it is called, a line below, its verdict, and a flaw."""

    x: float
    y: float
    wide: float
    tall: float
    kind: str
    title: str
    below: str
    outcome: Outcome | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """From the right of one box to the left of another, through points between which no box stands."""

    points: tuple[Point, ...]

    @property
    def start(self) -> Point:
        """Where it leaves a box."""
        return self.points[0]

    @property
    def end(self) -> Point:
        """Where it reaches one."""
        return self.points[-1]


@dataclass(frozen=True)
class Drawing:
    """Things and deeds from left to right, in pixels; `left_out` says how many things are not drawn."""

    things: tuple[Box, ...]
    deeds: tuple[Box, ...]
    wires: tuple[Wire, ...]
    size: tuple[float, float]
    left_out: int

    @property
    def least(self) -> int:
        """Pixels: how narrow it may be shown; where there is less room it is scrolled."""
        return round(LEAST * self.size[0])

    @property
    def spoken(self) -> str:
        """The drawing in words, for whoever does not see it."""
        return f"{count(len(self.things))} things and {count(len(self.deeds))} steps between them, from left to right"


def drawing(lineage: Lineage) -> Drawing:
    """Where everything stands: a thing right of what it was made of, as near to its own as their order allows; chains
    that have nothing in common one below the other, the longest first.

    >>> drawing(Lineage((Known("data", "a.csv", "0" * 64),))).size
    (228.0, 86.0)
    """
    shown = {one.hash: one for one in lineage.things if one.kind in KINDS}
    shown = dict(list(shown.items())[:MOST])
    arrows = _arrows(lineage.deeds, shown)
    nodes = [*(("thing", hash) for hash in shown), *dict.fromkeys(n for a in arrows for n in a if n[0] == "deed")]
    laid = banded(nodes, arrows)
    flawed = {flaw.where: flaw.sentence for flaw in lineage.flaws}
    things = tuple(_thing(shown[n[1]], laid.place[n], flawed) for n in nodes if n[0] == "thing")
    deeds = tuple(_deed(lineage.deeds[int(n[1])], laid.place[n], flawed) for n in nodes if n[0] == "deed")
    wires = tuple(Wire(laid.ways[arrow]) for arrow in arrows)
    return Drawing(things, deeds, wires, laid.size, len(lineage.things) - len(shown))


def _arrows(deeds: Sequence[Deed], shown: Mapping[str, Known]) -> list[Arrow]:
    """What leads to what: thing to deed, deed to thing. What several deeds gave comes from that which is nearest to
    where it lies: the audit in a folder, and not the step around it, where that has given anything else."""
    gave: dict[str, list[int]] = {}
    for k, deed in enumerate(deeds):
        for hash in deed.gave:
            gave.setdefault(hash, []).append(k)
    nearest = {hash: _nearest(known, deeds, gave.get(hash, ())) for hash, known in shown.items()}
    arrows: list[Arrow] = []
    seen = set()
    for k, deed in enumerate(deeds):
        if (same := (deed.phase, deed.took, deed.gave)) in seen:
            continue
        seen.add(same)
        mine = [hash for hash in deed.gave if hash in shown]
        kept = [hash for hash in mine if nearest[hash] in (k, None)] or mine
        if not kept:
            continue
        here = ("deed", str(k))
        arrows += [(("thing", hash), here) for hash in dict.fromkeys(deed.took) if hash in shown and hash not in kept]
        arrows += [(here, ("thing", hash)) for hash in dict.fromkeys(kept)]
    return arrows


def _nearest(known: Known, deeds: Sequence[Deed], gave: Sequence[int]) -> int | None:
    """Which of the deeds that gave a thing lies nearest to it."""
    where = PurePosixPath(known.lies[0] if known.lies else known.name).parent
    return max(gave, key=lambda k: shared(PurePosixPath(deeds[k].at).parent, where), default=None)


def shared(one: PurePosixPath, other: PurePosixPath) -> int:
    """How many folders two places have in common, less those that lead away again."""
    same = next((k for k, (a, b) in enumerate(zip(one.parts, other.parts, strict=False)) if a != b), None)
    common = min(len(one.parts), len(other.parts)) if same is None else same
    return 2 * common - len(one.parts) - len(other.parts)


def _thing(known: Known, at: tuple[float, float], flawed: Mapping[str, str]) -> Box:
    outcome = Outcome(known.outcome) if known.outcome in Outcome.__members__ else None
    flaw = next((flawed[where] for where in (*known.lies, known.name) if where in flawed), "")
    title = outcome_word(outcome) if outcome else _called(known)
    return Box(
        *at, WIDE, TALL, known.kind, fitted(quiet(title), WIDE - 2 * INSET, NAME), known.hash[:SHORT], outcome, flaw
    )


def _deed(deed: Deed, at: tuple[float, float], flawed: Mapping[str, str]) -> Box:
    return Box(
        *at,
        DEED,
        LOW,
        "step",
        fitted(quiet(deed.phase), DEED - INSET, VERB),
        quiet(deed.at),
        None,
        flawed.get(deed.at, ""),
    )


def _called(known: Known) -> str:
    """Where a thing lies, or what it is called where it does not lie here."""
    return known.lies[0] if known.lies else known.name


def headline(lineage: Lineage) -> str:
    """What a lineage comes to, in a sentence."""
    told = f"{count(len(lineage.things))} things, {count(len(lineage.deeds))} steps"
    broken, open_ = (_flaws(lineage, kinds) for kinds in (True, False))
    if broken:
        return f"{told}: the chain is broken in {_places_of(len(broken))}."
    if open_:
        return f"{told}: the chain holds, and cannot be followed in {_places_of(len(open_))}."
    return f"{told}: every hash that is told is the hash of what lies here."


def _places_of(n: int) -> str:
    return "one place" if n == 1 else f"{count(n)} places"


def _flaws(lineage: Lineage, broken: bool) -> list[Flaw]:
    return [flaw for flaw in lineage.flaws if (flaw.kind in BROKEN) == broken]


def steps(lineage: Lineage) -> Iterator[tuple[Deed, list[Known], list[Known]]]:
    """Every deed with what it took and gave, as they follow from one another."""
    by = {one.hash: one for one in lineage.things}
    for deed in map(lineage.deeds.__getitem__, _following(lineage.deeds)):
        yield deed, [by[h] for h in deed.took if h in by], [by[h] for h in deed.gave if h in by]


def _following(deeds: Sequence[Deed]) -> Iterator[int]:
    """The deeds in their order, each after all that gave what it took; a circle is cut at the first of its deeds."""
    givers = Counter(hash for deed in deeds for hash in set(deed.gave))
    takers: dict[str, list[int]] = {}
    lacks: dict[int, int] = {}
    for k, deed in enumerate(deeds):
        awaited = {hash for hash in deed.took if givers[hash] and hash not in deed.gave}
        lacks[k] = len(awaited)
        for hash in awaited:
            takers.setdefault(hash, []).append(k)
    ready = [k for k, n in lacks.items() if n == 0]
    while lacks:
        k = heappop(ready) if ready else next(iter(lacks))
        if lacks.pop(k, None) is None:
            continue
        yield k
        for hash in set(deeds[k].gave):
            givers[hash] -= 1
            for taker in takers.get(hash, ()) if givers[hash] == 0 else ():
                if taker in lacks:
                    lacks[taker] -= 1
                    if lacks[taker] == 0:
                        heappush(ready, taker)


def lineage_text(lineage: Lineage) -> str:
    """A lineage in plain text: a deed, what it took and what it gave, as they follow from one another; then what is
    amiss."""
    lines = [headline(lineage)]
    for deed, took, gave in steps(lineage):
        lines += ["", f"{quiet(deed.phase)}  {short(quiet(deed.at), 90)}"]
        lines += [f"  took  {_line(one, deed)}" for one in _first(took)] + [
            f"  gave  {_line(one, deed)}" for one in _first(gave)
        ]
    for title, broken in (("Broken", True), ("Not to be followed", False)):
        flaws = _flaws(lineage, broken)
        lines += ["", title] if flaws else []
        for flaw in flaws:
            where = f"{flaw.where}: " if flaw.where else ""
            lines.append(f"  {'◆' if broken else '◌'} {quiet(where + flaw.sentence)}")
    return "\n".join(lines) + "\n"


def _first(things: Iterable[Known], most: int = 12) -> list[Known]:
    told = list(things)
    rest = Known("", f"and {count(len(told) - most)} more, in lineage.json", "")
    return [*told[:most], rest] if len(told) > most else told


def near(known: Known, at: str) -> str:
    """Where a thing lies nearest to a deed, or what it is called where it does not lie here."""
    here = PurePosixPath(at).parent
    return max(known.lies, key=lambda path: shared(PurePosixPath(path).parent, here), default=known.name)


def _line(known: Known, deed: Deed) -> str:
    outcome = Outcome(known.outcome) if known.outcome in Outcome.__members__ else None
    word = f" {MARKS[outcome]} {outcome_word(outcome)}" if outcome else ""
    about = f" ({short(quiet(known.about), 60)})" if known.about and not outcome else ""
    where = near(known, deed.at)
    return f"{known.kind:<9} {known.hash[:SHORT]:<12} {short(quiet(where), 60)}{about}{word}".rstrip()
