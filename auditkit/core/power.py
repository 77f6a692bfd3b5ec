"""How much data the verdicts of a plan need, before any are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from auditkit.core.need import Need, said


@dataclass(frozen=True)
class Power:
    """What a plan needs: a line a verdict when it is printed, and `to_dict` for JSON.

    `silent` lists what no data will answer, `worlds` by detector what was assumed of data that nobody has seen.
    `comparisons` are those that Holm allows for, `level` the one at which a FAIL is tested, `effect` how many margins
    the bias of a FAIL is. Where answers are still to be drawn, `drawn` is how many prompts and repeats the plan has;
    `seconds` and `price` are those of one answer.
    """

    needs: tuple[Need, ...]
    silent: tuple[str, ...]
    worlds: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    comparisons: int
    level: float
    effect: float
    drawn: tuple[int, int] | None = None
    seconds: float | None = None
    price: float | None = None

    @property
    def possible(self) -> tuple[Need, ...]:
        """The verdicts that data can bring."""
        return tuple(need for need in self.needs if need.rows is not None)

    @property
    def rows(self) -> int | None:
        """Rows that are enough for all of these; `None` where there are none."""
        return max((need.rows for need in self.possible if need.rows is not None), default=None)

    def cost(self, answers: int) -> str:
        """The time and the price of so many answers; nothing where neither is known.

        >>> Power((), (), {}, (), 0, .95, 2.0, seconds=2.5, price=.01).cost(3000)
        '2 h 5 min, price 30.00'
        """
        time = None if self.seconds is None else lasting(answers * self.seconds)
        price = None if self.price is None else f"price {answers * self.price:,.2f}"
        return ", ".join(filter(None, (time, price)))

    def cells(self, need: Need) -> tuple[str, ...]:
        """What is said of one verdict, a cell each: rows, the smaller group, units, repeats, the cost, the draws."""
        if need.rows is None:
            return (f"no number of {self.what}: {need.why}",)
        units = ", ".join(f"{count:,} {_several(axis, count)}" for axis, count in need.units.items())
        smaller = "" if need.smaller is None else f"{need.smaller:,} in the smaller group"
        again = "" if need.repeats is None else f"{need.repeats:,} {_several('repeat', need.repeats)}"
        rows = f"{need.rows:,} {self.what}"
        return rows, smaller, units, again, self.cost(need.rows), need.given

    def beside(self, need: Need) -> tuple[str, ...]:
        """What there is to know of a number of rows: of its world, and of a run that stops by itself."""
        stopped = "" if need.stopped is None else need.stopped.told(self.cost(need.stopped.median or 0))
        return tuple(filter(None, ("" if need.rows is None else need.why, stopped)))

    @property
    def what(self) -> str:
        """What a row is called."""
        return "rows" if self.drawn is None else "answers"

    @property
    def headline(self) -> str:
        """What is enough for every PASS, and for every FAIL."""
        told = "; ".join(filter(None, (self._enough("PASS"), self._enough("FAIL"))))
        return f"With 90 % power each: {told}." if told else "No verdict that this plan asks for can be planned."

    def _enough(self, verdict: str) -> str:
        asked = [need for need in self.needs if need.verdict == verdict]
        rows = [need.rows for need in asked if need.rows is not None]
        if not rows:
            return f"no number of {self.what} for a {verdict}" if asked else ""
        several = "every" if len(rows) == len(asked) else f"{len(rows)} of {len(asked)} verdicts of"
        return f"{max(rows):,} {self.what} for {'a' if len(asked) == 1 else several} {verdict}"

    @property
    def tested(self) -> str:
        """How verdicts are tested."""
        holm = "" if self.comparisons < 2 else f", Holm's first of {self.comparisons} comparisons"
        return (
            f"A PASS is due where there is no bias, its 90 % interval inside the margin. A FAIL is due where the bias "
            f"is {said(self.effect)} margins, its {100 * self.level:.4g} % interval outside{holm}."
        )

    @property
    def plan(self) -> str:
        """Whether the plan draws enough, and what would do; nothing where it draws nothing."""
        if self.drawn is None:
            return ""
        prompts, repeats = self.drawn
        total, able = prompts * repeats, [need for need in self.possible if need.repeats is not None]
        enough = sum(need.repeats is not None and need.repeats <= repeats for need in able)
        drawn = f"The plan draws {prompts:,} prompts × {repeats:,} repeats = {total:,} answers{_in(self.cost(total))}"
        told = f"{drawn}, enough for {enough} of {len(self.needs)} verdicts."
        most = max((need.repeats for need in able if need.repeats is not None), default=0)
        if most <= repeats:
            return told
        cost = _in(self.cost(prompts * most))
        return f"{told} {most:,} repeats, {prompts * most:,} answers{cost}, are enough for {len(able)}."

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from (self.headline, self.tested, *filter(None, (self.plan,)))
        if self.silent:
            yield "\nNever answered, whatever the data:"
            yield from (f"  {sentence}" for sentence in self.silent)
        for title, world in self.worlds.items():
            yield f"\n{title}"
            own = [need for need in self.needs if need.title == title]
            for what, both in groupby(own, lambda need: f"{need.estimand}, {need.limit}"):
                yield f"  {what}"
                yield from self._table(list(both))
            yield from (f"  {'Supposed: ' if k == 0 else ''}{said}" for k, said in enumerate(world))
        yield from (f"\n{note}" if k == 0 else note for k, note in enumerate(self.notes))

    def _table(self, needs: Sequence[Need]) -> Iterator[str]:
        """A line a verdict, cells under one another, and lines for what there is to know beside."""
        first = max(len(need.where) for need in needs)
        columns = list(zip(*(self.cells(need) for need in needs if need.rows is not None), strict=True))
        widths = [max(map(len, column)) for column in columns]
        for need in needs:
            told = list(self.cells(need))
            if need.rows is not None:
                told = [cell.ljust(width) for cell, width in zip(told, widths, strict=True) if width]
                told[0] = told[0].rstrip().rjust(widths[0])
            yield f"    {need.where:<{first}}  {'  '.join(told)}".rstrip()
            yield from (f"    {'':<{first}}  {sentence}" for sentence in self.beside(need))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "power": 0.9,
            "comparisons": self.comparisons,
            "fail_level": self.level,
            "effect": self.effect,
            "rows": self.rows,
            "needs": [need.to_dict() for need in self.needs],
            "silent": list(self.silent),
            "worlds": {title: list(sentences) for title, sentences in self.worlds.items()},
            "notes": list(self.notes),
            "drawn": None if self.drawn is None else {"prompts": self.drawn[0], "repeats": self.drawn[1]},
            "seconds": self.seconds,
            "price": self.price,
        }


def lasting(seconds: float) -> str:
    """A time in the units that one thinks in.

    >>> lasting(48.2), lasting(300), lasting(7512), lasting(200_000)
    ('48 s', '5 min', '2 h 5 min', '2 d 7 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def _several(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _in(cost: str) -> str:
    return f" ({cost})" if cost else ""
