"""What of a policy can be set, to which numbers, and what do the detectors themselves suggest?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from auditkit.core.finding import Margin
from auditkit.core.report import Report
from auditkit.rules import Enough, NoWorse, Policy, Question, Ratio, Rule, Within

LEADS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
RATIOS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
ROWS = (0.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
CLUSTERS = (0.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0)
USUAL = 0.05
AROUND = 10
"""Margins are offered from a tenth of what is there to ten times as much."""

Field = Literal["margin", "at_least", "n_eff", "clusters"]
Place = tuple[int, Field]


@dataclass(frozen=True, slots=True)
class Setting:
    """One number of a policy: of the rule at `place`, for the findings that its patterns name.

    `value` is `None` where each finding is held to the margin that its detector suggests. `stops` are values to choose
    among; `suggested` what detectors suggest of those findings, or the rule's default where they suggest nothing.
    """

    place: int
    rule: str
    field: Field
    code: str
    estimand: str
    value: float | None
    stops: tuple[float, ...]
    suggested: tuple[float, ...]

    @property
    def optional(self) -> bool:
        """Whether it can be left to the detectors."""
        return self.rule in (Within.name, Ratio.name)

    def exceeded(self, value: float | None) -> tuple[float, ...]:
        """The suggestions that a value is looser than: a wider margin, a lower ratio, less evidence."""
        if value is None:
            return ()
        wider = self.field == "margin"
        return tuple(one for one in self.suggested if (value > one if wider else value < one))


def settings(policy: Policy, report: Report) -> tuple[Setting, ...]:
    """Every number of a policy, in the order of its rules.

    >>> from auditkit.auditing import audit
    >>> report = audit(group=["a"] * 50 + ["b"] * 50, outcome=[1, 0] * 50)
    >>> [(one.rule, one.field, one.value, one.suggested) for one in settings(Policy(), report)][:2]
    [('within', 'margin', None, (0.05,)), ('ratio', 'at_least', None, (0.8,))]
    """
    return tuple(one for place, rule in enumerate(policy.rules) for one in _settings(place, rule, report))


def adjusted(
    policy: Policy,
    values: Mapping[Place, float | None],
    multiplicity: Literal["holm", "none"] | None = None,
    inconclusive: Literal["fail", "warn"] | None = None,
) -> Policy:
    """The policy with other numbers, each by the place of its rule and its field; what is not given stays as it is.

    Raises `PolicyError` for a number that its rule does not take.

    >>> adjusted(Policy(), {(0, "margin"): .1}, inconclusive="warn").rules[0].margin
    0.1
    """
    rules = list(policy.rules)
    for (place, field), value in values.items():
        whole = int(value) if field == "clusters" and value is not None else value
        rules[place] = replace(rules[place], **{field: whole})
    return Policy(tuple(rules), multiplicity or policy.multiplicity, inconclusive or policy.inconclusive)


def _settings(place: int, rule: Rule, report: Report) -> Iterator[Setting]:
    match rule:
        case Within(margin=margin, code=code, estimand=estimand):
            told = _suggested(replace(rule, margin=None), report)
            most = 1.0 if "*" in code else math.inf  # no difference of rates exceeds 1
            yield Setting(place, rule.name, "margin", code, estimand, margin, _margins((margin, *told), most), told)
        case Ratio(at_least=least, code=code, estimand=estimand):
            told = _suggested(replace(rule, at_least=None), report)
            yield Setting(place, rule.name, "at_least", code, estimand, least, _stops(RATIOS, (least, *told)), told)
        case NoWorse(margin=margin, code=code, estimand=estimand):
            told = (NoWorse().margin,)
            yield Setting(place, rule.name, "margin", code, estimand, margin, _margins((margin, *told), math.inf), told)
        case Enough(n_eff=rows, clusters=units):
            usual = Enough()
            rest = (place, rule.name)
            yield Setting(*rest, "n_eff", "*", "*", rows, _stops(ROWS, (rows,)), (usual.n_eff,))
            yield Setting(*rest, "clusters", "*", "*", units, _stops(CLUSTERS, (units,)), (usual.clusters,))


def _suggested(rule: Within | Ratio, report: Report) -> tuple[float, ...]:
    """The sizes of the margins that a rule without its own holds findings to."""
    asked = [question for question in rule.ask(report, None) if isinstance(question, Question)]
    return tuple(sorted({_size(question.margin, rule.name) for question in asked}))


def _size(margin: Margin, rule: str) -> float:
    """How `Margin.resized` would be told it: the larger end of a difference, the lower of a ratio."""
    if rule == Ratio.name:
        return margin.low if margin.low is not None else 1 / (margin.high or 1.0)
    return margin.high if margin.high is not None else -(margin.low or 0.0)


def _margins(known: Iterable[float | None], most: float) -> tuple[float, ...]:
    """Round numbers around what is there, and what is there."""
    there = [value for value in known if value is not None and value > 0] or [USUAL]
    low, high = min(there) / AROUND, max(there) * AROUND
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    round_ = [
        value for p in powers for lead in LEADS if low <= (value := float(f"{lead}e{p}")) <= high and value < most
    ]
    return tuple(sorted({*round_, *(value for value in there if value < most)}))


def _stops(usual: Iterable[float], known: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(sorted({*usual, *(float(value) for value in known if value is not None)}))
