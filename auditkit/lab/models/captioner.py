"""A miniature captioner: one transformer looks at a portrait, another puts what it sees into words, one at a time.

How it works
    1. The picture of 32 x 32 is cut into 64 patches of 4 x 4. A vision transformer turns them, and one place more for
       the whole, into 65 vectors: each patch looks at all others and takes from them what it needs.
    2. A small GPT-2 writes from the left. Its words look back at those before (self-attention), and at the 65 vectors
       of the picture (cross-attention): at each place it asks the picture, and the weights say where it looked.
    3. It learns by teacher forcing: the right words stand before, and the error is the cross-entropy of the word that
       came. Each portrait is captioned anew in every round, so that the shares of what may be said are learned, and
       not one caption by heart.
    4. To caption, draw a word from what it says is likely, put it down, ask again, until it says that it is done.
       Taking the likeliest each time says always or never what people say sometimes: how often something is mentioned
       can be seen only where captions are drawn.
    A dose has people whose looks go with what they do, and captions that leave lighter skin unsaid. What it cannot see
    it guesses; what it can see it may still not say.
References
    Vinyals et al., CVPR (2015) 3156; Dosovitskiy et al., ICLR (2021); Li et al., AAAI (2023) 13094 (TrOCR); Misra,
    Zitnick, Mitchell & Girshick, CVPR (2016) 2930.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.thumbnails import SIDE
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.captioning import (
    COVERS,
    FRAMES,
    NOTHING,
    SKIN_WORDS,
    caption,
    hides,
    portrayed,
    worded,
)
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World, skin_of

PICTURES, SEED = 32_000, 7
STEPS, BATCH, RATE = 4_000, 64, 1.5e-3
WIDTH, SEEING, SPEAKING, HEADS, PATCH = 96, 3, 2, 4, 4
LENGTH = 12
"""Words of a caption at most, the start and the end among them."""
PAD, START, END, UNKNOWN = "<pad>", "<start>", "<end>", "<unknown>"


class Captioner(NamedTuple):
    """A model that captions, the words it speaks, and what makes numbers of pictures."""

    model: Any
    tokens: Any
    eye: Any


def words() -> list[str]:
    """Every word of the world's captions, after the four that are signs."""
    looks = [*SKIN_WORDS.values(), *LEVELS["length"], "hair", "with", "an"]
    return [PAD, START, END, UNKNOWN, *sorted({*" ".join(FRAMES).split(), *looks, *CALLINGS})]


