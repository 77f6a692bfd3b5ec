"""Asking a target one batch, here, in another process or thread: answers, refusals, errors, and memory that lacks."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple

from auditkit.conversing import Heard, conversed
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.generation import Generation, generation_key, seed_of
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Attention, Refusal, Said, Target
from auditkit.pictures import png_bytes
from auditkit.runs import OWN, WORDED
from auditkit.store import Store

DRAWN = frozenset({"sample", "edit"})
"""The verbs that are answered with pictures."""


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
    text: str | None = None
    refused: str = ""
    failed: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    attention: Attention | None = None
    turns: tuple[tuple[str, str], ...] = ()

    def generation(self, store: Store, target: Target, verb: str) -> Generation:
        """The record of this answer, its picture and where it looked put into the store."""
        prompt, settings = self.asked.prompt, dict(target.settings)
        key = generation_key(target.fingerprint, settings, self.batch, prompt.key, self.asked.seed, self.asked.turn)
        looked = json.dumps(self.attention._asdict(), ensure_ascii=False, default=_listed) if self.attention else ""
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
            store.put(self.png, ".png") if self.png else self.text or "",
            self.refused,
            self.failed,
            "picture" if verb in DRAWN else "text",
            self.told,
            store.put(looked.encode(), ".json") if looked else "",
            self.turns,
        )


def answered(target: Target, verb: str, batch: Batch, probe: Probe | None = None) -> list[Answered] | None:
    """Ask a target one batch; `None` where memory does not do for more than one prompt.

    Where the target raises, each prompt is asked alone, and the one at fault is recorded as failed. What the user can
    mend (`AuditkitError`) is raised.
    """
    try:
        return _told(batch, _ask(target, verb, batch, probe), verb)
    except MemoryError as error:
        return None if len(batch.asked) > 1 else [Answered(batch.asked[0], 1, failed=_sentence(error))]
    except AuditkitError:
        raise
    except Exception as error:  # whatever a model of somebody else raises costs one prompt, never the run
        if len(batch.asked) == 1:
            return [Answered(batch.asked[0], 1, failed=_sentence(error))]
        return [alone for asked in batch.asked for alone in answered(target, verb, Batch(1, (asked,)), probe) or []]


def _ask(target: Target, verb: str, batch: Batch, probe: Probe | None) -> list[Heard]:
    prompts, seeds = [item.prompt for item in batch.asked], [item.seed for item in batch.asked]

    def ask(prompts: Sequence[Prompt], seeds: Sequence[int]) -> Sequence[Any]:
        answers: Sequence[Any] = getattr(target, verb)(prompts, seeds)
        if len(answers) != len(prompts):
            raise InputError(f"{target.title} was asked {len(prompts)} prompts and gave {len(answers)} answers.")
        return [_written(answer) for answer in answers]

    if probe is not None and probe.turns:
        return conversed(probe, ask, prompts, seeds)
    return [Heard(answer) for answer in ask(prompts, seeds)]


def _told(batch: Batch, heard: Sequence[Heard], verb: str) -> list[Answered]:
    return [_record(item, each, batch.size, verb) for item, each in zip(batch.asked, heard, strict=True)]


def _record(asked: Asked, heard: Heard, size: int, verb: str) -> Answered:
    answer, turns = heard
    if isinstance(answer, Refusal):
        return Answered(asked, size, refused=answer.because, turns=turns)
    if isinstance(answer, str):
        answer = Said(answer)
    if isinstance(answer, Said) is (verb in DRAWN):
        was, came = ("picture", "text") if verb in DRAWN else ("text", "picture")
        raise InputError(f"A {was} was asked for, and the target answered with a {came}.")
    if isinstance(answer, Said):
        if not answer.text.strip() and not answer.told:
            return Answered(asked, size, refused="nothing was said", turns=turns)
        try:
            told = json.loads(json.dumps(dict(answer.told), default=_listed, allow_nan=False))
        except (TypeError, ValueError) as error:
            return Answered(asked, size, failed=_sentence(error), turns=turns)
        if clash := sorted({*OWN, *WORDED, *asked.prompt.factors} & set(told)):
            raise InputError(f'The target tells "{clash[0]}" with its answer, a column of this run. Name it otherwise.')
        return Answered(asked, size, b"", answer.text, told=told, attention=answer.attention, turns=turns)
    return Answered(asked, size, png=png_bytes(answer))


def _written(answer: Any) -> Any:
    """An answer in letters that can be written: half of a surrogate pair is none."""
    if isinstance(answer, Said):
        return answer._replace(text=_written(answer.text))
    if not isinstance(answer, str) or answer.isascii():
        return answer
    return answer.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _listed(value: Any) -> Any:
    """Numbers of numpy or torch as plain ones."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} was told with the answer, and no number or text")


