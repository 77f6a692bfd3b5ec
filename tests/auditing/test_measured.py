"""A detector that measures a role is shown its moments, a column at a time: ours read rows, others' need not."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Evidence, Moments
from auditkit.core.finding import Finding


@dataclass(frozen=True)
class Mean(Detector):
    """The weighted mean of a feature in one group."""

    needs: ClassVar[tuple[str, ...]] = ("group",)
    measures: ClassVar[str] = "feature"
    subjects: ClassVar[tuple[str, ...]] = ("table",)
    default_margin: ClassVar[None] = None

    def examine(self, evidence: Evidence) -> Told:
        assert isinstance(evidence, Moments)
        whole = evidence.where("group", "a").marginal()
        if whole.m2.sum() <= 0:
            raise CannotDecide("it does not vary")
        mean, n = float(whole.mean[0]), int(whole.n[0])
        e = Estimate(mean, (None,) * 9, (None,) * 9, n=n, n_eff=float(n), method="mean")
        return (Finding(self.code, "mean", "a", "0", f"{evidence.measured}.", e, attribute=evidence.measured),)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        raise NotImplementedError


TABLE = pd.DataFrame({"g": ["a", "a", "a", "b"], "x": [1.0, 2.0, None, 9.0], "y": [4.0, 4.0, 10.0, 7.0], "one": 1.0})


def test_each_column_is_measured_by_itself_and_named_where_it_cannot_be():
    report = audit(TABLE, [Mean()], group="g", feature=["x", "y", "one"])
    assert {f.attribute: (f.estimate.value, f.estimate.n) for f in report.findings} == {"x": (1.5, 2), "y": (6.0, 3)}
    assert [(item.attribute, item.because) for item in report.not_assessed] == [("one", "it does not vary")]


def test_weights_are_taken():
    report = audit(TABLE.assign(w=[1.0, 3.0, 1.0, 1.0]), [Mean()], group="g", feature="x", weight="w")
    assert report.findings[0].estimate.value == pytest.approx(1.75)


def test_words_are_refused():
    with pytest.raises(InputError, match="holds string, not numbers"):
        audit(TABLE.assign(city="here"), [Mean()], group="g", feature="city")
