"""The worlds that stand for data nobody has seen: their truths, and how a plan's own fields and roles shape them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.evidence import UNIT, Evidence, Rows, Tally
from auditkit.core.finding import Key, NotAssessed, Reference
from auditkit.core.roles import ROLES, Roles
from auditkit.detectors.attribution import IdentityConfusion
from auditkit.detectors.automation import Deployment, Reliance
from auditkit.detectors.disparity import SelectionRate
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.detectors.selection import Composition, Missingness
from auditkit.powering.designs import Generated, MoreUnits, TwoGroups
from auditkit.powering.worlds import Supposed, suppose

EVERY = Roles.of(**dict.fromkeys(ROLES, None) | {role: role for role in ROLES})


def _reference(share: float) -> Reference:
    return Reference({"woman": share, "man": 1 - share}, why="a count", source="a test")


def _told(supposed: Supposed) -> set[str]:
    return {finding.estimand for finding in supposed.draw(0.0, supposed.detector.n_min, np.random.default_rng(1))[1]}


@settings(max_examples=30)
@given(st.floats(0.02, 0.98), st.floats(0.01, 0.5), st.floats(0.01, 1))
def test_two_groups_are_at_the_rate_and_the_effect_that_were_asked_for(rate: float, share: float, dose: float) -> None:
    world, rows = TwoGroups(rate, share), 10_000_000
    gap, ratio = world.plant(dose, rows, np.random.default_rng(0)).truth
    planted = world.plant(dose, rows, np.random.default_rng(0))
    cells = planted.evidence.cube("group", "outcome")
    sizes = cells.sum(axis=1)
    assert sizes[1] == round(rows * share)
    levels = planted.evidence.levels_of("outcome")
    rates = cells[:, levels.index("1")] / sizes
    assert rates[1] - rates[0] == pytest.approx(planted.truth[gap], abs=0.01)
    assert world.dose_at(planted.truth[gap], gap) == pytest.approx(dose)
    assert world.dose_at(planted.truth[ratio], ratio) == pytest.approx(dose)


@pytest.mark.parametrize(("rate", "share"), [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 0.6), (1.5, 0.2)])
def test_a_rate_and_a_share_that_are_none_are_refused(rate: float, share: float) -> None:
    with pytest.raises(InputError, match=r"between 0 and 1.*smaller group"):
        TwoGroups(rate, share)


@settings(max_examples=25)
@given(st.lists(st.floats(0.02, 0.98).filter(lambda q: abs(q - 0.5) > 0.01), min_size=1, max_size=6), st.floats(0, 1))
def test_the_stakes_on_a_plans_own_concepts_have_the_planted_mean(shares: list[float], dose: float) -> None:
    """A gate bets on a mean that the world's truth names: the same number, by two ways."""
    references = {f"concept {k}": _reference(share) for k, share in enumerate(shares)}
    detector = GeneratorFrequency(references)
    supposed = suppose(detector, EVERY, list(references))
    truth = supposed.truth(dose)
    key = next(iter(truth))
    drawn = supposed.world.plant(dose, 200_000, np.random.default_rng(3)).evidence
    assert isinstance(drawn, Tally)
    rows = [[drawn.levels[axis][code] for axis, code in enumerate(codes)] for codes in drawn.codes.tolist()]
    stakes = [detector.stake(dict(zip(drawn.axes, row, strict=True))) for row in rows]
    assert np.average(np.array(stakes, float), weights=drawn.n) == pytest.approx(truth[key], abs=0.01)
    assert supposed.world.dose_at(truth[key], key) == pytest.approx(dose)


def test_what_a_generator_needs_depends_on_the_plans_own_references() -> None:
    lean, even = (
        suppose(GeneratorFrequency({"nurse": _reference(share)}), EVERY, ["nurse"]).draw(
            0.0, 4_000, np.random.default_rng(0)
        )[1]
        for share in (0.97, 0.6)
    )
    se = [
        next(f for f in told if f.estimand == "directed amplification").estimate.standard_error()
        for told in (lean, even)
    ]
    assert se[1] > 2.5 * se[0]


def test_a_concept_without_a_reference_plays_no_part_and_that_is_said() -> None:
    supposed = suppose(GeneratorFrequency({"nurse": _reference(0.9)}), EVERY, ["nurse", "poet", "judge"])
    assert isinstance(supposed.world, Generated)
    assert "of the 2 without a reference play no part" in supposed.said[0]


def test_equal_shares_without_a_stereotype_are_told_to_lead_nowhere() -> None:
    """Nothing is expected of any concept, so that no number of generations brings the headline."""
    supposed = suppose(GeneratorFrequency(parity=("woman", "man")), EVERY, ["nurse"])
    told = supposed.draw(0.0, 1_000, np.random.default_rng(0))[1]
    assert "no level is expected" in next(item.because for item in told if isinstance(item, NotAssessed))


