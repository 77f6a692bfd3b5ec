"""The picture half of the lifecycle's story: raw portraits, how they are curated, the plan, how the model is tuned.

The strong-dose text-to-image model draws few judges of darker skin and few lighter cleaners. Its raw portraits are
drawn again, so that skin, length of hair and age have the world's shares in every occupation; it learns them, whole or
by an adapter; and is audited before and after on 480 pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.lab.datasets import raw, write_raw
from auditkit.lab.models import WEIGHTS
from auditkit.lab.portraits import GUIDANCE, OCCUPATIONS, STEPS, references, stereotypes
from auditkit.lab.worlds.figures.people import LEVELS
from auditkit.planning import Plan, plan_of
from auditkit.probes.wording import with_article

N, MARGIN = 2_000, 0.1
SAID = {"why": "the portrait world at dose 0", "source": "auditkit.lab.worlds.figures"}
NOSE = [0.453125, 0.484375, 0.5625, 0.546875]
"""Where skin can only be skin, as fractions of a portrait: left, top, right, bottom."""
SHOWN = "occupation shown"
TUNING: Mapping[str, Mapping[str, Any]] = {
    "full": {"method": "full", "steps": 400, "batch": 16, "rate": 5e-4, "save_every": 200},
    "lora": {"method": "lora", "steps": 400, "batch": 16, "rate": 3e-3, "rank": 16, "save_every": 200},
}
"""What `tune` is told, by method."""
FAITHFUL = {"occupation": SHOWN}


def shares(attribute: str) -> dict[str, dict[str, float]]:
    """The world's shares of an attribute in each occupation."""
    return {job: dict(reference.value) for job, reference in references(attribute).items()}  # type: ignore[call-overload]


def judged() -> dict[str, Any]:
    """Roles, detector and policy of every audit of the story: of the data and of the model."""
    reference = {job: {"value": of, **SAID} for job, of in shares("skin").items()}
    code = "reporting.generator_frequency"
    detector = {"code": code, "reference": reference, "stereotype": dict(stereotypes("skin"))}
    rule = {"rule": "within", "margin": MARGIN, "code": code, "estimand": "directed amplification"}
    return {
        "roles": {"group": "skin", "context": "occupation"},
        "detectors": [detector],
        "policy": {"rules": [rule]},
    }


def gathered(folder: Path, n: int = N) -> tuple[Path, Path]:
    """Raw portraits of the strong dose: the table, and the test set that has leaked."""
    return write_raw(raw("portraits", 0.9, n), "portraits", folder)


def recipe(test: Path) -> dict[str, Any]:
    """One of each picture, none of the test set's, and people drawn again until the world's shares are met."""
    same = {"by": "pictures", "distance": 0.02}
    redraw = {"name": "redraw", "how": "change", "context": "occupation", **SAID}
    again = [{**redraw, "column": attribute, "reference": shares(attribute)} for attribute in LEVELS]
    return {
        **judged(),
        "costs": {"rows": 0.1, "n_eff": 0.1},
        "steps": [{"name": "deduplicate", **same}, {"name": "leakage", "test": str(test), **same}, *again],
    }


def plan(model: Path | None = None, repeats: int = 4, seed: int = 7, workers: int = 1, into: str | None = None) -> Plan:
    """Twelve occupations in ten wordings; skin by the colour of the pixels, the occupation as perceived by CLIP.

    The model is the bundled strong-dose one, or a folder.
    """
    own = {"variant": "dose90", "title": "the strong-dose text-to-image model"} if model is None else {}
    how = {"steps": STEPS, "guidance": GUIDANCE, "batch": 32}
    jobs = {job: f"a portrait of {with_article(job)}" for job in OCCUPATIONS}
    return plan_of(
        {
            **judged(),
            "probe": {"name": "occupations", "occupations": list(OCCUPATIONS), "templates": 10, "repeats": repeats},
            "target": {"name": "diffusion", "model": str(model or WEIGHTS / "text_to_image"), **own, **how},
            "elicit": {"seed": seed, "workers": workers} | ({} if into is None else {"into": into}),
            "annotators": [
                {"name": "skin_tone", "region": NOSE, "skin_only": False},
                {"name": "zero_shot", "model": str(WEIGHTS / "clip"), "margin": 0.0, "attributes": {SHOWN: jobs}},
            ],
        }
    )
