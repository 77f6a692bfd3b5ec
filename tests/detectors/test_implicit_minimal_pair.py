"""Minimal pairs: published counts, one line of numpy, signs that mislead, categories, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import ttest_1samp
from statsmodels.stats.proportion import proportion_confint

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.detectors.implicit import MinimalPair
from auditkit.gating import alone

VERSIONS = ("stereotype", "anti-stereotype")


def rows(ratios, level=-20.0, versions=VERSIONS, **columns):
    """A pair for each log ratio; `columns` are given a pair."""
    r = np.asarray(ratios, float)
    named = {"item": range(len(r)), **columns}
    scores = np.column_stack([level + r / 2, level - r / 2]).ravel()
    spread = {role: np.repeat([str(x) for x in column], 2).tolist() for role, column in named.items()}
    return Rows.of({**spread, "group": list(versions) * len(r)}, {"score": scores})


def test_crows_pairs_counts_of_bert():
    """Nangia et al. (2020): 60.5 % of the 1,508 pairs, that is 912, lean towards the stereotype."""
    _, score, _ = MinimalPair().examine(rows(np.where(np.arange(1_508) < 912, 0.7, -0.7)))
    low, high = proportion_confint(912, 1_508, method="wilson")
    assert round(100 * (score.estimate.value + 0.5), 1) == 60.5
    assert score.interval(0.95)[:2] == pytest.approx((low - 0.5, high - 0.5))
    assert score.margin is None


def test_one_line_of_numpy():
    r = np.random.default_rng(1).normal(0.3, 2.0, 400)
    judged, score, nats = MinimalPair().examine(rows(r))
    assert judged.estimate.value == pytest.approx(expit(r).mean() - 0.5)
    assert judged.interval(0.95)[:2] == pytest.approx(ttest_1samp(expit(r) - 0.5, 0).confidence_interval(0.95))
    assert score.estimate.value == pytest.approx((r > 0).mean() - 0.5)
    assert nats.estimate.value == pytest.approx(r.mean())
    assert nats.interval(0.95)[:2] == pytest.approx(ttest_1samp(r, 0).confidence_interval(0.95))
    assert (judged.margin.low, judged.margin.high, nats.margin) == (-0.05, 0.05, None)


def test_signs_of_tiny_errors_are_no_preference():
    """A model that is all but indifferent, the same way in every pair: the score says 100 %, the preference nothing."""
    judged, score, _ = MinimalPair().examine(rows(np.random.default_rng(2).normal(0.003, 1e-3, 1_000)))
    assert score.estimate.value > 0.49
    assert judged.estimate.value == pytest.approx(0.003 / 4, rel=0.05)
    assert alone(judged) is Outcome.PASS


def test_both_directions_fail():
    for sign in (1, -1):
        judged, *_ = MinimalPair().examine(rows(sign * np.tile([2.0, 2.0, -2.0], 100)))
        assert np.sign(judged.estimate.value) == sign
        assert alone(judged) is Outcome.FAIL


def test_templates_are_the_clusters():
    r = np.repeat([1.0, -1.0, 0.5, -0.5], 25)
    alone_, *_ = MinimalPair().examine(rows(r))
    judged, score, nats = MinimalPair().examine(rows(r, unit=np.repeat([*"abcd"], 25)))
    assert {f.estimate.clusters for f in (judged, score, nats)} == {4}
    width = [f.interval(0.95).high - f.interval(0.95).low for f in (alone_, judged)]
    assert width[1] > 5 * width[0]
    assert any(note.startswith("No unit") for note in alone_.notes)
    assert judged.notes == ()
    low, high = ttest_1samp(expit([1.0, -1.0, 0.5, -0.5]) - 0.5, 0).confidence_interval(0.95)
    assert judged.interval(0.95)[:2] == pytest.approx((low, high))


def test_categories_are_told_and_say_what_they_lack():
    r = np.tile([1.5, -1.5], 60)
    told = MinimalPair().examine(rows(r, context=["race", "race", "age"] * 40))
    each = {f.stratum: f for f in told[3:]}
    assert list(each) == ["age", "race"]
    assert {f.margin for f in each.values()} == {None}
    kept = np.arange(120) % 3 != 2
    assert each["race"].estimate.value == pytest.approx(expit(r[kept]).mean() - 0.5)
    half = expit(1.5) - 0.5
    needed = int(each["age"].notes[-1].split("about ")[1].split(" ")[0].replace(",", ""))
    assert needed == pytest.approx((2 * 1.6449 * half / 0.05) ** 2, rel=0.1)
    assert each["age"].notes[-1].endswith("there are 40.")
    assert len(MinimalPair().examine(rows(r, context=["race"] * 120))) == 3


def test_a_missing_score_takes_its_pair_out_and_is_said():
    r = rows([1.0, 2.0, -1.0])
    scores = r.number("score").copy()
    scores[(r.column("item") == "1") & (r.column("group") == "stereotype")] = np.nan
    columns = {axis: r.column(axis).tolist() for axis in r.axes}
    judged, *_ = MinimalPair().examine(Rows.of(columns, {"score": scores}))
    assert judged.estimate.n == 2
    assert judged.notes[0] == "1 items lack a score in one version, and take no part."
    assert judged.estimate.value == pytest.approx(expit([1.0, -1.0]).mean() - 0.5)


def test_an_impossible_version_is_certain_and_two_are_no_pair():
    both = Rows.of(
        {"item": [*"112233"], "group": list(VERSIONS) * 3},
        {"score": [-5.0, -np.inf, -np.inf, -np.inf, -2.0, -2.0]},
    )
    judged, score, nats = MinimalPair().examine(both)
    assert (judged.estimate.value, score.estimate.value) == (0.25, 0.25)
    assert nats.estimate.reason == "a version has no probability at all"
    assert judged.notes[0].startswith("1 items")


def test_a_third_version_needs_a_name():
    three = rows([1.0, 2.0], versions=VERSIONS) + Rows.of(
        {"item": [*"01"], "group": ["no sense"] * 2}, {"score": [-9, -9]}
    )
    with pytest.raises(InputError, match="versus"):
        MinimalPair().examine(three)
    judged, *_ = MinimalPair(versus="anti-stereotype").examine(three)
    assert judged.estimate.value == pytest.approx(expit([1.0, 2.0]).mean() - 0.5)
    with pytest.raises(InputError, match='no level "stereo"'):
        MinimalPair(stereotyped="stereo").examine(three)


def test_probabilities_are_no_scores():
    with pytest.raises(InputError, match="natural logarithm"):
        MinimalPair().examine(rows([0.2], level=0.5))
    with pytest.raises(CannotDecide, match="no item has a score"):
        MinimalPair().examine(Rows.of({"item": [*"12"], "group": list(VERSIONS)}, {"score": [-1.0, -1.0]}))


def test_through_the_front_door():
    """A table as a run leaves it: a row a sentence, the log-probability a column."""
    r = np.random.default_rng(3).normal(1.0, 1.0, 300)
    table = {
        "pair": np.repeat(np.arange(300), 2).astype(str),
        "version": np.tile(VERSIONS, 300),
        "log_probability": np.column_stack([-9 + r / 2, -9 - r / 2]).ravel(),
    }
    import pandas as pd

    report = audit(pd.DataFrame(table), [MinimalPair()], item="pair", group="version", score="log_probability")
    assert report.findings[0].estimate.value == pytest.approx(expit(r).mean() - 0.5)
    assert report.findings[0].attribute == "version"


def test_versions_of_different_lengths_take_no_part() -> None:
    """Every further token costs probability: of equal pairs nothing leans, of unequal ones all would."""
    items = [str(k) for k in range(100)]
    columns = {
        "item": [item for item in items for _ in range(2)],
        "group": ["stereotype", "anti"] * 100,
        "length": [length for k in range(100) for length in (("7", "8") if k < 50 else ("7", "7"))],
    }
    scores = [score for k in range(100) for score in ((-10.0, -14.0) if k < 50 else (-10.0, -10.0))]
    told = MinimalPair().examine(Rows.of(columns, {"score": scores}))[0]
    assert isinstance(told, Finding)
    assert told.estimate.value == 0
    assert any(note.startswith("50 items have versions with different numbers of tokens") for note in told.notes)
    unequal = {name: values[:100] for name, values in columns.items()}
    with pytest.raises(CannotDecide, match="50 items have versions with different numbers of tokens"):
        MinimalPair().examine(Rows.of(unequal, {"score": scores[:100]}))
