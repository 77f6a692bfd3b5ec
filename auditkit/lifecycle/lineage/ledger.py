"""What has been read of a folder so far: things by hash, deeds, flaws, and the sums of files, each computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.lineage import Deed, Flaw, Flawed, Known, Lineage
from auditkit.lifecycle.lineage.walking import Walked
from auditkit.verifying.things import summed

BYTES = 8 << 30
"""The most bytes that are hashed of a folder."""
DEPTH = {"data": 0, "plan": 1, "policy": 2, "model": 3, "run": 4, "report": 5, "judgement": 6}


class Ran(NamedTuple):
    """A run as it lies in its folder: its digest, and who was asked what."""

    hash: str
    told: Mapping[str, str]

    @property
    def model(self) -> str:
        """The fingerprint of who answered."""
        return self.told["fingerprint"]


@dataclass
class Ledger:
    """Filled by reading, and closed by `lineage`."""

    root: Path
    walked: Walked
    things: dict[str, Known] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    claims: dict[Path, dict[str, str]] = field(default_factory=dict)
    """By file, every hash that a step says of it, and which step."""
    sources: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """By who was asked what from which seed, the runs that say so of themselves."""
    given: set[str] = field(default_factory=set)
    """What some deed has given."""
    told_of: set[str] = field(default_factory=set)
    """Hashes of things whose file was found changed: they are not told of again as lost."""
    streams: set[str] = field(default_factory=set)
    """Digests of what was read of streams, which nobody keeps: they are neither changed nor lost."""
    runs: dict[Path, Ran] = field(default_factory=dict)
    """By folder, the runs that lie here."""
    askers: dict[str, dict[Path, tuple[str, ...]]] = field(default_factory=dict)
    """By run, the audits that drew or took it, and the models that each asked."""
    left: int = BYTES
    _sums: dict[Path, str | None] = field(default_factory=dict)

    def told(self, path: Path) -> str:
        """A path from the folder that is traced."""
        whole, root = path.absolute(), self.root.absolute()
        return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else f"../{path.name}"

    def know(
        self, kind: str, name: str, hash: str, about: str = "", lies: Path | None = None, outcome: str = ""
    ) -> str:
        """A thing, with one place more at which it lies; its hash."""
        old = self.things.get(hash)
        if old is None:
            old = self.things[hash] = Known(kind, name, hash, about, (), outcome)
        elif (about and not old.about) or (outcome and not old.outcome):
            old = self.things[hash] = replace(old, about=old.about or about, outcome=old.outcome or outcome)
        if lies is not None and (where := self.told(lies)) not in old.lies:
            self.things[hash] = replace(old, lies=tuple(sorted((*old.lies, where))))
        return hash

    def deed(
        self,
        phase: str,
        at: Path,
        took: tuple[str, ...],
        gave: tuple[str, ...],
        settings: Mapping[str, Any] | None = None,
        done: tuple[str, ...] = (),
    ) -> None:
        """Something was made of something."""
        self.given |= set(gave)
        self.deeds.append(Deed(phase, self.told(at), took, gave, settings, done))

    def flaw(self, kind: Flawed, where: Path | str, sentence: str) -> None:
        """Something is amiss."""
        self.flaws.append(Flaw(kind, where if isinstance(where, str) else self.told(where), sentence))

    def sum(self, path: Path) -> str | None:
        """The SHA-256 of a file; `None` where it cannot be read, or too much was read already."""
        if path not in self._sums:
            try:
                size = path.stat().st_size
                self._sums[path] = summed(path) if size <= self.left else None
                self.left -= min(size, self.left)
            except OSError:
                self._sums[path] = None
        return self._sums[path]

    def lineage(self) -> Lineage:
        """All of it, in one order."""
        things = sorted(self.things.values(), key=lambda one: (DEPTH.get(one.kind, 9), one.kind, one.name, one.hash))
        deeds = sorted(self.deeds, key=lambda deed: (deed.at, deed.phase, deed.took, deed.gave))
        return Lineage(tuple(things), tuple(deeds), tuple(sorted(set(self.flaws), key=lambda f: (f.where, f.sentence))))
