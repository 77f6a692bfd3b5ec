"""Vigilance: catch trials by hand, one user exactly, decline, and what is refused."""

import numpy as np
import pytest
from scipy.stats import binomtest

import auditkit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.automation import Vigilance
from auditkit.gating import alone

AXES = ("unit", "catch", "advice", "final")
HAND = {
    ("u", "1", "a", "b"): 7,
    ("u", "1", "a", "a"): 1,
    ("v", "1", "b", "a"): 5,
    ("v", "1", "b", "b"): 3,
    ("v", "0", "a", "b"): 1,
    ("w", "0", "a", "a"): 19,
    ("w", "1", "a", MISSING): 30,
}


def told(evidence: Tally, **fields: object) -> dict[str, Finding]:
    return {f.estimand: f for f in Vigilance(**fields).examine(evidence) if isinstance(f, Finding)}


def test_by_hand() -> None:
    found = told(Tally.of_cells(AXES, HAND))
    assert found["detection beyond the least"].estimate.value == pytest.approx(12 / 16 - 0.8)
    assert found["rejection of other advice"].estimate.value == pytest.approx(1 / 20)
    assert told(Tally.of_cells(AXES, HAND), least=0.5)["detection beyond the least"].estimate.value == 0.25
    [silent] = [item for item in Vigilance().examine(Tally.of_cells(AXES, HAND)) if isinstance(item, NotAssessed)]
    assert "no position" in silent.because


def test_one_user_is_clopper_and_pearsons_and_can_be_judged() -> None:
    cells = {("u", "yes", "a", "b"): 20, ("u", "yes", "a", "a"): 40, ("u", "no", "a", "a"): 100}
    finding = told(Tally.of_cells(AXES, cells))["detection beyond the least"]
    exact = binomtest(20, 60).proportion_ci(0.95, method="exact")
    assert finding.interval()[:2] == pytest.approx((exact.low - 0.8, exact.high - 0.8))
    assert "that user alone" in finding.notes[0]
    assert alone(finding) is Outcome.FAIL


def test_three_users_are_too_few_for_a_verdict() -> None:
    cells = {(user, "1", "a", final): n for user in "uvw" for final, n in (("a", 90), ("b", 10))}
    assert alone(told(Tally.of_cells(AXES, cells))["detection beyond the least"]) is Outcome.INCONCLUSIVE


def test_decline_is_found_from_a_table() -> None:
    rng = np.random.default_rng(8)
    user, nth = np.divmod(np.arange(12_000), 200)
    advice = rng.integers(0, 2, 12_000)
    final = np.where(rng.random(12_000) < 0.95 - 0.30 * nth / 200, 1 - advice, advice)
    roles = {"unit": user, "position": nth, "catch": rng.random(12_000) < 0.2, "advice": advice, "final": final}
    report = auditkit.audit(None, Vigilance(), **roles)
    slope = next(f for f in report.findings if "slope" in f.estimand)
    low, high, _ = slope.interval()
    assert low < -0.15 < high < 0
    assert slope.estimate.clusters == 60
    assert slope.margin is None


def test_a_log_of_catch_trials_alone_is_enough() -> None:
    only = Tally.of_cells(AXES, HAND).where("catch", "1")
    assert set(told(only)) == {"detection beyond the least"}
    named = only.relabel("catch", {"1": "seeded"})
    assert set(told(named, catch="seeded")) == {"detection beyond the least"}


def test_what_is_refused() -> None:
    hand = Tally.of_cells(AXES, HAND)
    with pytest.raises(CannotDecide, match="every row has the same catch"):
        Vigilance().examine(hand.where("catch", "0"))
    with pytest.raises(InputError, match="which level"):
        Vigilance().examine(hand.relabel("catch", {"1": "seeded", "0": "plain"}))
    with pytest.raises(CannotDecide, match="no catch trial"):
        Vigilance().examine(Tally.of({**{a: ["u", "u"] for a in AXES}, "catch": ["1", "0"], "final": [MISSING, "u"]}))
    with pytest.raises(CannotDecide, match="weights"):
        Vigilance().examine(Tally.of({**{a: ["u"] for a in AXES}, "catch": ["1"]}, w=[2.0]))
    world = Vigilance().plant(0.0, 300, np.random.default_rng(1)).evidence
    with pytest.raises(InputError, match="needs numbers"):
        Vigilance().examine(world.relabel("position", {"1": "first"}))
