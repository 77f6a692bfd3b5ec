"""The Compare page: two to five reports side by side, with the library's own numbers, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import canned
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from auditkit import Judgement, Report, audit, gate
from auditkit.opening import judged, read_report
from auditkit.rendering import beside, vega_lite, words
from dashboards.parts import comparison
from dashboards.parts.compare.choosing import first_two
from dashboards.parts.shelf import shelf_of
from tests.dashboards.conftest import settled

PEOPLE = 60


def hiring(edge: float, **more: Any) -> Report:
    """A release of a model that decides on the same people, three times each."""
    luck = np.random.default_rng(1).normal(size=3 * PEOPLE)
    sex = np.repeat(np.arange(PEOPLE) % 2, 3)
    noise = np.random.default_rng(int(100 * edge) + 7).normal(size=len(luck)) / 3
    hired = (luck + noise < edge * (2 * sex - 1)).astype(int).tolist()
    roles = {"group": np.where(sex, "m", "f").tolist(), "unit": np.repeat(np.arange(PEOPLE), 3).tolist()}
    return audit(outcome=hired, subject="hiring", **roles, **more)


def keep(folder: Path, name: str, report: Report, judgement: Judgement | None = None) -> None:
    report.save(folder / name / "report.json")
    (folder / name / "judgement.json").write_text((judgement or gate(report)).to_json(), encoding="utf-8")


def swept(guidance: float) -> tuple[Report, Judgement]:
    """A report of a run with this guidance."""
    found = canned.compared(
        "rate", "sex", canned.rates("m", 100 + int(30 * guidance), 400), canned.rates("f", 100, 400)
    )
    source = {"title": "a model, jobs", "fingerprint": "aa", "settings.guidance": f"{guidance:g}"}
    recipe = replace(canned.recipe("portraits", 800, ("sex",)), sources=(source,))
    return Report((found,), (), recipe), canned.judgement([canned.verdict(found)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, three guidances, one report that has nothing in common with them."""
    made: Path = tmp_path_factory.mktemp("compare")
    for name, edge in (("2025", 0.05), ("2026", 0.4)):
        keep(made, f"hiring-{name}", hiring(edge))
    for guidance in (1.0, 3.0, 7.5):
        keep(made, f"portraits-{guidance:g}", *swept(guidance))
    keep(made, "alone", *canned.EVERY["all_pass"]())
    return made


def read(folder: Path, *names: str) -> list[tuple[str, Report, Judgement]]:
    """Reports as a page opens them, each with its judgement."""
    reports = [read_report(folder / name / "report.json") for name in names]
    judgements = [judged(one, folder / name / "judgement.json")[0] for name, one in zip(names, reports, strict=True)]
    return list(zip(names, reports, judgements, strict=True))


