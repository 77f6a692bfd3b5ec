"""What a shared report tells beside its counts gives no few rows away: words, values, intervals, names, reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate
from auditkit.core.finding import Cap, Count, Finding, Margin, NotAssessed
from auditkit.core.report import Report
from auditkit.core.sharing import emptied, unsaid, why
from auditkit.detectors.disparity import Calibration, SelectionRate
from auditkit.detectors.selection import Patterns

K = 10


def shared(report: Report, k: int = K) -> Report:
    return Report.from_json(report.to_json(k=k))


def hiring(tints: Mapping[str, tuple[int, int]], **options: Any) -> Report:
    """So many of each tint were hired, and so many not."""
    tint = [name for name, both in tints.items() for _ in range(sum(both))]
    hired = [int(i < yes) for yes, no in tints.values() for i in range(yes + no)]
    detectors = [SelectionRate(favourable="1", **options)]
    return auditkit.audit({"tint": tint, "hired": hired}, detectors, group="tint", outcome="hired")


SMALL = {"amber": (250, 250), "blue": (120, 180), "coral": (6, 1)}
LARGE = {"amber": (250, 250), "blue": (120, 180), "coral": (60, 40)}


def told(estimate: Estimate, **more: Any) -> Finding:
    return Finding("c", "rate", "a", "b", "A rate.", estimate, attribute="of what no cell counts", **more)


def value(x: float, n: int, spread: float = 1.5) -> Estimate:
    return Estimate(x, (x / spread,) * 9, (x * spread,) * 9, n=n, n_eff=float(n), method="canned")


@pytest.mark.parametrize(("east", "hidden"), [(4, True), (12, False)])
def test_a_rare_pattern_is_neither_said_nor_named(east: int, hidden: bool) -> None:
    age = ["old"] * 300 + ["young"] * 300
    region = ["east"] * east + ["west"] * (300 - east) + ["east"] * 150 + ["west"] * 150
    whole = auditkit.audit({"age": age, "region": region}, [Patterns()], feature=["age", "region"])
    assert any(f"{east} rows, fewer than 30" in f.sentence for f in whole.findings)
    text = shared(whole).to_json()
    assert (f"{east} rows" not in text and "age=old" not in text) is hidden


@pytest.mark.parametrize(
    ("finding", "hidden"),
    [
        (told(value(3 / 400, 400)), True),  # three flips of 400
        (told(value(397 / 400, 400)), True),  # all but three
        (told(value(3 / 400 - 1 / 2, 400)), True),  # a score less one half
        (told(value(40 / 400, 400)), False),
        (told(value(0.1234567, 400)), False),  # no number of rows
        (told(value(0.03, 5_000, 2.2), scale="ratio"), True),  # a share over an unknown one, of about four rows
        (told(value(0.03, 5_000, 1.1), scale="ratio"), False),
        (told(replace(value(0.1234567, 400), clusters=4)), True),
        (replace(told(value(0.1234567, 400)), sentence="Of 400 rows 396 of 400 rows were read."), True),
    ],
)
def test_what_a_value_or_its_interval_gives_is_withheld(finding: Finding, hidden: bool) -> None:
    report = replace(hiring(LARGE), findings=(finding,))
    assert shared(report).findings[0].estimate.withheld is hidden


def test_numbers_a_few_apart_may_be_one_within_the_other() -> None:
    pair = tuple(replace(told(value(n / 400, 400)), level=str(n)) for n in (40, 44))
    report = replace(hiring(LARGE), findings=pair)
    assert all(f.estimate.withheld for f in shared(report).findings)
    apart = replace(report, findings=(pair[0], replace(told(value(60 / 400, 400)), level="60")))
    assert not any(f.estimate.withheld for f in shared(apart).findings)


@pytest.mark.parametrize(("within", "hidden"), [(197, True), (150, False)])
def test_of_subgroups_that_no_cell_counts_one_may_be_all_but_a_few_of_another(within: int, hidden: bool) -> None:
    """Where 200 are west and 197 of them old, neither is few, and the young of the west are three."""
    nested = tuple(
        replace(told(value(0.1234567, 5_000)), level=level, counts=(Count(level, n // 2, n, 0.5),))
        for level, n in (("west", 200), ("west & old", within))
    )
    copy = shared(replace(hiring(LARGE), findings=nested))
    assert all(f.estimate.withheld is hidden for f in copy.findings)
    assert ("west" in copy.to_json()) is not hidden


def test_whose_rate_is_the_highest_is_not_told_of_one_who_is_hidden() -> None:
    whole = hiring(SMALL, versus="highest")
    assert {f.versus for f in whole.findings} == {"coral"}
    copy = shared(whole)
    assert copy.findings
    assert not re.search("coral", "".join(f"{f.key}{f.sentence}{f.counts}" for f in copy.findings))
    assert {f.versus for f in shared(hiring(LARGE, versus="highest")).findings} == {"coral"}


@pytest.mark.parametrize("joint", [False, True])
def test_scored_rows_of_a_group_inside_another_are_told_once(joint: bool) -> None:
    """All left are amber; of amber's other 600 seven have a score: the scored of amber less those of left are seven."""
    rng = np.random.default_rng(1)
    tint = ["amber"] * 3600 + ["blue"] * (3000 + 600 * joint)
    hand = ["left"] * 3000 + ["right"] * 3600 + ["left"] * 600 * joint
    outcome, score = rng.integers(0, 2, len(tint)), rng.random(len(tint))
    score[3007:3900] = np.nan
    data = {"tint": tint, "hand": hand, "y": outcome, "score": score}
    whole = auditkit.audit(data, [Calibration()], group=["tint", "hand"], outcome="y", score="score")
    sizes = {n for f in whole.findings for n in [c.n for c in f.counts]}
    assert {3007, 3000 + 600 * joint} <= sizes
    known = {f.attribute for f in shared(whole).findings if f.estimate.value is not None}
    assert known <= {"tint", "hand"}
    assert len(known) == 1 + joint


