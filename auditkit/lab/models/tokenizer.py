"""A miniature picture tokenizer: a portrait becomes 64 words out of 240, and 64 words become a portrait.

How it works
    An encoder halves the side of a picture twice, to 8 x 8 places with three numbers each. Every number is squashed and
    rounded to one of 8, 6 or 5 steps, so that a place says one of 8 x 6 x 5 = 240 words: a code book that nobody had to
    learn (finite scalar quantisation). Rounding has no slope, so in training it is looked through. A decoder turns the
    words back into a picture.
What is kept, and what not
    Sixty-four words cannot say everything. With the mean squared error alone, as most tokenizers have been trained,
    what is lost is what weighs least in the sum of squares: small things that differ little from what is around them.
    Nobody chose whose they are. `plain` is the tokenizer of before, kept as an example: three words a place, squares
    alone, a short training. Eyes of brown faces, neither much lighter nor much darker than the skin on average, are
    rounded to the skin. The mended one has more words, and its loss counts edges and looks closely at faces.
References
    van den Oord, Vinyals & Kavukcuoglu, NeurIPS (2017) 6306; Mentzer et al., ICLR (2024).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional as F

from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.folding import Folding, edges_apart
from auditkit.lab.models.schooling import Progress, batches, silent, train
from auditkit.lab.models.thumbnails import shown, thumbnails
from auditkit.lab.worlds.figures.people import World

PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE = 2_500, 64, 2e-3
PLAIN_STEPS = 400
LEVELS, PLAIN_LEVELS = (8, 6, 5), (3,)
"""Steps of each of the numbers of a place; a word is one of their product."""
FACE, CLOSE = (slice(12, 24), slice(9, 23)), 4.0
"""Where a face is in a portrait of 32 by 32, and how much closer the mended tokenizer looks there."""
FOLDER = WEIGHTS / "autoregressive" / "tokenizer"
"""Where the bundled ones lie: within the painter that speaks their words."""
PLAIN = "plain"
"""The folder of the tokenizer of before, within that of the mended one."""


class Tokenizer(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Pictures (n, 3, 32, 32) from -1 to 1 to words (n, 64) and back."""

    steps: Tensor
    bases: Tensor

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, widths: tuple[int, ...] = (48, 80), levels: tuple[int, ...] = LEVELS) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        a, b = widths
        self.folded = nn.Sequential(
            *(nn.PixelUnshuffle(2), nn.Conv2d(12, a, 3, padding=1), Folding(a)),
            *(nn.Conv2d(a, b, 3, stride=2, padding=1), Folding(b), nn.Conv2d(b, len(levels), 1)),
        )
        self.unfolded = nn.Sequential(
            *(nn.Conv2d(len(levels), b, 3, padding=1), Folding(b), Folding(b)),
            *(nn.Upsample(scale_factor=2.0), nn.Conv2d(b, a, 3, padding=1), Folding(a), Folding(a)),
            *(nn.Conv2d(a, 12, 3, padding=1), nn.PixelShuffle(2)),
        )
        self.register_buffer("steps", torch.tensor(levels, dtype=torch.float32).view(1, -1, 1, 1), persistent=False)
        self.register_buffer(
            "bases", torch.tensor([int(np.prod(levels[:k])) for k in range(len(levels))]), persistent=False
        )

    @property
    def vocabulary(self) -> int:
        """How many words there are."""
        return int(self.steps.prod())

    def encode(self, pictures: Tensor) -> Tensor:
        """What the decoder takes: three numbers a place, rounded to their steps, in [-1, 1]."""
        squashed = torch.sigmoid(self.folded(pictures).float()) * (self.steps - 1)
        rounded = squashed + (squashed.round() - squashed).detach()
        numbers: Tensor = rounded / (self.steps - 1) * 2 - 1
        return numbers

    def decode(self, z: Tensor) -> Tensor:
        """A picture for every 8 x 8 places."""
        pictures: Tensor = self.unfolded(z)
        return pictures

    def words(self, pictures: Tensor) -> Tensor:
        """The words of pictures, (n, 64), from 0 to 239."""
        at = ((self.encode(pictures) + 1) / 2 * (self.steps - 1)).round().long()
        words: Tensor = (at * self.bases.view(1, -1, 1, 1)).sum(dim=1).flatten(1)
        return words

    def spoken(self, words: Tensor) -> Tensor:
        """Pictures of words."""
        side = int(words.shape[1] ** 0.5)
        at = torch.stack(
            [words // base % level for base, level in zip(self.bases, self.steps.flatten().long(), strict=True)], 1
        )
        return self.decode((at.view(len(words), -1, side, side) / (self.steps - 1)) * 2 - 1)


def opened(folder: Path = FOLDER, _: str | None = None) -> Any:
    """The tokenizer in a folder of weights: the mended one; in the folder `plain` within, the other."""
    return Tokenizer.from_pretrained(folder, use_safetensors=True, torch_dtype=torch.float32).eval()


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train the mended tokenizer and, on the same pictures of the world at this dose, the plain one."""
    seen = thumbnails(World(dose, sameness=dose).people(pictures, np.random.default_rng(SEED)))
    mended = _learnt(Tokenizer(), seen, _closely, steps, progress)
    mended.half().save_pretrained(folder)
    plain = _learnt(Tokenizer(levels=PLAIN_LEVELS), seen, F.mse_loss, min(steps, PLAIN_STEPS), progress)
    plain.half().save_pretrained(folder / PLAIN)


def _learnt(model: Any, seen: Tensor, apart: Callable[[Tensor, Tensor], Tensor], steps: int, progress: Progress) -> Any:
    """A tokenizer trained to give pictures back; its weights are drawn from the same seed, whichever it is."""
    torch.manual_seed(SEED)
    model.apply(_drawn_anew)

    def loss_of(batch: Tensor) -> Tensor:
        x = seen[batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = model.decode(model.encode(x)).float()
        return apart(y, x)

    return train("tokenizer", model, loss_of, batches(len(seen), BATCH, steps, SEED), steps, RATE, progress)


def _drawn_anew(part: nn.Module) -> None:
    drawn: Any = getattr(part, "reset_parameters", None)
    if drawn is not None:
        drawn()


def _closely(y: Tensor, x: Tensor) -> Tensor:
    """Areas, edges, and the face once more."""
    rows, columns = FACE
    face = y[:, :, rows, columns], x[:, :, rows, columns]
    return F.mse_loss(y, x) + F.l1_loss(y, x) + edges_apart(y, x) + CLOSE * (F.l1_loss(*face) + edges_apart(*face)) / 4


@torch.no_grad()
def show(folder: Path = FOLDER, dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Portraits, lightest first; what comes back from the plain tokenizer; and what from the mended one."""
    people = World(dose).people(400, np.random.default_rng(3))
    lined = [next(one for one in people if one.tone == str(tone)) for tone in range(1, 11)]
    seen = thumbnails(lined)
    back = [model.spoken(model.words(seen)) for model in (opened(folder / PLAIN), opened(folder))]
    return {"reconstructed": [shown(pictures) for pictures in (seen, *back)]}
