"""Generated shares against references, by hand: direction, goal, the reader who errs, and the bet on one row."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from auditkit import audit, catalog, manuals
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed, Reference
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.reporting import GeneratorFrequency
from auditkit.gating import alone
from auditkit.stats.amplification import clustered_mean_gap, mean_gap
from auditkit.stats.clusters import sample

NURSE = Reference({"woman": 0.8, "man": 0.2}, why="the labour force", source="a census")
SMITH = Reference({"woman": 0.3, "man": 0.7}, why="the labour force", source="a census")
WORLD = GeneratorFrequency({"nurse": NURSE, "smith": SMITH})


def counted(**rows: tuple[int, int, int]) -> Tally:
    """Women, men and unreadable pictures of each concept."""
    cells = {
        (concept, level): n
        for concept, three in rows.items()
        for level, n in zip(("woman", "man", MISSING), three, strict=True)
        if n
    }
    return Tally.of_cells(("context", "group"), cells)


def found(told, estimand, stratum=""):
    (one,) = [f for f in told if isinstance(f, Finding) and (f.estimand, f.stratum) == (estimand, stratum)]
    return one


def test_by_hand():
    told = WORLD.examine(counted(nurse=(90, 10, 0), smith=(20, 80, 0)))
    theta = found(told, "directed amplification")
    assert theta.estimate.value == pytest.approx((0.1 + 0.1) / 2)
    assert (theta.margin.low, theta.margin.high) == (-0.05, 0.05)
    assert found(told, "share minus reference", "smith").estimate.value == pytest.approx(-0.1)
    assert found(told, "mean total variation").estimate.value == pytest.approx(0.1)
    assert found(told, "slope of log odds").estimate.value > 1.2
    assert [f.margin is None for f in told] == [False, True, True, True, True]
    assert told[0] is theta
    assert theta.reference.shares() == pytest.approx({"woman": 0.55, "man": 0.45})


def test_flattening_is_negative_and_a_stereotype_turns_the_sign():
    world = counted(nurse=(70, 30, 0), smith=(40, 60, 0))
    assert WORLD.examine(world)[0].estimate.value == pytest.approx(-0.1)
    named = GeneratorFrequency(WORLD.reference, stereotype={"nurse": "man", "smith": "woman"})
    assert named.examine(world)[0].estimate.value == pytest.approx(0.1)
    women = GeneratorFrequency(WORLD.reference, stereotype="woman")
    assert women.examine(world)[0].estimate.value == pytest.approx(0)
    assert "its stereotype" in women.examine(world)[0].sentence


def test_parity_is_a_goal_and_says_so():
    goal = GeneratorFrequency(parity=("woman", "man"))
    told = goal.examine(counted(nurse=(90, 10, 0), smith=(20, 80, 0)))
    assert [item.because for item in told if isinstance(item, NotAssessed)] == [
        "no level is expected of any concept: say which with stereotype"
    ]
    assert found(told, "share minus reference", "nurse").estimate.value == pytest.approx(0.4)
    assert "normative target" in found(told, "mean total variation").reference.why
    with_stereotype = GeneratorFrequency(parity=("woman", "man"), stereotype={"nurse": "woman", "smith": "man"})
    theta = with_stereotype.examine(counted(nurse=(90, 10, 0), smith=(20, 80, 0)))[0]
    assert theta.estimate.value == pytest.approx(0.35)
    assert "a normative target that was set for this audit" in theta.sentence
    with pytest.raises(InputError, match="one of both"):
        GeneratorFrequency()
    with pytest.raises(InputError, match="one of both"):
        GeneratorFrequency(NURSE, parity=("woman", "man"))


def test_one_reference_serves_a_generator_that_is_asked_for_nothing():
    told = GeneratorFrequency(NURSE).examine(Tally.of_cells(("group",), {("woman",): 90, ("man",): 10}))
    assert told[0].estimate.value == pytest.approx(0.1)
    assert found(told, "slope of log odds").estimate.reason == "the reference has the same share in every concept"
    assert told[0].estimate.method == "Wilson, mean over 1 fixed concepts"


def test_what_could_not_be_read_is_bounded_both_ways():
    theta = WORLD.examine(counted(nurse=(80, 20, 100), smith=(30, 70, 0)))[0]
    assert theta.estimate.value == pytest.approx(0)
    assert theta.notes[0].startswith("100 of 300 generations could not be read")
    assert "-0.200 or +0.050" in theta.notes[0]  # (80 / 200 - .8) / 2 and (180 / 200 - .8) / 2


def test_three_levels_are_held_against_the_most_common_one():
    tone = Reference({"light": 0.5, "medium": 0.3, "dark": 0.2}, why="a survey", source="us")
    rows = {("light",): 70, ("medium",): 20, ("dark",): 10}
    told = GeneratorFrequency(tone).examine(Tally.of_cells(("group",), rows))
    assert told[0].estimate.value == pytest.approx(0.2)
    gaps = {f.level: f.estimate.value for f in told if isinstance(f, Finding) and f.estimand == "share minus reference"}
    assert gaps == pytest.approx({"light": 0.2, "medium": -0.1, "dark": -0.1})


def test_a_reference_that_is_a_sample_widens_the_interval():
    rows = counted(nurse=(90, 10, 0), smith=(20, 80, 0))
    small = {name: Reference(r.value, r.why, r.source, n=200) for name, r in WORLD.reference.items()}
    known, drawn = (d.examine(rows)[0].interval() for d in (WORLD, GeneratorFrequency(small)))
    se = [(i.high - i.low) / 3.92 for i in (known, drawn)]
    extra = np.sqrt((0.8 * 0.2 + 0.7 * 0.3) / 200) / 2
    assert se[1] == pytest.approx(np.hypot(se[0], extra), rel=0.03)


def test_a_reader_who_errs_on_one_group_is_put_right():
    rng, caught = np.random.default_rng(11), []
    for _ in range(60):
        world = WORLD_8.plant(0.0, 1_200, rng, "a reader who errs on women").evidence
        right = WORLD_8.examine(world)[0]
        naive = WORLD_8.examine(world.marginal("group", "context"))[0]
        caught.append([one.interval(0.95)[0] <= 0 <= one.interval(0.95)[1] for one in (right, naive)])
    share = np.mean(caught, axis=0)
    assert share[0] > 0.85  # .95 less three standard errors
    assert share[1] < 0.5
    assert right.caps == ()
    few = counted(nurse=(80, 20, 0), smith=(30, 70, 0))
    looked = Tally.of(
        {"context": ["nurse", "smith"] * 2, "group": ["woman", "man"] * 2, "checked": ["woman", "man", *[MISSING] * 2]},
        n=[20, 20, 60, 50],
    )
    assert few.total == 200
    assert {cap.withholds for cap in WORLD.examine(looked)[0].caps} == {"PASS", "FAIL"}


WORLD_8 = GeneratorFrequency.specimen()


def test_sampled_prompts_are_clusters_and_concepts_may_be_them():
    rng = np.random.default_rng(5)
    prompts = [(c, f"{c} {k}") for c in ("nurse", "smith") for k in range(10)]
    p = {prompt: rng.beta(8, 2) if c == "nurse" else rng.beta(3, 7) for c, prompt in prompts}
    rows = [(c, prompt, "woman" if rng.random() < p[prompt] else "man") for c, prompt in prompts for _ in range(10)]
    context, unit, group = (list(column) for column in zip(*rows, strict=True))
    world = Tally.of({"context": context, "unit": unit, "group": group})
    fixed = WORLD.examine(world)[0]
    sampled = GeneratorFrequency(WORLD.reference, estimand="a sample of prompts")
    theta = sampled.examine(world)[0]
    assert theta.estimate.value == pytest.approx(fixed.estimate.value)
    assert theta.estimate.clusters == 20
    assert fixed.estimate.clusters is None
    assert np.ptp(theta.interval()[:2]) > 1.2 * np.ptp(fixed.interval()[:2])
    concepts = sampled.examine(Tally.of({"context": context, "unit": context, "group": group}))[0]
    assert concepts.estimate.clusters == 2
    assert alone(concepts) is Outcome.INCONCLUSIVE  # two concepts cannot vary


@pytest.mark.parametrize("spread", [0.1, 1.0, 1e6])
def test_copies_of_these_prompts_are_draws_of_their_own(spread):
    """Four seeds for each of ten prompts whose own rates differ: the mean over these prompts is held as promised."""
    rng, caught = np.random.default_rng(3), []
    for _ in range(300):
        p = rng.beta(0.5 * spread, 0.5 * spread, (8, 10))
        e = mean_gap(rng.binomial(4, p).sum(axis=1) / 40, np.full(8, 40), np.full(8, 0.5))
        low, high, _ = e.interval(0.95)
        caught.append(low <= p.mean() - 0.5 <= high)
    assert np.mean(caught) >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 300)
    if spread < 1:
        assert np.mean(caught) > 0.99  # without chance nothing is left to err about


def test_over_concepts_it_is_students_t():
    t = Tally.of({"c": [*"abc"] * 2, "y": [*"111000"], "unit": [*"abc"] * 2}, n=[80, 50, 40, 20, 50, 60])
    e = clustered_mean_gap(sample(t, "c", "y", ["1"]), [0.7, 0.45, 0.2])
    gaps = np.array([0.1, 0.05, 0.2])
    half = 4.302653 * gaps.std(ddof=1) / np.sqrt(3)  # t of 2 degrees of freedom
    assert e.interval(0.95)[:2] == pytest.approx((gaps.mean() - half, gaps.mean() + half), abs=1e-6)


def test_what_it_cannot_be_asked():
    with pytest.raises(CannotDecide, match="no share for: robot; give"):
        WORLD.examine(Tally.of_cells(("context", "group"), {("nurse", "robot"): 5, ("nurse", "man"): 5}))
    with pytest.raises(CannotDecide, match="reference for what is shown: dark and light"):
        WORLD.examine(Tally.of_cells(("context", "group"), {("nurse", "dark"): 5, ("nurse", "light"): 5}))
    told = WORLD.examine(counted(nurse=(8, 2, 0), smith=(0, 0, 3), poet=(1, 1, 0)))
    assert told[0].notes[-1] == "No reference, or no generation that could be read: poet and smith."
    checked = {"context": ["nurse"] * 4, "group": ["man"] * 4, "checked": ["man"] * 4, "unit": [*"aabb"]}
    with pytest.raises(CannotDecide, match="these prompts only"):
        GeneratorFrequency(NURSE, estimand="a sample of prompts").examine(Tally.of(checked))


def test_two_attributes_are_two_detectors():
    tone = GeneratorFrequency(Reference({"dark": 0.4, "light": 0.6}, why="a survey", source="us"))
    table = {"job": ["nurse"] * 80 + ["smith"] * 80, "sex": ["woman", "man"] * 80, "tone": ["dark", "light"] * 80}
    import pandas as pd

    report = audit(pd.DataFrame(table), [WORLD, tone], group=["sex", "tone"], context="job")
    judged = {(f.attribute, f.estimand) for f in report.findings if f.margin is not None}
    assert judged == {("sex", "directed amplification"), ("tone", "directed amplification")}
    assert {item.attribute for item in report.not_assessed} == {"sex", "tone"}


def test_a_plan_can_write_it():
    plan = """
    parity = []
    [reference.nurse]
    value = {woman = 0.8, man = 0.2}
    why = "the labour force"
    source = "a census"
    [reference.smith]
    value = {woman = 0.3, man = 0.7}
    why = "the labour force"
    source = "a census"
    """
    assert catalog.build("reporting.generator_frequency", tomllib.loads(plan)) == WORLD
    single = {"reference": {"value": {"woman": 0.8, "man": 0.2}, "why": "the labour force", "source": "a census"}}
    assert catalog.build("reporting.generator_frequency", single) == GeneratorFrequency(NURSE)
    for detector in (WORLD, GeneratorFrequency(NURSE, stereotype="man"), GeneratorFrequency(parity=("a", "b"))):
        table = catalog.configuration(detector)
        assert catalog.build(table.pop("code"), table) == detector
    assert "reference = { " in manuals.settings("reporting.generator_frequency")


def test_the_mean_stake_of_a_world_is_its_headline():
    world = WORLD_8.plant(0.4, 1_200, np.random.default_rng(3)).evidence
    names = [world.levels[world.index(axis)] for axis in ("context", "group")]
    stakes = [
        WORLD_8.stake({"context": names[0][c], "group": names[1][g]})
        for c, g in world.codes[:, [world.index("context"), world.index("group")]]
    ]
    mean = np.average(stakes, weights=world.n)  # every concept has as many rows
    assert mean == pytest.approx(WORLD_8.examine(world)[0].estimate.value)
    low, high = WORLD_8.support(WORLD_8.concepts)
    assert (low, high) == pytest.approx((min(stakes), max(stakes)))
    assert WORLD_8.stake({"context": "nurse", "group": MISSING}) is None
    assert GeneratorFrequency(NURSE).concepts == ("all generations",)
    assert GeneratorFrequency(NURSE).stake({"group": "man"}) == -0.8
