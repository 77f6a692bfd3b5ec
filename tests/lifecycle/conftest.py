"""Mitigations of one table by each method, raw sentences, and a story whose lineage is traced, each made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditkit.lab.datasets import raw, write_raw
from auditkit.lifecycle.mitigating.aims import METHODS
from tests.lifecycle.applicants import made, world
from tests.lifecycle.chained import story


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("mitigating") / "people.csv"
    world().to_csv(place, index=False)
    return place


@pytest.fixture(scope="session")
def folders(table: Path) -> dict[str, Path]:
    """One mitigation by each method, under either constraint."""
    told = {}
    for by, constraint in zip(METHODS, ("equalized_odds", "demographic_parity", "demographic_parity"), strict=True):
        told[by] = table.parent / by
        made(table, told[by], by=by, constraint=constraint)
    return told


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's pairs of sentences with their faults, and the test set that has leaked beside them."""
    folder = tmp_path_factory.mktemp("pairs")
    write_raw(raw("pairs", 0.9, 1_500), "pairs", folder)
    return folder / "pairs.csv"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("lineage") / "story")


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))
