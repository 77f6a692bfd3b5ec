"""The command `explain`: the manual of whatever has a name, and of every kind of file that auditkit reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, get_args

import typer

from auditkit.commands.answer import Answer
from auditkit.commands.asking import Kind


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="For example disparity.selection_rate.")],
) -> Answer:
    """Print the manual of a detector (and how often it errs), probe, target, annotator or rule; of a world or a bundled
    model of the lab; of the files policy, plan, recipe, treatments and watch."""
    from auditkit import catalog, manuals
    from auditkit.rendering import card_text

    if code in FILES:
        return Answer(FILES[code]())
    asked = (catalog.annotators(), catalog.probes(), catalog.targets())
    manuals_of = [*FILES, *catalog.detectors(), *catalog.rules(), *(name for known in asked for name in known)]
    _known(code, [*manuals_of, *catalog.worlds(), *manuals.miniatures()])
    if code not in manuals_of:
        return Answer(manuals.story(code) if code in catalog.worlds() else manuals.miniature(code))
    manual = f"{code}\n\n{catalog.explain(code)}\n"
    if any(code in known for known in asked):
        return Answer(f"{manual}\n{manuals.manual_of(code)}")
    if code in catalog.rules():
        return Answer(manual)
    return Answer(f"{manual}\n{manuals.settings(code)}\n{card_text(catalog.card(code))}")


def _known(code: str, names: list[str]) -> None:
    """Raise `InputError` for what has no manual, with the nearest name of all that has one."""
    from auditkit.core.errors import InputError, nearest

    if code in names:
        return
    if code in get_args(Kind):
        raise InputError(f'"{code}" are many, and each has a manual of its own. Their names: auditkit list {code}.')
    alone = next((full for full in names if full.split(".")[-1] == code), "")
    told = f' Did you mean "{alone}"?' if alone else nearest(code, names)
    raise InputError(
        f'Nothing is called "{code}".{told} See: auditkit list detectors (or probes, targets, annotators, rules, '
        f"worlds); of files: {', '.join(FILES)}."
    )


def _policy() -> str:
    from auditkit.manuals import policy_manual

    return policy_manual()


def _plan() -> str:
    from auditkit.planning import plan_manual

    return plan_manual()


def _recipe() -> str:
    from auditkit.lifecycle.curating import MANUAL

    return MANUAL


def _treatments() -> str:
    from auditkit.lifecycle.prompting import first_treatments

    return first_treatments()


def _watch() -> str:
    from auditkit.lifecycle.monitoring import first_watch

    return first_watch()


FILES: Mapping[str, Callable[[], str]] = {
    "policy": _policy,
    "plan": _plan,
    "recipe": _recipe,
    "treatments": _treatments,
    "watch": _watch,
}
"""Every kind of file that somebody writes, and what it can hold."""
