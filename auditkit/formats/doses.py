"""Readings along a dose: of a world whose truth is known, and of a detector on the worlds of its calibration card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from auditkit.core.card import Card, Reading, World
from auditkit.core.estimate import LEVELS, Interval
from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.formats.calibration import covers, percent, truth
from auditkit.formats.intervals import Row, figure_of
from auditkit.formats.sweeps import Sweep, places_of
from auditkit.formats.words import interval, number, outcome_word

SHARES = (-0.06, 1.06)
"""The axis of shares, with room for a mark at either end."""
VERDICTS = {Outcome.FAIL: "fails", Outcome.INCONCLUSIVE: "open", Outcome.PASS: "passes"}
KINDS = {
    "dose": "the bias, at a dose",
    "edge": "the bias, on the edge of its margin",
    "nuisance": "no bias, but a difference that is not it",
}


def dosed(
    rows: Sequence[Row], doses: Sequence[float], scale: str, dial: str = "dose", chosen: float | None = None
) -> Sweep:
    """The same comparison at each of several doses as one picture; a dose at which it is undefined is left out.

    >>> row = Row(0, Key("c", "gap", "b", "a", ""), "b", .2, .1, .3, .11, .29, 0.0, None, None, None, 9, truth=.25)
    >>> drawn = dosed([row, row, row], [0, .3, .9], "difference", chosen=.3)
    >>> [row.label for row in drawn.figure.rows], drawn.at(.3)
    (['0', '0.3', '0.9'], 0.3333333333333333)
    """
    both = sorted(
        (pair for pair in zip(doses, rows, strict=True) if pair[1].value is not None), key=lambda pair: pair[0]
    )
    told = [replace(row, label=f"{dose:g}") for dose, row in both]
    key, known = rows[0].key, tuple(float(dose) for dose, _ in both)
    where, spacing = places_of(known)
    figure = figure_of((key.code, "", key.estimand, scale), told)
    here = chosen if chosen in known else None
    return Sweep(figure, dial, "", "", known, tuple(where[dose] for dose in known), spacing, None, here)


def row_to_data(row: Row) -> dict[str, Any]:
    """A row as JSON holds it."""
    told = asdict(row) | {"key": list(row.key), "outcome": row.outcome.value if row.outcome else None}
    return {name: value for name, value in told.items() if value is not None}


def row_from_data(data: Mapping[str, Any]) -> Row:
    """A row from what JSON holds.

    >>> row = Row(0, Key("c", "gap", "b", "a", ""), "b", .2, None, .3, .1, .3, 0.0, None, None, Outcome.PASS, 9)
    >>> row_from_data(row_to_data(row)) == row
    True
    """
    ends = dict.fromkeys(("value", "low", "high", "low90", "high90", "margin_low", "margin_high"))
    outcome = Outcome(data["outcome"]) if "outcome" in data else None
    return Row(**{**ends, **data, "key": Key(*data["key"]), "outcome": outcome})


def row_words(row: Row, scale: str) -> dict[str, str]:
    """What a row says where the truth is known: the truth, the reading, its interval, whether that holds the truth.

    >>> row = Row(0, Key("c", "gap", "b", "a", ""), "b", .2, .1, .3, .11, .29, 0.0, None, None, None, 9, truth=.35)
    >>> list(row_words(row, "difference").values())
    ['+0.350', '+0.200', '[+0.100, +0.300]', 'no', 'Not judged']
    """
    signed = scale == "difference" and row.null == 0
    held = holds(row)
    return {
        "Truth": "" if row.truth is None else number(row.truth, scale, signed),
        "Reading": number(row.value, scale, signed),
        "95 % interval": interval(Interval(row.low, row.high, 0.95), scale, signed),
        "Holds the truth": "" if held is None else "yes" if held else "no",
        "Verdict": outcome_word(row.outcome),
    }


def holds(row: Row) -> bool | None:
    """Whether the 95 % interval holds the truth; `None` where either is not known."""
    if row.truth is None or row.value is None:
        return None
    return (row.low is None or row.low <= row.truth) and (row.high is None or row.truth <= row.high)


def card_sweeps(card: Card) -> tuple[Sweep, ...]:
    """How often a detector says FAIL, inconclusive and PASS of its headline, by dose; none where it judges nothing."""
    told = [(dose, reading) for dose, reading in card.doses if reading.judged]
    if not told:
        return ()
    return tuple(_share(card, told, outcome, field) for outcome, field in VERDICTS.items())


def card_doses(card: Card) -> list[dict[str, Any]]:
    """The card's headline, a row a dose: the true value, how often each verdict fell, how often intervals held it."""
    return [{"Dose": dose, "True value": truth(r.theta), **_verdicts(r), **_coverage(r)} for dose, r in card.doses]


def card_worlds(card: Card) -> list[dict[str, Any]]:
    """The card's worlds, a row each: the most false verdicts of any comparison, and the least coverage."""
    return [_world(world) for world in card.worlds]


def _share(card: Card, told: Sequence[tuple[float, Reading]], outcome: Outcome, field: str) -> Sweep:
    from auditkit.stats.proportions import clopper_pearson

    said, level, rows = outcome_word(outcome), card.headline[1], []
    for dose, reading in told:
        hits, n = getattr(reading, field), reading.judged
        curve = clopper_pearson(hits, n)
        low, high, low90, high90 = (
            float(side[LEVELS.index(at), 0]) for at in (0.95, 0.90) for side in (curve.lower, curve.upper)
        )
        key = Key(card.code, f"share of draws told {said}", level, "", "")
        rows.append(Row(0, key, f"{dose:g}", hits / n, low, high, low90, high90, 0.0, None, None, outcome, n))
    drawn = dosed(rows, [dose for dose, _ in told], "difference")
    return replace(
        drawn, figure=figure_of((card.code, "", f"share of draws: {said}", "difference"), drawn.figure.rows, SHARES)
    )


def _verdicts(r: Reading) -> dict[str, str]:
    return {
        outcome_word(outcome): percent(getattr(r, field) / r.judged if r.judged else None)
        for outcome, field in VERDICTS.items()
    }


def _coverage(r: Reading) -> dict[str, Any]:
    return {"95 % intervals that hold it": covers(r), "Draws": r.replications}


def _world(world: World) -> dict[str, Any]:
    judged = [r for r in world.readings if r.judged]
    least = min((share for r in world.readings if (share := r.coverage) is not None), default=None)
    return {
        "World": world.name,
        "What it has": KINDS[world.kind],
        "Fails though nothing is beyond the margin": percent(
            max((r.false_fails / r.judged for r in judged), default=None)
        ),
        "Passes though something is beyond it": percent(max((r.false_passes / r.judged for r in judged), default=None)),
        "95 % intervals that hold the truth, at least": percent(least),
    }
