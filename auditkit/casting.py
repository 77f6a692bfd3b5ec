"""Which column of the table could play a role that nobody fills, and which can hardly play the one it was given?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditkit import frames
from auditkit.core.arguments import Argument, spelt
from auditkit.core.detector import Detector
from auditkit.core.errors import InputError, RoleMissing
from auditkit.core.evidence import Tally
from auditkit.core.names import listed
from auditkit.core.roles import ALIASES, MISSING, Roles

ANY = "..."
MANY, ALONE = 100, 0.9
"""With more groups than this, and a larger share of them of one row each, a column is no column of groups."""
FEW = 20
"""With more numbers than this a column of groups should have been put into bins."""
BINS = "put them into a few bins before they are compared."
BORNE: Mapping[str, Sequence[str]] = {
    "group": ("gender", "sex", "race", "ethnicity"),
    "outcome": ("decision", "label", "target", "result", "gold", "y"),
    "prediction": ("predicted", "predictions", "pred", "yhat"),
    "score": ("scores", "probability", "proba", "risk"),
    "context": ("department", "dept", "occupation", "concept"),
    "unit": ("person", "prompt", "document"),
    "item": ("pair", "vignette", "candidate"),
    "weight": ("weights",),
    "responded": ("answered",),
    "text": ("texts", "sentence"),
    "image": ("picture",),
    "vector": ("embedding",),
}
"""The names, beside its own and its aliases, that the column of a role often bears."""


def require(detector: Detector, roles: Roles, data: Any) -> None:
    """Refuse, by an `InputError`, a detector whose roles are not filled."""
    for role in [*detector.needs, *([detector.measures] if detector.measures else [])]:
        if role not in roles:
            columns = frames.columns(data)
            told = f"{detector.code} needs a column for {role}. The table has: {listed(columns)}. Pass "
            raise InputError(told, Argument(role, _likely(role, _free(roles, columns)) or ANY), ".")


def refuse_ids(tally: Tally) -> None:
    """Refuse, by an `InputError`, a column of groups of which nearly every row is one of its own: an id, an amount."""
    for axis in _groups(tally):
        alone, groups = int((tally.cube(axis, of="n") == 1).sum()), len(tally.levels_of(axis))
        if groups > MANY and alone > ALONE * groups:
            column = tally.name_of(axis)
            raise InputError(
                f'Nearly every row is a group of its own: of {groups:,} values of "{column}" {alone:,} stand in one '
                "row each, and one row is compared with nothing. If it names who a row is of, pass ",
                *(Argument("unit", column), "; if it is a number or a date, put it into a few bins first."),
            )


def unbinned(tally: Tally) -> Iterator[str]:
    """What a reader is told of a column of groups that holds many numbers: each is compared by itself."""
    for axis in _groups(tally):
        levels = [level for level in tally.levels_of(axis) if level != MISSING]
        if len(levels) > FEW and all(map(_is_number, levels)):
            yield f"Column {tally.name_of(axis)} holds {len(levels):,} numbers, and each is a group of its own: {BINS}"


def _groups(tally: Tally) -> list[str]:
    return [axis for axis in tally.axes if axis.split(":")[0] == "group"]


def _is_number(level: str) -> bool:
    try:
        return math.isfinite(float(level))
    except ValueError:
        return False


def unfilled(lack: RoleMissing, roles: Roles, data: Any) -> str:
    """Why a detector could not look, what the table has that plays no role, and what to pass.

    A column is named where its name says that it plays the role, and is the only one that does.

    >>> table = {"gender": ["f", "m"], "decision": [1, 0], "applicant": [1, 2]}
    >>> unfilled(RoleMissing("prediction", "outcome"), Roles.of(group="gender"), table)
    'it needs a column for prediction or outcome. The table also has: decision, applicant. Pass outcome="decision"'
    """
    free = _free(roles, frames.columns(data))
    has = f"The table also has: {listed(free)}" if free else "The table has no other column"
    asked = list(_asked(lack.roles, free)) or [Argument(role, ANY) for role in lack.roles]
    return f"{lack}. {has}. Pass {' or '.join(map(spelt, asked))}"


def _free(roles: Roles, columns: Sequence[str]) -> list[str]:
    taken = {column for played in roles.columns.values() for column in played}
    return [column for column in columns if column not in taken]


def _asked(roles: Sequence[str], free: Sequence[str]) -> Iterator[Argument]:
    for role in roles:
        if column := _likely(role, free):
            yield Argument(role, column)


def _likely(role: str, columns: Sequence[str]) -> str | None:
    """The only column whose name says that it plays the role."""
    aliases = [alias for alias, meant in ALIASES.items() if meant == role]
    names = {_plain(name) for name in (role, *aliases, *BORNE.get(role, ()))}
    meant = [column for column in columns if _plain(column) in names]
    return meant[0] if len(meant) == 1 else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
