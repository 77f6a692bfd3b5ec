"""A baseline is made of a report, holds nothing of any row, and accepts only what somebody answers for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditkit.baselining import create, read_baseline, update
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError
from auditkit.core.estimate import Estimate
from auditkit.core.evidence import Tally
from auditkit.core.finding import Exemplar
from auditkit.gating import gate
from auditkit.rules import Policy, Within
from tests.baselining.worlds import LATER, PAST, TODAY, accepting, baseline, finding, report

HURT, UNSURE, FINE = finding(0.2), finding(0.05, 0.02, level="u"), finding(0.0, level="f")
UNKNOWN = finding(level="x", estimate=Estimate.undefined("no rows"))
WHO: dict[str, Any] = {"reason": "a quota", "owner": "Ada", "expires": LATER, "today": TODAY}


def test_nothing_of_any_row_is_kept() -> None:
    cells = Tally.of_cells(("group",), {("a",): 1})
    shown = replace(HURT, exemplars=(Exemplar("a", (("name", "Eve"),)),))
    made = create(report(shown, cells=cells), Policy((Within(0.07),)))
    assert made.report.cells is None
    assert "Eve" not in made.to_json()
    assert made.policy == Policy((Within(0.07),)).to_dict()
    assert made.accepted == ()
    assert Baseline.from_json(made.to_json()).hash == made.hash


@pytest.mark.parametrize(
    ("what", "levels"),
    [
        (["failing"], {"a"}),
        (["disparity.selection_rate"], {"a", "u"}),
        ([gate(report(UNSURE)).of(UNSURE.key)[0].fingerprint], {"u"}),
        (["failing", "disparity.selection_rate"], {"a", "u"}),
    ],
)
def test_what_is_named_is_accepted(what: list[str], levels: set[str]) -> None:
    made = create(report(HURT, UNSURE, FINE), accept=what, **WHO)
    assert {one.key.level for one in made.accepted} == levels
    assert {(one.owner, one.reason, one.expires) for one in made.accepted} == {("Ada", "a quota", LATER)}
    assert gate(report(HURT, UNSURE, FINE), baseline=made, today=TODAY).exit_code == (
        0 if "u" in levels and "a" in levels else 1 if "a" not in levels else 3
    )


@pytest.mark.parametrize(
    ("what", "who", "said"),
    [
        (["failing"], {"reason": " "}, "needs a reason, an owner"),
        (["failing"], {"owner": ""}, "needs a reason, an owner"),
        (["failing"], {"expires": None}, "the day it expires"),
        (["failing"], {"expires": PAST}, "has expired already"),
        (["disparity.selection_rat"], {}, 'Did you mean "disparity.selection_rate"'),
        (["0123456789abcdef"], {}, "nothing to accept"),
        (["disparity.error_rates"], {}, "it is NOT_ASSESSED"),
        (["implicit.association"], {}, "it is PASS"),
        ([gate(report(UNKNOWN)).of(UNKNOWN.key)[0].fingerprint], {}, "it is NOT_ASSESSED"),
        ([], {}, "nothing to accept"),
    ],
)
def test_what_cannot_be_accepted_is_refused(what: list[str], who: dict[str, Any], said: str) -> None:
    unknown = replace(UNKNOWN, code="disparity.error_rates")
    told = report(HURT, FINE, UNKNOWN, unknown, finding(code="implicit.association"))
    with pytest.raises(InputError, match=said):
        create(told, accept=what, **{**WHO, **who})


def test_nothing_fails_so_nothing_is_accepted() -> None:
    with pytest.raises(InputError, match="There is nothing to accept of 'failing'"):
        create(report(FINE), accept=["failing"], **WHO)


def test_update_keeps_what_still_holds_and_says_what_does_not() -> None:
    gone, better = finding(0.2, level="gone"), finding(0.2, level="better")
    grown, lapsed = finding(0.2, level="grown"), finding(0.2, level="lapsed")
    before = (HURT, gone, better, grown, lapsed)
    kept = tuple(accepting(one, expires=PAST if one is lapsed else LATER) for one in before)
    now = (HURT, replace(FINE, level="better"), finding(0.5, level="grown"), lapsed)
    made, told = update(baseline(*before, accepted=kept), report(*now), Policy(), today=TODAY)
    assert [one.key.level for one in made.accepted] == ["a"]
    said = " ".join(notice.sentence for notice in told if notice.about == "acceptance")
    for words in ("vanished", "no longer needed", "outgrown", "expired"):
        assert words in said
    assert made.report.findings == now


def test_update_may_accept_more_and_leaves_others_their_owner() -> None:
    worse = finding(0.3, level="w")
    old = baseline(HURT, accepted=(accepting(HURT, owner="Bob"),))
    made, _ = update(old, report(HURT, worse), Policy(), accept=["failing"], **WHO)
    assert {(one.key.level, one.owner) for one in made.accepted} == {("a", "Bob"), ("w", "Ada")}
    anew, _ = update(old, report(HURT, worse), Policy(), accept=["disparity.selection_rate"], **WHO)
    assert {(one.key.level, one.owner) for one in anew.accepted} == {("a", "Ada"), ("w", "Ada")}
    late, _ = update(old, report(HURT), Policy(), today=LATER + timedelta(1))
    assert late.accepted == ()


def test_an_update_with_the_same_report_changes_nothing() -> None:
    old = create(report(HURT, FINE), accept=["failing"], **WHO)
    made, told = update(old, report(HURT, FINE), today=TODAY)
    assert made.to_json() == old.to_json()
    assert [notice.about for notice in told] == ["acceptance"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no baseline"),
        ("folder", "is a folder"),
        ("not json", "it is not JSON"),
        (b"\xff\xfe", "cannot be read"),
        ("[1]", "not a report"),
        ("[" * 100_000, "it is not JSON"),
        (json.dumps({"schema": 99, "report": {}}), "reads schema 1"),
        (json.dumps({"schema": 1, "report": {}, "accepted": []}), "edited by hand"),
    ],
)
def test_what_is_no_baseline_gets_a_sentence(content: str | bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=said) as raised:
        read_baseline(file)
    assert "b.json" in str(raised.value)


def test_a_plain_report_is_a_baseline_of_which_nothing_is_accepted(tmp_path: Path) -> None:
    read = read_baseline(report(HURT).save(tmp_path / "r.json"))
    assert (read.report, read.policy, read.accepted) == (report(HURT), None, ())


@pytest.mark.parametrize("at", range(0, 4_000, 97))
def test_an_edited_baseline_is_refused(at: int, tmp_path: Path) -> None:
    text = create(report(HURT, FINE), accept=["failing"], **WHO).to_json()
    digits = [i for i, letter in enumerate(text) if letter.isdigit()]
    place = digits[at % len(digits)]
    file = tmp_path / "b.json"
    edited = f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"
    file.write_text(edited)
    if json.loads(edited) != json.loads(text):  # the last digit of a number may be more than it holds
        with pytest.raises(InputError):
            read_baseline(file)


def test_half_a_character_in_a_baseline_is_no_edit() -> None:
    told = report(finding())
    name = "half \ud800"
    kept = Baseline(replace(told, recipe=replace(told.recipe, subject=name)))
    assert Baseline.from_json(kept.to_json()).report.recipe.subject == "half ?"
