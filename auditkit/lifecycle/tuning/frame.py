"""tune(): a model is audited, learns from curated data, is held to its quality, and is audited again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.step import Step, Thing
from auditkit.core.target import Target
from auditkit.eliciting import Pace
from auditkit.formats.words import count
from auditkit.lifecycle import recording
from auditkit.lifecycle.refusing import leaving_nothing
from auditkit.lifecycle.tuning import carding, checkpoints, curated, guard, writing
from auditkit.lifecycle.tuning.checking import checked
from auditkit.lifecycle.tuning.curve import Curve
from auditkit.lifecycle.tuning.dividing import Divided, divided
from auditkit.lifecycle.tuning.guard import Guard
from auditkit.lifecycle.tuning.loop import Stride, Training, seeded
from auditkit.lifecycle.tuning.pupil import Lora, Pupil
from auditkit.lifecycle.tuning.rounds import START, stream
from auditkit.lifecycle.tuning.settings import Method, Settings
from auditkit.lifecycle.tuning.targets import base_of, digest_of, pupil_of, target_of, tuned
from auditkit.lifecycle.tuning.writing import ADAPTER, MODEL, WORK
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.planning import Plan, read_plan
from auditkit.running import run, write

BEGUN = "begun.json"
Progress = Callable[[Pace | Stride], None]


def tune(
    plan: Plan | str | Path,
    data: str | Path,
    out: str | Path,
    *,
    method: Method = "lora",
    steps: int = 300,
    rate: float | None = None,
    batch: int = 32,
    rank: int = 8,
    seed: int = 0,
    guard_margin: float | Mapping[str, float] | None = None,
    held_out: float = 0.1,
    save_every: int | None = None,
    modules: Sequence[str] = (),
    faithful: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Turn:
    """Tune the model of a plan on curated data; gives the audit before and after, and what it cost.

    `data` is the folder that `curate` wrote, or its table: `source` and `target` for an encoder-decoder, `text` (or
    `prompt` and `completion`) for a causal model, `text` for a masked one, pictures with captions for diffusion. Rows
    are drawn in proportion to a column `weight`, where there is one (weighted sampling). `method` is "lora" (an adapter
    of `rank` in `modules`, by default in every linear one but the last; merged into what is saved, and kept beside it)
    or "full" (all weights). A share `held_out` of the rows is never learned, chosen by what they say; near-duplicates
    stay together. On these the guard measures what the model lost: `guard_margin` is what it may lose of its first
    quality, in that quality's own units, or of several by name. `faithful` names factors of the probe and what a reader
    of the plan should see of them, {"occupation": "occupation shown"}: then answers must go on showing what was asked.

    Into `out` go before/ and after/ (the audits), model/ (safetensors, with a card), adapter/, the turn, the loss curve
    and the guard's items. Stopped, or killed, it goes on where it was with the same call and ends with the same weights
    to the bit, on the same processor and number of threads. Finished, it does nothing again. `progress` is told every
    answer and every step, `note` a sentence when an audit or the training begins.

    Raises `InputError` for a target without weights to tune, data without its columns, fewer rows than a batch, modules
    and columns that are not there, all before anything is written; a folder with other work; and a loss that is not a
    number.
    """
    given = {} if guard_margin is None else guard_margin if isinstance(guard_margin, Mapping) else {"": guard_margin}
    how = (method, steps, rate, batch, rank, seed, held_out, save_every, tuple(modules))
    asked = Settings(*how, dict(given), dict(faithful or {}))
    read = plan if isinstance(plan, Plan) else read_plan(plan)
    file = None if isinstance(plan, Plan) else Path(plan)
    return Tuning(read, Path(data), Path(out), asked, file, progress, note).turn()


@dataclass
class Tuning:
    """One tuning, its parts made when they are needed."""

    plan: Plan
    data: Path
    out: Path
    settings: Settings
    file: Path | None = None
    progress: Progress | None = None
    note: Callable[[str], None] | None = None

    def turn(self) -> Turn:
        """Do what is left to do."""
        was = recording.done(self.out, self.step)
        if was is not None and writing.stands(self.out, was):
            return writing.kept_turn(self.out, self.what)
        rows, adapted = self.rows, self.adapted  # what cannot be done is said before anything is drawn or written
        checked(self.plan, self.target, self.settings.faithful)
        with leaving_nothing(self.out):
            self._begin()
            before = self._audited(self.plan, "before")
        quality = self.guard.measured(self.pupil, self.target, rows.held)
        learned = self._learned(rows)
        plan = tuned(self.plan, self.out / MODEL, self.target.title)
        after = self._audited(plan, "after")
        items = quality, self.guard.measured(self.pupil, target_of(plan), rows.held)
        costs = (*self.guard.costs(*items), *self._faithful())
        turn = Turn(self.what, before[0], after[0], before[1], after[1], costs)
        step = self.step.giving(*writing.models(self.out), done=self._done(rows, learned, adapted, turn))
        priced = tuple(f"{cost.name}: " for cost in costs)  # a turn tells what it cost by itself
        turn = replace(turn, done=tuple(one for one in step.done if not one.startswith(priced)))
        card = carding.card(turn, step, learned, *self._base)
        writing.written(self.out, step, turn, learned, items, card)
        shutil.rmtree(self.out / WORK, ignore_errors=True)
        return turn

    @cached_property
    def target(self) -> Target:
        """The plan's target, as it was."""
        return target_of(self.plan)

    @cached_property
    def pupil(self) -> Pupil:
        """The target that learns; another object, so that what it was can still be asked."""
        return pupil_of(target_of(self.plan), self.data)

    @cached_property
    def guard(self) -> Guard:
        """What is measured, and what may be lost."""
        return Guard.of(self.pupil.qualities, self.settings.margins)

    @cached_property
    def rows(self) -> Divided:
        """The rows learned and held out."""
        return divided(self.pupil.rows, self.settings.held_out, self.settings.seed, self.settings.batch)

    @cached_property
    def adapted(self) -> str:
        """How many numbers learn, of how many; the adapter is put in here, and a pupil takes it once."""
        said = ""
        with seeded(stream(self.settings.seed, START)):
            if self.settings.method == "lora":
                names = self.pupil.adapt(Lora(self.settings.rank, 2.0 * self.settings.rank, self.settings.modules))
                said = f" in adapters of {len(names)} modules"
            else:
                self.pupil.module.requires_grad_(True)
        every = list(self.pupil.module.parameters())
        learning, whole = (sum(p.numel() for p in some) for some in ([p for p in every if p.requires_grad], every))
        return f"{count(learning)} of {count(whole)} numbers learned{said}"

    @property
    def what(self) -> str:
        """What is done, in a line."""
        how = "by LoRA" if self.settings.method == "lora" else "all weights"
        many = "step" if self.settings.steps == 1 else "steps"
        return f"{self.target.title}, tuned ({how}, {self.settings.steps} {many})"

    @cached_property
    def step(self) -> Step:
        """The data, the plan and the model that are taken, with the settings."""
        model = self.target.fingerprint
        plan = Thing("plan", "plan", digest_of(self.plan, model))
        took = (
            recording.thing("data", curated.file_of(self.data), self.out),
            plan if self.file is None else recording.thing("plan", self.file, self.out),
            Thing("model", self.target.title, model),
        )
        told = {**self.settings.to_dict(), **self.pupil.described(), "margins": dict(self.guard.margins)}
        return Step("tune", took, settings=told)

    def _begin(self) -> None:
        """Take the folder for this work; raises `InputError` where it holds other work or other files."""
        begun = self.out / WORK / BEGUN
        there = sorted(path.name for path in self.out.iterdir()) if self.out.is_dir() else []
        nothing = there == [WORK] and [path.name for path in begun.parent.iterdir()] == [BEGUN]  # nothing was drawn yet
        if begun.is_file() and not nothing:
            if not Step.from_json(begun.read_text(encoding="utf-8")).repeats(self.step):
                raise InputError(
                    f"{self.out} holds another tuning that did not finish: other data, plan, model or settings. Give "
                    "--out another folder, or remove this one."
                )
            return
        if there and not nothing and not (self.out / "step.json").is_file():
            raise InputError(f"{self.out} holds other files: {', '.join(there[:5])}. Give --out an empty folder.")
        for name in (MODEL, ADAPTER, "after"):  # of a finished one whose files were changed since: made again
            shutil.rmtree(self.out / name, ignore_errors=True)
        write(begun.parent, {BEGUN: self.step.to_json()})

    def _audited(self, plan: Plan, side: str) -> tuple[Report, Judgement]:
        if (there := writing.audited(self.out / side)) is not None:
            return there
        self._say(f"Auditing {self.target.title} {side} the tuning.")
        return run(plan, self.out / side, self.progress)

    def _say(self, sentence: str) -> None:
        if self.note is not None:
            self.note(sentence)

    def _faithful(self) -> tuple[Cost, ...]:
        """How much less often answers show what was asked, of each factor that is to be shown."""
        if not self.settings.faithful:
            return ()
        from auditkit.lifecycle.tuning.picture_faithful import faithful

        into = self.plan.elicit.into
        before = self.out / "before" / "run" if into is None else Path(into)
        told = self.settings.faithful.items()
        return tuple(faithful(before, self.out / "after" / "run", asked, shown) for asked, shown in told)

    def _learned(self, rows: Divided) -> Curve:
        """Train and save, where that is not done; gives the curve."""
        training = Training(self.pupil, rows, self.settings, self.out / WORK, self.progress)
        kept = checkpoints.last(self.out / WORK)
        if kept is not None and kept.step == self.settings.steps and (self.out / MODEL).is_dir():
            return Curve.from_dict(kept.told["curve"])
        self._say(f"Tuning {self.target.title}: {count(len(rows.learned))} rows, {count(self.settings.steps)} steps.")
        curve = training.run()
        self._save()
        return curve

    def _save(self) -> None:
        """Save the model, the adapter first: a folder that is there by its name is whole."""
        partial = {name: checkpoints.fresh(self.out / f".{name}.partial") for name in (ADAPTER, MODEL)}
        adapter = partial[ADAPTER] if self.settings.method == "lora" else None
        self.pupil.save(partial[MODEL], adapter)
        if adapter is None:
            shutil.rmtree(partial.pop(ADAPTER))
        for name, folder in partial.items():
            checkpoints.named(folder, self.out / name)

    @property
    def _base(self) -> tuple[str, Mapping[str, str]]:
        name, folder = base_of(self.plan, self.target)
        return name, {} if folder is None else carding.stated_in(folder)

    def _done(self, rows: Divided, curve: Curve, adapted: str, turn: Turn) -> tuple[str, ...]:
        items = len(set(self.pupil.rows.families[rows.held].tolist()))
        told = [
            f"Learned from {count(len(rows.learned))} rows, drawn in proportion to their weights; held out "
            f"{count(len(rows.held))} rows, {count(items)} items.",
            f"{adapted}, {self.settings.steps} steps of {self.settings.batch} rows.",
        ]
        if curve.held_out:
            first, last = curve.held_out[0], curve.held_out[-1]
            told.append(f"The loss of held-out rows went from {first.value:.4g} to {last.value:.4g}.")
        for cost in turn.costs:
            needed = "" if cost.needed is None else f", settled nine times in ten by about {count(cost.needed)} items"
            needed += ", for these are few to plan from" if needed and cost.small else ""
            told.append(f"{cost.name}: {'' if cost.outcome is None else cost.outcome.value}{needed}.")
        return (*told, *filter(None, [guard.short(turn.costs)]))
