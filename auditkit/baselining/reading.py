"""What stands in the file of a baseline?"""

from __future__ import annotations

from pathlib import Path

from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.sealing import text_of

FILE = "auditkit.baseline.json"


def read_baseline(path: str | Path) -> Baseline:
    """The baseline in a file, or a plain report as one; raises `InputError` for anything else."""
    file = Path(path)
    if file.is_dir():
        raise InputError(f"{file} is a folder, and a baseline is a file, by default {FILE}.")
    if not file.exists():
        raise InputError(f"There is no baseline {file}. Write one: auditkit baseline create REPORT.json --out {file}")
    return parsed(text_of(file, f"The baseline {file}"), str(file))


def parsed(text: str, name: str) -> Baseline:
    """The baseline in a text that was found under a name; raises `InputError` for anything else."""
    try:
        return Baseline.from_json(text)
    except InputError as error:
        raise InputError(f"{name}: ", *error.parts) from error
