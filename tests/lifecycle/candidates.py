"""What the tests of discover share: folders that hold models, and a plan that asks translators."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from auditkit.formats.toml import toml_lines
from auditkit.lab.galleries.language.translated import probe
from auditkit.lab.worlds.translations.language import PRONOUNS
from auditkit.lifecycle.discovering import Candidate, Found

HALF = {"value": dict.fromkeys(PRONOUNS, 0.5), "why": "as many of either", "source": "auditkit.lab"}


def safetensors(file: Path, **shapes: list[int]) -> Path:
    """A file of zeros in the format of safetensors."""
    head, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(head).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes(at))
    return file


def model(
    folder: Path, card: str | None = "---\nlicense: mit\npipeline_tag: translation\n---\n", **config: Any
) -> Path:
    """A folder with weights, a configuration and, where one is wanted, a card."""
    safetensors(folder / "model.safetensors", a=[2, 3], b=[4])
    (folder / "config.json").write_text(json.dumps(config))
    if card is not None:
        (folder / "README.md").write_text(card)
    return folder


def by_name(found: Found) -> dict[str, Candidate]:
    """What was found, by what it is called."""
    return {one.called: one for one in found.candidates}


def plan_text(repeats: int, variants: int) -> str:
    """The translators' own probe as a plan."""
    asked: Any = probe(repeats, variants)
    fields = ("occupations", "templates", "others", "variants", "repeats")
    told = {"name": "translations", **{name: getattr(asked, name) for name in fields}}
    told |= {"templates": list(told["templates"]), "others": {k: list(v) for k, v in told["others"].items()}}
    reader = {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {one: [one] for one in PRONOUNS}}
    detector = {"code": "reporting.generator_frequency", "stereotype": "he"}
    lines = ["[probe]", *toml_lines(told), "[target]", 'name = "seq2seq"', 'model = "any"', "[elicit]", "seed = 7"]
    lines += ["[roles]", 'group = "pronoun"', 'context = "occupation"', 'unit = "prompt"']
    detector |= {"reference": dict.fromkeys(asked.occupations, HALF)}
    lines += ["[[annotators]]", *toml_lines(reader), "[[detectors]]", *toml_lines(detector)]
    return "\n".join(lines) + "\n"
