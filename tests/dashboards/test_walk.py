"""A person walks through the dashboard: filters, follows a link, compares, moves a margin, labels, and loads again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import canned
import pytest
from walk import RATER, Walked, walked

import auditkit
from auditkit import Finding, Policy, Report
from auditkit.labelling import labelled, sample
from auditkit.labels import Labels
from auditkit.rendering import gravest, ranked, words
from auditkit.rules import Within
from auditkit.store import DATABASE
from dashboards.parts.picking import id_of
from tests.dashboards.conftest import settled

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE = 60_000
KEYS = {"darker": "1", "lighter": "2"}
Serve = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory, shelf: Path) -> Walked:
    """The folder: every canned report; an audit of portraits, made before anybody labelled, and kept twice; then a
    hundred labels of each level that was read."""
    made = walked(tmp_path_factory.mktemp("walk"))
    shutil.copytree(shelf, made.folder / "canned")
    (made.folder / "before").mkdir()
    for name in ("report.json", "judgement.json"):
        shutil.copy(made.out / name, made.folder / "before")
    made.label(100)
    return made


@pytest.fixture(scope="module")
def address(way: Walked, serve: Serve) -> Iterator[str]:
    with serve(way.folder) as address:
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    yield opened
    context.close()


def begin(page: Any, address: str, rater: str, per_group: int, run: str = "portraits/audit/run") -> None:
    """Open the page of a run, and say who is looking."""
    page.goto(f"{address}/label?run={run}&attribute=skin")
    page.get_by_role("button", name="Begin").wait_for()
    settled(page)
    page.get_by_role("spinbutton", name="Answers of each level").fill(str(per_group))
    page.get_by_role("textbox", name="Your name or initials").fill(rater)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Cannot tell").wait_for()


def shown(page: Any) -> bytes:
    """The bytes of the picture that is on the screen."""
    source = page.get_by_alt_text("The picture to look at").get_attribute("src")
    return bytes(page.request.get(page.evaluate("s => new URL(s, document.baseURI).href", source)).body())


def at(page: Any, place: int, of: int) -> None:
    """Wait until so many are behind."""
    page.get_by_text(f"{place:,} of {of:,} in this sitting").wait_for()
    settled(page)
    page.wait_for_timeout(300)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def headline(report: Path) -> Finding:
    """The finding about all occupations."""
    told = auditkit.load(report)
    assert isinstance(told, Report)
    return next(f for f in told.findings if f.estimand == "directed amplification")


def numbers(finding: Finding) -> str:
    """A finding's interval as every page writes it."""
    return words.interval(finding.interval(0.95), finding.scale, words.is_signed(finding))


def words_on(page: Any) -> str:
    """All that can be read on the page, folded or not, once all of it is there."""
    settled(page)
    return " ".join(page.locator(".stMain").text_content().split())


def test_from_the_overview_to_a_report_to_a_finding(page: Any, address: str, way: Walked) -> None:
    page.goto(address)
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    page.get_by_role("link", name=str(canned.EVERY["compas"]()[0].recipe.subject)).first.wait_for()
    page.get_by_role("link", name="Report", exact=True).first.click()
    page.get_by_role("heading", name="Report", level=1).wait_for()
    page.goto(f"{address}/report?report=canned/compas/report.json")
    report, judgement = canned.EVERY["compas"]()
    whole = ranked(report, judgement)
    failing = [f for f, verdicts in whole if words.outcome_word(gravest(verdicts)) == "Fail"]
    assert 0 < len(failing) < len(whole)
    page.get_by_role("button", name="Fail").first.click()
    page.get_by_text(f"{len(failing)} of {len(whole)} findings.").wait_for()
    page.wait_for_url("**verdict=Fail**")
    told = page.locator("details.ak-finding summary .name")
    settled(page)  # what was drawn before goes a moment later
    assert sorted(told.all_text_contents()) == sorted(words.comparison(f) for f in failing)
    page.get_by_role("textbox", name="Words").fill("no such word")
    page.keyboard.press("Enter")
    page.get_by_text("No finding is like that").wait_for()


def test_a_link_to_a_finding_leads_to_it(page: Any, address: str, way: Walked) -> None:
    report, judgement = canned.EVERY["compas"]()
    finding = ranked(report, judgement)[2][0]
    page.goto(f"{address}/report?report=canned/compas/report.json&finding={id_of(finding)}")
    page.get_by_text("The finding that the link names").wait_for()
    page.get_by_role("heading", name=finding.estimand, level=2).first.wait_for()
    page.get_by_text(finding.sentence).first.wait_for()  # the card comes in parts
    page.get_by_role("link", name="What lies behind it").first.click()
    page.get_by_role("heading", name="Evidence", level=1).wait_for()
    page.wait_for_url(f"**finding={id_of(finding)}**")


