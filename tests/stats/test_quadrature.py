"""Means over a normal distribution against adaptive integration and counted chances."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from auditkit.stats.quadrature import chance, logistic_mean, mean_rating, normal_mean


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 1.0), (-2.0, 0.1), (3.0, 8.0)])
def test_it_is_the_integral(mean, sd):
    steep = quad(
        lambda x: chance(x) ** 2 * norm.pdf(x, mean, sd), mean - 9 * sd, mean + 9 * sd, epsabs=1e-12, limit=400
    )
    assert normal_mean(lambda x: chance(x) ** 2, mean, sd) == pytest.approx(steep[0], abs=1e-9)
    assert logistic_mean(mean, sd) + logistic_mean(-mean, sd) == pytest.approx(1)


def test_a_rounded_and_clipped_rating_has_the_mean_of_its_chances():
    cuts = norm.cdf(np.arange(5) + 0.5, 3.2, 1.7)
    chances = np.diff(np.r_[0, cuts[:4], 1])
    assert mean_rating(3.2, 1.7, 4) == pytest.approx(chances @ np.arange(5))
    assert mean_rating([-50.0, 50.0], 1.0, 4).tolist() == [0.0, 4.0]
