"""No subject silently lacks a family: there is a detector for it, or a reason why not."""

from __future__ import annotations

import pytest

from auditkit import catalog
from auditkit.core.subjects import SUBJECTS

DATA = ("table", "text", "captions", "predictions", "decisions", "logs")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_cell_of_the_matrix_answers(subject: str) -> None:
    for family, told in catalog.matrix(subject).items():
        if isinstance(told, tuple):
            assert subject not in catalog.families()[family].NOT_FOR, f"{family} says why not, and has {told}"
        else:
            assert len(told) > 20
            assert subject not in DATA or told != catalog.NONE_YET, f"{family} has nothing for {subject}: say why"


@pytest.mark.parametrize("code", catalog.detectors())
def test_a_detector_names_subjects_that_there_are(code: str) -> None:
    assert set(catalog.find(code).subjects) <= set(SUBJECTS)
