"""Which words can a treatment be made of, where the model knows but a few: those of the plan's own prompts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditkit.lab import recognising
from auditkit.lab.models import WEIGHTS
from auditkit.lab.naming import PREFIX

FEW = 5_000
"""Words below which a model does not know a language, but a world: the lab's know some hundred, others tens of
thousands."""
CONFIGS = ("config.json", "text_encoder/config.json")
TOLD = 6


def own_words(target: Mapping[str, Any], prompts: Sequence[str]) -> tuple[str, ...]:
    """The commonest words of the prompts, where the model of a plan's target knows few others; else none.

    >>> own_words({"model": "lab:attention"}, ["o un doktor .", "o bena doktor ."])[:2]
    ('o', 'doktor')
    >>> own_words({"model": "google-bert/bert-base-uncased"}, ["a doctor"])
    ()
    """
    named = target.get("model")
    if not isinstance(named, str) or not _few(_folder(named)):
        return ()
    words = Counter(word for text in prompts for word in dict.fromkeys(text.split()) if word.isalpha())
    return tuple(word for word, _ in words.most_common(TOLD))


def _folder(named: str) -> Path:
    if named.startswith(PREFIX):
        return WEIGHTS / named.removeprefix(PREFIX).partition(".")[0]
    return recognising.model_in(Path(named))


def _few(folder: Path) -> bool:
    """Whether the model in a folder says that it knows few words; of what says nothing, nothing is known."""
    for place in (folder / name for name in CONFIGS):
        try:
            config = json.loads(place.read_bytes()) if place.stat().st_size < recognising.BYTES else {}
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(config, dict):
            size, listed = config.get("vocab_size"), config.get("source")
            known = size if isinstance(size, int) else len(listed) if isinstance(listed, list) else FEW
            if known < FEW:
                return True
    return False
