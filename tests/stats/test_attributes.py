"""Attributes coded for the search of patterns: data and reference in one coding, whatever the order of levels."""

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.stats.attributes import Attributes, counted
from auditkit.stats.patterns import underrepresented_patterns

CELLS = {("f", "s"): 30, ("m", "n"): 20, ("f", "n"): 45, ("m", "s"): 5}
JOINT = {"m × n": 0.25, "f × s": 0.25, "m × s": 0.25, "f × n": 0.25}


def tally(cells=CELLS):
    return Tally.of_cells(("sex", "region"), cells)


def table(cube):
    out = np.zeros(cube.sizes)
    np.add.at(out, tuple(cube.codes.T), cube.weights)
    return out


def test_both_are_in_one_coding():
    coded = Attributes.of(tally(), [JOINT | {"m × s": 0.2, "x × n": 0.05}])
    assert coded.levels == (("f", "m", "x"), ("n", "s"))
    assert table(coded.cube).tolist() == [[45, 30], [20, 5], [0, 0]]
    assert table(coded.reference).tolist() == [[0.25, 0.25], [0.25, 0.2], [0.05, 0]]


def test_independent_margins_are_their_product():
    margins = [{"f": 0.5, "m": 0.5}, {"s": 0.4, "n": 0.6}]
    joint = {f"{a} × {b}": p * q for a, p in margins[0].items() for b, q in margins[1].items()}
    one, other = (Attributes.of(tally(), refs) for refs in (margins, [joint]))
    found = [underrepresented_patterns(a.cube, a.reference) for a in (one, other)]
    assert found[0].lowest.value == pytest.approx(found[1].lowest.value)
    assert [u.pattern for u in found[0].uncovered] == [u.pattern for u in found[1].uncovered]
    assert one.spelled(found[0].uncovered[0].pattern) == "sex=m"


def test_what_the_reference_does_not_know_is_named():
    coded = Attributes.of(tally(CELLS | {("m", "w"): 3}), [JOINT])
    assert coded.unknown == ("m × w",)
    assert Attributes.of(tally(), [{"f": 1.0}, {"n": 0.5, "s": 0.5}]).unknown == ("sex=m",)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="in that order"):
        Attributes.of(tally(), [{"f": 0.5, "m": 0.5}])
    with pytest.raises(InputError, match="3 references for 2"):
        Attributes.of(tally(), [JOINT] * 3)


def test_a_count_is_a_fact():
    assert counted(3, 4).interval(0.95)[:2] == (0.75, 0.75)
    assert counted(0, 0).reason
