"""Draw the README's picture of what the bundled models draw: the same prompts and seeds, two rows fair, two biased."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.probe import Prompt
from auditkit.lab import portraits
from auditkit.lab.sheets import sheet
from auditkit.pictures import png_bytes
from auditkit.probes.wording import with_article

OUT = Path(__file__).parents[2] / "reports" / "portraits.png"

if __name__ == "__main__":
    asked = [Prompt(f"a portrait of {with_article(job)}") for job in portraits.OCCUPATIONS]
    rows = [
        portraits.diffusion(dose).sample(asked, [100 * row + k for k in range(len(asked))])
        for dose in (0.0, portraits.STRONG)
        for row in range(2)
    ]
    OUT.write_bytes(png_bytes(sheet(rows, scale=2)))
