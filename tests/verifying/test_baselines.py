"""A judgement that a baseline took part in is had again with it where it lies nearby, and else says what to give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from auditkit import gate
from auditkit.baselining import create
from auditkit.cli import main
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.manifest import MANIFEST
from auditkit.core.step import Step, Thing
from auditkit.sealing import seal
from auditkit.verifying import Fact, verify
from auditkit.verifying.baselines import MOST
from tests.verifying.bundles import rewritten, told

SAME = "the same when judged again: PASS"
"""All that failed is accepted."""


@pytest.fixture
def baseline() -> Baseline:
    """What failed is accepted until tomorrow."""
    return create(told()[0], accept=("failing",), reason="a quota", owner="Eve", expires=date.today() + timedelta(1))


def judged(folder: Path, judgement: Judgement) -> Path:
    folder.mkdir(parents=True)
    (folder / "judgement.json").write_text(judgement.to_json())
    report = told()[0].save(folder / "report.json")
    seal(folder, ["report.json", "judgement.json"])
    return report


def said(report: Path, given: Path | None = None) -> Fact:
    return verify(report, baseline=given).facts[-1]


@pytest.fixture
def report(baseline: Baseline, tmp_path: Path) -> Path:
    judgement = gate(told()[0], baseline=baseline)
    assert (judgement.exit_code, gate(told()[0]).exit_code) == (0, 1)
    return judged(tmp_path / "work" / "out", judgement)


@pytest.mark.parametrize("place", ["auditkit.baseline.json", "../auditkit.baseline.json", "../old-baseline-2.json"])
def test_a_baseline_nearby_is_found_by_its_hash(place: str, report: Path, baseline: Baseline) -> None:
    (report.parent / "a-baseline.json").write_text("no baseline at all")
    (report.parent / "b.baseline.json").write_text(replace(baseline, accepted=()).to_json())
    (report.parent / place).write_text(baseline.to_json())
    assert said(report).found == SAME
    assert verify(report).exit_code == 0


def test_where_there_is_none_it_says_how_to_give_it(report: Path, baseline: Baseline, tmp_path: Path) -> None:
    found = said(report)
    assert found.sound is None
    assert baseline.hash[:16] in found.found
    assert found.found.endswith("Say where it is: --baseline FILE")
    assert verify(report).exit_code == 0
    (tmp_path / "kept.json").write_text(baseline.to_json())
    assert said(report, tmp_path / "kept.json").found == SAME


def test_a_plain_report_can_be_the_baseline(tmp_path: Path) -> None:
    plain = told()[0].save(tmp_path / "last.json")
    report = judged(tmp_path / "out", gate(told()[0], baseline=plain))
    assert said(report, plain).found.startswith("the same when judged again")


def test_a_file_that_is_another_is_told(report: Path, baseline: Baseline, tmp_path: Path) -> None:
    (report.parent / "auditkit.baseline.json").write_text(baseline.to_json())
    other = tmp_path / "other.json"
    other.write_text(replace(baseline, accepted=()).to_json())
    assert said(report, other).sound is False
    assert verify(report, baseline=other).exit_code == 1
    with pytest.raises(InputError, match="cannot be read"):
        verify(report, baseline=tmp_path / "none.json")


def test_a_forgery_behind_a_baseline_is_found(report: Path, baseline: Baseline, tmp_path: Path) -> None:
    """With the baseline at hand nobody can write PASS and name it as the reason."""
    honest = gate(told()[0], baseline=baseline)
    verdicts = tuple(replace(one, outcome=Outcome.PASS, accepted=None) for one in honest.verdicts)
    forged = judged(tmp_path / "forged", replace(honest, verdicts=verdicts))
    assert said(forged).sound is None
    (tmp_path / "auditkit.baseline.json").write_text(baseline.to_json())
    assert said(forged).sound is False
    assert "come out otherwise" in said(forged).found


def test_an_acceptance_that_has_run_out_since_held_on_the_day(tmp_path: Path) -> None:
    """Verified ten years on, a judgement is had again as of the day on which it was sealed, and not later."""
    day = date(2020, 5, 5)
    made = create(told()[0], accept=("failing",), reason="a quota", owner="Eve", expires=day, today=day)
    report = judged(tmp_path / "out", gate(told()[0], baseline=made, today=day))
    (tmp_path / "auditkit.baseline.json").write_text(made.to_json())

    def dated(time: str) -> None:
        rewritten(report.parent, lambda entries: entries[-1].update(time=time), head=False, links=True)

    dated("2020-05-05T23:00:00Z")
    assert said(report).found == SAME
    dated("2020-05-20T23:00:00Z")
    assert said(report).sound is False


def test_of_many_files_a_few_are_read(report: Path, baseline: Baseline) -> None:
    for k in range(MOST):
        (report.parent / f"a{k:02}.baseline.json").write_text("{}")
    (report.parent / "z.baseline.json").write_text(baseline.to_json())
    assert said(report).sound is None
    assert said(report, report.parent / "z.baseline.json").sound is True


def test_a_baseline_where_none_took_part_is_not_used(tmp_path: Path, baseline: Baseline) -> None:
    (tmp_path / "auditkit.baseline.json").write_text(baseline.to_json())
    report = judged(tmp_path / "out", gate(told()[0]))
    facts = verify(report, baseline=tmp_path / "auditkit.baseline.json").facts
    assert [fact.sound for fact in facts[-2:]] == [None, True]
    assert facts[-2].found == "none took part, and auditkit.baseline.json is not used"


def test_a_step_takes_no_baseline_and_says_so(tmp_path: Path) -> None:
    step = Step("audit", took=(), gave=(Thing("report", "report.json", "0" * 64),))
    (tmp_path / "step.json").write_text(step.to_json())
    seal(tmp_path, ["step.json"])
    facts = verify(tmp_path / "step.json", baseline=tmp_path / "last.json").facts
    [idle] = [fact for fact in facts if fact.what == "baseline"]
    assert idle.sound is None
    assert "last.json is not used" in idle.found


def test_the_command_takes_it(
    report: Path, baseline: Baseline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.json").write_text(baseline.to_json())
    assert main(["verify", str(report.parent)]) == 0
    assert "?       verdicts: not judged again" in capsys.readouterr().out
    assert main(["verify", str(report.parent), "--baseline", str(tmp_path / "kept.json")]) == 0
    assert f"ok      verdicts: {SAME}" in capsys.readouterr().out
    assert (report.parent / MANIFEST).is_file()
