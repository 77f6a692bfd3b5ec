"""Whoever solves all that a shared report publishes has no small cell back, nor one to within fewer than the threshold.

The attacker gathers every count in the JSON text as a linear sum over the unknown cells of the groups, their contexts
and outcomes, and asks a linear program for the least and the most that each withheld cell can be.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import auditkit
from auditkit.core.disclosure import POOLED
from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import MISSING, Roles
from auditkit.detectors.disparity import Calibration, SelectionRate
from auditkit.gathering import evidence
from auditkit.stats.contrasts import OTHERS

K = 10
LEVELS = {
    "tint": ("amber", "blue", "coral", "denim"),
    "hand": ("left", "right"),
    "gait": ("fast", "slow", "none"),
    "ward": ("north", "south"),
}
Cell = tuple[str, ...]


class World(NamedTuple):
    """Counts by cell of some columns, the last of which is the outcome, and which of them are groups."""

    columns: tuple[str, ...]
    counts: dict[Cell, int]
    groups: tuple[str, ...]

    def report(self, crossed: bool, within: bool) -> Report:
        """What an audit of these counts reports; straight from its cells, since reading tables takes long."""
        context = {"context": ("ward",)} if "ward" in self.columns else {}
        roles = Roles({"group": self.groups, "outcome": ("hired",), **context})
        names = {**{f"group:{name}": name for name in self.groups}, "ward": "ward", "hired": "hired"}
        axis = {name: axis for axis, name in names.items()} | {"ward": "context", "hired": "outcome"}
        columns = {axis[name]: [cell[i] for cell in self.counts] for i, name in enumerate(self.columns)}
        known = {axis[name]: name for name in self.columns}
        held = [i for i, n in enumerate(self.counts.values()) if n]
        counted = {name: [column[i] for i in held] for name, column in columns.items()}
        tally = Tally.of(counted, n=[n for n in self.counts.values() if n], names=known)
        detector = SelectionRate(favourable="yes", within=within and bool(context))
        told = [item for shown in evidence(detector, None, tally, roles, crossed) for item in said_by(detector, shown)]
        findings = tuple(item for item in told if isinstance(item, Finding))
        silent = tuple(item for item in told if not isinstance(item, Finding))
        return Report(findings, silent, Recipe("counts", tally.total, roles.columns, (), {}, {}), tally)


def said_by(detector: SelectionRate, shown: Any) -> list[Finding | NotAssessed]:
    try:
        return list(detector.examine(shown))
    except CannotDecide as reason:
        return [detector.not_assessed(str(reason))]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    groups = draw(st.sampled_from([("tint",), ("tint",), ("tint", "hand")]))
    columns = (*groups, *draw(st.sampled_from([(), ("ward",)])), "hired")
    levels = [LEVELS[name][: draw(st.integers(2, 4))] for name in columns[:-1]]
    outcomes = draw(st.sampled_from([("no", "yes"), ("no", "yes", MISSING)]))
    cells = list(itertools.product(*levels, outcomes))
    few = draw(st.sets(st.sampled_from(cells), max_size=3))  # most cells large, else nothing is shown to be solved
    counts = {cell: draw(st.integers(0, 12) if cell in few else st.integers(K, 60)) for cell in cells}
    return World(columns, {**counts, cells[0]: max(counts[cells[0]], 1)}, groups)


@st.composite
def nests(draw: st.DrawFn) -> World:
    """Two or three attributes of which some combinations are empty, so that levels lie in one another."""
    groups = draw(st.sampled_from([("tint", "hand"), ("tint", "hand", "gait")]))
    levels = [LEVELS[name][: draw(st.integers(2, 3))] for name in groups]
    each = list(itertools.product(*levels))
    held = {combo: draw(st.sampled_from([0, 0, 0, 5, 30, 30])) for combo in each}
    counts = {(*c, out): n and draw(st.integers(n, 2 * n)) for c, n in held.items() for out in ("no", "yes")}
    return World((*groups, "hired"), {**counts, (*each[0], "no"): max(counts[(*each[0], "no")], 1)}, groups)


def published(told: dict[str, Any], world: World) -> Iterator[tuple[np.ndarray, float]]:
    """Every count in a report, as which of the world's cells it sums, and its value."""
    cells = list(world.counts)

    def where(**levels: str) -> np.ndarray:
        at = {name: world.columns.index(name) for name in levels}
        return np.array([all(cell[at[name]] == level for name, level in levels.items()) for cell in cells], float)

    if told["recipe"]["rows"]:
        yield where(), told["recipe"]["rows"]
    for item in told["findings"]:
        names = item["attribute"].split(" × ")
        base = where(**({"ward": item["stratum"].removeprefix("ward ")} if item["stratum"] else {}))
        base = base * (1 - where(hired=MISSING))
        sums = {}
        for label, hits, n, _ in item["counts"]:
            own = (
                np.zeros(len(cells)) if label == OTHERS else where(**dict(zip(names, label.split(" × "), strict=True)))
            )
            sums[label] = own * base
            if label == OTHERS:
                sums[label] = base - sums[item["level"]]
            if n:
                yield sums[label], n
                yield sums[label] * where(hired="yes"), hits
        if item["estimate"]["n"] and item["recount"]:
            yield sum(sums.values()), item["estimate"]["n"]
    table = told["cells"]
    for codes, n in zip(*(table["codes"], table["n"]), strict=True) if table else ():
        named = zip(table["names"], table["levels"], codes, strict=True)
        yield where(**{name: levels[code] for name, levels, code in named}), n


