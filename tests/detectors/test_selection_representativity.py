"""The R-indicator of a frame: by hand, strata crossed, and what its interval does not allow for."""

import pytest

from auditkit.core.errors import CannotDecide
from auditkit.core.evidence import Tally
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.selection import Representativity
from auditkit.gating import alone


def told(columns, n, **more):
    return Representativity().examine(Tally.of(columns, n=n, **more))


def test_by_hand():
    """Propensities .34 and .66 in two strata alike: R = 1 - 2 · .16 = .68, parts ∓.16/√2."""
    columns = {"context": ["a", "a", "b", "b"], "responded": ["yes", "no"] * 2}
    indicator, bias, *parts = told(columns, [34_000, 66_000, 66_000, 34_000])
    assert indicator.estimate.value == pytest.approx(0.68, abs=1e-4)
    assert bias.estimate.value == pytest.approx(0.16 * 0.5 / 0.5, abs=1e-4)
    assert [p.estimate.value for p in parts] == pytest.approx([-0.16 / 2**0.5, 0.16 / 2**0.5])
    assert alone(indicator) is Outcome.FAIL
    assert [f.margin for f in (bias, *parts)] == [None] * 3
    assert "0.68 [0.6" in indicator.sentence


def test_context_and_feature_are_crossed():
    cells = [(c, f, r) for c in "ab" for f in "xy" for r in ("yes", "no")]
    columns = dict(zip(("context", "feature", "responded"), zip(*cells, strict=True), strict=True))
    found = told(columns, [50] * 8)
    assert [f.level for f in found[2:]] == ["a × x", "a × y", "b × x", "b × y"]
    assert found[0].attribute == "context × feature"


def test_rows_without_a_stratum_are_said():
    columns = {"context": ["a", "a", "b", "b", MISSING], "responded": ["yes", "no", "yes", "no", "no"]}
    assert told(columns, [30] * 5)[0].notes == ("30 rows have no stratum and take no part.",)


def test_what_it_does_not_allow_for():
    columns = {"context": ["a", "b", "a", "b"], "responded": ["yes", "no", "no", "yes"]}
    with pytest.raises(CannotDecide, match="weights"):
        told(columns, [5] * 4, w=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(CannotDecide, match="units"):
        told(columns | {"unit": ["u", "u", "v", "v"]}, [5] * 4)
    with pytest.raises(CannotDecide, match="strata"):
        told({"responded": ["yes", "no"]}, [5, 5])


def test_one_stratum_has_no_indicator():
    columns = {"context": ["a", "a"], "responded": ["yes", "no"]}
    indicator, *_ = told(columns, [5, 5])
    assert indicator.estimate.value is None
    assert "not defined" in indicator.sentence
