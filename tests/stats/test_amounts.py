"""Which levels are amounts, and how they are told."""

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.evidence import Tally
from auditkit.core.roles import MISSING
from auditkit.stats.amounts import are_amounts, in_units, values_of


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        (["yes", "no"], False),
        (["0", "1", MISSING], False),
        (["0", "1", "2"], None),
        ([str(k) for k in range(20)], None),
        ([str(k) for k in range(21)], True),
        (["1", "2", "2.5"], True),
        (["1.0", "1", "2"], False),
        (["1", "2", "nan"], False),
        ([MISSING], False),
    ],
)
def test_numbers_are_amounts_where_they_cannot_be_names(levels: list[str], told: bool | None) -> None:
    assert are_amounts(Tally.of({"y": levels}), "y") is told


def test_several_axes_are_read_together() -> None:
    both = Tally.of({"y": ["1", "2"], "p": ["1.5", "2"]})
    assert are_amounts(both, "y", "p") is True
    assert are_amounts(both, "y") is False


def test_words_are_no_numbers() -> None:
    assert np.isnan(values_of(Tally.of({"y": [MISSING]}), "y")).all()
    with pytest.raises(InputError, match='needs numbers as y, and one is "tall"'):
        values_of(Tally.of({"y": ["1", "tall"]}), "y")


def test_in_its_own_units() -> None:
    e = Estimate(-0.5, (-1.0,) * len(LEVELS), (None,) * len(LEVELS), 9, 9.0, "by hand")
    assert in_units(e, " SD") == "−0.50 SD [−1.00, unbounded]"
    assert in_units(Estimate.undefined("nobody came")) == "not defined, nobody came"
