"""What to ask: experimental designs, one a file, whose factors travel with every answer."""

from __future__ import annotations

from auditkit.probes.edits import Edits, Start
from auditkit.probes.neutral import Neutral
from auditkit.probes.occupations import Occupations
from auditkit.probes.reconstruction import Reconstruction
from auditkit.probes.starts import starts
from auditkit.probes.super_resolution import SuperResolution
from auditkit.probes.swaps import Swaps
from auditkit.probes.unconditional import Unconditional

__all__ = [
    "Edits",
    "Neutral",
    "Occupations",
    "Reconstruction",
    "Start",
    "SuperResolution",
    "Swaps",
    "Unconditional",
    "starts",
]
