"""Asking a target one batch, here or in another process: answers, refusals, errors, and memory that does not do."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple

from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.generation import Generation, generation_key, seed_of
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Target
from auditkit.pictures import png_bytes
from auditkit.store import Store


class Asked(NamedTuple):
    """A prompt at its position in the design, with the number of the repeat and the seed."""

    position: int
    prompt: Prompt
    turn: int
    seed: int

    @classmethod
    def of(cls, position: int, prompt: Prompt, turn: int, root: int) -> Asked:
        """The seed follows from the run's seed, the prompt and the repeat."""
        return cls(position, prompt, turn, seed_of(root, prompt.key, turn))


class Batch(NamedTuple):
    """What is asked at once: `size` is the size that was agreed on, the last batch of a run may be shorter."""

    size: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, as it can be sent between processes: a picture is its PNG."""

    asked: Asked
    batch: int
    png: bytes = b""
    refused: str = ""
    failed: str = ""

    def generation(self, store: Store, batch: Batch, target: Target) -> Generation:
        """The record of this answer, its picture put into the store."""
        prompt, settings = self.asked.prompt, dict(target.settings)
        key = generation_key(target.fingerprint, settings, self.batch, prompt.key, self.asked.seed, self.asked.turn)
        output = store.put(self.png, ".png") if self.png else ""
        return Generation(
            key,
            prompt.key,
            prompt.text,
            dict(prompt.factors),
            target.title,
            target.fingerprint,
            settings,
            self.batch,
            self.asked.seed,
            self.asked.turn,
            output,
            self.refused,
            self.failed,
        )


def answered(target: Target, verb: str, batch: Batch) -> list[Answered] | None:
    """Ask a target one batch; `None` where memory does not do for more than one prompt.

    Where the target raises, each prompt is asked alone, and the one at fault is recorded as failed. What the user can
    mend (`AuditkitError`) is raised.
    """
    try:
        return _told(batch.asked, _ask(target, verb, batch.asked), batch.size)
    except MemoryError as error:
        return None if len(batch.asked) > 1 else [Answered(batch.asked[0], 1, failed=_sentence(error))]
    except AuditkitError:
        raise
    except Exception as error:  # whatever a model of somebody else raises costs one prompt, never the run
        if len(batch.asked) == 1:
            return [Answered(batch.asked[0], 1, failed=_sentence(error))]
        return [alone for asked in batch.asked for alone in answered(target, verb, Batch(1, (asked,))) or []]


def _ask(target: Target, verb: str, asked: Sequence[Asked]) -> list[Answer]:
    answers: list[Answer] = getattr(target, verb)([item.prompt for item in asked], [item.seed for item in asked])
    if len(answers) != len(asked):
        raise InputError(f"{target.title} was asked {len(asked)} prompts and gave {len(answers)} answers.")
    return answers


def _told(asked: Sequence[Asked], answers: Sequence[Answer], size: int) -> list[Answered]:
    return [_record(item, answer, size) for item, answer in zip(asked, answers, strict=True)]


def _record(asked: Asked, answer: Answer, size: int) -> Answered:
    if isinstance(answer, Refusal):
        return Answered(asked, size, refused=answer.because)
    if isinstance(answer, str):
        raise InputError("A picture was asked for, and the target answered with a text.")
    return Answered(asked, size, png=png_bytes(answer))


def _sentence(error: BaseException) -> str:
    """What went wrong, in one line: addresses of objects would differ from run to run."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


class Pool:
    """Where batches are answered: in this process, or in several that hold a target each."""

    def __init__(self, target: Target, workers: int, verb: str = "sample") -> None:
        if workers > 1 and not target.portable:
            raise InputError(
                f"{target.title} is a live object and cannot be sent to {workers} processes. Give a folder or a hub id."
            )
        self.target, self.workers, self.verb = target, max(workers, 1), verb
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Pool:
        if self.workers > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, context, _begin, (self.target, self.verb))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def answers(self, batches: Sequence[Batch]) -> Iterator[list[Answered] | None]:
        """The answers of each batch, in order."""
        if self._pool is None:
            return (answered(self.target, self.verb, batch) for batch in batches)
        return self._pool.map(_work, batches)


_HELD: dict[str, Any] = {}


def _begin(target: Target, verb: str) -> None:
    _HELD.update(target=target, verb=verb)
    if target.name == "diffusion":
        import torch

        torch.set_num_threads(1)  # a process a core: threads of several would wait for one another


def _work(batch: Batch) -> list[Answered] | None:
    return answered(_HELD["target"], _HELD["verb"], batch)
