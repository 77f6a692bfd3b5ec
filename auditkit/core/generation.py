"""One answer or refusal, with the factors of its prompt, its seed and the fingerprint of the model that gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from typing import Any, Literal

import numpy as np

from auditkit.core.errors import only

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
        record, end = _read(line)
        if end < len(line):
            raise ValueError("there is more than one record in a place")
        if "\\u" in line:
            record = _whole(record)
        record["turns"] = turns = tuple(map(tuple, record.get("turns", ())))
        if _SEEN.get((*record,)) != [*map(type, record.values())]:
            _check(record)
        if turns and ({*map(len, turns)} != {2} or {*map(type, chain(*turns))} != {str}):
            raise ValueError("an answer has turns that are no pairs of texts")
        return cls(**record)


_read = json.JSONDecoder().raw_decode  # what `json.loads` looks for beside it takes as long as checking the record
_OTHER: dict[str, type] = {"batch": int, "seed": int, "replicate": int, "turns": tuple}
_OTHER |= dict.fromkeys(("factors", "settings", "told"), dict)
_KINDS = {one.name: _OTHER.get(one.name, str) for one in fields(Generation)}
"""What a record's parts are once they are read: a text, where nothing else is said."""
_SEEN: dict[tuple[str, ...], list[type]] = {}
"""The names that sound records came with, and their kinds: a hundred thousand come alike, and one is looked at."""


def _check(record: Mapping[str, Any]) -> None:
    """Raise `ValueError` for what no run writes."""
    only(record, _KINDS)
    for name, part in record.items():
        if type(part) is not _KINDS[name]:
            raise ValueError(f"an answer has {type(part).__name__} for its {name}, and not {_KINDS[name].__name__}")
    if len(_SEEN) < 100:  # names can come in any order
        _SEEN[*record,] = [*map(type, record.values())]


def heard(text: str) -> Any:
    """JSON as it is read, with a question mark for half a character, which no page and no file can hold.

    >>> heard('["\\\\ud800", "\\\\ud83d\\\\ude42"]')
    ['?', '🙂']
    """
    told = json.loads(text)
    return _whole(told) if _escaped(text) else told


def mended(text: str) -> str:
    """A JSON text without half a character; most have none, and are given back unread.

    >>> mended('{"a":1}'), mended('{"\\\\ud800":1}')
    ('{"a":1}', '{"?": 1}')
    """
    return json.dumps(heard(text)) if _escaped(text) else text


def _escaped(text: str) -> bool:
    """Whether there can be half a character in a JSON text: only an escape spells one."""
    return "\\ud" in text or "\\uD" in text


def _whole(told: Any) -> Any:
    if isinstance(told, str):
        return told.encode("utf-8", "replace").decode()
    if isinstance(told, dict):
        return {_whole(name): _whole(part) for name, part in told.items()}
    return [_whole(part) for part in told] if isinstance(told, list) else told


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
