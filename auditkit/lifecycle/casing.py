"""What a build server is told of a change, of treatments and of candidates: a case each, and none green on absence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditkit.core.judgement import Outcome
from auditkit.formats.cases import Case, Cased, Weight, cased
from auditkit.formats.turns import NONE_MEASURED, UNCHARGED
from auditkit.formats.words import exact, outcome_word, quiet
from auditkit.lifecycle.turning import Turn, told_of

if TYPE_CHECKING:
    from auditkit.lifecycle.discovering import Comparison
    from auditkit.lifecycle.prompting import Compared

ALONE = "It passes by itself; chosen among all, that does not stand."
COST, CANDIDATES, TREATMENTS = "cost", "candidates", "treatments"


def turn_cases(turn: Turn) -> Cased:
    """The verdicts of the audit after a change, and every cost; a change of which no cost was judged is an error."""
    after, told = cased(turn.after, turn.judged_after), told_of(turn)
    facts = {"report_before": turn.judged_before.report_hash, "outcome_before": turn.judged_before.outcome.value}
    return Cased(
        turn.outcome,
        f"{quiet(turn.what)}. {told.headline}",
        turn.exit_code,
        (*after.cases, *_costs(turn)),
        {**after.facts, **facts},
        after.hashes,
        after.notices,
    )


def compared_cases(compared: Compared) -> Cased:
    """A case a treatment; where one passes nothing that fails beside it turns the pipeline."""
    from auditkit.lifecycle.prompting.telling import headline, shown

    lanes = {lane.name: lane for lane in shown(compared).lanes}
    cases = [
        _case(TREATMENTS, "compared", one.name, one.outcome, compared.exit_code, lanes[one.name].said)
        for one in compared.treatments
    ]
    return Cased(compared.outcome, headline(compared), compared.exit_code, tuple(cases))


def comparison_cases(comparison: Comparison) -> Cased:
    """A case a candidate; a PASS that does not stand among all is told as open, and one that could not be asked too."""
    stands, code = {id(one) for one in comparison.chosen}, comparison.exit_code
    cases = []
    for _, one in comparison.ranked:
        open_yet = one.outcome is Outcome.PASS and id(one) not in stands
        said = (ALONE,) if open_yet else ()
        outcome = Outcome.INCONCLUSIVE if open_yet else one.outcome
        cases.append(_case(CANDIDATES, "audited", one.candidate.called, outcome, code, said))
    failed = [(one.called, Outcome.NOT_ASSESSED, code, (one.because,)) for one in comparison.failed]
    cases += [_case(CANDIDATES, "asked", *one) for one in failed]
    outcome = Outcome.PASS if stands else Outcome.FAIL if code == 1 else Outcome.INCONCLUSIVE
    n, names = len(cases), ", ".join(quiet(one.candidate.called) for one in comparison.chosen) or "none"
    return Cased(outcome, f"Of {n} candidates these pass, chosen among all: {names}.", code, tuple(cases))


def _costs(turn: Turn) -> Iterator[Case]:
    for cost, price in zip(turn.costs, told_of(turn).prices, strict=True):
        why = f"{outcome_word(cost.outcome)}: {price.sentence}", f"Lost {price.lost}; {price.margin}."
        outcome = cost.outcome or Outcome.NOT_ASSESSED
        weight = Weight.NOTE if cost.outcome is None else Weight.NONE if outcome is Outcome.PASS else Weight.ERROR
        rule = "told" if cost.margin is None else f"may lose {exact(cost.margin)}"
        yield Case(COST, rule, quiet(cost.name), outcome, weight, tuple(map(quiet, why)), about=f"{quiet(cost.name)}. ")
    if not any(cost.outcome for cost in turn.costs):
        none = UNCHARGED if turn.costs else NONE_MEASURED
        yield Case(COST, "measured", "any cost with a margin", Outcome.NOT_ASSESSED, Weight.ERROR, (none,))


def _case(suite: str, rule: str, name: str, outcome: Outcome, code: int, said: tuple[str, ...]) -> Case:
    """A case of a choice: what is worse than the best turns nothing where the best is good enough."""
    weight = Weight.NONE if outcome is Outcome.PASS else Weight.NOTE if code == 0 else Weight.ERROR
    why = tuple(filter(None, (f"{outcome_word(outcome)}.", *map(quiet, said))))
    return Case(suite, rule, quiet(name), outcome, weight, why, about=f"{quiet(name)}. ")
