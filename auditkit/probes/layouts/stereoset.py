"""StereoSet: `dev.json`, the intrasentence part, whose three sentences have the gold labels stereotype, anti-stereotype
and unrelated.

The stereotyped sentence and the other make the pair; the unrelated ones, and the intersentence part, are left out, and
how many is told. Sentences about one target term ("chess player") are not independent: the term is the `template`.
References
    Nadeem, Bethke & Reddy, ACL (2021) 5356; Blodgett, Lopez, Olteanu, Sim & Wallach, ACL (2021) 1004.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.probes.layouts.pairs import Found, Pair
from auditkit.probes.layouts.reading import found, lines_of, parsed

LABELS = ("stereotype", "anti-stereotype")
UNRELATED = "unrelated"


def read(path: Path) -> Found:
    """The pairs of a file, or of the one of that name in a folder."""
    file = found(path, "dev.json", "test.json")
    whole = parsed("\n".join(lines_of(file)), str(file))
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("intrasentence"), list):
        raise InputError(f'{file} is not StereoSet: it has no "data" with "intrasentence".')
    pairs, left = [], {"unrelated": 0, "without both": 0, "intersentence": _number(data.get("intersentence"))}
    for entry in data["intrasentence"]:
        said = _sentences(entry, file)
        left["unrelated"] += UNRELATED in said
        if not all(label in said for label in LABELS):
            left["without both"] += 1
            continue
        one, other = (said[label] for label in LABELS)
        pairs.append(Pair(one, other, str(entry.get("bias_type", "")), str(entry.get("target", ""))))
    return Found(tuple(pairs), {why: n for why, n in left.items() if n})


def _number(part: Any) -> int:
    return len(part) if isinstance(part, list) else 0


def _sentences(entry: Any, file: Path) -> Mapping[str, str]:
    """The sentences of an entry by their gold label."""
    try:
        return {each["gold_label"]: each["sentence"].strip() for each in entry["sentences"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is not StereoSet: an entry lacks sentences with a gold_label ({error}).") from None
