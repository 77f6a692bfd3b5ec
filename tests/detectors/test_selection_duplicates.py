"""Duplicates: exact and near, what a unit repeats, coarse features, and leakage."""

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide
from auditkit.core.finding import NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.rows import Rows
from auditkit.detectors.selection import Duplicates
from auditkit.gating import alone

NEAR, EXACT = "rows per distinct row, near duplicates joined", "rows per distinct row"
ALIKE = "design effect of the outcome"


def essays(n, seed=1):
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{k}" for k in row) for row in rng.integers(3_000, size=(n, 15))]


def told(columns, numbers=None, **names):
    return {item.estimand: item for item in Duplicates().examine(Rows.of(columns, numbers, **names))}


def test_twenty_per_cent_in_fives_by_hand():
    """800 rows once and 40 texts five times, three word for word and two nearly: 1,000 rows are worth 556."""
    texts = essays(840)
    again = [t for t in texts[:40] for _ in range(2)] + [f"{t} {end}" for t in texts[:40] for end in ("one", "two")]
    found = told({"text": texts + again})
    assert round(found[NEAR].estimate.n_eff) == 556
    assert found[EXACT].estimate.value == pytest.approx((880 + 40 * 9) / 1_000)
    assert found[NEAR].estimate.value == pytest.approx(1.8)
    assert alone(found[NEAR]) is Outcome.FAIL
    assert alone(found[EXACT]) is None


def test_what_a_unit_repeats_is_no_duplicate():
    texts = essays(300) * 2
    unit = [f"u{i}" for i in range(300)] * 2
    assert told({"text": texts, "unit": unit})[NEAR].estimate.value == 1
    assert told({"text": texts})[NEAR].estimate.value == 2


def test_leakage_counts_test_rows_that_training_nearly_has():
    train, test = essays(500, 1), essays(500, 2)
    test[:30] = [f"{t} indeed" for t in train[:30]]
    found = told({"text": train + test, "origin": ["train"] * 500 + ["test"] * 500})
    assert found["test rows seen in training"].counts[0] == ("test", 30, 500, 0.06)
    assert alone(found["test rows seen in training"]) is Outcome.FAIL
    assert found[NEAR].estimate.value == 1  # across origins it is leakage, and counted once
    missing = told({"text": train, "origin": ["train"] * 500})["test rows seen in training"]
    assert isinstance(missing, NotAssessed)


def test_features_are_the_row_where_there_is_no_text():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 2))
    x[200:] = x[:200]
    finding = told({"feature:city": ["x"] * 400}, {"feature": x}, names={"feature:city": "city"})[EXACT]
    assert finding.estimate.value == 2
    assert finding.attribute == "city × feature.0 × feature.1"
    assert alone(finding) is Outcome.FAIL


def test_coarse_features_agree_by_chance_and_never_fail():
    rng = np.random.default_rng(5)
    columns = {f"feature:{a}": rng.integers(3, size=600).astype(str).tolist() for a in "ab"}
    finding = told(columns)[EXACT]
    assert finding.estimate.value > 50
    assert [cap.withholds for cap in finding.caps] == ["FAIL"]
    assert alone(finding) is Outcome.INCONCLUSIVE
    assert finding.null_expectation == pytest.approx(finding.estimate.value, rel=0.1)


def test_missing_texts_take_no_part():
    finding = told({"text": [*essays(50), "(missing)", "(missing)"]})[NEAR]
    assert finding.estimate.n == 50
    assert "2 rows have no text" in finding.notes[0]
    for columns in ({"text": ["(missing)"]}, {"origin": ["train", "test"]}):
        with pytest.raises(CannotDecide):
            told(columns)


def visits(people, each, alike, seed=8):
    """Answers of `people` to `each` questions, who say what they always say with chance `alike`."""
    rng = np.random.default_rng(seed)
    own, fresh = rng.integers(2, size=(people, 1)), rng.integers(2, size=(people, each))
    said = np.where(rng.random(fresh.shape) < alike, own, fresh).ravel()
    unit = np.repeat(np.arange(people), each).astype(str)
    texts = essays(people * each)
    return {"text": texts, "outcome": [("no", "yes")[k] for k in said], "unit": unit.tolist()}


def test_what_likeness_within_a_unit_costs_is_told_and_not_judged():
    finding = told(visits(100, 8, 0.7), names={"outcome": "answer", "unit": "person"})[ALIKE]
    low, high, _ = finding.interval(0.99)
    assert low <= 1 + 7 * 0.49 <= high
    assert low > 1.5  # beyond what is tolerated of copies, and no FAIL: nobody took the rows as independent
    assert alone(finding) is None
    assert "800 rows of 100 person are worth" in finding.sentence
    assert finding.key.stratum == "answer"


def test_units_that_say_what_anybody_might_cost_nothing():
    low, high, _ = told(visits(200, 4, 0.0))[ALIKE].interval(0.99)
    assert low <= 1 <= high < 1.5


def test_without_units_or_outcomes_nothing_is_alike():
    columns = visits(50, 4, 0.5)
    for role in ("unit", "outcome"):
        assert ALIKE not in told({name: column for name, column in columns.items() if name != role})
    columns["outcome"] = ["(missing)"] * 200
    assert told(columns)[ALIKE].estimate.value is None


def test_the_outcome_moves_no_other_finding():
    columns = visits(60, 5, 0.5)
    columns["text"][:40] = columns["text"][40:80]
    found = told(columns)
    del columns["outcome"]
    assert {name: f.estimate for name, f in told(columns).items()} == {
        name: f.estimate for name, f in found.items() if name != ALIKE
    }
