"""The pictures of a data set, by their content: a file that is only looked at, or bytes that a step has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.annotators.thumbnail import Thumbnail
from auditkit.core.errors import InputError
from auditkit.core.manifest import digest
from auditkit.core.private import private
from auditkit.core.probe import Picture
from auditkit.pictures import ENDINGS, HEAVIEST, open_picture, png_bytes
from auditkit.sealing import raw_bytes, seal

FOLDER = "pictures"
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


@dataclass
class Gallery:
    """Pictures by their name in the new data set, `pictures/<SHA-256 of the bytes>.png`: the same bytes, one file."""

    held: dict[str, Path | bytes] = field(default_factory=dict)
    thumbnails: dict[str, list[float]] = field(default_factory=dict)
    homes: list[Path] = field(default_factory=list)

    def found(self, file: Path) -> str:
        """Take up a picture that is a file; raises `InputError` for what cannot be read, or does not begin like one."""
        if file.suffix.lower() not in ENDINGS:
            raise InputError(
                f"{file} is no picture: pictures end in {', '.join(ENDINGS)}. Where the column holds none, name "
                "another in the recipe: image = ..."
            )
        try:
            raw = raw_bytes(file, HEAVIEST)
        except OSError as error:
            raise InputError(f"The picture {file} cannot be read: {error.strerror or error}.") from error
        if not raw.startswith(SIGNATURES):
            raise InputError(f"{file} is called a picture and does not begin like one. Leave it out, or mend it.")
        return self._kept(raw, file, file.suffix.lower())

    def made(self, picture: Picture) -> str:
        """Take up a picture that a step has made; its name."""
        raw = png_bytes(picture)
        return self._kept(raw, raw, ".png")

    def raw(self, name: str) -> bytes:
        """The bytes of a picture; raises `InputError` where its file has changed since it was looked at."""
        held = self.held[name]
        raw = held if isinstance(held, bytes) else raw_bytes(held, HEAVIEST)
        if Path(name).stem != digest(raw):
            raise InputError(f"The picture {held!s:.200} has changed while it was curated. Curate again.")
        return raw

    def seen(self, name: str) -> Picture:
        """The pixels of a picture."""
        return open_picture(self.raw(name), name)

    def thumbnail(self, name: str) -> list[float]:
        """The colours and edges of a picture, read once."""
        if name not in self.thumbnails:
            self.thumbnails[name] = Thumbnail().read([self.seen(name)])["vector"][0]
        return self.thumbnails[name]

    def names(self, cells: Sequence[Any], base: Path) -> list[str]:
        """The names of the pictures of a column, from the folder that its paths start at; of an empty cell ""."""
        self.homes.append(base)
        taken = {
            cell: self.found(_within(base, str(cell), self.homes)) if cell else "" for cell in dict.fromkeys(cells)
        }
        return [taken[cell] for cell in cells]

    def _kept(self, raw: bytes, held: Path | bytes, ending: str) -> str:
        name = f"{FOLDER}/{digest(raw)}{ending}"
        self.held.setdefault(name, held)
        return name


def _within(base: Path, cell: str, homes: Sequence[Path]) -> Path:
    """The file that a cell names; raises `InputError` for one that lies below no table's own folder."""
    if "\0" in cell or not any((base / cell).resolve().is_relative_to(home.resolve()) for home in homes):
        raise InputError(
            f"The picture {cell!r:.200} does not lie in {base}, where the table is, or below. Copy it there: what is "
            "curated is given on, and nothing is taken from elsewhere."
        )
    return base / cell


def hung(columns: Mapping[str, list[Any]], image: str, base: Path, gallery: Gallery) -> dict[str, list[Any]]:
    """The columns with every picture taken up and named by its content; an empty cell stays empty."""
    return {**columns, image: gallery.names(columns[image], base)}


def shown(names: Sequence[str]) -> list[str]:
    """The distinct pictures that a column names, in order."""
    return sorted({name for name in names if name})


def hang(gallery: Gallery, names: Sequence[str], folder: Path) -> None:
    """Write pictures into a folder, each by its content, and seal them; what is there already, whole, stays."""
    folder.mkdir(parents=True, exist_ok=True)
    bare = [Path(name).name for name in names]

    def first() -> None:
        for full, name in zip(names, bare, strict=True):
            place = folder / name
            if not place.is_file() or digest(raw_bytes(place, HEAVIEST)) != place.stem:
                partial = folder / f".{name}.partial"
                private(partial).write_bytes(gallery.raw(full))
                partial.replace(place)

    seal(folder, bare, first=first)
