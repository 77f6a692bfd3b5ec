"""The stories about the bundled generative model: promised verdicts, pictures in the reports, and a minute at most."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from auditkit import demo as stage
from auditkit.core.judgement import Outcome
from auditkit.demo import Scene
from auditkit.families import families
from auditkit.lab import portraits
from auditkit.lab.galleries import GALLERIES
from auditkit.lab.population import Population

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("drawn")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Scene, ...], float]:
    out = tmp_path_factory.mktemp("galleries")
    started = time.process_time()
    scenes = tuple(stage.exhibited(out, GALLERIES))
    return out, scenes, time.process_time() - started


PLACES = [(gallery.name, dose) for gallery in GALLERIES for dose in gallery.doses]


@pytest.mark.parametrize("place", range(len(PLACES)), ids=[f"{name}-{dose:g}" for name, dose in PLACES])
def test_every_verdict_is_the_promised_one(place: int, shown: tuple[Path, tuple[Scene, ...], float]) -> None:
    scene = shown[1][place]
    assert scene.outcome == scene.promised, scene
    if not PLACES[place][1]:
        assert scene.outcome is not Outcome.FAIL


def test_every_way_of_asking_is_there() -> None:
    assert {gallery.probe().asks for gallery in GALLERIES} == {"sample", "edit"}
    masks = {gallery.name for gallery in GALLERIES if any(prompt.mask is not None for prompt in gallery.probe())}
    assert masks == {"dressed_anew"}
    targets = {gallery.target(0.0).name for gallery in GALLERIES}
    assert targets == {"diffusion", "vae", "gan", "autoregressive"}


def test_reports_show_pictures(shown: tuple[Path, tuple[Scene, ...], float]) -> None:
    out, scenes, _ = shown
    for scene in scenes:
        page = (out / f"{scene.name}.html").read_text()
        assert page.count("data:image/png;base64,") >= 4
        assert "<script" not in page


def test_they_take_two_minutes_on_two_cores(shown: tuple[Path, tuple[Scene, ...], float]) -> None:
    """In seconds of processor time, which neighbours do not lengthen."""
    assert shown[2] < 240


def test_the_families_stand_side_by_side(shown: tuple[Path, tuple[Scene, ...], float]) -> None:
    """The page of the demo, from these runs and reports: every family, its truth, and no broken picture."""
    page = families(shown[0])
    assert page.count("data:image/png;base64,") == 10
    for name in portraits.FAMILIES:
        for dose in (0.0, portraits.STRONG):
            assert f"{100 * Population.of(name, dose).share('skin', 'darker'):.1f}" in page
    assert "no picture" not in page
