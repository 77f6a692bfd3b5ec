"""What every detector obeys, ours and third parties': the laws, each a function that raises `AssertionError`.

    from auditkit.testing import LAWS, check_detector

    check_detector(MyBias)                            # all of them, at the first that is broken it says which

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
    def test_my_bias(law):
        law(MyBias.specimen())

They ask for no world but those that the detector plants. How often it errs is another question: `auditkit calibrate`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from auditkit import catalog
from auditkit.auditing import audit
from auditkit.core.detector import Detector
from auditkit.core.errors import AuditkitError
from auditkit.core.evidence import Evidence, Moments, Rows, Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.report import Recipe, Report
from auditkit.core.roles import MISSING, ROLES, SEVERAL

Law = Callable[[Detector], None]
NAMED = (("group",), ("rater_group", "candidate_group"), ("context",), ("unit",), ("item",), ("rater",))
FEW = 12
"""Of so many levels of an axis, each by itself, a detector is asked: of units and texts there are thousands."""
SECTIONS = ("Question", "Roles", "Formula", "Assumptions", "When not to use", "References")


def check_detector(detector: Detector | type[Detector]) -> None:
    """Hold a detector, or its specimen, to every law; raises `AssertionError` with the law that it breaks.

    >>> from auditkit.detectors import selection
    >>> check_detector(selection.Refusal)
    """
    made = detector.specimen() if isinstance(detector, type) else detector
    for law in LAWS:
        try:
            law(made)
        except AssertionError as error:
            told = " ".join(law.__name__.split("_"))
            raise AssertionError(f"{made.code} breaks a law: {told}. {error}".rstrip()) from error


def shards_in_any_order_tell_what_the_whole_tells(detector: Detector, seed: int = 0, parts: int = 3) -> None:
    """Evidence is a sum: cut into parts, mixed and added again, it is equal and is told of equally."""
    rng = np.random.default_rng(seed)
    whole = detector.plant(rng.random(), 1_000, rng).evidence
    at = rng.integers(parts, size=len(whole))
    again = reduce(add, [_taken(whole, np.flatnonzero(at == part)) for part in rng.permutation(parts)])
    assert again == whole, "The parts added again are not the whole."
    assert _same(_report(detector, again), _report(detector, whole)), "Of the parts added again it tells otherwise."


def twice_the_data_leave_a_plug_in_estimate_where_it_was(detector: Detector) -> None:
    """The same data twice move no estimate, unless the detector says so by `plug_in = False`."""
    once = detector.plant(0.5, 2_000, np.random.default_rng(6)).evidence
    values = [[f.estimate.value for f in _report(detector, e).findings] for e in (once, reduce(add, [once, once]))]
    first, second = (np.array(one, float) for one in values)
    same = np.allclose(first, second, rtol=1e-3, equal_nan=True)  # n - 1 is not n
    assert same is detector.plug_in, f"plug_in is {detector.plug_in}, and twice the data move it: {not same}."


def other_names_for_the_groups_change_names_only(detector: Detector) -> None:
    """Groups renamed so that their order turns round: every comparison is still told, or its mirror image is."""
    world = detector.plant(0.5, 2_000, np.random.default_rng(7)).evidence
    before = sorted(map(_mirrored, _report(detector, world).findings))
    for axes in NAMED:
        kept = [axis for axis in axes if axis in world.axes]
        levels = sorted({level for axis in kept for level in world.levels_of(axis) if level != MISSING})
        names = {level: f"{chr(122 - i % 26)}{len(levels) - i:06} renamed" for i, level in enumerate(levels)}
        other = _built(detector, _renamed(catalog.configuration(detector), names))
        turned = reduce(lambda evidence, axis: evidence.relabel(axis, names), kept, world)
        after = sorted(map(_mirrored, _report(other, turned).findings))
        assert np.allclose(before, after, rtol=1e-6, atol=1e-9, equal_nan=True), f"Other names for {axes} change it."


def no_order_of_the_rows_changes_what_is_told(
    detector: Detector, frame: Callable[[dict[str, Any]], Any] = pd.DataFrame
) -> None:
    """A table of the planted rows, shuffled, read by `audit` in the engine of `frame`, is told of as before."""
    world = detector.plant(0.5, 300, np.random.default_rng(8)).evidence
    if isinstance(world, Moments):
        return  # what is summarised has no rows left to count again
    columns, roles = _spread(world)
    mixed = np.random.default_rng(9).permutation(world.total)
    told = audit(frame({name: column[mixed] for name, column in columns.items()}), [detector], **roles)
    assert _same(told, _report(detector, world)), "A table of the same rows is told of otherwise."


def a_report_tells_the_same_after_a_round_trip(detector: Detector) -> None:
    """What it finds can be written as JSON, and read back equal."""
    first = _report(detector, detector.plant(0.5, 2_000, np.random.default_rng(4)).evidence)
    assert Report.from_json(first.to_json()) == first, "The report that is read back is another."
    assert json.loads(first.to_json())["schema"] == 1


def it_is_rebuilt_from_its_configuration(detector: Detector) -> None:
    """The table that a plan would write of it builds an equal one."""
    again = _built(detector, catalog.configuration(detector))
    assert again == detector, f"From its own configuration comes {again!r}, not {detector!r}."


def its_manual_is_complete(detector: Detector) -> None:
    """The docstring of its module has every section, and names every role it reads."""
    manual = inspect.getdoc(inspect.getmodule(type(detector))) or ""
    for section in SECTIONS:
        assert f"\n{section}\n" in manual, f'The docstring of its module has no section "{section}".'
    for role in (*detector.needs, *detector.uses, *filter(None, [detector.measures])):
        assert role in ROLES, f'It reads "{role}", which is no role. Roles: {", ".join(ROLES)}.'
        assert role in manual, f'The manual does not say what the role "{role}" is for.'


def its_name_is_where_it_stands(detector: Detector) -> None:
    """`<family>/<name>.py` holds `Name`, and the code is `family.name`."""
    name = detector.code.split(".")[-1]
    said = "".join(part.title() for part in name.split("_"))
    assert type(detector).__name__ == said, f"{name}.py should hold {said}, and holds {type(detector).__name__}."


def one_group_or_no_rows_is_never_a_traceback(detector: Detector) -> None:
    """Of rows that allow no comparison it tells, or says kindly that it cannot."""
    world = detector.plant(0.0, 2_000, np.random.default_rng(5)).evidence
    for axis in world.axes:
        levels = world.levels_of(axis)
        for level in (*levels[:FEW], *levels[FEW:][-1:]):  # what is missing stands last
            try:
                told = detector.examine(world.where(axis, level))
            except AuditkitError:
                continue
            except Exception as error:
                raise AssertionError(f"Of {axis} {level} alone it raises {type(error).__name__}: {error}") from error
            assert isinstance(told, tuple), f"Of {axis} {level} alone it gives a {type(told).__name__}."


def the_truth_of_a_planted_world_does_not_hang_on_its_size(detector: Detector) -> None:
    """The edges of margins are sought on small worlds: what is true of a dose is true of any number of rows."""
    world = detector.plant(0.5, detector.n_min, np.random.default_rng(0))
    small = detector.plant(0.5, 200, np.random.default_rng(0)).truth
    judged = {f.key for f in _report(detector, world.evidence).findings if f.margin is not None}
    assert list(small) == list(world.truth), "A small world has other truths than a large one."
    for key in (key for key in world.truth if key in judged):
        assert np.isclose(small[key], world.truth[key], equal_nan=True), f"The truth of {key} hangs on the rows."


LAWS: tuple[Law, ...] = (
    shards_in_any_order_tell_what_the_whole_tells,
    twice_the_data_leave_a_plug_in_estimate_where_it_was,
    other_names_for_the_groups_change_names_only,
    no_order_of_the_rows_changes_what_is_told,
    a_report_tells_the_same_after_a_round_trip,
    it_is_rebuilt_from_its_configuration,
    its_manual_is_complete,
    its_name_is_where_it_stands,
    one_group_or_no_rows_is_never_a_traceback,
    the_truth_of_a_planted_world_does_not_hang_on_its_size,
)
"""Every law, in the order in which `check_detector` asks."""


def _built(like: Detector, table: Mapping[str, Any]) -> Detector:
    """A detector from its table, by its class: it need not be announced."""
    import pydantic

    told = {name: value for name, value in table.items() if name != "code"}
    built: Detector = pydantic.TypeAdapter(type(like)).validate_python(told)
    return built


def _report(detector: Detector, evidence: Evidence) -> Report:
    told = detector.examine(evidence)
    findings = tuple(item for item in told if isinstance(item, Finding))
    silent = tuple(item for item in told if isinstance(item, NotAssessed))
    return Report(findings, silent, Recipe("a world", 1, {}, (), {}, {}))


def _taken(evidence: Evidence, rows: NDArray[Any]) -> Evidence:
    if isinstance(evidence, Rows):
        return evidence.taken(rows)
    names = ("codes", "n", "w", "w2", "mean", "m2")
    parts = {name: getattr(evidence, name)[rows] for name in names if hasattr(evidence, name)}
    return replace(evidence, **parts, **({"top": evidence.heaviest[rows]} if isinstance(evidence, Tally) else {}))


def _same(one: Report, other: Report) -> bool:
    """Whether two reports say the same, to the last digits that summing in another order moves."""
    ours, theirs = (sorted(r.findings, key=lambda f: f.key) for r in (one, other))
    if len(ours) != len(theirs) or one.not_assessed != other.not_assessed:
        return False
    pairs = list(zip(ours, theirs, strict=True))
    same = all(a.key == b.key and a.caps == b.caps for a, b in pairs)
    return same and all(np.allclose(_bounds(a), _bounds(b), rtol=1e-7, atol=1e-9, equal_nan=True) for a, b in pairs)


def _bounds(finding: Finding) -> list[float]:
    e = finding.estimate
    return [np.nan if x is None else x for x in (e.value, *e.lower, *e.upper)]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _mirrored(finding: Finding) -> tuple[float, ...]:
    """A 95 % interval on the side of its mirror image that comes first."""
    low, high, _ = finding.interval(0.95)
    numbers = [np.nan if x is None else x for x in (low, finding.estimate.value, high)]
    if finding.scale == "ratio":
        numbers = [np.log(x) if x > 0 else -np.inf if x == 0 else x for x in numbers]
    turned = [-x for x in reversed(numbers)]
    ours = min(numbers, turned, key=lambda n: -1e300 if np.isnan(n[1]) else n[1])
    return tuple(float(np.nan_to_num(x, nan=1e9, posinf=1e9, neginf=-1e9)) for x in ours)


def _spread(world: Tally | Rows) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The table that a planted world was counted from, and the role of each of its columns."""
    if isinstance(world, Tally):
        levels = [np.array(world.levels[i], object)[world.codes[:, i]] for i in range(len(world.axes))]
        columns = {name: np.repeat(column, world.n) for name, column in zip(world.names, levels, strict=True)}
    else:
        columns = dict(zip(world.names, world.columns, strict=True))
    played: dict[str, list[str]] = {}
    for axis, name in zip(world.axes, world.names, strict=True):
        played.setdefault(axis.split(":")[0], []).append(name)
    if isinstance(world, Rows):
        for role, matrix in world.numbers.items():
            columns |= dict(zip(world.measured[role], matrix.T, strict=True))
            played.setdefault(role, []).extend(world.measured[role])
    return columns, {role: names if role in SEVERAL else names[0] for role, names in played.items()}
