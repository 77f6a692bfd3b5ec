"""Reports side by side show each one's own numbers, what changed between them, and what only some tell."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import canned
import pytest

from auditkit.auditing import audit
from auditkit.baselining import moves
from auditkit.core.errors import InputError
from auditkit.core.finding import Margin, NotAssessed
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.formats.dials import dial_of
from auditkit.gating import gate
from auditkit.rendering import beside, figures, svg, sweeps, vega_lite

Judged = tuple[Report, Judgement]


def told(a: int, b: int, group: str = "m", n: int = 400, settings: dict[str, Any] | None = None, **more: Any) -> Judged:
    """A report of one gap of rates, a of n against b of n, by a run with these settings."""
    found = canned.compared("rate", "sex", canned.rates(group, a, n), canned.rates("f", b, n))
    found = replace(found, margin=Margin.within(0.05))
    source = {"title": more.pop("title", "a model, jobs"), "fingerprint": "aa", "prompts": "bb", "seed": "1"}
    source |= {f"settings.{name}": str(value) for name, value in (settings or {}).items()}
    recipe = replace(canned.recipe("hiring", 2 * n, ("sex",)), sources=(source,))
    return Report((found,), more.pop("silent", ()), replace(recipe, **more)), canned.judgement([canned.verdict(found)])


def table(seed: int, hired: float, **more: Any) -> Judged:
    """An audit of a hundred people with three rows each, whose luck is the same in every report."""
    import numpy as np

    luck, sex = np.random.default_rng(1).normal(size=300), np.repeat(np.arange(100) % 2, 3)
    noise = np.random.default_rng(seed).normal(size=300) / 3
    roles = {"group": np.where(sex, "m", "f").tolist(), "unit": np.repeat(np.arange(100), 3).tolist()}
    report = audit(outcome=(luck + noise < hired + 0.3 * sex).astype(int).tolist(), subject="hiring", **roles, **more)
    return report, gate(report)


def test_the_rows_of_a_figure_are_the_reports_own() -> None:
    made = {name: table(k, hired) for k, (name, hired) in enumerate({"a": 0.0, "b": 0.1, "c": 0.4}.items())}
    side = beside([(name, *made[name]) for name in made])
    assert len(side.several) == len(side.shared) == 2
    for figure in (one.figure for one in side.several):
        assert [row.label for row in figure.rows] == ["a", "b", "c"]
        for row in figure.rows:
            own = [one for f in figures(*made[row.label]) for one in f.rows if one.key == row.key]
            assert [replace(one, label=row.label, place=row.place) for one in own] == [row]
            assert figure.domain[0] <= row.value <= figure.domain[1]


def test_changes_are_those_of_the_two_reports_and_say_whether_they_are_paired() -> None:
    old, new = table(1, 0.0), table(2, 0.4)
    (changes,) = beside([("old", *old), ("new", *new)]).changes
    assert set(changes.moves) == set(moves(new[0], old[0]))
    assert {move.paired for move in changes.moves} == {True}
    assert [figure.title for figure in changes.figures] == ["Change to new, paired", "Times as large in new, paired"]
    for figure in changes.figures:
        for row in figure.rows:
            move = next(move for move in changes.moves if move.key == row.key)
            shown = math.exp if figure.scale == "ratio" else float
            wide, narrow = move.shift.interval(0.95), move.shift.interval(0.90)
            ends = (row.value, row.low, row.high, row.low90, row.high90)
            assert ends == tuple(map(shown, (move.shift.value, wide.low, wide.high, narrow.low, narrow.high)))
            assert row.null == (1.0 if figure.scale == "ratio" else 0.0)
            assert row.outcome is None


def test_reports_without_cells_are_told_as_independent() -> None:
    (changes,) = beside([("old", *told(100, 100)), ("new", *told(160, 100))]).changes
    assert [figure.title for figure in changes.figures] == ["Change to new, as of independent reports"]
    assert changes.moves[0].because == "one of the reports keeps no cells"


def test_what_differs_most_comes_first() -> None:
    def two(gap: int, other: int) -> Judged:
        (a, ja), (b, jb) = told(100 + gap, 100), told(100 + other, 100, group="x")
        return replace(a, findings=(*a.findings, *b.findings)), canned.judgement([*ja.verdicts, *jb.verdicts])

    for gaps, first in (((0, 80), "x"), ((80, 0), "m")):
        side = beside([("one", *two(0, 0)), ("two", *two(0, 0)), ("three", *two(*gaps))])
        assert side.shared[0].finding.level == first
        assert side.several[0].figure.title == f"rate by sex: {first} vs f"
        assert side.shared[0].apart > side.shared[1].apart == 0


def test_what_only_some_tell_is_listed_with_who_lacks_it_and_why() -> None:
    silent = (NotAssessed("disparity.error_rates", "every row has the same outcome", "sex"),)
    one, two, three = told(100, 100), told(100, 100, group="x"), told(90, 100, silent=silent)
    three = (replace(three[0], findings=()), canned.judgement([]))
    side = beside([("one", *one), ("two", *two), ("three", *three)])
    lacking = {one.finding.level: dict(one.lacking) for one in side.lone}
    because = "its levels or strata are others"
    assert lacking["m"] == {"two": because, "three": "every row has the same outcome"}
    assert lacking["x"] == {"one": because, "three": "every row has the same outcome"}
    assert not side.several
    assert all(not one.moves and not one.figures for one in side.changes)
    unasked = replace(one[0], findings=(), recipe=replace(one[0].recipe, detectors=()))
    (alone,) = beside([("one", *one), ("none", unasked, canned.judgement([]))]).lone
    assert alone.lacking == {"none": "disparity.error_rates was not asked"}


def test_a_comparison_on_two_scales_is_two() -> None:
    one, two = told(100, 100), told(100, 100)
    as_ratio = replace(two[0].findings[0], scale="ratio", null=1.0, estimate=canned.ratio(1.2, 0.1, 800))
    side = beside([("one", *one), ("two", replace(two[0], findings=(as_ratio,)), canned.judgement([]))])
    assert len(side.lone) == 2
    assert not side.several


def test_verdicts_stand_by_report() -> None:
    side = beside([("good", *told(100, 100, n=4_000)), ("bad", *told(2_000, 100, n=4_000))])
    (shared,) = side.shared
    assert [shared.outcome(name) for name in side.names] == [Outcome.PASS, Outcome.FAIL]


def along(name: str, doses: dict[str, float]) -> list[tuple[str, Report, Judgement]]:
    return [
        (label, *told(100 + int(20 * dose), 100, settings={name: dose, "steps": 12})) for label, dose in doses.items()
    ]


def test_reports_that_differ_in_one_number_are_drawn_along_it() -> None:
    side = beside(along("guidance", {"weak": 1.0, "strong": 7.5, "middle": 3.0}))
    assert side.dial is not None
    assert (side.dial.name, side.dial.doses) == ("guidance", (1.0, 7.5, 3.0))
    (sweep,) = side.sweeps
    assert sweep.doses == (1.0, 3.0, 7.5)
    assert [row.label for row in sweep.figure.rows] == ["1", "3", "7.5"]
    by = {row.label: row.value for row in side.several[0].figure.rows}
    assert [row.value for row in sweep.figure.rows] == [by["weak"], by["middle"], by["strong"]]
    assert sweep.places[0] == 0
    assert sweep.places[-1] == 1
    assert all(not one.differences for one in side.changes)
    assert "guidance" in vega_lite(sweep)["title"]["text"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ([{"title": f"a miniature GAN, dose {dose}"} for dose in ("0", "0.45", "0.9")], "dose"),
        ([{"subject": f"jobs, dose {dose}"} for dose in ("0", "0.5", "1")], "dose"),
        ([{"settings": {"temperature": t}} for t in (0.5, 0.7, 1.0)], "temperature"),
        ([{"settings": {"temperature": t}} for t in (0.5, 0.7, 0.7)], None),
        ([{"settings": {"temperature": t, "beams": t}} for t in (1, 2, 3)], None),
        ([{"settings": {"temperature": t}} for t in (0.5, 1.0)], None),
        ([{"settings": {"temperature": t}} for t in (0.5, "hot", 1.0)], None),
        ([{"settings": {"temperature": 0.5}}, {}, {"settings": {"temperature": 1}}], None),
    ],
)
def test_a_dial_is_one_number_in_which_three_reports_differ(changed: list[Any], name: str | None) -> None:
    reports = [(f"r{k}", told(100, 100, **more)[0]) for k, more in enumerate(changed)]
    dial = dial_of(reports)
    assert (dial.name if dial else None) == name


def test_a_dose_in_the_name_of_a_file_is_a_dial() -> None:
    reports = [(f"gan-dose{dose}", told(100, 100)[0]) for dose in ("0", "0.5", "0.9")]
    dial = dial_of(reports)
    assert dial is not None
    assert (dial.name, dial.doses) == ("dose", (0.0, 0.5, 0.9))


def test_what_else_differs_is_a_sentence_each() -> None:
    """A dial is no difference; other prompts, detectors, rows and seeds are."""
    first, second, third = along("guidance", {"a": 1.0, "b": 2.0, "c": 3.0})
    recipe: Recipe = third[1].recipe
    strange = replace(
        recipe, rows=10, detectors=recipe.detectors[:1], sources=({**recipe.sources[0], "prompts": "cc", "seed": "2"},)
    )
    side = beside([first, second, ("c", replace(third[1], recipe=strange), third[2])])
    assert side.dial is not None
    by = {one.name: [notice.sentence for notice in one.differences] for one in side.changes}
    assert by["b"] == []
    said = " ".join(by["c"])
    for what in ("prompts was bb and is cc", "seed was 1 and is 2", "disparity.selection_rate", "10 rows"):
        assert what in said
    assert "guidance" not in said


def test_a_dose_hides_only_what_the_dose_changes() -> None:
    reports = [
        (name, *told(100, 100, title=f"a GAN, dose {dose}", settings={"steps": steps}))
        for name, dose, steps in (("a", "0", 8), ("b", "0.5", 8), ("c", "0.9", 8))
    ]
    side = beside(reports)
    assert [len(one.differences) for one in side.changes] == [0, 0]
    other = told(100, 100, title="a VAE, dose 0.9", settings={"steps": 8})
    said = [notice.sentence for notice in beside([*reports[:2], ("c", *other)]).changes[1].differences]
    assert any("a VAE, dose" in sentence for sentence in said)


@pytest.mark.parametrize("n", [0, 1, 6])
def test_two_to_five_reports_stand_side_by_side(n: int) -> None:
    with pytest.raises(InputError, match="2 to 5 reports"):
        beside([(f"r{k}", *told(100, 100)) for k in range(n)])


def test_no_two_reports_have_one_name() -> None:
    with pytest.raises(InputError, match="Give each a name of its own"):
        beside([("same", *told(100, 100)), ("same", *told(110, 100))])


@pytest.mark.parametrize("name", list(canned.EVERY))
def test_every_canned_report_stands_beside_any_other(name: str) -> None:
    """Also what is undefined, unbounded, hostile or empty; and every figure is drawn."""
    made, compas = canned.EVERY[name](), canned.EVERY["compas"]()
    side = beside([("compas", *compas), (canned.HOSTILE[0], *made), ("again", *made)])
    assert len(side.shared) == len({(f.key, f.scale) for r in (made[0], compas[0]) for f in r.findings})
    drawn = [
        *(one.figure for one in side.several[:3]),
        *(figure for one in side.changes for figure in one.figures),
        *side.sweeps[:3],
    ]
    for figure in drawn:
        chart = vega_lite(figure)
        assert "<script>" not in svg(figure)
        assert chart["layer"]


def test_a_report_has_the_same_sweeps_alone() -> None:
    """What stands along a dial inside one report is drawn by `sweeps`, and is no dial between reports."""
    made = told(100, 100)
    assert sweeps(*made) == ()
    assert beside([("a", *made), ("b", *made)]).sweeps == ()
