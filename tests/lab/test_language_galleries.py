"""The stories about the bundled models of language: promised verdicts, their reports, and a minute at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditkit.core.judgement import Outcome
from auditkit.demo import Scene
from auditkit.lab.galleries.language import SPOKEN
from auditkit.translators import translators

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("spoken")]

PLACES = [(gallery.name, dose) for gallery in SPOKEN for dose in gallery.doses]
Shown = tuple[Path, tuple[Scene, ...], float]
"""What the fixture `spoken` holds: the folder, the scenes and the seconds of processor time they took."""


@pytest.mark.parametrize("place", range(len(PLACES)), ids=[f"{name}-{dose:g}" for name, dose in PLACES])
def test_every_verdict_is_the_promised_one(place: int, spoken: Shown) -> None:
    scene = spoken[1][place]
    assert scene.outcome == scene.promised, scene
    assert (scene.outcome is Outcome.FAIL) == bool(PLACES[place][1])


def test_every_way_of_asking_in_words_is_there() -> None:
    asked = {gallery.probe().asks for gallery in SPOKEN}
    assert asked == {"generate", "score", "fill_mask", "decide", "caption"}
    assert {gallery.target(0.9).name for gallery in SPOKEN} == {"masked_lm", "causal_lm", "seq2seq", "captioner"}
    told = {detector.code for gallery in SPOKEN for detector in gallery.detectors(0.9)}
    assert told >= {
        "implicit.minimal_pair",
        "implicit.llm_iat",
        "implicit.counterfactual",
        "reporting.generator_frequency",
        "reporting.typicality",
        "reporting.mention",
        "automation.source_swap",
        "automation.reliance",
        "automation.self_preference",
        "selection.refusal",
        "selection.decoder",
        "attribution.correspondence",
        "attribution.dispersion",
    }


def test_they_take_a_minute_on_two_cores(spoken: Shown) -> None:
    """In seconds of processor time, which neighbours do not lengthen."""
    assert spoken[2] < 120


@pytest.mark.parametrize("name", ["translated_attention", "translated_transformer"])
def test_reports_show_where_a_model_looked(name: str, spoken: Shown) -> None:
    page = (spoken[0] / f"{name}.html").read_text()
    assert "decoder on source" in page
    assert "<script" not in page


def test_reports_say_where_a_model_records_no_attention(spoken: Shown) -> None:
    page = (spoken[0] / "translated_encoder_decoder.html").read_text()
    assert "records no attention" in page
    assert "decoder on source" not in page


def test_the_translators_stand_side_by_side(spoken: Shown) -> None:
    page = translators(spoken[0])
    assert page.count("decoder on source") >= 2
    assert "<script" not in page
