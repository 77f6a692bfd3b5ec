"""What a story is: a table drawn from a world with a known dose of bias, and what an audit of it should say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Story:
    """A textbook example as a world that can be drawn and audited.

    name, title, family
        how it is called, how it is announced, and the bias it belongs to.
    tale, planted
        the example retold; and, in one sentence, what was planted and how much of it, computed from `truth`.
    draw
        (dose 0 to 1, rows or `None` for the story's own size, generator) -> a table of that many rows.
    truth
        dose -> the true effects by name, in closed form, the headline first; differences are 0 without bias, names
        that contain "ratio to" or "representation" are ratios and 1 without bias.
    roles, plan
        the columns' roles, and the detectors with their fields as a plan writes them.
    promises
        dose -> the outcome of the judgement under the default policy. A published table has no dose and promises
        under "0".
    """

    name: str
    title: str
    family: str
    tale: str
    planted: str
    draw: Callable[[float, int | None, np.random.Generator], pd.DataFrame]
    truth: Callable[[float], Mapping[str, float]]
    roles: Mapping[str, str | tuple[str, ...]]
    plan: tuple[Mapping[str, Any], ...]
    promises: Mapping[str, str]


def gathered(rows: int, batch: Callable[[], NDArray[Kind]]) -> NDArray[Kind]:
    """Ask batch after batch until `rows` people came through, and keep the first `rows` of them.

    >>> gathered(5, lambda: np.array([1, 2, 3])).tolist()
    [1, 2, 3, 1, 2]
    """
    parts = [batch()]
    while sum(map(len, parts)) < rows:
        parts.append(batch())
    return np.concatenate(parts)[:rows]
