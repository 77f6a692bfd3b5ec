"""Language models of random weights, small enough to be made and asked in a second; saved once a process."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from auditkit.core.errors import InputError
from auditkit.core.target import Answer, Said
from auditkit.weights import Own, quiet
from tests.targets import tiny

WORDS = ("the", "a", "nurse", "doctor", "poet", "judge", "said", "that", "she", "he", "they", "was", "here", "old")
SIGNS = ("[PAD]", "[UNK]", "[BOS]", "[EOS]", "[MASK]")
LONGEST = 24
TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'system' %}said {% endif %}{{ m['content'] }} that {% endfor %}"
    "{% if add_generation_prompt %}she{% endif %}"
)
SIZE: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
WIDE = {"initializer_range": 0.6}
"""Weights so large that chances differ from word to word."""


def tokenizer(closed: bool = False, template: str | None = None, words: tuple[str, ...] = WORDS) -> Any:
    """Of whole words; `closed` puts a start and an end around them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = {word: at for at, word in enumerate((*SIGNS, *words))}
    split = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    split.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [("[BOS]", 2), ("[EOS]", 3)]
    if closed:
        split.post_processor = processors.TemplateProcessing(single="[BOS] $A [EOS]", special_tokens=ends)
    signs = {"pad_token": "[PAD]", "unk_token": "[UNK]", "bos_token": "[BOS]", "eos_token": "[EOS]"}
    own = PreTrainedTokenizerFast(
        tokenizer_object=split, model_max_length=LONGEST, **signs, **({"mask_token": "[MASK]"} if closed else {})
    )
    own.chat_template = template
    return own


def letters(closed: bool = False) -> Any:
    """Of letters, so that every word has several tokens; a space belongs to the word after it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = {sign: at for at, sign in enumerate((*SIGNS, " ", *(chr(97 + k) for k in range(26))))}
    split = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    split.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    if closed:
        ends = [("[BOS]", 2), ("[EOS]", 3)]
        split.post_processor = processors.TemplateProcessing(single="[BOS] $A [EOS]", special_tokens=ends)
    signs = {"pad_token": "[PAD]", "unk_token": "[UNK]", "bos_token": "[BOS]", "eos_token": "[EOS]"}
    return PreTrainedTokenizerFast(tokenizer_object=split, mask_token="[MASK]", **signs)


def ids(words: int) -> dict[str, Any]:
    return {"vocab_size": words, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}


def gpt2(words: int, longest: int = LONGEST) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    size = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": longest}
    return GPT2LMHeadModel(GPT2Config(**size, **ids(words), **WIDE))


def bert(words: int, longest: int = LONGEST) -> Any:
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(BertConfig(**SIZE, **ids(words), **WIDE, max_position_embeddings=longest))


def llama(words: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**SIZE, **ids(words), **WIDE, max_position_embeddings=LONGEST))


def t5(words: int) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    size = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2, "initializer_factor": 1.0}
    return T5ForConditionalGeneration(T5Config(**size, **ids(words), decoder_start_token_id=0))


def marian(words: int) -> Any:
    from transformers import MarianConfig, MarianMTModel

    size = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 2, "max_position_embeddings": LONGEST}
    heads = {
        f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in (("attention_heads", 2), ("ffn_dim", 32))
    }
    model = MarianMTModel(MarianConfig(**size, **heads, **ids(words), decoder_start_token_id=0, init_std=0.6))
    model.generation_config.bad_words_ids, model.generation_config.forced_eos_token_id = [[0]], None
    return model


def seeing() -> Any:
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    sees = ViTConfig(**SIZE, image_size=8, patch_size=4, **WIDE)
    says = GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=LONGEST, **ids(len(SIGNS + WORDS)), **WIDE)
    how = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        sees, says, decoder_start_token_id=2, pad_token_id=0, eos_token_id=3
    )
    return VisionEncoderDecoderModel(how)


def blip() -> Any:
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipTextConfig, BlipVisionConfig

    sees = BlipVisionConfig(**SIZE, image_size=8, patch_size=4, **WIDE)
    says = BlipTextConfig(
        **SIZE,
        **ids(len(SIGNS + WORDS)),
        **WIDE,
        sep_token_id=3,
        encoder_hidden_size=16,
        max_position_embeddings=LONGEST,
    )
    return BlipForConditionalGeneration(BlipConfig(text_config=says.to_dict(), vision_config=sees.to_dict()))


def eye() -> Any:
    from transformers import ViTImageProcessorPil

    return ViTImageProcessorPil(size={"height": 8, "width": 8}, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def clip_text() -> Any:
    return tiny.reader()


MADE: dict[str, Any] = {
    "bert": lambda: (bert(19), tokenizer(closed=True)),
    "gpt2": lambda: (gpt2(19), tokenizer()),
    "chat": lambda: (llama(19), tokenizer(template=TEMPLATE)),
    "spelling": lambda: (gpt2(32, 64), letters()),
    "guessing": lambda: (bert(32, 64), letters(closed=True)),
    "t5": lambda: (t5(19), tokenizer(closed=True)),
    "marian": lambda: (marian(19), tokenizer(closed=True)),
    "vit-gpt2": lambda: (seeing(), tokenizer(), eye()),
    "blip": lambda: (blip(), tokenizer(), eye()),
    "clip": lambda: (clip_text(), tiny.letters()),
}


def made(name: str, seed: int = 0) -> tuple[Any, ...]:
    """The model and what prepares its input."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model, *others = MADE[name]()
        return model.eval(), *others


