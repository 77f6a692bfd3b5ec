"""Findings that make a shape together: a share beside its reference, an effect along a dose."""

from __future__ import annotations

import re
from dataclasses import replace

import canned
import pytest

from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Finding, Margin, Reference
from auditkit.core.report import Recipe, Report
from auditkit.formats.sweeps import distributions, sweeps
from auditkit.rendering import render

REFERENCES = {"nurse": 0.6, "judge": 0.5, "pilot": 0.3}


def normal(value: float, se: float = 0.02, n: int = 400) -> Estimate:
    return Estimate(
        value, tuple(value - z * se for z in QUANTILES), tuple(value + z * se for z in QUANTILES), n, float(n), "t"
    )


def gap(concept: str, share: float, value: float, level: str = "woman") -> Finding:
    reference = Reference({"woman": share, "man": 1 - share}, "the labour force", "a census of 2024")
    text = f"{concept}: {level} {100 * (share + value):.0f} %."
    more = {"attribute": "gender", "stratum": concept, "reference": reference}
    return Finding(
        "reporting.generator_frequency", "share minus reference", level, "reference", text, normal(value), **more
    )


def arm(level: str, value: float, versus: str = "ancestral", stratum: str = "woman") -> Finding:
    more = {"margin": Margin.within(0.05), "attribute": "gender", "stratum": stratum}
    text = f"{stratum} under {level}: {value}."
    return Finding("selection.decoder", "share difference", level, versus, text, normal(value), **more)


def judged(*found: Finding, roles: dict[str, tuple[str, ...]] | None = None) -> canned.Judged:
    recipe = Recipe("pictures", 1200, roles or {"group": ("gender",), "arm": ("guidance",)}, (), {}, {})
    report = Report(found, (), recipe)
    verdicts = [canned.verdict(f) for f in found if f.margin is not None]
    return report, canned.judgement(verdicts, [f.key for f in found if f.margin is None])


def gaps() -> list[Finding]:
    return [gap(concept, share, (share - 0.45) * 1.2) for concept, share in REFERENCES.items()]


def test_a_distribution_is_the_share_beside_its_reference() -> None:
    (d,) = distributions(*judged(*gaps()))
    assert d.level == "woman"
    assert d.reference == "the labour force (a census of 2024)"
    assert [row.label for row in d.figure.rows] == ["nurse", "judge", "pilot"], "the largest reference first"
    for row, found in zip(d.figure.rows, gaps(), strict=True):
        share = REFERENCES[row.label]
        assert row.null == share
        assert row.value == pytest.approx(share + found.estimate.value)
        assert row.low == pytest.approx(share + found.interval().low)
        assert row.high90 == pytest.approx(share + found.interval(0.9).high)
    assert d.figure.domain == (0, 1)


def test_a_margin_moves_with_the_reference() -> None:
    found = [replace(f, margin=Margin.within(0.05)) for f in gaps()]
    (d,) = distributions(*judged(*found))
    assert [(round(r.margin_low, 6), round(r.margin_high, 6)) for r in d.figure.rows] == [
        (0.55, 0.65),
        (0.45, 0.55),
        (0.25, 0.35),
    ]


def test_of_one_concept_the_levels_make_the_rows_and_each_level_of_many_concepts_its_own_picture() -> None:
    shares = Reference({"a": 0.5, "b": 0.3, "c": 0.2}, "a count", "us")
    of_one = [replace(gap("", 0.0, 0.1, level), reference=shares, stratum="") for level in "cab"]
    (d,) = distributions(*judged(*of_one))
    assert (d.level, [row.label for row in d.figure.rows]) == ("", ["a", "b", "c"])
    both = [*gaps(), *(gap(concept, 1 - share, 0.0, "man") for concept, share in REFERENCES.items())]
    assert {d.level for d in distributions(*judged(*both))} == {"woman", "man"}


@pytest.mark.parametrize(
    "change",
    [
        {"scale": "ratio", "null": 1.0},
        {"reference": None},
        {"reference": Reference(0.5, "half", "us")},
        {"versus": "man"},
        {"level": "expected level"},
        {"estimate": normal(7.0)},
        {"estimate": Estimate.undefined("nobody", 0)},
    ],
)
def test_what_is_no_gap_from_a_share_is_not_drawn_as_one(change: dict[str, object]) -> None:
    assert distributions(*judged(*(replace(f, **change) for f in gaps()))) == ()


