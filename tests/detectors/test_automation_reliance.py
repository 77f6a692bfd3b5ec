"""Reliance: rates counted by hand, an independent reading of rows, what caps a verdict, and what is refused."""

import numpy as np
import pytest

import auditkit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.automation import Reliance
from auditkit.gating import alone

AXES = ("unit", "truth", "initial", "advice", "final")
HAND = {
    ("u", "1", "1", "0", "0"): 3,  # gave up what was right
    ("u", "1", "1", "0", "1"): 7,
    ("v", "0", "1", "0", "0"): 8,  # took what was right
    ("v", "0", "1", "0", "1"): 2,
    ("v", "0", "1", "1", "1"): 5,  # wrong together
    ("w", "0", "0", MISSING, "0"): 4,
    ("w", "1", "1", MISSING, "0"): 1,
}


def told(evidence: Tally, **fields: object) -> dict[str, Finding]:
    return {f.estimand: f for f in Reliance(**fields).examine(evidence) if isinstance(f, Finding)}


def test_rates_by_hand() -> None:
    found = told(Tally.of_cells(AXES, HAND))
    values = {name: finding.estimate.value for name, finding in found.items()}
    expected = {"RSR": 0.7, "over-reliance": 0.3, "RAIR": 0.8, "under-reliance": 0.2, "commission error": 8 / 15}
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert values["reliance asymmetry difference"] == pytest.approx(0.1)
    assert values["accuracy change"] == pytest.approx((8 - 3 - 1) / 30)
    assert found["RSR"].counts[0][1:3] == (7, 10)


def test_omissions_need_to_know_what_silence_is_called() -> None:
    cells = {("u", "tumour", "tumour", "none", "none"): 6, ("v", "tumour", "tumour", "none", "tumour"): 2}
    cells |= {("v", "none", "none", "none", "none"): 9, ("w", "none", "none", "tumour", "tumour"): 1}
    cells |= {("w", "none", "none", "tumour", "none"): 3}
    found = told(Tally.of_cells(AXES, cells), quiet="none")
    assert found["omission error"].estimate.value == 0.75
    assert found["commission error"].estimate.value == 0.25
    silent = [t for t in Reliance().examine(Tally.of_cells(AXES, HAND)) if not isinstance(t, Finding)]
    assert {item.estimand for item in silent} == {"omission error", "error on wrong advice"}


def test_every_rate_is_that_of_a_loop_over_rows() -> None:
    world = Reliance().plant(0.6, 3_000, np.random.default_rng(3)).evidence
    rows = np.repeat(world.codes, world.n, axis=0)
    column = {a: np.array(world.levels_of(a))[rows[:, i]] for i, a in enumerate(world.axes)}
    aided = column["arm"] == "aided"
    right = {a: column[a] == column["truth"] for a in ("initial", "advice", "final")}
    eligible = aided & right["initial"] & ~right["advice"]
    control = (column["arm"] == "control") & right["initial"] & ~right["advice"]
    unaided = (column["arm"] == "unaided") & ~right["advice"]
    found = {name: f.estimate.value for name, f in told(world).items()}
    assert found["over-reliance"] == pytest.approx(1 - right["final"][eligible].mean())
    excess = right["final"][control].mean() - right["final"][eligible].mean()
    assert found["over-reliance difference"] == pytest.approx(excess)
    error = right["final"][unaided].mean() - right["final"][aided & ~right["advice"]].mean()
    assert found["error on wrong advice difference"] == pytest.approx(error)
    change = right["final"][aided].mean() - right["initial"][aided].mean()
    assert found["accuracy change"] == pytest.approx(change)


def test_without_a_control_arm_no_verdict() -> None:
    for dose in (0.0, 1.0):
        world = Reliance().plant(dose, 4_000, np.random.default_rng(1)).evidence.where("arm", "aided")
        finding = told(world)["over-reliance"]
        assert {cap.withholds for cap in finding.caps} == {"PASS", "FAIL"}
        assert "no control arm" in finding.caps[0].because
        assert alone(finding) is Outcome.INCONCLUSIVE
    assert alone(told(world, tolerated=0.2)["over-reliance"]) is Outcome.FAIL
    assert alone(told(world, tolerated=0.9)["over-reliance"]) is Outcome.PASS


def test_with_a_control_arm_the_excess_is_judged_alone() -> None:
    world = Reliance().plant(1.0, 4_000, np.random.default_rng(2)).evidence
    found = told(world)
    assert alone(found["over-reliance difference"]) is Outcome.FAIL
    assert found["over-reliance"].margin is None
    assert not found["over-reliance difference"].caps


