"""What cannot be mitigated is refused with a sentence: settings, people and columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from auditkit.core.errors import InputError
from auditkit.lifecycle.mitigating import mitigate
from auditkit.lifecycle.mitigating.people import halves, people
from tests.lifecycle.applicants import arrays, made, world


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"by": "treshold_optimizer"}, 'no mitigation by "treshold_optimizer". Did you mean "threshold_optimizer"?'),
        ({"constraint": "equalised_odds"}, 'has no constraint "equalised_odds". Did you mean "equalized_odds"?'),
        ({"by": "grid_search", "constraint": "selection_rate_parity"}, "grid_search has no constraint"),
        ({"constraint": "error_rate_parity"}, 'threshold_optimizer has no constraint "error_rate_parity"'),
        ({"held_out": 1.0}, "held_out is the share of rows to audit on, between 0 and 1, and got 1.0."),
        ({"positive": "Yes"}, '"hired" has no level "Yes". It has: no and yes. Did you mean "yes"?'),
        ({"margin": 0.0}, "What accuracy may lose is a positive number; this is 0.0."),
        ({"detectors": "disparity.selection_rat"}, "disparity.selection_rate"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        mitigate(LogisticRegression(), *arrays(), **how)
    assert said in str(error.value)


def test_people_that_cannot_be_compared_are_refused() -> None:
    X, y, group = arrays()
    with pytest.raises(InputError, match="X has 400, outcome has 399, group has 400"):
        mitigate(LogisticRegression(), X, y[:-1], group)
    with pytest.raises(InputError, match='The column "team" has only one group'):
        mitigate(LogisticRegression(), X, y, group.map(lambda _: "all").rename("team"))
    lonely = group.where(group.index != y.eq("yes").idxmax(), "green")
    with pytest.raises(InputError, match='green has 0 rows of hired "no", and nothing can be learned'):
        mitigate(LogisticRegression(), X, y, lonely)
    with pytest.raises(InputError, match='"hired" has 3 levels: maybe, no and yes'):
        mitigate(LogisticRegression(), X, y.where(y.index > 0, "maybe"), group)
    with pytest.raises(InputError, match='Which level of "outcome" is predicted\\? It has: a and b'):
        mitigate(LogisticRegression(), X, np.where(y == "yes", "a", "b"), group)
    with pytest.raises(InputError, match="The estimator needs the methods fit and predict, and this is str"):
        mitigate("logit", X, y, group)
    with pytest.raises(InputError, match="LogisticRegression cannot be fitted to these rows: Input X contains NaN"):
        mitigate(LogisticRegression(), X.assign(age=X.age.where(X.index > 30)), y, group)
    split = np.random.SeedSequence(0).spawn(1)[0]
    at = halves(people(X, y, group), 0.5, np.random.default_rng(split))[1].row[0]
    with pytest.raises(InputError, match="cannot decide of the held-out rows: Input X contains NaN"):
        mitigate(LogisticRegression(), X.assign(age=X.age.where(X.index != at)), y, group)


def test_a_column_that_names_rows_is_no_feature(tmp_path: Path) -> None:
    rows = world(300)
    rows["who"] = [f"n{i}" for i in range(300)]
    rows.to_csv(tmp_path / "named.csv", index=False)
    with pytest.raises(InputError, match='"who" has 300 levels in 300 rows: it names them'):
        made(tmp_path / "named.csv", tmp_path / "out", features=("who", "age"))
    assert not (tmp_path / "out").exists()
