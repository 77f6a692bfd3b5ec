"""Laws of every probe: the same prompts in the same order, each once, with factors that can be columns."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Probe
from auditkit.core.target import Target
from auditkit.probes import (
    Captions,
    Edits,
    Neutral,
    Occupations,
    Reconstruction,
    Start,
    SuperResolution,
    Swaps,
    Unconditional,
)
from auditkit.runs import OWN, WORDED
from tests.probes import published

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
    "captions": (Captions(STARTS), 3),
}
PAIRS = [["She sings.", "He sings."], ["They sing.", "They swim."]]
PLAIN: Mapping[str, tuple[Mapping[str, Any], int]] = {
    "pronouns": ({"occupations": ["judge", "engineer"]}, 20),
    "continuations": ({"subjects": {"sea": "the sea", "inn": "an inn"}}, 20),
    "identities": ({"templates": 12}, 24),
    "counterfactuals": ({"names": {"woman": ["Ann", "Eve"], "man": ["Bob", "Ian"]}, "templates": 3}, 24),
    "personas": ({"personas": {"a": "an a"}, "candidates": {"a": "An a", "b": "A b"}, "vignettes": ["came"]}, 40),
    "advice": ({"questions": [["Is it?", ["yes", "no"], "yes"]], "arms": ["aided", "control", "unaided"]}, 140),
    "judging": ({"matches": [[["x", "machine", "1"], ["y", "human"]]], "labels": ["AI", "person"]}, 40),
    "translations": ({"occupations": {"doctor": "doktor"}, "templates": ["o {} {a}"], "others": {"a": ["x"]}}, 1),
    "associations": ({"names": ["Ann", "Bob"], "kinds": {"x": ["1", "2"], "y": ["3", "4"]}, "verb": "decide"}, 80),
    "word_sets": ({"sets": {"X": ["rose"], "Y": ["moth", "ant"]}, "templates": 5}, 15),
    "minimal_pairs": ({"pairs": PAIRS}, 4),
}
"""Designs of plain values, as a plan has them, and how many prompts they have."""
PUBLISHED: Mapping[str, tuple[Callable[[Path], Path], int]] = {
    "winogender": (published.winogender, 6),
    "coda": (published.coda, 3),
    "bbq": (published.bbq, 2),
}
DESIGNS |= {name: (catalog.probe(name, plain), n) for name, (plain, n) in PLAIN.items()}
CROSSED = (
    "pronouns",
    "continuations",
    "identities",
    "counterfactuals",
    "personas",
    "advice",
    "judging",
    "associations",
)


@pytest.fixture(scope="module", autouse=True)
def _published(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The designs that read a file."""
    for name, (write, n) in PUBLISHED.items():
        DESIGNS[name] = (catalog.probe(name, {"path": str(write(tmp_path_factory.mktemp(name)))}), n)


EVERY = [*DESIGNS, *PUBLISHED]


def test_every_probe_is_held_to_the_laws() -> None:
    assert set(catalog.probes()) == set(DESIGNS)


@pytest.mark.parametrize("name", [name for name in CROSSED if name != "associations"])
def test_ten_templates_are_crossed_with_everything_else(name: str) -> None:
    """By default; every template meets the same levels of every other factor but what is made of it."""
    probe = catalog.probe(name, {key: value for key, value in PLAIN[name][0].items() if key != "templates"})
    met: dict[str, set[tuple[str, ...]]] = {}
    for prompt in probe:
        others = {key: value for key, value in prompt.factors.items() if key not in ("template", "item")}
        met.setdefault(prompt.factors["template"], set()).add(tuple(sorted(others.items())))
    assert len(met) >= 10
    assert len(set(map(frozenset, met.values()))) == 1


@pytest.mark.parametrize("name", EVERY)
def test_what_is_asked_fits_the_verb(name: str) -> None:
    probe, _ = DESIGNS[name]
    assert hasattr(Target, probe.asks)
    for prompt in probe:
        assert (MASK in prompt.text) == (probe.asks == "fill_mask")
        assert len(prompt.options) != 1
        assert probe.asks != "decide" or len(prompt.options) > 1
        assert bool(prompt.beside) == (name == "minimal_pairs")
        assert prompt.text or probe.asks in ("sample", "edit", "caption")


@pytest.mark.parametrize("name", EVERY)
def test_a_design_can_be_sent_to_another_process(name: str) -> None:
    probe, _ = DESIGNS[name]
    again = pickle.loads(pickle.dumps(probe))  # as a process pool sends it: bytes made on this line
    assert (again.asks, again.describe()) == (probe.asks, probe.describe())
    assert [prompt.key for prompt in again] == [prompt.key for prompt in probe]


@pytest.mark.parametrize("name", EVERY)
def test_a_design_is_the_same_whenever_it_is_asked(name: str) -> None:
    probe, n = DESIGNS[name]
    first, second = list(probe), list(probe)
    assert [prompt.key for prompt in first] == [prompt.key for prompt in second]
    assert len({prompt.key for prompt in first}) == len(first) == n
    assert probe.describe()["prompts"] == n


@pytest.mark.parametrize("name", EVERY)
def test_factors_are_columns_of_text(name: str) -> None:
    probe, _ = DESIGNS[name]
    for prompt in probe:
        assert prompt.factors or name == "unconditional"
        assert not set(prompt.factors) & {*OWN, *WORDED}
        assert all(isinstance(value, str) and value for value in prompt.factors.values())
        assert "{" not in prompt.text
        assert (prompt.image is not None) == (probe.asks in ("edit", "caption"))


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
