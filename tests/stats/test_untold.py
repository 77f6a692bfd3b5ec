"""What was looked at and not told is mostly hard: limits hold the truth whatever it shows, and say how wide that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, Reference
from auditkit.core.roles import MISSING, UNTOLD
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.detectors.reporting.generator_frequency import DIRECTED, GAP, SLOPE
from auditkit.stats.amplification import gaps, mean_gap
from auditkit.stats.concepts import Concepts
from auditkit.stats.untold import held_open, shown_open, untold_said

ROWS, LOOKED, SENSITIVITY, SPECIFICITY = 2000, 100, 0.8, 0.95
Case = tuple[str, str, str, int]


def tally(cells: list[Case]) -> Tally:
    concept, read, truth, n = zip(*cells, strict=True)
    return Tally.of({"context": list(concept), "group": list(read), "checked": list(truth)}, n=list(n))


def labelled(p: float, skipped: float, worlds: int, rng: np.random.Generator) -> list[Case]:
    """Worlds of 2,000 answers: 100 of each reading are looked at, and of those that were misread a part is skipped."""
    cells: list[Case] = []
    for world in range(worlds):
        yes = rng.binomial(ROWS, p)
        hit, missed = rng.binomial(yes, SENSITIVITY), rng.binomial(ROWS - yes, 1 - SPECIFICITY)
        for read, right, wrong in (("a", hit, missed), ("b", ROWS - yes - missed, yes - hit)):
            hard = rng.hypergeometric(wrong, right, LOOKED)
            lost = rng.binomial(hard, skipped)
            told = {read: LOOKED - hard, "ba"["ab".index(read)]: hard - lost, UNTOLD: lost}
            told[MISSING] = right + wrong - LOOKED
            cells += [(f"{world:05}", read, truth, int(n)) for truth, n in told.items()]
    return cells


def covered(p: float, skipped: float, worlds: int, seed: int) -> tuple[float, float, float]:
    """How often 95 % hold the truth where the untold are left out, and where they are held open; and how much wider."""
    c = Concepts.of(
        tally(labelled(p, skipped, worlds, np.random.default_rng(seed))),
        [f"{w:05}" for w in range(worlds)],
        ["a", "b"],
        False,
    )
    at, shares, known = np.zeros(worlds, np.int64), np.full(worlds, p), np.full(worlds, np.inf)
    plain = gaps(c.shown(at), shares, known)
    wide = tuple(map(held_open, plain, *(gaps(case, shares, known) for case in shown_open(c, at))))
    ends = [np.array([e.interval(0.95)[:2] for e in some]) for some in (plain, wide)]
    held = [float(((one[:, 0] <= 0) & (one[:, 1] >= 0)).mean()) for one in ends]
    widths = [float((one[:, 1] - one[:, 0]).mean()) for one in ends]
    return held[0], held[1], widths[1] / widths[0]


@pytest.mark.parametrize(("p", "plain", "wider"), [(0.3, 0.95, 1.9), (0.1, 0.92, 1.9)])
def test_where_half_of_the_hard_ones_are_skipped_the_truth_is_still_held(p: float, plain: float, wider: float) -> None:
    left_out, held, times = covered(p, 0.5, 300, seed=3)
    assert left_out < plain
    assert held >= 0.98
    assert 1.4 < times < wider


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "skipped", "plain", "times"),
    [
        (0.3, 0.5, 0.91, 1.72),
        (0.1, 0.5, 0.87, 1.67),
        (0.05, 0.5, 0.73, 1.68),
        (0.3, 1.0, 0.60, 3.51),
    ],
)
def test_the_published_figures(p: float, skipped: float, plain: float, times: float) -> None:
    """What `held_open` says of itself; all of the hard ones lost is two raters who disagree on each of them."""
    left_out, held, wider = covered(p, skipped, 1000, seed=1)
    assert left_out == pytest.approx(plain, abs=0.04)
    assert held >= 0.98
    assert wider == pytest.approx(times, abs=0.05)


def test_where_nothing_is_skipped_nothing_changes() -> None:
    c = Concepts.of(tally(labelled(0.3, 0.0, 5, np.random.default_rng(1))), ["00000", "00003"], ["a", "b"], False)
    at = np.zeros(2, np.int64)
    for case in shown_open(c, at):
        assert np.array_equal(case.curve.lower, c.shown(at).curve.lower)
    assert not c.untold.any()
    assert untold_said(c) == ()


few, some = st.integers(0, 30), st.integers(1, 30)


@settings(max_examples=40)
@given(some, few, few, few, some, few, *[st.integers(0, 400)] * 2, st.data())
def test_whatever_they_show_the_interval_lies_within(
    aa: int, ab: int, ua: int, ba: int, bb: int, ub: int, a: int, b: int, data: st.DataObject
) -> None:
    """Had somebody told them, in any way, the interval would have been no further out."""
    fill = data.draw(st.integers(0, ua)), data.draw(st.integers(0, ub))
    told = {("a", "a"): aa, ("a", "b"): ab, ("b", "a"): ba, ("b", "b"): bb}
    rest = {("a", UNTOLD): ua, ("b", UNTOLD): ub}
    unseen = {("a", MISSING): a, ("b", MISSING): b + 1}
    then = dict(told)
    for read, lost, shows in (("a", ua, fill[0]), ("b", ub, fill[1])):
        then[read, "a"] += shows
        then[read, "b"] += lost - shows

    def estimate(cells: dict[tuple[str, str], int]) -> tuple[Estimate, Concepts]:
        c = Concepts.of(tally([("x", *cell, n) for cell, n in cells.items()]), ["x"], ["a", "b"], False)
        shown = c.shown(np.array([0]))
        return mean_gap(shown.rate, shown.n_eff, [0.5]), c

    plain, c = estimate(told | rest | unseen)
    cases = [mean_gap(case.rate, case.n_eff, [0.5]) for case in shown_open(c, np.array([0]))]
    open_ = held_open(plain, *cases)
    truly, _ = estimate(then | unseen)
    for e in (truly, plain):
        inner, outer = e.interval(0.95), open_.interval(0.95)
        assert outer.low is not None
        assert inner.low is not None
        assert outer.low <= inner.low + 1e-9
        assert outer.high is not None
        assert inner.high is not None
        assert outer.high >= inner.high - 1e-9


def test_a_finding_says_how_much_is_open_and_a_slope_is_not_told() -> None:
    cells = labelled(0.3, 1.0, 2, np.random.default_rng(2))
    half = Reference({"a": 0.5, "b": 0.5}, "half", "us")
    told = GeneratorFrequency(half, stereotype="a").examine(tally(cells))
    findings = {(one.estimand, one.stratum): one for one in told if isinstance(one, Finding)}
    lost = sum(n for _, _, truth, n in cells if truth == UNTOLD)
    assert f"{lost} of 400 rows that people looked at could not be told" in findings[DIRECTED, ""].notes[0]
    assert "worst cases" in findings[DIRECTED, ""].estimate.method
    assert findings[GAP, "00001"].notes
    assert SLOPE not in {estimand for estimand, _ in findings}
    without = [cell for cell in cells if cell[2] != UNTOLD]
    [plain] = [
        one for one in GeneratorFrequency(half, stereotype="a").examine(tally(without)) if one.estimand == DIRECTED
    ]
    assert isinstance(plain, Finding)
    assert plain.notes == ()
    inner, outer = plain.interval(0.95), findings[DIRECTED, ""].interval(0.95)
    assert outer.high - outer.low > 2 * (inner.high - inner.low)
