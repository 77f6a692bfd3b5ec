"""annotate(): a column of texts becomes columns that can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import frames
from auditkit.core.annotator import PERCEIVED, Annotator
from auditkit.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".txt", ".md")


def annotate(data: Any, annotators: Annotator | Sequence[Annotator], /, text: str = "text") -> pd.DataFrame:
    """A table with what annotators read in its texts, each attribute a column of its own.

    `data` is anything that `audit` reads, or a folder of text files: columns `document`, the path in it, and `text`.
    Raises `InputError` for a column that is not there, and where an attribute would overwrite one.

    >>> from auditkit.annotators import Words
    >>> table = {"review": ["She wrote it.", "He wrote it."], "stars": [5, 4]}
    >>> annotate(table, Words({"woman": ["she"], "man": ["he"]}, attribute="author"), text="review")["author"].tolist()
    ['woman', 'man']
    """
    readers = tuple(annotators) if isinstance(annotators, (list, tuple)) else (annotators,)
    for reader in readers:
        if not isinstance(reader, Annotator):
            raise InputError(f"{reader!r} is no annotator. Make one, for example annotators.Sentiment().")
    columns = frames.fetch(corpus(data) if _is_folder(data) else data, text)
    texts = [None if value is None or value != value else str(value) for value in columns[text]]
    bases: dict[str, str] = {}
    for annotator in readers:
        for attribute, values in annotator.read(texts).items():
            if attribute in columns:
                raise InputError(
                    f'The table has a column "{attribute}" already. Give {annotator.name} another attribute.'
                )
            columns[attribute] = list(values)
            bases[attribute] = annotator.basis
    table = frames.framed(columns)
    table.attrs[PERCEIVED] = bases  # so that findings can say who read what
    return table


def corpus(folder: str | Path) -> dict[str, list[Any]]:
    """The text files of a folder and those below it, in the order of their paths.

    Raises `InputError` where there are none, and for one that is not UTF-8.
    """
    place = Path(folder)
    files = sorted(file for ending in ENDINGS for file in place.rglob(f"*{ending}") if file.is_file())
    if not files:
        raise InputError(
            f"{place} holds no text: looked for {', '.join(ENDINGS)}. Name a folder of text files, or a table."
        )
    return {"document": [str(file.relative_to(place)) for file in files], "text": [_read(file) for file in files]}


def _is_folder(data: Any) -> bool:
    return isinstance(data, (str, Path)) and Path(data).is_dir()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file} cannot be read as UTF-8 text: {getattr(error, 'strerror', None) or error}."
        ) from error
