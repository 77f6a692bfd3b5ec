"""Which cell each unit is in is kept, hashed, only where it was asked for and may be, and goes with the report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from auditkit.auditing import audit
from auditkit.baselining import create, moves, update
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report, suppressed
from auditkit.core.units import Units
from auditkit.formats.json_document import json_document
from auditkit.frames import tally
from auditkit.gating import gate
from auditkit.rules import NoWorse, Policy
from auditkit.rules.no_worse import UNCHANGED, same_evidence
from tests.baselining.people import RATES, TIGHT, counted, flipped, of_the_change, people, releases, told


def test_findings_and_cells_are_those_of_an_audit_that_keeps_no_units() -> None:
    for kept, bare in zip(releases(), releases(False), strict=True):
        assert kept.findings == bare.findings
        assert kept.cells == bare.cells
        assert bare.units is None
        assert kept.units is not None
        assert len(kept.units) == 1_200


def test_counted_is_told() -> None:
    names, group, _, first, _ = people()
    mine, theirs = counted(list(group), list(first), names), told(group, first, names)
    assert (mine.findings, mine.units) == (theirs.findings, theirs.units)


def test_the_order_of_rows_the_engine_the_shards_and_the_file_change_nothing() -> None:
    names, group, outcome, first, _ = people()
    whole = releases()[0]
    turned = np.random.default_rng(2).permutation(len(names))
    columns = {"g": group[turned], "y": outcome[turned], "p": first[turned], "who": np.array(names)[turned]}
    frame, parts = pd.DataFrame(columns), {"group": "g", "outcome": "y", "prediction": "p", "unit": "who"}
    assert whole.cells is not None
    axes = {axis: parts[axis.split(":")[0]] for axis in (*whole.cells.axes, "unit")}
    axes = {axis.replace(":group", ":g"): column for axis, column in axes.items()}
    some, rest = (tally(frame.iloc[part], axes, kept=10_000) for part in (slice(0, 500), slice(500, None)))
    for again in (Report.from_json(whole.to_json()), audit(frame, keep_units=True, **parts)):
        assert again.units == whole.units
        assert Units.of(some + rest)[1] == again.units
    assert whole.units != releases()[1].units


def test_units_are_kept_only_where_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    names, group, _, first, _ = people()
    with pytest.raises(InputError, match="no column plays that role"):
        audit(None, RATES, group=group, prediction=first, keep_units=True)
    weighted = told(group, first, names, weight=[1.5] * len(names))
    shared = told(group, first, [name[-2:] for name in names])
    monkeypatch.setattr("auditkit.keeping.MOST", 1_000)
    many = told(group, first, names)
    assert weighted.units is shared.units is many.units is None
    assert "rows have weights" in weighted.recipe.notes[-1]
    assert "1,200 rows, and at most 1,000" in many.recipe.notes[-1]
    assert "unit" in shared.cells  # type: ignore[operator]  # where units share rows the cells keep them


def test_what_is_shared_or_printed_has_no_units() -> None:
    old, _ = releases()
    assert suppressed(old, 5).units is None
    assert "units" not in json.loads(old.to_json(k=5))
    assert "units" not in json.loads(json_document(old, gate(old)))["report"]


@pytest.mark.parametrize(
    "harm",
    [
        lambda told: told["units"].update(digests="no base64"),
        lambda told: told["units"].update(digests=told["units"]["digests"][:-12]),
        lambda told: told["units"].update(cells=told["units"]["cells"][:-4] + "/////"[:4]),
        lambda told: told["units"].update(cells=told["units"]["cells"][4:] + told["units"]["cells"][:4], digests=""),
        lambda told: told["units"].update(digests=told["units"]["digests"][32:64] + told["units"]["digests"][32:]),
        lambda told: told["cells"]["n"].__setitem__(0, told["cells"]["n"][0] + 1),
        lambda told: told.update(cells=None),
        lambda told: told["units"].update(key=7),
        lambda told: told["units"].update(more="x"),
        lambda told: told.update(units=[]),
    ],
)
def test_units_of_a_file_that_do_not_make_its_cells_are_refused(harm: Any) -> None:
    written = json.loads(releases()[0].to_json())
    harm(written)
    with pytest.raises(InputError):
        Report.from_dict(written)


def test_the_same_counts_of_other_people_are_not_the_same_evidence() -> None:
    names, group, _, first, _ = people()
    turned = first.copy()
    a = np.flatnonzero(group == "a")
    turned[a] = first[a][::-1]
    old, new = (told(group, one, names) for one in (first, turned))
    assert old.findings == new.findings
    assert not same_evidence(new, old)
    assert same_evidence(old, old)
    assert not any(UNCHANGED in move.shift.method for move in moves(new, old))
    assert of_the_change(*releases()[:1] * 2) == ({Outcome.PASS}, [])


def test_what_is_known_to_be_the_same_has_not_changed() -> None:
    """A report against its own baseline, or the same runs by their fingerprints; else nothing says who decided."""
    old, new = flipped(0, 0)
    policy = Policy((NoWorse(0.001),), "none")
    for before in (old, create(old, policy, keep_units=True)):
        assert {one.outcome for one in gate(old, policy, baseline=before).verdicts} == {Outcome.PASS}

    def run(of: Report, fingerprint: str) -> Report:
        return replace(of, recipe=replace(of.recipe, sources=({"title": "A model", "fingerprint": fingerprint},)))

    assert same_evidence(run(new, "f"), run(old, "f"))
    assert not same_evidence(run(new, "f"), run(old, "g"))
    assert not same_evidence(run(new, ""), run(old, ""))
    assert same_evidence(new, create(old, policy).report)  # of a baseline that keeps no units nothing more is known


@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_name_nobody(first: int) -> None:
    """Two samples sorted by group and outcome: paired by line they would seem all but the same people."""
    rng, reports = np.random.default_rng(5), []
    for _ in range(2):
        group, decided = (rng.random(400) < 0.4).astype(int), (rng.random(400) < 0.4).astype(int)
        order = np.lexsort((decided, group))
        reports.append(told(group[order], decided[order], map(str, range(first, first + 400))))
    old, new = reports
    assert old.units is None
    assert new.units is None
    assert f"row numbers, {first} to {first + 399}," in old.recipe.notes[-1]
    assert not any(move.paired for move in moves(new, old))
    with pytest.raises(InputError, match="Name units by what stays with them"):
        create(old, TIGHT, keep_units=True)
    some = told(group, decided, map(str, range(first + 2, first + 402)))
    assert some.units is not None


def test_a_baseline_keeps_units_only_where_it_is_told_to() -> None:
    old, new = releases()
    bare, kept = create(old, TIGHT), create(old, TIGHT, keep_units=True)
    assert bare.report.units is bare.report.cells is None
    assert "units" not in json.loads(bare.to_json())["report"]
    read = Baseline.from_json(kept.to_json())
    assert read.report.units == old.units
    assert of_the_change(new, read)[0] == {Outcome.PASS}
    outcomes, said = of_the_change(new, bare)
    assert outcomes == {Outcome.INCONCLUSIVE}
    assert "baseline create --keep-units" in said[0]
    assert update(kept, new, TIGHT)[0].report.units is None
    assert update(kept, new, TIGHT, keep_units=True)[0].report.units == new.units
    with pytest.raises(InputError, match="no units to keep"):
        create(releases(False)[0], TIGHT, keep_units=True)