def _sentence(error: BaseException) -> str:
    """What went wrong, in one line: addresses of objects would differ from run to run."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


class Pool:
    """Where batches are answered: in this process, in several that hold a target each, or, of a target that waits for a
    network, one prompt a thread."""

    def __init__(self, target: Target, workers: int, verb: str = "sample", probe: Probe | None = None) -> None:
        if workers > 1 and not target.portable:
            raise InputError(
                f"{target.title} is a live object and cannot be sent to {workers} processes. Give a folder or a hub id."
            )
        self.target, self.verb, self.probe = target, verb, probe
        self.processes = max(workers, 1) if target.concurrent == 1 else 1
        self._pool: Executor | None = None

    @property
    def threaded(self) -> bool:
        """Whether answers come one by one, out of order."""
        return self.target.concurrent > 1

    def wanted(self, looked: bool) -> int:
        """How many batches it is given at once: of threads all, so that none waits for a slow one, unless somebody
        looks at the answers before more are asked."""
        return self.processes if not self.threaded else 8 * self.target.concurrent if looked else sys.maxsize

    def __enter__(self) -> Pool:
        if self.threaded:
            self._pool = ThreadPoolExecutor(self.target.concurrent)
        elif self.processes > 1:
            context = multiprocessing.get_context("spawn")
            talks = self.probe if self.probe is not None and self.probe.turns else None  # others are not needed there
            begun = (self.target, self.verb, talks)
            self._pool = ProcessPoolExecutor(self.processes, context, _begin, begun)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def answers(self, batches: Sequence[Batch]) -> Iterator[tuple[Batch, list[Answered] | None]]:
        """The answers of each batch: in order, or of threads as they come."""
        if isinstance(self._pool, ThreadPoolExecutor):
            yield from self._as_they_come(self._pool, batches)
        elif self._pool is not None:
            yield from zip(batches, self._pool.map(_work, batches), strict=True)
        else:
            yield from ((batch, answered(self.target, self.verb, batch, self.probe)) for batch in batches)

    def _as_they_come(self, pool: Executor, batches: Sequence[Batch]) -> Iterator[tuple[Batch, list[Answered] | None]]:
        """Of threads: where one meets what the user can mend, what the others have heard is handed out first."""
        asked = {pool.submit(answered, self.target, self.verb, one, self.probe): one for one in batches}
        trouble: BaseException | None = None
        for done in as_completed(asked):
            if done.cancelled():
                continue
            if (error := done.exception()) is not None:
                trouble = trouble or error
                for waiting in asked:
                    waiting.cancel()
                continue
            yield asked[done], done.result()
        if trouble is not None:
            raise trouble


_HELD: dict[str, Any] = {}


def _begin(target: Target, verb: str, probe: Probe | None) -> None:
    _HELD.update(target=target, verb=verb, probe=probe)
    if target.name not in ("folder", "function", "endpoint"):
        import torch

        torch.set_num_threads(1)  # a process a core: threads of several would wait for one another


def _work(batch: Batch) -> list[Answered] | None:
    return answered(_HELD["target"], _HELD["verb"], batch, _HELD["probe"])
