"""Where a question cannot be answered, does a model answer with the stereotype all the same?

The items of the user's own copy of BBQ, each with its three answers as options: factors `item`, `category`, `condition`
("ambiguous", where "unknown" is right, or "disambiguated"), `polarity`, `truth`, and which answer is "biased",
"against" the bias, or "unknown", in which `order`. `rows` says of every answer which of these it is; `stats.bbq` has
the scores of its authors, with intervals. `predicted` reads answers that somebody else published.
References
    Parrish et al., Findings of ACL (2022) 2086.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from auditkit.core.errors import ColumnError, InputError, nearest
from auditkit.core.probe import Probe, Prompt
from auditkit.probes.asking import asks_by, question
from auditkit.probes.layouts.bbq import AGAINST, BIASED, UNKNOWN, Item, items
from auditkit.probes.wording import filled
from auditkit.stats.options import chosen_option

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("{context}", "{question}", "{a}", "{b}", "{c}")
KINDS = (BIASED, AGAINST, UNKNOWN)


@dataclass(frozen=True)
class Bbq(Probe):
    """Ask the questions of a file, or of every file of the folder `path`.

    `template` has the places {context}, {question}, {a}, {b} and {c}.
    """

    path: str
    template: str = "{context}\n{question}\n(a) {a}\n(b) {b}\n(c) {c}\nAnswer:"
    verb: Literal["decide", "generate"] = "decide"
    repeats: int = 1

    def __post_init__(self) -> None:
        asks_by(self, self.verb, KINDS)
        if absent := [place for place in PLACES[:2] if place not in self.template]:
            raise InputError(f"The template has no place {absent[0]}. It takes: {', '.join(PLACES)}.")
        tuple(self)

    def __iter__(self) -> Iterator[Prompt]:
        for item in items(Path(self.path))[0]:
            words = zip(PLACES, (item.context, item.question, *item.answers), strict=True)
            text = filled(self.template, dict(words))
            yield question(text, self.verb, item.answers, _factors(item))

    def rows(self, table: pd.DataFrame, answer: str = "answer") -> pd.DataFrame:
        """A run's table with `choice`, the answer that was given, and its `kind`: biased, against, unknown.

        Both are missing where an answer chooses none of the three. Raises `ColumnError` where the table has no such
        column.
        """
        import pandas as pd

        if answer not in table:
            raise ColumnError.missing(answer, "outcome", map(str, table.columns))
        choices, kinds = [], []
        for row in table.to_dict("records"):
            kind, said = {row[kind]: kind for kind in KINDS}, row[answer]
            choices.append(chosen_option(said, _order(row)) if isinstance(said, str) else None)
            kinds.append(kind.get(choices[-1] or ""))
        told = {"choice": choices, "kind": kinds}
        return table.assign(**{name: pd.Series(read, table.index, object) for name, read in told.items()})

    def predicted(self, column: str) -> pd.DataFrame:
        """Published answers, a row an item: the factors, the `answer` in this key of the file, `choice` and `kind`.

        Raises `InputError` where the file has no such key.
        """
        import pandas as pd

        read = items(Path(self.path))[0]
        if column not in read[0].told:
            raise InputError(f'{self.path} has no key "{column}".{nearest(column, read[0].told)}')
        return self.rows(pd.DataFrame([{**_factors(item), "answer": str(item.told[column])} for item in read]))

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        left = {"biased answer not told": items(Path(self.path))[1]}
        return {**super().describe(), "asks": self.asks, "template": self.template, "left out": left}


def _factors(item: Item) -> dict[str, str]:
    told = {"item": item.key, "category": item.category, "condition": item.condition, "polarity": item.polarity}
    kinds = dict(zip(item.kinds, item.answers, strict=True))
    return {**told, "truth": item.truth, **kinds, "order": ", ".join(item.kinds)}


def _order(row: Mapping[Any, Any]) -> list[str]:
    """The answers in the order in which they were listed."""
    return [row[kind] for kind in row["order"].split(", ")]
