"""What the files of a dose are called: the fair model has the plain name."""

from __future__ import annotations

MIXED = "mixed"
"""The variant that learned from a world in which only some mechanisms are tilted."""


def variant(dose: float) -> str | None:
    """The variant of a dose.

    >>> variant(0.0), variant(0.9)
    (None, 'dose90')
    """
    return f"dose{round(100 * dose)}" if dose else None