def test_a_control_arm_that_hides_the_advice_cannot_fail() -> None:
    world = Reliance().plant(1.0, 4_000, np.random.default_rng(2)).evidence
    columns = {a: [world.levels_of(a)[c] for c in world.codes[:, i]] for i, a in enumerate(world.axes)}
    columns["advice"] = [
        said if arm == "aided" else MISSING for said, arm in zip(columns["advice"], columns["arm"], strict=True)
    ]
    found = told(Tally.of(columns, n=world.n))
    for name in ("over-reliance difference", "error on wrong advice difference"):
        assert [cap.withholds for cap in found[name].caps] == ["FAIL"]
        assert alone(found[name]) is Outcome.INCONCLUSIVE


def test_without_initial_decisions_only_errors_are_told() -> None:
    world = Reliance().plant(0.5, 2_000, np.random.default_rng(2)).evidence
    blind = world.marginal("arm", "truth", "advice", "final")
    assert set(told(blind)) == {"error on wrong advice difference", "commission error"}
    silent = [t.because for t in Reliance().examine(blind) if not isinstance(t, Finding)]
    assert any("before the advice" in because for because in silent)


def test_users_whose_habits_differ_widen_the_interval() -> None:
    world = Reliance().plant(0.5, 4_000, np.random.default_rng(4)).evidence
    rows = Tally.of(
        {a: [world.levels_of(a)[c] for c in world.codes[:, world.index(a)]] for a in world.axes if a != "unit"},
        n=world.n,
    )
    by_user, by_row = (told(e)["over-reliance difference"].estimate for e in (world, rows))
    assert by_user.value == pytest.approx(by_row.value)
    assert np.diff(by_user.interval(0.95)[:2]) > 1.2 * np.diff(by_row.interval(0.95)[:2])
    assert by_user.clusters == 20


def test_what_is_refused() -> None:
    world = Reliance().plant(0.5, 600, np.random.default_rng(2)).evidence
    with pytest.raises(InputError, match="Spell both alike"):
        Reliance().examine(world.relabel("final", {"1": "yes", "0": "no"}))
    with pytest.raises(InputError, match='No arm is "AI"'):
        Reliance(aided="AI").examine(world)
    with pytest.raises(CannotDecide, match="weights"):
        Reliance().examine(Tally.of({a: ["0", "1"] for a in AXES}, w=[1.0, 2.0]))
    with pytest.raises(CannotDecide, match="no aided decision"):
        Reliance().examine(Tally.of({**{a: ["0"] for a in AXES}, "final": [MISSING]}))
    with pytest.raises(InputError, match="unit"):
        auditkit.audit(None, Reliance(), advice=[1, 0], final=[1, 0], truth=[0, 0])


def test_one_user_gets_a_number_and_no_verdict() -> None:
    cells = {("u", *cell[1:]): n for cell, n in HAND.items()}
    found = told(Tally.of_cells(AXES, cells), tolerated=0.2)
    assert found["RSR"].estimate.value == pytest.approx(0.7)
    assert found["reliance asymmetry difference"].estimate.interval(0.95).low is None


def one_model(rng: np.random.Generator, questions: int, again: int = 6, more: float = 0.1) -> Tally:
    """A model asked every question `again` times, with advice and for a second look; what it knows differs by question.

    It gives up a right answer in .1 to .5 of second looks, by question, and `more` oftener for wrong advice.
    """
    shape = (questions, 2, again)
    aided = np.broadcast_to(np.array([True, False])[:, None], shape)
    known, swayed = (rng.uniform(low, high, (questions, 1, 1)) for low, high in ((0.4, 0.95), (0.1, 0.5)))
    right, wrong = rng.random(shape) < known, rng.random(shape) < 0.5
    moved = rng.random(shape) < swayed + more * (aided & (wrong == right))
    names = [str(i) for i in np.indices(shape)[0].ravel()]
    decided = {"initial": right, "advice": ~wrong, "final": right ^ moved}
    columns = {axis: np.where(value, "1", "0").ravel().tolist() for axis, value in decided.items()}
    arms = np.where(aided, "aided", "control").ravel().tolist()
    return Tally.of({"unit": names, "arm": arms, "truth": ["1"] * len(names), **columns})


def test_questions_are_the_units_of_one_model() -> None:
    found = told(one_model(np.random.default_rng(1), 60, more=0.5))["over-reliance difference"]
    assert 40 < found.estimate.clusters <= 60
    assert alone(found) is Outcome.FAIL
    as_one = one_model(np.random.default_rng(1), 60, more=0.5).relabel("unit", {str(i): "gpt" for i in range(60)})
    assert alone(told(as_one)["over-reliance difference"]) is Outcome.INCONCLUSIVE


@pytest.mark.slow
def test_with_questions_as_units_the_interval_covers() -> None:
    """Both arms meet the same questions, so their rates go together; the truth is the extra share by construction."""
    worlds = (one_model(np.random.default_rng([7, seed]), 50) for seed in range(2_000))
    ends = [told(world)["over-reliance difference"].interval(0.95)[:2] for world in worlds]
    assert 0.935 <= np.mean([low <= 0.1 <= high for low, high in ends]) <= 0.98
