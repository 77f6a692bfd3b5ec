"""The records of a run, for a moment: on a connection of its own, so that threads do not matter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.core.errors import InputError
from auditkit.runs import opened_run
from auditkit.schemas import reason
from auditkit.store import AMISS, SCHEMA, Store

if TYPE_CHECKING:
    from auditkit.runs import Run


@contextmanager
def reading(run: Run | str | Path) -> Iterator[Store]:
    """The run's records, opened for reading; whatever is wrong with them is an `InputError`."""
    folder = opened_run(run).folder
    store = Store(folder)
    try:
        written = store.design().get("schema", SCHEMA)
        if not isinstance(written, int) or written > SCHEMA:
            told = f"schema {written!r:.20}; this one reads {SCHEMA}"
            raise InputError(f"The run in {folder} is of a newer auditkit ({told}). Update auditkit.")
        yield store
    except AMISS as error:
        if isinstance(error, InputError):
            raise
        told = f"{type(error).__name__}: {reason(error):.200}"
        raise InputError(f"The run in {folder} is damaged: {told}. Elicit it again.") from error
    finally:
        store.close()
