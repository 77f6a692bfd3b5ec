"""What every test may use: the plug-in's tester, and data that the project does not ship."""

from __future__ import annotations

import gc
import os

if "PYTEST_XDIST_WORKER" in os.environ:  # one thread a worker, or they wait for one another; before torch is imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no error: time has tests of its own."""
settings.register_profile("auditkit", BUSY, derandomize=True)  # what lands is held to the same examples every time
settings.register_profile("hunting", BUSY, derandomize=False, max_examples=1_000)  # others and more: what is rare
settings.load_profile("auditkit")
pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: a collector of garbage, which libraries call by themselves, looks at the rest."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load what audits, for tests that run pytest in this process: ask for it before `pytester`, which forgets modules.

    It takes stock of them as it is made, and a compiled one that is forgotten and loaded again ends the process.
    """
    from auditkit import audit, gate

    table = tmp_path_factory.mktemp("loaded") / "t.csv"
    table.write_text("sex,hired\nf,1\nm,0\n", encoding="utf-8")
    gate(audit(table, group="sex", outcome="hired"))


@pytest.fixture(scope="session")
def external() -> Callable[[str], Path]:
    """Published data, from AUDITKIT_EXTERNAL_DATA or beside the project; without them the test is skipped."""

    def find(name: str) -> Path:
        place = Path(os.environ.get("AUDITKIT_EXTERNAL_DATA") or ROOT.parent / "shared" / "data") / name
        if not place.exists():
            pytest.skip(f"There is no {place}. Set AUDITKIT_EXTERNAL_DATA to the folder that holds {name}.")
        return place

    return find
