"""A miniature GAN: one network paints, another is shown paintings and portraits and says which are real.

How it works
    1. The generator turns 64 random numbers and an occupation into a picture. They pass a small network that makes a
       style of them, and the style sets how strongly each feature speaks in every layer from 4 x 4 to 16 x 16; the last
       layer lays out the 32 x 32 pixels.
    2. The discriminator looks at a picture, real or painted, and at the occupation, and gives a number that is high for
       real. It also sees how varied the batch is, so that painting one portrait again and again is found out.
    3. The duel: the discriminator learns to tell them apart, the generator to be taken for real; each gets better
       because the other does. A penalty on the slope of the discriminator at real pictures (R1) keeps the duel even.
    Nothing asks the generator to paint everything that is real: what it leaves out costs it nothing, as long as what it
    paints is believed. That is how modes are lost. Truncation draws the random numbers from nearer to the middle, which
    gives cleaner and less varied pictures.
References
    Goodfellow et al., NeurIPS (2014) 2672; Mescheder, Geiger & Nowozin, ICML (2018) 3481; Karras, Laine & Aila, CVPR
    (2019) 4401; Karras et al., ICLR (2018); Miyato & Koyama, ICLR (2018); Brock, Donahue & Simonyan, ICLR (2019).
"""

from __future__ import annotations

import copy
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
from auditkit.lab.models.schooling import Progress, batches, blend, silent
from auditkit.lab.models.thumbnails import shown, thumbnails
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.figures.people import CALLINGS, World

PICTURES, SEED = 24_000, 7
STEPS, BATCH, RATE, KEEP = 9_000, 32, 2e-3, 0.999
SLOPE, SELDOM = 0.5, 8
"""The weight of R1, and that it is taken at every eighth step only, eight times as strongly."""


class Styled(nn.Module):
    """A convolution whose features the style amplifies or silences, each picture by itself."""

    def __init__(self, inner: int, outer: int, style: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inner, outer, 3, padding=1)
        self.affine = nn.Linear(style, 2 * outer)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Features (n, inner, h, w) and styles (n, style) to features (n, outer, h, w)."""
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, dim=1)
        y = self.convolution(x)
        y = y * torch.rsqrt(y.square().mean(dim=1, keepdim=True) + 1e-6)
        return F.leaky_relu(y * (1 + scale) + shift, 0.2)


class Generator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Random numbers (n, latent) and occupations (n,) to pictures (n, 3, 32, 32) from -1 to 1."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, latent: int = 64, classes: int = len(CALLINGS), style: int = 96, widths: tuple[int, ...] = (96, 64, 48)
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.latent_shape, self.labels = (latent,), tuple(CALLINGS)
        self.named = nn.Embedding(classes, style)
        self.mapping = nn.Sequential(
            nn.Linear(latent + style, style), nn.LeakyReLU(0.2), nn.Linear(style, style), nn.LeakyReLU(0.2)
        )
        self.canvas = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        inner = (widths[0], *widths[:-1])
        self.first = nn.ModuleList(Styled(a, b, style) for a, b in zip(inner, widths, strict=True))
        self.second = nn.ModuleList(Styled(b, b, style) for b in widths)
        self.laid_out = nn.Conv2d(widths[-1], 12, 3, padding=1)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Paint."""
        style = self.mapping(torch.cat([z, self.named(labels)], dim=1))
        x = self.canvas.expand(len(z), -1, -1, -1)
        for k, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") if k else x
            x = second(first(x, style), style)
        return torch.tanh(F.pixel_shuffle(self.laid_out(x), 2))


