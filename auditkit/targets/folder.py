"""Pictures that were generated already: a folder that answers as the model did that filled it.

Either a table `prompts.csv` lies in the folder, with a column `file`, a column `prompt` and one for each factor; or
each subfolder holds the pictures of the prompt it is named for; or the pictures lie loose and have no words.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from auditkit.core.errors import InputError, nearest
from auditkit.core.generation import seed_of
from auditkit.core.probe import Probe, Prompt
from auditkit.core.target import Answer, Refusal, Target
from auditkit.pictures import ENDINGS, open_picture

TABLE = "prompts.csv"
NO_MORE = Refusal("the folder has no more pictures of this prompt")
SMALL = 1 << 32
FURTHEST = 10_000


@dataclass(frozen=True)
class Folder(Target):
    """A folder of pictures, asked as if it were the model: replicate r of a prompt is its r-th picture by name.

    Which replicate is meant is read from the seed: `seed` here must be the seed of the run, 0 unless it was given. A
    seed below 2^32 is taken as the number of the picture itself. Past the last picture the answer is a `Refusal`.

    Raises `InputError` for a missing folder, a table without its columns, a file outside the folder, a prompt that has
    no pictures here, and a picture that cannot be opened.
    """

    path: str | Path
    seed: int = 0
    batch: int = 16
    title: str = ""
    portable: bool = field(default=True, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not Path(self.path).is_dir():
            raise InputError(f"There is no folder {self.path}. Give the folder that holds the pictures.")
        object.__setattr__(self, "title", self.title or Path(self.path).resolve().name)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of every picture's bytes, name and prompt."""
        files = [
            (prompt.text, sorted(prompt.factors.items()), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for prompt, paths in self._pictures.items()
            for path in paths
        ]
        return hashlib.sha256(json.dumps(sorted(files)).encode()).hexdigest()

    def prompts(self) -> tuple[Prompt, ...]:
        """What the pictures were asked for, each once, in the order of the table or of the names."""
        return tuple(self._pictures)

    @property
    def counts(self) -> Mapping[Prompt, int]:
        """How many pictures each prompt has."""
        return {prompt: len(paths) for prompt, paths in self._pictures.items()}

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """The picture of each prompt that its seed stands for."""
        if len(prompts) != len(seeds):
            raise InputError(f"There are {len(prompts)} prompts and {len(seeds)} seeds. Give one seed for each prompt.")
        return [self._picture(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _picture(self, prompt: Prompt, seed: int) -> Answer:
        paths = self._paths(prompt)
        at = seed if 0 <= seed < SMALL else self._replicate(prompt, seed, len(paths))
        return open_picture(paths[at]) if at < len(paths) else NO_MORE

    def _replicate(self, prompt: Prompt, seed: int, pictures: int) -> int:
        """The number of the repeat that has this seed in a run with `self.seed`."""
        for at in range(pictures + FURTHEST):
            if seed_of(self.seed, prompt.key, at) == seed:
                return at
        raise InputError(
            f"The seed {seed} is none of a run with seed {self.seed}. Give {type(self).__name__} the seed of the run."
        )

    def _paths(self, prompt: Prompt) -> Sequence[Path]:
        """The pictures of a prompt: of the same words and factors, else of the same words."""
        if (exact := self._pictures.get(prompt)) is not None:
            return exact
        if (same := self._by_text.get(prompt.text)) is not None:
            return same
        raise InputError(
            f'{self.title} has no pictures of "{prompt.text}".{nearest(prompt.text, self._by_text)} '
            f"It has {len(self._by_text)} prompts: see Folder.prompts()."
        )

    @cached_property
    def _by_text(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for prompt, paths in self._pictures.items():
            found.setdefault(prompt.text, []).extend(paths)
        return found

    @cached_property
    def _pictures(self) -> dict[Prompt, list[Path]]:
        """The pictures of each prompt, in the order of their names."""
        root = Path(self.path)
        found: dict[Prompt, list[Path]] = {}
        for prompt, path in _listed(root) if (root / TABLE).is_file() else _lying(root):
            found.setdefault(prompt, []).append(path)
        if not found:
            raise InputError(f"{self.path} holds no pictures: no {TABLE}, and no {', '.join(ENDINGS)} files.")
        return found


@dataclass(frozen=True)
class Pictures(Probe):
    """What the pictures of a folder were asked for, as a design: `elicit(Pictures(path), Folder(path), ...)`.

    `repeats` left out is the number of pictures of each prompt; raises `InputError` where they differ in that.
    """

    path: str | Path
    repeats: int = 0

    name: ClassVar[str] = "pictures"

    def __post_init__(self) -> None:
        counts = set(Folder(self.path).counts.values())
        if not self.repeats and len(counts) > 1:
            raise InputError(
                f"The prompts of {self.path} have {min(counts)} to {max(counts)} pictures. "
                f"Pass repeats={min(counts)} to take as many of each; past the last, a picture counts as refused."
            )
        object.__setattr__(self, "repeats", self.repeats or counts.pop())

    def __iter__(self) -> Iterator[Prompt]:
        return iter(Folder(self.path).prompts())


def _listed(root: Path) -> Iterator[tuple[Prompt, Path]]:
    """The lines of the table, by the names of the files."""
    with (root / TABLE).open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        columns = list(lines.fieldnames or ())
        if missing := [name for name in ("file", "prompt") if name not in columns]:
            raise InputError(f"{root / TABLE} has no column {missing[0]}. It has: {', '.join(columns) or 'none'}.")
        rows = sorted(lines, key=lambda row: row["file"] or "")
    for row in rows:
        factors = {name: row[name] or "" for name in columns if name not in ("file", "prompt")}
        yield Prompt(row["prompt"] or "", factors=factors), _inside(root, row["file"] or "")


def _lying(root: Path) -> Iterator[tuple[Prompt, Path]]:
    """The pictures in the folder, without words, and in each subfolder, with its name for a prompt."""
    for part in (root, *sorted(path for path in root.iterdir() if path.is_dir())):
        prompt = Prompt("" if part == root else part.name)
        for path in sorted(part.iterdir()):
            if path.suffix.lower() in ENDINGS:
                yield prompt, _inside(root, path.relative_to(root).as_posix())


def _inside(root: Path, name: str) -> Path:
    """The file of this name, which must lie in the folder."""
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise InputError(f'{root} has no picture "{name}". The files of {TABLE} must lie in its folder.')
    return path
