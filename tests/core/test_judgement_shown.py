"""A judgement and a report are saved, framed and shown, each in a line where a prompt shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.judgement import Acceptance, Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Report

RNG = [1, 0, 0, 1, 1]


def both(group: str = "b") -> tuple[Report, Judgement]:
    report = auditkit.audit(group=["a"] * 100 + [group] * 100, outcome=RNG * 20 + [1] * 60 + [0, 1] * 20)
    return report, auditkit.gate(report)


def test_a_saved_judgement_is_loaded_again_byte_for_byte(tmp_path: Path) -> None:
    _, judgement = both()
    place = judgement.save(tmp_path / "new" / "judgement.json")
    assert place.read_text(encoding="utf-8") == judgement.to_json()
    assert auditkit.load(place) == judgement
    assert [path.name for path in place.parent.iterdir()] == ["judgement.json"]


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="The judgement cannot be written to "):
        both()[1].save(tmp_path / "file" / "judgement.json")


def test_a_frame_has_a_row_a_verdict() -> None:
    report, judgement = both()
    frame = judgement.to_frame()
    assert list(frame["outcome"]) == [verdict.outcome.value for verdict in judgement.verdicts]
    assert list(frame["sentence"]) == [verdict.sentence for verdict in judgement.verdicts]
    judged = frame[frame["code"].notna()]
    assert list(judged["pass_low"]) == [v.pass_interval.low for v in judgement.verdicts if v.pass_interval]
    assert list(judged["fail_level"]) == [v.fail_level for v in judgement.verdicts if v.key]
    merged = judged.merge(report.to_frame(), on=["code", "estimand", "attribute", "level", "versus", "stratum"])
    assert len(merged) == len(judged) == len(report.findings)
    by = Acceptance("within", judgement.verdicts[0].key, "a quota", "Ada", date(2027, 1, 31), Outcome.FAIL)
    taken = replace(judgement, verdicts=(replace(judgement.verdicts[0], accepted=by), *judgement.verdicts[1:]))
    assert taken.to_frame()["accepted_by"][0] == "Ada"
    assert Judgement((), {}, "", "").to_frame().empty


def test_a_notebook_shows_every_verdict_and_runs_nothing() -> None:
    hostile = "<script>alert(1)</script>"
    _, judgement = both(hostile)
    judgement = replace(judgement, notices=(Notice("state", hostile),))
    html = judgement._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 2
    assert html.count("<li><b>") == len(judgement.verdicts)
    assert html.startswith(f"<p><b>{judgement.outcome.value}</b>")


def test_a_prompt_shows_a_line_and_print_shows_all() -> None:
    report, judgement = both()
    assert repr(report) == "<Report on 'arrays': 200 rows, 2 findings, 0 not assessed>"
    assert repr(judgement) == f"<Judgement {judgement.outcome.value}: 3 verdicts, exit code {judgement.exit_code}>"
    hostile = replace(report, recipe=replace(report.recipe, subject="two\nlines"))
    assert "\n" not in repr(hostile)
    assert all(finding.sentence in str(report) for finding in report.findings)
    assert all(verdict.sentence in str(judgement) for verdict in judgement.verdicts)


def test_equality_is_of_what_is_held_and_not_of_what_is_shown() -> None:
    (one, judged), (other, again) = both(), both()
    assert (one, judged) == (other, again)
    assert replace(judged, warn=True) != judged
    assert repr(replace(judged, policy_hash="other")) == repr(judged)
    assert isinstance(judged.verdicts[0], Verdict)
