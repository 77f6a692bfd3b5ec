"""Miniature models of every family, trained by this project on worlds with a known dose of bias.

One family a file, and the file says how the family works; each has `learn`, which makes the weights, and most `show`,
which draws the mechanism. The weights in `auditkit/lab/weights/` are fp16 safetensors with a card that states world,
dose and measured truth; `auditkit lab train NAME --dose D` makes them again.
"""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parents[1] / "weights"
"""Where the miniatures of the package lie, a folder each."""
