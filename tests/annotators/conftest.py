"""People drawn and read exactly, and a model of natural language inference, each made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import World
from tests.annotators.tried import drawn


@pytest.fixture(scope="session")
def crowd() -> tuple[list[Person], list[Picture]]:
    people = World().people(600, np.random.default_rng(11))
    return people, drawn(people)


@pytest.fixture(scope="session")
def nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of natural language inference of random weights, saved: its labels are in an unusual order."""
    pytest.importorskip("torch")
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "this",
        "text",
        "is",
        "about",
        "work",
        "home",
        "she",
        "cooks",
        ".",
        "office",
    ]
    split = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="[UNK]"))
    split.pre_tokenizer = pre_tokenizers.Whitespace()
    split.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=split, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(4)
    labels = {0: "Neutral", 1: "ENTAILMENT", 2: "Contradiction"}
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, id2label=labels, label2id={v: k for k, v in labels.items()}, initializer_range=0.6,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("nli")
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
