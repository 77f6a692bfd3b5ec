"""A folder that holds a translator of the lab's own classes, as `auditkit tune` leaves one, told by its configuration.

The configuration names one of two classes of the package, and nothing else is ever imported for it: a folder brings
numbers and words, and no program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError

CLASSES: Mapping[str, str] = {"Attentive": "attention", "EncoderDecoder": "encoder_decoder"}
"""What the configuration calls each class, and the module that opens it."""
SIZES: Mapping[str, tuple[str, ...]] = {
    "attention": ("embedding", "width", "asked"),
    "encoder_decoder": ("embedding", "width"),
}
LANGUAGES = ("source", "target")
SAID = {"source": ("<pad>",), "target": ("<pad>", "<go>", "<stop>")}
"""The tokens without which a language cannot be read or said, in the order in which they stand."""
LARGEST, WIDEST = 20_000, 2_048
"""Words of a language, and numbers of a layer, beyond which a folder is none of a miniature."""
CONFIG, BYTES = "config.json", 4_000_000
"""Where a model says what it is, and bytes beyond which that is none."""
STEP, MODEL = "step.json", "model"


def model_in(folder: Path) -> Path:
    """The folder itself, or the model in one that `auditkit tune` wrote."""
    tuned = folder / STEP, folder / MODEL / CONFIG, folder / MODEL / "model_index.json"
    if tuned[0].is_file() and not (folder / CONFIG).exists() and any(file.is_file() for file in tuned[1:]):
        return folder / MODEL
    return folder


def recognised(folder: Path) -> str | None:
    """The module that opens what a folder holds, `None` of one that says it is of another class, or holds no model.

    Raises `InputError` for a folder that says it is of the lab's and asks for code, has pickled weights alone, or has
    other sizes and words than the class takes.
    """
    config = _read(folder / CONFIG)
    name = config.get("_class_name")
    if not isinstance(name, str) or name not in CLASSES:
        return None
    weights.guarded(folder)
    if fault := _fault(CLASSES[name], config):
        raise InputError(
            f"{folder / CONFIG} says that the model is a translator of the lab ({name}), and {fault}. Take the folder "
            "as auditkit tune wrote it."
        )
    return CLASSES[name]


def own(folder: Path, name: str, variant: str | None = None) -> weights.Own:
    """The weights in a folder that was recognised as what this module opens."""
    from auditkit.lab import miniature

    return weights.Own(folder, miniature.module(name).opened, variant)


def fingerprint(folder: Path, name: str, variant: str | None = None) -> str:
    """The fingerprint of such a folder, as a target that asks it tells it; opens and imports nothing."""
    from auditkit.weights.hashing import fingerprint_of

    parts = sorted(path for path in folder.rglob("*") if path.is_dir())
    return fingerprint_of(folder, parts, variant, f"auditkit.lab.models.{name}.opened")


def _read(file: Path) -> Mapping[str, Any]:
    """A configuration, empty where there is none: whoever opens the folder says then what is wrong with it."""
    try:
        told = json.loads(file.read_text(encoding="utf-8")) if file.stat().st_size <= BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _fault(name: str, config: Mapping[str, Any]) -> str:
    """What of a configuration the class does not take; nothing where it is as `save_pretrained` writes it."""
    own, wanted = [key for key in config if not key.startswith("_")], (*LANGUAGES, *SIZES[name])
    if lacks := [key for key in wanted if key not in own]:
        return f'it has no "{lacks[0]}"'
    if others := [key for key in own if key not in wanted]:
        return f'it has "{others[0]:.60}", which the class does not take'
    for size in SIZES[name]:
        if type(config[size]) is not int or not 0 < config[size] <= WIDEST:
            return f'"{size}" is no whole number from 1 to {WIDEST:,}: {config[size]!r:.40}'
    return next(filter(None, (_no_words(key, config[key]) for key in LANGUAGES)), "")


def _no_words(key: str, words: Any) -> str:
    texts = isinstance(words, list) and all(isinstance(word, str) and word.strip() == word != "" for word in words)
    if not texts or not len(SAID[key]) < len(words) <= LARGEST or len(set(words)) < len(words):
        return f'"{key}" is no list of {LARGEST:,} different words at most'
    if tuple(words[: len(SAID[key])]) != SAID[key]:
        return f'"{key}" does not begin with {", ".join(SAID[key])}'
    return ""
