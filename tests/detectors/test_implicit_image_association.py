"""Pictures of concepts and attributes by hand: what few pictures, few prompts and no controls leave undecided."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.judgement import Outcome
from auditkit.detectors.implicit import ImageAssociation
from auditkit.gating import alone

SETS = {"X": [[1, 0], [3, 4]], "Y": [[0, 2], [4, 3]], "A": [[2, 0]], "B": [[0, 1]]}


def rows_of(sets, units=None):
    labels = [name for name, vectors in sets.items() for _ in vectors]
    columns = {"group": labels} | ({} if units is None else {"unit": units})
    return Rows.of(columns, {"vector": np.concatenate([np.atleast_2d(v) for v in sets.values()])})


def test_by_hand():
    """s is 1 and -.2 in X, -1 and .2 in Y."""
    difference, d = ImageAssociation().examine(rows_of(SETS))
    assert difference.estimate.value == pytest.approx(0.8)
    assert d.estimate.value == pytest.approx(0.8 / np.std([1, -0.2, -1, 0.2], ddof=1))
    assert d.notes[0] == "One-sided permutation p = 0.33 over prompts (exact)."
    assert any("No control pictures" in note for note in difference.notes)
    assert alone(difference) is None
    assert difference.sentence.startswith("Pictures of X look more like A than B than those of Y do, by 0.800")


def test_pictures_of_a_prompt_are_one_piece_of_evidence():
    units = ["x1", "x1", "y1", "y2", "a", "b"]
    difference, _ = ImageAssociation().examine(rows_of(SETS, units))
    assert difference.estimate.value == pytest.approx(0.8)
    assert (difference.estimate.n, difference.estimate.clusters) == (4, 1)
    assert difference.interval(0.95)[:2] == (None, None)


@pytest.fixture(scope="module")
def biased():
    return ImageAssociation().plant(1.0, 1_200, np.random.default_rng(1)).evidence


def test_few_pictures_or_prompts_never_fail_and_enough_do(biased):
    whole, _ = ImageAssociation().examine(biased)
    assert alone(whole) is Outcome.FAIL
    assert whole.caps == ()
    assert "at least as large as in 100 % of control sets" in whole.sentence
    of = biased.column("group")
    rest = np.flatnonzero(np.isin(of, ["A", "B", "control"]))
    few = np.concatenate([*(np.flatnonzero(of == name)[:49] for name in "XY"), rest])
    small, _ = ImageAssociation().examine(biased.taken(few))
    assert [cap.withholds for cap in small.caps] == ["FAIL"]
    assert "49 pictures of" in small.caps[0].because
    unit = biased.column("unit")
    three = np.flatnonzero(np.isin(unit, [f"{name} {k}" for name in "XY" for k in range(3)]))
    narrow, _ = ImageAssociation().examine(biased.taken(np.concatenate([three, rest])))
    assert "36 pictures of 3 prompts" in narrow.caps[0].because
    assert alone(narrow) is Outcome.INCONCLUSIVE


def test_the_margin_is_that_of_the_least_design_whatever_the_targets_size():
    margins = []
    for n in (2_000, 8_000):
        worlds = [ImageAssociation().plant(0.0, n, np.random.default_rng(i)).evidence for i in range(4)]
        margins.append(np.mean([ImageAssociation().examine(world)[0].margin.high for world in worlds]))
    spread = 0.96 * np.sqrt(0.25 * (1 - 1 / 12) / 12 + 0.25 / 4 / 9)  # of a prompt's mean: pictures, and Beta(4, 4)
    assert margins == pytest.approx([1.96 * spread * np.sqrt(2 / 5)] * 2, rel=0.15)  # five prompts of 12 hold 50


def test_turning_both_pairs_round_changes_nothing_and_one_the_sign():
    world = ImageAssociation().plant(0.5, 1_200, np.random.default_rng(2)).evidence

    def gap(**fields):
        return ImageAssociation(**fields).examine(world)[0].estimate.value

    assert gap() == pytest.approx(0.48, abs=0.15)
    assert gap(targets=("Y", "X")) == pytest.approx(-gap())
    assert gap(attributes=("B", "A")) == pytest.approx(-gap())


def test_what_decides_nothing_says_why():
    with pytest.raises(CannotDecide, match="no picture is of Y; there is: A, B and X"):
        ImageAssociation().examine(rows_of({name: SETS[name] for name in "XAB"}))
    with pytest.raises(InputError, match="five sets"):
        ImageAssociation(targets=("X", "X")).examine(rows_of(SETS))
    lost = rows_of({**SETS, "other": [[0, 0]]})
    assert any("1 rows lack" in note for note in ImageAssociation().examine(lost)[0].notes)
