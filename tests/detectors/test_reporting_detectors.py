"""The reporting family by hand: counts whose answers are known, what is withheld, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.detector import Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed, Reference
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.reporting import DocumentationOdds, Frequency, Mention, StratumError, Typicality
from auditkit.gating import alone

HALVES = Reference({"a": 0.5, "b": 0.5, "never": 0.0}, why="a coin", source="a test")


def one(findings: Told, estimand: str, level: str = "") -> Finding:
    (found,) = [f for f in findings if isinstance(f, Finding) and f.estimand == estimand and level in ("", f.level)]
    return found


def test_frequency_says_what_noise_alone_would_make() -> None:
    told = Frequency(HALVES).examine(Tally.of_cells(("outcome",), {("a",): 70, ("b",): 30}))
    tv = one(told, "total variation")
    assert tv.estimate.value == pytest.approx(0.2)
    assert tv.null_expectation == pytest.approx(0.04, abs=0.001)  # E|X - 50|/100, X ~ Bin(100, 1/2)
    assert "4.0 points are expected of noise alone" in tv.sentence
    assert one(told, "reporting ratio", "a").estimate.value == pytest.approx(1.4)
    assert one(told, "reporting ratio", "never").estimate.reason
    assert one(told, "Jensen-Shannon divergence").estimate.value == pytest.approx(0.0209, abs=5e-4)
    assert one(told, "Kullback-Leibler divergence").estimate.value == pytest.approx(0.0823, abs=5e-4)
    assert all(f.margin is None for f in told if isinstance(f, Finding) and f is not tv)


def test_frequency_is_less_sure_of_a_reference_that_is_a_sample() -> None:
    rows = Tally.of_cells(("outcome",), {("a",): 350, ("b",): 150})
    shares = {"a": 0.5, "b": 0.5}
    widths = []
    for n in (None, 100_000, 200):
        low, high, _ = one(
            Frequency(Reference(shares, "a coin", "a test", n)).examine(rows), "total variation"
        ).interval()
        widths.append(high - low)
    assert widths[0] == pytest.approx(widths[1], rel=0.05)
    assert widths[2] > 1.3 * widths[0]


def test_frequency_takes_one_event_told_by_many_as_one() -> None:
    columns = {"outcome": ["a"] * 60 + ["b"] * 40, "unit": [str(i // 20) for i in range(100)]}
    low, high, _ = one(Frequency(HALVES).examine(Tally.of(columns)), "total variation").interval()
    alone_low, alone_high, _ = one(
        Frequency(HALVES).examine(Tally.of({"outcome": columns["outcome"]})), "total variation"
    ).interval()
    assert high - low > 2 * (alone_high - alone_low)


def test_frequency_refuses_classes_the_reference_does_not_know_and_tells_what_is_missing() -> None:
    with pytest.raises(CannotDecide, match="no share for: c; give"):
        Frequency(HALVES).examine(Tally.of_cells(("outcome",), {("a",): 5, ("c",): 5}))
    with pytest.raises(CannotDecide):
        Frequency(HALVES).examine(Tally.of_cells(("outcome",), {(MISSING,): 5}))
    with pytest.raises(CannotDecide, match="weight"):
        audit({"y": ["a", "b"], "w": [1.0, 2.0]}, [Frequency(HALVES)], outcome="y", weight="w") and Frequency(
            HALVES
        ).examine(Tally.of({"outcome": ["a", "b"]}, [1, 1], [1.0, 2.0], [1.0, 4.0]))
    told = Frequency(HALVES).examine(Tally.of_cells(("outcome",), {("a",): 5, ("b",): 5, (MISSING,): 3}))
    assert one(told, "total variation").notes == ("3 rows have no class and take no part.",)


def answers(errors: dict[str, tuple[float, ...]], n: int = 1_000) -> Tally:
    """Predictions of arms at three intensities with these error rates, n rows each."""
    cells = {}
    for arm, rates in errors.items():
        for i, rate in enumerate(rates):
            wrong = round(n * rate)
            cells |= {("1", "0", str(i), arm): wrong, ("1", "1", str(i), arm): n - wrong}
    return Tally.of_cells(("outcome", "prediction", "intensity", "arm"), {k: v for k, v in cells.items() if v})


def test_without_a_control_neither_verdict_on_the_gap() -> None:
    for rates in ((0.50, 0.2, 0.05), (0.05, 0.05, 0.05)):
        told = StratumError().examine(answers({"model": rates}).marginal("outcome", "prediction", "intensity"))
        gap = one(told, "error gap")
        assert gap.estimate.value == pytest.approx(rates[0] - rates[2])
        assert {cap.withholds for cap in gap.caps} == {"PASS", "FAIL"}
        assert "no control arm" in gap.caps[0].because
        assert alone(gap) is Outcome.INCONCLUSIVE


def test_with_a_control_only_what_exceeds_difficulty_counts() -> None:
    hard = StratumError().examine(answers({"model": (0.40, 0.2, 0.10), "control": (0.40, 0.2, 0.10)}))
    assert alone(one(hard, "excess error gap")) is Outcome.PASS
    biased = one(
        StratumError().examine(answers({"model": (0.50, 0.2, 0.05), "control": (0.30, 0.2, 0.10)})), "excess error gap"
    )
    assert biased.estimate.value == pytest.approx(0.25)
    assert [c.label for c in biased.counts] == ["model × 0", "model × 2", "control × 0", "control × 2"]
    assert not biased.caps
    assert alone(biased) is Outcome.FAIL


def test_several_models_are_each_told_against_the_control() -> None:
    told = StratumError().examine(answers({"old": (0.5, 0.2, 0.1), "new": (0.2, 0.2, 0.1), "control": (0.2, 0.2, 0.1)}))
    assert {f.stratum: f.estimate.value for f in told} == pytest.approx({"old": 0.3, "new": 0.0})


def test_the_optimism_gap_is_the_error_that_the_mix_hides() -> None:
    """All of 1,000 rows each in the data; the world is 60 % subtle: .6·.5 + .3·.2 + .1·.05 - (.5 + .2 + .05)/3."""
    reference = Reference({"0": 0.6, "1": 0.3, "2": 0.1}, why="solicited opinions", source="a test")
    evidence = answers({"model": (0.5, 0.2, 0.05)}).marginal("outcome", "prediction", "intensity")
    gap = one(StratumError(reference).examine(evidence), "optimism gap")
    assert gap.estimate.value == pytest.approx(0.365 - 0.25)
    assert not gap.caps
    assert alone(gap) is Outcome.FAIL
    *found, silent = StratumError(Reference({"0": 1.0}, "a", "b")).examine(evidence)
    assert [f.estimand for f in found] == ["error gap"]
    assert (silent.estimand, silent.because) == ("optimism gap", "the reference has no share for: 1 and 2; it has: 0")


def test_words_have_no_order_and_must_be_named() -> None:
    evidence = answers({"model": (0.5, 0.2, 0.05)}).marginal("outcome", "prediction", "intensity")
    worded = evidence.relabel("intensity", {"0": "subtle", "1": "middling", "2": "extreme"})
    with pytest.raises(InputError, match="no numbers"):
        StratumError().examine(worded)
    told = StratumError(subtle="subtle", extreme="extreme").examine(worded)
    assert one(told, "error gap").estimate.value == pytest.approx(0.45)
    with pytest.raises(InputError, match='no level "faint"'):
        StratumError(subtle="faint", extreme="extreme").examine(worded)
    with pytest.raises(CannotDecide):
        StratumError().examine(evidence.where("intensity", "1"))
    with pytest.raises(InputError, match='no arm "control"'):
        StratumError().examine(answers({"model": (0.5, 0.2, 0.05)}))


def stars(off: dict[str, tuple[float, float]], start: float = 1.0, n: int = 200) -> Tally:
    """By arm: n reviews each of a faint and of a strong opinion, guessed too high by so much; outcomes start and +1."""
    cells = {
        (f"{start + k:g}", f"{start + k + miss[i]:g}", str(i), arm): n // 2
        for arm, miss in off.items()
        for i in (0, 1)
        for k in (0, 1)
    }
    return Tally.of_cells(("outcome", "prediction", "intensity", "arm"), cells)


def test_errors_that_are_sizes_are_told_in_sd_of_the_outcome() -> None:
    """The outcomes' SD is ½; the model is off by .6 and .1, the control by .2 and .3."""
    told = StratumError(numeric=True).examine(stars({"model": (0.6, 0.1), "control": (0.2, 0.3)}))
    assert one(told, "excess MAE gap in SD").estimate.value == pytest.approx((0.5 - -0.1) / 0.5)
    assert one(told, "excess MAE gap in SD").margin is None
    silent = next(f for f in told if not isinstance(f, Finding))
    assert (silent.estimand, silent.because[:33]) == ("error gap", "outcome and prediction are amount")
    reference = Reference({"0": 0.8, "1": 0.2}, why="solicited opinions", source="a test")
    mixed = StratumError(reference, numeric=True).examine(stars({"model": (0.6, 0.1), "control": (0.2, 0.3)}))
    assert one(mixed, "MAE optimism gap in SD").estimate.value == pytest.approx((0.3 * 0.6 - 0.3 * 0.1) / 0.5)