@cache
def saved(name: str, seed: int = 0) -> Path:
    """Its folder."""
    where = tiny.PLACE / f"{name}-{seed}"
    logging.disable(logging.WARNING)
    with quiet("transformers"):
        for part in made(name, seed):
            part.save_pretrained(where)
    logging.disable(logging.NOTSET)
    return where


class Stepper(nn.Module):
    """A translator of one's own: the mean of the source, looked at anew at each step, and the word before."""

    known, vocabulary = ("lo", "ra", "ti", "mu"), ("go", "stop", *WORDS)
    start, stop = 0, 1

    def __init__(self, attends: bool = True) -> None:
        super().__init__()
        self.read, self.said, self.attends = nn.Embedding(4, 8), nn.Linear(8, len(self.vocabulary)), attends
        self.heard = nn.Embedding(len(self.vocabulary), 8)

    def sources(self, texts: Any) -> list[tuple[str, ...]]:
        if lost := [word for text in texts for word in text.split() if word not in self.known]:
            raise InputError(f"There is no word {lost[0]}.")
        return [tuple(text.split()) for text in texts]

    def encode(self, texts: Any) -> tuple[Tensor, Tensor, Tensor]:
        sources = self.sources(texts)
        longest = max(map(len, sources))
        real = torch.tensor([[k < len(each) for k in range(longest)] for each in sources])
        ids = torch.tensor([[self.known.index(w) for w in each] + [0] * (longest - len(each)) for each in sources])
        return self.read(ids), real, torch.zeros(len(sources), 8)

    def step(self, state: Any, previous: Tensor) -> tuple[Tensor, Any, Tensor | None]:
        read, real, before = state
        now = (before + self.heard(previous)).tanh()
        scores = (read @ now[:, :, None])[:, :, 0].masked_fill(~real, -torch.inf)
        looked = scores.softmax(dim=1)
        told = (looked[:, :, None] * read).sum(dim=1) + now
        return (2 * self.said(told)).log_softmax(dim=1), (read, real, now), looked if self.attends else None

    def reordered(self, state: Any, index: Tensor) -> Any:
        return tuple(part[index] for part in state)


def stepper(seed: int = 0, attends: bool = True) -> Stepper:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Stepper(attends).eval()


def opened(folder: Path, variant: str | None) -> Stepper:
    model = Stepper()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model


@cache
def own(seed: int = 0) -> Own:
    where = tiny.PLACE / f"stepper-{seed}"
    where.mkdir(exist_ok=True)
    save_file(stepper(seed).state_dict(), where / "model.safetensors")
    return Own(where, opened)


def near(some: Sequence[Answer], others: Sequence[Answer], within: float = 1e-4) -> bool:
    """Whether answers in words are the same, and what is told of them but for the last digits."""
    return len(some) == len(others) and all(map(partial(_near, within), some, others))


def _near(within: float, one: Answer, other: Answer) -> bool:
    if not isinstance(one, Said) or not isinstance(other, Said):
        return bool(one == other)
    told, others = (np.concatenate([np.ravel(answer.told[key]) for key in answer.told]) for answer in (one, other))
    return one.text == other.text and one.told.keys() == other.told.keys() and np.allclose(told, others, atol=within)
