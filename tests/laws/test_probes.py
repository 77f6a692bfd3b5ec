"""Laws of every probe: the same prompts in the same order, each once, with factors that can be columns."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Probe
from auditkit.probes import (
    Edits,
    Neutral,
    Occupations,
    Reconstruction,
    Start,
    SuperResolution,
    Swaps,
    Unconditional,
)
from auditkit.runs import OWN

BLANK = np.zeros((8, 8, 3), np.uint8)
STARTS = [Start(BLANK + k, {"item": "1", "skin before": "darker"}, BLANK[..., 0], ("older",)) for k in range(3)]
DESIGNS: dict[str, tuple[Probe, int]] = {
    "occupations": (Occupations(["judge", "engineer", "nurse"], templates=4), 12),
    "neutral": (Neutral(templates=7), 7),
    "swaps": (
        Swaps(["a {} judge", "the {}"], {"a": "tall", "b": "small"}, {"a": "long", "b": "short"}),
        8,
    ),
    "edits": (Edits([Start(BLANK, {"item": "1"}), Start(BLANK + 1, {"item": "1"}, BLANK[..., 0])], ["a", "b"]), 4),
    "unconditional": (Unconditional(), 1),
    "reconstruction": (Reconstruction(STARTS), 3),
    "super_resolution": (SuperResolution(STARTS, factor=4, grey=True, side=8), 3),
}


def test_every_probe_is_held_to_the_laws() -> None:
    assert set(catalog.probes()) == set(DESIGNS)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_is_the_same_whenever_it_is_asked(name: str) -> None:
    probe, n = DESIGNS[name]
    first, second = list(probe), list(probe)
    assert [prompt.key for prompt in first] == [prompt.key for prompt in second]
    assert len({prompt.key for prompt in first}) == len(first) == n
    assert probe.describe()["prompts"] == n


@pytest.mark.parametrize("name", DESIGNS)
def test_factors_are_columns_of_text(name: str) -> None:
    probe, _ = DESIGNS[name]
    for prompt in probe:
        assert prompt.factors or name == "unconditional"
        assert not set(prompt.factors) & set(OWN)
        assert all(isinstance(value, str) and value for value in prompt.factors.values())
        assert "{" not in prompt.text
        assert (prompt.image is not None) == (probe.asks == "edit")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: Occupations("judge"), "list of different names"),
        (lambda: Occupations(["a", "a"]), "list of different names"),
        (lambda: Occupations(["a"], templates=11), "There are 10 templates"),
        (lambda: Neutral(templates=["a photo"]), "has one place"),
        (lambda: Swaps(["a photo"], {"a": "1", "b": "2"}), "one place"),
        (lambda: Swaps(["a {}"], {"a": "1"}), "two cues"),
        (lambda: Swaps(["a {}"], {"a": "1", "b": "2"}, {"a": "1"}), "every cue in other words: a, b"),
        (lambda: Edits([], ["a"]), "list of pictures"),
        (lambda: Unconditional(repeats=0), "at least 1"),
        (lambda: Reconstruction([]), "list of pictures"),
        (lambda: SuperResolution([]), "list of pictures"),
        (lambda: SuperResolution(STARTS, factor=3), "cannot be made 3 times smaller"),
        (lambda: SuperResolution([Start(BLANK[:4])], factor=2, side=4), "it must be square"),
        (lambda: SuperResolution(STARTS, factor=2, side=10), "side a multiple of its own"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(made, says: str) -> None:
    with pytest.raises(InputError, match=says):
        made()
