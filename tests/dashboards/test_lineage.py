"""The page Lineage shows what was made of what, where that is broken, and every turn with its cost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from auditkit.lifecycle.lineage import trace
from auditkit.lifecycle.turning import read_turn, told_of
from auditkit.rendering import drawing, vega_lineage, vega_lite
from tests.lifecycle.chained import story


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("page") / "story")


def words(at: Any) -> str:
    """All that stands on the page as HTML."""
    return " ".join(str(one.proto.body) for one in at.get("html"))


def charts(at: Any) -> list[str]:
    return [one.proto.spec for one in at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")]


def test_the_page_shows_the_chain_its_turns_and_the_ways_to_its_reports(at_page: Any, whole: Path) -> None:
    at = at_page("lineage", whole)
    told, found = words(at), trace(whole)
    assert f"{len(found.things)} things, {len(found.deeds)} steps" in told
    assert "● Whole" in told
    for where in ("curated/before", "curated/after", "tuned/after"):
        assert f"report?report={where.replace('/', '%2F')}%2Freport.json" in told
    assert "tiny, tuned" in told
    assert "The audit goes from fail to pass, within what it may cost." in told
    assert "A loss of more than 0.03 is ruled out at 95 %." in told
    headers = [one.value for one in at.header]
    assert headers == ["From what to what", "Before and after", "Reports in the chain", "Every thing", "Every step"]
    things, steps = (one.value for one in at.dataframe)
    assert list(things["hash"]) == [one.hash for one in found.things]
    assert len(steps) == len(found.deeds)


def test_the_charts_are_the_library_s_own(at_page: Any, whole: Path) -> None:
    import json

    drawn = [json.loads(spec) for spec in charts(at_page("lineage", whole))]
    graph = next(one for one in drawn if one.get("description") == drawing(trace(whole)).spoken)
    wanted = vega_lineage(drawing(trace(whole)))
    assert graph["layer"] == json.loads(json.dumps(wanted["layer"]))
    shift = told_of(read_turn(whole / "tuned")).shifts[0]
    assert vega_lite(shift.figure)["description"] in [one.get("description") for one in drawn]


def test_a_folder_without_a_step_is_a_kind_sentence(at_page: Any, tmp_path: Path) -> None:
    told = words(at_page("lineage", tmp_path))
    assert "Nothing to follow yet" in told
    assert "auditkit run plan.toml --out FOLDER" in re.sub(r"<[^>]+>", "", told)


def test_a_broken_chain_is_said_and_a_page_loaded_again_sees_it(at_page: Any, tmp_path: Path) -> None:
    root = story(tmp_path / "story")
    assert "● Whole" in words(at_page("lineage", root))
    rows = root / "curated" / "rows.csv"
    rows.write_text(rows.read_text() + "f,1\n")
    told = words(at_page("lineage", root))
    assert "◆ Broken" in told
    assert "It has changed since curated/step.json" in told
    report = root / "tuned" / "after" / "report.json"
    report.write_text(report.read_text() + " ")
    told = words(at_page("lineage", root))
    assert "is not as auditkit.manifest.json says it was written" in told