def narrowest(told: dict[str, Any], world: World, holes: bool = False) -> tuple[float, Cell | None]:
    """How closely the small cell that is known best is known, and which it is; also to one who knows all `holes`."""
    facts = list(published(told, world))
    sums, values = np.array([fact for fact, _ in facts]), [value for _, value in facts]
    assert not facts or (sums @ list(world.counts.values()) == values).all()  # the attacker reads them right
    best: tuple[float, Cell | None] = (np.inf, None)
    bounds = [(0, 0 if holes and not n else None) for n in world.counts.values()]
    for small, counted in sensitive(world):
        ends = []
        for sign in (1, -1):
            equal = {"A_eq": sums, "b_eq": values} if facts else {}
            found = linprog(sign * counted, **equal, bounds=bounds)
            assert found.status in (0, 3), found.message  # solved, or without bound
            ends.append(found.fun if found.status == 0 else -np.inf)
        best = min(best, (-ends[1] - ends[0], small), key=lambda pair: pair[0])
    return best


def sensitive(world: World) -> Iterator[tuple[Cell, np.ndarray]]:
    """Every small cell of a group by outcome, and by context where there is one; a group that is small; and joint
    cells."""
    cells = list(world.counts)
    n = np.array(list(world.counts.values()), float)
    for size in range(1, len(world.columns) + 1):
        for at in itertools.combinations(range(len(world.columns)), size):
            if not {world.columns[i] for i in at} & set(world.groups):
                continue
            for levels in dict.fromkeys(tuple(cell[i] for i in at) for cell in cells):
                counted = np.array([tuple(cell[i] for i in at) == levels for cell in cells], float)
                if 0 < counted @ n < K:
                    yield levels, counted


FAST = settings(deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))


@settings(FAST, max_examples=100)
@given(worlds(), st.booleans(), st.booleans())
def test_nothing_that_is_hidden_is_solved(world: World, crossed: bool, within: bool) -> None:
    shared = json.loads(world.report(crossed, within).to_json(k=K))
    width, cell = narrowest(shared, world)
    assert width >= K, f"{cell} is known to within {width:g}"


