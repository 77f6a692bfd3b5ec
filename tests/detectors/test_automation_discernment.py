"""Discernment: followed right and wrong advice, counted by hand, and what withholds a verdict."""

import numpy as np
import pytest
from scipy.stats import norm

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.automation import Discernment
from auditkit.gating import alone

AXES = ("unit", "arm", "truth", "initial", "advice", "final")
HAND = {
    ("u", "aided", "a", "b", "a", "a"): 6,  # right advice, followed
    ("v", "aided", "a", "b", "a", "b"): 4,
    ("u", "aided", "a", "a", "c", "c"): 3,  # wrong advice, followed
    ("v", "aided", "b", "a", "c", "c"): 2,
    ("w", "aided", "a", "a", "c", "a"): 15,
    ("w", "aided", "a", "a", "a", "b"): 9,  # nothing to follow
    ("x", "unaided", "a", MISSING, "c", "b"): 1,
    ("y", "unaided", "a", MISSING, "c", "a"): 3,
    ("y", "unaided", "a", MISSING, "a", "b"): 50,  # another kind of item
}


def told(evidence: Tally, **fields: object) -> dict[str, Finding]:
    return {f.estimand: f for f in Discernment(**fields).examine(evidence) if isinstance(f, Finding)}


def test_by_hand() -> None:
    found = told(Tally.of_cells(AXES, HAND))
    discernment, followed = found["discernment beyond the least"], found["following wrong advice difference"]
    assert discernment.estimate.value == pytest.approx(0.6 - 0.25 - 0.10)
    assert followed.estimate.value == pytest.approx(0.25 - 0.25)
    assert [count[1:3] for count in discernment.counts] == [(5, 20), (6, 10)]
    assert "+35.0 points" in discernment.sentence
    assert told(Tally.of_cells(AXES, HAND), least=0.3)[discernment.estimand].estimate.value == pytest.approx(0.05)


def test_blind_trust_and_deaf_distrust_are_told_apart() -> None:
    rng = np.random.default_rng(5)
    truth, advice, first = rng.integers(0, 2, (3, 8_000))
    arm = np.where(np.arange(8_000) % 80 < 60, "aided", "unaided")
    found = {}
    for name, follows in (("blind", 0.95), ("deaf", 0.02)):
        final = np.where((rng.random(8_000) < follows) & (arm == "aided"), advice, first)
        columns = {"truth": truth, "advice": advice, "initial": first, "final": final, "unit": np.arange(8_000) % 80}
        texts = {axis: column.astype(str).tolist() for axis, column in columns.items()} | {"arm": arm.tolist()}
        found[name] = [alone(f) for f in told(Tally.of(texts)).values() if f.margin is not None]
    assert found == {"blind": [Outcome.FAIL, Outcome.FAIL], "deaf": [Outcome.FAIL, Outcome.PASS]}


def test_without_an_unaided_arm_following_is_not_assessed() -> None:
    world = Tally.of_cells(AXES, HAND).where("arm", "aided")
    [one, silent, *rest] = Discernment().examine(world)
    assert isinstance(one, Finding)
    assert [found.estimand for found in rest] == ["d-prime", "criterion c"]
    assert "no unaided arm" in silent.because


def test_unaided_rows_without_the_withheld_advice_cannot_fail() -> None:
    cells = {(*cell[:4], MISSING if cell[1] == "unaided" else cell[4], cell[5]): n for cell, n in HAND.items()}
    followed = told(Tally.of_cells(AXES, cells))["following wrong advice difference"]
    assert [cap.withholds for cap in followed.caps] == ["FAIL"]
    assert followed.estimate.value == pytest.approx(0.25 - 51 / 54)


def test_users_move_both_rates_together() -> None:
    """Shared trust cancels in the difference: its interval is narrower than independent rates would have it."""
    world = Discernment().plant(1.0, 5_000, np.random.default_rng(3)).evidence
    discernment = told(world)["discernment beyond the least"]
    low, high, _ = discernment.interval()
    assert discernment.estimate.clusters == 50
    assert high - low < 0.15


