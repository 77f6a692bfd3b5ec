"""Every page opens over every folder: full, empty, broken, newer."""

from __future__ import annotations

import re
from pathlib import Path

import canned
import pytest
from streamlit.testing.v1 import AppTest

from auditkit.sealing import seal

ROOT = Path(__file__).parents[2]
PAGES = sorted(file.stem for file in (ROOT / "dashboards" / "views").glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(page: str, at_page, shelf: Path) -> None:
    at_page(page, shelf)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_over_an_empty_folder(page: str, at_page, tmp_path: Path) -> None:
    at_page(page, tmp_path)


BROKEN = {
    "not-json": (lambda text: "Dear colleague,", "it is not JSON"),
    "truncated": (lambda text: text[: len(text) // 2], "it is not JSON"),
    "newer": (lambda text: text.replace('"schema": 1', '"schema": 99', 1), "has schema 99 and this auditkit reads"),
    "bare": (lambda text: '{"schema": 1, "levels": []}', "it has no schema and findings"),
    "damaged": (lambda text: text.replace('"lower"', '"lowest"'), "damaged"),
    "not-text": (lambda text: text.replace("women", "w\udcffmen"), "cannot be read"),
    "tampered": (lambda text: text.replace("women", "wombats"), "is not as auditkit.manifest.json says it was written"),
}


def test_whatever_is_wrong_with_a_report_is_a_friendly_page_and_takes_no_other_down(at_page, tmp_path: Path) -> None:
    for name, (breaks, _) in BROKEN.items():
        file = canned.all_pass()[0].save(tmp_path / name / "report.json")
        if name == "tampered":
            seal(file.parent, ["report.json"])
        file.write_bytes(breaks(file.read_text(encoding="utf-8")).encode("utf-8", "surrogateescape"))
    canned.all_pass()[0].save(tmp_path / "good" / "report.json")
    at = at_page("overview", tmp_path)
    for name, (_, why) in BROKEN.items():
        [item] = re.findall(rf"<li>((?:(?!<li>).)*>{name}/report.json<.*?)</li>", words_of(at))
        assert "Cannot be shown: " in item
        assert why in item
    assert "Invitations to interview" in words_of(at)
    at = at_page("report", tmp_path, report="good/report.json")
    assert "Invitations to interview" in words_of(at)
    for name, (_, why) in BROKEN.items():
        at.query_params["report"] = f"{name}/report.json"
        at.run()
        assert not at.exception
        told = words_of(at)
        assert f"{name}/report.json cannot be shown" in told
        assert why in told
        assert "load this page again" in told
        assert "Invitations" not in told


def words_of(at: AppTest) -> str:
    """Everything that a page says in HTML of its own."""
    return "\n".join(element.proto.body for element in at.get("html"))
