"""Laws over every artefact that an auditor asks for, and what each of its readers must be able to read."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import canned
import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from auditkit.core.judgement import Outcome, Verdict
from auditkit.formats.evidence import EVIDENCE
from auditkit.formats.model_card import MOST
from auditkit.formats.words import quiet
from auditkit.rendering import formats, render

MARKDOWN = ("annex_iv", "rmf_measure", "model_card")
JSON = ("ll144.json", "annex_iv.json", "rmf_measure.json", "croissant")
ARTEFACTS = ("ll144", "ll144.csv", *MARKDOWN, *JSON)
CLAIMED = re.compile(r"\b(compliant|compliance|complies|unbiased|fair)\b", re.IGNORECASE)
PLAIN = {
    *("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "strong", "em"),
    *("inline", "text", "text_special", "softbreak", "code_inline"),
}
every = pytest.mark.parametrize("make", canned.EVERY.values(), ids=canned.EVERY)
each = pytest.mark.parametrize("name", ARTEFACTS)


class Words(canned.Tags):
    """The text of a page, without its style."""

    def __init__(self, text: str) -> None:
        self.text, self.styled = "", False
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styled = tag == "style"
        super().handle_starttag(tag, attrs)
        self.text += " " if tag in ("td", "th", "li", "p", "dd", "dt") else ""

    def handle_data(self, data: str) -> None:
        self.text += "" if self.styled else data


@cache
def rendered(make: Callable[[], canned.Judged], name: str) -> str:
    return render(*make(), name)


def leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        data = [*data, *data.values()]
    if isinstance(data, list):
        for part in data:
            yield from leaves(part)
    elif data is not None:
        yield str(data)


def seen(name: str, text: str) -> str:
    """What a reader sees: of a page its words, of Markdown those of what it is rendered to, of JSON its texts."""
    if name in JSON:
        shown = "\n".join(leaves(json.loads(text)))
    elif name == "ll144.csv":
        shown = "\n".join(cell for line in csv.reader(io.StringIO(text)) for cell in line)
    else:
        shown = Words(text if name == "ll144" else html_of(text)).text
    return said(shown)


def said(text: str) -> str:
    return re.sub(r"\s+", " ", quiet(text.replace("\u200b", "")))


def html_of(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(body(text))


def body(text: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)


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


# What each is for


def requirements(name: str, judged: canned.Judged) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(render(*judged, name))["requirements"]}


def test_annex_iv_says_which_requirement_rests_on_what() -> None:
    told = requirements("annex_iv.json", canned.compas())
    assert set(told) == {
        *("Annex IV, 2(d)", "Annex IV, 2(g)", "Annex IV, 3", "Annex IV, 4", "Article 10(2)(f)", "Article 10(2)(g)"),
        *("Article 10(3)", "Article 10(4)", "Article 10(5)", "Article 15(1)", "Article 15(2)", "Article 15(3)"),
    }
    assert told["Article 15(3)"]["claims"] == [f"F{i}" for i in range(1, 13)], "error rates, and not composition"
    assert told["Annex IV, 2(d)"]["claims"] == ["F13", "F14"], "composition, and not error rates"
    assert any("7,214 rows" in fact for fact in told["Article 10(3)"]["evidence"])
    assert all(one["absent"] for one in told.values()), "no report is the whole of a requirement"


def test_annex_iv_tells_dates_retention_and_who_signs() -> None:
    text = seen("annex_iv", render(*canned.compas(), "annex_iv"))
    for expected in ("2 December 2027", "2 August 2028", "for 10 years", "Article 18", "Name Role Date Signature"):
        assert expected in text
    terms = json.loads(render(*canned.compas(), "annex_iv.json"))["terms"]
    assert (terms["annex_iii_as_amended"], terms["retention_years"]) == ("2 December 2027", 10)
    assert terms["annex_iii_as_published"] in text, "the date that stands until an amendment is published"
    assert "Official Journal" in text
    assert not {"Article 4a", "29 June 2026", "adopted"} & set(re.findall(r"Article 4a|29 June 2026|adopted", text))


@pytest.mark.parametrize("name", ["annex_iv", "rmf_measure"])
def test_an_empty_report_is_evidence_of_next_to_nothing(name: str) -> None:
    told = requirements(f"{name}.json", canned.empty())
    assert not [one["id"] for one in told.values() if one["claims"]]
    found = [one["id"] for one in told.values() if one["found"]]
    assert found == ["Annex IV, 2(g)"] if name == "annex_iv" else ["MEASURE 2.1", "MEASURE 2.8"]


def test_measure_lists_what_was_not_measured_before_anything_else() -> None:
    text = seen("rmf_measure", render(*canned.compas(), "rmf_measure"))
    assert text.index("What was not measured") < text.index("The map")
    data = json.loads(render(*canned.compas(), "rmf_measure.json"))
    ids = [one["id"] for one in data["not_measured"]]
    assert {"MEASURE 2.7", "MEASURE 2.10", "MEASURE 2.6", "MEASURE 3.2", "selection.frame"} <= set(ids)
    assert "MEASURE 2.11" not in ids
    mapped = {one["id"].split()[1] for one in data["requirements"]}
    assert mapped == {
        *("1.1", "1.3", "2.1", "2.2", "2.3", "2.5", "2.7"),
        *("2.8", "2.9", "2.10", "2.11", "2.13", "3.1", "4.1"),
    }
    unmapped = {name.split()[1] for name in ids if name.startswith("MEASURE")} - mapped
    assert len(mapped | unmapped) == 22, "MEASURE has twenty-two subcategories"


def test_measure_2_13_tells_the_error_rates_of_the_cards() -> None:
    from auditkit import catalog

    data = json.loads(render(*canned.compas(), "rmf_measure.json"))
    told = data["error_rates"]["disparity.error_rates"]
    card = catalog.card("disparity.error_rates")
    assert card is not None
    worst = max(r.false_fails / r.judged for world in card.worlds for r in world.readings if r.judged)
    assert told["false_fail_at_most"] == worst
    row = next(one for one in data["requirements"] if one["id"] == "MEASURE 2.13")
    assert any(fact.startswith("disparity.error_rates at ") for fact in row["evidence"])


def test_no_card_is_read_for_a_code_that_no_detector_has() -> None:
    assert json.loads(render(*canned.hostile(), "rmf_measure.json"))["error_rates"] == {}


@every
def test_the_hub_reads_the_model_card(make) -> None:
    report, judgement = make()
    card = ModelCard(render(report, judgement, "model_card"))
    told = [f for f in report.findings if f.estimate.value is not None]
    results = card.data.eval_results or []
    assert sorted(result.metric_value for result in results) == pytest.approx(sorted(f.estimate.value for f in told))
    assert "- auditkit" in card.data.to_yaml()
    assert set(card.data.to_dict()) <= {"tags", "model-index"}, "no text of the data becomes a key"
    for result in results:
        assert result.metric_args["verdict"] in {*Outcome, "NOT_JUDGED"}
        assert isinstance(result.metric_value, float)
    again = ModelCard(str(card))
    assert again.data.to_dict() == card.data.to_dict()


@pytest.mark.parametrize("value", [1e-09, 3e22, -2.5e-07, 1.0])
def test_a_tiny_estimate_stays_a_number_in_yaml(value: float) -> None:
    report, judgement = canned.all_pass()
    tiny = replace(report.findings[0], estimate=replace(report.findings[0].estimate, value=value))
    card = ModelCard(render(replace(report, findings=(tiny,)), judgement, "model_card"))
    assert [result.metric_value for result in card.data.eval_results] == [value]


@pytest.mark.parametrize("most", [MOST, 10])
def test_the_model_card_of_a_long_report_keeps_every_fail(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditkit.formats.model_card.MOST", most)
    report, judgement = canned.long()
    card = ModelCard(render(report, judgement, "model_card"))
    verdicts = [result.metric_args["verdict"] for result in card.data.eval_results]
    fails = sum(v.outcome is Outcome.FAIL for v in judgement.verdicts)
    assert verdicts.count("FAIL") == fails
    assert len(verdicts) == max(fails, most) < len(report.findings)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@every
def test_mlcroissant_finds_no_error(make) -> None:
    import mlcroissant

    report, judgement = make()
    data = mlcroissant.Dataset(jsonld=json.loads(render(report, judgement, "croissant")))
    assert data.metadata.ctx.issues.errors == set()
    found = data.metadata.data_biases or []
    assert len([text for text in found if ", 95 % interval " in text]) == len(report.findings)
    limits = data.metadata.data_limitations or []
    assert all(any(said(silent.because) in said(text) for text in limits) for silent in report.not_assessed)
    assert data.metadata.data_collection.startswith("To be filled in by the owner")


@pytest.mark.parametrize("name", ["annex_iv", "model_card", "croissant", "ll144"])
def test_snapshot(name: str, snapshot) -> None:
    text = render(*canned.inconclusive(), name)
    assert text.split("<main>")[-1].split("</main>")[0] == snapshot


def test_rmf_measure_snapshot(snapshot) -> None:
    """Of the canned report whose detectors are made up, so that a card measured again changes nothing here."""
    assert render(*canned.empty(), "rmf_measure") == snapshot


def test_a_model_card_rules_nothing_out_where_nothing_was_judged() -> None:
    from auditkit import audit, gate

    made = audit(group=["a"] * 200 + ["b"] * 200, outcome=[1, 0] * 200)
    described = replace(made, findings=tuple(replace(f, margin=None) for f in made.findings))
    judgement = gate(described)
    assert judgement.outcome is Outcome.NOT_ASSESSED
    text = render(described, judgement, "model_card")
    assert "rules out" not in text
    assert "nothing is ruled out" in text
