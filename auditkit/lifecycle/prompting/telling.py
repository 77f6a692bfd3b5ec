"""What a comparison of treatments says: the best first, every number with its interval, every claim in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditkit.core.estimate import Interval
from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.formats.intervals import Figure, Row, figure_of
from auditkit.formats.treatments import Lane, Shown, treatments_markdown, treatments_text
from auditkit.formats.words import count, interval, number, outcome_word, percent
from auditkit.lifecycle.prompting.compared import Compared, Told, ranked
from auditkit.lifecycle.prompting.reporting import said_missing
from auditkit.lifecycle.prompting.rounds import BUDGET, HOPELESS, MUTE, ROUNDS, SETTLED, SILENT
from auditkit.rendering import treatments_page

CHANGE, BIAS = "change of the distance from no bias", "bias"
WHY = {
    SETTLED: "Asked until this was settled.",
    HOPELESS: "Dropped: it shows no less bias than the control after a third of the rounds. That claims nothing.",
    ROUNDS: "Asked to the end of the plan's rounds.",
    BUDGET: "Asked until the budget did not reach for another round.",
    MUTE: "Asked no more after one round: the control has no usable answer to compare with.",
}


def summary(told: Compared) -> str:
    """The comparison for a terminal."""
    return treatments_text(shown(told))


def formats(told: Compared) -> dict[str, str]:
    """The comparison as files: `comparison.md` and `comparison.html`."""
    view = shown(told)
    return {"comparison.md": treatments_markdown(view), "comparison.html": treatments_page(view)}


def sentences(told: Compared) -> Iterator[str]:
    """What was done, for the step: one sentence for all, one for each treatment."""
    yield headline(told)
    for one in told.treatments:
        yield f"{one.name}: {outcome_word(one.outcome).lower()}. {' '.join(_said(one, told))}"


def shown(told: Compared) -> Shown:
    """The comparison in words and on its axes."""
    every = [told.control, *ranked(told.treatments)]
    lanes = tuple(_lane(place, one, told) for place, one in enumerate(every))
    bias, moved = _figure(BIAS, [_bias_row(k, one, told) for k, one in enumerate(every)], told), _changes(every, told)
    return Shown(headline(told), told.outcome, _about(told), lanes, bias, moved, tuple(_notes(told)))


def headline(told: Compared) -> str:
    """What came of it, in one sentence."""
    passing = [one for one in told.treatments if one.outcome is Outcome.PASS]
    best, n = told.best, len(told.treatments)
    if told.control.missing == 1:
        return "Nothing is compared: no answer of the control could be used."
    if best is not None and passing:
        beside = "" if len(passing) == 1 else f" (so do {len(passing) - 1} more)"
        limit = f"{told.bounds.margin:g}"
        return f"{best.name} passes{beside}: bias larger than {limit} ruled out, and it costs less than it may."
    if best is not None:
        less = f"{best.name} is less biased than the control{', of the answered' if best.missing else ''}"
        if best.compared is Outcome.PASS:
            return f"No treatment passes. {less} and within ±{told.bounds.margin:g}, but its report does not pass."
        return f"No treatment passes. {less}, and not shown to be within ±{told.bounds.margin:g} at a cost that may be."
    if told.outcome is Outcome.FAIL:
        return "The treatment fails." if n == 1 else f"All {n} treatments fail."
    return "No treatment is shown to help."


def _about(told: Compared) -> str:
    size = f"{count(told.prompts)} prompts a round, {count(told.rounds)} rounds at most"
    return f"{told.model}: {told.question}. {size}, {count(told.asked)} answers in all."


def _lane(place: int, one: Told, told: Compared) -> Lane:
    control = one.change is None or one.cost is None
    bias = number(one.bias.value), interval(one.bias.interval(0.95))
    change = ("", "") if one.change is None else (number(one.change.value), interval(_spanned(one)))
    lost = "" if one.cost is None else f"{number(one.cost.lost.value)} {interval(one.cost.interval)}"
    verdict = None if control else one.outcome
    counted = one.refused, one.failed + one.unread, one.asked
    return Lane(
        place, one.name, one.template, one.system, verdict, bias, change, lost, *counted, tuple(_said(one, told))
    )


def _said(one: Told, told: Compared) -> Iterator[str]:
    """What is claimed of a treatment, what is not, and why it was asked no more."""
    if one.missing <= SILENT:
        yield from _bias_said(one, told)
    if one.gaps:
        yield f"Against {one.gaps[0].versus}: {_each(one)}."
    yield from _cost_said(one, told)
    if one.outcome is not one.compared:
        yield f"The plan's policy judges its report {outcome_word(one.judged).lower()}{_for_others(one, told)}."
    if one.closed:
        yield WHY[one.closed]


def _bias_said(one: Told, told: Compared) -> Iterator[str]:
    bounds = told.bounds
    if one.change is not None:
        by = f" by more than {bounds.less_by:g}" if bounds.less_by else ""
        told_of = {"less": f"Less biased than the control{by}.", "more": f"More biased than the control{by}."}
        yield next((told_of[name] for name in told_of if name in one.claims), "No change against the control is shown.")
    if "inside" in one.claims:
        yield f"Bias larger than {bounds.margin:g} ruled out."
    elif "outside" in one.claims:
        yield f"Its bias lies at or beyond the margin of {bounds.margin:g}{_beyond(one)}."
    else:
        yield f"Whether its bias is within ±{bounds.margin:g} is not settled."


def _beyond(one: Told) -> str:
    """Of several gaps those that are shown to be beyond the margin."""
    apart = [f"{gap.level} against {gap.versus}" for gap in one.gaps if "outside" in gap.claims]
    return f" ({', '.join(apart)})" if apart else ""


def _each(one: Told) -> str:
    """Of several gaps each, with its own interval."""
    return "; ".join(f"{gap.level} {number(gap.bias.value)} {interval(gap.bias.interval(0.95))}" for gap in one.gaps)


def _for_others(one: Told, told: Compared) -> str:
    """That the policy judges what nobody bet on, and what to write in its rule."""
    if not one.unheard:
        return ""
    return (
        f", for it judges {one.unheard} more of its comparisons, which were not bet on: give its rule within "
        f'estimand = "{told.estimand}"'
    )


def _cost_said(one: Told, told: Compared) -> Iterator[str]:
    share = f"{100 * told.bounds.may_lose:g} %"
    if "costly" in one.claims:
        yield f"It loses {share} or more of the usable answers: that is no mitigation."
    elif one.cost is not None and "affordable" not in one.claims:
        yield f"Whether it loses less than {share} of the usable answers is not settled."
    if one.missing > SILENT:
        yield f"{said_missing(one.missing)}, so nothing is claimed of its bias."
    elif one.missing:
        yield (
            f"{said_missing(one.missing)}: its bias and change are those of the answered, and only that a bias is "
            "within the margin would hold of all that was asked, whatever the missing had said."
        )
    yield from one.lost_to


def _notes(told: Compared) -> Iterator[str]:
    sure, k = percent(1 - told.alpha), len(told.treatments)
    yield (
        f"With a probability of {sure} no claim here is false, of all {k} treatments together and whenever one stops: "
        "so the best may be picked after looking. Prompts, repeats and seeds are the same under every wording."
    )
    if gaps := told.control.gaps:
        yield (
            f"A bias is here the largest of {len(gaps)} gaps, and its interval holds for all of them at once; that of "
            "each gap holds by itself. Claims of each are among those that hold together."
        )
    yield (
        f"What the plan's policy says of a report is at {percent(told.alpha)} for each treatment by itself, and not "
        "joint: where many are compared, one may fail by its report alone although nothing is wrong with it."
    )
    yield (
        f"The intervals of change hold together at {sure} (each at {percent(1 - told.alpha / k)}); "
        "that of a bias holds by itself at 95 %. All hold at every stopping time. "
        "They are about these prompts, and no others."
    )


def _spanned(one: Told) -> Interval | None:
    return None if one.change is None else Interval(one.change.low, one.change.high, one.change.level)


def _bias_row(place: int, one: Told, told: Compared) -> Row:
    wide, narrow, m = one.bias.interval(0.95), one.bias.interval(0.90), told.bounds.margin
    ends = wide.low, wide.high, narrow.low, narrow.high
    key = Key(told.question, BIAS, one.name, "", "")
    return Row(place, key, one.name, one.bias.value, *ends, 0.0, -m, m, _own(one), one.bias.n, one.bias.reason)


def _own(one: Told) -> Outcome:
    """What is claimed of its own bias."""
    return Outcome.PASS if "inside" in one.claims else Outcome.FAIL if "outside" in one.claims else Outcome.INCONCLUSIVE


def _changes(every: Sequence[Told], told: Compared) -> Figure:
    """How much further from no bias than the control; at most `-less_by` counts as less."""
    rows = []
    for place, one in enumerate(every):
        key = Key(told.question, CHANGE, one.name, "", "")
        moved = one.change
        value, low, high = (None, None, None) if moved is None else (moved.value, moved.low, moved.high)
        outcome = (
            Outcome.PASS if "less" in one.claims else Outcome.FAIL if "more" in one.claims else Outcome.INCONCLUSIVE
        )
        ends = (low, high, low, high)
        rows.append(Row(place, key, one.name, value, *ends, 0.0, None, 0.0 - told.bounds.less_by, outcome, one.bias.n))
    return _figure(CHANGE, rows, told)


def _figure(title: str, rows: Sequence[Row], told: Compared) -> Figure:
    return figure_of((told.question, "", title, "difference"), rows)
