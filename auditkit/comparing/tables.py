"""What differs between two lists of tables: the rules of two policies, the detectors or the runs of two reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.comparing.naming import moved, named, value

Table = Mapping[str, Any]


def changes(old: Sequence[Table], new: Sequence[Table], kind: str, noun: str) -> tuple[str, ...]:
    """A sentence for each table that is gone, that is new, or of which a field changed; `kind` is the field that names
    it. Of several of one name those are taken for the same that differ least.

    >>> changes([{"code": "a", "k": 1}], [{"code": "a", "k": 2}, {"code": "b"}], "code", "detector")
    ('The detector a: k was 1 and is 2.', 'The detector b is new.')
    """
    gone, pairs, come = _matched(old, new, kind)
    said = [f"The {noun} {value(a.get(kind))}: {what}." for a, b in pairs for what in [_changed(a, b)] if what]
    said += [f"The {noun} {_told(table, kind)} is gone." for table in gone]
    return (*said, *(f"The {noun} {_told(table, kind)} is new." for table in come))


def changed_fields(old: Table, new: Table) -> tuple[str, ...]:
    """What of a table changed, field by field, a nested one by its dotted name.

    >>> changed_fields({"a": {"b": 1}, "c": [1, 2]}, {"a": {"b": 2}, "c": [2, 3], "d": True})
    ('a.b was 1 and is 2', 'c no longer has 1 and now has 3', 'd was not set and is true')
    """
    was, now = leaves(old), leaves(new)
    return tuple(_field(name, was, now) for name in dict.fromkeys((*was, *now)) if was.get(name) != now.get(name))


def leaves(table: Table, prefix: str = "") -> dict[str, Any]:
    """The settings of a nested table by dotted name; what is not set is left out.

    >>> leaves({"a": {"b": 1}, "c": None})
    {'a.b': 1}
    """
    found: dict[str, Any] = {}
    for key, part in sorted(table.items()):  # a file has its keys in this order
        if isinstance(part, Mapping):
            found |= leaves(part, f"{prefix}{key}.")
        elif part is not None:
            found[f"{prefix}{key}"] = list(part) if isinstance(part, tuple) else part
    return found


def _matched(old: Sequence[Table], new: Sequence[Table], kind: str) -> tuple[list[Table], list[Any], list[Table]]:
    """What is gone, which are the same with what they have become, and what has come."""
    gone, come = list(old), list(new)
    pairs: list[tuple[Table, Table]] = []
    alike = [
        (_shared(a, b), -i, -j) for i, a in enumerate(old) for j, b in enumerate(new) if a.get(kind) == b.get(kind)
    ]
    left, right = set(range(len(old))), set(range(len(new)))
    for _, i, j in sorted(alike, reverse=True):
        if -i in left and -j in right:
            left.discard(-i)
            right.discard(-j)
            pairs.append((old[-i], new[-j]))
    return [gone[i] for i in sorted(left)], pairs, [come[j] for j in sorted(right)]


def _shared(a: Table, b: Table) -> float:
    """How much two tables have in common; all of it beats any part."""
    was, now = leaves(a), leaves(b)
    return len([name for name in was if was[name] == now.get(name)]) / max(len(was), len(now), 1)


def _changed(old: Table, new: Table) -> str:
    return named(changed_fields(old, new), most=40)


def _told(table: Table, kind: str) -> str:
    """A table by its name and its settings."""
    settings = [f"{name} {value(part)}" for name, part in leaves(table).items() if name != kind]
    return value(table.get(kind)) + (f" ({named(settings)})" if settings else "")


def _field(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    a, b = was.get(name), now.get(name)
    if isinstance(a, list) and isinstance(b, list):
        return f"{name} {_items(a, b)}"
    return f"{name} {moved(a, b)}"


def _items(a: Sequence[Any], b: Sequence[Any]) -> str:
    lost, found = ([value(x) for x in some if x not in others] for some, others in ((a, b), (b, a)))
    said = [f"no longer has {named(lost)}"] if lost else []
    said += [f"now has {named(found)}"] if found else []
    return " and ".join(said) or "stands in another order"
