"""The Report page: what the library says, all of it a click away, the view in the address, silence never folded."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import canned
import pytest
from streamlit.testing.v1 import AppTest

from auditkit import Judgement, Policy, Report, catalog
from auditkit.gating import hash_of
from auditkit.rendering import card_line, figures, ranked, summarise, words
from auditkit.sealing import seal
from dashboards.parts.picking import id_of
from dashboards.parts.report.finding_card import body, facts
from dashboards.parts.report.narrowing import CHARTS, ROWS, Asked, narrowed, pages
from tests.dashboards.conftest import settled


def words_of(at: AppTest) -> str:
    """Everything that the page says in HTML of its own."""
    return "\n".join(element.proto.body for element in at.get("html"))


def keep(folder: Path, name: str, report: Report, judgement: Judgement) -> None:
    """A report with the judgement that is of it."""
    file = report.save(folder / name / "report.json")
    judged = replace(judgement, report_hash=hash_of(Report.from_json(file.read_text(encoding="utf-8"))))
    if "rules" in judged.policy:  # made by hand: as if auditkit knew a baseline, so that the gate is not asked again
        judged = replace(judged, policy_hash=Policy.from_dict(judged.policy).hash, baseline_hash="ba5e" * 16)
    (folder / name / "judgement.json").write_text(judged.to_json(), encoding="utf-8")
    seal(folder / name, ["judgement.json"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every canned report with the judgement that is of it."""
    folder = tmp_path_factory.mktemp("kept")
    for name, make in canned.EVERY.items():
        keep(folder, name, *make())
    return folder


def shown(at: AppTest) -> list[str]:
    """The comparisons that the page lists, in its order."""
    return re.findall(r'<span class="name">(.*?)</span>', words_of(at))


def plain(told: str) -> str:
    return re.sub(r"<[^>]+>", "", told)


def test_every_number_of_a_finding_is_the_librarys() -> None:
    report, judgement = canned.compas()
    for line in summarise(report, judgement).lines:
        told, f, e = dict(facts(line)), line.finding, line.finding.estimate
        signed = f.scale == "difference"
        assert told["Estimate"] == words.number(e.value, f.scale, signed)
        for level in (0.95, 0.90):
            assert told[f"{100 * level:.0f} % interval"] == words.interval(e.interval(level), f.scale, signed)
        assert f"n = {e.n:,}" in told["Rests on"]
        assert f"worth {words.count(e.n_eff)}" in told["Rests on"]
        assert told["Method"] == e.method
        assert told["Without bias"] == ("1" if f.scale == "ratio" else "0")
        assert told["Margin"] == ("±0.05" if f.margin else "none")
        assert [told[f"Rate of {c.label}"] for c in f.counts] == [words.rate(c) for c in f.counts]
        for v in line.verdicts:
            assert v.fail_level is not None
            assert words.percent(v.fail_level) in told["To fail, within"]
            if v.needed:
                assert f"{v.needed:,}" in told["To settle, within"]


def test_a_cluster_a_cap_a_reference_a_note_and_a_reason_are_told() -> None:
    pilot = summarise(*canned.inconclusive()).lines
    worst = next(line for line in pilot if line.finding.caps)
    assert "in 12 clusters" in dict(facts(worst))["Rests on"]
    assert "expected there +0.115" in dict(facts(worst))["Without bias"]
    assert "Pass is withheld: 8 groups share 85 rows." in body(worst, "r")
    told = [dict(facts(line)) for line in summarise(*canned.compas()).lines]
    [reference] = [one["Reference"] for one in told if "Reference" in one]
    assert reference == "share of defendants (ProPublica 2016): African-American 0.512, Caucasian 0.34; n = 7,214"
    assert any("no policy tolerates" in one.get("Note", "") for one in told)
    [void] = summarise(*canned.nothing()).lines
    assert dict(facts(void))["Undefined"] == "no negatives among women"


def test_what_is_said_what_would_change_it_what_settles_it_and_who_answers() -> None:
    for make in (canned.compas, canned.accepted, canned.inconclusive):
        for line in summarise(*make()).lines:
            told = body(line, "r")
            assert line.finding.sentence in plain(told)
            for v in line.verdicts:
                assert v.sentence in plain(told)
                assert words.settled_by(v) in plain(told)
                assert all(one in plain(told) for one in v.changes)
                assert words.answered(v) in plain(told)
    assert "Accepted by Ada Lovelace until 2027-01-31" in body(summarise(*canned.accepted()).lines[0], "r")


