"""A policy written as TOML is the same policy when it is read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit import Policy
from auditkit.core.errors import PolicyError
from auditkit.formats.toml import toml_lines
from auditkit.rendering import policy_text
from auditkit.rules import Assessed, Enough, NoWorse, Ratio, Within

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
CODES = st.one_of(st.sampled_from(["*", "disparity.*", 'a"b', "\x7f\x00\n\\", "]]\n[x]"]), TEXT)
FINITE: dict[str, Any] = {"allow_nan": False, "allow_infinity": False}
MARGINS = st.floats(0, 1, exclude_min=True, exclude_max=True, **FINITE)
RULES = st.one_of(
    st.builds(Within, margin=st.none() | MARGINS, code=CODES, estimand=CODES),
    st.builds(Ratio, at_least=st.none() | MARGINS, code=CODES, estimand=CODES),
    st.builds(NoWorse, margin=st.floats(0, exclude_min=True, **FINITE) | st.integers(1, 10**6), code=CODES),
    st.builds(Assessed, codes=st.lists(CODES, min_size=1, max_size=3).map(tuple)),
    st.builds(Enough, n_eff=st.floats(0, **FINITE) | st.integers(0, 10**6), clusters=st.integers(0, 10**6)),
)
POLICIES = st.builds(
    Policy,
    st.lists(RULES, max_size=5).map(tuple),
    st.sampled_from(["holm", "none"]),
    st.sampled_from(["fail", "warn"]),
)


@given(POLICIES)
def test_it_is_read_back_with_the_same_hash(policy: Policy) -> None:
    read = Policy.parse(policy_text(policy), "gate.toml")
    assert read == policy
    assert read.hash == policy.hash


@given(st.dictionaries(TEXT, TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.lists(TEXT)))
def test_whatever_a_table_holds_it_is_read_back(table: dict[str, Any]) -> None:
    assert tomllib.loads("\n".join(toml_lines(table))) == table


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, f"a = {'9' * 5_000}"])
def test_a_file_that_breaks_its_reader_is_no_policy(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(PolicyError, match="is not TOML"):
        Policy.read(tmp_path / "p.toml")
