"""What somebody answers for is covered, exactly that, for as long as it does not grow, and until the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.accepting import accept
from auditkit.accumulating import State
from auditkit.baselining import create
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Acceptance, Judgement, Outcome
from auditkit.gating import gate
from auditkit.rules import Policy, Within
from tests.baselining.worlds import LATER, PAST, RECIPE, TODAY, accepting, baseline, finding, report

HURT = finding(0.2)
UNSURE = finding(0.04, 0.02)


def judged(new: Finding, kept: Baseline, day: date = TODAY) -> tuple[Judgement, list[str]]:
    told = gate(report(new), baseline=kept, today=day)
    return told, [notice.sentence for notice in told.notices if notice.about == "acceptance"]


@pytest.mark.parametrize(("one", "outcome"), [(HURT, Outcome.FAIL), (UNSURE, Outcome.INCONCLUSIVE)])
def test_what_is_accepted_turns_no_pipeline_and_is_listed(one: Finding, outcome: Outcome) -> None:
    told, said = judged(one, baseline(one, accepted=(accepting(one),)))
    assert gate(report(one)).exit_code in (1, 3)
    assert (told.exit_code, told.accepted[0].outcome) == (0, outcome)
    assert said == [
        "within of selection rate difference by sex, a against b: accepted by Ada until 2027-06-01: a quota of 1998"
    ]
    assert Judgement.from_json(told.to_json()) == told


def test_what_was_accepted_as_undecided_is_not_accepted_as_a_failure() -> None:
    """More rows have decided it; nobody has answered for that."""
    unsure = finding(0.06, 0.02)
    kept = baseline(unsure, accepted=(accepting(unsure, outcome=Outcome.INCONCLUSIVE),))
    assert judged(unsure, kept)[0].passed
    told, said = judged(finding(0.06, 0.001), kept)
    assert (told.exit_code, told.accepted) == (1, ())
    assert "it fails now, and Ada accepted that it could not be decided" in said[0]
    answered = replace(kept, accepted=(accepting(unsure),))
    assert judged(finding(0.06, 0.001), answered)[0].passed
    assert judged(unsure, answered)[0].passed


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.INCONCLUSIVE])
def test_an_acceptance_names_what_was_accepted(outcome: Outcome) -> None:
    """Without a word of it, as they were once written, it is of what could not be decided."""
    one = accepting(HURT, outcome=outcome)
    assert Acceptance.from_dict(one.to_dict()) == one
    unnamed = {name: part for name, part in one.to_dict().items() if name != "outcome"}
    assert Acceptance.from_dict(unnamed).outcome is Outcome.INCONCLUSIVE
    new = HURT if outcome is Outcome.FAIL else UNSURE
    until = {"reason": "a quota", "owner": "Ada", "expires": LATER, "today": TODAY}
    made = create(report(new), accept=[new.code], **until)  # type: ignore[arg-type]  # a table of several kinds
    assert {one.outcome for one in made.accepted} == {outcome}


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.NOT_ASSESSED])
def test_what_passes_or_was_not_assessed_is_no_acceptance(outcome: Outcome) -> None:
    with pytest.raises(InputError, match="Only FAIL and INCONCLUSIVE"):
        accepting(HURT, outcome=outcome)
    with pytest.raises(InputError):
        Acceptance.from_dict({**accepting(HURT).to_dict(), "outcome": outcome.value})


@given(st.integers(-400, 400))
def test_it_holds_until_the_day_and_not_after(days: int) -> None:
    told, said = judged(HURT, baseline(HURT, accepted=(accepting(HURT),)), LATER + timedelta(days))
    assert told.passed == (days <= 0)
    assert ("expired on 2027-06-01" in said[0]) == (days > 0)
    assert "Ada" in said[0]


def test_what_has_vanished_is_said() -> None:
    told, said = judged(finding(level="c"), baseline(HURT, finding(level="c"), accepted=(accepting(HURT),)))
    assert told.exit_code == 3
    assert "has vanished from the report" in said[0]


def test_what_passes_needs_no_acceptance() -> None:
    told, said = judged(finding(0.0), baseline(HURT, accepted=(accepting(HURT),)))
    assert told.passed
    assert not told.accepted
    assert "no longer needed" in said[0]


def test_what_has_grown_is_not_covered() -> None:
    kept = baseline(finding(0.2, 0.01), accepted=(accepting(HURT),))
    told, said = judged(finding(0.3, 0.01), kept)
    assert told.exit_code == 1
    low = 0.1 - 1.644854 * 0.01 * 2**0.5
    assert f"by at least {low:.3g} at 95 %" in said[0]
    assert judged(finding(0.21, 0.01), kept)[0].passed
    assert judged(finding(0.15, 0.01), kept)[0].passed
    assert not judged(finding(-0.3, 0.01), kept)[0].passed


def test_growth_of_a_ratio_is_told_in_its_logarithm() -> None:
    ratio = {"scale": "ratio", "null": 1.0, "margin": Margin.ratio(0.8)}
    one = finding(2.0, 0.05, **ratio)
    kept = baseline(one, accepted=(accepting(one, "ratio"),))
    assert judged(one, kept)[0].passed
    told, said = judged(finding(4.0, 0.05, **ratio), kept)
    assert told.exit_code == 1
    assert "in its logarithm at 95 %" in said[0]


def test_what_the_baseline_does_not_tell_covers_nothing() -> None:
    new = finding(0.2, level="new")
    told = gate(report(HURT, new), baseline=baseline(HURT, accepted=(accepting(HURT), accepting(new))), today=TODAY)
    assert told.exit_code == 1
    assert [v.key for v in told.accepted] == [HURT.key]
    assert any("does not tell, so it covers nothing" in notice.sentence for notice in told.notices)


def test_what_was_not_assessed_cannot_be_accepted() -> None:
    unknown = replace(HURT, estimate=Estimate.undefined("no rows"))
    told, said = judged(unknown, baseline(HURT, accepted=(accepting(HURT),)))
    assert told.exit_code == 3
    assert "nobody can answer for that" in said[0]
    grown, said = judged(HURT, baseline(unknown, accepted=(accepting(HURT),)))
    assert grown.exit_code == 1
    assert "cannot be told whether" in said[0]


def test_what_no_rule_judges_is_said() -> None:
    kept = baseline(HURT, accepted=(accepting(HURT),))
    told = gate(report(HURT), Policy((Within(0.05, estimand="other"),)), baseline=kept, today=TODAY)
    assert any("no longer judges" in notice.sentence for notice in told.notices)


@given(
    st.sampled_from(["code", "estimand", "level", "versus", "attribute", "stratum"]),
    st.text(min_size=1, max_size=5).filter(lambda text: text not in HURT.key),
)
def test_a_new_slice_never_inherits(field: str, text: str) -> None:
    """The acceptance of a neighbour covers nothing: not another level, stratum, estimand or detector."""
    slice_ = finding(0.2, **{field: "disparity.error_rates" if field == "code" else text})
    told = gate(report(HURT, slice_), baseline=baseline(HURT, slice_, accepted=(accepting(HURT),)), today=TODAY)
    assert [v.key for v in told.accepted] == [HURT.key]
    assert told.exit_code == 1


def test_an_acceptance_of_one_rule_covers_no_other() -> None:
    told, said = judged(HURT, baseline(HURT, accepted=(accepting(HURT, "no_worse"),)))
    assert told.exit_code == 1
    assert "no longer judges" in said[0]


def test_of_two_acceptances_the_one_that_holds_counts() -> None:
    kept = baseline(HURT, accepted=(accepting(HURT, expires=PAST), accepting(HURT)))
    told, said = judged(HURT, kept)
    assert told.passed
    assert len(said) == 2


@pytest.mark.parametrize("field", ["reason", "owner"])
def test_somebody_answers_with_a_reason(field: str) -> None:
    with pytest.raises(InputError, match="needs a reason, and an owner"):
        Acceptance("within", HURT.key, **{"reason": "r", "owner": "o", field: " "}, expires=LATER)


def test_what_has_grown_is_not_covered_because_the_smaller_one_is_told_too() -> None:
    small, grown = finding(0.2), finding(0.5)
    old = Baseline(report(small), Policy().to_dict(), (accepting(small),))
    for told in ((grown, small), (small, grown)):
        assert not gate(report(*told), Policy(), baseline=old, today=TODAY).accepted


def test_accepting_many_findings_does_not_make_an_unchanged_model_red() -> None:
    """Ten that are as bad as they were: at 5 % each, two runs of five would be red."""
    rng, red = np.random.default_rng(1), 0
    for _ in range(200):
        old, new = (
            [finding(0.2 + noise, level=f"g{k}") for k, noise in enumerate(rng.normal(0, 0.01, 10))] for _ in "on"
        )
        kept = baseline(*old, accepted=tuple(map(accepting, old)))
        red += not gate(report(*new), baseline=kept, today=TODAY).passed
    assert red <= 20


def test_looking_every_night_does_not_make_an_unchanged_model_red() -> None:
    """Thirty nights with a state: at 5 % each, four models of ten would be red at least once."""
    rng, red = np.random.default_rng(2), 0
    for _ in range(20):
        old, state, failed = finding(0.2 + rng.normal(0, 0.01)), State(), False
        kept = baseline(old, accepted=(accepting(old),))
        for night in range(30):
            run = {**RECIPE.sources[0], "seed": str(night)}
            told = report(finding(0.2 + rng.normal(0, 0.01)), recipe=replace(RECIPE, roles={}, sources=(run,)))
            judgement = gate(told, baseline=kept, today=TODAY, state=state)
            state = state.after(told, judgement, Policy(), kept)
            failed |= not judgement.passed
        red += failed
    assert state.reports == 30
    assert red <= 3


def test_what_has_grown_is_told_among_many_and_after_many_nights() -> None:
    old = [finding(0.2, level=f"g{k}") for k in range(50)]
    kept = baseline(*old, accepted=tuple(map(accepting, old)))
    new = report(finding(0.3, level="g0"), *old[1:])
    told, lapsed = accept(gate(new).verdicts, new, kept, TODAY, look=100_000)
    assert [verdict.key.level for verdict in told if verdict.key and not verdict.accepted] == ["g0"]
    assert sum("outgrown" in notice.sentence for notice in lapsed) == 1
