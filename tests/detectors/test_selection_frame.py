"""Selected against frame: every feature by itself, the search for the furthest, and columns that are no numbers."""

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.judgement import Outcome
from auditkit.detectors.selection import Frame
from auditkit.gating import alone

SMD, LARGEST = "standardised mean difference", "largest standardised mean difference"


def invited(n=4_000, lead=0.0, seed=1):
    """A tenth answer, of whom those who like it answer `lead` standard deviations more often."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.standard_normal((n, 3)), columns=["liking", "age", "income"])
    eager = lead / 1.755 * table["liking"] + np.sqrt(1 - (lead / 1.755) ** 2) * rng.standard_normal(n)
    table["answered"] = np.where(eager.rank(ascending=False) <= n / 10, "yes", "no")
    table["member"] = rng.random(n) < 0.5
    table["city"] = rng.choice(["here", "there"], n)
    return table


def told(table, *features):
    report = audit(table, [Frame()], selected="answered", feature=list(features))
    return {(f.estimand, f.attribute): f for f in report.findings}, report.not_assessed


def test_the_furthest_is_named_and_fails_with_the_search_paid():
    found, silent = told(invited(lead=0.4), "age", "liking", "income")
    largest = found[LARGEST, "age × liking × income"]
    one = found[SMD, "liking"].estimate
    assert largest.estimate.value == one.value
    assert largest.interval(0.95).high == one.interval(0.95).high
    assert largest.interval(0.95).low < one.interval(0.95).low
    assert f"furthest from their frame in liking: {one.value:.2f} SD [" in largest.sentence
    assert alone(largest) is Outcome.FAIL
    assert not silent


def test_a_random_sample_of_many_features_has_a_largest_of_nothing():
    table = invited(40_000)
    found, _ = told(table, "age", "liking", "income", "member")
    largest = found[LARGEST, "age × liking × income × member"]
    assert alone(largest) is Outcome.PASS
    assert largest.interval(0.95).low == 0
    assert largest.null_expectation == pytest.approx(1.4646 * np.sqrt(0.9 / 4_000), rel=0.05)  # of four |Z|


def test_one_feature_is_told_once():
    found, _ = told(invited(), "age")
    assert list(found) == [(SMD, "age")]


def test_truths_are_counted_and_words_are_told():
    found, silent = told(invited(), "member", "city", "age")
    assert set(found) == {(SMD, "member"), (SMD, "age"), (LARGEST, "age × member")}
    assert [(item.attribute, item.because) for item in silent] == [
        ("city", 'column "city" holds words, and words have no mean')
    ]


def test_a_constant_is_told_and_searched_by_nobody():
    found, silent = told(invited().assign(one=1.0), "age", "one")
    assert set(found) == {(SMD, "age")}
    assert silent[0].because == 'column "one" does not vary, so nothing can differ'


def test_the_order_of_the_rows_moves_nothing():
    table = invited(600, lead=0.2)
    one, other = (told(rows, "age", "liking")[0] for rows in (table, table.sample(frac=1, random_state=2)))
    for key, finding in one.items():
        assert finding.estimate == other[key].estimate
