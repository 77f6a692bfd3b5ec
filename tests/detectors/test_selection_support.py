"""Support: a region that data lack, columns that give the answer away, and what is refused."""

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.finding import NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.rows import Rows
from auditkit.detectors.selection import Support
from auditkit.gating import alone

MASS, AREA = "unsupported mass", "area under the curve"


def table(n=3_000, seed=1, lacking=0.0):
    """Half sample, half target; a share `lacking` of the target lives where nobody of the sample does."""
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2 == 1
    where = np.where(target & (rng.random(n) < lacking), "island", rng.choice(["north", "south"], n))
    return {"part": np.where(target, "target", "sample"), "region": where, "age": rng.normal(50, 10, n)}


def told(data, **roles):
    report = audit(data, [Support()], frame="part", **{"feature": ["region", "age"]} | roles)
    return {finding.estimand: finding for finding in report.findings}, report.not_assessed


def test_an_island_without_data_is_unsupported_mass():
    found, _ = told(table(lacking=0.2))
    assert found[MASS].estimate.value == pytest.approx(0.2, abs=0.04)
    assert alone(found[MASS]) is Outcome.FAIL
    assert found[AREA].estimate.value == pytest.approx(0.6, abs=0.03)  # a tie but for the island: .2 + .8/2
    calm, _ = told(table())
    assert alone(calm[MASS]) is Outcome.PASS
    assert "are worth" in calm[MASS].notes[0]


def test_an_identifier_is_left_out_and_listed():
    """A serial number of the target alone would tell all; without it nothing does, but nothing passes either."""
    data = table()
    data["serial"] = np.where(data["part"] == "target", 1e6, 0) + np.arange(3_000)
    found, silent = told(data, feature=["region", "age", "serial"])
    assert [cap.withholds for cap in found[MASS].caps] == ["PASS"]
    assert found[MASS].attribute == "region × age"
    assert [(item.attribute, "alone" in item.because) for item in silent] == [("serial", True)]
    assert alone(found[MASS]) is Outcome.INCONCLUSIVE
    bag = Rows.of({"frame": data["part"].tolist()}, {"feature": data["serial"]}, None, {"feature": ["serial"]})
    with pytest.raises(CannotDecide, match="serial"):
        Support().examine(bag)


def test_other_parts_and_missing_features_take_no_part():
    data = table()
    data["part"][:400] = "frame"
    data["age"][400:500] = np.nan
    found, _ = told(data)
    assert "100 rows lack a feature" in found[MASS].notes[1]
    assert found[MASS].estimate.n + found[AREA].estimate.n < 2_600


def test_what_it_cannot_allow_for_is_refused():
    data = table(200) | {"w": np.ones(200), "who": ["u"] * 200}
    for roles in ({"weight": "w"}, {"unit": "who"}):
        _, silent = told(data, **roles)
        assert isinstance(silent[0], NotAssessed)
    rows = Rows.of({"frame": ["sample", "train"] * 20}, {"feature": np.arange(40.0)})
    with pytest.raises(InputError, match="target"):
        Support().examine(rows)
    assert Support(target="train").examine(Rows.of({"frame": ["sample", "train"] * 20}, {"feature": np.ones(40)}))


def test_the_split_is_the_rows_own():
    data = table(600, lacking=0.1)
    turned = np.random.default_rng(2).permutation(600)
    one, other = (told({name: column[at] for name, column in data.items()})[0] for at in (slice(None), turned))
    assert one[MASS].estimate == other[MASS].estimate
    assert one[AREA].estimate == other[AREA].estimate
