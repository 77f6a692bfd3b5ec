"""One of several options, drawn by how likely each is; what is told says how likely that was."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from auditkit.core.errors import InputError
from auditkit.core.probe import OTHER
from auditkit.core.target import Said


def chosen(options: Sequence[str], logs: Sequence[float], share: float, *, greedy: bool = False) -> Said:
    """The option below which `share` of the chances lie, or the likeliest; `logs` are the chances' logarithms.

    >>> chosen(("he", "she"), (-4.0, -3.0), 0.2).text, chosen(("he", "she"), (-4.0, -3.0), 0.2, greedy=True).text
    ('he', 'she')
    """
    at, most = share * sum(exp(log - max(logs)) for log in logs), max(logs)
    for option, log in zip(options, logs, strict=True):
        at -= exp(log - most)
        if log == most if greedy else at < 0:
            return Said(option, told_of(options, logs))
    return Said(options[-1], told_of(options, logs))


def chosen_or_other(options: Sequence[str], logs: Sequence[float], share: float) -> Said:
    """The same, where what the options lack to one is the chance of "(other)".

    >>> chosen_or_other(("he", "she"), (-0.7, -1.4), 0.9).text
    '(other)'
    """
    told = told_of(options, logs)
    if share * max(told["mass"], 1.0) >= told["mass"]:
        return Said(OTHER, told)
    return chosen(options, logs, share * max(told["mass"], 1.0) / told["mass"])


def told_of(options: Sequence[str], logs: Sequence[float]) -> dict[str, float]:
    """The chance of every option, and of all together.

    >>> told_of(("he",), (0.0,))
    {'mass': 1.0, 'P(he)': 1.0}
    """
    chances = {f"P({option})": exp(log) for option, log in zip(options, logs, strict=True)}
    return {"mass": sum(chances.values()), **chances}


def offered(options: Sequence[str], text: str) -> None:
    """Raise `InputError` unless there are options, different ones."""
    if not options:
        raise InputError(f"There are no options to choose from for {text!r}. Give the prompt options.")
    if len(set(options)) < len(options) or not all(options):
        raise InputError(f"Options are different words; these are {list(options)}.")
