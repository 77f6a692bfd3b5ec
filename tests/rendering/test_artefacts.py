"""Laws over every artefact that an auditor asks for: what each tells, and what none carries or claims."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from itertools import pairwise

import canned
import pytest
from artefacts import JSON, MARKDOWN, body, each, every, leaves, rendered, said, seen
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from auditkit.core.judgement import Outcome, Verdict
from auditkit.formats.evidence import EVIDENCE
from auditkit.rendering import formats, render

CLAIMED = re.compile(r"\b(compliant|compliance|complies|unbiased|fair)\b", re.IGNORECASE)
PLAIN = {
    *("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "strong", "em"),
    *("inline", "text", "text_special", "softbreak", "code_inline"),
}


@each
@every
def test_each_says_that_it_is_no_advice_and_what_it_rests_on(make, name: str) -> None:
    judgement = make()[1]
    text = seen(name, rendered(make, name))
    for expected in (EVIDENCE, judgement.report_hash, judgement.policy_hash, "Every verdict was computed by the rules"):
        assert said(expected) in text


@each
@every
def test_each_tells_every_fail_with_its_finding(make, name: str) -> None:
    report, judgement = make()
    text = seen(name, rendered(make, name))
    found = {finding.key: finding for finding in report.findings}
    failing = [verdict for verdict in judgement.verdicts if verdict.outcome is Outcome.FAIL]
    for verdict in failing:
        assert said(verdict.sentence) in text
        assert verdict.key is None or said(found[verdict.key].sentence) in text
        assert verdict.accepted is None or said(verdict.accepted.owner) in text
    assert make not in (canned.compas, canned.hostile) or failing


@each
def test_each_tells_a_broken_rule_that_is_about_no_finding(name: str) -> None:
    report, judgement = canned.compas()
    broken = Verdict("enough", Outcome.FAIL, "The audit rests on 7,214 rows, and the policy wants 10,000.")
    text = seen(name, render(report, replace(judgement, verdicts=(broken, *judgement.verdicts)), name))
    assert broken.sentence in text


@each
@every
def test_each_tells_what_was_not_assessed(make, name: str) -> None:
    text = seen(name, rendered(make, name))
    assert all(said(silent.because) in text for silent in make()[0].not_assessed)


@each
@pytest.mark.parametrize("make", [make for make in canned.EVERY.values() if make is not canned.hostile])
def test_none_claims_what_no_measurement_shows(make, name: str) -> None:
    assert not CLAIMED.search(seen(name, rendered(make, name)))


@each
@every
def test_none_carries_a_control_or_a_command(make, name: str) -> None:
    text = rendered(make, name)
    assert {letter for letter in text if not letter.isprintable()} <= {"\n", "\u200b"}
    lines = [line.strip() for line in text.splitlines()]
    assert not [line for line in lines if line.startswith("::") or (name not in (*JSON, "ll144") and "##[" in line)]
    text.encode("utf-8")


@every
def test_nothing_on_the_page_can_act(make) -> None:
    text = render(*make(), "ll144")
    page = canned.Tags(text)
    assert page.acting == []
    assert "default-src 'none'" in text
    assert not [tag for tag, given in page.found if tag == "img" or "src" in given or "onerror" in given]
    assert {given["href"] for tag, given in page.found if "href" in given} <= {"#right"} | {
        f"#{outcome.value}" for outcome in Outcome
    }


@pytest.mark.parametrize("name", MARKDOWN)
@every
def test_markdown_holds_no_markup_but_its_own(make, name: str) -> None:
    text = body(rendered(make, name))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    assert {re.sub("_(open|close)$", "", token.type) for token in [*tokens, *inline]} <= PLAIN
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    own = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert titles == own
    assert len(set(titles)) == len(titles), "a heading from the data would be one too many"


@pytest.mark.parametrize("name", MARKDOWN)
@every
def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head(make, name: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", body(rendered(make, name)), re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


@every
def test_no_cell_of_the_csv_is_a_formula(make) -> None:
    for line in csv.reader(io.StringIO(render(*make(), "ll144.csv"))):
        assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("name", JSON)
@every
def test_json_is_numbered_ascii_and_the_same_each_time(make, name: str) -> None:
    text = rendered(make, name)
    assert text.isascii()
    assert text == render(*make(), name)
    data = json.loads(text)
    if name == "croissant":
        assert data["conformsTo"][0] == "http://mlcommons.org/croissant/1.0"
    else:
        assert data["schema"] == 1
        assert data["artefact"] == name.removesuffix(".json")


def test_what_leaves_for_other_peoples_tools_is_printable_once_it_is_read() -> None:
    card = ModelCard(rendered(canned.hostile, "model_card")).data.to_dict()
    for data in (json.loads(rendered(canned.hostile, "croissant")), card):
        assert all(text.isprintable() for text in leaves(data))


@pytest.mark.parametrize("name", JSON[:3])
def test_each_claim_carries_both_hashes_and_its_numbers(name: str) -> None:
    report, judgement = canned.compas()
    told = json.loads(rendered(canned.compas, name))["claims"]
    assert [claim["id"] for claim in told] == [f"F{i}" for i in range(1, len(report.findings) + 1)]
    assert {(claim["report_hash"], claim["policy_hash"]) for claim in told} == {
        (judgement.report_hash, judgement.policy_hash)
    }
    by_key = {tuple(finding.key): finding for finding in report.findings}
    for claim in told:
        finding = by_key[tuple(claim["key"].values())]
        low, high, _ = finding.interval(0.95)
        assert (claim["estimate"], claim["low_95"], claim["high_95"]) == (finding.estimate.value, low, high)


@each
def test_each_is_a_format(name: str) -> None:
    assert name in formats()


@pytest.mark.parametrize("name", ["annex_iv", "model_card", "croissant", "ll144"])
def test_snapshot(name: str, snapshot) -> None:
    text = render(*canned.inconclusive(), name)
    assert text.split("<main>")[-1].split("</main>")[0] == snapshot


def test_rmf_measure_snapshot(snapshot) -> None:
    """Of the canned report whose detectors are made up, so that a card measured again changes nothing here."""
    assert render(*canned.empty(), "rmf_measure") == snapshot
