"""A translation said word by word: what a model offers for that, and its words by the dice, greedily or by beams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from auditkit.targets.drawing import Drawing
from auditkit.targets.noise import uniforms


@runtime_checkable
class Stepping(Protocol):
    """An encoder that reads, and a decoder that says one token at a time.

    start, stop
        the token before the first, and the one that ends.
    """

    start: int
    stop: int

    @property
    def vocabulary(self) -> Sequence[str]:
        """The words by number."""
        ...

    def sources(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """The tokens of each source, as attention sees them; raises `InputError` for a word that it does not know."""
        ...

    def encode(self, texts: Sequence[str]) -> Any:
        """Read n sources: the state before the first step."""
        ...

    def step(self, state: Any, previous: Any) -> tuple[Any, Any, Any]:
        """After the tokens before, (n,): log probabilities of the next (n, V), the state, attention (n, S) or none."""
        ...

    def reordered(self, state: Any, index: Any) -> Any:
        """The state of the items at these places, (m,), an item as often as it is named."""
        ...


NEEDED = ("start", "stop", "vocabulary", "sources", "encode", "step", "reordered")


@dataclass(frozen=True)
class Spoken:
    """The tokens said, the one that stops among them, the sum of their log probabilities, and where each looked."""

    tokens: tuple[int, ...] = ()
    log_probability: float = 0.0
    looked: tuple[Any, ...] = field(default=(), compare=False)

    def then(self, token: int, log: float, looked: Any) -> Spoken:
        """The same with one token more."""
        return Spoken((*self.tokens, token), self.log_probability + log, (*self.looked, looked))


def drawn(model: Stepping, texts: Sequence[str], streams: Sequence[Any], drawing: Drawing, most: int) -> list[Spoken]:
    """Of each source the tokens drawn one after the other, a uniform number of its stream each, `most` at most."""

    def choose(scores: Any, rows: Sequence[int], _: int) -> Any:
        return drawing(scores, uniforms([streams[at] for at in rows], ()).to(scores.device))

    return _spoken(model, texts, choose, [most] * len(texts))


def forced(model: Stepping, texts: Sequence[str], said: Sequence[Sequence[int]]) -> list[Spoken]:
    """What the model thinks of these tokens, said of each source."""
    import torch

    def choose(scores: Any, rows: Sequence[int], at: int) -> Any:
        return torch.tensor([said[row][at] for row in rows], device=scores.device)

    return _spoken(model, texts, choose, [len(each) for each in said], stops=False)


def _spoken(
    model: Stepping, texts: Sequence[str], choose: Any, rooms: Sequence[int], stops: bool = True
) -> list[Spoken]:
    """Every source at once, a step at a time; one that has stopped, or whose room is full, is left out."""
    import torch

    found, alive, state = [Spoken() for _ in texts], list(range(len(texts))), model.encode(texts)
    previous = torch.full((len(texts),), model.start)
    at = 0
    while alive:
        logs, state, looked = model.step(state, previous)
        previous = choose(logs, alive, at)
        told = logs.gather(1, previous[:, None])[:, 0].tolist()
        at += 1
        for k, row in enumerate(alive):
            found[row] = found[row].then(int(previous[k]), told[k], None if looked is None else looked[k])
        on = [k for k, row in enumerate(alive) if at < rooms[row] and not (stops and int(previous[k]) == model.stop)]
        if on and len(on) < len(alive):
            keep = torch.tensor(on, device=previous.device)
            state, previous = model.reordered(state, keep), previous[keep]
        alive = [alive[k] for k in on]
    return found


def beamed(model: Stepping, texts: Sequence[str], beams: int, most: int) -> list[Spoken]:
    """The likeliest of the sequences that `beams` kept at a time lead to, each source by itself; no length penalty.

    At every step the kept are continued by every token, and the likeliest kept, those that stopped apart. It ends when
    none that is kept is likelier than the best that has stopped: more tokens only make it less likely.
    """
    return [_beamed(model, text, beams, most) for text in texts]


def _beamed(model: Stepping, text: str, beams: int, most: int) -> Spoken:
    import torch

    kept, best, state = [Spoken()], None, model.encode([text])
    previous = torch.full((1,), model.start)
    for _ in range(most):
        logs, state, looked = model.step(state, previous)
        total = logs.double() + torch.tensor([each.log_probability for each in kept], device=logs.device)[:, None]
        top = total.flatten().topk(min(2 * beams, total.numel()))
        on: list[tuple[int, Spoken]] = []
        for value, place in zip(top.values.tolist(), top.indices.tolist(), strict=True):
            row, token = divmod(place, logs.shape[1])
            more = replace(kept[row].then(token, 0.0, None if looked is None else looked[row]), log_probability=value)
            if value == -torch.inf:
                break
            if token != model.stop:
                on.append((row, more))
            elif best is None or value > best.log_probability:
                best = more
        on = on[:beams]
        if not on or (best is not None and best.log_probability >= on[0][1].log_probability):
            break
        kept = [each for _, each in on]
        state = model.reordered(state, torch.tensor([row for row, _ in on], device=logs.device))
        previous = torch.tensor([each.tokens[-1] for each in kept], device=logs.device)
    return best if best is not None else kept[0]