def test_a_sweep_is_in_the_order_of_the_dose_and_says_what_is_turned() -> None:
    found = [arm("7.5", 0.2), arm("1", 0.0), arm("4", 0.1), arm("2", 0.04)]
    (s,) = sweeps(*judged(*found))
    assert s.doses == (1, 2, 4, 7.5)
    assert [row.label for row in s.figure.rows] == ["1", "2", "4", "7.5"]
    assert (s.dial, s.versus, s.stratum, s.spacing, s.origin) == ("guidance", "ancestral", "woman", "linear", None)
    assert s.places == pytest.approx((0, 1 / 6.5, 3 / 6.5, 1))
    assert [row.margin_high for row in s.figure.rows] == [0.05] * 4
    assert len(s.segments) == 3


def test_what_a_sweep_is_compared_with_is_its_origin_where_it_is_a_number() -> None:
    (s,) = sweeps(*judged(arm("4", 0.1, "1"), arm("2", 0.05, "1"), arm("7", 0.2, "1")))
    assert s.origin == 0
    assert s.segments[0] == ((0.0, 0.0), (pytest.approx(1 / 6), 0.05))


@pytest.mark.parametrize(
    ("levels", "spacing", "places"),
    [
        (("0.001", "0.01", "1"), "logarithmic", (0, 1 / 3, 1)),
        (("0", "0.1", "100"), "even", (0, 0.5, 1)),
        (("-1", "0", "1"), "linear", (0, 0.5, 1)),
        (("-1e308", "0", "1.7e308"), "even", (0, 0.5, 1)),
    ],
)
def test_doses_stand_by_size_by_logarithm_or_evenly(levels, spacing: str, places) -> None:
    (s,) = sweeps(*judged(*(arm(level, 0.1) for level in levels)))
    assert s.spacing == spacing
    assert s.places == pytest.approx(places)
    assert all(0 <= place <= 1 for place in s.places)


@pytest.mark.parametrize(
    "levels",
    [("1", "2"), ("1", "2", "hot"), ("1", "2", "nan"), ("1", "2", "1e999"), ("1", "1.0", "2"), ("a", "b", "c")],
)
def test_what_is_no_dose_makes_no_sweep(levels: tuple[str, ...]) -> None:
    assert sweeps(*judged(*(arm(level, 0.1) for level in levels))) == ()


def test_levels_of_an_attribute_are_a_sweep_along_it() -> None:
    found = [replace(arm(age, 0.1, ""), stratum="", attribute="age") for age in ("18", "30", "65")]
    (s,) = sweeps(*judged(*found, roles={"group": ("age",)}))
    assert (s.dial, s.stratum) == ("age", "")


def test_the_page_draws_both_and_its_other_numbers_stay() -> None:
    found = [*gaps(), *(arm(level, 0.03 * float(level)) for level in ("1", "2", "7.5"))]
    whole = render(*judged(*found))
    assert whole.count('class="shape"') == 1
    assert whole.count('class="sweep"') == 1
    assert re.findall(r'rowheader">(nurse|judge|pilot)</th>', whole) == ["nurse", "judge", "pilot"]
    assert "guidance</text>" in whole
    assert "Woman</b> along guidance" in whole or "woman</b> along guidance" in whole
    places = [int(n) for n in re.findall(r'id="finding-(\d+)"', whole)]
    assert sorted(places) == list(range(1, len(found) + 1))


def test_an_unbounded_end_and_an_undefined_arm_are_drawn_as_such() -> None:
    open_ended = Estimate(0.1, (None,) * 9, tuple(0.1 + z * 0.02 for z in QUANTILES), 40, 40.0, "exact")
    void = Estimate.undefined("nobody was drawn", 0)
    found = [arm("1", 0.0), replace(arm("2", 0.1), estimate=open_ended), arm("3", 0.2), arm("4", 0.1)]
    found += [replace(arm("5", 0.0), estimate=void)]
    (s,) = sweeps(*judged(*found))
    assert s.doses == (1, 2, 3, 4), "an arm without an estimate has no place on the curve"
    drawn = render(*judged(*found)).split('class="dose"')[1].split("</svg></div>")[0]
    assert "None" not in drawn
    assert drawn.count('class="ci"') == 4
    assert drawn.count('class="edge"') == 1, "an end without a bound has an arrow"


@pytest.mark.parametrize("text", canned.HOSTILE[:-2])
def test_hostile_names_in_figures_are_harmless(text: str) -> None:
    shares = Reference({text: 0.5, "b": 0.5}, text, text)
    found = [replace(gap(text + str(i), 0.5, 0.1, text), reference=shares, attribute=text) for i in range(3)]
    found += [replace(arm(level, 0.1, text, text), attribute=text) for level in ("1", "2", "3")]
    report, judgement = judged(*found, roles={"arm": (text,)})
    assert distributions(report, judgement)
    assert sweeps(report, judgement)
    page = canned.Tags(render(report, judgement))
    assert page.acting == []
    assert "img" not in {tag for tag, _ in page.found}
