"""The ratchet: a report that later ones are compared with, and what somebody accepts of it."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.baseline import Baseline
from auditkit.core.judgement import Notice
from auditkit.rules import Policy


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file."""
    return Baseline.from_json(path.read_text(encoding="utf-8"))


def committed(
    ref: str, policy: Path | None, baseline: Path | None
) -> tuple[Policy, Baseline | None, tuple[Notice, ...], str]:
    """Policy and baseline as they are in a git revision, what the working tree has otherwise, and the commit."""
    raise NotImplementedError
