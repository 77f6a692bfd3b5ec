"""The command `auditkit power`."""

from __future__ import annotations

from auditkit.commands.answer import Answer


def power() -> Answer:
    """To be written."""
    return Answer("")
