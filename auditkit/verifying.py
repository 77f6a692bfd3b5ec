"""Whether what an audit wrote is as it was written: a manifest over the raw bytes, chained to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def seal(folder: Path, names: Sequence[str] = ()) -> str:
    """Append to the folder's manifest what its artefacts are now, and say the chain's head."""
    return ""
