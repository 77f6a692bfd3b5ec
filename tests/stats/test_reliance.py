"""Situations of reliance: enumeration against draws, matched arms, and simulated users that are what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.evidence import Tally
from auditkit.stats.logs import Log, rate
from auditkit.stats.reliance import against, errors, expected, situations
from auditkit.stats.simulated_users import Habits, beta_rates, draw_log, draw_watch, worn_rate

probability = st.floats(0.02, 0.98)


@given(st.tuples(probability, probability), st.lists(probability, min_size=4, max_size=4), probability)
def test_enumerated_rates_are_the_habits(initial, change, advised) -> None:
    habits = Habits.alike(initial, np.reshape(change, (2, 2)), advised)
    shares = habits.shares()
    assert shares.sum() == pytest.approx(1)
    rates = expected(shares[0])
    assert rates["over-reliance"] == pytest.approx(change[1])
    assert rates["RAIR"] == pytest.approx(change[2])
    assert rates["commission error"] == pytest.approx(initial[0] * change[1] + (1 - initial[0]) * (1 - change[0]))
    gained = (1 - advised) * (1 - initial[0]) * change[0] + advised * (1 - initial[1]) * change[2]
    lost = (1 - advised) * initial[0] * change[1] + advised * initial[1] * change[3]
    assert rates["accuracy change"] == pytest.approx(gained - lost, abs=1e-9)


def test_users_who_scatter_amount_to_their_mean() -> None:
    """With 4,000 users of 50 decisions the drawn log is within five standard errors of the enumeration."""
    rng = np.random.default_rng(1)
    means = ((0.6, 0.8), ((0.2, 0.5), (0.7, 0.1)), 0.6)
    log = Log(draw_log({"aided": Habits.drawn(4_000, *means, rng)}, 50, rng))
    true = expected(Habits.alike(*means).shares()[0])
    aided = log.arm("aided", "aided")
    for name, condition in {**situations(log, aided), **errors(log, aided, None)}.items():
        e = rate(log.sample({name: condition}))
        assert abs(e.value - true[name]) < 5 * e.standard_error(), name


@pytest.mark.parametrize("icc", [0.05, 0.1, 0.3])
def test_rates_scatter_as_the_intraclass_correlation_says(icc) -> None:
    own = beta_rates(0.3, icc, (np.arange(20_000) + 0.5) / 20_000)
    assert own.mean() == pytest.approx(0.3, abs=1e-4)
    assert own.var() / (0.3 * 0.7) == pytest.approx(icc, rel=0.01)
    assert beta_rates(1.0, icc, np.array([0.2, 0.7])).tolist() == [1, 1]


def test_arms_are_matched_only_by_the_advice_that_they_were_spared() -> None:
    rows = {
        "arm": ["aided", "aided", "control", "control", "control"],
        "truth": ["1"] * 5,
        "advice": ["0", "0", "0", "1", "1"],
        "final": ["0", "1", "0", "1", "0"],
    }
    for advice, rate_of_control in ((rows["advice"], 1.0), (["0", "0", *["(missing)"] * 3], 2 / 3)):
        log = Log(Tally.of({**rows, "advice": advice}))
        ours, theirs = ((log.arm(arm, "aided"), log.wrong("final")) for arm in ("aided", "control"))
        pair, matched = against(log, "aided", ours, "control", theirs)
        assert matched is (rate_of_control == 1)
        assert pair.difference.value == pytest.approx(0.5 - rate_of_control)


def test_watching_users_wear_out_as_they_should() -> None:
    tally = draw_watch(400, 200, (0.9, 0.5, 0.1), 0.5, np.random.default_rng(2), 0.1)
    log = Log(tally)
    trials = log.at("catch", "1")
    mean, slope = worn_rate(0.9, 0.5, 200)
    caught = rate(log.sample({"caught": (trials, log.differ("advice", "final"))}))
    drift = log.slope(trials, log.differ("advice", "final"), "position", 100)
    assert abs(caught.value - mean) < 5 * caught.standard_error()
    assert abs(drift.value - slope) < 5 * drift.standard_error()
