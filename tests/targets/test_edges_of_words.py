"""Where words meet: white space that is a part of the next token, long texts, and many options."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    MambaConfig,
    MambaForCausalLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Said
from auditkit.targets import CausalLm, MaskedLm, likelihood
from auditkit.targets.masking import shared

SENTENCES = ("she said: he was late", "he said: she was here", "the nurse was late", "the judge was here")


@cache
def pieces() -> Any:
    """A tokenizer whose tokens hold the blank before them."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made.train_from_iterator(
        SENTENCES * 20, trainers.BpeTrainer(vocab_size=400, special_tokens=marks, initial_alphabet=alphabet)
    )
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    named = dict(zip(("bos", "pad", "eos", "unk", "mask"), marks, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=made, **{f"{name}_token": mark for name, mark in named.items()})


SMALL = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}


def roberta() -> Any:
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    return RobertaForMaskedLM(RobertaConfig(vocab_size=len(pieces()), max_position_embeddings=80, **size, **SMALL))


def gpt2() -> Any:
    torch.manual_seed(0)
    size = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 80}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(pieces()), **size, **SMALL))


@pytest.mark.parametrize("target", [MaskedLm((roberta(), pieces())), CausalLm((gpt2(), pieces()))])
def test_a_blank_at_the_end_of_what_is_given_takes_no_word_away(target: Any) -> None:
    given = ("she said:", "she said: ")
    one, other = target.score([Prompt("he was late", given=words) for words in given], [0, 0])
    assert one.told["tokens"] == 3
    assert other.told == pytest.approx(one.told, abs=1e-4)


def test_a_temperature_of_nothing_takes_the_likeliest_option() -> None:
    asked = Prompt("she said:", options=("he was", "she was", "the nurse"))
    held = (gpt2(), pieces())
    [greedy] = CausalLm(held, greedy=True).decide([asked], [0])
    assert isinstance(greedy, Said)
    cold = CausalLm(held, temperature=0.0).decide([asked] * 20, list(range(20)))
    assert {each.text for each in cold if isinstance(each, Said)} == {greedy.text}


def test_many_options_are_held_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many readings of a context are held as there are options of several tokens: the budget counts each."""
    options = tuple(f"{a} {b} {c}" for a in ("he", "she", "the") for b in ("was", "said") for c in ("late", "here"))
    asked = [Prompt(text, options=options) for text in SENTENCES]
    target = CausalLm((gpt2(), pieces()))
    whole, held = target.decide(asked, [0] * 4), []
    plain = likelihood._following
    monkeypatch.setattr(likelihood, "budget", lambda words: 100)
    monkeypatch.setattr(likelihood, "_following", lambda m, q, pad: held.append(len(q)) or plain(m, q, pad))
    for one, other in zip(whole, target.decide(asked, [0] * 4), strict=True):
        assert one.text == other.text
        assert one.told == pytest.approx(other.told, rel=1e-4)
    assert held == [1, 1, 1, 1]


def test_a_model_that_keeps_a_state_of_another_kind_is_said() -> None:
    model = MambaForCausalLM(MambaConfig(vocab_size=len(pieces()), hidden_size=16, num_hidden_layers=1, **SMALL))
    asked = [Prompt("she said:", options=("he was late", "she"))]
    with pytest.raises(InputError, match="MambaForCausalLM keeps no keys and values"):
        CausalLm((model, pieces())).decide(asked, [0])


def test_what_is_frequent_in_a_long_pair_is_shared_too() -> None:
    """difflib passes over tokens that are one in a hundred of two hundred and more, unless it is told not to."""
    one = [7, 8] * 150
    assert shared([*one, 1], [*one, 2]) == list(range(300))