def test_two_reports_stand_side_by_side(page: Any, address: str, way: Walked) -> None:
    """Two releases: the second nearly closes the gap of the first."""
    said = []
    for year, women in (("2025", 300), ("2026", 455)):
        outcome = [int(n < hired) for hired in (women, 460) for n in range(1000)]
        report = auditkit.audit(group=["women"] * 1000 + ["men"] * 1000, outcome=outcome, subject="Hiring")
        report.save(way.folder / f"hiring-{year}" / "report.json")
        said.append({f.key: gravest(verdicts) for f, verdicts in ranked(report, auditkit.gate(report))})
    turned = sum(said[0][key] is not said[1][key] for key in said[0])
    assert turned > 0
    page.goto(f"{address}/compare?with=hiring-2025/report.json&with=hiring-2026/report.json")
    page.get_by_role("heading", name="Compare", level=1).wait_for()
    page.get_by_text(f"{turned} of {len(said[0])} comparisons have another verdict").wait_for()
    page.get_by_role("heading", name="What changed", exact=True).wait_for()
    page.get_by_text("2 shared comparisons: 2 surely nearer to no bias").wait_for()


def test_a_margin_moves_and_the_verdict_with_it(page: Any, address: str, way: Walked) -> None:
    """What the page says at either end is what the gate itself says of that policy."""
    report, strict = auditkit.load(way.folder / "before" / "report.json"), way.folder / "strict.toml"
    strict.write_text('[[rules]]\nrule = "within"\nmargin = 0.01\n')
    page.goto(f"{address}/gate?report=before/report.json&policy=strict.toml")
    verdict = page.get_by_role("status").locator(".ak-gate-verdict")
    before = auditkit.gate(report, strict).outcome
    verdict.filter(has_text=words.outcome_word(before)).wait_for()
    thumb = page.get_by_role("slider").first
    for _ in range(60):  # press by press, as a person does who looks at what comes of it
        thumb.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        settled(page)
        if words.outcome_word(before) not in (verdict.text_content() or ""):
            break
    settled(page)
    margin = float(thumb.get_attribute("aria-valuetext"))
    after = auditkit.gate(report, Policy((Within(margin),))).outcome
    assert after is not before
    verdict.filter(has_text=words.outcome_word(after)).wait_for()
    page.get_by_text(f"margin = {margin:g}").first.wait_for()


def test_ten_labels_by_the_keyboard_and_the_next_audit_is_corrected(page: Any, address: str, way: Walked) -> None:
    run, report = way.run, way.out / "report.json"
    raw, database = headline(report), digest(run / DATABASE)
    assert all(one.labelled >= 100 for one in labelled(run, "skin").strata)
    hundred = Path(shutil.copytree(way.out, way.folder.parent / "hundred"))
    link = f"{address}/report?report=portraits/audit/report.json&finding={id_of(raw)}"
    page.goto(link)
    page.get_by_text("The finding that the link names").wait_for()
    assert raw.sentence in words_on(page)
    assert numbers(raw) in words_on(page)
    begin(page, address, RATER, 105)
    for k in range(10):
        at(page, k, 10)
        page.keyboard.press(KEYS[way.shows(shown(page))])
    page.get_by_text("10 labelled, 0 skipped").wait_for()
    assert digest(run / DATABASE) == database
    told = {one.answer: one.level for one in Labels(run).of("skin")}
    tasks = sample(run, "skin", 105, rater="nobody yet")
    assert told == {t.answers[0]: way.shows(Path(t.shown).read_bytes()) for t in tasks}
    assert len(told) == 210
    way.audit()
    way.audit(hundred)
    corrected, without = headline(report), headline(hundred / "report.json")
    assert len({numbers(raw), numbers(without), numbers(corrected)}) == 3, "the hundred count, and so do the ten"
    assert "uncorrected" in raw.sentence
    assert "uncorrected" not in corrected.sentence
    page.goto(link)
    page.get_by_text("put right by checked labels").first.wait_for(state="attached")
    assert corrected.sentence in words_on(page)
    assert numbers(corrected) in words_on(page)
    assert numbers(raw) not in words_on(page)
    page.goto(f"{address}/compare?with=before/report.json&with=portraits/audit/report.json")
    page.get_by_role("heading", name="What changed", exact=True).wait_for()
    assert "Alike: same columns" not in words_on(page)
