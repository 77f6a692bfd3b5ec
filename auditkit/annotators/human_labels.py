"""What did people say of a picture, or of a text?

Labels from a CSV: a row a picture and rater, with a column for the picture and one for what the rater saw. The picture
is the name of a file, beside the CSV or in `folder`, or the picture's own key, a digest of its pixels; so a label finds
its picture wherever the picture turns up, under whatever name. A text is itself, or its key; blanks around and between
its words do not matter. Of several raters the majority counts; a tie, and what nobody labelled, are not readable. A
column of checked labels says "(untold)" of a tie, and of what raters call "(missing)", which is: it cannot be told.

The labels of pictures and texts drawn at random, blind to what a model read, are what `audit` takes as `checked`: with
them rates that a fallible reader read are put right, group by group.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Picture
from auditkit.core.roles import UNTOLD
from auditkit.labels import CHECKED, NOT_TOLD, settled

if TYPE_CHECKING:
    from auditkit.core.estimate import Estimate

KEY = re.compile(r"[0-9a-f]{64}")


def picture_key(picture: Picture) -> str:
    """Sixty-four hexadecimal digits that depend on nothing but a picture's size and pixels.

    >>> import numpy as np
    >>> picture_key(np.zeros((2, 3, 3), np.uint8)) == picture_key(np.zeros((3, 2, 3), np.uint8))
    False
    """
    return hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()


def text_key(text: str) -> str:
    """Sixty-four hexadecimal digits that depend on nothing but a text's words.

    >>> text_key(" She came. ") == text_key("She  came.") != text_key("she came.")
    True
    """
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


class Label(NamedTuple):
    """One line of the file: what it calls the picture or the text, who looked, and what that person saw."""

    line: int
    picture: str
    rater: str
    level: str


@dataclass(frozen=True)
class HumanLabels(Annotator):
    """Read `attribute`, by default "`column` (checked)": the level that most raters gave, from the CSV at `path`.

    `of` says whether texts or pictures are read. `key` and `rater` name the columns of these, by default "picture" or
    "text", and of people; without `rater` every row is another person. An empty label is none. Raises `InputError` for
    a file, a column or a picture that is not there, and for one person who labels a picture twice.
    """

    path: str
    column: str
    key: str = ""
    rater: str = ""
    folder: str = ""
    attribute: str = ""
    of: Literal["picture", "text"] = "picture"

    basis: ClassVar[str] = "perceived by people"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        if self.of not in ("picture", "text"):
            raise InputError(f'People label pictures or texts, and not "{self.of}".')
        object.__setattr__(self, "reads", "text" if self.of == "text" else "image")

    def read(self, outputs: Sequence[Picture | str | None]) -> Mapping[str, Sequence[str | None]]:
        """The label of each picture, or of each text."""
        labels, untold = self._settled, UNTOLD if self.called.endswith(CHECKED) else None
        told = {key: untold if level in NOT_TOLD else level for key, level in labels.items()}
        return {self.called: [None if one is None else told.get(_key(one)) for one in outputs]}

    @property
    def called(self) -> str:
        """The column it gives."""
        return self.attribute or f"{self.column}{CHECKED}"

    @cached_property
    def fingerprint(self) -> str:
        """Its configuration, and every label by the picture it is of."""
        votes = sorted((key, *sorted(counts.items())) for key, counts in self._votes.items())
        return f"{self!r} {hashlib.sha256(repr(votes).encode()).hexdigest()}"

    def agreement(self) -> Estimate:
        """How far raters agree beyond chance: Krippendorff's (2011) alpha, pictures with at least two labels."""
        from auditkit.stats.agreement import krippendorff_alpha

        levels = sorted({level for votes in self._votes.values() for level in votes} - NOT_TOLD)
        return krippendorff_alpha([[votes[level] for level in levels] for votes in self._votes.values()])

    def examples(self) -> tuple[list[Picture], list[str]]:
        """The pictures that are files and have a label, with it: what a classifier learns from."""
        from auditkit.pictures import open_picture

        if self.of == "text":
            raise InputError(f"{self.path} has labels of texts, and examples are pictures.")

        named = {self._file(label.picture): label for label in self._rows if not KEY.fullmatch(label.picture)}
        opened = [open_picture(file) for file in named]
        labels = [self._settled[picture_key(picture)] for picture in opened]
        known = [(picture, label) for picture, label in zip(opened, labels, strict=True) if label not in NOT_TOLD]
        return [picture for picture, _ in known], [label for _, label in known]

    @cached_property
    def _settled(self) -> Mapping[str, str]:
        return {key: settled(votes) for key, votes in self._votes.items()}

    @cached_property
    def _votes(self) -> Mapping[str, Counter[str]]:
        """How many people saw which level, by the key of the picture."""
        known: dict[str, str] = {}
        votes: dict[str, Counter[str]] = {}
        seen: set[tuple[str, str]] = set()
        for label in self._rows:
            if label.picture not in known:
                known[label.picture] = self._keyed(label.picture)
            key = known[label.picture]
            if (key, label.rater) in seen:
                raise InputError(f'{self.path}, line {label.line}: "{label.rater}" labels {label.picture} twice.')
            seen |= {(key, label.rater)}
            votes.setdefault(key, Counter())[label.level] += 1
        return votes

    def _keyed(self, named: str) -> str:
        """The key of what a line names: a text, a picture's file, or a key already."""
        from auditkit.pictures import open_picture

        if KEY.fullmatch(named):
            return named
        return text_key(named) if self.of == "text" else picture_key(open_picture(self._file(named)))

    @cached_property
    def _rows(self) -> tuple[Label, ...]:
        return tuple(_labels(Path(self.path), self.key or self.of, self.column, self.rater))

    def _file(self, name: str) -> Path:
        """The file a name means: a path from the folder, or a name that is found somewhere below it."""
        place = Path(self.folder) if self.folder else Path(self.path).parent
        for file in (place / name, Path(name)):
            if file.is_file():
                return file
        found = self._below.get(Path(name).name)
        if found is None:
            hint = nearest(name, self._below)
            raise InputError(f'{self.path} labels "{name}", and there is no such picture in {place}.{hint}')
        return found

    @cached_property
    def _below(self) -> Mapping[str, Path]:
        place = Path(self.folder) if self.folder else Path(self.path).parent
        return {file.name: file for file in sorted(place.rglob("*")) if file.is_file()}


def _key(output: Picture | str) -> str:
    return text_key(output) if isinstance(output, str) else picture_key(output)


def _labels(file: Path, key: str, column: str, rater: str) -> Iterator[Label]:
    """The lines of the file that hold a label."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, strict=True)
            for name in filter(None, (key, column, rater)):
                if name not in (table.fieldnames or ()):
                    has = ", ".join(table.fieldnames or ()) or "no columns"
                    raise InputError(f'{file} has no column "{name}". It has: {has}.{nearest(name, has.split(", "))}')
            for row in table:
                yield from _label(row, table.line_num, key, column, rater)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The labels {file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _label(row: Mapping[str, Any], line: int, key: str, column: str, rater: str) -> Iterator[Label]:
    level, picture = (row[column] or "").strip(), (row[key] or "").strip()
    if level and picture:
        yield Label(line, picture, row[rater] if rater else f"line {line}", level)