def test_findings_come_in_the_order_of_what_matters_and_every_one_on_some_page() -> None:
    report, judgement = canned.long()
    drawn, lines = figures(report, judgement), summarise(report, judgement).lines
    found = pages(drawn)
    assert all(sum(len(part.figure.rows) for part in page) <= ROWS for page in found)
    assert all(len(page) <= CHARTS for page in found)
    places = [row.place for page in found for part in page for row in part.figure.rows]
    assert sorted(places) == list(range(len(lines)))
    assert places == [row.place for figure in drawn for row in figure.rows]
    assert places[0] == 0, "what matters most is first"
    long = [part for page in found for part in page if part.figure.title == drawn[0].title]
    assert [(part.start, len(part.figure.rows), part.whole) for part in long] == [(0, 40, 50), (40, 10, 50)]
    assert len({part.figure.domain for part in long}) == 1, "one axis over all pages"


def test_what_is_asked_for_is_what_is_left() -> None:
    report, judgement = canned.compas()
    drawn, lines = figures(report, judgement), summarise(report, judgement).lines

    def left(**asked: Any) -> set[int]:
        return {row.place for figure in narrowed(drawn, lines, Asked(**asked)) for row in figure.rows}

    every = set(range(len(lines)))
    assert left() == every
    assert left(text="  ") == every
    assert left(family="selection") == {k for k in every if lines[k].finding.code.startswith("selection.")}
    assert left(group="sex") == {k for k in every if lines[k].finding.attribute == "sex"}
    judged = {k for k in every if lines[k].outcome is not None}
    assert left(verdicts=("Not judged",)) == every - judged
    assert left(verdicts=("Fail", "Pass")) == {k for k in judged if lines[k].outcome.value in ("FAIL", "PASS")}
    hispanic = {k for k in every if lines[k].finding.level == "Hispanic"}
    assert len(hispanic) == 2
    assert left(text="HISPANIC") == hispanic
    assert left(text="hispanic negative") == {k for k in hispanic if "negative" in lines[k].finding.estimand}
    assert left(family="implicit") == set()


@pytest.mark.parametrize("name", ["compas", "all_pass", "inconclusive", "accepted", "nothing"])
def test_the_head_is_the_judgements(name: str, at_page, kept: Path) -> None:
    report, judgement = canned.EVERY[name]()
    told = summarise(report, judgement)
    said = words_of(at_page("report", kept, report=f"{name}/report.json"))
    assert f'<p class="ak-verdict {judgement.outcome.value.lower()}">' in said
    assert told.headline in said
    counts = re.findall(r"<dd>([\d,]+)</dd></div>", said)
    assert counts == [f"{n:,}" for _, n in told.tally()]
    assert "is not of this report" not in said


def test_the_view_is_in_the_address(at_page, kept: Path) -> None:
    at = at_page("report", kept, report="compas/report.json", family="disparity", verdict="Fail")
    report, judgement = canned.compas()
    fails = [f for f, said in ranked(report, judgement) if any(v.outcome.value == "FAIL" for v in said)]
    assert len(shown(at)) == len(fails) == 3
    assert set(shown(at)) == {words.comparison(f) for f in fails}
    at.selectbox(key="family").set_value(None).run()
    at.text_input(key="words").set_value("hispanic").run()
    assert not shown(at), "no fail is about them"
    assert "No finding is like that" in words_of(at)


def test_a_link_opens_with_its_finding_on_top_unfolded_and_marked(at_page, kept: Path) -> None:
    report, _ = canned.compas()
    finding = report.findings[-1]
    at = at_page("report", kept, report="compas/report.json", finding=id_of(finding))
    said = words_of(at)
    mark, first = said.index("The finding that the link names"), said.index("<h2>Findings</h2>")
    asked = said[mark:first]
    assert finding.sentence in asked
    assert finding.level in asked
    assert "<details" not in asked
    assert at.expander[0].text[0].value.startswith("Calibration")
    gone = words_of(at_page("report", kept, report="compas/report.json", finding="feedfeedfeedfeed"))
    assert "has no finding <code>feedfeedfeedfeed</code>" in gone
    assert "<h2>Findings</h2>" in gone


