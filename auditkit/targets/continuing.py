"""What a causal model has read so far: kept, gone on from token by token, and taken up several times over.

Sequences of different lengths end together: the padding is on the left, and no real token looks at it. A sequence that
has come to its end is left out of the steps that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.targets.batching import padded
from auditkit.targets.drawing import Drawing
from auditkit.targets.noise import uniforms
from auditkit.targets.projecting import log_chances, scores_at, takes


class Reading(NamedTuple):
    """A model, what it keeps of the tokens that it has read, and where those were real (n, read)."""

    model: Any
    kept: Any
    real: Any

    def next(self, ids: Any, real: Any, every: bool = False) -> tuple[Any, Reading]:
        """Read on: the scores after the last token (n, words), or after `every` one (n, k, words), and the reading.

        `real` (n, k) is 0 for padding; with `every` it may stand on the right.
        """
        import torch

        n, k = ids.shape
        seen = real if self.real is None else torch.cat([self.real, real], dim=1)
        inputs = {"input_ids": ids, "attention_mask": seen, memory_of(self.model): self.kept, "use_cache": True}
        if takes(self.model, "position_ids"):
            inputs["position_ids"] = (seen.cumsum(dim=1) - 1).clamp(min=0)[:, -k:]
        wanted = torch.ones_like(ids) if every else torch.arange(k, device=ids.device).expand(n, k) == k - 1
        rows, places = wanted.nonzero().T
        scores, out = scores_at(self.model, rows, places, **inputs)
        return scores.reshape(n, k, -1) if every else scores, Reading(self.model, out[memory_of(self.model)], seen)

    def taken(self, rows: Any) -> Reading:
        """The reading of these rows, one as often as it is named. What is kept is cut in place: this one is used up."""
        try:
            self.kept.batch_select_indices(rows)
        except AttributeError:  # a state that is no keys and values, as of Mamba
            raise _fixed(self.model) from None
        return Reading(self.model, self.kept, self.real[rows])


def begun(model: Any, contexts: Sequence[Sequence[int]], pad: int) -> tuple[Any, Reading]:
    """Read contexts: the scores of what comes after each (n, words), and the reading."""
    ids, real = padded(contexts, pad, next(iter(model.parameters())).device, left=True)
    return Reading(model, None, None).next(ids, real)


def memory_of(model: Any) -> str:
    """What a model calls what it keeps; raises `InputError` for one that keeps nothing that can be gone on from."""
    for name in ("past_key_values", "cache"):
        if takes(model, name):
            return name
    raise _fixed(model)


def _fixed(model: Any) -> InputError:
    kind = type(model).__name__
    return InputError(f"{kind} keeps no keys and values of what it has read: it cannot be gone on from. Ask to score.")


class Written(NamedTuple):
    """The tokens that were made, the one that ended them among them, and the sum of their log probabilities."""

    tokens: list[int]
    log_probability: float


def written(
    model: Any,
    contexts: Sequence[Sequence[int]],
    streams: Sequence[Any],
    drawing: Drawing,
    *,
    pad: int,
    rooms: Sequence[int],
    ended: Callable[[list[int]], bool],
) -> list[Written]:
    """Go on from each context, one uniform number of its stream a token, until it has `ended` or its room is full."""
    import torch

    made: list[list[int]] = [[] for _ in contexts]
    logs = [0.0] * len(contexts)
    scores, reading = begun(model, contexts, pad)
    alive = list(range(len(contexts)))
    while True:
        drawn = drawing(scores, uniforms([streams[at] for at in alive], ()).to(scores.device))
        for at, token, log in zip(alive, drawn.tolist(), log_chances(scores, drawn).tolist(), strict=True):
            made[at].append(token)
            logs[at] += log
        on = [k for k, at in enumerate(alive) if len(made[at]) < rooms[at] and not ended(made[at])]
        if not on:
            return [Written(tokens, log) for tokens, log in zip(made, logs, strict=True)]
        if len(on) < len(alive):
            keep = torch.tensor(on, device=drawn.device)
            alive, drawn, reading = [alive[k] for k in on], drawn[keep], reading.taken(keep)
        scores, reading = reading.next(drawn[:, None], torch.ones_like(drawn[:, None]))
