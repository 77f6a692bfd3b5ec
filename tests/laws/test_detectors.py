"""The laws that every detector obeys, ours and third parties'."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import audit, catalog
from auditkit.core.detector import Detector
from auditkit.core.errors import AuditkitError
from auditkit.core.evidence import Moments, Rows, Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import MISSING, ROLES, SEVERAL

DETECTORS = [kind.specimen() for kind in catalog.detectors().values()]

NAMED = (("group",), ("rater_group", "candidate_group"), ("context",), ("unit",), ("item",), ("rater",))

every_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.code)


def report(detector: Detector, evidence: Tally | Moments) -> Report:
    told = detector.examine(evidence)
    findings = tuple(item for item in told if isinstance(item, Finding))
    silent = tuple(item for item in told if isinstance(item, NotAssessed))
    return Report(findings, silent, Recipe("a world", 1, {}, (), {}, {}))


@every_detector
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), parts=st.integers(2, 5))
def test_shards_in_any_order_tell_what_the_whole_tells(detector: Detector, seed: int, parts: int) -> None:
    rng = np.random.default_rng(seed)
    whole = detector.plant(rng.random(), 1_000, rng).evidence
    at = rng.integers(parts, size=len(whole))
    shards = [taken(whole, np.flatnonzero(at == part)) for part in rng.permutation(parts)]
    again = reduce(add, shards)
    assert again == whole
    assert close(report(detector, again), report(detector, whole))


def taken(evidence: Tally | Moments, rows: np.ndarray) -> Tally | Moments:
    if isinstance(evidence, Rows):
        return evidence.taken(rows)
    names = ("codes", "n", "w", "w2", "mean", "m2")
    return replace(evidence, **{name: getattr(evidence, name)[rows] for name in names if hasattr(evidence, name)})


def close(one: Report, other: Report) -> bool:
    """Whether two reports say the same, to the last digits that summing in another order moves."""
    pairs = list(zip(*(sorted(r.findings, key=lambda f: f.key) for r in (one, other)), strict=True))
    same = all(a.key == b.key and a.caps == b.caps for a, b in pairs) and one.not_assessed == other.not_assessed
    return same and all(np.allclose(bounds(a), bounds(b), rtol=1e-7, atol=1e-9, equal_nan=True) for a, b in pairs)


def bounds(finding: Finding) -> list[float]:
    e = finding.estimate
    return [np.nan if x is None else x for x in (e.value, *e.lower, *e.upper)]


@every_detector
def test_twice_the_data_leave_a_plug_in_estimate_where_it_was(detector: Detector) -> None:
    once = detector.plant(0.5, 2_000, np.random.default_rng(6)).evidence
    values = [[f.estimate.value for f in report(detector, e).findings] for e in (once, once + once)]
    same = np.allclose(*(np.array(v, float) for v in values), rtol=1e-3, equal_nan=True)  # n - 1 is not n
    assert same is detector.plug_in


@every_detector
def test_other_names_for_the_groups_change_names_only(detector: Detector) -> None:
    """Groups renamed so that their order turns round: every comparison is still told, or its mirror image is."""
    world = detector.plant(0.5, 2_000, np.random.default_rng(7)).evidence
    before = sorted(map(mirrored, report(detector, world).findings))
    for axes in NAMED:
        kept = [axis for axis in axes if axis in world.axes]
        levels = sorted({level for axis in kept for level in world.levels_of(axis) if level != MISSING})
        names = {level: f"{chr(122 - i % 26)}{len(levels) - i:06} renamed" for i, level in enumerate(levels)}
        table = catalog.configuration(detector)
        other = catalog.build(table.pop("code"), renamed(table, names))
        turned = reduce(lambda evidence, axis: evidence.relabel(axis, names), kept, world)
        after = sorted(map(mirrored, report(other, turned).findings))
        assert np.allclose(before, after, rtol=1e-6, atol=1e-9, equal_nan=True)


def renamed(value: object, names: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def mirrored(finding: Finding) -> tuple[float, float, float]:
    """A 95 % interval on the side of its mirror image that comes first."""
    low, high, _ = finding.interval(0.95)
    numbers = [np.nan if x is None else x for x in (low, finding.estimate.value, high)]
    if finding.scale == "ratio":
        numbers = [np.log(x) if x > 0 else -np.inf if x == 0 else x for x in numbers]
    turned = [-x for x in reversed(numbers)]
    ours = min(numbers, turned, key=lambda n: -1e300 if np.isnan(n[1]) else n[1])
    return tuple(float(np.nan_to_num(x, nan=1e9, posinf=1e9, neginf=-1e9)) for x in ours)


@every_detector
@pytest.mark.parametrize("engine", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_no_engine_changes_what_is_told(detector: Detector, engine: Callable[[dict], object]) -> None:
    world = detector.plant(0.5, 300, np.random.default_rng(8)).evidence
    if isinstance(world, Moments):
        pytest.skip("what is summarised has no rows left to count again")
    columns, roles = spread(world)
    mixed = np.random.default_rng(9).permutation(world.total)
    told = audit(engine({name: column[mixed] for name, column in columns.items()}), [detector], **roles)
    assert close(told, report(detector, world))


def spread(world: Tally | Rows) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """The table that a planted world was counted from, and the role of each of its columns."""
    if isinstance(world, Tally):
        levels = [np.array(world.levels[i], object)[world.codes[:, i]] for i in range(len(world.axes))]
        columns = {name: np.repeat(column, world.n) for name, column in zip(world.names, levels, strict=True)}
    else:
        columns = dict(zip(world.names, world.columns, strict=True))
    played: dict[str, list[str]] = {}
    for axis, name in zip(world.axes, world.names, strict=True):
        played.setdefault(axis.split(":")[0], []).append(name)
    for role, matrix in world.numbers.items() if isinstance(world, Rows) else ():
        for name, column in zip(world.measured[role], matrix.T, strict=True):
            columns[name] = column
            played.setdefault(role, []).append(name)
    return columns, {role: names if role in SEVERAL else names[0] for role, names in played.items()}


@every_detector
def test_tells_the_same_after_a_round_trip(detector: Detector) -> None:
    first = report(detector, detector.plant(0.5, 2_000, np.random.default_rng(4)).evidence)
    assert Report.from_json(first.to_json()) == first
    assert json.loads(first.to_json())["schema"] == 1


@every_detector
def test_is_rebuilt_from_its_configuration(detector: Detector) -> None:
    table = catalog.configuration(detector)
    assert catalog.build(table.pop("code"), table) == detector


@every_detector
def test_its_manual_is_complete(detector: Detector) -> None:
    manual = catalog.explain(detector.code)
    for section in ("Question", "Roles", "Formula", "Assumptions", "When not to use", "References"):
        assert f"\n{section}\n" in manual
    for role in (*detector.needs, *detector.uses, *filter(None, [detector.measures])):
        assert role in ROLES
        assert role in manual


@every_detector
def test_its_name_is_where_it_stands(detector: Detector) -> None:
    family, name = detector.code.split(".")
    assert type(detector).__module__ == f"auditkit.detectors.{family}.{name}"
    assert type(detector).__name__ == "".join(part.title() for part in name.split("_"))
    package = __import__(f"auditkit.detectors.{family}", fromlist=["__all__"])
    assert type(detector).__name__ in package.__all__, (
        f"add to {family}/__init__.py: from auditkit.detectors.{family}.{name} import {type(detector).__name__}"
    )


@every_detector
def test_one_group_or_no_rows_is_never_a_traceback(detector: Detector) -> None:
    world = detector.plant(0.0, 2_000, np.random.default_rng(5)).evidence
    for axis in world.axes:
        for level in world.levels_of(axis):
            with suppress(AuditkitError):
                assert isinstance(detector.examine(world.where(axis, level)), tuple)


@every_detector
def test_the_truth_of_a_planted_world_does_not_hang_on_its_size(detector: Detector) -> None:
    """The edges of margins are sought on small worlds."""
    world = detector.plant(0.5, detector.n_min, np.random.default_rng(0))
    small = detector.plant(0.5, 200, np.random.default_rng(0)).truth
    judged = {f.key for f in report(detector, world.evidence).findings if f.margin is not None}
    assert list(small) == list(world.truth)
    assert all(np.isclose(small[key], world.truth[key], equal_nan=True) for key in world.truth if key in judged)
