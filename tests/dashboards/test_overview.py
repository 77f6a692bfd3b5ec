"""The Overview: the map tells what was asked and what was not, the list every file, and what changed is counted."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import canned
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from auditkit import Judgement, Policy, Report, audit, catalog, elicit, gate
from auditkit.baselining import moves
from auditkit.core.finding import NotAssessed
from auditkit.core.judgement import Outcome
from auditkit.core.manifest import MANIFEST, Manifest
from auditkit.gating import hash_of
from auditkit.opening import sealed_at
from auditkit.probes import Continuations
from auditkit.rendering import summarise
from auditkit.sealing import seal
from auditkit.targets import Function
from dashboards.parts import shelf
from dashboards.parts.comparison import WAYS
from dashboards.parts.overview import glimpses
from dashboards.parts.overview.glimpses import Seen, glimpse_of
from dashboards.parts.overview.history import Since, latest, predecessor, sentence, since
from dashboards.parts.overview.map import Column, Mark, drawn, map_rows, marks
from dashboards.parts.shelf import Entry
from tests.dashboards.conftest import settled

FAMILIES = {"attribution", "automation", "disparity", "implicit", "reporting", "selection"}


def words_of(at: AppTest) -> str:
    """Everything that the page says in HTML of its own."""
    return "\n".join(element.proto.body for element in at.get("html"))


def keep(folder: Path, name: str, report: Report, judgement: Judgement, age: float = 0.0) -> None:
    """A report with the judgement that is of it, written so many seconds ago."""
    file = report.save(folder / name / "report.json")
    judged = replace(judgement, report_hash=hash_of(Report.from_json(file.read_text(encoding="utf-8"))))
    if "rules" in judged.policy:  # made by hand: as if auditkit knew a baseline, so that the gate is not asked again
        judged = replace(judged, policy_hash=Policy.from_dict(judged.policy).hash, baseline_hash="ba5e" * 16)
    (folder / name / "judgement.json").write_text(judged.to_json(), encoding="utf-8")
    seal(folder / name, ["judgement.json"])
    os.utime(file, (1_800_000_000 - age, 1_800_000_000 - age))


def marks_of(report: Report, judgement: Judgement) -> dict[str, Mark]:
    return marks(report, summarise(report, judgement))


def column(report: Report, judgement: Judgement, name: str = "r.json") -> Column:
    return Column(name, report.recipe.subject, "2026-11-03", marks_of(report, judgement))


@pytest.mark.parametrize("name", ["compas", "all_pass", "inconclusive", "nothing"])
def test_a_mark_is_the_gravest_verdict_of_its_family_and_counts_it(name: str) -> None:
    report, judgement = canned.EVERY[name]()
    found = marks_of(report, judgement)
    gravity = ["FAIL", "NOT_ASSESSED", "INCONCLUSIVE", "PASS"]
    for family, mark in found.items():
        mine = [v.outcome.value for v in judgement.verdicts if v.key and v.key.code.startswith(f"{family}.")]
        mine += ["NOT_ASSESSED" for item in report.not_assessed if item.code.startswith(f"{family}.")]
        worst = next(outcome for outcome in gravity if outcome in mine)
        assert mark.outcome is not None
        assert (mark.outcome.value, mark.n) == (worst, mine.count(worst)), family
    asked = {str(detector["code"]).split(".")[0] for detector in report.recipe.detectors}
    assert asked <= set(found)


def test_what_nobody_asked_is_blank_in_words_and_never_green() -> None:
    one = column(*canned.all_pass())
    assert set(one.marks) == {"disparity"}
    page = str(drawn([one]))
    assert page.count('class="pass"') == 1
    assert page.count("not asked") == len(FAMILIES) - 1
    assert page.count('scope="row"') == len(FAMILIES)
    [told] = [row for row in map_rows([one]) if row["family"] == "implicit"]
    assert told[one.subject] == "not asked"


def test_a_family_that_was_asked_and_told_nothing_is_not_assessed() -> None:
    report, judgement = canned.all_pass()
    mute = replace(report, recipe=replace(report.recipe, detectors=({"code": "selection.frame"},)))
    assert marks_of(mute, judgement)["selection"] == Mark(Outcome.NOT_ASSESSED, "Not assessed", 0, 0)


def test_a_silence_is_graver_than_a_pass() -> None:
    report, judgement = canned.all_pass()
    silent = NotAssessed("disparity.calibration", "it needs a score, and none was given")
    mark = marks_of(replace(report, not_assessed=(silent,)), judgement)["disparity"]
    assert (mark.outcome, mark.n, mark.whole) == (Outcome.NOT_ASSESSED, 1, 3)


def test_what_no_rule_judged_is_not_counted_among_what_passes() -> None:
    report, judgement = canned.all_pass()
    more = replace(report, findings=(*report.findings, replace(report.findings[0], level="unheard of")))
    assert marks_of(more, judgement) == marks_of(report, judgement)


def test_findings_that_no_rule_judged_make_nothing_green() -> None:
    report, judgement = canned.all_pass()
    bare = replace(judgement, verdicts=(), unjudged=tuple(f.key for f in report.findings))
    mark = marks_of(report, bare)["disparity"]
    assert (mark.outcome, mark.word, mark.n) == (None, "Not judged", 2)
    assert 'class="pass"' not in str(drawn([column(report, bare)]))


def test_a_pass_by_an_experimental_detector_makes_nothing_green(monkeypatch: pytest.MonkeyPatch) -> None:
    report, judgement = canned.all_pass()
    monkeypatch.setattr(catalog, "experimental", lambda code: True)
    mark = marks_of(report, judgement)["disparity"]
    assert (mark.outcome, mark.word) == (None, "Experimental")


def test_a_strangers_detector_has_a_row_of_its_own_and_is_experimental() -> None:
    report, _ = canned.all_pass()
    foreign = tuple(replace(f, code="mine.gap") for f in report.findings)
    other = replace(report, findings=foreign, recipe=replace(report.recipe, detectors=({"code": "mine.gap"},)))
    one = column(other, canned.judgement([canned.verdict(f) for f in foreign]))
    assert one.marks == {"other": Mark(None, "Experimental", 2, 2)}
    assert [row["family"] for row in map_rows([one])] == [*sorted(FAMILIES), "other"]


def test_a_fail_that_somebody_answers_for_stays_a_fail_on_the_map() -> None:
    report, judgement = canned.accepted()
    assert judgement.outcome is Outcome.PASS
    assert marks_of(report, judgement)["disparity"] == Mark(Outcome.FAIL, "Fail, accepted", 1, 2)


def test_the_page_lists_every_file_with_its_verdict_its_headline_and_its_link(at_page, tmp_path: Path) -> None:
    for name in ("compas", "all_pass", "hostile"):
        keep(tmp_path, name, *canned.EVERY[name]())
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "report.json").write_text('{"schema": 1, "levels": [', encoding="utf-8")
    told = words_of(at_page("overview", tmp_path))
    for name in ("compas", "all_pass"):
        report, judgement = canned.EVERY[name]()
        assert f'href="report?report={quote_plus(f"{name}/report.json")}"' in told
        assert summarise(report, judgement).headline in told
    assert "Cannot be shown" in told
    assert "torn/report.json" in told
    assert f'href="report?report={quote_plus("compas/report.json")}&amp;family=disparity"' in told
    assert not canned.Tags(told).acting
    assert "<img" not in told


def test_the_newest_report_of_a_subject_stands_on_the_map_and_is_held_to_the_one_before(
    at_page, tmp_path: Path
) -> None:
    fair, judged = canned.all_pass()
    gap = canned.compared(
        "selection rate", "sex", canned.rates("women", 1_000, 10_000), canned.rates("men", 3_042, 10_000)
    )
    gap = replace(gap, code="disparity.selection_rate")
    worse = replace(fair, findings=(gap, *fair.findings[1:]))
    keep(tmp_path, "old", fair, judged, age=60)
    keep(tmp_path, "new", worse, gate(worse))
    told = words_of(at_page("overview", tmp_path))
    ways = Counter(move.way for move in moves(worse, fair))
    assert ways == {"worse": 1, "same": 1}
    assert f"Of 2 comparisons that both tell, 1 is {WAYS['worse']}, 1 is {WAYS['same']}." in told
    assert "Of 1 subject, 1 fails." in told
    assert told.count('<td class="fail">') == 1
    assert '<td class="pass">' not in told
    assert "compare?report=old%2Freport.json&amp;with=new%2Freport.json" in told


def test_what_changed_is_told_by_the_comparison_that_compare_makes(at_page, tmp_path: Path) -> None:
    """The same units in both: paired, which is less wide, so that what did move is seen."""
    luck = np.random.default_rng(3).normal(size=600)
    women, who = np.repeat(np.arange(200) % 2 == 0, 3), np.repeat(np.arange(200), 3)
    roles = {"group": np.where(women, "women", "men").tolist(), "unit": [f"person {k}" for k in who]}
    for name, edge, age in (("old", 0.0, 60), ("new", 0.2, 0)):
        made = audit(outcome=(luck > edge * women).astype(int).tolist(), subject="hiring", **roles)
        keep(tmp_path, name, made, gate(made), age=age)
    new, old = (Report.from_json((tmp_path / name / "report.json").read_text()) for name in ("new", "old"))
    paired = moves(new, old)
    alone = moves(*(replace(one, cells=None, units=None) for one in (new, old)))
    assert {move.way for move in paired} != {move.way for move in alone}, "where both say the same nothing is tested"
    told = words_of(at_page("overview", tmp_path))
    ways = Counter(move.way for move in paired)
    assert ", ".join(f"{n:,} are {WAYS[way]}" for way, n in ways.items()) + "; 2 are paired." in told


def test_a_report_before_a_step_is_shown_as_that_and_counts_for_nothing(at_page, tmp_path: Path) -> None:
    fair, judged = canned.all_pass()
    gap = canned.compared("selection rate", "sex", canned.rates("a", 1_000, 10_000), canned.rates("b", 3_042, 10_000))
    biased = replace(fair, findings=(replace(gap, code="disparity.selection_rate"), *fair.findings[1:]))
    keep(tmp_path, "tuned/before", biased, gate(biased), age=10)
    keep(tmp_path, "tuned/after", fair, judged, age=20)  # copied in the other order
    told = words_of(at_page("overview", tmp_path))
    assert "Of 1 subject, 1 fails." in told, "without a step two folders of these names are any two"
    assert "Before a step" not in told
    (tmp_path / "tuned" / "step.json").write_text("{}", encoding="utf-8")
    at = at_page("overview", tmp_path)
    told = words_of(at)
    assert "1 subject, and none fails." in told
    assert '<td class="fail">' not in told
    assert told.count("Before a step of a lifecycle.") == 1
    after = quote_plus("tuned/after/report.json")
    assert f'What counts is <a href="report?report={after}">the report after it</a>' in told
    assert f"compare?report=tuned%2Fbefore%2Freport.json&amp;with={after}" in told
    (tmp_path / "tuned" / "after" / "report.json").unlink()
    assert "Of 1 subject, 1 fails." in words_of(at_page("overview", tmp_path)), "with none after it, it counts"


def test_the_latest_is_the_one_that_was_sealed_last_whenever_files_were_copied(at_page, tmp_path: Path) -> None:
    fair, judged = canned.all_pass()
    for name, age in (("first", 0.0), ("second", 60.0), ("third", 120.0)):
        keep(tmp_path, name, fair, judged, age)
    for name, when in (("first", "2026-01-01T00:00:00Z"), ("second", "2026-03-01T00:00:00Z")):
        folder = tmp_path / name
        seal(folder, ["report.json"])
        chain = Manifest.from_json((folder / MANIFEST).read_bytes())
        entries = (replace(chain.entries[0], time=when), replace(chain.entries[1], time=when, previous=""))
        (folder / MANIFEST).write_text(Manifest().appended(entries[0]).appended(entries[1]).to_json())
        seal(folder, ["judgement.json"])  # judged again today, of a report that is as old as it was
    told = words_of(at_page("overview", tmp_path))
    order = re.findall(r"<code>(first|second|third)/report.json</code>", told)
    assert order == ["third", "second", "first"]
    assert "2026-03-01" in told
    (tmp_path / "second" / "report.json").write_text("{}", encoding="utf-8")
    assert sealed_at(tmp_path / "third" / "report.json") is None
    assert str(sealed_at(tmp_path / "first" / "report.json")) == "2026-01-01 00:00:00+00:00"


def test_what_is_gone_is_said_and_counted() -> None:
    report, judgement = canned.compas()
    left = tuple(f for f in report.findings if f.level != "Asian")
    recipe = replace(report.recipe, detectors=report.recipe.detectors[:1])
    new = replace(report, findings=left, recipe=recipe)
    told = since((new, gate(new)), (report, judgement))
    assert (told.gone, told.come) == (len(report.findings) - len(left), 0)
    assert told.gone == 2
    assert any("Asian" in one for one in told.lost)
    assert any("disparity.selection_rate" in one and one.endswith("gone.") for one in told.lost)
    assert sum(n for _, n in told.ways) == len({f.key for f in left})
    assert "2 are told no more." in sentence(told)


@pytest.mark.parametrize("names", [("old", "new"), ("step/before", "step/after")])
def test_reports_that_keep_units_are_held_to_the_one_before(at_page, tmp_path: Path, names: tuple[str, str]) -> None:
    for age, name, flip in ((60, names[0], 7), (0, names[1], 5)):
        sex = ["f", "m"] * 200
        got = [int(k % flip == 0 or k % 6 in (1, 5)) for k in range(400)]
        unit = [f"person {k}" for k in range(400)]
        report = audit(group=sex, outcome=got, unit=unit, keep_units=True)
        assert report.units is not None
        keep(tmp_path, name, report, gate(report), age=age)
    if names[0].startswith("step"):
        (tmp_path / "step" / "step.json").write_text("{}", encoding="utf-8")
    told = words_of(at_page("overview", tmp_path))
    assert "Of 2 comparisons that both tell, " in told
    assert "The two cannot be compared" not in told


def test_reports_without_a_common_comparison_say_so() -> None:
    nothing = Since(Outcome.PASS, Outcome.PASS, tuple((way, 0) for way in WAYS), (), 2, 1, (), ())
    assert sentence(nothing) == "They have no comparison in common. 2 are told no more, 1 is told for the first time."


def test_the_report_before_is_of_the_same_subject_else_of_the_same_runs() -> None:
    def seen(name: str, subject: str, *titles: str) -> Seen:
        report, judgement = canned.all_pass()
        sources = tuple({"title": title} for title in titles)
        report = replace(report, recipe=replace(report.recipe, subject=subject, sources=sources))
        return Seen(Entry(name, Path(name), "report", 0.0), glimpse_of(report, judgement, "", name))

    broken = Seen(Entry("b", Path("b"), "report", 0.0), None, "torn")
    a, b, c, d = seen("1", "x", "run"), seen("2", "y", "run"), seen("3", "x"), seen("4", "z")
    every = [a, broken, b, c, d]
    assert predecessor(a, every) is c
    assert predecessor(b, every) is None
    assert predecessor(a, [a, b, d]) is b
    assert predecessor(d, [d, seen("5", "w")]) is None
    assert [one.entry.id for one in latest(every)] == ["1", "2", "4"]


def test_a_report_is_read_once_and_again_when_its_bytes_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, "one", *canned.all_pass())
    read: list[str] = []
    kept = glimpses.read
    monkeypatch.setattr(glimpses, "read", lambda entry: (read.append(entry.id), kept(entry))[1])
    [entry] = shelf.shelf_of(tmp_path).reports
    first = glimpses.look(entry)
    assert glimpses.look(entry).told == first.told
    assert len(read) == 1
    keep(tmp_path, "one", *canned.inconclusive())
    again = glimpses.look(entry)
    assert len(read) == 2
    assert again.told is not None
    assert again.told.outcome is Outcome.INCONCLUSIVE


def test_a_long_list_has_pages_and_a_folder_that_was_cut_says_so(
    at_page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "a00", *canned.all_pass())
    for k in range(1, 55):
        shutil.copytree(tmp_path / "a00", tmp_path / f"a{k:02}")
    monkeypatch.setattr(shelf, "MOST", 54 * 3)
    at = at_page("overview", tmp_path)
    told = words_of(at)
    assert told.count('<p class="verdict">') == 50
    assert "no more are looked at" in told
    assert [one.proto.num_pages for one in at.get("pagination") if one.proto.num_pages > 1]


def test_runs_are_listed_with_their_answers_and_a_damaged_one_with_why(at_page, tmp_path: Path) -> None:
    says = Function(lambda texts: texts, verb="generate", plain=True, title="a <parrot>")
    elicit(Continuations(["a letter"], templates=["{}"], repeats=2), says, into=tmp_path / "asked")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "run.sqlite").write_text("no database", encoding="utf-8")
    told = words_of(at_page("overview", tmp_path))
    assert "0 reports, 2 runs" in told
    assert '<a href="evidence?run=asked">a &lt;parrot&gt;, continuations</a>' in told
    assert "2 answers" in told
    assert "Cannot be shown: " in told
    assert "file is not a database" in told


@pytest.mark.slow
def test_two_hundred_reports_open_at_once_when_they_were_read_before(at_page, tmp_path: Path) -> None:
    report, judgement = canned.compas()
    for k in range(200):
        again = replace(report, recipe=replace(report.recipe, subject=f"subject {k // 2}"))
        keep(tmp_path, f"r{k:03}", again, judgement, age=k)
    at = at_page("overview", tmp_path)
    began = time.process_time()  # of every thread of this process: the page is made here, and no neighbour adds to it
    at.run()
    took = time.process_time() - began
    assert took < 3, f"{took:.2f} s"
    assert "Of 100 subjects, 100 fail." in words_of(at)


@pytest.mark.slow
def test_in_a_browser_a_mark_leads_to_its_findings_and_nothing_is_wider_than_the_screen(
    browser: Any, serve: Any, tmp_path: Path
) -> None:
    for name in ("compas", "all_pass", "hostile"):
        keep(tmp_path, name, *canned.EVERY[name]())
    with serve(tmp_path) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(60_000)
        page.goto(address)
        page.get_by_role("heading", name="Every report").wait_for()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        cell = page.locator(".ak-map td.fail a[href*=compas]")
        assert cell.count() == 1
        cell.press("Enter")
        page.get_by_text("12 of 14 findings.").wait_for()
        page.wait_for_url("**family=disparity**")
        page.close()
