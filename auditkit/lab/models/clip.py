"""A miniature CLIP: a text encoder and an image encoder that learn which caption belongs to which portrait.

How it works
    Both encoders are transformers. One turns the words of a caption into vectors, the other the 8 x 8 patches of a
    picture; each ends in one vector of length 1. In a batch of pictures with their captions every picture meets every
    caption, and the cosine of a pair is to be large where they belong together and small where not: the contrastive
    loss is the cross-entropy of picking the right caption for a picture and the right picture for a caption.
What for
    Its text encoder tells the diffusion model what to draw, as in Stable Diffusion; the pair is the zero-shot reader
    ("which of these sentences fits this picture?") and the embedding of pictures.
References
    Radford et al., ICML (2021) 8748.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.worlds.figures.captions import NEUTRAL, caption
from auditkit.lab.worlds.figures.drawing import SIZE, Person, draw
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, HAIR
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World
from auditkit.probes.wording import TEMPLATES

LENGTH = 24
"""Tokens of a caption, the start and the end among them."""
WIDTH, LAYERS, HEADS, PATCH = 64, 2, 4, 8
PICTURES, STEPS, BATCH, RATE, SEED = 12_000, 2_400, 128, 1e-3, 5


def portraits(people: list[Person]) -> Tensor:
    """Pictures as numbers from -1 to 1, (n, 3, 64, 64)."""
    pixels = np.stack([np.asarray(draw(person)) for person in people])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def words() -> list[str]:
    """Every word of the world's captions."""
    looks = [*LEVELS["skin"], "skin", *LEVELS["length"], *HAIR, "hair", *BACKGROUNDS, "background"]
    return sorted(
        {*" ".join(TEMPLATES).replace("{}", "").split(), *looks, *LEVELS["age"], *CALLINGS, NEUTRAL, "an", ","}
    )


def tokenizer(folder: Path) -> Any:
    """A byte-pair tokenizer that knows the world's words whole and spells any other letter by letter."""
    from transformers import CLIPTokenizer

    symbols = _byte_symbols()
    merges: list[tuple[str, str]] = []
    for word in words():
        _merge(word, merges)
    pieces = [*symbols, *(f"{s}</w>" for s in symbols), *dict.fromkeys("".join(pair) for pair in merges)]
    vocabulary = {piece: k for k, piece in enumerate(dict.fromkeys([*pieces, "<|startoftext|>", "<|endoftext|>"]))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = CLIPTokenizer.from_pretrained(folder, model_max_length=LENGTH)
    made.save_pretrained(folder)
    return made


def _merge(word: str, merges: list[tuple[str, str]]) -> None:
    """Add the merges that make a word whole after those there are, which are tried first, in their order."""
    parts = [*word[:-1], f"{word[-1]}</w>"]
    while len(parts) > 1:
        pairs = list(pairwise(parts))
        known = [merges.index(pair) for pair in pairs if pair in merges]
        pair = merges[min(known)] if known else pairs[0]
        if not known:
            merges.append(pair)
        at = pairs.index(pair)
        parts = [*parts[:at], "".join(pair), *parts[at + 2 :]]


def _byte_symbols() -> list[str]:
    """The printable stand-ins for the 256 bytes (Radford et al. 2019)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + k) for k in range(len(rest))]


def blank(tokens: Any) -> Any:
    """A CLIP of random weights for these tokens: two layers of width 64 on either side, about 250,000 numbers."""
    from transformers import CLIPConfig, CLIPModel

    side: dict[str, Any] = {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "projection_dim": WIDTH,
    }
    said = side | {
        "vocab_size": len(tokens),
        "max_position_embeddings": LENGTH,
        "bos_token_id": tokens.bos_token_id,
        "eos_token_id": tokens.eos_token_id,
        "pad_token_id": tokens.pad_token_id,
    }
    seen = side | {"image_size": SIZE, "patch_size": PATCH}
    return CLIPModel(CLIPConfig(text_config=said, vision_config=seen, projection_dim=WIDTH))


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train the pair on portraits of the world at this dose, with captions that say all or a part, and save it."""
    from transformers import CLIPImageProcessorPil

    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    tokens = tokenizer(folder)
    people = World(dose).people(pictures, rng)
    shown = portraits(people)
    model = blank(tokens)

    def loss_of(batch: Tensor) -> Tensor:
        said = [caption(people[k], rng, full=bool(rng.random() < 0.7)) or "a portrait" for k in batch.tolist()]
        read = tokens(said, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
        out = model(input_ids=read.input_ids, attention_mask=read.attention_mask, pixel_values=shown[batch])
        scores, right = out.logits_per_image, torch.arange(len(batch))
        return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2

    learnt = train("clip", model, loss_of, batches(pictures, BATCH, steps, SEED), steps, RATE, progress)
    learnt.half().save_pretrained(folder)  # type: ignore[operator]
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": SIZE}, crop_size=SIZE, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    processor.save_pretrained(folder)
