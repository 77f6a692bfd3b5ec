"""How often is a reader wrong? Its readings held against those of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError, nearest


def misread(readings: Sequence[str | None], truths: Sequence[str | None], attribute: str) -> tuple[Misreading, ...]:
    """For every true level the share that was read as something else, among the rows that both could read.

    >>> misread(["a", "b", "b", None], ["a", "a", "b", "b"], "x")[0]
    Misreading(attribute='x', level='a', rate=0.5, n=2)
    """
    pairs = [(r, t) for r, t in zip(readings, truths, strict=True) if r is not None and t is not None]
    told = []
    for level in sorted({truth for _, truth in pairs}):
        read = [reading for reading, truth in pairs if truth == level]
        told.append(Misreading(attribute, level, sum(reading != level for reading in read) / len(read), len(read)))
    return tuple(told)


def measured(
    reader: Annotator, outputs: Sequence[Any], truths: Sequence[str | None], attribute: str
) -> tuple[Misreading, ...]:
    """Let a reader read outputs whose truth people have told, and count its errors on one attribute, by true level.

    What comes out is handed to it as `errs`, and findings on what it reads say so. Errors measured elsewhere are told
    and never used: a correction needs labels of the very outputs that are audited, drawn at random (role `checked`).
    """
    read = reader.read(outputs)
    if attribute not in read:
        raise InputError(
            f'{reader.name} reads no "{attribute}".{nearest(attribute, read)} It reads: {", ".join(read)}.'
        )
    return misread(read[attribute], truths, attribute)