def test_concepts_that_have_no_reference_are_told_to_lead_nowhere() -> None:
    supposed = suppose(GeneratorFrequency({"nurse": _reference(0.9)}), EVERY, ["poet", "judge"])
    [silent] = supposed.draw(0.0, 1_000, np.random.default_rng(0))[1]
    assert isinstance(silent, NotAssessed)
    assert "no concept here has a reference" in silent.because


def test_a_field_that_another_excludes_gives_way() -> None:
    """A goal beside a reference is refused: no world may be looked for with both."""
    detector = GeneratorFrequency(parity=("woman", "man"), stereotype="woman", real="photographs")
    assert "directed amplification" in _told(suppose(detector, EVERY))


def test_fields_that_name_levels_of_the_data_give_way_and_all_others_stay() -> None:
    supposed = suppose(SelectionRate(favourable="hired", gap=True), EVERY)
    assert supposed.detector == SelectionRate(gap=True)
    assert any("plays no part in it: favourable" in sentence for sentence in supposed.said)


def test_a_plans_own_reference_is_planted_where_the_world_can() -> None:
    reference = Reference({"women": 0.05, "men": 0.95}, why="a census", source="a test")
    supposed = suppose(Composition(reference), EVERY)
    assert supposed.detector == Composition(reference)
    assert {key.level for key in supposed.truth(0.0)} == {"women", "men", "all levels"}


def test_what_withholds_in_the_plan_withholds_here() -> None:
    """The specimen lifts this cap, to measure its passes; a plan that does not lift it is not told otherwise."""
    supposed = suppose(Missingness(), EVERY)
    told = supposed.draw(0.0, 4_000, np.random.default_rng(0))[1]
    assert [cap.withholds for cap in told[0].caps] == ["PASS"]


def test_a_role_that_the_plan_does_not_fill_is_not_shown() -> None:
    roles = Roles.of(unit="user", advice="advice", final="final", truth="truth", arm="arm")
    supposed = suppose(Reliance(), roles)
    assert supposed.absent == {"initial"}
    assert "over-reliance difference" not in _told(supposed)
    assert "over-reliance difference" in _told(suppose(Reliance(), EVERY))
    idle = suppose(Deployment(), Roles.of(outcome="a", model="b", human="c"))
    assert idle.absent == {"deployed"}


def test_a_role_that_stands_in_for_another_takes_nothing_away() -> None:
    supposed = suppose(SelectionRate(), Roles.of(group="sex", prediction="says"))
    assert supposed.absent == frozenset()
    assert "selection rate difference" in _told(supposed)


def test_rows_lose_a_role_as_cells_do() -> None:
    supposed = suppose(IdentityConfusion(), Roles.of(group="skin", vector="embedding"))
    shown = supposed.draw(0.0, 200, np.random.default_rng(0))[0]
    assert isinstance(shown, Rows)
    assert UNIT not in shown or "unit" not in supposed.absent


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_more_units_are_other_units_with_as_many_rows(copies: int) -> None:
    world = Reliance()
    grown = MoreUnits(world, world.n_min)
    once = world.plant(0.3, world.n_min, np.random.default_rng(1))
    planted = grown.plant(0.3, copies * world.n_min, np.random.default_rng(1))
    assert len(planted.evidence.levels_of(UNIT)) == copies * len(once.evidence.levels_of(UNIT))
    assert _rows_a_unit(planted.evidence) == _rows_a_unit(once.evidence)
    assert planted.truth == once.truth
    assert grown.dose_at(0.2, next(iter(once.truth))) == world.dose_at(0.2, next(iter(once.truth)))


def _rows_a_unit(evidence: Evidence) -> set[int]:
    assert isinstance(evidence, Tally)
    return set(
        Counter(dict(zip(evidence.levels_of(UNIT), evidence.cube(UNIT).astype(int).tolist(), strict=True))).values()
    )


def test_a_world_whose_users_are_few_grows_by_users() -> None:
    supposed = suppose(Reliance(), EVERY)
    assert isinstance(supposed.world, MoreUnits)
    assert any("rows a unit" in sentence for sentence in supposed.said)
    key = Key("automation.reliance", "over-reliance difference", "aided", "control", "advice")
    small, large = (
        next(f for f in supposed.draw(0.0, n, np.random.default_rng(2))[1] if getattr(f, "key", None) == key)
        for n in (4_000, 64_000)
    )
    assert large.estimate.standard_error() < 0.4 * small.estimate.standard_error()
