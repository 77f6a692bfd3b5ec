"""audit() reads anything, once, and refuses with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.report import Report
from auditkit.detectors import disparity, selection


@pytest.fixture(scope="module")
def applicants() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "gender": rng.choice(["f", "m"], 900),
            "race": rng.choice(["x", "y", "z"], 900),
            "person": np.arange(900) // 3,
            "qualified": rng.integers(0, 2, 900),
        }
    )
    return frame.assign(decision=np.where(rng.random(900) < 0.7, frame.qualified, 1 - frame.qualified))


def told(report: Report) -> set:
    return {(f.key, f.estimate) for f in report.findings}


def test_every_engine_tells_the_same(applicants: pd.DataFrame, tmp_path: Path) -> None:
    roles = {"group": ["gender", "race"], "outcome": "qualified", "prediction": "decision"}
    applicants.to_csv(tmp_path / "a.csv", index=False)
    applicants.to_parquet(tmp_path / "a.parquet")
    first = auditkit.audit(applicants, **roles)
    relation = duckdb.from_df(applicants)
    for data in (
        pl.from_pandas(applicants),
        pl.from_pandas(applicants).lazy(),
        relation,
        tmp_path / "a.csv",
        tmp_path / "a.parquet",
    ):
        assert told(auditkit.audit(data, **roles)) == told(first)


def test_arrays_and_aliases_are_accepted_as_in_fairlearn(applicants: pd.DataFrame) -> None:
    first = auditkit.audit(applicants, group="gender", outcome="qualified", prediction="decision")
    again = auditkit.audit(
        y_true=applicants["qualified"].to_numpy(),
        y_pred=applicants["decision"].tolist(),
        sensitive_features=applicants["gender"],
    )
    assert told(again) == told(first)


def test_a_predictor_is_audited_on_what_it_says(applicants: pd.DataFrame) -> None:
    X = pd.get_dummies(applicants[["race"]])
    model = LogisticRegression().fit(X, applicants["qualified"])
    report = auditkit.audit(estimator=model, X=X, y=applicants["qualified"], group=applicants["gender"])
    assert report.recipe.subject == "LogisticRegression"
    assert {f.code for f in report.findings} <= {"disparity.selection_rate", "disparity.error_rates"}


def test_several_groups_are_compared_apart_or_crossed(applicants: pd.DataFrame) -> None:
    rate = disparity.SelectionRate()
    apart = auditkit.audit(applicants, rate, group=["gender", "race"], outcome="qualified")
    assert {f.attribute for f in apart.findings} == {"gender", "race"}
    crossed = auditkit.audit(applicants, rate, group=["gender", "race"], outcome="qualified", crossed=True)
    assert {f.attribute for f in crossed.findings} == {"gender × race"}
    assert len({f.level for f in crossed.findings}) == 6


def test_a_unit_widens_intervals_and_a_unique_one_does_not(applicants: pd.DataFrame) -> None:
    def width(**roles: str) -> float:
        (f,) = [
            f for f in auditkit.audit(table, disparity.SelectionRate(), **roles).findings if f.scale == "difference"
        ]
        low, high, _ = f.interval()
        return high - low

    table = pd.concat([applicants] * 3).assign(row=range(2700))
    roles = {"group": "gender", "outcome": "qualified"}
    alone = width(**roles)
    assert width(unit="row", **roles) == alone
    assert width(unit="person", **roles) > 1.3 * alone


def test_missing_values_are_counted_and_take_no_part(applicants: pd.DataFrame) -> None:
    holes = applicants.assign(gender=applicants["gender"].where(applicants.index >= 30))
    report = auditkit.audit(holes, disparity.SelectionRate(), group="gender", outcome="qualified")
    assert report.recipe.missing == {"group (gender)": 30}
    assert {f.level for f in report.findings} == {"m"}
    assert sum(c.n for c in report.findings[0].counts) == 870


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"group": "sex", "outcome": "qualified"}, 'no column "sex"'),
        ({"grup": "gender"}, 'Did you mean "group"'),
        ({"group": "gender", "sensitive_features": "race"}, "given twice"),
        ({"group": "gender"}, "No detector fits"),
        ({"group": ["gender", "gender"], "outcome": "qualified"}, "twice"),
        ({"group": "gender", "outcome": ["qualified", "decision"]}, "takes one column"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(applicants: pd.DataFrame, roles: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        auditkit.audit(applicants, **roles)


def test_a_detector_says_which_role_it_lacks(applicants: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"needs a column for responded. The table has: .*Pass responded="):
        auditkit.audit(applicants, selection.Refusal(), group="gender")
    with pytest.raises(InputError, match="add \\(\\)"):
        auditkit.audit(applicants, selection.Refusal, group="gender")


@pytest.mark.parametrize("truth", [[True, False], ["yes", "no"], ["Yes", "No"]])
def test_answers_spelled_apart_are_one_answer_or_refused(truth: list) -> None:
    said = np.tile([1, 0, 0, 1, 1, 1], 50)
    roles = {
        "group": np.repeat(["a", "b", "a"], 100),
        "prediction": said,
        "outcome": [truth[i % 2] for i in range(300)],
    }
    detector = disparity.ErrorRates(positive=str(truth[0]))
    if truth[0] is True:
        report = auditkit.audit(None, detector, **roles)
        whole = auditkit.audit(
            None, disparity.ErrorRates(positive="1"), **{**roles, "outcome": [1 - i % 2 for i in range(300)]}
        )
        assert {f.estimate for f in report.findings} == {f.estimate for f in whole.findings}
    else:
        with pytest.raises(InputError, match="Spell both alike"):
            auditkit.audit(None, detector, **roles)


def test_a_column_cannot_play_two_parts(applicants: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="plays two roles"):
        auditkit.audit(applicants, group="gender", outcome="gender")
    with pytest.raises(InputError, match="not a role but a detector's own field"):
        auditkit.audit(applicants, group="gender", outcome="qualified", favourable="1")


def test_pooled_others_say_how_far_they_are_apart() -> None:
    group = np.repeat(["a", "b", "d"], 100)
    outcome = np.concatenate([np.arange(100) % 2, np.arange(100) % 2, np.arange(100) % 5 == 0]).astype(int)
    report = auditkit.audit(group=group, outcome=outcome)
    told = next(f for f in report.findings if f.level == "a")
    assert "(from 20.0 % for d to 50.0 % for b; d stands apart from most groups" in told.sentence


def test_exemplars_are_rows_of_each_group_and_leave_a_report_for_sharing() -> None:
    told = [f"letter {i}" for i in range(80)]
    table = {"sex": ["f", "m"] * 40, "hired": ["y", "n", "y", "y"] * 20, "letter": told, "number": list(range(80))}
    roles = {"group": "sex", "outcome": "hired", "text": "letter"}
    chosen = [disparity.SelectionRate(favourable="y")]
    report = auditkit.audit(table, chosen, exemplars=3, **roles)
    for finding in report.findings:
        assert [e.label for e in finding.exemplars] == ["m"] * 3 + ["f"] * 3
        assert all(dict(e.values)["sex"] == e.label and dict(e.values)["letter"] in told for e in finding.exemplars)
        assert len({dict(e.values)["number"] for e in finding.exemplars}) == 6
    order = np.random.default_rng(1).permutation(80)
    mixed = {name: [column[i] for i in order] for name, column in table.items()}
    assert auditkit.audit(mixed, chosen, exemplars=3, **roles).findings == report.findings
    assert "letter 1" in report.to_json()
    assert "letter 1" not in report.to_json(k=2)
    assert not any(finding.exemplars for finding in auditkit.audit(table, chosen, **roles).findings)


def test_a_finding_on_what_was_perceived_says_by_whom() -> None:
    from auditkit.annotators import Words

    words = Words({"woman": ["she"], "man": ["he"]}, attribute="author")
    table = auditkit.annotate({"text": ["she wrote", "he wrote"] * 50, "good": ["y", "n", "y", "y"] * 25}, words)
    report = auditkit.audit(table, [disparity.SelectionRate(favourable="y")], group="author", outcome="good")
    assert {finding.basis for finding in report.findings} == {"perceived by a word list"}
    assert "Column author: perceived by a word list." in report.recipe.notes


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: auditkit.audit(group=["a", "b"], outcome=[0, 1], exemplars="3"), "exemplars is how many"),
        (lambda: auditkit.audit(estimator="logreg", X=[[1]], group=["a"]), "method predict"),
        (lambda: selection.Composition({"a": 0.5, "b": 0.5}), "says who says so"),
        (lambda: auditkit.represent({"a": ["x"]}, references={"a": {"x": 1.0}}), "says who says so"),
        (lambda: auditkit.annotate({"text": ["x"]}, "sentiment"), "no annotator"),
        (
            lambda: auditkit.audit(
                {"v": ["1 2", "3 4"], "g": ["a", "b"]}, "attribution.dispersion", vector="v", group="g"
            ),
            "not numbers",
        ),
    ],
)
def test_a_wrong_argument_is_answered_kindly(wrong: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        wrong()