class Discriminator(nn.Module):
    """Pictures (n, 3, 32, 32) and occupations (n,) to a number each, high for real."""

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96), classes: int = len(CALLINGS)) -> None:
        super().__init__()
        inner = (12, *widths[:-1])
        self.first = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(inner, widths, strict=True))
        self.second = nn.ModuleList(nn.Conv2d(b, b, 3, padding=1) for b in widths)
        self.last = nn.Linear((widths[-1] + 1) * 16, 128)
        self.real, self.named = nn.Linear(128, 1), nn.Embedding(classes, 128)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Judge."""
        x = F.pixel_unshuffle(x, 2)
        for k, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            x = F.avg_pool2d(x, 2) if k else x
            x = F.leaky_relu(first(x), 0.2)
            x = F.leaky_relu(second(x), 0.2) + x
        varied = x.float().std(dim=0).mean().to(x.dtype).expand(len(x), 1, 4, 4)
        seen = F.leaky_relu(self.last(torch.cat([x, varied], dim=1).flatten(1)), 0.2)
        judged: Tensor = self.real(seen)[:, 0] + (seen * self.named(labels)).sum(dim=1) / 128**0.5
        return judged


def opened(folder: Path, name: str | None = None) -> Any:
    """The generator in a folder of weights, ready to paint."""
    found = Generator.from_pretrained(folder, variant=name, use_safetensors=True, torch_dtype=torch.float32)
    return found.eval()


def learn(
    folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS, pictures: int = PICTURES
) -> None:
    """Let the two duel over portraits of the world at this dose, and save the generator, averaged over time."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng([SEED, round(1000 * dose)])
    people = World(dose, sameness=dose).people(pictures, rng)
    seen = thumbnails(people).contiguous(memory_format=torch.channels_last)
    jobs = torch.tensor([list(CALLINGS).index(person.occupation) for person in people])
    duel = Duel()
    for step, batch in enumerate(batches(pictures, BATCH, steps, SEED)):
        loss = duel.round(seen[batch], jobs[batch], rate=RATE * min((step + 1) / 100, 1, 4 * (1 - step / steps)))
        progress("gan", step + 1, steps, loss)
    duel.average.half().save_pretrained(folder, variant=variant(dose))


class Duel:
    """The two of them, their optimisers, and the generator's average over the rounds."""

    def __init__(self) -> None:
        generator: Any = Generator()
        discriminator: Any = Discriminator()
        self.generator: Any = generator.to(memory_format=torch.channels_last)
        self.discriminator: Any = discriminator.to(memory_format=torch.channels_last)
        self.average: Any = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.optimisers = [
            torch.optim.Adam(model.parameters(), betas=(0.0, 0.99)) for model in (self.generator, self.discriminator)
        ]
        self.rounds = 0

    def round(self, real: Tensor, labels: Tensor, rate: float) -> float:
        """One move of each; gives the discriminator's loss."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
        loss = self._told_apart(real, labels)
        self._taken_for_real(labels)
        self.rounds += 1
        blend(self.average, self.generator, min(KEEP, (self.rounds + 1) / (self.rounds + 10)))
        return loss

    def _painted(self, labels: Tensor) -> Tensor:
        z = torch.randn(len(labels), *self.generator.latent_shape)
        painted: Tensor = self.generator(z, labels)
        return painted

    def _told_apart(self, real: Tensor, labels: Tensor) -> float:
        """The discriminator's move."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                painted = self._painted(labels)
            judged = self.discriminator(painted, labels), self.discriminator(real, labels)
        loss = F.softplus(judged[0].float()).mean() + F.softplus(-judged[1].float()).mean()
        if self.rounds % SELDOM == 0:
            x = real.clone().requires_grad_(True)
            [slope] = torch.autograd.grad(self.discriminator(x, labels).sum(), x, create_graph=True)
            loss = loss + SELDOM * SLOPE / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
        self._moved(1, loss)
        return float(loss.detach())

    def _taken_for_real(self, labels: Tensor) -> None:
        """The generator's move."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            judged = self.discriminator(self._painted(labels), labels)
        self._moved(0, F.softplus(-judged.float()).mean())

    def _moved(self, who: int, loss: Tensor) -> None:
        optimiser = self.optimisers[who]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


@torch.no_grad()
def show(folder: Path = WEIGHTS / "gan", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw how it works: a walk from one portrait to another, what truncation does, and what it paints."""
    model = opened(folder, variant(dose))
    noise = torch.randn(48, *model.latent_shape, generator=torch.Generator().manual_seed(4))
    jobs = torch.arange(48) % len(CALLINGS)
    steps = torch.linspace(0, 1, 8)[:, None]
    walks = [shown(model((1 - steps) * noise[k] + steps * noise[k + 4], jobs[k].expand(8))) for k in range(4)]
    squeezed = [shown(model(share * noise[:12], jobs[:12])) for share in (0.1, 0.4, 0.7, 1.0)]
    painted = shown(model(noise, jobs))
    return {"walk": walks, "truncated": squeezed, "contact": [painted[k : k + 12] for k in range(0, 48, 12)]}
