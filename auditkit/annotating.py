"""annotate(): a column of texts, or of pictures, becomes columns that can be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import frames
from auditkit.core.annotator import PERCEIVED, Annotator, Misreading
from auditkit.core.arguments import Argument
from auditkit.core.errors import ColumnError, InputError, nearest
from auditkit.core.names import listed
from auditkit.core.perception import MISREAD
from auditkit.core.probe import Picture
from auditkit.pictures import ENDINGS as PICTURES
from auditkit.pictures import open_picture

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".txt", ".md")
CHUNK = 32
"""Pictures that are held in memory at once."""


def annotate(
    data: Any, annotators: Annotator | Sequence[Annotator], /, text: str = "text", image: str = "picture"
) -> pd.DataFrame:
    """A table with what annotators read in its texts or its pictures, each attribute a column of its own.

    `data` is anything that `audit` reads: `text` names its column of texts, `image` its column of pictures, the paths
    of PNG, JPEG or WEBP files, from the folder of the table where that is a file. Or it is a folder: of text files,
    with the columns `document`, the path in it, and `text`; or, for annotators of pictures, of pictures, whose paths
    are the column `image`.

    Raises `InputError` for a column that is not there, for a picture that cannot be opened, and where an attribute
    would overwrite a column.

    >>> from auditkit.annotators import Words
    >>> table = {"review": ["She wrote it.", "He wrote it."], "stars": [5, 4]}
    >>> annotate(table, Words({"woman": ["she"], "man": ["he"]}, attribute="author"), text="review")["author"].tolist()
    ['woman', 'man']
    """
    readers = _checked(annotators)
    seeing = [reader for reader in readers if reader.reads == "image"]
    reading = [reader for reader in readers if reader.reads == "text"]
    if seeing and reading and _is_folder(data):
        raise InputError("A folder is read as texts or as pictures. Give a table with both columns, or annotate twice.")
    source = data if not _is_folder(data) else gallery(data, image) if seeing else corpus(data)
    columns = _fetched(source, image) if seeing else frames.fetch(source, text)
    bases: dict[str, str] = {}
    misread: dict[str, tuple[Misreading, ...]] = {}
    for reader, read in (*_texts(reading, columns, text), *_pictures(seeing, columns, image, _base(data))):
        for attribute, values in read.items():
            if attribute in columns:
                raise InputError(f'The table has a column "{attribute}" already. Give {reader.name} another attribute.')
            columns[attribute] = list(values)
            bases[attribute] = reader.basis
        known = reader.misreadings()
        misread |= {name: own for name in read if (own := tuple(one for one in known if one.attribute == name))}
    table = frames.framed(columns)
    table.attrs[PERCEIVED] = bases  # so that findings can say who read what
    table.attrs[MISREAD] = misread
    return table


def _checked(annotators: Annotator | Sequence[Annotator]) -> tuple[Annotator, ...]:
    readers = tuple(annotators) if isinstance(annotators, (list, tuple)) else (annotators,)
    for reader in readers:
        if not isinstance(reader, Annotator):
            raise InputError(f"{reader!r} is no annotator. Make one, for example annotators.Sentiment().")
    return readers


def _fetched(source: Any, image: str) -> dict[str, list[Any]]:
    names = frames.columns(frames.open_data(source))
    if image not in names:
        raise ColumnError.missing(image, "image", names)
    return frames.fetch(source, image)


def _texts(
    readers: Sequence[Annotator], columns: Mapping[str, Sequence[Any]], text: str
) -> Iterator[tuple[Annotator, Mapping[str, Sequence[Any]]]]:
    """What each reader reads in the texts."""
    if readers and text not in columns:
        told = f'There is no column "{text}". The table has: {listed(list(columns))}.{nearest(text, columns)} Pass '
        raise InputError(told, Argument("text", "...", under="data"), ".")
    for reader in readers:
        yield reader, reader.read([None if _missing(value) else str(value) for value in columns[text]])


def _pictures(
    readers: Sequence[Annotator], columns: Mapping[str, Sequence[Any]], image: str, base: Path
) -> list[tuple[Annotator, Mapping[str, Sequence[Any]]]]:
    """What each reader sees in the pictures, a few of them in memory at a time."""
    if not readers:
        return []
    told: list[dict[str, list[Any]]] = [{} for _ in readers]
    paths = list(columns[image])
    for k in range(0, max(len(paths), 1), CHUNK):
        shown = [_picture(value, base) for value in paths[k : k + CHUNK]]
        for reader, so_far in zip(readers, told, strict=True):
            for attribute, values in reader.read(shown).items():
                so_far.setdefault(attribute, []).extend(values)
    return list(zip(readers, told, strict=True))


def _picture(value: Any, base: Path) -> Picture | None:
    return None if _missing(value) else open_picture(base / str(value))


def _missing(value: Any) -> bool:
    return value is None or value != value


def _base(data: Any) -> Path:
    """Where relative paths of pictures start: at the folder, or beside the file, that was given."""
    if not isinstance(data, (str, Path)):
        return Path()
    return Path(data) if Path(data).is_dir() else Path(data).parent


def corpus(folder: str | Path) -> dict[str, list[Any]]:
    """The text files of a folder and those below it, in the order of their paths.

    Raises `InputError` where there are none, and for one that is not UTF-8.
    """
    files = _files(Path(folder), ENDINGS, "text", "text files")
    return {"document": [name for name, _ in files], "text": [_read(file) for _, file in files]}


def gallery(folder: str | Path, image: str = "picture") -> dict[str, list[Any]]:
    """The pictures of a folder and those below it, by their paths in it, in order; raises `InputError` without any."""
    return {image: [name for name, _ in _files(Path(folder), PICTURES, "picture", "pictures")]}


def _files(place: Path, endings: Sequence[str], what: str, many: str) -> list[tuple[str, Path]]:
    found = sorted(file for file in place.rglob("*") if file.suffix.lower() in endings and file.is_file())
    if not found:
        raise InputError(
            f"{place} holds no {what}: looked for {', '.join(endings)}. Name a folder of {many}, or a table."
        )
    return [(str(file.relative_to(place)), file) for file in found]


def _is_folder(data: Any) -> bool:
    return isinstance(data, (str, Path)) and Path(data).is_dir()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file} cannot be read as UTF-8 text: {getattr(error, 'strerror', None) or error}."
        ) from error
