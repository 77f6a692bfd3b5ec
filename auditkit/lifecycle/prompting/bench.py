"""Asking a model round by round, under one treatment after the other: a run a treatment, each resumed where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Target
from auditkit.eliciting import Pace, elicit
from auditkit.lifecycle.prompting.treated import treated
from auditkit.lifecycle.prompting.treatments import Treatment, Treatments
from auditkit.planning import Plan, named, reader_of
from auditkit.runs import Run
from auditkit.store import Store

RUN = "run"


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

    def ask(self, name: str, rounds: int) -> Any:
        """The answers of so many rounds under a treatment, a row each; those that are recorded are not asked again."""
        into = self.out / name / RUN
        if before := self.asked.get(name):
            self._begin_batches_at(into, before * len(self.prompts))
        budget = rounds * len(self.prompts)
        run = elicit(
            self.probe, self.arms[name], self.readers, into=into, budget=budget, progress=self.pace, **self.how
        )
        self.asked[name] = rounds
        return run.to_frame().iloc[:budget]

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


def recorded(run: Run) -> str:
    """The digest of everything that a run recorded."""
    digest = hashlib.sha256()
    for answer in run.store.generations():
        digest.update(answer.to_json().encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def said(treatment: Treatment) -> str:
    """A treatment's words in one line."""
    return f"{treatment.template}{f' (system: {treatment.system})' if treatment.system else ''}"