@settings(FAST, max_examples=60)
@given(nests())
def test_nor_by_one_who_knows_which_cells_are_empty(world: World) -> None:
    shared = json.loads(world.report(False, False).to_json(k=K))
    width, cell = narrowest(shared, world, holes=True)
    assert width >= K - 1e-6, f"{cell} is known to within {width:g}"


@settings(FAST, max_examples=100)
@given(worlds(), st.booleans(), st.booleans())
def test_no_sentence_says_what_is_hidden(world: World, crossed: bool, within: bool) -> None:
    """A group with a small cell is named beside no number but the threshold, and everything told is retold the same."""
    text = json.loads(world.report(crossed, within).to_json(k=K))
    hidden = {level for cell, _ in sensitive(world) if len(cell) == 1 for level in cell}
    said = [item["sentence"] for item in text["findings"]]
    said += [note for item in text["findings"] for note in (*item["notes"], *(because for _, because in item["caps"]))]
    said += [item["because"] for item in text["not_assessed"]] + text["recipe"]["notes"]
    for sentence in said:
        if any(level in sentence for level in hidden):
            assert set(re.findall(r"\d+", sentence)) <= {str(K)}, sentence


def story() -> World:
    counts = [("amber", 250, 250), ("blue", 150, 150), ("coral", 4, 3)]
    return World(
        ("tint", "hired"), {(g, o): n for g, no, yes in counts for o, n in (("no", no), ("yes", yes))}, ("tint",)
    )


def test_the_attacker_solves_what_is_withheld_and_no_more() -> None:
    """The doubt of this law: with the small group's own finding gone and nothing else, coral is 3 of 7."""
    whole = story().report(False, False)
    naive = replace(whole, findings=tuple(f for f in whole.findings if f.level != "coral"), cells=None)
    assert narrowest(naive.to_dict(), story())[0] == pytest.approx(0, abs=1e-6)
    assert any("42.9 % for coral" in f.sentence for f in naive.findings)
    shared = whole.to_json(k=K)
    assert "42.9" not in shared
    assert narrowest(json.loads(shared), story())[0] >= K
    assert {f.level for f in Report.from_json(shared).findings if f.estimate.value is not None} == {"amber"}


def test_what_is_withheld_is_never_green() -> None:
    shared = Report.from_json(story().report(False, False).to_json(k=K))
    verdicts = {v.key: v for v in auditkit.gate(shared).verdicts if v.key}
    for finding in shared.findings:
        if finding.level != "amber":
            assert verdicts[finding.key].outcome == "NOT_ASSESSED"
            assert "withheld, for a cell of fewer than 10" in verdicts[finding.key].sentence


def test_one_attribute_that_gives_another_away_is_hidden() -> None:
    """All blue and coral are right-handed and so are seven amber: who knows that takes one count from the other."""
    parts = {("amber", "left"): 200, ("amber", "right"): 7, ("blue", "right"): 100, ("coral", "right"): 90}
    counts = {(*cell, out): n for cell, n in parts.items() for out in ("no", "yes")}
    shared = Report.from_json(
        World(("tint", "hand", "hired"), counts, ("tint", "hand")).report(False, False).to_json(K)
    )
    assert {f.attribute for f in shared.findings if f.estimate.value is not None} == {"hand"}
    assert shared.cells is None
    apart = {cell: n + 50 * (cell[1:] == ("right",) and cell[0] == "amber") for cell, n in parts.items()}
    clean = {(*cell, out): n for cell, n in apart.items() for out in ("no", "yes")}
    whole = World(("tint", "hand", "hired"), clean, ("tint", "hand")).report(False, False)
    assert Report.from_json(whole.to_json(K)) == whole


def of_combinations(parts: dict[Cell, int]) -> World:
    counts = {(*cell, out): n for cell, n in parts.items() for out in ("no", "yes")}
    return World(("tint", "hand", "gait", "hired"), counts, ("tint", "hand", "gait"))


