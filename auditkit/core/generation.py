"""One answer or refusal, with the factors of its prompt, its seed and the fingerprint of the model that gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

WORDED = frozenset({"kind", "told", "attention", "turns"})
"""What only an answer in words has."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What a target answered, once.

    `key` is a digest of (fingerprint, settings, batch size, prompt, seed, replicate). `output` is the address of a
    picture in the run's store, or, of the kind "text", a text; it is empty where the target refused (`refused` says
    why) or raised (`failed` says what): such an answer is recorded, neither dropped nor counted as a bias. Of an answer
    in words there is what the model tells of it (`told`), the address of where it looked (`attention`), and the earlier
    questions and answers of the conversation (`turns`).
    """

    key: str
    prompt: str
    text: str
    factors: Mapping[str, str]
    target: str
    fingerprint: str
    settings: Mapping[str, Any]
    batch: int
    seed: int
    replicate: int
    output: str = ""
    refused: str = ""
    failed: str = ""
    kind: Literal["picture", "text"] = "picture"
    told: Mapping[str, Any] = field(default_factory=dict)
    attention: str = ""
    turns: tuple[tuple[str, str], ...] = ()

    @property
    def answered(self) -> bool:
        """Whether there is something to look at."""
        return not self.refused and not self.failed

    def to_json(self) -> str:
        """One line, keys in order; of a picture there is nothing to tell."""
        record = {name: value for name, value in asdict(self).items() if name not in WORDED or self.kind == "text"}
        return json.dumps(record, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Generation:
        """Read what `to_json` wrote."""
        record = json.loads(line)
        record["turns"] = tuple(tuple(turn) for turn in record.get("turns", ()))
        return cls(**record)


def generation_key(fingerprint: str, settings: Mapping[str, Any], batch: int, prompt: str, seed: int, turn: int) -> str:
    """The key of an answer: sixty-four hexadecimal digits."""
    parts = [fingerprint, json.dumps(dict(settings), sort_keys=True), batch, prompt, seed, turn]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def seed_of(root: int, prompt: str, replicate: int) -> int:
    """The seed of an answer, from the run's seed, the prompt's key and the number of the repeat: 63 bits.

    Nothing else moves it, so another model, decoder or dose meets the same noise, and answers pair.

    >>> seed_of(0, "ab" * 32, 0) == seed_of(0, "ab" * 32, 0) != seed_of(0, "ab" * 32, 1)
    True
    """
    words = [int(prompt[k : k + 8], 16) for k in range(0, 32, 8)]
    state = np.random.SeedSequence([root, *words, replicate]).generate_state(1, np.uint64)
    return int(state[0]) >> 1


def later_seed(seed: int, question: int) -> int:
    """The seed of a later question of the conversation that began with a seed; the first one keeps it.

    >>> later_seed(7, 0), later_seed(7, 1) == later_seed(7, 2)
    (7, False)
    """
    if not question:
        return seed
    return int(np.random.SeedSequence([seed, question]).generate_state(1, np.uint64)[0]) >> 1