def test_sizes_are_told_beside_rates_where_some_are_hit_and_without_a_control_capped() -> None:
    evidence = stars({"model": (0.5, 0.0)}).marginal("outcome", "prediction", "intensity")
    told = StratumError().examine(evidence)
    assert one(told, "error gap").estimate.value == 1.0
    gap = one(told, "MAE gap in SD")
    assert gap.estimate.value == pytest.approx(1.0)
    assert {cap.withholds for cap in gap.caps} == {"PASS", "FAIL"}


def test_whole_numbers_are_sizes_where_one_says_so() -> None:
    evidence = stars({"model": (1, 0), "control": (0, 0)})
    rates, asked = StratumError().examine(evidence)
    assert isinstance(rates, Finding)
    assert asked.estimand == "MAE gap in SD"
    assert "numeric = true" in asked.because
    assert [f.estimand for f in StratumError(numeric=False).examine(evidence)] == ["excess error gap"]
    same = one(StratumError(numeric=True).examine(evidence), "excess error gap")
    assert same == rates


FRUIT = {"banana": {"yellow": 0.9, "green": 0.1}, "apple": {"red": 0.6, "green": 0.4}}


def test_typicality_of_a_table() -> None:
    cells = {("banana", "yellow"): 50, ("banana", "green"): 50, ("apple", "red"): 30, ("apple", "green"): 70}
    told = Typicality(FRUIT, "eyes", "a test").examine(
        Tally.of_cells(("context", "outcome"), cells | {("kiwi", "brown"): 9})
    )
    first = one(told, "mean total variation")
    assert first.estimate.value == pytest.approx((0.4 + 0.3) / 2)
    assert one(told, "mean share difference", "green").estimate.value == pytest.approx((0.4 + 0.3) / 2)
    assert first.reference.shares() == pytest.approx({"green": 0.25, "red": 0.3, "yellow": 0.45})
    assert first.notes[0].startswith("200 of 209 mentions")
    assert "not a typical one in 1 of 2 objects" in first.notes[1]
    assert not [f for f in told if isinstance(f, Finding) and f.estimand == "mention ratio"]


