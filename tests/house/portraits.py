"""Draw the README's pictures of what the bundled models draw: text-to-image, the same prompts and seeds, two rows fair
and two biased; a row of each family that draws by itself, of those that learned from the biased world; and where a
translator looks while it says who is kind."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.probe import Prompt
from auditkit.lab import portraits
from auditkit.lab.sheets import sheet
from auditkit.pictures import png_bytes
from auditkit.probes.wording import with_article

REPORTS = Path(__file__).parents[2] / "reports"
ACROSS = 20

if __name__ == "__main__":
    asked = [Prompt(f"a portrait of {with_article(job)}") for job in portraits.OCCUPATIONS]
    rows = [
        portraits.diffusion(dose).sample(asked, [100 * row + k for k in range(len(asked))])
        for dose in (0.0, portraits.STRONG)
        for row in range(2)
    ]
    (REPORTS / "portraits.png").write_bytes(png_bytes(sheet(rows, scale=2)))
    unasked = [
        model(portraits.STRONG).sample([Prompt()] * ACROSS, list(range(ACROSS)))
        for model in portraits.FAMILIES.values()
    ]
    (REPORTS / "families.png").write_bytes(png_bytes(sheet(unasked, scale=2)))
    from auditkit.lab.models.attention import show

    (REPORTS / "attention.png").write_bytes(png_bytes(sheet(show(dose=0.9)["pronoun after"], scale=2)))
