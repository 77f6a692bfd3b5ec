"""The command `auditkit verify`."""

from __future__ import annotations

from auditkit.commands.answer import Answer


def verify() -> Answer:
    """To be written."""
    return Answer("")
