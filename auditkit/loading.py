"""load(): a report or a judgement from its file, a run from its folder."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.core.wire import TooMuch, loaded
from auditkit.runs import Run, is_run, opened_run
from auditkit.sealing import text_of


def load(path: str | Path) -> Report | Judgement | Run:
    """Read `report.json`, `judgement.json` or the folder of a run; raises `InputError` for anything else.

    A file is at most 64 MB: it is measured before it is read, and what is no regular file is not opened.

    >>> import tempfile, pathlib
    >>> from auditkit import audit
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> load(audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25).save(folder / "r.json")).recipe.rows
    100
    """
    file = Path(path)
    if is_run(file):
        return opened_run(file)
    text = text_of(file)
    try:
        data = loaded(text)
    except TooMuch as error:
        raise InputError(f"{file} is not read: {error}. Audit fewer comparisons at a time.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not a report: it is not JSON ({error}).") from error
    try:
        return Judgement.from_json(text) if isinstance(data, dict) and "verdicts" in data else Report.from_dict(data)
    except InputError as error:
        raise InputError(f"{file}: ", *error.parts) from error
