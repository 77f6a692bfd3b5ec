"""Which column of the table could play a role that nobody fills?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditkit import frames
from auditkit.core.arguments import Argument, spelt
from auditkit.core.detector import Detector
from auditkit.core.errors import InputError, RoleMissing
from auditkit.core.names import listed
from auditkit.core.roles import ALIASES, Roles

ANY = "..."
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
