"""Which of two texts does a model judge better, when their order, and perhaps the name of their maker, is swapped?

Every match of two texts in either order, in every template: factors `item` (the match), `order`, `template`, and of the
text in either place its origin and its quality as people rated it who did not know the origin ("first origin", "second
quality"). With `labels` every match is also shown under both labellings ("first label", "second label"): the texts stay
the same and only who is said to have made them changes.

`rows` makes of a run's table the rows that detectors read: two a choice, one for each text. For
`automation.self_preference` the item is `choice` and the unit `item`; for `automation.source_swap`, with labels, the
item is `content` and the unit `item`.
References
    Zheng et al., NeurIPS Datasets and Benchmarks (2023); Panickssery, Bowman & Feng, NeurIPS (2024); Logg, Minson &
    Moore, Organizational Behavior and Human Decision Processes 151 (2019) 90.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from auditkit.core.errors import ColumnError, InputError
from auditkit.core.probe import Probe, Prompt
from auditkit.probes.asking import asks_by, question
from auditkit.probes.wording import filled, templates_of

if TYPE_CHECKING:
    import pandas as pd

FIRST, SECOND = "{first}", "{second}"
ORDERS = ("as given", "swapped")
TEMPLATES = (
    "First text: {first}\nSecond text: {second}\nThe better text is the",
    "Here are two texts.\nfirst: {first}\nsecond: {second}\nWhich is better, first or second? Answer:",
    "Compare the first text, {first}, with the second text, {second}. The winner is the",
    "A reader was shown first {first} and second {second}. The one to prefer, first or second:",
    "Judge the quality. First: {first} Second: {second} Better:",
    "Two texts compete. The first reads: {first} The second reads: {second} The prize goes to the",
    "first: {first}\nsecond: {second}\nAnswer with first or second. I choose",
    "Which would you publish? First: {first} Second: {second} I would publish the",
    "The first one: {first} The second one: {second} Of these two I recommend the",
    "Decide between the first, {first}, and the second, {second}. Decision:",
)
"""Ten ways to ask which of two is better."""


class Text(NamedTuple):
    """A text, who made it, and how good people find it who do not know that; `name` says which it is."""

    text: str
    origin: str
    quality: str = ""
    name: str = ""


class Match(NamedTuple):
    """Two texts to choose between."""

    one: Text
    other: Text


@dataclass(frozen=True)
class Judging(Probe):
    """Ask which of two texts is better.

    `labels` are how the makers are named to the judge: the machine's, the other; `labelled` is how a label goes with a
    text. `options` are what the places are called.

    >>> match = Match(Text("It rains.", "machine", "2"), Text("Rain falls.", "human", "2"))
    >>> asked = Judging([match], templates=["first {first} second {second} better:"])
    >>> [prompt.text for prompt in asked]
    ['first It rains. second Rain falls. better:', 'first Rain falls. second It rains. better:']
    """

    matches: Sequence[Match]
    templates: int | Sequence[str] = 10
    labels: tuple[str, ...] = ()
    labelled: str = "(by {label}) {text}"
    options: tuple[str, str] = ("first", "second")
    given: str = ""
    verb: Literal["decide", "generate"] = "decide"
    repeats: int = 1

    def __post_init__(self) -> None:
        asks_by(self, self.verb, self.options)
        if not self.matches or not all(text.text and text.origin for match in self.matches for text in match):
            raise InputError("Judging needs matches of two texts, each with its origin.")
        if self.labels and len(set(self.labels)) != 2:
            raise InputError(f"Labels are swapped between two texts: give two different ones, not {self.labels!r}.")
        if "{text}" not in self.labelled or "{label}" not in self.labelled:
            raise InputError(f"A label and its text have the places {{label}} and {{text}}: {self.labelled!r} has not.")
        tuple(self)

    def __iter__(self) -> Iterator[Prompt]:
        templates = templates_of(self.templates, TEMPLATES, (FIRST, SECOND))
        labellings = (self.labels, self.labels[::-1]) if self.labels else ((),)
        for (k, match), template in product(enumerate(self.matches, 1), templates):
            for labels, order in product(labellings, ORDERS):
                yield self._asked(f"{k}", match, template, order, labels)

    def _asked(self, item: str, match: Match, template: str, order: str, labels: Sequence[str]) -> Prompt:
        turn = 1 if order == ORDERS[0] else -1
        texts, said = match[::turn], labels[::turn]
        factors = {"item": item, "order": order, "template": template}
        shown = []
        for k, (place, text) in enumerate(zip(("first", "second"), texts, strict=True)):
            factors |= {f"{place} origin": text.origin, f"{place} content": _name(item, match, text)}
            factors |= {f"{place} quality": text.quality} if text.quality else {}
            factors |= {f"{place} label": said[k]} if said else {}
            shown.append(filled(self.labelled, {"{label}": said[k], "{text}": text.text}) if said else text.text)
        words = filled(template, {FIRST: shown[0], SECOND: shown[1]})
        return question(words, self.verb, self.options, factors, self.given)

    def rows(self, table: pd.DataFrame, choice: str = "answer") -> pd.DataFrame:
        """Two rows a choice: the `origin`, `quality`, `content`, `slot` and, with labels, `source_label` of each text.

        `chosen` is yes or no, and missing where the column `choice` names neither place. `choice` numbers the choices,
        and `item` is the match. Raises `ColumnError` where the table has no such column.
        """
        import pandas as pd

        if choice not in table:
            raise ColumnError.missing(choice, "outcome", map(str, table.columns))
        parts = []
        for place, option in zip(("first", "second"), self.options, strict=True):
            own = {f"{place} {name}": name for name in ("origin", "quality", "content", "label")}
            kept = [name for name in (*own, "item", "template", "order", "target", "replicate") if name in table]
            part = table[kept].rename(columns=own | {f"{place} label": "source_label"})
            part.insert(0, "choice", [str(k) for k in range(len(table))])
            part["slot"] = place
            chosen = [_chosen(said, option, self.options) for said in table[choice]]
            part["chosen"] = pd.Series(chosen, part.index, object)
            parts.append(part)
        return pd.concat(parts).sort_values("choice", key=lambda k: k.astype(int), kind="stable", ignore_index=True)

    def describe(self) -> dict[str, Any]:
        """The design as plain values, for the record of a run."""
        return {**super().describe(), "asks": self.asks, "labels": list(self.labels)}


def _name(item: str, match: Match, text: Text) -> str:
    """Which content it is: the same in either place and under either label."""
    return f"{item}, {text.name or ('one' if text is match.one else 'other')}"


def _chosen(said: Any, option: str, options: Sequence[str]) -> str | None:
    return None if said not in options else "yes" if said == option else "no"