def compared(at_page: Any, folder: Path, *names: str) -> AppTest:
    return at_page("compare", folder, **{"with": [f"{name}/report.json" for name in names]})


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def said(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def heard(at: AppTest) -> list[str]:
    """Each chart as it is told to whoever does not see it: its title, and every row with its numbers."""
    return [chart["description"] for chart in charts(at)]


def rows_with(at: AppTest, column: str) -> list[dict[str, Any]]:
    """The rows of the first table that has a column."""
    found = next(frame.value for frame in at.dataframe if column in frame.value)
    return found.to_dict("records")


def titles(at: AppTest) -> list[str]:
    return [chart["title"]["text"] for chart in charts(at)]


def test_two_releases_show_what_the_library_tells(at_page, folder: Path) -> None:
    at = compared(at_page, folder, "hiring-2025", "hiring-2026")
    told = beside(read(folder, "hiring-2025", "hiring-2026"))
    (changes,) = told.changes
    assert {move.paired for move in changes.moves} == {True}
    drawn = [*changes.figures, *(one.figure for one in told.several)]
    assert heard(at) == [vega_lite(figure)["description"] for figure in drawn]
    for one, row in zip(told.shared, rows_with(at, "hiring-2026"), strict=True):
        assert row["comparison"] == one.title
        for name in told.names:
            assert row[name].endswith(words.outcome_word(one.outcome(name)))
    for move, row in zip(changes.moves, rows_with(at, "change"), strict=True):
        assert row["change"] == words.number(move.shift.value)
        assert row["95 % interval"] == words.interval(move.shift.interval(0.95))
        assert row["taken as"] == "paired"
    assert "2 of them are paired" in said(at)
    worse = [move.key.estimand for move in changes.moves if move.way == "worse"]
    assert worse
    assert all(estimand in said(at) for estimand in worse)


def test_the_order_says_what_the_others_are_held_to(at_page, folder: Path) -> None:
    ahead, back = ("hiring-2025", "hiring-2026"), ("hiring-2026", "hiring-2025")
    pages = [rows_with(compared(at_page, folder, *order), "change") for order in (ahead, back)]
    forth, reverse = ({row["comparison"]: row["change"] for row in some} for some in pages)
    assert len(forth) == 2
    assert reverse == {name: change.replace("+", words.MINUS) for name, change in forth.items()}


def test_the_newest_two_of_one_subject_are_the_first_choice(at_page, tmp_path: Path) -> None:
    import os

    for age, (name, report) in enumerate(
        {"c": swept(1.0)[0], "b": hiring(0.1), "other": canned.all_pass()[0], "a": hiring(0.2)}.items()
    ):
        keep(tmp_path, name, report)
        os.utime(tmp_path / name / "report.json", (1e9 - age, 1e9 - age))
    assert first_two(shelf_of(tmp_path).reports) == ["a/report.json", "b/report.json"]
    at = at_page("compare", tmp_path)
    assert at.multiselect[0].value == ["a/report.json", "b/report.json"]
    assert at.query_params["with"] == ["a/report.json", "b/report.json"]


def test_another_choice_is_in_the_address(at_page, folder: Path) -> None:
    at = compared(at_page, folder, "hiring-2025", "hiring-2026")
    chosen = ["portraits-1/report.json", "portraits-3/report.json"]
    at.multiselect[0].set_value(chosen).run()
    assert not at.exception
    assert at.query_params["with"] == chosen
    assert "rate by sex: m vs f" in titles(at)


def test_a_report_that_is_gone_is_said_to_be(at_page, folder: Path) -> None:
    at = compared(at_page, folder, "hiring-2025", "hiring-2026", "../../etc/passwd")
    assert "Not in this folder any more" in said(at)
    assert at.multiselect[0].value == ["hiring-2025/report.json", "hiring-2026/report.json"]


def test_a_dial_is_drawn_along_and_is_no_difference(at_page, folder: Path) -> None:
    names = [f"portraits-{guidance}" for guidance in ("7.5", "1", "3")]
    at = compared(at_page, folder, *names)
    (sweep,) = beside(read(folder, *names)).sweeps
    assert heard(at)[-1] == vega_lite(sweep)["description"]
    assert sweep.doses == (1.0, 3.0, 7.5)
    assert "The reports differ in guidance" in said(at)
    assert "Alike: same columns, detectors and groups, and as many rows, but for guidance" in said(at)


def test_where_units_are_kept_it_is_told_whether_the_rows_are_the_same(at_page, tmp_path: Path) -> None:
    def kept(first: int, **more: Any) -> Report:
        who = [f"person {k}" for k in range(first, first + 100)]
        return audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25, unit=who, subject="hiring", **more)

    for name, report in {
        "one": kept(0, keep_units=True),
        "same": kept(0, keep_units=True),
        "moved": kept(20, keep_units=True),
        "silent": kept(0),
    }.items():
        keep(tmp_path, name, report)
    same = said(compared(at_page, tmp_path, "one", "same"))
    assert "By their names, both are on the same 100 units; each unit has one row." in same
    assert "is not told" not in same
    moved = said(compared(at_page, tmp_path, "one", "moved"))
    assert "By their names, 80 of their 120 units are in both; each unit has one row." in moved
    assert "is not told: only one of the reports" in said(compared(at_page, tmp_path, "one", "silent"))
    several = said(compared(at_page, tmp_path, "one", "same", "moved"))
    assert "<b>same</b> By their names, both" in several
    assert "<b>moved</b> By their names, 80" in several


def test_where_nothing_is_kept_it_is_not_told(at_page, folder: Path) -> None:
    assert "Whether they are the same rows is not told." in said(
        compared(at_page, folder, "portraits-1", "portraits-3")
    )
    clustered = said(compared(at_page, folder, "hiring-2025", "hiring-2026"))
    assert "By their names, both are on the same 60 units" in clustered


def test_nothing_in_common_is_said_and_all_of_it_is_listed(at_page, folder: Path) -> None:
    at = compared(at_page, folder, "hiring-2025", "alone")
    told = beside(read(folder, "hiring-2025", "alone"))
    assert "no comparison in common" in said(at)
    assert not charts(at)
    lone = rows_with(at, "lacking in")
    assert [row["comparison"] for row in lone] == [one.title for one in told.lone]
    assert {row["lacking in"] for row in lone} == {"hiring-2025", "alone"}
    assert all(row["because"] for row in lone)
    assert "Not alike" in said(at)


