"""Pipelines that cannot be taught, and pictures that cannot teach, are refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.lab.models import WEIGHTS
from auditkit.lifecycle.tuning import pictures
from auditkit.lifecycle.tuning.pupil import Lora
from auditkit.pictures import png_bytes
from auditkit.targets import Diffusion
from tests.lifecycle.pictured import STABLE, folder, noise, pupil
from tests.targets import tiny


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("curated"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("StableDiffusionXLPipeline", "has a text_encoder_2"),
        ("FluxPipeline", "has a text_encoder_2"),
        ("LDMPipeline", "has a vqvae"),
        ("StableDiffusionUpscalePipeline", "asks for more than a picture and words"),
    ],
)
def test_what_cannot_be_taught_is_refused(data: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pupil(data, name)


def test_a_mask_and_another_schedule_are_refused(data: Path) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    with pytest.raises(InputError, match="takes 9 channels and gives 4, where a picture has 4"):
        pictures.opened(Diffusion(tiny.made("StableDiffusionInpaintPipeline", channels=9), steps=2), data)
    flowing = tiny.made(STABLE)
    flowing.scheduler = FlowMatchEulerDiscreteScheduler()
    with pytest.raises(InputError, match=r"no noise level at every step.*Give the pipeline a DDIMScheduler"):
        pictures.opened(Diffusion(flowing, steps=2), data)


def test_data_that_cannot_teach_are_refused(tmp_path: Path) -> None:
    lacking = folder(tmp_path / "lacking", 2)
    (lacking / "data.csv").write_text("picture,caption\npictures/0.png,a nurse\n")
    with pytest.raises(InputError, match=r"needs the columns picture and text\. It has: picture, caption"):
        pupil(lacking)
    missing = folder(tmp_path / "missing", 2)
    (missing / "pictures" / "1.png").unlink()
    with pytest.raises(InputError, match=r"the picture of row 2, .*1\.png.*cannot be read: No such file"):
        pupil(missing)
    long = folder(tmp_path / "long", 1, text=["a nurse who is far too long"])
    with pytest.raises(InputError, match=r"the text of row 1 is 7 tokens longer than .* reads.*Shorten it"):
        pupil(long)
    broken = folder(tmp_path / "broken", 2)
    (broken / "pictures" / "0.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    learner = pupil(broken)
    with pytest.raises(InputError, match="cannot be opened as a picture"):
        learner.losses([0], noise())


def test_a_picture_that_changes_under_the_reader_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "data", 2)
    learner = pupil(place)
    (place / "pictures" / "1.png").write_bytes(png_bytes(tiny.picture(seed=50)))
    with pytest.raises(InputError, match="changed while it was being read"):
        learner.losses([0], noise())


def test_an_adapter_needs_modules_that_are_there(data: Path) -> None:
    with pytest.raises(InputError, match=r'no module "to_z" to adapt.*Did you mean "to_[kqv]"'):
        pupil(data).adapt(Lora(modules=("to_z",)))
    without: Any = pictures.opened(Diffusion(WEIGHTS / "unconditional", variant="dose90", steps=2), data)
    with pytest.raises(InputError, match=r'no module "to_q" to adapt\. It has: .*conv1'):
        without.adapt(Lora())
