"""The stories of language, told once for every file that looks at them: they take a minute and a half."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.demo import Scene
from auditkit.lab.gallery import Gallery

Shown = tuple[Path, tuple[Scene, ...], float]
Exhibited = Callable[[Gallery, float], tuple[Report, Judgement]]


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Every story of language at each of its doses, as the demo tells them: folder, scenes, processor seconds."""
    import torch

    from auditkit import demo as stage
    from auditkit.lab.galleries.language import SPOKEN

    out = tmp_path_factory.mktemp("spoken")
    started, threads = time.process_time(), torch.get_num_threads()
    torch.set_num_threads(1)
    scenes = tuple(stage.exhibited(out, SPOKEN))
    torch.set_num_threads(threads)
    return out, scenes, time.process_time() - started


@pytest.fixture(scope="session")
def exhibited(spoken: Shown) -> Exhibited:
    """The report of a story as `spoken` holds it, judged by the default policy; asked now at a dose it has not."""
    from auditkit import families
    from auditkit.demo import exhibit
    from auditkit.gating import gate

    def one(gallery: Gallery, dose: float) -> tuple[Report, Judgement]:
        name = families.named(gallery, dose)
        if dose not in gallery.doses:
            return exhibit(gallery, dose, spoken[0] / "asked" / name)
        report = Report.from_json((spoken[0] / f"{name}.json").read_text(encoding="utf-8"))
        return report, gate(report)

    return one
