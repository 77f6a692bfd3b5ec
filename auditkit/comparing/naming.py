"""How a sentence names what changed: the first names and how many more, so that five hundred are one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.core.finding import Finding, Key

MOST = 12
LONG = 80


def named(names: Sequence[str], most: int = MOST) -> str:
    """The first names, and how many more there are.

    >>> named(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"


def counted(n: int, what: str) -> str:
    """A number and its noun.

    >>> counted(1, "finding"), counted(1200, "finding")
    ('1 finding', '1,200 findings')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def comparison(key: Key) -> str:
    """What a finding compares.

    >>> comparison(Key("disparity.selection_rate", "gap", "a", "b", "sex|dep p"))
    'gap by sex, dep p: a against b'
    """
    where = f" by {key.stratum.replace('|', ', ')}" if key.stratum else ""
    against = f" against {key.versus}" if key.versus else ""
    return f"{key.estimand}{where}: {key.level}{against}"


def comparisons(findings: Sequence[Finding]) -> str:
    """What several findings compare."""
    return named([comparison(finding.key) for finding in findings])


def value(told: Any) -> str:
    """A setting as it is told; a text too long is cut in its middle.

    >>> value(True), value(["a", "b"]), value(0.05), value(30.0)
    ('true', '[a, b]', '0.05', '30')
    """
    if isinstance(told, bool):
        return "true" if told else "false"
    if isinstance(told, float):
        return str(int(told)) if told == int(told) else repr(told)
    if isinstance(told, (list, tuple)):
        return f"[{', '.join(map(value, told))}]"
    text = str(told)
    return text if len(text) <= LONG else f"{text[: LONG // 2]}…{text[-LONG // 2 :]}"


def moved(was: Any, now: Any) -> str:
    """What a setting was and what it is.

    >>> moved(None, 0.5)
    'was not set and is 0.5'
    """
    before, after = ("not set" if told in (None, "") else value(told) for told in (was, now))
    return f"was {before} and is {after if after != before else 'another'}"
