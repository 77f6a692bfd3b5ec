"""Tables that somebody else published, whose figures an audit has to reproduce."""

from __future__ import annotations

from auditkit.lab.story import Story
from auditkit.lab.tables import berkeley, local_law_144

TABLES: tuple[Story, ...] = (berkeley.STORY, local_law_144.STORY)

__all__ = ["TABLES"]
