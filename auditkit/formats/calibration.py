"""What a calibration card comes to, in a few figures and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from auditkit.core.card import Card, Reading
from auditkit.core.estimate import LEVELS

FEWEST = 500
UNMEASURED = (
    "Calibration\n    Not measured: this detector is experimental, and a gate judges it only where the policy names it."
)


class Figures(NamedTuple):
    """The worst false verdicts, the span of coverage, and what the headline says of a fair world and of a full dose.

    `None` where nothing is judged: a detector without a verdict has coverage only.
    """

    false_fail: float | None
    false_pass: float | None
    covered: tuple[float, float] | None
    fair_passes: float | None
    full_fails: float | None
    replications: tuple[int, int]


def figures(card: Card) -> Figures:
    """The card's few figures."""
    readings = [reading for world in card.worlds for reading in world.readings]
    judged = [reading for reading in readings if reading.judged]
    covered = [share for reading in readings if (share := reading.coverage) is not None]
    doses = [reading for _, reading in card.doses if reading.judged]
    sizes = [reading.replications for reading in readings]
    return Figures(
        max((r.false_fails / r.judged for r in judged), default=None),
        max((r.false_passes / r.judged for r in judged), default=None),
        (min(covered), max(covered)) if covered else None,
        _share(doses[0].passes, doses[0]) if doses else None,
        _share(doses[-1].fails, doses[-1]) if doses else None,
        (min(sizes, default=0), max(sizes, default=0)),
    )


def worst(several: Sequence[Figures]) -> Figures:
    """The worst of each figure over several cards."""

    def over(pick: Callable[..., float], name: str) -> float | None:
        return pick((value for f in several if (value := getattr(f, name)) is not None), default=None)

    spans = [f.covered for f in several if f.covered]
    return Figures(
        over(max, "false_fail"),
        over(max, "false_pass"),
        (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None,
        over(min, "fair_passes"),
        over(min, "full_fails"),
        (min(f.replications[0] for f in several), max(f.replications[1] for f in several)),
    )


def _share(count: int, reading: Reading) -> float:
    return count / reading.judged


def percent(share: float | None) -> str:
    """A share in percent with one decimal; a dash where there is none.

    >>> percent(.0213), percent(None)
    ('2.1 %', '–')
    """
    return "–" if share is None else f"{100 * share:.1f} %"


def replications(card: Card) -> str:
    """How often each world was drawn.

    >>> replications(Card("c", "0", "0", {}, 1, False, {}, ("", ""), (), ()))
    '0 replications'
    """
    least, most = figures(card).replications
    return f"{least:,} replications" if least == most else f"{least:,} to {most:,} replications"


def compared(r: Reading) -> str:
    """What a reading is about."""
    return f"{r.estimand}, {r.level}" + (f" against {r.versus}" if r.versus else "")


def truth(theta: float) -> str:
    """A true value in four digits; what is 0 but for rounding is 0.

    >>> truth(-3.3e-13), truth(-0.0744444)
    ('0', '−0.07444')
    """
    clean = round(theta, 12) + 0.0
    return f"{clean:.4g}".replace("-", "−")


def unreached(card: Card) -> tuple[str, ...]:
    """The judged comparisons that no planted dose puts on the edge of their margin: their edge is not measured."""
    judged = dict.fromkeys(compared(r) for world in card.worlds for r in world.readings if r.judged)
    edged = {compared(r) for world in card.worlds if world.kind == "edge" for r in world.readings}
    return tuple(what for what in judged if what not in edged)


def covers(r: Reading) -> str:
    """The share of intervals that hold the truth, with its own 95 % Clopper-Pearson interval."""
    if not r.told:
        return "–"
    low, high = _exact(r.covered, r.told)
    return f"{percent(r.coverage)} [{100 * low:.1f}, {100 * high:.1f}]"


class Point(NamedTuple):
    """A share at a dose, with its 95 % Clopper-Pearson interval."""

    dose: float
    share: float
    low: float
    high: float


class Line(NamedTuple):
    """One verdict's share over the doses, and where in the picture its name stands."""

    name: str
    css: str
    points: tuple[Point, ...]
    label_y: float


def dose_lines(card: Card) -> tuple[Line, ...]:
    """The dose-response picture of the headline: PASS, FAIL and inconclusive by dose; nothing where none is judged."""
    told = [(dose, r) for dose, r in card.doses if r.judged]
    if len(told) < 2:
        return ()
    lines = []
    for name, css, field in (
        ("PASS", "pass", "passes"),
        ("FAIL", "fail", "fails"),
        ("inconclusive", "inconclusive", "open"),
    ):
        counts = [(dose, getattr(r, field), r.judged) for dose, r in told]
        points = tuple(Point(dose, k / n, *_exact(k, n)) for dose, k, n in counts)
        lines.append(Line(name, css, points, 264 - 240 * points[-1].share))
    return _apart(lines)


def _apart(lines: list[Line]) -> tuple[Line, ...]:
    """Names that would print over one another move up, from the lowest on."""
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.label_y):
        most = placed[-1].label_y - 17 if placed else line.label_y
        placed.append(line._replace(label_y=min(line.label_y, most)))
    return tuple(placed)


def _exact(hits: int, n: int) -> tuple[float, float]:
    from auditkit.stats.proportions import clopper_pearson

    curve = clopper_pearson(hits, n)
    at = LEVELS.index(0.95)
    return float(curve.lower[at, 0]), float(curve.upper[at, 0])


def card_line(card: Card) -> str:
    """One line: the code, the rows, and the figures."""
    f = figures(card)
    low, high = f.covered or (None, None)
    missed = "; ".join(dict.fromkeys(m.promise for m in card.misses))
    enough = f.replications[0] >= FEWEST
    kept = "Every promise kept" if enough else f"No promise surely missed, but {replications(card)} can hardly tell"
    return (
        f"{card.code} at {card.n:,} rows: false FAIL at most {percent(f.false_fail)}, false PASS at most "
        f"{percent(f.false_pass)}, coverage {percent(low)} to {percent(high)}, a full dose FAILs "
        f"{percent(f.full_fails)}. {f'Experimental, missed: {missed}' if missed else kept}."
    )


def card_text(card: Card | None) -> str:
    """The card's figures as a section under a manual."""
    if card is None:
        return UNMEASURED + "\n"
    f = figures(card)
    low, high = f.covered or (None, None)
    lines = [
        f"{card.n:,} rows a world, {replications(card)} of each of {len(card.worlds)} worlds.",
        f"A verdict that the truth contradicts: FAIL at most {percent(f.false_fail)}, PASS at most "
        f"{percent(f.false_pass)}, the edge of the margin included.",
        f"A 95 % interval holds the truth in {percent(low)} to {percent(high)} of cases, by world.",
        f"A fair world PASSes {percent(f.fair_passes)}; a full dose FAILs {percent(f.full_fails)}.",
    ]
    lines += [f"Conservative by construction: {estimand}: {why}." for estimand, why in card.conservative.items()]
    lines += [f"Missed: {m.promise} in {m.world}, {m.about}: {m.figure:.3f}, promised {m.limit}." for m in card.misses]
    if card.experimental:
        lines.append("Experimental: a gate judges it only where the policy names it.")
    return "Calibration\n" + "".join(f"    {line}\n" for line in lines)
