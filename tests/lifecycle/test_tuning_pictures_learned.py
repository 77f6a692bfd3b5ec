"""The strong-dose text-to-image model learns whom it is shown, whole and by an adapter, as read from what it draws."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from auditkit.core.probe import Prompt
from auditkit.lab.models import WEIGHTS
from auditkit.lab.portraits import Exact
from auditkit.lab.worlds.figures.drawing import drawn
from auditkit.lab.worlds.figures.people import World, skin_of
from auditkit.lifecycle.tuning import pictures
from auditkit.lifecycle.tuning.dividing import Divided
from auditkit.lifecycle.tuning.loop import Training
from auditkit.lifecycle.tuning.picture_quality import DENOISING
from auditkit.lifecycle.tuning.pupil import Lora
from auditkit.lifecycle.tuning.settings import Settings
from auditkit.pictures import png_bytes
from auditkit.targets import Diffusion

pytest.importorskip("peft")
pytestmark = pytest.mark.slow

HOW: dict[str, Any] = {"steps": 12, "guidance": 1.0, "batch": 24}
ASKED = "a portrait of a judge"
N, HELD = 160, 32


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Judges of darker skin, of whom the model has seen one in fourteen."""
    place = tmp_path_factory.mktemp("judges")
    people = [one for one in World().people(3 * N, np.random.default_rng(4), "judge") if skin_of(one.tone) == "darker"]
    with (place / "data.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("picture", "text"))
        for k, person in enumerate(people[:N]):
            (place / f"{k}.png").write_bytes(png_bytes(drawn(person)))
            table.writerow((f"{k}.png", ASKED))
    return place


def darker(target: Diffusion, n: int = 48) -> float:
    """The share of judges of darker skin, and that they are judges still."""
    shown = target.sample([Prompt(ASKED)] * n, list(range(n)))
    read = Exact(("skin", "occupation")).read(shown)  # type: ignore[arg-type]
    assert list(read["occupation"]).count("judge") >= 0.85 * n
    return list(read["skin"]).count("darker") / n


@pytest.mark.parametrize(("method", "rate"), [("full", 5e-4), ("lora", 3e-3)])
def test_it_draws_whom_it_was_shown_and_stays_within_the_guard(
    data: Path, tmp_path: Path, method: Any, rate: float
) -> None:
    before = Diffusion(WEIGHTS / "text_to_image", variant="dose90", **HOW)
    learner: Any = pictures.opened(before, data)
    assert len(learner.rows) == N
    if method == "lora":
        with torch.random.fork_rng():
            torch.manual_seed(1)
            learner.adapt(Lora(rank=16, alpha=32.0))
    settings = Settings(method=method, steps=50, rate=rate, batch=16, save_every=50)
    rows = Divided(np.arange(N - HELD), np.arange(N - HELD, N))
    curve = Training(learner, rows, settings, tmp_path / "work").run()
    assert curve.held_out[-1].value < curve.held_out[0].value
    learner.save(tmp_path / "model", tmp_path / "adapter" if method == "lora" else None)
    after = Diffusion(tmp_path / "model", **HOW)
    told = [learner.measured(each, rows.held.tolist())["denoising"].mean() for each in (before, after)]
    assert told[1] > told[0] - DENOISING.margin
    assert darker(after) > 0.5  # .149 before, by its card