def test_the_manual_and_the_card_are_one_click_away(at_page, kept: Path) -> None:
    at = at_page("report", kept, report="compas/report.json", family="disparity")
    at.button(key="manual 0").click().run()
    assert not at.exception
    card = catalog.card("disparity.error_rates")
    assert card is not None
    assert card_line(card) in words_of(at)
    assert any(text.value in catalog.explain("disparity.error_rates") for text in at.text)
    strange = at_page("report", kept, report="hostile/report.json")
    strange.button(key="manual 0").click().run()
    assert not strange.exception
    assert "This installation has no detector" in words_of(strange)


def test_silence_is_never_folded_and_what_changed_is_said(at_page, kept: Path) -> None:
    said = words_of(at_page("report", kept, report="compas/report.json", verdict="Pass"))
    unfolded = re.sub(r"<details.*?</details>", "", said, flags=re.DOTALL)
    told = summarise(*canned.compas())
    assert len(told.silences) == 3
    for silence in told.silences:
        assert silence.because in unfolded
        assert all(about in unfolded for about in silence.about)
    assert all(one in unfolded for one in told.missing)
    _, judgement = canned.accepted()
    changed = words_of(at_page("report", kept, report="accepted/report.json"))
    assert all(notice.sentence in changed for notice in judgement.notices)
    assert "Everything that was asked for was assessed." in changed


def test_a_judgement_that_is_not_of_the_report_is_said_not_to_be_used(at_page, shelf: Path) -> None:
    said = words_of(at_page("report", shelf, report="compas/report.json"))
    assert "is not of this report. Judged by the default policy instead." in said


def test_a_report_without_findings_shows_its_silence(at_page, kept: Path) -> None:
    at = at_page("report", kept, report="empty/report.json")
    assert "This report tells no finding" in words_of(at)
    assert "Nothing to judge: no finding has a margin." in words_of(at)


def test_no_text_of_a_report_does_anything(at_page, kept: Path) -> None:
    at = at_page("report", kept, report="hostile/report.json")
    report, _ = canned.hostile()
    tags = canned.Tags(words_of(at))
    assert not tags.acting
    assert [tag for tag, _ in tags.found].count("style") == 1, "our own"
    assert not {tag for tag, _ in tags.found} & {"img", "svg", "root", "bold"}
    links = [value or "" for _, attributes in tags.found for name, value in attributes.items() if name == "href"]
    assert links
    assert all(re.fullmatch(r"(evidence|report)\?[\w%+&=.-]+", link) for link in links)
    told = at_page("report", kept, report="hostile/report.json", finding=id_of(report.findings[6]))
    assert not canned.Tags(words_of(told)).acting
    assert not [one for one in (*at.markdown, *told.markdown) if "](" in one.value]


@pytest.mark.slow
def test_five_thousand_findings_open_in_three_seconds_warm(at_page, tmp_path: Path) -> None:
    keep(tmp_path, "big", *canned.long(100, 50))
    at = at_page("report", tmp_path, report="big/report.json")
    assert len(shown(at)) == ROWS
    began = time.process_time()  # of every thread of this process: the page is made here, and no neighbour adds to it
    at.run()
    took = time.process_time() - began
    assert took < 3, f"{took:.2f} s"


@pytest.mark.slow
def test_in_a_browser_a_person_filters_opens_a_finding_and_shares_it(browser: Any, serve: Any, kept: Path) -> None:
    report, _ = canned.compas()
    with serve(kept) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/report?report=compas/report.json&verdict=Fail")
        page.get_by_text("3 of 14 findings.").wait_for()
        page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Pass", exact=True).click()
        page.get_by_text("4 of 14 findings.").wait_for()
        page.wait_for_url("**verdict=Fail&verdict=Pass**")
        settled(page)  # what is opened before that is closed again
        line = page.locator(".ak-finding summary").first
        line.press("Enter")
        page.get_by_text("What would change it").first.wait_for()
        page.get_by_role("link", name="A link to this finding").first.click()
        page.get_by_text("The finding that the link names").wait_for()
        first = figures(*canned.compas())[0].rows[0].key
        page.wait_for_url(f"**{id_of(next(f for f in report.findings if f.key == first))}**")
        page.close()
