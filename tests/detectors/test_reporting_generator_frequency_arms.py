"""Generated shares against rows of another arm: two samples, never pooled, and what cannot be said of them."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Tally
from auditkit.core.finding import Finding, NotAssessed, Reference
from auditkit.core.roles import MISSING
from auditkit.detectors.reporting import GeneratorFrequency

NURSE = Reference({"woman": 0.8, "man": 0.2}, why="the labour force", source="a census")


def arms(real: tuple[int, int], shown: tuple[int, int]) -> Tally:
    cells = {("woman", "real"): real[0], ("man", "real"): real[1], ("woman", "gan"): shown[0], ("man", "gan"): shown[1]}
    return Tally.of_cells(("group", "arm"), cells)


def test_real_rows_are_no_generations_and_without_a_reference_they_are_it() -> None:
    rows = arms((400, 600), (360, 240))
    given, learned = (
        detector.examine(rows)[0]
        for detector in (
            GeneratorFrequency(NURSE, stereotype="man", real="real"),
            GeneratorFrequency(real="real", stereotype="woman"),
        )
    )
    assert (given.versus, learned.versus) == ("reference", "real")
    alone = GeneratorFrequency(NURSE, stereotype="man").examine(
        Tally.of_cells(("group",), {("woman",): 360, ("man",): 240})
    )
    assert given.estimate.value == alone[0].estimate.value
    assert learned.estimate.value == pytest.approx(0.2)


def sides(
    rng: np.random.Generator, real: dict[str, tuple[int, float]], n: int
) -> tuple[dict[tuple[str, ...], int], float]:
    """Real rows and n generations of each concept, of equal shares; the cells, and the true mean gap, 0."""
    cells: dict[tuple[str, ...], int] = {}
    for concept, (rows, share) in real.items():
        for arm, size in (("real", rows), ("made", n)):
            women = int(rng.binomial(size, share))
            cells |= {("woman", arm, concept): women, ("man", arm, concept): size - women}
    return cells, 0.0


@pytest.mark.parametrize(
    "real",
    [{"nurse": (400, 0.4)}, {"a": (60, 0.5), "b": (60, 0.5)}, {"a": (25, 0.95), "b": (2_000, 0.5), "c": (40, 0.1)}],
)
def test_intervals_allow_for_both_samples(real: dict[str, tuple[int, float]]) -> None:
    """One concept, concepts with equal counts, and few real rows at shares near 1: 600 replications of a fair copy."""
    rng, held = np.random.default_rng(4), 0
    stereotype = {concept: ("woman", "man")[k % 2] for k, concept in enumerate(real)}
    learned = GeneratorFrequency(real="real", stereotype=stereotype)
    for _ in range(600):
        cells, truth = sides(rng, real, 300)
        headline = learned.examine(Tally.of_cells(("group", "arm", "context"), cells))[0]
        assert isinstance(headline, Finding)
        low, high, _ = headline.interval(0.95)
        held += low <= truth <= high
    assert held >= 0.93 * 600


def test_equal_counts_in_two_concepts_are_two_samples() -> None:
    learned = GeneratorFrequency(real="real", stereotype={"nurse": "woman", "smith": "man"})
    widths = []
    for women in (50, 51):
        cells = {("woman", "real", "nurse"): women, ("man", "real", "nurse"): 50, ("woman", "real", "smith"): 50,
                 ("man", "real", "smith"): 50}  # fmt: skip
        cells |= {(level, "made", job): 2_000 for level in ("woman", "man") for job in ("nurse", "smith")}
        low, high, _ = learned.examine(Tally.of_cells(("group", "arm", "context"), cells))[0].interval(0.95)
        widths.append(high - low)
    assert widths[0] == pytest.approx(widths[1], rel=0.05)


def test_four_real_rows_settle_nothing() -> None:
    cells = {("woman", "real", "x"): 4, ("woman", "made", "x"): 850, ("man", "made", "x"): 150}
    low, high, _ = (
        GeneratorFrequency(real="real", stereotype="woman")
        .examine(Tally.of_cells(("group", "arm", "context"), cells))[0]
        .interval(0.95)
    )
    assert low < 0 < high


def test_a_level_that_only_the_generator_shows_is_compared_and_not_an_error() -> None:
    cells = {("woman", "real"): 300, ("woman", "made"): 150, ("robot", "made"): 150}
    told = GeneratorFrequency(real="real", stereotype="robot").examine(Tally.of_cells(("group", "arm"), cells))[0]
    assert told.estimate.value == pytest.approx(0.5)


def test_no_level_is_expected_that_was_not_named() -> None:
    [told] = GeneratorFrequency(real="real").examine(arms((400, 600), (360, 240)))
    assert isinstance(told, NotAssessed)
    assert "stereotype" in told.because


def test_checked_rows_of_one_arm_alone_are_no_comparison() -> None:
    cells = {("woman", "real", MISSING): 100, ("man", "real", MISSING): 100, ("woman", "made", "woman"): 50}
    with pytest.raises(CannotDecide, match="one arm alone"):
        GeneratorFrequency(real="real", stereotype="woman").examine(
            Tally.of_cells(("group", "arm", "checked"), cells | {("man", "made", MISSING): 150})
        )


def test_rows_of_several_arms_are_never_pooled() -> None:
    with pytest.raises(CannotDecide, match="say with real"):
        GeneratorFrequency(NURSE).examine(arms((400, 600), (360, 240)))


def test_what_takes_a_known_reference_is_not_told_of_a_sampled_one() -> None:
    small = Reference({"woman": 0.8, "man": 0.2}, why="a survey", source="us", n=30)
    rows = Tally.of_cells(("group",), {("woman",): 400, ("man",): 100})
    told = {item.estimand: item for item in GeneratorFrequency(small).examine(rows)}
    assert isinstance(told["mean total variation"], NotAssessed)
    assert "slope of log odds" not in told


def test_several_generators_beside_real_rows_are_told_apart_by_the_user() -> None:
    cells = {(level, arm): 10 for level in ("woman", "man") for arm in ("real", "gan", "vae")}
    with pytest.raises(CannotDecide, match="one by one"):
        GeneratorFrequency(real="real", stereotype="man").examine(Tally.of_cells(("group", "arm"), cells))
    with pytest.raises(InputError, match='no level "photos"'):
        GeneratorFrequency(real="photos", stereotype="man").examine(arms((1, 1), (1, 1)))
