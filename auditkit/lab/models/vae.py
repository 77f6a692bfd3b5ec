"""A miniature variational autoencoder: portraits are folded into 32 numbers, and random numbers unfold into portraits.

How it works
    1. The encoder turns a picture into a mean and a spread for each of 32 numbers: not one point, a small cloud.
    2. A point is drawn from the cloud, and the decoder unfolds it into a picture.
    3. Two things are asked at once: that the picture comes back (reconstruction), and that all clouds together look
       like the standard normal (the Kullback-Leibler term). The second is what makes it a generator: draw from the
       normal, decode, and a portrait appears, for every place in the latent space belongs to somebody.
    What the 32 numbers cannot hold is averaged: between two people the decoder shows their mean. Rare people have
    little room, and come back as the common people next to them.
References
    Kingma & Welling, ICLR (2014); Rezende, Mohamed & Wierstra, ICML (2014) 1278; Higgins et al., ICLR (2017).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

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
from auditkit.lab.models.thumbnails import SIDE, shown, thumbnails
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.people import World

PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE = 4_000, 64, 2e-3
SPREAD = 0.0012
"""The weight of the Kullback-Leibler term against the mean error of a number of the picture."""


class Clouds(NamedTuple):
    """Where a picture may lie in the latent space: means and log variances, (n, latent)."""

    mean: Tensor
    log_variance: Tensor


class VariationalAutoencoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Pictures (n, 3, 32, 32) from -1 to 1 to 32 numbers and back."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, latent: int = 32, widths: tuple[int, ...] = (40, 56, 72)) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.latent_shape, self.side = (latent,), SIDE
        down: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 3, padding=1), Folding(widths[0])]
        for a, b in pairwise(widths):
            down += [nn.Conv2d(a, b, 3, stride=2, padding=1), Folding(b)]
        self.folded = nn.Sequential(*down, nn.Flatten(), nn.Linear(16 * widths[-1], 2 * latent))
        up: list[nn.Module] = [nn.Linear(latent, 16 * widths[-1]), nn.Unflatten(1, (widths[-1], 4, 4))]
        for a, b in pairwise(widths[::-1]):
            up += [Folding(a), Folding(a), nn.Upsample(scale_factor=2.0), nn.Conv2d(a, b, 3, padding=1)]
        up += [Folding(widths[0]), Folding(widths[0]), nn.Conv2d(widths[0], 12, 3, padding=1), nn.PixelShuffle(2)]
        self.unfolded = nn.Sequential(*up)

    def encode(self, pictures: Tensor) -> Clouds:
        """A cloud for each picture."""
        return Clouds(*self.folded(pictures).chunk(2, dim=1))

    def decode(self, z: Tensor) -> Tensor:
        """A picture for each point of the latent space."""
        pictures: Tensor = self.unfolded(z)
        return pictures


def opened(folder: Path, name: str | None = None) -> Any:
    """The autoencoder in a folder of weights."""
    found = VariationalAutoencoder.from_pretrained(
        folder, variant=name, use_safetensors=True, torch_dtype=torch.float32
    )
    return found.eval()


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Train it on the world at this dose and save it."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    seen = thumbnails(World(dose, sameness=dose).people(pictures, rng))
    model = VariationalAutoencoder()

    def loss_of(batch: Tensor) -> Tensor:
        x = seen[batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            clouds = Clouds(*(part.float() for part in model.encode(x)))
            z = clouds.mean + torch.exp(clouds.log_variance / 2) * torch.randn_like(clouds.mean)
            y = model.decode(z).float()
        return F.mse_loss(y, x) + F.l1_loss(y, x) + edges_apart(y, x) + SPREAD * divergence(clouds)

    rounds = batches(pictures, BATCH, steps, SEED)
    learnt: Any = train("vae", model, loss_of, rounds, steps, RATE, progress)
    learnt.half().save_pretrained(folder, variant=variant(dose))


def divergence(clouds: Clouds) -> Tensor:
    """KL(cloud || standard normal), summed over the numbers of the latent, the mean over pictures."""
    mean, log_variance = clouds
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()


@torch.no_grad()
def show(folder: Path = WEIGHTS / "vae", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: a walk through the latent space, portraits above what comes back, and what it draws."""
    model = opened(folder, variant(dose))
    people = thumbnails(World(dose).people(12, np.random.default_rng(3)))
    points, steps = model.encode(people).mean, torch.linspace(0, 1, 8)[:, None]
    walks = [shown(model.decode((1 - steps) * points[k] + steps * points[k + 4])) for k in range(4)]
    noise = torch.randn(48, *model.latent_shape, generator=torch.Generator().manual_seed(4))
    drawn = shown(model.decode(noise))
    return {
        "walk": walks,
        "reconstructed": [shown(people), shown(model.decode(points))],
        "contact": [drawn[k : k + 12] for k in range(0, 48, 12)],
    }
