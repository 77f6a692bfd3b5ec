"""What to ask: experimental designs, one a file, whose factors travel with every answer."""

from __future__ import annotations

from auditkit.probes.edits import Edits, Start
from auditkit.probes.neutral import Neutral
from auditkit.probes.occupations import Occupations
from auditkit.probes.swaps import Swaps

__all__ = ["Edits", "Neutral", "Occupations", "Start", "Swaps"]
