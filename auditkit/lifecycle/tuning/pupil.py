"""What the frame of tuning asks of a kind of model: to be trained a batch at a time, saved, and held to its quality.

The frame owns all else: which rows are learned and which are held out, the order of the batches, the optimiser,
checkpoints, the audits before and after, the guard. A kind of model is a file that gives a `Pupil`:

* `words.opened(target, data)` for CausalLm, MaskedLm and Seq2Seq, `pictures.opened(target, data)` for Diffusion: each
  takes the plan's target, built but not asked, and the file or folder of the curated data, and gives a `Pupil`. It
  raises `InputError` for a model without weights, for data without the columns it needs (saying which there are), and
  for words that the model has no token for.
* The plan's target opens what `save` writes: the same target, its `model` the folder that was saved, no `variant` and
  no `revision`. So the folder is complete: configuration, tokenizer or the parts of a pipeline, safetensors alone.

Nothing draws from torch's global numbers by itself: the frame seeds them anew for every step (dropout), and around
`adapt` (the start of an adapter). Noise of a loss comes from the generator that is handed in. So a step depends on its
number, the seed and the weights alone, and a run that was killed goes on to the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auditkit.core.estimate import Floats
from auditkit.core.target import Target

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The curated rows, n of them, as the frame needs to know them.

    contents
        what each row is, (n,): its words, or the digest of its picture and its words. Rows are held out, and told
        apart, by this and never by their position.
    families
        rows that are near-duplicates of one another have one number, (n,): a family is learned or held out as a whole,
        and is one item of the guard.
    weights
        how much each row counts, (n,), at least 0, by the column `weight`; ones where there is none. The frame draws
        rows in proportion to it (weighted sampling, systematic: Madow 1949), so `losses` need not look at it; and the
        guard weighs what was held out just so, for what is learned by weight is known by weight.
    """

    contents: tuple[str, ...]
    families: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.contents)


MOST = 1.0
"""What one item can lose at most, as the guard counts it, in the units of any quality: all of a probability or of a
share, or one nat a token, a perplexity 2.7 times as high. What could be lost without end cannot be bounded by a few
items. It is fixed before anything is measured: the largest loss that was seen would say nothing of those that were not,
and a smaller limit would let a model that forgets a few items wholly pass for one that has lost a little of each."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a model is held to, larger is better: its name, in which units, and how much of it may be lost by default.

    Without a margin it is told and not judged, and `about` says why. `share` says that it lies between 0 and 1.

    >>> Quality("log_probability", "nats a token", 0.05).margin
    0.05
    """

    name: str
    unit: str
    margin: float | None
    about: str = ""
    share: bool = False


@dataclass(frozen=True, slots=True)
class Lora:
    """A low-rank adapter: W + (alpha / rank) B A in the modules named, by default those that the kind of model adapts.

    Hu et al., ICLR (2022).
    """

    rank: int = 8
    alpha: float = 16.0
    modules: tuple[str, ...] = ()


class Pupil(Protocol):
    """A model that can be tuned on rows that it has read."""

    title: str
    rows: Rows

    @property
    def qualities(self) -> tuple[Quality, ...]:
        """What the guard measures, the headline first: `--guard-margin 0.02` without a name is for that one."""
        ...

    @property
    def module(self) -> nn.Module:
        """What is trained: a float32 module on one device. `adapt` may replace it; the frame reads it after that.

        For full fine-tuning the frame lets all its numbers require a gradient; after `adapt` those that do.
        """
        ...

    def losses(self, rows: Sequence[int], generator: torch.Generator) -> Tensor:
        """The loss of each of these rows, (len(rows),), to be minimised; noise from the generator, on the processor.

        The frame means it over the batch. It is called while training, and asleep and without gradients for the rows
        held out, always with the same generator for the same rows, so that the curve is of the model alone.
        """
        ...

    def adapt(self, lora: Lora) -> tuple[str, ...]:
        """Freeze the module and put an adapter into it; gives the names of the modules that have one.

        Raises `InputError` where the modules named are not there, listing those that are.
        """
        ...

    def save(self, model: Path, adapter: Path | None = None) -> None:
        """Write the tuned model into the folder `model`, new and empty: safetensors, all that the target opens.

        Of an adapted model the merged weights; its adapter goes into the folder `adapter` beside it. Called once, last:
        what is merged need not be parted again. The model card is the frame's.
        """
        ...

    def measured(self, target: Target, rows: Sequence[int]) -> Mapping[str, Floats]:
        """Every quality of a target on each of these rows, name -> (len(rows),), NaN where it has none.

        Asked of the plan's target before, and of the same target on the saved folder after: what is measured is what
        is shipped. The frame means over the rows of a family by their weights, and compares the families in pairs.
        """
        ...

    def described(self) -> Mapping[str, Any]:
        """What else decides the result, as plain JSON: columns read, sizes, how long a row may be. No paths."""
        ...