def test_levels_that_lie_in_one_by_threes_are_seen() -> None:
    """All who are left-handed and all who are slow are amber, and seven more are: no pair of attributes tells it."""
    spread = {("blue", "right", "fast"): 90, ("blue", "both", "fast"): 80, ("coral", "right", "none"): 70}
    spread |= {("coral", "both", "none"): 60, ("blue", "right", "none"): 90, ("coral", "right", "fast"): 80}
    nested = {("amber", "left", "none"): 60, ("amber", "left", "fast"): 60, ("amber", "right", "slow"): 60}
    nested |= {("amber", "both", "slow"): 50, ("amber", "right", "fast"): 7}
    world = of_combinations(nested | spread)
    whole = world.report(False, False)
    seven = np.array([cell[:3] == ("amber", "right", "fast") for cell in world.counts], float)
    left, slow, amber = (
        np.array([level in cell for cell in world.counts], float) for level in ("left", "slow", "amber")
    )
    assert (amber - left - slow == seven).all()
    assert narrowest(whole.to_dict(), world, holes=True)[0] == pytest.approx(0, abs=1e-6)
    shared = whole.to_json(K)
    assert narrowest(json.loads(shared), world, holes=True)[0] >= K - 1e-6
    assert len({f.attribute for f in Report.from_json(shared).findings if f.estimate.value is not None}) == 2


def test_beside_another_attribute_only_what_is_small_is_hidden() -> None:
    """Coral is few whatever the hand; amber is told beside both hands, and nobody knows coral the better for it."""
    tints = {"amber": 250, "blue": 150, "coral": 4}
    counts = {(g, h, o): n for g, n in tints.items() for h in ("left", "right") for o in ("no", "yes")}
    world = World(("tint", "hand", "hired"), counts, ("tint", "hand"))
    shared = world.report(False, False).to_json(K)
    told = {(f.attribute, f.level) for f in Report.from_json(shared).findings if f.estimate.value is not None}
    assert ("tint", "amber") in told
    assert {attribute for attribute, _ in told} == {"tint", "hand"}
    assert not any("coral" in pair for pair in told)
    assert narrowest(json.loads(shared), world, holes=True)[0] >= K - 1e-6


@pytest.mark.parametrize(("lack", "told"), [(0, True), (4, False), (40, True)])
def test_how_few_lack_a_score_is_not_told(lack: int, told: bool) -> None:
    """Rows less scored rows are who lacks a score: where they are few, what was made of the scores is withheld."""
    rng = np.random.default_rng(5)
    group, y, score = np.repeat(["a", "b", "c"], 400), rng.integers(0, 2, 1200), rng.random(1200)
    score[:lack] = np.nan
    data = {"group": group, "y": y, "score": score}
    detectors = [SelectionRate(favourable="1"), Calibration()]
    whole = auditkit.audit(data, detectors, group="group", outcome="y", score="score")
    assert any(f.estimate.n == 1200 - lack for f in whole.findings if f.code == "disparity.calibration")
    shared = Report.from_json(whole.to_json(k=K))
    known = {f.code for f in shared.findings if f.estimate.value is not None}
    assert known == {"disparity.selection_rate"} | ({"disparity.calibration"} if told else set())
    assert told or not re.search(rf"(?<![\d.]){1200 - lack:,}(?!\d)|(?<![\d.]){1200 - lack}(?!\d)", shared.to_json())


def test_many_rows_of_few_people_are_few() -> None:
    who = np.repeat(np.arange(64), 20)
    group = np.where(who < 4, "tiny", np.where(who % 2, "odd", "even"))
    report = auditkit.audit(group=group, outcome=(who * 7 + np.arange(1280)) % 2, unit=who)
    shared = Report.from_json(report.to_json(k=K))
    assert all(f.estimate.value is None for f in shared.findings)
    assert shared.cells is None


def test_the_others_are_called_as_they_are_pooled() -> None:
    assert POOLED == OTHERS
