"""label(): a person says what an answer of a run shows; which answers to look at, and how far along it is.

What is looked at must be drawn at random within each level that the annotator read, and blind to it: then an audit that
takes the labels as `checked` puts the annotator's errors right, reading by reading (`stats.double_sampling`). As many
are drawn of each level, so that errors on a rare level are seen too. Hand-picked answers would mislead it. What is
looked at and not told is mostly hard, so it counts as looked at, and an audit's interval holds whatever it shows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from auditkit.core.errors import InputError, nearest
from auditkit.core.evidence import level_order
from auditkit.core.generation import Generation
from auditkit.labels import CANNOT_TELL as CANNOT_TELL
from auditkit.labels import CHECKED, NOT_TOLD, TIED, Given, Labels, word
from auditkit.labels import SKIPPED as SKIPPED
from auditkit.levels import LONGEST
from auditkit.runs import opened_run
from auditkit.schemas import reason
from auditkit.stats.misclassification import ENOUGH_CHECKED as ENOUGH_CHECKED  # pages say how many are needed
from auditkit.stats.misclassification import ENOUGH_RARE as ENOUGH_RARE
from auditkit.store import ADDRESS, AMISS, Store

if TYPE_CHECKING:
    from auditkit.core.estimate import Estimate
    from auditkit.runs import Run


@dataclass(frozen=True, slots=True)
class Task:
    """Something to look at: `shown` is a text, or the path of a picture; pass it to `label`.

    It holds neither what a model read nor what was asked: the words of a prompt can give the level away. `answers` are
    the keys of the drawn answers that show it, more than one where a text was given several times.
    """

    output: str
    kind: Literal["picture", "text"]
    shown: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """A level that the annotator read: in how many answers, of how many people know the truth, and of how many they do
    not for all that they looked: nobody could tell, they were skipped alone, or raters are even."""

    level: str
    answers: int
    labelled: int
    cannot_tell: int = 0
    skipped: int = 0
    tied: int = 0

    @property
    def untold(self) -> int:
        """How many were looked at and are not known: an audit's interval holds whatever they show."""
        return self.cannot_tell + self.skipped + self.tied

    @property
    def needed(self) -> int:
        """How many more to label: a hundred are enough, and all that can be told where there are fewer."""
        return max(min(ENOUGH_CHECKED, self.answers - self.untold) - self.labelled, 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far labelling is: outputs that each rater looked at, strata by the level read, labelled answers by truth."""

    raters: Mapping[str, int]
    strata: tuple[Stratum, ...]
    truths: Mapping[str, int]

    @property
    def enough(self) -> bool:
        """Whether every level read has its hundred labels, and every true level its fifteen, as a verdict needs."""
        rare = all(self.truths.get(one.level, 0) >= ENOUGH_RARE for one in self.strata)
        return rare and bool(self.strata) and not any(one.needed for one in self.strata)


def label(run: Run | str | Path, output: Task | str, attribute: str, level: str | None, *, rater: str) -> None:
    """Record that to a rater an answer of a run shows this level of an attribute that an annotator read.

    `output` is a task of `sample`, or the key of one answer; a text, or the path or address of a picture, means every
    answer that shows it. A second label of the same rater takes the first one's place; "" or `None` takes it back;
    `CANNOT_TELL` says that it cannot be told, and `SKIPPED` that it was looked at and left for later: say so, and do
    not just go on, for these are the hard ones. The level may be one that no annotator knows. Labels are kept beside
    the run, whose own records are only read; several people may label at once.

    Raises `InputError` for an answer or attribute that the run does not have.

    >>> import tempfile
    >>> from auditkit import elicit
    >>> from auditkit.annotators import Words
    >>> from auditkit.probes import Continuations
    >>> from auditkit.targets import Function
    >>> says = Function(lambda texts: [f"she writes {text}" for text in texts], verb="generate", plain=True)
    >>> reader = Words({"woman": ["she"], "man": ["he"]}, attribute="who")
    >>> asks = Continuations(["a letter", "a song"], templates=["{}"], repeats=1)
    >>> run = elicit(asks, says, reader, into=tempfile.mkdtemp())
    >>> for task in sample(run, "who", rater="Ada"):
    ...     label(run, task, "who", "woman", rater="Ada")
    >>> run.to_frame()["who (checked)"].tolist(), sample(run, "who", rater="Ada")
    (['woman', 'woman'], ())
    """
    person, said = word(rater, "rater", LONGEST).strip(), "" if level is None else word(level, "level", LONGEST)
    if not person:
        raise InputError('A label is somebody\'s. Say whose: rater="...".')
    with _opened(run) as store:
        _reader(store, attribute)
        found = _meant(store, output)
        _refuse_clash(store, attribute, found)
    Labels(store.folder).give([g.key for g in found], attribute, person, said if said.strip() else None)


def sample(
    run: Run | str | Path, attribute: str, per_group: int = ENOUGH_CHECKED, *, seed: int = 0, rater: str
) -> tuple[Task, ...]:
    """What a rater is still to look at: `per_group` answers of each level read, drawn at random, in random order.

    Answers that were refused or could not be read take no part; what the rater skipped comes again. The draw hangs on
    the seed alone, so raters of one seed look at the same answers, in the same order, and their agreement can be told;
    more `per_group` adds answers. It may be broken off at any point. Raises `InputError` for an attribute that no
    annotator read, or read as numbers.
    """
    if not isinstance(per_group, int) or per_group < 1:  # type: ignore[redundant-expr]  # callers have no types
        raise InputError(f"per_group is how many answers of each level to draw, and got {per_group!r}. Give 100.")
    person = word(rater, "rater", LONGEST).strip()
    with _opened(run) as store:
        strata: dict[str, list[str]] = {}
        outputs = {}
        for key, output, level in _read(store, attribute):
            strata.setdefault(level, []).append(key)
            outputs[key] = output
        labels = Labels(store.folder).of(attribute)
        done = {one.answer for one in labels if one.rater == person and one.level != SKIPPED}
        shown: dict[str, list[str]] = {}
        for keys in strata.values():
            for key in sorted(keys, key=lambda key: _lot("drawn", seed, key))[:per_group]:
                if key not in done:
                    shown.setdefault(outputs[key], []).append(key)
        ordered = sorted(shown, key=lambda output: _lot("shown", seed, output))
        return tuple(_task(store, shown[output]) for output in ordered)


def agreement(run: Run | str | Path, attribute: str) -> Estimate:
    """How far raters agree beyond chance: Krippendorff's (2011) alpha of the outputs that at least two could tell, in
    the sample as it was drawn, in which rare readings are as frequent as others."""
    from auditkit.stats.agreement import krippendorff_alpha

    with _opened(run) as store:
        votes = _votes(store, attribute)
    levels = sorted({level for counts in votes.values() for level in counts})
    return krippendorff_alpha([[counts[level] for level in levels] for counts in votes.values()])


def disputed(run: Run | str | Path, attribute: str) -> Mapping[tuple[str, str], int]:
    """How many outputs show one level to one rater and another to the next, by the two levels; the most first."""
    with _opened(run) as store:
        votes = _votes(store, attribute).values()
    pairs = Counter(pair for counts in votes for pair in combinations(sorted(counts, key=level_order), 2))
    return dict(pairs.most_common())


def given(run: Run | str | Path) -> tuple[tuple[str, Given], ...]:
    """Every label of a run with the output that it is about: the address of a picture, or a text."""
    with _opened(run) as store:
        outputs = dict(store.outputs())
        return tuple((outputs.get(one.answer, ""), one) for one in Labels(store.folder).every())


def attributes(run: Run | str | Path) -> tuple[str, ...]:
    """What people can label: what an annotator read as levels, save what people labelled in a file already."""
    with _opened(run) as store:
        readers = _readers(store)
        own = [name for name in readers if not name.endswith(CHECKED) and f"{name}{CHECKED}" not in readers]
        return tuple(name for name in own if _has_levels(store, readers[name], name))


def labelled(run: Run | str | Path, attribute: str) -> Progress:
    """How many outputs each rater told something of, and how many answers of each level read are labelled."""
    with _opened(run) as store:
        read = {key: (output, level) for key, output, level in _read(store, attribute)}
        labels = Labels(store.folder)
        told = [one for one in labels.of(attribute) if one.answer in read and one.level != SKIPPED]
        looked = {(one.rater, read[one.answer][0]) for one in told}
        found = {answer: level for answer, level in labels.settled(attribute).items() if answer in read}
    every = Counter(level for _, level in read.values())
    seen = Counter((read[answer][1], level if level in NOT_TOLD else "") for answer, level in found.items())
    truths = Counter(level for level in found.values() if level not in NOT_TOLD)
    return Progress(
        dict(sorted(Counter(rater for rater, _ in looked).items())),
        tuple(
            Stratum(level, every[level], *(seen[level, why] for why in ("", CANNOT_TELL, SKIPPED, TIED)))
            for level in sorted(every, key=level_order)
        ),
        dict(sorted(truths.items(), key=lambda item: level_order(item[0]))),
    )


@contextmanager
def _opened(run: Run | str | Path) -> Iterator[Store]:
    """The run's records, for reading; of another connection than the run's own, which keeps to its thread."""
    store = Store(opened_run(run).folder)
    try:
        yield store
    except AMISS as error:
        told = f"{type(error).__name__}: {reason(error):.200}"
        raise InputError(f"The run in {store.folder} is damaged: {told}. Elicit it again.") from error
    finally:
        store.close()


def _reader(store: Store, attribute: str) -> str:
    readers = _readers(store)
    if attribute in readers:
        return readers[attribute]
    told = (
        f"They read: {', '.join(readers)}.{nearest(attribute, readers)}" if readers else "There are none: elicit again."
    )
    raise InputError(f'No annotator of this run reads "{attribute}". {told}')


def _readers(store: Store) -> dict[str, str]:
    """The fingerprint of who read each attribute last."""
    return {name: str(one["fingerprint"]) for one in store.design().get("readers", []) for name in one["attributes"]}


def _has_levels(store: Store, reader: str, attribute: str) -> bool:
    told = (level for _, read in store.read(reader) if (level := read.get(attribute)) is not None)
    return isinstance(next(told, None), str)


def _read(store: Store, attribute: str) -> list[tuple[str, str, str]]:
    """The answers whose attribute an annotator read: key, output and level."""
    levels = {output: read.get(attribute) for output, read in store.readings(_reader(store, attribute)).items()}
    strange = next((level for level in levels.values() if not isinstance(level, str | None)), None)
    if strange is not None:
        raise InputError(
            f'"{attribute}" is read as {type(strange).__name__}, and people label levels, which are texts.'
        )
    return [(key, output, level) for key, output in store.outputs() if (level := levels.get(output)) is not None]


def _votes(store: Store, attribute: str) -> dict[str, Counter[str]]:
    return Labels(store.folder).votes(attribute, {key: output for key, output, _ in _read(store, attribute)})


def _meant(store: Store, output: Task | str) -> list[Generation]:
    """The answers that a label is about."""
    if isinstance(output, Task):
        found = store.answers(output.answers)
    else:
        told = word(output, "output", LONGEST**2)
        found = store.answers([told]) or store.answers(_showing(store, told))
    if not found or not all(g.answered for g in found):
        why = "It was refused or failed: there is nothing to see." if found else _nearest(store, output)
        raise InputError(f"{store.folder} has no answer {str(output)[:100]!r} to label. {why}")
    return found


def _showing(store: Store, output: str) -> list[str]:
    """The keys of the answers that show a text, or the picture of an address or a path."""
    name = Path(output).name
    address = name if ADDRESS.fullmatch(name) and Path(output) == store.path(name) else output
    return [key for key, told in store.outputs() if told == address]


def _nearest(store: Store, output: Task | str) -> str:
    some = {told[:100]: None for _, told in store.outputs()[:200]}
    return f"Take tasks from auditkit.labelling.sample().{nearest(str(output)[:100], some)}"


def _refuse_clash(store: Store, attribute: str, found: Sequence[Generation]) -> None:
    """A column of the labels' name that the run has already would hide them."""
    column = f"{attribute}{CHECKED}"
    readers: Sequence[Mapping[str, Any]] = store.design().get("readers", [])
    if any(column in reader["attributes"] for reader in readers) or any(column in g.factors for g in found):
        raise InputError(f'This run has a column "{column}" already: people\'s labels from a file. Add to that file.')


def _task(store: Store, keys: Sequence[str]) -> Task:
    [first] = store.answers(keys[:1])
    shown = str(store.path(first.output)) if first.kind == "picture" else first.output
    return Task(first.output, first.kind, shown, tuple(keys))


def _lot(why: str, seed: int, key: str) -> bytes:
    """A random number that a key keeps, whatever else is drawn."""
    return hashlib.sha256(f"{why} {seed} {key}".encode("utf-8", "surrogatepass")).digest()
