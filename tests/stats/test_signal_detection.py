"""d' and c: against the delta rule on paper, and how often the intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from auditkit.core.evidence import Tally
from auditkit.stats.clusters import Sample, sample
from auditkit.stats.signal_detection import sensitivity
from auditkit.stats.simulated_users import beta_rates

DRAWS = 1_000


def rates_of(hits: int, n: int, false: int, m: int) -> Sample:
    """Hits of n, and false alarms of m."""
    cells = {("hit", "yes"): hits, ("hit", "no"): n - hits, ("false", "yes"): false, ("false", "no"): m - false}
    return sample(Tally.of_cells(("kind", "said"), cells), "kind", "said", ["yes"], ["false", "hit"])


def holds(interval: tuple[float | None, float | None, float], truth: float) -> bool:
    low, high, _ = interval
    return (low is None or low <= truth) and (high is None or truth <= high)


def test_of_many_it_is_gourevitch_and_galanters_variance() -> None:
    """var d' = H(1 - H)/(n φ(z_H)²) + F(1 - F)/(m φ(z_F)²) (1967), and of c a quarter of it."""
    n, m = 40_000, 60_000
    d, c = sensitivity(rates_of(28_000, n, 15_000, m))
    z, p, size = norm.ppf([0.7, 0.25]), np.array([0.7, 0.25]), np.array([n, m])
    se = np.sqrt((p * (1 - p) / (size * norm.pdf(z) ** 2)).sum())
    for e, value, error in ((d, z[0] - z[1], se), (c, -z.sum() / 2, se / 2)):
        assert e.value == pytest.approx(value)
        assert e.interval(0.95)[:2] == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=0.02 * error)


def test_a_rate_of_none_or_all_is_put_right_and_has_no_bound_beyond() -> None:
    d, c = sensitivity(rates_of(20, 20, 5, 20))
    assert d.value == pytest.approx(norm.ppf(20.5 / 21) - norm.ppf(0.25))
    assert c.value == pytest.approx(-(norm.ppf(20.5 / 21) + norm.ppf(0.25)) / 2)
    assert d.interval(0.95).high is None
    assert d.interval(0.95).low == pytest.approx(d.value, abs=1.5)
    assert c.interval(0.95).low is None
    assert c.interval(0.95).high is not None


def test_without_rows_there_is_none() -> None:
    for e in sensitivity(rates_of(0, 0, 5, 20)):
        assert e.value is None
        assert e.reason == "no rows to take the rate of in hit"


def test_turned_round_it_changes_sign_and_the_criterion_stays() -> None:
    (d, c), (back, same) = sensitivity(rates_of(30, 50, 10, 40)), sensitivity(rates_of(10, 40, 30, 50))
    assert [-x for x in back.interval(0.95)[:2]] == pytest.approx([*d.interval(0.95)[1::-1]])  # type: ignore[operator]
    assert same.interval(0.95)[:2] == pytest.approx(c.interval(0.95)[:2])


@pytest.mark.parametrize(("hit", "false", "n", "m"), [(0.6, 0.15, 50, 50), (0.84, 0.16, 30, 30), (0.95, 0.05, 40, 40)])
def test_intervals_hold_the_truth_as_often_as_they_say(hit: float, false: float, n: int, m: int) -> None:
    """Of 2,000 draws .94 to .99 were held; below .95 only by what so many draws allow."""
    rng = np.random.default_rng(1)
    truth = norm.ppf(hit) - norm.ppf(false), -(norm.ppf(hit) + norm.ppf(false)) / 2
    held = np.zeros(2)
    for x, y in zip(rng.binomial(n, hit, DRAWS), rng.binomial(m, false, DRAWS), strict=True):
        told = sensitivity(rates_of(x, n, y, m))
        held += [holds(e.interval(0.95), value) for e, value in zip(told, truth, strict=True)]
    assert all(binomtest(int(k), DRAWS, 0.95, "less").pvalue > 1e-3 for k in held)


def test_users_whose_trust_is_one_trait_hold_it_too_and_make_it_narrower_than_the_criterion() -> None:
    """Who follows more follows right and wrong advice more: that cancels in d' and doubles in c."""
    rng, held, widths, users, each = np.random.default_rng(2), np.zeros(2), [], 30, 20
    truth = norm.ppf(0.6) - norm.ppf(0.3), -(norm.ppf(0.6) + norm.ppf(0.3)) / 2
    for _ in range(300):
        place = rng.random(users)
        said = np.array([rng.binomial(each, beta_rates(p, 0.2, place)) for p in (0.3, 0.6)])
        columns = [(str(u), kind, yes) for kind in ("false", "hit") for yes in ("yes", "no") for u in range(users)]
        n = np.concatenate([part for row in said for part in (row, each - row)]).tolist()
        names = dict(zip(("unit", "kind", "said"), map(list, zip(*columns, strict=True)), strict=True))
        told = sensitivity(sample(Tally.of(names, n=n), "kind", "said", ["yes"], ["false", "hit"]))
        held += [holds(e.interval(0.95), value) for e, value in zip(told, truth, strict=True)]
        widths.append([e.interval(0.95)[1] - e.interval(0.95)[0] for e in told])  # type: ignore[operator]
    assert all(binomtest(int(k), 300, 0.95, "less").pvalue > 1e-3 for k in held)
    assert np.mean(widths, axis=0)[0] < 1.4 * np.mean(widths, axis=0)[1]
    assert told[0].clusters == users


def test_a_false_alarm_in_few_trials_is_held_too() -> None:
    """H = .3 of 200 and F = .01 of 10, every count: with Wilson's limits .095 missed at 95 %."""
    truth, missed = norm.ppf(0.3) - norm.ppf(0.01), 0.0
    for y, odd in enumerate(binom.pmf(np.arange(4), 10, 0.01)):
        for x in range(30, 91):
            e = sensitivity(rates_of(x, 200, y, 10))[0]
            missed += odd * binom.pmf(x, 200, 0.3) * (not holds(e.interval(0.95), truth))
    assert missed <= 0.05