def test_sensitivity_by_hand() -> None:
    """z(.6) - z(.25) and minus half their sum, of the same rows as the difference."""
    found = told(Tally.of_cells(AXES, HAND))
    z = norm.ppf([0.6, 0.25])
    assert found["d-prime"].estimate.value == pytest.approx(z[0] - z[1])
    assert found["criterion c"].estimate.value == pytest.approx(-z.sum() / 2)
    assert found["d-prime"].counts == found["discernment beyond the least"].counts
    assert "d' = +0.93 [" in found["d-prime"].sentence
    assert all(found[name].margin is None for name in ("d-prime", "criterion c"))
    assert "weight of advice" not in found


NUMBERS = {
    ("u", "aided", "65.5", "50", "80", "65"): 2,  # half of it, nearer to the truth by half a unit
    ("u", "aided", "65.5", "50", "80", "80"): 1,
    ("v", "aided", "52.5", "50", "80", "50"): 3,  # none of it, farther
    ("v", "aided", "52.5", "50", "80", "95"): 1,  # more than all is all
    ("w", "aided", "52.5", "50", "50", "60"): 9,  # nothing to take
}


def test_weight_of_advice_by_hand() -> None:
    """(2 · ½ + 1 + 0 + 1)/7 of all, 2/3 of what was nearer and 1/4 of what was farther."""
    silent, mean, apart = Discernment().examine(Tally.of_cells(AXES, NUMBERS))
    assert "never" not in silent.because
    assert (silent.estimand, silent.because[:21]) == ("discernment beyond the least", "decisions are numbers")
    assert isinstance(mean, Finding)
    assert isinstance(apart, Finding)
    assert mean.estimate.value == pytest.approx(3 / 7)
    assert mean.estimate.n == 7
    assert apart.estimate.value == pytest.approx(2 / 3 - 1 / 4)
    assert (apart.level, apart.versus) == ("nearer advice", "farther advice")
    assert mean.margin is apart.margin is None


def test_numbers_that_may_be_names_are_asked_about() -> None:
    whole = {(*cell[:2], *(str(round(float(x))) for x in cell[2:])): n for cell, n in NUMBERS.items()}
    evidence = Tally.of_cells(AXES, whole | {("u", "aided", "80", "50", "80", "80"): 3})
    asked = [f for f in Discernment().examine(evidence) if f.estimand.startswith("weight")]
    assert [one.because[-40:] for one in asked] == ["if one can be a little off, false if not"]
    sure = [f.estimand for f in Discernment(numeric=True).examine(evidence) if isinstance(f, Finding)]
    assert sure[-2:] == ["weight of advice", "weight of advice difference"]
    names = Discernment(numeric=False).examine(evidence)
    assert not [f for f in names if f.estimand.startswith("weight")]
    with pytest.raises(InputError, match="numeric = true needs numbers as initial"):
        Discernment(numeric=True).examine(Tally.of_cells(AXES, HAND))


@pytest.mark.parametrize("dose", [0.0, 1.0])
def test_half_measures_leave_what_is_followed_as_it_was(dose: float) -> None:
    """A decision of ½ is not the advice, as the first decision was not: the judged findings are the same."""
    world = Discernment().plant(dose, 5_000, np.random.default_rng(8)).evidence
    whole = told(world.relabel("final", {"0.5": "kept"}))
    for name in ("discernment beyond the least", "following wrong advice difference", "d-prime"):
        assert told(world)[name].estimate == whole[name].estimate
    assert "weight of advice" not in whole


def test_what_is_refused() -> None:
    with pytest.raises(CannotDecide, match="contradicts"):
        Discernment().examine(Tally.of({**{axis: ["0"] for axis in AXES}, "arm": ["aided"]}))
    with pytest.raises(InputError, match="No arm"):
        Discernment(aided="x").examine(Tally.of_cells(AXES, HAND))
    with pytest.raises(CannotDecide, match="weights"):
        Discernment().examine(Tally.of({axis: ["aided"] for axis in AXES}, w=[2.0]))
