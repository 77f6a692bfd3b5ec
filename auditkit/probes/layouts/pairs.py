"""What a layout of minimal pairs is read into: the pairs, and how many of what was there are left out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Pair(NamedTuple):
    """Two sentences that differ in what a stereotype is about: the one that says what it says, and the other.

    `category` is what the stereotype is about, `template` what the pair shares with others that are not independent of
    it: a wording, a target term. `given` stands before both and is not scored. `factors` are further columns.
    """

    stereotype: str
    anti: str
    category: str = ""
    template: str = ""
    given: str = ""
    factors: Mapping[str, str] = {}


class Found(NamedTuple):
    """The pairs of a file, and how many others it holds that are left out, by why."""

    pairs: tuple[Pair, ...]
    left_out: Mapping[str, int] = {}
