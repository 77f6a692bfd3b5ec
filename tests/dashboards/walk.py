"""What the walk through the dashboard is over: portraits, their audit by a plan, and a rater who has begun.

A meter of colours reads their skin, and is wrong where the light was strong: darker skin comes out lighter there. Who
sees the pictures as they were before the light knows better.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auditkit.core.probe import Prompt
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.labelling import label, sample
from auditkit.pictures import open_picture, png_bytes

PLAN = """
[probe]
name = "occupations"
occupations = ["the doctor", "the nurse"]
templates = ["{}"]
repeats = 200

[target]
name = "folder"
path = "pictures"

[[annotators]]
name = "skin_tone"

[roles]
group = "skin"
context = "occupation"

[[detectors]]
code = "reporting.generator_frequency"
parity = ["darker", "lighter"]
stereotype = "darker"
"""
RATER = "Ada"
LIT = 0.3
"""The share of portraits of darker skin that are lit so strongly that the meter errs."""


@dataclass(frozen=True)
class Walked:
    """A folder to walk through: the plan, where its report and its run are, and what each picture truly shows."""

    folder: Path
    plan: Path
    out: Path
    truth: dict[bytes, str]

    @property
    def run(self) -> Path:
        """The answers that are labelled."""
        return self.out / "run"

    def shows(self, picture: bytes) -> str:
        """What somebody who sees well says of a picture, whatever file it comes in."""
        return self.truth[open_picture(picture).tobytes()]

    def audit(self, out: Path | None = None) -> None:
        """What a person types: run the plan, again or for the first time."""
        command = [sys.executable, "-m", "auditkit", "run", str(self.plan), "--out", str(out or self.out)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert ended.returncode in (0, 1, 3), ended.stderr

    def label(self, per_group: int = 100) -> None:
        """The rater looks at so many of each level that was read."""
        for task in sample(self.run, "skin", per_group, rater=RATER):
            label(self.run, task, "skin", self.shows(Path(task.shown).read_bytes()), rater=RATER)


def walked(folder: Path) -> Walked:
    """Paint the portraits and audit them, before anybody has labelled any."""
    made = Walked(folder, folder / "portraits" / "plan.toml", folder / "portraits" / "audit", {})
    rng = np.random.default_rng(9)
    for k, job in enumerate(("the doctor", "the nurse")):
        place = made.plan.parent / "pictures" / job
        place.mkdir(parents=True)
        seeds = [1000 * k + n for n in range(200)]
        drawn = Painter(World(), side=32).sample([Prompt(job.removeprefix("the "))] * 200, seeds)
        for n, (picture, skin) in enumerate(zip(drawn, Exact(("skin",)).read(drawn)["skin"], strict=True)):
            lit = skin == "darker" and rng.random() < LIT
            shown = (picture // 3 + 170).astype(np.uint8) if lit else picture
            (place / f"{n:03}.png").write_bytes(png_bytes(shown))
            made.truth[shown.tobytes()] = skin
    made.plan.write_text(PLAN, encoding="utf-8")
    made.audit()
    return made
