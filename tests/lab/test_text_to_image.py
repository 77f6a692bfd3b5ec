"""The bundled diffusion model: what it is, that its truth is known, and that an audit of it finds this truth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, norm

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.core.probe import Prompt
from auditkit.detectors import reporting
from auditkit.eliciting import elicit
from auditkit.lab import portraits
from auditkit.lab.miniature import Truth
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.reading import read
from auditkit.probes import Occupations
from tests.eliciting.dots import records

FOLDER = WEIGHTS / "text_to_image"
DOSES = (0.0, portraits.STRONG)
DETECTOR = reporting.GeneratorFrequency(portraits.references("skin"), portraits.stereotypes("skin"))
PROMPTS = [Prompt(f"a photo of a {job}") for job in portraits.OCCUPATIONS]
ROOT = Path(__file__).parents[2]


def headline(counts: Tally) -> auditkit.Finding:
    [told] = [finding for finding in DETECTOR.examine(counts) if getattr(finding, "margin", None)]
    return told


@pytest.mark.parametrize("kind", ["StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline",
                                  "StableDiffusionInpaintPipeline"])  # fmt: skip
@pytest.mark.parametrize("variant", [None, "dose90"])
def test_diffusers_opens_it_as_what_it_is(kind: str, variant: str | None) -> None:
    import diffusers
    import torch

    opened = getattr(diffusers, kind).from_pretrained(FOLDER, variant=variant, dtype=torch.float32)
    assert opened.unet.config.in_channels == 4
    assert sum(p.numel() for p in opened.unet.parameters()) > 2_000_000


SPOKEN = ("masked_lm", "causal_lm", "encoder_decoder", "attention", "transformer", "captioner")


def test_all_weights_fit() -> None:
    """Those of image models into 32 MB, those of models of language into 10 MB."""
    sizes = {folder.name: _size(folder) for folder in WEIGHTS.iterdir()}
    assert sum(size for name, size in sizes.items() if name not in SPOKEN) < 32e6
    assert sum(sizes[name] for name in SPOKEN) < 10e6


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("dose", DOSES)
def test_batch_size_moves_no_attribute(dose: float) -> None:
    target = portraits.diffusion(dose)
    seeds = list(range(len(PROMPTS)))
    whole = np.stack(target.sample(PROMPTS, seeds)).astype(int)
    for size in (1, 5):
        parts = [target.sample(PROMPTS[k : k + size], seeds[k : k + size]) for k in range(0, len(PROMPTS), size)]
        other = np.stack([picture for part in parts for picture in part]).astype(int)
        assert np.abs(whole - other).max() <= 2
        assert read(whole.astype(np.uint8)) == read(other.astype(np.uint8))


@pytest.mark.parametrize("dose", DOSES)
def test_it_draws_what_it_is_asked_for(dose: float) -> None:
    told = read(np.stack(portraits.diffusion(dose).sample(PROMPTS * 4, list(range(4 * len(PROMPTS))))))
    right = [
        one["occupation"] in prompt.text for one, prompt in zip(told, PROMPTS * 4, strict=True) if one["occupation"]
    ]
    assert len(right) >= 46
    assert np.mean(right) >= 0.95


def test_the_truth_is_of_these_weights_and_the_doses_are_four_margins_apart() -> None:
    fair, strong = (Truth.of("text_to_image", dose) for dose in DOSES)
    for truth, dose in ((fair, 0.0), (strong, portraits.STRONG)):
        assert truth.n >= 20_000
        assert truth.fingerprint == portraits.diffusion(dose).fingerprint, "auditkit lab measure text_to_image"
    assert abs(fair.amplification("skin")) < 0.05
    assert strong.amplification("skin") - fair.amplification("skin") >= 4 * 0.05


@pytest.mark.slow
@pytest.mark.parametrize("dose", DOSES)
def test_intervals_hold_the_models_own_truth(dose: float) -> None:
    """1,000 audits of 90 answers an occupation, drawn from the pool: at least 93.5 % cover what the pool shows.

    A coverage of 92 % is red in 95 of 100 such tests.
    """
    truth, rng = Truth.of("text_to_image", dose), np.random.default_rng(17)
    theta, covered = truth.amplification("skin"), 0
    for _ in range(1_000):
        cells = {}
        for job in portraits.OCCUPATIONS:
            darker = int(rng.binomial(90, truth.share(job, "skin", "darker")))
            cells |= {("darker", job): darker, ("lighter", job): 90 - darker}
        low, high, _ = headline(Tally.of_cells(("group", "context"), cells)).interval(0.95)
        covered += low <= theta <= high
    assert covered >= 0.935 * 1_000


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("dose", DOSES)
def test_elicitations_hold_the_models_own_truth(tmp_path: Path, dose: float) -> None:
    """Twenty-five runs: their intervals hold the truth, and their errors in standard errors are N(0, 1) or less.

    Sound intervals miss a bound in 1 of 40. A model .8 standard errors off its stored truth is found in 9 of 10, and
    intervals 1.6 times too short in 9 of 10; of fifty runs whose intervals are only counted, in 3 of 10 and 9 of 10.
    """
    truth, target = Truth.of("text_to_image", dose).amplification("skin"), portraits.diffusion(dose)
    probe, covered, off = Occupations(portraits.OCCUPATIONS, templates=10, repeats=1), 0, []
    for seed in range(25):
        run = elicit(probe, target, portraits.Exact(("skin",)), into=tmp_path / str(seed), seed=seed)
        report = auditkit.audit(run, DETECTOR, group="skin", context="occupation")
        [told] = [finding for finding in report.findings if finding.margin]
        low, high, _ = told.interval(0.95)
        covered += low <= truth <= high
        off.append((told.estimate.value - truth) / told.estimate.standard_error())
    assert covered >= 21
    assert abs(np.sum(off)) / 5 <= norm.ppf(0.995)
    assert np.square(off).sum() <= chi2.ppf(0.99, 25)


KILLED = """
import os, sys
from auditkit.eliciting import elicit
from auditkit.lab import portraits
from auditkit.probes import Occupations
target = portraits.diffusion(0.0)
os.write(1, b"ready\\n")
for into in sys.argv[1:]:
    elicit(Occupations(portraits.OCCUPATIONS, templates=8, repeats=1), target, into=into, batch=8)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_three_times_it_draws_the_same_pictures(tmp_path: Path) -> None:
    """That any moment will do is proven by fifty kills of a cheaper target, in tests/eliciting/test_kills.py."""
    import time

    for k in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "killed")], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        until = len_of(tmp_path / "killed") + 8
        for _ in range(600):
            if len_of(tmp_path / "killed") >= until or process.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(0.05 * k)
        process.kill()
        process.communicate()
    into = [str(tmp_path / name) for name in ("killed", "whole")]  # in one process: to load the model takes longest
    subprocess.run([sys.executable, "-c", KILLED, *into], cwd=ROOT, check=True, timeout=300)
    assert records(tmp_path / "killed") == records(tmp_path / "whole")
    assert len_of(tmp_path / "whole") == 96


def len_of(folder: Path) -> int:
    """The answers in a run so far; none where its tables are still being made."""
    try:
        return len(auditkit.Run(folder)) if (folder / "run.sqlite").is_file() else 0
    except InputError:
        return 0


def test_a_miniature_can_be_trained_again(tmp_path: Path) -> None:
    """Two steps from the beginning, through the command: the recipe that made the weights still runs."""
    from auditkit.cli import main

    assert main(["lab", "train", "text_to_image", "--dose", "0.5", "--steps", "2", "--pictures", "64",
                 "--out", str(tmp_path)]) == 0  # fmt: skip
    from auditkit.targets import Diffusion

    assert Diffusion(tmp_path, variant="dose50", steps=2).sample(PROMPTS[:1], [1])[0].shape == (64, 64, 3)


def test_it_shows_how_it_works(tmp_path: Path) -> None:
    from auditkit.cli import main

    assert main(["lab", "show", "text_to_image", "--out", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {"destroyed.png", "restored.png", "contact.png"}
