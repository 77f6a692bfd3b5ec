"""A miniature autoregressive painter: a picture is a sequence of words, and each is chosen by those before it.

How it works
    1. A tokenizer turns a portrait into 64 words, row by row from the top left. Before them stands one more, which says
       what the person does.
    2. A small GPT-2 reads a sequence from the left and says, at each place, how likely every word is to come next. It
       learns from whole portraits at once: at each place the right words stand before (teacher forcing), and the error
       is the cross-entropy of the word that came.
    3. To paint, start with nothing: draw the first word from what the network says, put it down, ask again, 65 times.
       The temperature sharpens or flattens what it says before a word is drawn: near 0 the likeliest word always wins,
       and what is common becomes all there is.
    P(picture) is the product of what it said at each place: of all families this one can say how likely a picture is.
References
    van den Oord, Kalchbrenner & Kavukcuoglu, ICML (2016) 1747; Chen et al., ICML (2020) 1691; Esser, Rombach & Ommer,
    CVPR (2021) 12873.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, tokenizer
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.thumbnails import shown, thumbnails
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.people import CALLINGS, World
from auditkit.targets.autoregressive import memory_of

PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE = 2_200, 32, 1.5e-3
WORDS, PLACES = 240, 64
START = WORDS + len(CALLINGS)


@dataclass(frozen=True, eq=False)
class Painter:
    """A transformer and the tokenizer whose words it speaks: occupations are the words 240 to 251, the start is 252."""

    transformer: Any
    tokenizer: Any
    start: int = START
    length: int = 1 + PLACES
    labels: tuple[str, ...] = tuple(CALLINGS)

    def allowed(self, position: int) -> range:
        """What may stand at a place: an occupation first, then words of the picture."""
        return range(WORDS) if position else range(WORDS, START)

    @torch.no_grad()
    def pictures(self, tokens: Tensor) -> Tensor:
        """Pictures (n, 3, 32, 32) from -1 to 1 of sequences (n, 65)."""
        painted: Tensor = self.tokenizer.spoken(tokens[:, 1:])
        return painted


def blank() -> Any:
    """A GPT-2 of random weights: four layers of width 112, 640,000 numbers."""
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=START + 1,
            n_positions=1 + PLACES,
            n_embd=112,
            n_layer=4,
            n_head=4,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            resid_pdrop=0.0,
            bos_token_id=START,
            eos_token_id=START,
        )
    )


def opened(folder: Path, name: str | None = None) -> Painter:
    """The painter in a folder of weights, with the tokenizer that lies within."""
    speaks = weights.transformers_model("GPT2LMHeadModel", folder, variant=name)
    return Painter(speaks, tokenizer.opened(_within(folder)))


def _within(folder: Path) -> Path:
    """The tokenizer in a folder of painters, else the bundled one."""
    own = folder / "tokenizer"
    return own if own.is_dir() else tokenizer.FOLDER


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train the transformer on the words of the world at this dose and save it, under the dose's name."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    sequences = _sequences(World(dose, sameness=dose).people(pictures, rng), tokenizer.opened(_within(folder)))
    model = blank()

    def loss_of(batch: Tensor) -> Tensor:
        said = sequences[batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(input_ids=said[:, :-1]).logits
        loss: Tensor = F.cross_entropy(logits.float().flatten(0, 1), said[:, 1:].flatten())
        return loss

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("autoregressive", model, loss_of, rounds, steps, RATE, progress)
    learnt.half().save_pretrained(folder, variant=variant(dose))


@torch.no_grad()
def _sequences(people: list[Any], speaks: Any) -> Tensor:
    """Start, occupation and 64 words for each person, (n, 66)."""
    seen = thumbnails(people)
    words = torch.cat([speaks.words(seen[k : k + 512]) for k in range(0, len(seen), 512)])
    jobs = torch.tensor([WORDS + list(CALLINGS).index(person.occupation) for person in people])
    return torch.cat([torch.full((len(people), 1), START), jobs[:, None], words], dim=1)


ARRIVED = (1, 9, 17, 25, 33, 41, 49, 57, 65)
"""How many words are there, at each frame of `show`."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "autoregressive", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: words arriving row by row, one start at four temperatures, and what it paints."""
    painter = opened(folder, variant(dose))
    tokens = _drawn(painter, 48, 1.0)
    heats = [shown(painter.pictures(_drawn(painter, 12, heat))) for heat in (0.1, 0.5, 1.0, 1.5)]
    grey = torch.zeros(4, 3, 32, 32)
    arriving = [shown(_masked(painter.pictures(tokens[:4]), count - 1, grey)) for count in ARRIVED]
    painted = shown(painter.pictures(tokens))
    return {
        "arriving": [list(row) for row in zip(*arriving, strict=True)],
        "heated": heats,
        "contact": [painted[k : k + 12] for k in range(0, 48, 12)],
    }


def _masked(pictures: Tensor, words: int, grey: Tensor) -> Tensor:
    """Pictures of which the first so many words have arrived, four by four pixels each."""
    there = (torch.arange(PLACES) < words).view(1, 1, 8, 8).repeat_interleave(4, 2).repeat_interleave(4, 3)
    return torch.where(there, pictures, grey)


def _drawn(painter: Painter, n: int, heat: float) -> Tensor:
    """Sequences drawn word by word, without the start."""
    noise, memory = torch.Generator().manual_seed(4), memory_of(painter.transformer)
    said, known = torch.full((n, 1), START), None
    for place in range(painter.length):
        out = painter.transformer(input_ids=said[:, -1:], use_cache=True, **{memory: known})
        known, may = getattr(out, memory), painter.allowed(place)
        shares = (out.logits[:, -1, may.start : may.stop] / heat).softmax(dim=-1)
        said = torch.cat([said, may.start + torch.multinomial(shares, 1, generator=noise)], dim=1)
    return said[:, 1:]
