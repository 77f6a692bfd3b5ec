"""What a run is called and how many answers it has, without reading any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from auditkit.browsing.reading import reading
from auditkit.runs import sources_of

if TYPE_CHECKING:
    from auditkit.runs import Run


class Glance(NamedTuple):
    """What was asked of what, and how many answers there are."""

    title: str
    answers: int


def source(run: Run | str | Path) -> dict[str, str]:
    """What a report that looks at a run says of it among its `sources`: who was asked what, from which seed."""
    with reading(run):
        [told] = sources_of(run)
        return told


def glance(run: Run | str | Path) -> Glance:
    """What a run is called and how many answers it has; raises `InputError` for one that is damaged or newer.

    >>> import tempfile
    >>> from auditkit import elicit
    >>> from auditkit.probes import Continuations
    >>> from auditkit.targets import Function
    >>> says = Function(lambda texts: texts, verb="generate", plain=True, title="a parrot")
    >>> glance(elicit(Continuations(["a letter"], templates=["{}"], repeats=2), says, into=tempfile.mkdtemp()))
    Glance(title='a parrot, continuations', answers=2)
    """
    with reading(run) as store:
        design = store.design()
        return Glance(f"{design['target']['title']}, {design['probe']['name']}", len(store))
