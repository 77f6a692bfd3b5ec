"""One answer or refusal, with the factors of its prompt, its seed and the fingerprint of the model that gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Generation:
    """What a target answered, once.

    `key` is a digest of (fingerprint, settings, batch size, prompt, seed, replicate). `output` is the address of a
    picture in the run's store, or a text; it is empty where the target refused (`refused` says why) or raised
    (`failed` says what): such an answer is recorded, neither dropped nor counted as a bias.
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

    @property
    def answered(self) -> bool:
        """Whether there is something to look at."""
        return not self.refused and not self.failed

    def to_json(self) -> str:
        """One line, keys in order."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Generation:
        """Read what `to_json` wrote."""
        return cls(**json.loads(line))


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
