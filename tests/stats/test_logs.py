"""Logs of decisions: masks by hand, rates against other implementations, and coverage where users are clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.logs import Log, in_percent, less, rate
from auditkit.stats.proportions import proportion

ROWS = {
    "unit": ["a", "a", "a", "b", "b", "c"],
    "truth": ["x", "y", "x", "y", "x", "y"],
    "advice": ["x", "x", MISSING, "z", "x", "y"],
    "initial": ["y", "y", "x", MISSING, "x", "x"],
    "final": ["x", "x", "x", "z", "y", "y"],
}


def test_masks_count_what_a_loop_over_the_rows_counts() -> None:
    log = Log(Tally.of(ROWS))
    for one in ("truth", "advice", "initial", "final"):
        for other in ("truth", "advice", "initial", "final"):
            pairs = [pair for pair in zip(ROWS[one], ROWS[other], strict=True) if MISSING not in pair]
            assert log.tally.n @ log.same(one, other) == sum(a == b for a, b in pairs)
            assert log.tally.n @ log.differ(one, other) == sum(a != b for a, b in pairs)
    assert log.tally.n @ log.known("advice", "initial") == 4
    assert log.tally.n @ log.at("final", "y") == 2
    assert not log.at("final", "nowhere").any()
    assert log.at("arm", MISSING).all()
    assert not log.same("arm", "final").any()


def test_arms_are_everything_where_nobody_speaks_of_them() -> None:
    log = Log(Tally.of(ROWS))
    assert log.arm("aided", "aided").all()
    assert not log.arm("control", "aided").any()
    with pytest.raises(InputError, match='No arm is "aided"'):
        Log(Tally.of({"arm": ["x", "y"]})).arm("aided", "aided")


def test_decisions_spelled_otherwise_are_refused() -> None:
    log = Log(Tally.of({"truth": ["1", "0"], "final": ["yes", "no"]}))
    with pytest.raises(InputError, match="never the same"):
        log.check_spelling("truth", "final")
    Log(Tally.of({"truth": ["1", "1"], "final": ["yes", "no"]})).check_spelling("truth", "final", "advice")


def test_rates_of_rows_are_wilsons_and_those_of_one_user_exact() -> None:
    final = ["x"] * 7 + ["y"] * 13
    rows = Log(Tally.of({"final": final}))
    told = rate(rows.sample({"x": (rows.known("final"), rows.at("final", "x"))}))
    assert told.interval(0.95) == proportion(7, 20)[0].interval(0.95)
    alone = Log(Tally.of({"final": final, "unit": ["u"] * 20}))
    told = rate(alone.sample({"x": (alone.known("final"), alone.at("final", "x"))}))
    exact = binomtest(7, 20).proportion_ci(0.95, method="exact")
    assert told.interval(0.95)[:2] == pytest.approx((exact.low, exact.high))
    assert (told.method, told.clusters, told.n_eff) == ("Clopper-Pearson", None, 20)


def test_no_decisions_are_no_rate() -> None:
    log = Log(Tally.of(ROWS))
    told = rate(log.sample({"nobody": (log.at("final", "none"), log.known("final"))}))
    assert told.value is None
    assert in_percent(told) == "not defined, no decisions: nobody"
    assert less(told, 0.1).value is None
    assert log.change(log.at("final", "none"), log.known("final"), log.known("final")).value is None


def test_change_of_users_with_equally_many_decisions_is_the_t_interval() -> None:
    rng = np.random.default_rng(2)
    before, after = rng.integers(0, 2, (12, 9)), rng.integers(0, 2, (12, 9))
    columns = {"unit": np.repeat(np.arange(12), 9).astype(str).tolist()}
    columns |= {"initial": before.ravel().astype(str).tolist(), "final": after.ravel().astype(str).tolist()}
    log = Log(Tally.of(columns))
    told = log.change(log.known("initial"), log.at("initial", "1"), log.at("final", "1"))
    expected = ttest_1samp((after - before).mean(axis=1), 0).confidence_interval(0.95)
    assert told.interval(0.95)[:2] == pytest.approx(tuple(expected))


@given(st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from("xy")), min_size=1, max_size=30))
def test_change_of_rows_is_the_paired_difference(rows) -> None:
    initial, final = (list(part) for part in zip(*rows, strict=True))
    log = Log(Tally.of({"initial": initial, "final": final}))
    told = log.change(log.known("final"), log.at("initial", "x"), log.at("final", "x"))
    assert told.value == pytest.approx((final.count("x") - initial.count("x")) / len(rows))


def test_slopes_need_numbers() -> None:
    log = Log(Tally.of({"unit": ["a", "a"], "position": ["first", "2"], "final": ["x", "y"]}))
    with pytest.raises(InputError, match='has "first"'):
        log.slope(log.known("final"), log.at("final", "x"), "position", 1)
    rows = Log(Tally.of({"position": ["1", "2"], "final": ["x", "y"]}))
    assert rows.slope(rows.known("final"), rows.at("final", "x"), "position", 1).value is None


def covered(users: int, each: int, icc: float, clustered: bool, replications: int, seed: int) -> float:
    """How often RSR = .7 lies in its interval when users differ by this intraclass correlation."""
    rng = np.random.default_rng(seed)
    size = (1 - icc) / icc
    held = 0
    hits = rng.binomial(each, rng.beta(0.7 * size, 0.3 * size, (replications, users)))
    names = [str(user) for user in range(users)]
    for kept in hits:
        unit = names * 2
        final = ["x"] * users + ["y"] * users
        columns = {"final": final} | ({"unit": unit} if clustered else {})
        log = Log(Tally.of(columns, n=[*kept.tolist(), *(each - kept).tolist()]))
        low, high, _ = rate(log.sample({"x": (log.known("final"), log.at("final", "x"))})).interval(0.95)
        held += low <= 0.7 <= high
    return held / replications


@pytest.mark.slow
@pytest.mark.parametrize(("users", "each", "iid"), [(20, 8, 0.78), (10, 20, 0.619), (60, 5, 0.825)])
def test_users_are_what_is_independent(users: int, each: int, iid: float) -> None:
    """Twenty users with eight decisions each, ICC .2: about .78 by rows, nominal by users; and so for others."""
    assert covered(users, each, 0.2, True, 4_000, users) >= 0.935
    assert covered(users, each, 0.2, False, 1_500, users + 1) == pytest.approx(iid, abs=0.04)


def test_twenty_users_are_not_160_decisions() -> None:
    assert covered(20, 8, 0.2, False, 400, 4) < 0.85
    assert covered(20, 8, 0.2, True, 400, 5) > 0.90
