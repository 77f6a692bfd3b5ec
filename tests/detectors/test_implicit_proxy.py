"""Proxies: a postcode that the score uses, one that it does not, a context that explains, the group renamed."""

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.judgement import Outcome
from auditkit.core.rows import Rows
from auditkit.detectors.implicit import Proxy
from auditkit.gating import alone

ALL = "prediction gap through all features"


def people(n=4_000, seed=1, used=0.1):
    rng = np.random.default_rng(seed)
    b = np.arange(n) % 2 == 1
    postcode = np.where(rng.random(n) < np.where(b, 0.8, 0.2), "east", "west")
    skill = rng.normal(size=n)
    score = np.clip(0.5 + used * (postcode == "east") + 0.02 * skill, 0, 1)
    return {"race": np.where(b, "b", "a"), "postcode": postcode, "skill": skill, "score": score}


def told(data, detector=None, **roles):
    report = audit(
        data,
        [detector or Proxy()],
        **{"group": "race", "feature": ["postcode", "skill"], "prediction": "score"} | roles,
    )
    return {(finding.estimand, finding.level): finding for finding in report.findings}, report.not_assessed


def test_a_postcode_that_is_used_by_hand():
    """60 points more of b live in the east, which adds .1: .06 of the gap runs through the postcode."""
    data = people()
    east = data["postcode"] == "east"
    apart = east[data["race"] == "b"].mean() - east[data["race"] == "a"].mean()
    found, _ = told(data)
    assert found["prediction gap through postcode", "b"].estimate.value == pytest.approx(0.1 * apart)
    assert found[ALL, "b"].estimate.value == pytest.approx(0.06, abs=0.01)
    assert alone(found[ALL, "b"]) is Outcome.FAIL
    assert found["prediction gap beside the features", "b"].estimate.value == pytest.approx(0, abs=1e-9)
    assert found["area under the curve", "b"].estimate.value == pytest.approx(0.8, abs=0.03)
    assert "explain 100 %" in found[ALL, "b"].notes[0]


def test_a_proxy_that_is_not_used_passes_though_it_tells_the_group():
    found, _ = told(people(used=0.0))
    assert alone(found[ALL, "b"]) is Outcome.PASS
    assert found["area under the curve", "b"].interval().low > 0.75
    assert found["area under the curve", "b"].margin is None


def test_a_context_that_explains_the_postcode():
    data = people()
    data["city"] = data["postcode"].copy()
    rng = np.random.default_rng(2)
    noise = rng.random(4_000) < 0.1
    data["postcode"] = np.where(noise, np.where(data["postcode"] == "east", "west", "east"), data["postcode"])
    data["score"] = 0.5 + 0.1 * (data["postcode"] == "east") + 0.02 * data["skill"]
    assert told(data)[0][ALL, "b"].interval().low > 0.03
    within = told(data, context="city")[0][f"{ALL} within city", "b"]
    assert alone(within) is Outcome.PASS


def test_the_group_under_another_name_withholds_a_pass():
    data = people(used=0.0)
    data["gender_code"] = (data["race"] == "b").astype(float)
    found, silent = told(data, feature=["skill", "gender_code"])
    assert [cap.withholds for cap in found[ALL, "b"].caps] == ["PASS"]
    assert any("under another name" in item.because for item in silent)
    assert ("prediction gap through gender_code", "b") not in found


def test_three_groups_each_against_the_others_or_one():
    data = people()
    data["race"] = np.where(np.arange(4_000) % 3 == 0, "c", data["race"])
    found, _ = told(data)
    assert [finding.versus for key, finding in found.items() if key[0] == ALL] == ["all others"] * 3
    found, _ = told(data, Proxy(versus="a"))
    assert [key[1] for key in found if key[0] == ALL] == ["b", "c"]
    with pytest.raises(InputError, match="no group"):
        told(data, Proxy(versus="z"))


def test_weights_and_units_are_allowed_for():
    data = people() | {"w": np.ones(4_000), "who": np.arange(4_000) // 2}
    plain = told(data)[0][ALL, "b"].estimate
    weighted, silent = told(data, weight="w")
    assert weighted[ALL, "b"].estimate.value == pytest.approx(plain.value)
    assert silent[0].estimand == "area under the curve"
    assert told(data, unit="who")[0][ALL, "b"].estimate.clusters == 2_000


def test_predictions_in_another_unit_are_not_judged():
    data = people()
    data["score"] = 1_000 * data["score"]
    finding = told(data)[0][ALL, "b"]
    assert finding.margin is None
    assert "own unit" in finding.notes[0]


def test_one_group_or_nothing_complete():
    rows = Rows.of({"group": ["a"] * 9}, {"feature": np.arange(9.0), "prediction": np.arange(9.0)})
    with pytest.raises(CannotDecide):
        Proxy().examine(rows)
    rows = Rows.of({"group": ["a", "b"]}, {"feature": [1.0, np.nan], "prediction": [1.0, 2.0]})
    with pytest.raises(CannotDecide):
        Proxy().examine(rows)
