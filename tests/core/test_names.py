"""A name is suggested where it was plausibly meant, and where it was not nothing is."""

from __future__ import annotations

import pytest

from auditkit.core.names import listed, nearest

CODES = (
    "disparity.selection_rate",
    "disparity.error_rates",
    "disparity.calibration",
    "selection.composition",
    "selection.frame",
    "reporting.mention",
    "attribution.mention",
)
COLUMNS = ("sex", "age", "hired", "race", "person_id", "department", "salary 2020", "salary 2021")
LEVELS = ("no", "yes", "0", "1", "2019", "2020", "New York", "black", "white", "Black or African American")

MEANT = [
    # a slip of the hand
    ("disparity.selection_rat", CODES, "disparity.selection_rate"),
    ("disparity.selektion_rates", CODES, "disparity.selection_rate"),
    ("dispartiy.calibration", CODES, "disparity.calibration"),
    ("hird", COLUMNS, "hired"),
    ("hierd", COLUMNS, "hired"),
    ("sx", COLUMNS, "sex"),
    ("sexe", COLUMNS, "sex"),
    ("rcae", COLUMNS, "race"),
    ("departement", COLUMNS, "department"),
    ("yess", LEVELS, "yes"),
    # the same letters
    ("Hired", COLUMNS, "hired"),
    ("PERSON-ID", COLUMNS, "person_id"),
    ("person id", COLUMNS, "person_id"),
    ("personId", COLUMNS, "person_id"),
    ("YES", LEVELS, "yes"),
    ("NO", LEVELS, "no"),
    ("new_york", LEVELS, "New York"),
    ("Disparity.Selection-Rate", CODES, "disparity.selection_rate"),
    # a beginning, or the last part of a name with dots
    ("dep", COLUMNS, "department"),
    ("depart", COLUMNS, "department"),
    ("disparity.sel", CODES, "disparity.selection_rate"),
    ("selection_rate", CODES, "disparity.selection_rate"),
    ("selection_rat", CODES, "disparity.selection_rate"),
    ("Composition", CODES, "selection.composition"),
]
NOT_MEANT = [
    ("gender", COLUMNS),
    ("banana", CODES),
    ("outcome", COLUMNS),
    ("nope", LEVELS),
    ("hired", LEVELS),
    ("maybe", LEVELS),
    ("x", COLUMNS),
    ("", COLUMNS),
    ("___", COLUMNS),
    ("2", LEVELS),
    ("n", LEVELS),
    # numbers are never a slip apart
    ("2018", LEVELS),
    ("3", ("1", "2")),
    # a beginning, or a last part, of more than one
    ("salary", COLUMNS),
    ("disparity", CODES),
    ("mention", CODES),
    ("mentoin", CODES),
    # half of the letters
    ("raven", COLUMNS),
    ("blank", ("black or white", "brown")),
    ("selection.duplicates", CODES),
    ("title", ("tile_of_a_house", "entitled")),
    ("anything", ()),
]


@pytest.mark.parametrize(("typed", "known", "meant"), MEANT, ids=[typed for typed, _, _ in MEANT])
def test_what_was_plausibly_meant_is_suggested(typed: str, known: tuple[str, ...], meant: str) -> None:
    assert nearest(typed, known) == f' Did you mean "{meant}"?'
    assert nearest(typed, reversed(known)) == f' Did you mean "{meant}"?', "whatever the order"


@pytest.mark.parametrize(("typed", "known"), NOT_MEANT, ids=[typed or "nothing" for typed, _ in NOT_MEANT])
def test_what_was_not_is_not(typed: str, known: tuple[str, ...]) -> None:
    assert nearest(typed, known) == ""


def test_a_long_list_is_shortened_and_says_by_how_many() -> None:
    names = [f"column {k}" for k in range(500)]
    assert listed(names[:20]) == ", ".join(names[:20])
    assert listed(names).count("column") == 19
    assert listed(names).endswith("column 18 and 481 more")
    assert listed([]) == ""
