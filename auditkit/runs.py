"""A run, read: what a target answered, with the factors of the design and what annotators read, as a table."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.core.annotator import PERCEIVED
from auditkit.core.errors import InputError
from auditkit.core.generation import Generation
from auditkit.core.perception import MISREAD, PEOPLE
from auditkit.labels import CHECKED, LABELLED, REREAD, Labels
from auditkit.store import DATABASE, Store
from auditkit.tables import framed

if TYPE_CHECKING:
    import pandas as pd

BEFORE, KEPT = " before", " kept"
"""How a design names what a picture shows before an edit, and a run whether it is kept."""
SETTLED = "auditkit.settled"
"""Where a table keeps what its questions had come to when the run was stopped."""
ARM = "arm"
OWN = ("prompt", "text", "seed", "replicate", "target", "picture", "answered", "because")
"""The columns of every run; factors and readings have others."""
WORDED = ("answer", "attention")
"""What stands in place of the picture where answers are words."""
FIRST = " at first"
"""How an attribute of the first answer of a conversation is named."""


@dataclass(frozen=True)
class Run:
    """A folder of answers. It changes nothing; `audit` takes it as it takes a table.

    Columns: `prompt` (the prompt's key, what is independent of what), `text`, the factors of the design, `seed`,
    `replicate`, `target`, `picture` (the path of a file), `answered` ("yes", "no" for a refusal, missing where the
    target raised), `because`, and an attribute a column for whatever annotators read. Where the design says what a
    picture showed before ("skin before") and an annotator reads "skin", "skin kept" is yes or no. Where people labelled
    what it read there is "skin (checked)": the level that most of them gave an answer, missing where two tie.

    Where answers are words there are, in place of `picture`, the `answer` and what the model tells of it, a column
    each; of conversations the earlier answers ("answer 1", ...) and what was read of the first ("choice at first").
    """

    folder: Path

    @cached_property
    def store(self) -> Store:
        """Its files."""
        return Store(self.folder)

    @cached_property
    def design(self) -> Mapping[str, Any]:
        """Probe, target, settings, seed; the readers; what each question had come to."""
        return self.store.design()

    def __len__(self) -> int:
        return len(self.store)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that was answered, in order: the same answers are the same run, whoever reads them."""
        return self.store.digest()

    @property
    def title(self) -> str:
        """What was asked of what."""
        return f"{self.design['target']['title']}, {self.design['probe']['name']}"

    def __str__(self) -> str:
        told = [f"{len(self):,} answers of {self.design['target']['title']}"]
        for what, reasons in (("refused", self.refusals), ("failed", self.failures)):
            first = max(reasons, key=lambda why: reasons[why], default="")
            told.append(f"{sum(reasons.values()):,} {what}{f' ({reasons[first]:,}: {first})' if first else ''}")
        return ", ".join(told)

    @property
    def refusals(self) -> Mapping[str, int]:
        """How many answers were refused, by the reason that was given."""
        return Counter(g.refused for g in self.store.generations() if g.refused)

    @property
    def failures(self) -> Mapping[str, int]:
        """How many prompts the target raised on, by what it raised."""
        return Counter(g.failed for g in self.store.generations() if g.failed)

    def to_frame(self) -> pd.DataFrame:
        """One row an answer, in the order of the design."""
        answers = list(self.store.generations())
        worded = any(g.kind == "text" for g in answers)
        own = [name for name in OWN if name != "picture" or not worded]
        columns: dict[str, list[Any]] = {name: [self._own(g, name) for g in answers] for name in own}
        for factor in dict.fromkeys(name for g in answers for name in g.factors):
            columns[factor] = [g.factors.get(factor) for g in answers]
        columns |= self._worded(answers) if worded else {}
        bases, misread = {}, {}
        for reader in self.design.get("readers", []):
            read = self.store.readings(reader["fingerprint"])
            for attribute in reader["attributes"]:
                for column, outputs in self._shown(attribute, answers):
                    columns[column] = [read.get(output, {}).get(attribute) for output in outputs]
                    bases[column] = reader["basis"]
                    misread[column] = [[column, *known[1:]] for known in reader["misread"] if known[0] == attribute]
                if f"{attribute}{BEFORE}" in columns:
                    columns[f"{attribute}{KEPT}"] = list(
                        map(_kept, columns[f"{attribute}{BEFORE}"], columns[attribute])
                    )
                    bases[f"{attribute}{KEPT}"] = reader["basis"]
        checked = self._checked(answers, columns, bases)
        bases |= dict.fromkeys(checked, PEOPLE)
        table = framed(columns | checked)
        if checked:
            table.attrs[LABELLED] = dict.fromkeys(checked, True)
            table.attrs[REREAD] = [column for column in checked if self._readers(column.removesuffix(CHECKED)) > 1]
        table.attrs[PERCEIVED] = {name: basis for name, basis in bases.items() if basis}
        table.attrs[MISREAD] = {name: known for name, known in misread.items() if known}
        table.attrs[SETTLED] = self.design.get("settled", [])
        return table

    def _readers(self, attribute: str) -> int:
        """How many annotators have read an attribute."""
        return sum(attribute in reader["attributes"] for reader in self.design.get("readers", []))

    def _checked(
        self, answers: Sequence[Generation], columns: Mapping[str, Any], read: Mapping[str, str]
    ) -> dict[str, list[str | None]]:
        """What most people said of each answer, `UNTOLD` where it is not known for all that they looked."""
        labels = Labels(self.store.folder)
        named = {f"{attribute}{CHECKED}": attribute for attribute in labels.attributes() if attribute in read}
        told = {name: labels.checked(attribute) for name, attribute in named.items() if name not in columns}
        return {name: [levels.get(g.key) for g in answers] for name, levels in told.items()}

    def _shown(self, attribute: str, answers: Sequence[Generation]) -> Iterator[tuple[str, list[str]]]:
        """The columns of an attribute, and what is read for each: the last answers, and of conversations the first."""
        yield attribute, [g.output for g in answers]
        if any(g.turns for g in answers):
            yield f"{attribute}{FIRST}", [g.turns[0][1] if g.turns else "" for g in answers]

    def _worded(self, answers: Sequence[Generation]) -> dict[str, list[Any]]:
        """The columns of answers in words: the answer, where it looked, earlier answers, what the model told."""
        columns: dict[str, list[Any]] = {"answer": [g.output or None for g in answers]}
        if any(g.attention for g in answers):
            columns["attention"] = [str(self.store.path(g.attention)) if g.attention else None for g in answers]
        for turn in range(max(len(g.turns) for g in answers)):
            columns[f"answer {turn + 1}"] = [g.turns[turn][1] if turn < len(g.turns) else None for g in answers]
        for name in dict.fromkeys(name for g in answers for name in g.told):
            if name not in columns:
                columns[name] = [g.told.get(name) for g in answers]
        return columns

    def _own(self, g: Generation, name: str) -> Any:
        if name == "picture":
            return str(self.store.path(g.output)) if g.output else None
        if name == "answered":
            return None if g.failed else "no" if g.refused else "yes"
        if name == "because":
            return g.refused or g.failed or None
        return getattr(g, name)


def beside(runs: Mapping[str, Any]) -> pd.DataFrame:
    """Several runs as one table, each an arm: the column `arm` has its name.

    A factor or a reading that one of them lacks is missing there. A run that was stopped by its questions gives no
    verdict beside others: its sequences say nothing of several arms.

    Raises `InputError` where they have a column "arm" already, and where an attribute was read by different readers.
    """
    import pandas as pd

    opened = {name: opened_run(run) for name, run in runs.items()}
    tables = {name: run.to_frame() for name, run in opened.items()}
    for name, table in tables.items():
        if ARM in table:
            raise InputError(
                f'The run "{name}" has a column "{ARM}" already. It has: {", ".join(map(str, table.columns))}.'
            )
    _read_alike(opened)
    together = pd.concat([table.assign(**{ARM: name}) for name, table in tables.items()], ignore_index=True)
    for key in (PERCEIVED, MISREAD):
        together.attrs[key] = {c: told for table in reversed(tables.values()) for c, told in table.attrs[key].items()}
    labels = [table.attrs.get(LABELLED, {}) for table in tables.values()]
    if any(labels):
        together.attrs[LABELLED] = {column: all(column in own for own in labels) for one in labels for column in one}
    together.attrs[REREAD] = [column for table in tables.values() for column in table.attrs.get(REREAD, ())]
    together.attrs[SETTLED] = [told | {"code": ""} for table in tables.values() for told in table.attrs[SETTLED]]
    return together


def _read_alike(runs: Mapping[str, Run]) -> None:
    """Refuse an attribute that one reader read here and another there: their difference would be theirs."""
    read: dict[str, tuple[str, str]] = {}
    for name, run in runs.items():
        for reader in run.design.get("readers", []):
            for attribute in reader["attributes"]:
                first, by = read.setdefault(attribute, (name, reader["fingerprint"]))
                if by != reader["fingerprint"]:
                    raise InputError(f'"{attribute}" was read by one reader in "{first}" and by another in "{name}".')


def are_runs(data: object) -> bool:
    """Whether something is several runs by name."""
    return isinstance(data, Mapping) and len(data) > 0 and all(is_run(run) for run in data.values())


def _kept(before: str | None, after: str | None) -> str | None:
    """Whether an edit kept what a picture showed; `None` where one of both is not known."""
    return None if before is None or after is None else "yes" if before == after else "no"


def is_run(data: object) -> bool:
    """Whether something is a run, or the path of one."""
    if isinstance(data, (str, Path)):
        return os.path.isfile(os.path.join(data, DATABASE))  # which says no, where pathlib raises, to an endless name
    return isinstance(data, Run)


def tabled(data: Any) -> pd.DataFrame:
    """A run, or several by name, as one table, with what it keeps of who read what."""
    return beside(data) if are_runs(data) else opened_run(data).to_frame()


def opened_run(data: Any) -> Run:
    """The run that something is, or is the path of."""
    return data if isinstance(data, Run) else Run(Path(data))


def sources_of(data: Any) -> tuple[dict[str, str], ...]:
    """Who answered what in the runs that something is: title, fingerprint, prompts, seed, settings and readers; nothing
    for a table."""
    runs = data.values() if are_runs(data) else [data] if is_run(data) else []
    return tuple(_source(opened_run(run)) for run in runs)


def _source(run: Run) -> dict[str, str]:
    design, target = run.design, run.design["target"]
    told = {"title": run.title, "fingerprint": target["fingerprint"], "prompts": design.get("prompts", "")}
    told |= {"seed": design.get("seed", "")} | {f"settings.{k}": part for k, part in target["settings"].items()}
    told |= {f"read by {reader['name']}": _short(reader["fingerprint"]) for reader in design.get("readers", [])}
    return {name: str(value) for name, value in told.items()}


def _short(fingerprint: str) -> str:
    """A reader's fingerprint may spell out its configuration, paths among it: a report holds a digest."""
    return hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
