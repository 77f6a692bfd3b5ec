"""How a design asks in words: by one verb of several, at the place where the answer comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Probe, Prompt

Asking = Literal["generate", "decide", "fill_mask"]
"""Going on with the words, choosing what comes next, filling the slot."""


def asks_by(probe: Probe, verb: Asking, options: Sequence[str] = ()) -> None:
    """Let a design ask by a verb; raise `InputError` for options that are no choice, and where nothing is repeated.

    Only `fill_mask` may go without options: the word is then drawn from all that the model knows.
    """
    if probe.repeats < 1:
        raise InputError(f"repeats is {probe.repeats}. Give at least 1.")
    if verb not in ("generate", "decide", "fill_mask"):
        raise InputError(f'{probe.name} cannot ask to {verb}. Choose "generate", "decide" or "fill_mask".')
    alike = isinstance(options, str) or not all(options) or len(set(options)) < len(options)
    if alike or (verb == "decide" and len(options) < 2) or len(options) == 1:
        raise InputError(f"Options are a list of at least two different answers; these are {options!r}.")
    object.__setattr__(probe, "asks", verb)


def question(
    text: str, verb: Asking, options: Sequence[str] = (), factors: Mapping[str, str] | None = None, given: str = ""
) -> Prompt:
    """A prompt whose slot, written [MASK], is filled, or whose words are gone on with from there.

    A text without a slot ends where the answer comes. Raises `InputError` for a slot that is missing where one is to be
    filled, that is there twice, or that nothing stands before.

    >>> asked = "The judge said that [MASK] was late."
    >>> question(asked, "fill_mask", ["she", "he"]).text, question(asked, "generate").text
    ('The judge said that [MASK] was late.', 'The judge said that')
    """
    known = dict(factors or {})
    if verb == "fill_mask":
        if text.count(MASK) != 1:
            raise InputError(f"A slot is filled where the words have {MASK} once; these have not: {text!r}.")
        return Prompt(text, factors=known, options=tuple(options), given=given)
    before = text.split(MASK)[0].rstrip()
    if text.count(MASK) > 1 or not before:
        raise InputError(f"Words that are gone on with have something before their one {MASK}: {text!r} has not.")
    return Prompt(before, factors=known, options=tuple(options) if verb == "decide" else (), given=given)
