"""What lies behind a finding: the numbers are the library's, the rows those that were kept, and all of it is text."""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from pathlib import Path

import canned
import pytest
from evidenced import charts, fill_evidence, tables, words_of

from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.rendering import counted, counted_rows, quoted, ranked, sheet, vega_lite, words
from dashboards.parts.cells import cell_rows
from dashboards.parts.picking import id_of
from tests.dashboards.conftest import settled


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill_evidence(tmp_path_factory.mktemp("evidence"))


def test_the_rates_behind_a_finding_are_the_librarys(at_page, shelf: Path) -> None:
    report, judgement = canned.compas()
    for finding, _ in list(ranked(report, judgement))[:3]:
        at = at_page("evidence", shelf, report="compas/report.json", finding=id_of(finding))
        assert escape(finding.sentence) in words_of(at)
        assert tables(at)[0] == counted_rows(finding)
        figure = counted(finding)
        assert figure is not None
        assert charts(at)[0]["description"] == vega_lite(figure)["description"]


def test_a_finding_that_is_gone_is_said_and_the_gravest_shown(at_page, shelf: Path) -> None:
    at = at_page("evidence", shelf, report="compas/report.json", finding="0" * 16)
    report, judgement = canned.compas()
    assert "no such finding any more" in words_of(at)
    assert id_of(ranked(report, judgement)[0][0]) in at.query_params["finding"]


@pytest.mark.parametrize("name", sorted(canned.EVERY))
def test_every_canned_report_has_a_page_and_tells_how_to_get_rows(name: str, at_page, shelf: Path) -> None:
    at = at_page("evidence", shelf, report=f"{name}/report.json")
    told = words_of(at)
    assert ("exemplars = 5" in told) == bool(canned.EVERY[name]()[0].findings)
    assert not canned.Tags(told).acting


def test_pictures_stand_by_cell_each_with_what_was_asked_and_its_seed(at_page, evidence: Path) -> None:
    at = at_page("evidence", evidence, report="drawn/report.json")
    report = Report.from_json((evidence / "drawn/report.json").read_text(encoding="utf-8"))
    finding = ranked(report, gate(report))[0][0]
    strips = sheet(finding)
    assert strips is not None
    shown = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)"', words_of(at))
    assert [picture for picture, _ in shown] == [shot.picture for strip in strips.strips for shot in strip.shots]
    for exemplar in finding.exemplars:
        row = dict(exemplar.values)
        assert f"<figcaption>{row['text']}<small>seed {row['seed']}</small>" in words_of(at)
    assert all(f"<h3>{strip.label} <span>{strip.rows}</span></h3>" in words_of(at) for strip in strips.strips)


def test_answers_in_words_stand_by_cell_with_where_they_looked(at_page, evidence: Path) -> None:
    at = at_page("evidence", evidence, report="said/report.json")
    report = Report.from_json((evidence / "said/report.json").read_text(encoding="utf-8"))
    told = quoted(ranked(report, gate(report))[0][0])
    assert told is not None
    assert told.shown == words_of(at).count("<li")
    assert all(words.short(quote.asked, 300) in words_of(at) for passage in told.passages for quote in passage.quotes)
    looked = [one["description"] for one in charts(at) if one["title"]["text"] == "decoder on source"]
    assert looked == ["decoder on source. Words made: 1, looked at: 2. he looks most at letter (0.750)."] * told.maps
    assert told.maps > 0
    assert [{"word made": "he", "a": 0.25, "letter": 0.75}] in tables(at)


def test_rows_of_a_table_are_shown_and_its_cells_are_counted_and_filtered(at_page, evidence: Path) -> None:
    at = at_page("evidence", evidence, report="table/report.json")
    rows, cells = tables(at)[1], tables(at)[-1]
    assert {"cell", "sex", "hired", "team"} == set(rows[0])
    every = Counter(zip(["f", "m", "m"] * 40, ["y", "n", "y", "n"] * 30, ["a", "b"] * 60, strict=True))
    report = Report.from_json((evidence / "table/report.json").read_text(encoding="utf-8"))
    finding = ranked(report, gate(report))[0][0]
    wanted = {finding.level, finding.versus}
    chosen = {k: n for k, n in every.items() if finding.attribute == "team" or {k[0]} <= wanted}
    assert {(one["sex"], one["hired"], one["team"]): one["rows"] for one in cells} == chosen
    at = at.toggle[0].set_value(False).run() if at.toggle else at
    pick = next(one for one in at.multiselect if one.label == "team")
    cells = tables(pick.set_value(["a"]).run())[-1]
    assert {(one["sex"], one["hired"]): one["rows"] for one in cells} == {
        k[:2]: n for k, n in every.items() if k[2] == "a"
    }
    cells = tables(next(one for one in at.multiselect if one.label == "Columns").set_value(["group:sex"]).run())[-1]
    assert sum(one["rows"] for one in cells) == sum(n for k, n in every.items() if k[2] == "a")


def test_a_report_and_its_run_lead_to_each_other(at_page, evidence: Path) -> None:
    links = [one.proto for one in at_page("evidence", evidence, report="said/report.json").get("page_link")]
    assert [one.query_string for one in links if "run" in one.label] == ["run=said%2Frun"]
    links = [one.proto for one in at_page("evidence", evidence, run="said/run").get("page_link")]
    assert [one.query_string for one in links] == ["report=said%2Freport.json"] * 2 + ["run=said%2Frun"]


def test_a_report_without_cells_or_weights_is_said_and_cells_follow_the_filters() -> None:
    assert cell_rows(canned.compas()[0], [], {}) == []


@pytest.mark.slow
def test_in_a_browser_a_report_leads_to_its_run_and_the_address_follows(evidence: Path, browser, serve) -> None:
    with serve(evidence) as address:
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{address}/evidence?report=drawn/report.json")
        page.get_by_role("link", name="The run that it looked at").click()
        page.get_by_role("heading", name="One of them, in full").wait_for()
        page.wait_for_url("**/evidence?run=drawn%2Frun")
        page.get_by_role("button", name="Page 2", exact=True).click()
        page.get_by_text("25 to 48 of 60").wait_for()
        settled(page)
        assert page.locator(".ak-ev-grid img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")
        page.reload()
        page.get_by_text("1 to 24 of 60").wait_for()
        page.close()
