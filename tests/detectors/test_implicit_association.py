"""Published effect sizes and p through the front door, and what few words and no controls leave undecided."""

from __future__ import annotations

import json

import numpy as np
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.judgement import Outcome
from auditkit.detectors.implicit import Association
from auditkit.gating import alone
from auditkit.vectors import read_vectors

WEAT = {
    "WEAT 1": (("flowers", "insects", "pleasant_5", "unpleasant_5a"), 1.539),
    "WEAT 2": (("instruments", "weapons", "pleasant_5", "unpleasant_5a"), 1.628),
    "WEAT 6": (("male_names", "female_names", "career", "family"), 1.890),
}


@pytest.fixture(scope="module")
def tables(external):
    folder = external("weat_word2vec")
    words = json.loads((folder / "WEAT.json").read_text())
    vectors = read_vectors(folder / "weat_w2v____old.txt")
    return lambda names, **more: vectors.table({name: words[name] for name in names} | more)


def told(table, names):
    detector = Association(targets=names[:2], attributes=names[2:])
    report = audit(table, detector, vector="vector", group="set", unit="word")
    return {finding.estimand: finding for finding in report.findings}


@pytest.mark.external
@pytest.mark.parametrize("test", WEAT)
def test_published_effect_sizes_come_out(tables, test):
    names, published = WEAT[test]
    found = told(tables(names), names)
    d, difference = found["effect size d"], found["difference of association"]
    assert round(d.estimate.value, 3) == published
    assert (d.level, d.versus, d.stratum) == (*names[:2], f"{names[2]} against {names[3]}")
    assert difference.interval(0.95).low > 0
    assert difference.margin is None  # descriptive without controls
    assert d.notes[0].startswith("One-sided permutation p = ")
    assert "exact" in d.notes[0]
    if test == "WEAT 6":
        assert "One-sided permutation p = 7.8e-05 (exact, 12870 splits)." in d.notes
        assert difference.caps[0].withholds == "FAIL"
        assert "8 words" in difference.caps[0].because


@pytest.mark.external
def test_flowers_and_insects_stand_out_among_words_of_the_other_tests(tables):
    """The controls are all words of all the other targets: 60 and more that mean neither flowers nor insects."""
    names, _ = WEAT["WEAT 1"]
    others = ["instruments", "weapons", "male_names", "female_names", "math", "arts", "science"]
    control = [word for name in others for word in tables([name])["word"]]
    found = told(tables(names, control=control), names)["difference of association"]
    assert found.margin is not None
    assert "at least as large as in 100 % of control sets" in found.sentence
    assert (len(tables(names)["word"]), found.caps) == (100, ())
    assert alone(found) is Outcome.FAIL


def rows_of(sets, units=None):
    labels = [name for name, vectors in sets.items() for _ in vectors]
    columns = {"group": labels} | ({} if units is None else {"unit": units})
    return Rows.of(columns, {"vector": np.concatenate([np.atleast_2d(v) for v in sets.values()])})


SETS = {"X": [[1, 0], [3, 4]], "Y": [[0, 2], [4, 3]], "A": [[2, 0]], "B": [[0, 1]]}


def test_by_hand():
    """s is 1 and -.2 in X, -1 and .2 in Y."""
    difference, d = Association().examine(rows_of(SETS))
    assert difference.estimate.value == pytest.approx(0.4 - -0.4)
    assert d.estimate.value == pytest.approx(0.8 / np.std([1, -0.2, -1, 0.2], ddof=1))
    assert "p = 0.33 (exact, 6 splits)" in d.notes[0]
    assert any("No control words" in note for note in difference.notes)
    assert alone(difference) is None


def test_templates_of_a_word_are_one_word():
    units = ["rose", "rose", "ant", "bee", "good", "bad"]
    difference, _ = Association().examine(rows_of(SETS, units))
    assert difference.estimate.value == pytest.approx(0.8)
    assert difference.estimate.n == 3
    with pytest.raises(InputError, match="Of both targets at once: rose"):
        Association().examine(rows_of(SETS, ["rose", "lily", "rose", "bee", "good", "bad"]))


def test_few_words_never_fail_and_enough_do():
    world = Association().plant(1.0, 200, np.random.default_rng(1)).evidence
    few = np.concatenate([np.flatnonzero(world.column("group") == name)[:20] for name in "XY"])
    rest = np.flatnonzero(np.isin(world.column("group"), ["A", "B", "control"]))
    small, _ = Association().examine(world.taken(np.concatenate([few, rest])))
    assert alone(small) is Outcome.INCONCLUSIVE
    assert [cap.withholds for cap in small.caps] == ["FAIL"]
    whole, _ = Association().examine(world)
    assert alone(whole) is Outcome.FAIL
    assert whole.caps == ()


def test_the_margin_does_not_shrink_with_the_lists():
    margins = []
    for n in (400, 4_000):
        found = [
            Association().examine(Association().plant(0.0, n, np.random.default_rng(i)).evidence) for i in range(5)
        ]
        margins.append(np.mean([difference.margin.high for difference, _ in found]))
    s_value = 2 * 0.6 * 0.1
    expected = 1.96 * s_value * np.sqrt(2 / 25)
    assert margins == pytest.approx([expected, expected], rel=0.15)


def test_turning_both_pairs_round_changes_nothing_and_one_the_sign():
    world = Association().plant(0.5, 200, np.random.default_rng(2)).evidence

    def gap(**fields):
        return Association(**fields).examine(world)[0].estimate.value

    assert gap(targets=("Y", "X")) == pytest.approx(-gap())
    assert gap(attributes=("B", "A")) == pytest.approx(-gap())
    assert gap(targets=("Y", "X"), attributes=("B", "A")) == pytest.approx(gap())


def test_what_decides_nothing_says_why():
    with pytest.raises(CannotDecide, match="no vector is of Y; there is: A, B and X"):
        Association().examine(rows_of({name: SETS[name] for name in "XAB"}))
    with pytest.raises(InputError, match="five sets"):
        Association(targets=("X", "X")).examine(rows_of(SETS))
    with pytest.raises(CannotDecide, match="no vector is of X"):
        Association().examine(rows_of({**SETS, "X": [[0, 0]]}))
    lost = rows_of({**SETS, "other": [[0, 0]]})
    assert any("1 rows lack" in note for note in Association().examine(lost)[0].notes)
    one = {**SETS, "X": [[1, 0]]}
    difference, _ = Association().examine(rows_of(one))
    assert difference.interval(0.95)[:2] == (None, None)
