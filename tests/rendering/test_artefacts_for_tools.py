"""What other people's tools must be able to read: the Hub its card, mlcroissant its dataset."""

from __future__ import annotations

import json
from dataclasses import replace

import canned
import pytest
from artefacts import every, said
from huggingface_hub import ModelCard

from auditkit.core.judgement import Outcome
from auditkit.formats.model_card import MOST
from auditkit.rendering import render


@every
def test_the_hub_reads_the_model_card(make) -> None:
    report, judgement = make()
    card = ModelCard(render(report, judgement, "model_card"))
    told = [f for f in report.findings if f.estimate.value is not None]
    results = card.data.eval_results or []
    assert sorted(result.metric_value for result in results) == pytest.approx(sorted(f.estimate.value for f in told))
    assert "- auditkit" in card.data.to_yaml()
    assert set(card.data.to_dict()) <= {"tags", "model-index"}, "no text of the data becomes a key"
    for result in results:
        assert result.metric_args["verdict"] in {*Outcome, "NOT_JUDGED"}
        assert isinstance(result.metric_value, float)
    again = ModelCard(str(card))
    assert again.data.to_dict() == card.data.to_dict()


@pytest.mark.parametrize("value", [1e-09, 3e22, -2.5e-07, 1.0])
def test_a_tiny_estimate_stays_a_number_in_yaml(value: float) -> None:
    report, judgement = canned.all_pass()
    tiny = replace(report.findings[0], estimate=replace(report.findings[0].estimate, value=value))
    card = ModelCard(render(replace(report, findings=(tiny,)), judgement, "model_card"))
    assert [result.metric_value for result in card.data.eval_results] == [value]


@pytest.mark.parametrize("most", [MOST, 10])
def test_the_model_card_of_a_long_report_keeps_every_fail(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditkit.formats.model_card.MOST", most)
    report, judgement = canned.long()
    card = ModelCard(render(report, judgement, "model_card"))
    verdicts = [result.metric_args["verdict"] for result in card.data.eval_results]
    fails = sum(v.outcome is Outcome.FAIL for v in judgement.verdicts)
    assert verdicts.count("FAIL") == fails
    assert len(verdicts) == max(fails, most) < len(report.findings)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@every
def test_mlcroissant_finds_no_error(make) -> None:
    import mlcroissant

    report, judgement = make()
    data = mlcroissant.Dataset(jsonld=json.loads(render(report, judgement, "croissant")))
    assert data.metadata.ctx.issues.errors == set()
    found = data.metadata.data_biases or []
    assert len([text for text in found if ", 95 % interval " in text]) == len(report.findings)
    limits = data.metadata.data_limitations or []
    assert all(any(said(silent.because) in said(text) for text in limits) for silent in report.not_assessed)
    assert data.metadata.data_collection.startswith("To be filled in by the owner")


def test_a_model_card_rules_nothing_out_where_nothing_was_judged() -> None:
    from auditkit import audit, gate

    made = audit(group=["a"] * 200 + ["b"] * 200, outcome=[1, 0] * 200)
    described = replace(made, findings=tuple(replace(f, margin=None) for f in made.findings))
    judgement = gate(described)
    assert judgement.outcome is Outcome.NOT_ASSESSED
    text = render(described, judgement, "model_card")
    assert "rules out" not in text
    assert "nothing is ruled out" in text