def test_fewer_than_two_are_told_how_to_come_by_another(at_page, folder: Path, tmp_path: Path) -> None:
    assert "There are 6 in this folder" in said(compared(at_page, folder, "alone"))
    keep(tmp_path, "one", *canned.all_pass())
    assert "There is one report in this folder" in said(at_page("compare", tmp_path))


def test_reports_without_cells_are_taken_as_independent_and_why(at_page, folder: Path) -> None:
    at = compared(at_page, folder, "portraits-1", "portraits-3")
    assert "0 of them are paired" in said(at)
    assert "1 of them: one of the reports keeps no cells." in said(at)
    assert "Change to portraits-3, as of independent reports" in titles(at)


def test_a_broken_report_is_said_to_be(at_page, folder: Path, tmp_path: Path) -> None:
    keep(tmp_path, "good", *canned.all_pass())
    (tmp_path / "bad").mkdir()
    text = (folder / "alone" / "report.json").read_text(encoding="utf-8")
    (tmp_path / "bad" / "report.json").write_text(text.replace('"findings"', '"fundings"'), encoding="utf-8")
    at = compared(at_page, tmp_path, "good", "bad")
    assert "cannot be shown" in said(at)


def test_of_very_many_findings_forty_rows_are_drawn_at_a_time(at_page, tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep(tmp_path, name, *canned.long(6, 20))
    at = compared(at_page, tmp_path, "one", "two")
    told = beside(read(tmp_path, "one", "two"))
    (figure,) = told.changes[0].figures
    assert len(figure.rows) == 120
    for page in (0, 2):
        at.number_input[0].set_value(page + 1).run()
        shown = comparison.paged(figure, page)
        assert len(charts(at)) == 1 + 8
        assert heard(at)[0] == vega_lite(shown)["description"]
        assert shown.rows == figure.rows[40 * page : 40 * page + 40]
        assert shown.domain == figure.domain


def test_hostile_reports_stand_beside_each_other_as_text(at_page, tmp_path: Path) -> None:
    """In a folder whose name is an attack too."""
    name = "<img src=x onerror=alert(1)> ![](https:evil)"
    report, judgement = canned.EVERY["hostile"]()
    keep(tmp_path, name, report, judgement)
    keep(tmp_path, "again", report, judgement)
    lacking = replace(report, findings=report.findings[1:], recipe=replace(report.recipe, rows=7, sources=()))
    keep(tmp_path, "less", lacking)
    at = compared(at_page, tmp_path, name, "again", "less")
    body = said(at)
    assert not canned.Tags(body).acting
    assert all(
        tag in {"div", "p", "ul", "li", "b", "a", "span", "h2", "h3", "h4", "code", "br"} for tag, _ in tags(body)
    )
    assert all(href.startswith("report?report=") for _, told in tags(body) if (href := told.get("href")) is not None)
    assert quote(f"{name}/report.json") in body
    for element in (*at.title, *at.header, *at.markdown, *at.caption, *at.expander):
        assert "onerror" not in str(getattr(element, "value", "")) + str(getattr(element, "label", ""))


def tags(body: str) -> list[tuple[str, dict[str, Any]]]:
    """What of the page's HTML is ours: the style sheet is not."""
    return [(tag, told) for tag, told in canned.Tags(body).found if tag != "style"]


def test_names_are_short_and_no_two_alike() -> None:
    class Named:
        def __init__(self, id: str) -> None:
            self.entry = type("Entry", (), {"id": id})

    some: Any = [
        Named("a/report.json"),
        Named("b.json"),
        Named("report.json"),
        Named(f"a{'x' * 99}/1"),
        Named("a\u202e"),
    ]
    names = comparison.names_of([*some, Named("a/report.json")])
    assert names[1:3] == ("b.json", "report.json")
    assert len(set(names)) == len(names)
    assert all(len(name) <= 64 for name in names)


@pytest.mark.slow
def test_a_reader_compares_and_shares_the_address(browser: Any, serve: Any, folder: Path) -> None:
    with serve(folder) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/compare?with=hiring-2025/report.json&with=hiring-2026/report.json")
        page.get_by_text("2 of them are paired").wait_for()
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("link", name="hiring-2026").first.click()
        page.get_by_role("heading", name="Report", level=1).wait_for()
        page.wait_for_url("**report=hiring-2026**")
        page.close()
