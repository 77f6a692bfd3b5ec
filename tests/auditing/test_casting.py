"""What a detector lacks is said with what the table has for it, as its reader writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

import auditkit
from auditkit import catalog
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.detectors import disparity, selection

LACKS = "it needs a column for prediction or outcome. "


def rows(*names: str) -> dict[str, list[str]]:
    return {"gender": ["f", "m"] * 40, **{name: ["yes", "no", "no", "yes"] * 20 for name in names}}


def because(table: dict[str, list[str]], detector: object = "disparity.selection_rate", **roles: str) -> str:
    (silent,) = auditkit.audit(table, [detector], group="gender", **roles).not_assessed
    return silent.because


def test_the_column_that_its_name_gives_away_is_named() -> None:
    table = rows("decision", "applicant")
    assert because(table) == f'{LACKS}The table also has: decision, applicant. Pass outcome="decision"'
    told = because(rows("y_pred"))
    assert told == f'{LACKS}The table also has: y_pred. Pass prediction="y_pred"'


def test_where_no_name_or_several_give_it_away_none_is_made_up() -> None:
    asked = 'Pass prediction="..." or outcome="..."'
    assert because(rows("c1", "c2")) == f"{LACKS}The table also has: c1, c2. {asked}"
    assert because(rows("label", "target")) == f"{LACKS}The table also has: label, target. {asked}"
    assert because(rows()) == f"{LACKS}The table has no other column. {asked}"


def test_columns_that_play_a_role_are_not_offered() -> None:
    told = because(rows("decision", "unit"), selection.Bounds(), unit="unit")
    assert told == f'{LACKS}The table also has: decision. Pass outcome="decision"'


def test_a_context_is_asked_for_likewise() -> None:
    within = disparity.SelectionRate(favourable="yes", within=True)
    told = because(rows("hired", "dept"), within, outcome="hired")
    assert told.startswith("to compare within the context it needs a column for context. The table also has: dept. ")
    assert told.endswith('Pass context="dept"')


def test_a_detector_that_cannot_do_without_is_refused_with_the_column() -> None:
    with pytest.raises(InputError, match=r'The table has: gender, hired, pred\. Pass prediction="pred"\.'):
        auditkit.audit(rows("hired", "pred"), disparity.ErrorRates(positive="yes"), group="gender", outcome="hired")


def test_a_plan_is_told_its_own_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["gender,decision", *(f"{'fm'[i % 2]},{'yes' if i % 3 else 'no'}" for i in range(80))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    plan = '[data]\npath = "t.csv"\n[roles]\ngroup = "gender"\n[[detectors]]\ncode = "disparity.selection_rate"\n'
    (tmp_path / "plan.toml").write_text(plan)
    assert main(["run", str(tmp_path / "plan.toml")]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert 'The table also has: decision. Pass outcome = "decision" in [roles]' in told


def test_no_detector_says_by_itself_what_it_lacks() -> None:
    """So that what the table has is said for all of them alike."""
    home = Path(auditkit.__file__).parent / "detectors"
    for file in home.rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert "a column for" not in line or "RoleMissing" in line or "said = " in line, (file.name, line)
    assert len(catalog.detectors()) > 40
