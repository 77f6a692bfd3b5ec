"""elicit(): a probe asks, a target answers, annotators read; a run that can be stopped, killed and resumed.

Batches are cut by position in the design, so that a resumed, sharded or parallel run repeats the same batches and its
records are the same bytes. An answer's seed depends on the run's seed, the prompt and the number of the repeat alone.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.answering import DRAWN, Asked, Batch, Pool
from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Target
from auditkit.labels import CHECKED, Labels
from auditkit.pictures import open_picture
from auditkit.rules.policy import Policy
from auditkit.runs import OWN, WORDED, Run
from auditkit.stakes import Question, questions_of
from auditkit.store import Store

CHUNK = 256
"""Outputs an annotator is shown at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run is: answers recorded and wanted, answers a second in this sitting, and the seconds left."""

    done: int
    wanted: int
    rate: float
    open: tuple[str, ...] = ()

    @property
    def left(self) -> float | None:
        """Seconds to go, `None` before the first batch."""
        return (self.wanted - self.done) / self.rate if self.rate else None


def elicit(
    probe: Probe,
    target: Target,
    annotators: Annotator | Sequence[Annotator] = (),
    /,
    *,
    into: str | Path,
    seed: int = 0,
    batch: int | None = None,
    workers: int = 1,
    questions: Any = (),
    until: Any = None,
    budget: int | None = None,
    progress: Callable[[Pace], None] | None = None,
) -> Run:
    """Ask a target everything a probe asks, record the answers in a folder, and let annotators read them.

    A run that is there already goes on where it stopped: nothing is drawn twice, and other annotators read what is
    there. `batch` is how many prompts are asked at once, by default as many as the target likes; it is halved where
    memory does not do, and recorded. `workers` are processes on this machine. A prompt on which the target raises
    costs that prompt.

    With `questions` (detectors that can bet, as `GeneratorFrequency`) prompts are drawn at random, every draw
    independent of the others, and the run stops as soon as each question is settled by `until`, a policy, or when
    `budget` answers are there. Such a run tells these questions by intervals that hold at every stopping time.

    Raises `InputError` for a target that cannot do what the probe asks, and for a folder that holds another run.

    >>> import tempfile
    >>> from auditkit.probes import Continuations
    >>> from auditkit.targets import Function
    >>> asked = Continuations(["nurse", "doctor"], templates=["The {} said that"], repeats=3)
    >>> echo = Function(lambda texts: [f"{text} she left" for text in texts], verb="generate", plain=True)
    >>> told = elicit(asked, echo, into=tempfile.mkdtemp()).to_frame()
    >>> sorted(told["answer"].value_counts().items())
    [('The doctor said that she left', 3), ('The nurse said that she left', 3)]
    """
    readers = tuple(annotators) if isinstance(annotators, (list, tuple)) else (annotators,)
    prompts = _checked(probe, target, readers)
    asked_of = questions_of(questions, Policy.read(until), prompts)
    order = Order(prompts, probe.repeats, seed, bool(asked_of), budget)
    store = Store(into, write=True)
    store.begin(_design(probe, target, seed, order))
    if not store.cuts():
        store.cut(0, 1 if target.concurrent > 1 else batch or target.batch)
    sitting = Sitting(store, target, readers, order, asked_of, progress)
    with Pool(target, workers, probe.asks, probe) as pool:
        sitting.work(pool)
    store.close()
    return Run(Path(into))


@dataclass(frozen=True)
class Order:
    """Which prompt stands at which position: round after round, or, for questions that bet, drawn at random each time.

    Drawn at random, every answer has the mean over the prompts as its expectation, whatever came before, which is what
    lets one look after each.
    """

    prompts: tuple[Prompt, ...]
    repeats: int
    seed: int
    drawn: bool
    budget: int | None

    def __len__(self) -> int:
        full = len(self.prompts) * self.repeats
        return full if self.budget is None else self.budget if self.drawn else min(full, self.budget)

    def asked(self, first: int, last: int) -> list[Asked]:
        """The prompts at these positions, with the number of the repeat and the seed."""
        return [Asked.of(position, self.prompts[k], turn, self.seed) for position, k, turn in self._at(first, last)]

    def _at(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        n = len(self.prompts)
        for position in range(first, last):
            if not self.drawn:
                yield position, position % n, position // n
            else:  # every position has a stream of its own: its number is a repeat that nobody else has
                state = np.random.SeedSequence([self.seed, 1, position])
                yield position, int(np.random.default_rng(state).integers(n)), position


class Sitting:
    """One stretch of work on a run: batches that are not recorded yet are asked, read and, where needed, bet on."""

    def __init__(
        self,
        store: Store,
        target: Target,
        readers: tuple[Annotator, ...],
        order: Order,
        questions: tuple[Question, ...],
        progress: Callable[[Pace], None] | None,
    ) -> None:
        self.store, self.target, self.readers = store, target, readers
        self.order, self.questions, self.progress = order, questions, progress
        self.begun, self.drawn = time.perf_counter(), 0

    def work(self, pool: Pool) -> None:
        """Ask until everything is asked, or everything settled; then read what was not read."""
        wanted, at = len(self.order), 0
        done = self.store.positions()
        while at < wanted and not self._settled():
            ranges = list(self._batches(at, wanted, pool.wanted(bool(self.questions))))
            missing = [(a, b) for a, b in ranges if not done.issuperset(range(a, b))]
            again = self._draw(pool, missing)
            if again is not None:
                done = self.store.positions()
                at = again
                continue
            at = ranges[-1][1]
            self._bet(range(ranges[0][0], at))
            self._tell(max(at, len(done)), wanted)
        self._read(self.store.generations())
        self._close()

    def _batches(self, first: int, wanted: int, most: int) -> Iterator[tuple[int, int]]:
        """The next batches, as many as there are workers: their ends are where the record of cuts puts them."""
        cuts, at = self.store.cuts(), first
        for _ in range(most):
            if at >= wanted:
                return
            start, size = max((cut for cut in cuts if cut[0] <= at), key=lambda cut: cut[0])
            following = min([cut[0] for cut in cuts if cut[0] > at], default=wanted)
            end = min(start + ((at - start) // size + 1) * size, following, wanted)
            yield at, end
            at = end

    def _draw(self, pool: Pool, ranges: Iterable[tuple[int, int]]) -> int | None:
        """Ask these batches and record them; the position from which memory did not do, after halving the size."""
        batches = [Batch(self._size(a), tuple(self.order.asked(a, b))) for a, b in ranges]
        started = time.perf_counter()
        for batch, answers in pool.answers(batches):
            first = batch.asked[0].position
            if answers is None:
                self.store.cut(first, max(batch.size // 2, 1))
                return first
            told = [answer.generation(self.store, self.target, pool.verb) for answer in answers]
            spent = time.perf_counter() - started
            self.store.add(first, told, spent)
            started += spent
            self.drawn += len(told)
            if pool.threaded:
                self._tell(len(self.store), len(self.order))
        return None

    def _size(self, at: int) -> int:
        return max((cut for cut in self.store.cuts() if cut[0] <= at), key=lambda cut: cut[0])[1]

    def _bet(self, positions: range) -> None:
        """Let every question see the answers at these positions, in their order."""
        if not self.questions:
            return
        answers = self.store.span(positions.start, positions.stop)
        self._read(answers)
        rows = self._rows(answers)
        self.questions = tuple(question.seen(rows) for question in self.questions)

    def _rows(self, answers: Sequence[Any]) -> list[dict[str, Any]]:
        read = [self.store.readings(reader.fingerprint) for reader in self.readers]
        rows = []
        for g in answers:
            attributes = {k: v for known in read for k, v in known.get(g.output, {}).items()}
            rows.append({**g.factors, "prompt": g.prompt, **attributes})
        return rows

    def _settled(self) -> bool:
        return bool(self.questions) and all(question.settled for question in self.questions)

    def _read(self, answers: Iterable[Any]) -> None:
        """Let every annotator read the outputs that it has not read."""
        outputs: dict[str, dict[str, None]] = {"image": {}, "text": {}}
        for g in answers:
            shown = outputs["image" if g.kind == "picture" else "text"]
            shown |= dict.fromkeys(text for text in (g.output, *(answer for _, answer in g.turns)) if text)
        for reader in self.readers:
            known = self.store.readings(reader.fingerprint)
            fresh = [output for output in outputs[reader.reads] if output not in known]
            for k in range(0, len(fresh), CHUNK):
                some = fresh[k : k + CHUNK]
                seen = some if reader.reads == "text" else [open_picture(self.store.path(output)) for output in some]
                told = reader.read(seen)
                self.store.note(
                    reader.fingerprint,
                    {output: {name: values[i] for name, values in told.items()} for i, output in enumerate(some)},
                )

    def _tell(self, done: int, wanted: int) -> None:
        if self.progress is not None:
            spent = time.perf_counter() - self.begun
            still = tuple(question.title for question in self.questions if not question.settled)
            self.progress(Pace(done, wanted, self.drawn / spent if spent else 0.0, still))

    def _close(self) -> None:
        """Record who read what, and how each question stands."""
        known = {reader["fingerprint"]: reader for reader in self.store.design().get("readers", [])}
        taken = {*OWN, *WORDED, *(name for prompt in self.order.prompts for name in prompt.factors)}
        taken |= {f"{attribute}{CHECKED}" for attribute in Labels(self.store.folder).attributes()}
        for reader in self.readers:
            readings = self.store.readings(reader.fingerprint).values()
            attributes = sorted({name for read in readings for name in read} or reader.read([None]))
            if clash := [name for name in attributes if name in taken]:
                raise InputError(f'{reader.name} reads "{clash[0]}", a column that this run has. Name it otherwise.')
            taken |= set(attributes)
            known.pop(reader.fingerprint, None)  # who read last stands last: a column is what was bet on
            known[reader.fingerprint] = {
                "name": reader.name,
                "fingerprint": reader.fingerprint,
                "basis": reader.basis,
                "attributes": attributes,
                "misread": [list(known) for known in reader.misreadings()],
            }
        self.store.set("readers", list(known.values()))
        if self.questions:
            self.store.set("settled", [question.to_dict() for question in self.questions])


def _checked(probe: Probe, target: Target, readers: Sequence[Any]) -> tuple[Prompt, ...]:
    """The prompts of a probe that this target can answer and these readers can read."""
    for thing, kind, what in ((probe, Probe, "probe"), (target, Target, "target")):
        if not isinstance(thing, kind):
            raise InputError(f"elicit() needs a {what}, and got {thing!r}. See: auditkit list {what}s.")
    for reader in readers:
        if not isinstance(reader, Annotator):
            raise InputError(f"{reader!r} is no annotator. Make one, for example annotators.SkinTone().")
    if probe.asks not in target.verbs:
        raise InputError(
            f"{probe.name} asks to {probe.asks}, and {target.title} cannot. It can: {', '.join(target.verbs)}."
        )
    shown = "image" if probe.asks in DRAWN else "text"
    if blind := [reader for reader in readers if reader.reads != shown]:
        raise InputError(
            f"{blind[0].name} reads {blind[0].reads}s, and the answers to {probe.name} are {shown}s. Choose another."
        )
    prompts = tuple(probe)
    clash = sorted({name for prompt in prompts for name in prompt.factors} & {*OWN, *WORDED})
    twice = [prompt for prompt, n in Counter(prompts).items() if n > 1]
    if not prompts or clash or twice:
        why = f'has a factor named "{clash[0]}", a column of every run' if clash else "asks nothing"
        if twice and not clash:
            why = f"asks {twice[0].text[:200]!r} twice with the same factors, and keeps one answer of it"
        raise InputError(f"The probe {probe.name} {why}. Change the design.")
    return prompts


def _design(probe: Probe, target: Target, seed: int, order: Order) -> dict[str, Any]:
    return {
        "probe": probe.describe(),
        "prompts": hashlib.sha256("".join(prompt.key for prompt in order.prompts).encode()).hexdigest(),
        "target": {
            "name": target.name,
            "title": target.title,
            "fingerprint": target.fingerprint,
            "settings": dict(target.settings),
        },
        "seed": seed,
        "drawn": order.drawn,
    }
