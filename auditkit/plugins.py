"""What third parties announce as entry points in the group `auditkit`: detectors, probes, targets and annotators."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.core.target import Target

GROUP = "auditkit"
KINDS = (Detector, Probe, Target, Annotator)


def announced() -> tuple[type, ...]:
    """The kinds that third parties announce; of two of one name the first stands last, and is heard."""
    return tuple(kind for kind, _, _ in reversed(_points()) if kind is not None)


def unusable(ours: Collection[str]) -> tuple[str, ...]:
    """The entry points that cannot be used, each with why, given the names of everything that is ours."""
    told, taken = [], set(ours)
    for kind, point, why in _points():
        if kind is not None and name_of(kind) in taken:
            why = f'the name "{name_of(kind)}" is taken'
        if kind is not None:
            taken.add(name_of(kind))
        if why:
            told.append(f"{point}: {why}")
    return tuple(told)


def name_of(kind: type) -> str:
    """The name that a kind has from where it stands: a detector's code, else the module's."""
    return str(getattr(kind, "code" if issubclass(kind, Detector) else "name"))


@cache
def _points() -> tuple[tuple[type | None, str, str], ...]:
    """What each entry point names, how it is called, and what is wrong with it."""
    return tuple(map(_loaded, entry_points(group=GROUP)))


def _loaded(point: EntryPoint) -> tuple[type | None, str, str]:
    called = f"{point.name} ({point.value})"
    try:
        kind = point.load()
    except Exception as error:  # a stranger's code: whatever it raises stops nobody else
        return None, called, f"{type(error).__name__}: {error}"
    if not inspect.isclass(kind) or not issubclass(kind, KINDS):
        return None, called, "it is no detector, probe, target or annotator"
    return kind, called, ""
