"""Asking a model round by round, under one treatment after the other: a run a treatment, each resumed where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit import catalog
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Target
from auditkit.eliciting import Pace, elicit
from auditkit.lifecycle.prompting.treated import Treated, treated
from auditkit.lifecycle.prompting.treatments import Treatments
from auditkit.planning import Plan, named, reader_of
from auditkit.runs import Run
from auditkit.store import Store

RUN = "run"
AWAY = ("endpoint", "function")
"""Targets that are not asked on trial: an answer may cost money, and what is too long is theirs to say."""
DRAWN = ("sample", "edit")
"""What is not asked on trial either: a picture takes long, and no model of pictures refuses words for their length."""
TRIED = 3


@dataclass(frozen=True)
class Bench:
    """A probe, a model under each treatment, and who reads the answers; a round asks every prompt once.

    Prompt, repeat and seed are the same under every treatment, so answers pair.
    """

    model: str
    probe: Probe
    prompts: tuple[Prompt, ...]
    arms: Mapping[str, Target]
    readers: tuple[Any, ...]
    how: Mapping[str, Any]
    out: Path
    pace: Callable[[Pace], None] | None = None
    asked: dict[str, int] = field(default_factory=dict)

    def ask(self, name: str, rounds: int, column: str) -> list[Any]:
        """What a column says of the answers of the next rounds under a treatment, until there are so many in all.

        Answers that are recorded are not asked for again.
        """
        into, first = self.out / name / RUN, self.asked.get(name, 0) * len(self.prompts)
        if first:
            self._begin_batches_at(into, first)
        last = rounds * len(self.prompts)
        run = elicit(self.probe, self.arms[name], self.readers, into=into, budget=last, progress=self.pace, **self.how)
        self.asked[name] = rounds
        return shown(run, column, first, last)

    def try_out(self) -> None:
        """Put the longest prompts to every arm that has no answers yet, and throw what it says away.

        So a wording that is too long for the model is refused before anything is written. Raises `InputError` for it.
        """
        if self.probe.asks in DRAWN:
            return
        longest = sorted(self.prompts, key=lambda one: len(one.given) + len(one.text), reverse=True)[:TRIED]
        for name, arm in self.arms.items():
            asked = arm.target if isinstance(arm, Treated) else arm
            if asked.name in AWAY or (self.out / name / RUN).exists():
                continue
            try:
                getattr(arm, self.probe.asks)(longest, [0] * len(longest))
            except AuditkitError:
                raise
            except Exception:  # what else a model raises costs an answer, when it is asked, and is recorded there
                continue

    def go_on(self) -> None:
        """Let what is asked now begin where an earlier comparison ended: a batch across would be asked twice partly."""
        for name in self.arms:
            into = self.out / name / RUN
            there = len(Run(into)) if into.exists() else 0
            if there and there % len(self.prompts) == 0:
                self._begin_batches_at(into, there)

    def run(self, name: str) -> Run:
        """All that was asked under a treatment; raises `InputError` where its folder holds more than that."""
        run, wanted = Run(self.out / name / RUN), self.asked[name] * len(self.prompts)
        if len(run) != wanted:
            raise InputError(
                f"{run.folder} holds {len(run):,} answers, and {wanted:,} were asked: "
                "they are of a comparison with more rounds. Give --out another folder, or --budget what it was."
            )
        return run

    def _begin_batches_at(self, into: Path, position: int) -> None:
        """Let a batch begin where the last look ended: one that reached beyond it would be asked twice."""
        store = Store(into, write=True)
        cuts = store.cuts()
        if all(first < position for first, _ in cuts):
            store.cut(position, cuts[-1][1])
        store.close()


def bench_of(
    plan: Plan, treatments: Treatments, out: Path, target: Target | None, pace: Callable[[Pace], None] | None
) -> Bench:
    """What a plan asks of whom, under the control and every treatment.

    `target` stands in for the plan's own. Raises `InputError` for a plan that draws nothing, for prompts without words,
    and for a treatment that the target cannot be asked with.
    """
    if plan.probe is None or (plan.target is None and target is None):
        raise InputError(
            "Treatments are compared on answers that are still to be drawn, and this plan has data. "
            "Give it [probe] and [target] in place of [data]."
        )
    probe = catalog.probe(*named(plan.probe, "probe"))
    model = target or catalog.target(*named(plan.target or {}, "target"))
    if probe.asks not in model.verbs:
        raise InputError(
            f"{probe.name} asks to {probe.asks}, and {model.title} cannot. It can: {', '.join(model.verbs)}."
        )
    prompts = tuple(probe)
    if any(not prompt.text.strip() for prompt in prompts):
        raise InputError(f"The probe {probe.name} asks without words, and a template has nothing to stand around.")
    every = (treatments.control, *treatments.treatments)
    arms = {one.name: treated(model, one, probe.asks) for one in every}
    how = plan.elicit.model_dump(exclude={"into"})
    return Bench(model.title, probe, prompts, arms, tuple(map(reader_of, plan.annotators)), how, out, pace)


def shown(run: Run, column: str, first: int, last: int) -> list[Any]:
    """A column of a run's table at these positions, as `Run.to_frame` has it, without reading all others.

    Raises `InputError` where no answer has it.
    """
    answers = run.store.span(first, last)
    if column == "answered":
        return [None if answer.failed else "no" if answer.refused else "yes" for answer in answers]
    for reader in run.design.get("readers", []):
        if column in reader["attributes"]:
            read = run.store.readings(reader["fingerprint"])
            return [read.get(answer.output, {}).get(column) for answer in answers]
    worded = any(answer.kind == "text" for answer in answers)
    known = dict.fromkeys(name for answer in answers for name in (*answer.factors, *answer.told))
    if column not in known and not (worded and column == "answer") and any(answer.answered for answer in answers):
        has = ", ".join([*known, *(["answer"] if worded else [])])
        raise InputError(f'No answer has a column "{column}", and no annotator reads it. There are: {has}.')
    return [
        answer.output or None if column == "answer" else answer.told.get(column, answer.factors.get(column))
        for answer in answers
    ]


def recorded(run: Run) -> str:
    """The digest of everything that a run recorded."""
    digest = hashlib.sha256()
    for answer in run.store.generations():
        digest.update(answer.to_json().encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
