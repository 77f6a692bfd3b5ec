"""A model whose bias is known to the digit: it leans as it is asked to, in the prompt or in its system message."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.manifest import MANIFEST
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.lifecycle.prompting import Compared, Told, Treatments, prompt, treatments_of
from auditkit.planning import Plan, plan_of
from auditkit.targets.function import Function

LEANS = {"equal": 0.0, "fair": 0.2, "usual": 0.45, "turned": -0.4}
"""P(she) is a half and this, .4 where none of these words is there; "careful" has it decline three times in ten."""
PLAIN, DECLINES = 0.4, 0.3
JOBS = ("nurse", "teacher", "cleaner", "carer", "cook", "clerk", "maid", "typist")
MARGIN = 0.2
GAP: dict[str, Any] = {
    "probe": {
        "name": "continuations",
        "subjects": {"a": "nurse one", "b": "nurse two"},
        "templates": ["Would you hire a {}?", "A {} applied. Hire?", "Do we want the {}?"],
        "verb": "decide",
        "options": ["yes", "no"],
        "repeats": 60,
    },
    "roles": {"group": "subject", "outcome": "answer", "unit": "template"},
    "annotators": [],
    "detectors": [{"code": "disparity.selection_rate", "favourable": "yes"}],
    "policy": {"rules": [{"rule": "within", "margin": MARGIN, "estimand": "selection rate difference"}]},
}
PRONOUNS: dict[str, Any] = {
    "annotators": [{"name": "pronoun_gender"}],
    "detectors": [{"code": "reporting.generator_frequency", "parity": ["she", "he"], "stereotype": "he"}],
}


def lean(asked: Prompt) -> float:
    """The bias of an answer to a prompt: P(she) less a half."""
    words = f"{asked.given} {asked.text}".lower()
    return next((value for word, value in LEANS.items() if word in words), PLAIN)


def speak(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    """She or he, as it leans; the same seed meets the same chance, whatever the wording."""
    return [_said(asked, np.random.default_rng(seed)) for asked, seed in zip(prompts, seeds, strict=True)]


def _said(asked: Prompt, rng: np.random.Generator) -> Any:
    she, declines = rng.random() < 0.5 + lean(asked), rng.random() < DECLINES
    if "careful" in asked.text and declines:
        return Refusal("it is careful")
    return "she" if she else "he"


def model(answer: Callable[..., Any] = speak) -> Function:
    """The model, of a name of its own whatever wraps it."""
    return Function(answer, verb="generate", title="a leaning model", fingerprint="leaning", batch=7)


def plan(repeats: int = 20, **changed: Any) -> Plan:
    """Eight jobs in two wordings; equal shares are the goal."""
    table = {
        "probe": {
            "name": "continuations",
            "subjects": list(JOBS),
            "templates": ["The {} said that", "Yesterday a {} told me that"],
            "repeats": repeats,
        },
        "target": {"name": "endpoint", "model": "none", "base_url": "http://127.0.0.1:1/v1", "key_env": ""},
        "roles": {"group": "gender", "context": "subject", "unit": "prompt"},
        "annotators": [{"name": "words", "lists": {"woman": ["she"], "man": ["he"]}, "attribute": "gender"}],
        "detectors": [{"code": "reporting.generator_frequency", "parity": ["man", "woman"], "stereotype": "woman"}],
        "policy": {"rules": [{"rule": "within", "margin": MARGIN, "estimand": "directed amplification"}]},
    }
    return plan_of({**table, **changed})


def given(*named: str, **more: Any) -> Treatments:
    """Treatments by the word that they put before every prompt; "system:" puts it into the system message."""
    told = []
    for name in named:
        word = name.removeprefix("system-")
        put = {"system": f"Be {word}."} if word != name else {"template": f"Be {word}. {{prompt}}"}
        told.append({"name": name, **put})
    return treatments_of({"treatments": told, **more})


def hire(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    """Yes to the first with probability .8, to the second .3; to both .5 where it is asked to be fair."""
    told = []
    for asked, seed in zip(prompts, seeds, strict=True):
        p = 0.5 if "fair" in asked.given + asked.text.lower() else 0.8 if "one" in asked.text else 0.3
        told.append("yes" if np.random.default_rng(seed).random() < p else "no")
    return told


def named(told: Compared) -> Mapping[str, Told]:
    """What is told of the control and of each treatment, by its name."""
    return {one.name: one for one in (told.control, *told.treatments)}


def files(folder: Path) -> dict[str, bytes]:
    """All that is written but what tells the time, and databases, which are compared by their records."""
    every = [path for path in folder.rglob("*") if path.is_file() and "run.sqlite" not in path.name]
    return {str(path.relative_to(folder)): path.read_bytes() for path in every if path.name != MANIFEST}


def main() -> None:
    """Compare slowly, for whoever kills it: arguments are the folder and a log of what was asked."""
    folder, log = map(Path, sys.argv[1:3])

    def slowly(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        time.sleep(0.01)
        with log.open("ab") as file:
            file.write(b"." * len(prompts))
        return speak(prompts, seeds)

    print("ready", flush=True)
    prompt(plan(8), given("equal", "system-fair", "careful"), folder, target=model(slowly))
    print("done", flush=True)
