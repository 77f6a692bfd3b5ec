"""The same answers never count twice, and other answers do."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.accumulating import State
from auditkit.accumulating.identities import Identity, model_of
from auditkit.core.judgement import Outcome
from auditkit.core.report import Report
from auditkit.rules import Policy
from tests.accumulating.nightly import RUN, drawn, judged, night, run_of, said, within

FAIR = [drawn(seed, 0.0, 1_500) for seed in range(40, 52)]


def test_a_report_that_was_counted_changes_nothing() -> None:
    state, _ = run_of(FAIR)
    for again in (FAIR[3], FAIR[0], FAIR[-1]):
        after, judgement = judged(state, again)
        assert after == state
        assert "counted before, as number" in said(judgement)


def test_versions_and_sentences_are_no_evidence() -> None:
    state, _ = run_of(FAIR)
    told = replace(FAIR[3].recipe, versions={"numpy": "9"}, notes=("n",), subject=FAIR[3].recipe.subject)
    findings = tuple(replace(f, sentence="otherwise", notes=("x",)) for f in FAIR[3].findings)
    assert judged(state, replace(FAIR[3], recipe=told, findings=findings))[0] == state


@given(st.lists(st.integers(0, 7), min_size=1, max_size=12), st.data())
@settings(max_examples=25)
def test_runs_again_never_flip_in_any_order(order: list[int], data: st.DataObject) -> None:
    """Two models and both kinds of truth; whatever is run again, and when, a commit keeps its verdict until a new one
    comes."""
    pool = [drawn(seed, 0.3 * (seed % 2), 400, name=f"model {seed // 4}") for seed in range(8)]
    state = State()
    verdicts: dict[int, Outcome] = {}
    for i in order:
        state, judgement = judged(state, pool[i])
        verdicts[i] = judgement.outcome
    for i in data.draw(st.permutations(sorted(set(order)))):
        after, first = judged(state, pool[i])
        assert after == state
        assert judged(state, pool[i])[1].outcome is first.outcome
    assert judged(state, pool[order[-1]])[1].outcome is verdicts[order[-1]]


def test_the_same_cells_are_the_same_answers() -> None:
    state, _ = judged(State(), night(80, 90))
    other = night(80, 90)
    longer = replace(other, findings=other.findings[:1])
    after, judgement = judged(state, longer)
    assert after.reports == 1
    assert "counts the same rows in every cell" in said(judgement)


def test_a_column_that_is_renamed_holds_the_same_answers() -> None:
    state, _ = judged(State(), night(80, 90))
    report = night(80, 90)
    assert report.cells is not None
    cells = replace(report.cells, names=("group", "decision"))
    assert judged(state, replace(report, cells=cells, findings=report.findings[:1]))[0].reports == 1


def test_more_of_the_same_draws_is_not_added_and_a_fresh_seed_is() -> None:
    state, _ = judged(State(), drawn(1, run=RUN))
    after, judgement = judged(state, drawn(2, n=400, run=RUN))
    assert after == state
    assert "model, prompts and seed of one that was counted" in said(judgement)
    assert judged(state, drawn(2, run=("f1", "p1", "8")))[0].reports == 2


def test_a_target_that_ignores_its_seed_says_nothing_new() -> None:
    state, last = run_of([night(80, 100, run=("f1", "p1", str(seed))) for seed in range(12)])
    assert "the same counts in every cell as an earlier one" in said(last)
    _, first = run_of([night(80, 100, run=("f1", "p1", "0"))])
    assert within(last) is within(first) is Outcome.INCONCLUSIVE
    (history,) = next(iter(state.models.values())).histories.values()
    assert history.n == 400
    assert state.reports == 12
    assert judged(state, night(80, 100, run=("f1", "p1", "3")))[0] == state


def test_few_cells_may_agree_by_chance() -> None:
    """Eight against nine of twenty again, with another seed: that happens, and is evidence."""
    state, _ = run_of([night(8, 9, 20, run=("f1", "p1", "0")), night(7, 9, 20, run=("f1", "p1", "1"))])
    state, judgement = judged(state, night(8, 9, 20, run=("f1", "p1", "2")))
    assert "3 reports count together" in said(judgement)
    (history,) = next(iter(state.models.values())).histories.values()
    assert history.n == 120


def test_where_prompts_are_the_sample_the_same_prompts_are_the_same_evidence() -> None:
    state, _ = judged(State(), drawn(1, run=RUN, unit=("prompt",)))
    after, judgement = judged(state, drawn(2, run=("f1", "p1", "8"), unit=("prompt",)))
    assert after == state
    assert "audit without unit" in said(judgement)
    assert judged(state, drawn(2, run=("f1", "p2", "8"), unit=("prompt",)))[0].reports == 2


def test_the_same_answers_count_once_for_a_question_that_is_asked_later() -> None:
    """A detector is added and the same run audited again: what it tells is new, what others told is not."""
    one = drawn(1, run=RUN)
    state, _ = judged(State(), replace(one, findings=one.findings[:1]))
    both = Policy.read({"rules": [{"rule": "within", "margin": 0.05}, {"rule": "ratio", "at_least": 0.8}]})
    after, _ = judged(state, one, both)
    (model,) = after.models.values()
    assert sorted(history.nights for history in model.histories.values()) == [1, 1]
    assert judged(after, one, both)[0] == after


def test_another_way_of_decoding_is_another_model() -> None:
    def hot(degrees: str) -> Report:
        report = night(80, 80, run=("model", "prompts", "1"))
        told = {**report.recipe.sources[0], "settings.temperature": degrees}
        return replace(report, recipe=replace(report.recipe, sources=(told,)))

    assert model_of(hot("0.7")) == model_of(hot("0.7")) != model_of(hot("1.0"))
    assert Identity.of(hot("0.7")).draws != Identity.of(hot("1.0")).draws