def test_typicality_withholds_where_most_mentions_are_of_other_values() -> None:
    cells = {("banana", "yellow"): 90, ("banana", "green"): 10, ("banana", "ripe"): 150, ("apple", "red"): 60}
    told = Typicality(FRUIT, "eyes", "a test").examine(
        Tally.of_cells(("context", "outcome"), cells | {("apple", "big"): 90})
    )
    assert [cap.withholds for cap in one(told, "mean total variation").caps] == ["PASS", "FAIL"]


def test_typicality_of_captions_compares_mentions_within_objects() -> None:
    """Yellow bananas are mentioned at .2, green ones at .6; red apples at .3, green ones at .9: a ratio of 3."""
    rates = {
        ("banana", "yellow"): (0.2, 90),
        ("banana", "green"): (0.6, 10),
        ("apple", "red"): (0.3, 60),
        ("apple", "green"): (0.9, 40),
    }
    cells = {(*k, s): round(n * (p if s == "yes" else 1 - p)) for k, (p, n) in rates.items() for s in ("yes", "no")}
    shown = Tally.of_cells(("context", "outcome", "selected"), cells)
    told = Typicality(FRUIT, "eyes", "a test").examine(shown)
    assert one(told, "mention ratio").estimate.value == pytest.approx(3.0)
    assert one(told, "mean total variation").estimate.value == pytest.approx((0.9 - 18 / 24 + 0.6 - 18 / 54) / 2)


