"""The slot of a text and what may fill it, in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK
from auditkit.targets.choosing import offered
from auditkit.targets.masking import Copy
from auditkit.targets.wording import Worded


@dataclass(frozen=True)
class Slot:
    """The copies of a text that are asked about, the tokens wanted in the place of each, and whose they are.

    copies
        of options of one token, one copy for all; of one of several tokens, a copy for each of them.
    wanted
        the tokens that are wanted in the place of each copy, a list each; all of them where there are no options.
    parts
        for each option, the (copy, number among its wanted) of each of its tokens.
    """

    options: tuple[str, ...]
    copies: tuple[Copy, ...]
    wanted: tuple[Any, ...]
    parts: tuple[tuple[tuple[int, int], ...], ...]

    def summed(self, logs: Sequence[Any]) -> list[float]:
        """The log probability of each option, of those of the wanted tokens."""
        return [sum(float(logs[copy][at]) for copy, at in parts) for parts in self.parts]


def slot_of(worded: Worded, text: str, options: Sequence[str]) -> Slot:
    """The slot of a text: what is asked of the model, so that every option has a probability.

    Raises `InputError` for options that the tokenizer cannot spell or tell apart, and for a text that is too long.
    """
    mask = worded.tokenizer.mask_token_id
    whole = worded.tokenizer(text.replace(MASK, worded.tokenizer.mask_token))["input_ids"]
    worded.fits(whole, text)
    place = whole.index(mask)
    if not options:
        return Slot((), (Copy(whole, place),), (slice(None),), ())
    offered(options, text)
    spelled = [_spelled(worded, text, whole, place, option) for option in options]
    if len(set(spelled)) < len(spelled):
        raise InputError(f"{worded.title} cannot tell the options {list(options)} apart: their tokens are one.")
    single = [tokens[0] for tokens in spelled if len(tokens) == 1]
    found, wanted = [Copy(whole, place)], [single]
    parts: list[tuple[tuple[int, int], ...]] = []
    for tokens in spelled:
        if len(tokens) == 1:
            parts.append(((0, single.index(tokens[0])),))
            continue
        parts.append(tuple((len(found) + k, 0) for k in range(len(tokens))))
        for k in range(len(tokens)):
            filled = [*tokens[:k], *[mask] * (len(tokens) - k)]
            found.append(Copy([*whole[:place], *filled, *whole[place + 1 :]], place + k))
            wanted.append([tokens[k]])
        worded.fits(found[-1].ids, text)
    return Slot(tuple(options), tuple(found), tuple(wanted), tuple(parts))


def _spelled(worded: Worded, text: str, whole: Sequence[int], place: int, option: str) -> tuple[int, ...]:
    """The tokens of an option where the slot is: those of the text that holds it, without those around the slot."""
    ids = worded.tokenizer(text.replace(MASK, option))["input_ids"]
    after = len(whole) - place - 1
    own = tuple(ids[place : len(ids) - after])
    around = list(ids[:place]) == list(whole[:place]) and list(ids[len(ids) - after :]) == list(whole[place + 1 :])
    if not own or not around or worded.unread in own:
        raise InputError(f"{worded.title} cannot spell the option {option!r} in {text!r}. Give words that it knows.")
    return own
