"""Pictures by prompt: the difference over prompts, what it is worth, and the planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from auditkit.core.evidence import Rows
from auditkit.stats.differential_association import associations
from auditkit.stats.picture_sets import (
    PictureSet,
    attribute_pictures,
    difference_over_prompts,
    expected_difference,
    neutral_pictures,
)


def drawn(prompts, each, lean, rng):
    vectors, unit = neutral_pictures(prompts, each, lean, rng)
    return PictureSet.of(Rows.of({"unit": unit}, {"vector": vectors}), *attribute_pictures())


def test_the_truth_is_that_of_many_pictures():
    rng = np.random.default_rng(1)
    for lean in (-1.0, 0.0, 0.5):
        s = drawn(4_000, 12, lean, rng)
        assert s.pictures.mean() == pytest.approx(expected_difference(lean, 0.0), abs=0.01)
        assert s.prompts.mean() == pytest.approx(s.pictures.mean())


def test_it_is_welchs_interval_over_prompts():
    rng = np.random.default_rng(2)
    x, y = drawn(9, 10, 0.4, rng), drawn(14, 10, 0.0, rng)
    ends = ttest_ind(x.prompts, y.prompts, equal_var=False).confidence_interval(0.95)
    e = difference_over_prompts(x, y)
    assert e.interval(0.95)[:2] == pytest.approx((ends.low, ends.high))
    assert (e.n, e.clusters) == (230, 9)


def test_pictures_that_differ_by_prompt_are_worth_fewer():
    rng = np.random.default_rng(3)
    alike = PictureSet(rng.normal(size=(20, 10)).mean(axis=1), rng.normal(size=200))
    assert 60 < difference_over_prompts(alike, alike).n_eff <= 200
    shifted = np.repeat(rng.normal(size=20), 10) + rng.normal(scale=0.1, size=200)
    apart = PictureSet(shifted.reshape(20, 10).mean(axis=1), shifted)
    assert difference_over_prompts(apart, apart).n_eff == pytest.approx(20, rel=0.15)


def test_prompts_are_averaged_and_a_row_without_one_is_its_own():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    first, second = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    by_prompt = PictureSet.of(Rows.of({"unit": ["p", "p", "q"]}, {"vector": vectors}), first, second)
    assert sorted(by_prompt.prompts) == pytest.approx([0.0, 0.0])
    alone = PictureSet.of(Rows.of({"group": ["x"] * 3}, {"vector": vectors}), first, second)
    assert sorted(alone.prompts) == pytest.approx(sorted(associations(vectors, first, second)))