def test_typicality_with_units_keeps_the_ratio_and_says_what_it_leaves() -> None:
    detector = Typicality.specimen()
    world = detector.plant(1.0, 2_000, np.random.default_rng(1)).evidence
    columns = {
        a: np.repeat(np.array(world.levels[i])[world.codes[:, i]], world.n).tolist() for i, a in enumerate(world.axes)
    }
    told = detector.examine(Tally.of(columns | {"unit": [str(i // 2) for i in range(world.total)]}))
    assert [type(item) for item in told] == [NotAssessed, Finding]
    assert one(told, "mention ratio").estimate.clusters is not None
    with pytest.raises(CannotDecide, match="no level"):
        detector.examine(Tally.of_cells(("context", "outcome"), {("kiwi", "brown"): 9}))
    with pytest.raises(InputError, match="sum to 1"):
        Typicality({"kiwi": {"brown": 0.4}}, "eyes", "a test")


def test_documentation_within_sites_is_not_the_pooled_ratio() -> None:
    """Two sites that document usual and unusual events alike, .1 and .6; the busy one sees more that is unusual."""
    cells = {
        ("calm", "no", "1"): 90, ("calm", "no", "0"): 810, ("calm", "yes", "1"): 10, ("calm", "yes", "0"): 90,
        ("busy", "no", "1"): 60, ("busy", "no", "0"): 40, ("busy", "yes", "1"): 540, ("busy", "yes", "0"): 360,
    }  # fmt: skip
    events = Tally.of_cells(("context", "group", "selected"), cells)
    told = DocumentationOdds().examine(events)
    within, pooled = one(told, "documentation rate ratio within context"), one(told, "documentation rate ratio")
    assert within.estimate.value == pytest.approx(1.0)
    assert pooled.estimate.value == pytest.approx(0.55 / 0.15)
    assert (within.margin is None, pooled.margin is None) == (False, True)
    assert alone(within) is Outcome.PASS
    alone_told = DocumentationOdds().examine(events.marginal("group", "selected"))
    assert alone(one(alone_told, "documentation rate ratio")) is Outcome.FAIL


def test_documentation_of_several_kinds_pools_the_usual_ones() -> None:
    cells = {
        ("rare", "1"): 30,
        ("rare", "0"): 10,
        ("daily", "1"): 10,
        ("daily", "0"): 90,
        ("weekly", "1"): 20,
        ("weekly", "0"): 80,
    }
    events = Tally.of_cells(("group", "selected"), cells)
    told = DocumentationOdds(unusual="rare").examine(events)
    assert one(told, "documentation rate ratio").estimate.value == pytest.approx(0.75 / 0.15)
    assert {f.level for f in told} == {"rare"}
    with pytest.raises(InputError, match="unusual"):
        DocumentationOdds().examine(events)


def test_mentions_of_each_unusual_level_against_the_usual_one() -> None:
    cells = {
        ("yellow", "1"): 20,
        ("yellow", "0"): 80,
        ("green", "1"): 30,
        ("green", "0"): 10,
        ("black", "1"): 2,
        ("black", "0"): 8,
    }
    captions = Tally.of_cells(("truth", "outcome"), cells | {(MISSING, "1"): 4})
    told = Mention(usual="yellow").examine(captions)
    ratios = {f.level: f.estimate.value for f in told if f.scale == "ratio"}
    assert ratios == pytest.approx({"black": 1.0, "green": 3.75})
    assert told[0].notes[0].startswith("4 captions")
    assert "independent" in told[0].notes[1]
    with pytest.raises(InputError, match='no level "blue"'):
        Mention(usual="blue").examine(captions)
    with pytest.raises(CannotDecide):
        Mention(usual="yellow").examine(captions.where("truth", "yellow"))
