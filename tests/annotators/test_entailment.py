"""What a text entails: held against the model asked one text and one hypothesis at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditkit.annotators import Entailment
from auditkit.core.errors import InputError

TEXTS = ["she cooks .", "office office", "this is home", "she cooks " * 40]


def test_entailment_is_the_softmax_of_the_logits_of_the_label_that_is_named_so(nli: Path) -> None:
    """Held against the model asked one text and one hypothesis at a time."""
    import torch

    from auditkit import weights

    model = weights.transformers_model("AutoModelForSequenceClassification", nli)
    tokenizer = weights.processor("AutoTokenizer", nli)
    levels = ["work", "home"]
    expected: list[str | None] = []
    for text in TEXTS:
        logits = []
        for level in levels:
            tokens = tokenizer(
                text, f"This text is about {level}.", truncation="only_first", max_length=24, return_tensors="pt"
            )
            with torch.inference_mode():
                logits.append(float(model(**tokens).logits[0, 1]))
        p = np.exp(logits) / np.exp(logits).sum()
        expected.append(levels[int(p.argmax())] if abs(p[0] - p[1]) >= 0.1 else None)
    reader = Entailment({"theme": levels}, str(nli))
    assert reader.read([*TEXTS, None, " "])["theme"] == [*expected, None, None]
    assert any(level is not None for level in expected)
    live = Entailment({"theme": levels}, (model, tokenizer))
    assert live.read(TEXTS) == reader.read(TEXTS)
    assert live.fingerprint == reader.fingerprint != Entailment({"theme": ["work", "office"]}, str(nli)).fingerprint
    sure = Entailment({"theme": {"work": "office", "home": "home"}}, str(nli), margin=0.999)
    assert set(sure.read(TEXTS)["theme"]) == {None}
    assert "entailment (" in reader.basis


def test_a_model_that_names_no_entailment_is_refused(nli: Path) -> None:
    from auditkit import weights

    model = weights.transformers_model("AutoModelForSequenceClassification", nli)
    model.config.id2label = {0: "LABEL_0", 1: "LABEL_1", 2: "not_entailment"}
    reader = Entailment({"theme": ["work", "home"]}, (model, weights.processor("AutoTokenizer", nli)))
    with pytest.raises(InputError, match="does not say which of its labels is entailment"):
        reader.read(TEXTS)
    with pytest.raises(InputError, match="no model of natural language inference"):
        Entailment({"theme": ["work", "home"]}, 3).read(TEXTS)
    for wrong in ({"attributes": {}}, {"attributes": {"a": ["x"]}}, {"template": "about"}, {"margin": 1.0}):
        with pytest.raises(InputError):
            Entailment(**({"attributes": {"a": ["x", "y"]}, "model": str(nli)} | wrong))  # type: ignore[arg-type]