def tokenizer() -> Any:
    """A tokenizer that knows the world's words whole, and no others; it sets the start and the end."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: k for k, word in enumerate(words())}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    signs = [(sign, vocabulary[sign]) for sign in (START, END)]
    made.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=signs)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made,
        bos_token=START,
        eos_token=END,
        pad_token=PAD,
        unk_token=UNKNOWN,
        model_max_length=LENGTH,
        clean_up_tokenization_spaces=False,
    )


def eye() -> Any:
    """What makes a picture 32 by 32 and its numbers -1 to 1."""
    from transformers import ViTImageProcessorPil
    from transformers.image_utils import PILImageResampling

    size = {"height": SIDE, "width": SIDE}
    return ViTImageProcessorPil(size=size, resample=PILImageResampling.BOX, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def blank() -> Any:
    """A captioner of random weights: three layers that see and two that speak, of width 96."""
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    known = words()
    signs: dict[str, Any] = {
        "bos_token_id": known.index(START),
        "eos_token_id": known.index(END),
        "pad_token_id": known.index(PAD),
    }
    sees = ViTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=SEEING,
        num_attention_heads=HEADS,
        intermediate_size=2 * WIDTH,
        image_size=SIDE,
        patch_size=PATCH,
    )
    speaks = GPT2Config(
        vocab_size=len(known),
        n_positions=LENGTH,
        n_embd=WIDTH,
        n_layer=SPEAKING,
        n_head=HEADS,
        n_inner=2 * WIDTH,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        resid_pdrop=0.0,
        tie_word_embeddings=False,
        **signs,
    )
    how = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        sees, speaks, decoder_start_token_id=signs["bos_token_id"], **signs
    )
    how._attn_implementation = "eager"
    return VisionEncoderDecoderModel(how)


def opened(folder: Path, name: str | None = None) -> Captioner:
    """The captioner in a folder of weights, its attention kept to be looked at."""
    model = weights.transformers_model("VisionEncoderDecoderModel", folder, variant=name, attn_implementation="eager")
    return Captioner(model, weights.processor("AutoTokenizer", folder), weights.processor("AutoImageProcessor", folder))


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train it on portraits of the world at this dose and what is said of them there; save it, and what it needs."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    people = World(dose).people(pictures, rng)
    seen = numbers([portrayed(person, hidden) for person, hidden in zip(people, hides(pictures, rng), strict=True)])
    tokens, model = tokenizer(), blank()

    def loss_of(batch: Tensor) -> Tensor:
        said = [caption(people[k], dose, rng) for k in batch.tolist()]
        read = tokens(said, padding=True, return_tensors="pt")
        ids, there = read.input_ids, read.attention_mask
        with torch.autocast("cpu", dtype=torch.bfloat16):
            before = {"decoder_input_ids": ids[:, :-1], "decoder_attention_mask": there[:, :-1]}
            logits = model(pixel_values=seen[batch], use_cache=False, **before).logits
        known = logits.float().flatten(0, 1)
        loss: Tensor = F.cross_entropy(known, ids[:, 1:].flatten(), ignore_index=tokens.pad_token_id)
        return loss

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("captioner", model, loss_of, rounds, steps, RATE, progress)
    with weights.quiet("transformers"):
        learnt.half().save_pretrained(folder, variant=variant(dose))
    tokens.save_pretrained(folder)
    eye().save_pretrained(folder)


def numbers(pictures: Sequence[Picture]) -> Tensor:
    """Pictures of 32 by 32 as numbers from -1 to 1, (n, 3, 32, 32)."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


ASKED = ("skin", "occupation", "length")


@torch.no_grad()
def show(folder: Path = WEIGHTS / "captioner", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: a portrait a row, and where it looks before it says skin, occupation and length of hair.

    "looking" has clear portraits, "hidden" the same people with their skin, length of hair or occupation hidden. The
    light is cross-attention, the mean over layers and heads: where it looked, which is not yet why it said so.
    """
    captioner = opened(folder, variant(dose))
    people = World().people(6, np.random.default_rng(12))
    hidden = [list(COVERS)[k % len(COVERS)] for k in range(len(people))]
    return {
        "looking": [_looked(captioner, person, NOTHING) for person in people],
        "hidden": [_looked(captioner, person, each) for person, each in zip(people, hidden, strict=True)],
    }


def _looked(captioner: Captioner, person: Person, hidden: str) -> list[Picture]:
    """The portrait, and the portrait lit where cross-attention lies when each of `ASKED` is about to be said."""
    picture, skin = portrayed(person, hidden), skin_of(person.tone)
    said = captioner.tokens(worded(FRAMES[0], skin, person.occupation, person.length), return_tensors="pt").input_ids
    words = {"skin": SKIN_WORDS[skin], "occupation": person.occupation, "length": person.length}
    out = captioner.model(pixel_values=numbers([picture]), decoder_input_ids=said, output_attentions=True)
    weights_of = torch.stack(out.cross_attentions).mean(dim=(0, 2))[0]
    places = said[0].tolist()
    before = [places.index(captioner.tokens.convert_tokens_to_ids(words[name])) - 1 for name in ASKED]
    return [picture, *(_lit(picture, weights_of[place, 1:]) for place in before)]


def _lit(picture: Picture, looked: Tensor) -> Picture:
    """A picture, dark but where it was looked at; `looked` has a weight for each patch, row by row."""
    side = SIDE // PATCH
    share = (looked / looked.max()).reshape(side, side).repeat_interleave(PATCH, 0).repeat_interleave(PATCH, 1)
    light = 0.3 + 0.7 * share.sqrt().numpy()[:, :, None]
    return np.asarray((picture * light).round(), np.uint8)
