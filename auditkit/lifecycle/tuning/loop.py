"""The training: batch after batch, kept every so many steps, and the same to the bit whether or not it was stopped.

AdamW (Loshchilov & Hutter, ICLR (2019)), the rate rising over the first 5 % of the steps and falling along a cosine,
gradients cut to a norm of 1. Each step draws from streams that its own number names (the batch, noise, dropout), so
that a checkpoint needs no state of a generator: what comes next follows from the weights, the optimiser and the step.
On other processors, or with another number of threads, the last digits may be others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.lifecycle.tuning import checkpoints
from auditkit.lifecycle.tuning.checkpoints import Checkpoint
from auditkit.lifecycle.tuning.curve import Curve, marked
from auditkit.lifecycle.tuning.dividing import Divided
from auditkit.lifecycle.tuning.pupil import Ints, Pupil
from auditkit.lifecycle.tuning.rounds import HELD, NOISE, batch_of, stream
from auditkit.lifecycle.tuning.settings import Settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WARM, DECAY, BETAS, NORM = 0.05, 0.01, (0.9, 0.99), 1.0
LOOKED_AT, PART = 256, 64
"""Held-out rows whose loss is told along the way, the first by their digests, and how many are asked at once."""


class Stride(NamedTuple):
    """How far a training is: the step, of how many, its loss, the last held-out loss, and the step that is kept."""

    step: int
    steps: int
    loss: float
    held_out: float | None
    kept: int = 0


@dataclass
class Training:
    """A pupil, its rows, how it learns, and the folder of its checkpoints."""

    pupil: Pupil
    rows: Divided
    settings: Settings
    place: Path
    progress: Callable[[Stride], None] | None = None

    def run(self) -> Curve:
        """Train to the last step, from the last checkpoint if there is one; gives the curve.

        Raises `InputError` where a loss or a gradient is not a number: what was kept last stays where it is.
        """
        optimiser, curve, step = self._begun()
        kept = step
        if not curve.held_out:
            self._mark(curve, 0)
        while step < self.settings.steps:
            curve.losses.append(self._step(optimiser, step))
            step += 1
            if step % self.settings.every == 0 or step == self.settings.steps:
                self._mark(curve, step)
                checkpoints.keep(self.place, self._checkpoint(optimiser, curve, step))
                kept = step
            if self.progress is not None:
                held = curve.held_out[-1].value if curve.held_out else None
                self.progress(Stride(step, self.settings.steps, curve.losses[-1], held, kept))
        self.pupil.module.eval()
        return curve

    def _begun(self) -> tuple[torch.optim.Optimizer, Curve, int]:
        """The optimiser, the curve and the steps done, as they were when the last checkpoint was kept."""
        import torch

        settings: dict[str, Any] = {"lr": self.settings.rate_of, "betas": BETAS, "weight_decay": DECAY}
        learning = [each for each in self.pupil.module.parameters() if each.requires_grad]
        optimiser = torch.optim.AdamW(learning, **settings, fused=True)
        kept = checkpoints.last(self.place)
        if kept is None:
            return optimiser, Curve(), 0
        own = self._learned()
        if set(own) != set(kept.weights):
            raise InputError(f"The checkpoints in {self.place} are of another model. Remove that folder.")
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(kept.weights[name])
        _restore(optimiser, kept.optimiser)
        return optimiser, Curve.from_dict(kept.told["curve"]), kept.step

    def _step(self, optimiser: torch.optim.Optimizer, step: int) -> float:
        import torch
        from torch import nn

        settings, module = self.settings, self.pupil.module
        places = batch_of(self.pupil.rows.weights[self.rows.learned], settings.batch, step, settings.seed)
        noise = stream(settings.seed, NOISE, step)
        optimiser.param_groups[0]["lr"] = settings.rate_of * pace(step, settings.steps)
        with seeded(noise):
            module.train()
            optimiser.zero_grad(set_to_none=True)
            picked = self.rows.learned[places].tolist()
            loss = self.pupil.losses(picked, torch.Generator().manual_seed(noise)).mean()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types there
        norm = nn.utils.clip_grad_norm_(optimiser.param_groups[0]["params"], NORM)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            raise InputError(self._lost(step + 1))
        optimiser.step()
        return value

    def _lost(self, step: int) -> str:
        kept = checkpoints.last(self.place)
        where = f"The weights of step {kept.step} are kept in {self.place}" if kept else "Nothing was kept yet"
        rate = f"the rate is {self.settings.rate_of:g}"
        return (
            f"The loss is not a number at step {step} of {self.settings.steps}; {rate}. {where}. "
            "Try a smaller --rate, into another --out."
        )

    def _mark(self, curve: Curve, step: int) -> None:
        """Look at the held-out rows, if there are any."""
        some = self.rows.held[:LOOKED_AT]
        if len(some):
            losses = held_out(self.pupil, some, self.settings.seed)
            if not np.isfinite(losses).all():
                raise InputError(self._lost(step))
            rows = self.pupil.rows
            curve.held_out.append(marked(step, losses, rows.families[some], rows.weights[some]))

    def _learned(self) -> dict[str, Tensor]:
        """What a checkpoint keeps of the module: the numbers that learn, and those that follow (running means)."""
        module = self.pupil.module
        learning = {name: each for name, each in module.named_parameters() if each.requires_grad}
        return learning | {f"buffer {name}": each for name, each in module.named_buffers()}

    def _checkpoint(self, optimiser: torch.optim.Optimizer, curve: Curve, step: int) -> Checkpoint:
        return Checkpoint(step, self._learned(), _kept(optimiser), {"curve": curve.to_dict()})


def held_out(pupil: Pupil, rows: Ints, seed: int) -> Floats:
    """The loss of each of these rows, (rows,), asleep, always with the same noise."""
    import torch

    pupil.module.eval()
    found = []
    with torch.no_grad():
        for number, at in enumerate(range(0, len(rows), PART)):
            noise = stream(seed, HELD, number)
            with seeded(noise):
                some = rows[at : at + PART].tolist()
                found.append(pupil.losses(some, torch.Generator().manual_seed(noise)).double().cpu().numpy())
    return np.concatenate(found)


def pace(step: int, steps: int) -> float:
    """What part of the rate a step takes, counted from 0: up in a line, down along a cosine.

    >>> [round(pace(step, 100), 3) for step in (0, 4, 52, 99)]
    [0.2, 1.0, 0.493, 0.001]
    """
    warm = max(round(WARM * steps), 1)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step + 1 - warm) / max(steps - warm, 1))) + 1e-3


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's own numbers from this seed, and as they were afterwards."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _kept(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's numbers by the number of the parameter and their own name."""
    state: Mapping[int, Mapping[str, Tensor]] = optimiser.state_dict()["state"]
    return {f"{at}.{name}": tensor for at, own in state.items() for name, tensor in own.items()}


def _restore(optimiser: torch.optim.Optimizer, kept: Mapping[str, Any]) -> None:
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in kept.items():
        at, name = key.split(".", 1)
        state.setdefault(int(at), {})[name] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
