"""Runs to label: portraits whose reader errs on darker skin, and texts, many of them the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from auditkit.annotators import Choice
from auditkit.core.target import Refusal
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Noisy, Painter, World
from auditkit.probes import Continuations, Occupations
from auditkit.runs import Run
from auditkit.targets import Function

SAYINGS = ("she sings", "she hums", "he sings", "he hums", "they sing")
SHARES = (0.5, 0.15, 0.2, 0.1, 0.05)


def says(prompts, seeds):
    """A few texts, most of them one and the same; one answer in twenty is refused."""
    told = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        told.append(Refusal("no") if rng.random() < 0.05 else SAYINGS[rng.choice(len(SAYINGS), p=SHARES)])
    return told


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked = Occupations(("doctor", "nurse", "chef", "pilot"), templates=5, repeats=20)
    folder = tmp_path_factory.mktemp("drawn") / "run"
    elicit(asked, Painter(World(), side=32), Noisy("skin", {"darker": 0.3, "lighter": 0.05}), into=folder)
    return folder


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said") / "run"
    asked = Continuations(["a letter", "a song"], templates=5, repeats=30)
    elicit(asked, Function(says, verb="generate", title="sayings"), Choice(["she", "he"], "who"), into=folder)
    return folder


@pytest.fixture
def portraits(drawn: Path, tmp_path: Path) -> Run:
    """Four hundred portraits that nobody has labelled yet."""
    return Run(shutil.copytree(drawn, tmp_path / "portraits"))


@pytest.fixture
def texts(said: Path, tmp_path: Path) -> Run:
    """Three hundred answers in five wordings."""
    return Run(shutil.copytree(said, tmp_path / "texts"))
