"""The commands of the ratchet: baseline create, update, diff."""

from __future__ import annotations

from auditkit.commands.answer import Answer


def create() -> Answer:
    """Write a baseline from a report."""
    return Answer("")


def update() -> Answer:
    """Put a new report into a baseline."""
    return Answer("")


def diff() -> Answer:
    """Say what changed since a baseline."""
    return Answer("")