def test_one_reason_stands_for_all_that_is_withheld() -> None:
    """Blue is hidden to cover coral: a wording of its own would say that coral is the one with fewer than ten."""
    copy = shared(hiring(SMALL))
    hidden = [f for f in copy.findings if f.estimate.withheld]
    assert {f.level for f in hidden} == {"blue", "coral"}
    assert {f.estimate.reason for f in hidden} == {why(K)}
    assert len({f.sentence.replace(f.level, "").replace(f.estimand, "") for f in hidden}) == 1
    assert not any(f.caps for f in hidden)


def test_caps_and_reasons_are_replaced_whatever_they_were() -> None:
    whole = hiring(SMALL)
    silent = (NotAssessed("c", "3 rows have no score"), NotAssessed("c", "nothing to read"))
    capped = tuple(replace(f, caps=(Cap("PASS", "8 groups share 85 rows"),)) for f in whole.findings)
    copy = shared(replace(whole, findings=capped, not_assessed=silent))
    assert {n.because for n in copy.not_assessed} == {unsaid(K)}
    assert {c.because for f in copy.findings for c in f.caps} == {unsaid(K)}


def test_of_large_groups_only_reasons_and_notes_of_few_rows_go() -> None:
    silent = (NotAssessed("c", "3 items lack a score"), NotAssessed("c", "every answer is alike, of 400 rows"))
    noted = tuple(replace(f, notes=("7 rows lack a feature.", "70 rows do.")) for f in hiring(LARGE).findings)
    copy = shared(replace(hiring(LARGE), findings=noted, not_assessed=silent))
    assert [n.because for n in copy.not_assessed] == [unsaid(K), silent[1].because]
    assert {f.notes for f in copy.findings} == {("70 rows do.",)}


@pytest.mark.parametrize(("low", "high"), [(-np.log(1.5), np.log(1.5)), (-0.0123456789, 0.0123456789)])
def test_a_copy_with_a_computed_margin_is_read_again_and_never_green(low: float, high: float) -> None:
    whole = hiring(SMALL)
    margined = tuple(replace(f, margin=Margin(float(low), float(high))) for f in whole.findings)
    copy = shared(replace(whole, findings=margined))
    assert "0.0123" not in "".join(str(f.margin) for f in copy.findings if f.estimate.withheld)
    judgement = auditkit.gate(copy)
    verdicts = {v.key: v.outcome for v in judgement.verdicts}
    assert all(verdicts[f.key] == "NOT_ASSESSED" for f in copy.findings if f.estimate.withheld)


def test_a_copy_with_nothing_left_says_so() -> None:
    copy = shared(hiring({"amber": (250, 250), "coral": (6, 1)}))
    assert all(f.estimate.withheld for f in copy.findings)
    assert emptied(copy.findings, K) in copy.recipe.notes
    assert "nothing is left to tell" in copy.recipe.notes[-1]
    some = shared(hiring(SMALL))
    assert not any("nothing is left" in note for note in some.recipe.notes)
    assert not emptied(hiring(LARGE).findings, K)


def test_a_copy_is_shared_as_it_is_or_not_at_all() -> None:
    """Its cells are gone: the groups that it hides are twenty together, which nobody sees who shares it at fifty."""
    copy = shared(hiring(SMALL))
    assert shared(copy) == shared(copy, 5) == copy
    with pytest.raises(InputError, match="copy for sharing at 10 rows"):
        copy.to_json(k=50)
    whole = hiring(LARGE)
    assert shared(shared(whole), 50) == shared(whole, 50)


def test_a_copy_without_its_cells_is_not_shared_with_more_rows() -> None:
    """Fifteen people are in one group and beside another. Of units no cell stays, and with it goes who lies in whom."""
    n = 800
    columns = {
        "team": ["a"] * 400 + ["b"] * 400,
        "site": ["x"] * 385 + ["y"] * 415,
        "hired": [1, 0, 1, 0, 1] * 160,
        "person": [f"u{i}" for i in range(n)],
    }
    twice = {name: values * 2 for name, values in columns.items()}
    whole = auditkit.audit(twice, group=["team", "site"], outcome="hired", unit="person")
    assert len({f.attribute for f in shared(whole, 20).findings if f.estimate.value is not None}) == 1
    copy = shared(whole, 5)
    assert {f.attribute for f in copy.findings if f.estimate.value is not None} == {"team", "site"}
    assert copy.cells is None
    with pytest.raises(InputError, match="copy for sharing at 5 rows"):
        copy.to_json(k=20)
