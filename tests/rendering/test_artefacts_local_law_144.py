"""The tables of Local Law 144 against the published example, and against counts made by hand."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import audit, gate
from auditkit.core.evidence import Tally
from auditkit.core.report import Recipe, Report, suppressed
from auditkit.core.roles import MISSING
from auditkit.detectors.disparity import SelectionRate
from auditkit.formats.impact_ratios import above_median
from auditkit.formats.local_law_144 import INTERSECTIONS, SMALL_ONES, UNKEPT, WITHHELD, local_law_144
from auditkit.lab.tables import local_law_144 as published
from auditkit.rendering import render

PUBLISHED = {"Male": ("92", "50", "54.3 %", "1.00"), "Female": ("76", "34", "44.7 %", "0.82")}
"""6 RCNY 5-301: applicants, scored above the median of the full sample, scoring rate, impact ratio."""


def dichotomised() -> Report:
    detector = SelectionRate(favourable="above median", versus="highest")
    return audit(published.frame(), [detector], group="sex", outcome="score")


def counted(columns: dict[str, list[str]], names: dict[str, str] | None = None, **roles: tuple[str, ...]) -> Report:
    tally = Tally.of(columns, names=names)
    return Report((), (), Recipe("a tool", tally.total, roles, ({"code": SelectionRate.code},), {}, {}), tally)


def scored() -> Report:
    """The same people with scores of their own: 84 of 168 lie above the median, 50 men and 34 women."""
    sex, score = [], []
    for who, n in published.APPLICANTS.items():
        above = published.ABOVE[who]
        sex += [who] * n
        score += [str(1000 + i) for i in range(above)] + [str(500 - i) for i in range(n - above)]
    return counted({"group:sex": sex, "outcome": score}, {"group:sex": "sex", "outcome": "score"})


def lines(report: Report, record: str = "category") -> list[dict[str, str]]:
    text = render(report, gate(report), "ll144.csv")
    return [line for line in csv.DictReader(io.StringIO(text)) if line["record"] == record]


@pytest.mark.parametrize("make", [dichotomised, scored])
def test_the_published_example_comes_out_to_the_printed_decimals(make) -> None:
    report = make()
    judgement = gate(report)
    got = {
        line["category"]: tuple(
            line[name] for name in ("applicants", "selected_or_above_median", "rate", "impact_ratio")
        )
        for line in lines(report)
    }
    assert got == PUBLISHED
    [table] = json.loads(render(report, judgement, "ll144.json"))["tables"]
    told = {c["name"]: (str(c["applicants"]), str(c["hits"]), *c["printed"]) for c in table["categories"]}
    assert told == PUBLISHED
    page = render(report, judgement, "ll144")
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', page, re.DOTALL)
    cells = {name: tuple(re.findall(r'<td class="num[ a-z]*">([^<]*)</td>', row)[:4]) for name, row in rows}
    assert cells == PUBLISHED


def test_the_published_example_by_race_comes_out_too() -> None:
    """The same section: five of its categories, whose rates are 18 of 28, 15 of 40, 16 of 32, 5 of 8, 10 of 24."""
    people = {"Hispanic": (28, 18), "White": (40, 15), "Black": (32, 16), "Pacific": (8, 5), "Asian": (24, 10)}
    race = [name for name, (n, _) in people.items() for _ in range(n)]
    above = ["yes" if i < hits else "no" for n, hits in people.values() for i in range(n)]
    ratios = {line["category"]: line["impact_ratio"] for line in lines(counted({"group:race": race, "outcome": above}))}
    assert ratios == {"Hispanic": "1.00", "White": "0.58", "Black": "0.78", "Pacific": "0.97", "Asian": "0.65"}


def test_a_score_is_told_as_a_scoring_rate_and_its_median() -> None:
    law = local_law_144(scored())
    assert (law.kind, law.counted) == ("scoring", "Counted: score above 750, the median of the full sample.")
    page = render(scored(), gate(scored()), "ll144")
    assert "Scoring rate" in page
    assert "Selection rate" not in page


def test_a_score_that_somebody_named_favourable_is_a_selection() -> None:
    frame = applicants().assign(hired=lambda f: np.arange(len(f)) % 5)
    report = audit(frame, [SelectionRate(favourable="4")], group="sex", outcome="hired")
    law = local_law_144(report)
    assert (law.kind, law.counted) == ("selection", "Counted: “4” in the column hired.")
    assert sum(c.hits for c in law.tables[0].categories) == len(frame) // 5


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=40))
def test_the_median_is_that_of_the_full_sample(scores: list[int]) -> None:
    found = above_median(Tally.of({"outcome": [str(score) for score in scores]}), "outcome")
    if len(set(scores)) < 3:
        assert found is None
    else:
        assert found is not None
        assert found[0] == np.median(scores)
        assert set(map(int, found[1])) == {score for score in scores if score > np.median(scores)}


def test_everybody_counts_towards_the_median_whose_group_is_known_or_not() -> None:
    law = local_law_144(
        counted({"group:sex": ["f", "m", MISSING, MISSING, MISSING], "outcome": ["2", "1", "3", "4", MISSING]})
    )
    assert law.counted == "Counted: outcome above 2.5, the median of the full sample."
    [table] = law.tables
    assert {c.name: (c.applicants, c.hits) for c in table.categories} == {"f": (1, 0), "m": (1, 0)}
    assert table.unknown == 2
    assert "In no table, for want of a value in the column outcome: 1." in law.notes


groups = st.sampled_from(["a", "b", "c", MISSING])
people = st.lists(st.tuples(groups, groups, st.sampled_from(["yes", "no", MISSING])), min_size=1, max_size=60)


@settings(max_examples=50)
@given(people)
def test_the_tables_are_what_a_hand_count_gives(rows: list[tuple[str, str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["sex", "race", "hired"])
    columns = {"group:sex": list(frame.sex), "group:race": list(frame.race), "outcome": list(frame.hired)}
    report = counted(columns, {"group:sex": "sex", "group:race": "race", "outcome": "hired"})
    if not (frame.hired == "yes").any():
        return
    frame = frame[frame.hired != MISSING].assign(hit=lambda f: f.hired == "yes")
    law = local_law_144(report)
    for table in law.tables:
        known = frame[(frame[list(table.attributes)] != MISSING).all(axis=1)]
        assert table.unknown == len(frame) - len(known)
        label = known[list(table.attributes)].agg(" × ".join, axis=1)
        by = known.groupby(label)["hit"].agg(["size", "sum", "mean"])
        assert {c.name: (c.applicants, c.hits) for c in table.categories} == {
            name: (int(row["size"]), int(row["sum"])) for name, row in by.iterrows()
        }
        best = by["mean"].max()
        for c in table.categories:
            expected = None if best == 0 else by["mean"][c.name] / best
            assert c.ratio == (None if expected is None else pytest.approx(expected))
            assert c.share == pytest.approx(c.applicants / len(frame))
            if c.name != table.highest:
                assert c.p == pytest.approx(fisher(c, next(h for h in table.categories if h.name == table.highest)))
            if c.low is not None and c.high is not None and c.ratio is not None:
                assert c.low <= c.ratio <= c.high
    assert sum(len(table.attributes) == 1 for table in law.tables) <= 2


def fisher(a: Any, b: Any) -> float:
    """Two-sided: every table of these margins that is no likelier than the one seen (Fisher 1935)."""
    hits, n = a.hits + b.hits, a.applicants + b.applicants
    ways = {
        x: math.comb(a.applicants, x) * math.comb(b.applicants, hits - x)
        for x in range(max(0, hits - b.applicants), min(hits, a.applicants) + 1)
    }
    return sum(w for w in ways.values() if w <= ways[a.hits]) / math.comb(n, hits)


def applicants(n: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"sex": rng.choice(["f", "m"], n), "race": rng.choice(["x", "y", "z"], n, p=[0.6, 0.39, 0.01])}
    )
    frame["hired"] = np.where(rng.random(n) < np.where(frame.sex == "f", 0.3, 0.45), "yes", "no")
    return frame


def test_the_interval_is_that_of_the_detector_against_the_highest() -> None:
    report = audit(applicants(), [SelectionRate(versus="highest")], group="race", outcome="hired")
    ratios = {f.level: f.interval(0.95) for f in report.findings if f.scale == "ratio"}
    [table] = local_law_144(report).tables
    assert {c.name: c.interval for c in table.categories if c.name != table.highest} == ratios


def test_each_attribute_each_two_and_all_together_have_a_table() -> None:
    frame = applicants().assign(age=lambda f: np.where(np.arange(len(f)) % 2 == 0, "old", "young"))
    report = audit(frame, "disparity.selection_rate", group=["sex", "race", "age"], outcome="hired")
    names = [table.name for table in local_law_144(report).tables]
    assert names == ["sex", "race", "age", "sex × race", "sex × age", "race × age", "sex × race × age"]
    assert INTERSECTIONS not in local_law_144(report).notes
    assert INTERSECTIONS in local_law_144(dichotomised()).notes


def test_small_categories_are_marked_and_kept() -> None:
    report = audit(applicants(), "disparity.selection_rate", group="race", outcome="hired")
    told = {line["category"]: line for line in lines(report)}
    assert [name for name, line in told.items() if line["under_2_percent"] == "yes"] == ["z"]
    assert told["z"]["impact_ratio"] not in ("", "undefined")
    assert SMALL_ONES in local_law_144(report).notes
    assert "under 2&nbsp;% of the data" in render(report, gate(report), "ll144")


def test_without_cells_the_findings_give_the_same_tables() -> None:
    frame = applicants()
    frame.loc[:30, "race"] = None
    report = audit(frame, "disparity.selection_rate", group=["sex", "race"], outcome="hired")
    bare = local_law_144(replace(report, cells=None))
    full = [table for table in local_law_144(report).tables if len(table.attributes) == 1]
    assert {table.name: table for table in bare.tables} == {table.name: table for table in full}
    assert bare.notes[:2] == (UNKEPT, INTERSECTIONS)


def test_crossed_findings_give_the_intersections() -> None:
    report = audit(applicants(), "disparity.selection_rate", group=["sex", "race"], outcome="hired", crossed=True)
    [table] = local_law_144(replace(report, cells=None)).tables
    assert table.attributes == ("sex", "race")
    assert table == local_law_144(report).tables[-1]


def test_of_withheld_cells_no_rate_is_made_up() -> None:
    frame = applicants(3_000).query("race != 'z'")
    frame = pd.concat([frame, pd.DataFrame({"sex": ["d"] * 12, "race": "x", "hired": ["yes"] * 3 + ["no"] * 9})])
    report = audit(frame, "disparity.selection_rate", group=["sex", "race"], outcome="hired")
    full = {(t.name, c.name): (c.applicants, c.hits) for t in local_law_144(report).tables for c in t.categories}
    shared = Report.from_json(report.to_json(k=10))
    assert shared.cells is None  # of two attributes, the cells of one would give the other's away
    law = local_law_144(shared)
    shown = {(t.name, c.name): (c.applicants, c.hits) for t in law.tables for c in t.categories}
    assert shown
    assert shown.items() <= full.items()
    assert law.notes[0] == UNKEPT
    alone = suppressed(audit(frame, "disparity.selection_rate", group="sex", outcome="hired"), 20)
    assert alone.cells is not None
    assert alone.cells.total < alone.recipe.rows
    tiny = local_law_144(alone)
    assert tiny.notes[0] == WITHHELD
    assert "d" not in {c.name for t in tiny.tables for c in t.categories}
    assert any("not in this report" in note for note in tiny.notes)


def test_weighted_people_are_counted_as_people() -> None:
    frame = applicants().assign(w=lambda f: np.random.default_rng(9).uniform(0.2, 3.0, len(f)))
    plain = audit(frame, "disparity.selection_rate", group="sex", outcome="hired")
    weighted = audit(frame, "disparity.selection_rate", group="sex", outcome="hired", weight="w")
    assert local_law_144(weighted).tables == local_law_144(plain).tables
    assert any("unweighted" in note for note in local_law_144(weighted).notes)
    bare = local_law_144(replace(weighted, cells=None))
    assert [(c.hits, c.low, c.p) for t in bare.tables for c in t.categories if c.name != t.highest] == [
        (local_law_144(plain).tables[0].categories[0].hits, None, None)
    ]


def test_where_units_share_rows_the_interval_is_by_unit_and_nothing_is_exact() -> None:
    frame = pd.concat([applicants(300).assign(who=range(300))] * 3)
    report = audit(frame, "disparity.selection_rate", group="sex", outcome="hired", unit="who")
    once = audit(applicants(300), "disparity.selection_rate", group="sex", outcome="hired")
    [shared], [single] = local_law_144(report).tables, local_law_144(once).tables
    c, alone = (next(c for c in t.categories if c.name != t.highest) for t in (shared, single))
    assert c.p is None
    assert c.interval.high - c.interval.low == pytest.approx(alone.interval.high - alone.interval.low, rel=0.05)
    assert any("300 units (who) share them" in note for note in local_law_144(report).notes)


def test_what_counts_as_selected_is_never_guessed() -> None:
    law = local_law_144(counted({"group:sex": ["f", "m", "f"], "outcome": ["hired", "waiting", "rejected"]}))
    assert law.tables == ()
    assert "nobody said which value of the column outcome means selected" in law.notes[0]


@pytest.mark.parametrize(
    ("columns", "why"),
    [({"outcome": ["yes", "no"]}, "the groups of the people"), ({"group:sex": ["f", "m"]}, "what was decided")],
)
def test_a_report_without_groups_or_decisions_says_so(columns: dict[str, list[str]], why: str) -> None:
    report = counted(columns)
    assert why in local_law_144(report).notes[0]
    assert why in render(report, gate(report), "ll144")


def test_where_nobody_is_selected_no_ratio_is_defined() -> None:
    detector = {"code": SelectionRate.code, "favourable": "hired"}
    report = counted({"group:sex": ["f", "m"] * 20, "outcome": ["no", "waiting", "waiting", "no"] * 10})
    report = replace(report, recipe=replace(report.recipe, detectors=(detector,)))
    assert {line["impact_ratio"] for line in lines(report)} == {"undefined"}
    assert "undefined" in render(report, gate(report), "ll144")


def test_a_group_may_be_called_highest() -> None:
    sex = ["highest"] * 20 + ["lowest"] * 20
    [table] = local_law_144(counted({"group:sex": sex, "outcome": ["no"] * 30 + ["yes"] * 10})).tables
    assert table.highest == "lowest"
    assert {c.name: c.ratio for c in table.categories} == {"highest": 0.0, "lowest": 1.0}


def test_the_command_shows_and_writes_them(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    from auditkit.cli import main

    place = dichotomised().save(tmp_path / "report.json")
    assert main(["show", str(place), "--as", "ll144.csv"]) == 0
    assert "category,sex,Female,76,34,44.7 %,0.82," in capsys.readouterr().out
    assert main(["show", str(place), "--as", "annex_iv", "--out", str(tmp_path / "evidence" / "annex_iv.md")]) == 0
    assert (tmp_path / "evidence" / "annex_iv.md").read_text("utf-8").startswith("# EU AI Act")
