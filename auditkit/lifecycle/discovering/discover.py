"""discover(): look for models, and audit side by side what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.formats.candidates import others, reasons
from auditkit.lifecycle.discovering.candidate import Found
from auditkit.lifecycle.discovering.comparing import Told, compare
from auditkit.lifecycle.discovering.comparison import Comparison
from auditkit.lifecycle.discovering.searching import search
from auditkit.lifecycle.discovering.wanting import Wanted
from auditkit.planning import Plan


def discover(
    source: str | Path,
    plan: Plan | str | Path,
    out: str | Path,
    wanted: Wanted | None = None,
    *,
    api: Any = None,
    progress: Told | None = None,
) -> Comparison:
    """`search` a source and `compare` what is found under a plan; raises `InputError` where nothing is found."""
    found = something(search(source, wanted, api=api), None if wanted is None else wanted.task)
    return compare(found, plan, out, progress=progress)


def something(found: Found, task: str | None = None) -> Found:
    """What was found; raises `InputError` where that is nothing, with what there was."""
    if found.candidates:
        return found
    near = "" if task is None or set(found.others) != {"task"} else nearest(task, found.others["task"])
    told = found.to_dict()
    there = [f"There were {sentence}." for sentence in others(told)]
    there += [f"{names}: {because}." for names, because in reasons(told["aside"])[:5]]
    asked = f" with {found.wanted}" if found.wanted else ""
    said = " ".join(there) or "There was no model at all."
    raise InputError(f"No candidate in {found.source}{asked}. {said}{near} Ask for less, or look elsewhere.")
