"""Patterns through the front door: against a joint reference, margins, no reference, and what cannot be searched."""

import numpy as np
import pandas as pd
import pytest

from auditkit import Reference, audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.selection import Patterns
from auditkit.gating import alone

JOINT = {"f × n": 0.25, "f × s": 0.25, "m × n": 0.25, "m × s": 0.25}
SEX, REGION = {"f": 0.5, "m": 0.5}, {"n": 0.5, "s": 0.5}


def reference(shares, **more):
    return Reference(shares, why="the census", source="office", **more)


def table(cells):
    rows = [(sex, region) for (sex, region), k in cells.items() for _ in range(k)]
    return pd.DataFrame(rows, columns=["sex", "region"])


BIASED = table({("f", "n"): 1200, ("f", "s"): 1000, ("m", "n"): 1000, ("m", "s"): 800})


@pytest.mark.parametrize("references", [(reference(JOINT),), (reference(SEX), reference(REGION))])
def test_the_pattern_and_no_part_of_it(references):
    report = audit(BIASED.sample(frac=1, random_state=1), [Patterns(references)], feature=["sex", "region"])
    found = {f.level: f for f in report.findings}
    assert found["any pattern"].estimate.value == pytest.approx(0.8)
    assert alone(found["any pattern"]) is Outcome.INCONCLUSIVE
    missing = BIASED.drop(BIASED.query("sex == 'm' and region == 's'").index[200:])
    found = {f.level: f for f in audit(missing, [Patterns(references)], feature=["sex", "region"]).findings}
    assert alone(found["any pattern"]) is Outcome.FAIL
    assert found["sex=m"].estimate.value == pytest.approx(1200 / 3400 / 0.5)
    assert "sex=m & region=s" not in found  # the more general one is told
    assert found["sex=m"].margin is None


def test_without_a_reference_it_counts():
    few = table({("f", "n"): 50, ("f", "s"): 40, ("m", "n"): 60, ("m", "s"): 2})
    (finding,) = audit(few, [Patterns()], feature=["sex", "region"]).findings
    assert (finding.estimand, finding.level, finding.versus) == ("share of rows", "sex=m & region=s", "30 rows")
    assert finding.interval(0.95)[:2] == (2 / 152, 2 / 152)
    assert alone(finding) is None
    (nothing,) = audit(few, [Patterns(rows=2)], feature=["sex", "region"]).findings
    assert nothing.level == "any pattern"


def test_a_long_list_is_cut_and_said_to_be():
    rng = np.random.default_rng(1)
    many = pd.DataFrame({name: rng.integers(0, 12, 300).astype(str) for name in "ab"})
    report = audit(many, [Patterns(most=5, rows=20)], feature=["a", "b"])
    assert len(report.findings) == 5
    assert "uncovered too" in report.not_assessed[0].because


def test_what_the_reference_does_not_know_numbers_and_gaps_are_said():
    odd = pd.concat([BIASED, table({("x", "n"): 30, ("f", None): 7})]).assign(age=40.5)
    report = audit(odd, [Patterns((reference(JOINT),))], feature=["sex", "region", "age"])
    told = [item.because for item in report.not_assessed]
    assert 'column "age" holds numbers: group them into levels' in told
    assert "the reference has no share for x × n" in told
    assert "7 rows lack a feature and take no part." in report.findings[0].notes


def test_a_sampled_reference_decides_nothing():
    report = audit(BIASED, [Patterns((reference(JOINT, n=500),))], feature=["sex", "region"])
    assert {cap.withholds for cap in report.findings[0].caps} == {"PASS", "FAIL"}


def test_what_cannot_be_searched():
    rows = Rows.of({"feature:sex": ["f", "m"], "unit": ["u", "u"]})
    with pytest.raises(CannotDecide, match="units"):
        Patterns().examine(rows)
    with pytest.raises(CannotDecide, match="no row has a level"):
        Patterns().examine(Rows.of({"feature:sex": [MISSING]}))
    with pytest.raises(CannotDecide, match="no feature has levels"):
        Patterns().examine(Rows.of({}, {"feature": [1.0]}))
    with pytest.raises(CannotDecide, match="so few rows"):
        Patterns((reference(SEX),)).examine(Rows.of({"feature:sex": ["f", "m"]}))
    with pytest.raises(InputError, match="sum to"):
        Patterns((reference({"f": 0.2}),))
