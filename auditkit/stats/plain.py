"""A state of numbers, words and tuples of them as plain JSON, and back: what is kept goes on as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from auditkit.core.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    State = TypeVar("State", bound=DataclassInstance)


def plain(state: DataclassInstance) -> dict[str, Any]:
    """The fields of a frozen dataclass, tuples as lists: numbers, lists and strings, for JSON."""
    return {field.name: _listed(getattr(state, field.name)) for field in fields(state)}


def restored(kind: type[State], data: Mapping[str, Any], what: str) -> State:
    """Read what `plain` wrote, lists as tuples; raises `InputError` where it is not `what`, or what its kind refuses.

    >>> from auditkit.stats.pairing import Pairing
    >>> restored(Pairing, plain(Pairing(100)), "a pairing") == Pairing(100)
    True
    """
    try:
        return kind(**{name: _tupled(value) for name, value in data.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"This is not the state of {what}: {type(error).__name__}: {error}.") from error


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(one) for one in value) if isinstance(value, list) else value
