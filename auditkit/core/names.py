"""Which name did somebody mean who typed one that is not there; and which are there?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SHOWN = 20
"""Names that a sentence lists at most."""
SHORTEST = 3
"""Letters below which nothing can be told: each two-letter name is a slip away from every other."""
FIRST = 2_000
"""Names that are compared letter by letter."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the one valid word that was plausibly meant, or nothing.

    That is one of the same letters but for case and what joins them, the only one that starts so or whose last part,
    after its last dot, is so, else one that few slips of the hand are away: a letter lost, added, exchanged for another
    or for its neighbour (the restricted distance of Damerau 1964), one for each four letters, at most three. Two
    numbers are never a slip apart, for every number is near another.

    >>> nearest("disparity.selection_rat", ["disparity.selection_rate", "selection.frame"])
    ' Did you mean "disparity.selection_rate"?'
    >>> nearest("selection_rate", ["disparity.selection_rate", "selection.frame"])
    ' Did you mean "disparity.selection_rate"?'
    >>> nearest("gender", ["age", "tender_id", "sex"])
    ''
    """
    meant = _meant(word, list(dict.fromkeys(valid)))
    return "" if meant is None else f' Did you mean "{meant}"?'


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """What there is, for a sentence: no more than `most` names, and how many others.

    >>> listed(["a", "b", "c", "d"], 3)
    'a, b and 2 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"


def _meant(word: str, valid: Sequence[str]) -> str | None:
    typed = _folded(word)
    for name in valid:
        if typed and _folded(name) == typed:
            return name
    if len(typed) < SHORTEST:
        return _slipped(typed, valid)
    for same in (
        [name for name in valid if "." in name and _folded(name.rsplit(".", 1)[-1]) == typed],
        [name for name in valid if _folded(name).startswith(typed)],
    ):
        if len(same) == 1:
            return same[0]
    return _slipped(typed, valid) or (None if "." in word else _slipped_in_part(typed, valid))


def _slipped(typed: str, valid: Sequence[str]) -> str | None:
    """The name that the fewest slips are away, the first of several; `None` where all are too many away."""
    away = [(slips, name) for name in valid[:FIRST] if (slips := _slips(typed, _folded(name))) is not None]
    return min(away, key=lambda one: one[0], default=(0, None))[1]


def _slipped_in_part(typed: str, valid: Sequence[str]) -> str | None:
    parts: dict[str, list[str]] = {}
    for name in valid:
        if "." in name:
            parts.setdefault(name.rsplit(".", 1)[-1], []).append(name)
    part = _slipped(typed, list(parts))
    return None if part is None or len(parts[part]) > 1 else parts[part][0]


def _folded(word: str) -> str:
    """Without case, and without what joins the parts of a name."""
    return "".join(letter for letter in word.casefold() if letter not in "_- ")


def _slips(a: str, b: str) -> int | None:
    """How many slips lie between two words; `None` where they are too many to be slips."""
    longer = max(len(a), len(b))
    most = min(max(1, longer // 4), 3)
    if longer < SHORTEST or abs(len(a) - len(b)) > most or (a.isdigit() and b.isdigit()):
        return None
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and (letter, a[i - 2]) == (b[j - 2], other):
                least = min(least, older[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
