"""Models of words as pupils: which target learns from which columns."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.target import Target
from auditkit.lifecycle.tuning import curated
from auditkit.lifecycle.tuning.pairs import Pairs
from auditkit.lifecycle.tuning.pupil import Pupil
from auditkit.lifecycle.tuning.texts import Continued, Filled
from auditkit.targets import CausalLm, MaskedLm, Seq2Seq


def opened(target: Target, data: Path) -> Pupil:
    """The target as a pupil of the curated data: translations, or texts that a language model goes on with or fills.

    Raises `InputError` for data without the columns that it needs, and for words that it has no token for.
    """
    table = curated.read(data)
    if isinstance(target, Seq2Seq):
        return Pairs(target, table)
    if isinstance(target, MaskedLm):
        return Filled(target, table)
    assert isinstance(target, CausalLm)  # the frame has seen to it
    return Continued(target, table)
