"""What changed since the baseline, who answers for what, and the whole hashes stand in everything a person reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import canned
import pytest

from auditkit.core.finding import Key, Margin
from auditkit.core.judgement import Notice, Outcome, Verdict
from auditkit.formats.words import markdown
from auditkit.rendering import render

READ = pytest.mark.parametrize("name", ["summary", "page", "table", "github"])
MEBIBYTE = 1 << 20


def flat(text: str) -> str:
    """Without the line breaks and the padding of a table."""
    return " ".join(text.split())


@READ
def test_notices_hashes_and_acceptance_are_read_everywhere(name: str) -> None:
    report, judgement = canned.accepted()
    text = flat(render(report, judgement, name))
    for fact in (judgement.policy_hash, judgement.report_hash, judgement.baseline_hash, judgement.policy_from):
        assert fact in text
    for notice in judgement.notices:
        assert notice.sentence in text
    assert "Accepted by Ada Lovelace until 2027-01-31: The advert ran in one region only; it is withdrawn" in text
    assert "shows in 1 of 2 comparisons, and is accepted until 2027-01-31." in text


@READ
def test_without_a_baseline_nothing_is_said_to_have_changed(name: str) -> None:
    text = render(*canned.all_pass(), name)
    assert "What changed" not in text
    assert "ccepted" not in text
    report, judgement = canned.all_pass()
    told = replace(judgement, notices=(Notice("state", "On this model 3 reports count together."),))
    assert "What changed" not in render(report, told, name)
    assert "What else to know" in render(report, told, name)
    assert "What changed since" in render(report, replace(told, baseline_hash="b" * 64), name)


@READ
def test_where_only_the_change_was_judged_no_margin_of_the_estimate_is_shown(name: str) -> None:
    report, judgement = canned.all_pass()
    moved = tuple(replace(v, rule="no_worse", margin=Margin.at_most(0.02)) for v in judgement.verdicts)
    text = flat(render(report, replace(judgement, verdicts=moved), name))
    assert "at most 0.02 of change" in text or name == "github"
    assert "±0.05" not in text
    assert "A change for the worse larger than the margin is ruled out at 95 % in both comparisons." in text


@pytest.mark.parametrize("name", ["junit", "sarif"])
def test_what_a_build_server_shows_of_a_change_is_its_own_margin(name: str) -> None:
    report, judgement = canned.inconclusive()
    moved = tuple(replace(v, rule="no_worse", margin=Margin.at_most(0.02)) for v in judgement.verdicts)
    text = render(report, replace(judgement, verdicts=moved), name)
    assert "margin at most 0.02 of change, n" in text
    assert "margin ±0.05" not in text


def test_a_page_says_what_a_verdict_is_about_that_is_not_what_it_draws() -> None:
    report, judgement = canned.all_pass()
    state, change = "With a state a verdict is about all reports", "What no_worse says is about the change"
    plain = render(report, judgement)
    assert state not in plain
    assert change not in plain
    assert state in render(report, replace(judgement, notices=(Notice("state", "Two."),)))
    moved = (replace(judgement.verdicts[0], rule="no_worse"), *judgement.verdicts[1:])
    assert change in render(report, replace(judgement, verdicts=moved))


@pytest.mark.parametrize("made", [canned.accepted, canned.compas, canned.inconclusive, canned.nothing])
def test_a_cell_of_a_summary_holds_no_two_blanks(made: Callable[[], canned.Judged]) -> None:
    rows = [line for line in render(*made(), "summary").splitlines() if line.startswith("|")]
    assert len(rows) > 2
    assert not any("  " in row for row in rows)


@pytest.mark.parametrize("name", ["page", "ll144"])
def test_a_page_begins_with_its_type(name: str) -> None:
    assert render(*canned.compas(), name).startswith("<!DOCTYPE html>\n")


def test_a_summary_holds_every_notice_until_it_is_full_and_counts_the_rest() -> None:
    report, judgement = canned.accepted()
    some = tuple(Notice("groups", f"group <{i}> is no longer compared.") for i in range(2_000))
    whole = render(report, replace(judgement, notices=some), "summary")
    assert all(markdown(notice.sentence) in whole for notice in some)
    assert "judgement.json" not in whole
    many = tuple(Notice("groups", f"{i} {'<@|' * 300}") for i in range(9_000))
    full = render(report, replace(judgement, notices=many), "summary")
    shown = full.count("\n- groups: ")
    assert 0.5 * MEBIBYTE < len(full.encode()) < MEBIBYTE
    assert f"and {len(many) - shown:,} more in judgement.json" in full


def test_a_summary_counts_what_was_not_assessed_past_a_hundred() -> None:
    report, judgement = canned.nothing()
    silent = tuple(replace(report.not_assessed[0], because=f"reason {i}") for i in range(130))
    text = render(replace(report, not_assessed=silent), judgement, "summary")
    assert text.count("reason ") == 100
    assert "and 32 more in the report" in text, "with an undefined rate and a verdict of its own"


def test_a_page_holds_every_notice_and_a_terminal_forty() -> None:
    report, judgement = canned.accepted()
    told = replace(judgement, notices=tuple(Notice("groups", f"group {i} is gone.") for i in range(100)))
    page = render(report, told, "page")
    assert all(f"group {i} is gone." in page for i in range(100))
    assert page.index("88 more") < page.index("group 99 is gone.")
    assert "and 60 more, in judgement.json" in flat(render(report, told, "table"))


def test_a_comment_of_the_same_tool_can_be_found_again() -> None:
    assert render(*canned.hostile(), "summary").startswith("<!-- auditkit -->\n## ")


@READ
@pytest.mark.parametrize("outcome", [Outcome.NOT_ASSESSED, Outcome.FAIL])
def test_a_verdict_on_what_the_report_no_longer_holds_is_told(name: str, outcome: Outcome) -> None:
    report, judgement = canned.all_pass()
    gone = Verdict("no_worse", outcome, "The baseline told it.", Key("c", "recall", "non-binary", "men", "sex"))
    text = flat(render(report, replace(judgement, verdicts=(gone, *judgement.verdicts)), name))
    assert "recall by sex, non-binary against men: The baseline told it." in text
