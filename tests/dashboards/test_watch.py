"""The page of watches: what the last look said, its charts and its answers; and nothing spoilt takes it down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from auditkit.lifecycle.monitoring import acknowledge, monitor, read_watched
from auditkit.rendering import vega_track
from dashboards.parts.watch.finding import gravest_first, watches
from tests.dashboards.conftest import words_of

GAP = {"name": "gap", "kind": "gap", "group": "who", "levels": ["a", "b"], "outcome": "said", "favourable": "yes"}
RULES = [
    GAP | {"margin": 0.05},
    {"name": "who comes", "kind": "composition", "group": "who", "reference": {"a": 0.5}, "margin": 0.1},
]
WATCH = {"horizon": 6000, "block": 500, "rules": RULES}


def look(folder: Path, loud: int, n: int = 500) -> Path:
    """A look at a stream in whose last events only one of two groups is told yes; the state."""
    events = [{"who": "ab"[i % 2], "said": "yes" if (i % 2 if i > n - loud else i % 7 < 3) else "no"} for i in range(n)]
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    monitor(str(folder / "log.jsonl"), WATCH, folder / "on" / "state.json")
    return folder / "on" / "state.json"


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a watch that alarms, one that is answered for, one that has seen next to nothing."""
    root = tmp_path_factory.mktemp("watching")
    look(root / "alarm", 250)
    state = look(root / "answered", 250)
    acknowledge(WATCH, state, "gap", "<b>a pilot</b>", "Ada & Co")
    look(root / "few", 0, 20)
    return root


def charts(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(one.proto.spec) for one in at.get("vega_lite_chart")]


def test_an_alarm_says_when_it_was_raised_and_when_it_began(at_page: Any, lying: Path) -> None:
    watched = read_watched(lying / "alarm" / "on" / "state.json")
    line = watched.standing.lines[0]
    at = at_page("watch", lying, watch="alarm/on/state.json")
    said = words_of(at)
    assert 'ak-verdict fail"><span aria-hidden="true">◆</span> Fail' in said
    assert f"Raised at event {line.alarm_at:,}, downwards." in said
    assert f"between events {line.change.after:,} and {line.change.until:,} (95 %)" in said
    assert [one.value for one in at.header][:2] == ["Alarms", "Rules"]
    shown = charts(at)
    wanted = [vega_track(track, kind) for track in watched.tracks for kind in ("evidence", "mean")]
    assert [one["description"] for one in shown] == [one["description"] for one in wanted]
    assert "alarm at" in json.dumps(shown[0])
    buttons = [one.proto.label for one in at.get("download_button")]
    assert buttons == ["Download SVG", "Download CSV"] * len(watched.tracks)


def test_an_answer_is_told_with_its_owner_and_reason_and_what_came_before(at_page: Any, lying: Path) -> None:
    said = words_of(at_page("watch", lying, watch="answered/on/state.json"))
    assert "Ada &amp; Co answers for it: “&lt;b&gt;a pilot&lt;/b&gt;”" in said
    assert "raised at event" in said
    assert "It began between events" in said
    assert "No alarm stands." in said
    assert "There is nothing to draw: it has seen nothing since event 500." in said
    assert "Not assessed" in said
    assert "Nothing seen of either since event 500." in said
    assert "undefined of 0" not in said


def test_the_gravest_watch_is_first_and_opened(at_page: Any, tmp_path: Path) -> None:
    look(tmp_path / "a quiet", 0)
    look(tmp_path / "b few", 0, 20)
    look(tmp_path / "d loud", 250)
    look(tmp_path / "e loud", 250)
    look(tmp_path / "c spoilt", 250).write_text("{")
    names = [entry.id.split("/")[0] for entry in gravest_first(watches(tmp_path))]
    assert names == ["d loud", "e loud", "c spoilt", "b few", "a quiet"]
    assert "d loud/on/state.json · 500 events" in words_of(at_page("watch", tmp_path))


def test_a_watch_for_what_never_came_is_not_green(at_page: Any, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(
        "".join(json.dumps({"who": "ab"[i % 2], "said": "no"}) + "\n" for i in range(200))
    )
    monitor(str(tmp_path / "log.jsonl"), WATCH, tmp_path / "on" / "state.json")
    said = words_of(at_page("watch", tmp_path))
    assert 'ak-verdict not_assessed"' in said
    assert "never seen: yes; seen: no" in said


def test_what_saw_too_little_is_not_green(at_page: Any, lying: Path) -> None:
    said = words_of(at_page("watch", lying, watch="few/on/state.json"))
    assert 'ak-verdict not_assessed"' in said
    assert "have seen too little to tell" in said
    assert 'class="word pass"' not in said


def test_an_empty_folder_and_an_unknown_watch_are_kind(at_page: Any, lying: Path, tmp_path: Path) -> None:
    assert "nothing was assessed" in words_of(at_page("watch", tmp_path))
    assert "There is no watch <code>gone&lt;b&gt;" in words_of(at_page("watch", lying, watch="gone<b>"))


BROKEN = {
    "half": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "edited": lambda text: text.replace('"events":500', '"events":501'),
    "newer": lambda text: text.replace('"schema":1', '"schema":99'),
    "bytes": lambda text: "\udcff" + text,
    "hostile": lambda text: text.replace('"name":"gap"', '"name":"<script>alert(1)</script>"'),
    "gone": None,
}


def test_whatever_is_wrong_with_a_state_is_a_sentence_and_takes_no_other_down(at_page: Any, tmp_path: Path) -> None:
    text = look(tmp_path / "good", 250).read_text()
    for name, breaks in BROKEN.items():
        state = tmp_path / name / "on" / "state.json"
        state.parent.mkdir(parents=True)
        for beside in ("alarms.json", "step.json"):
            (state.parent / beside).write_bytes((tmp_path / "good" / "on" / beside).read_bytes())
        if breaks is not None:
            state.write_bytes(breaks(text).encode("utf-8", "surrogateescape"))
    assert {entry.id for entry in watches(tmp_path)} == {f"{name}/on/state.json" for name in ("good", *BROKEN)}
    at = at_page("watch", tmp_path, watch="good/on/state.json")
    assert "Raised at event" in words_of(at)
    for name in BROKEN:
        at.query_params["watch"] = f"{name}/on/state.json"
        at.run()
        assert not at.exception
        said = words_of(at)
        assert f"{name}/on/state.json cannot be shown" in said
        assert "Restore the file from a copy" in said
        assert "Raised at event" not in said
        assert "<script>" not in said


def test_an_alarm_that_was_edited_out_is_not_green(at_page: Any, tmp_path: Path) -> None:
    loud, calm = look(tmp_path / "loud", 250), look(tmp_path / "calm", 0)
    loud.write_bytes(calm.read_bytes())
    said = words_of(at_page("watch", tmp_path, watch="loud/on/state.json"))
    assert "holds an alarm that the state does not" in said
    assert "ak-verdict pass" not in said


def test_what_is_no_watch_is_not_taken_for_one(tmp_path: Path) -> None:
    """Other phases keep a `state.json` too; a link is not followed."""
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "state.json").write_text('{"schema":1,"step":4}')
    (tmp_path / "gate.json").write_text('{"schema": 1, "watch": 3}')
    look(tmp_path / "one", 0, 10)
    (tmp_path / "link.json").symlink_to(tmp_path / "one" / "on" / "state.json")
    assert [entry.id for entry in watches(tmp_path)] == ["one/on/state.json"]
    other = tmp_path / "one" / "on" / "state.json"
    other.rename(other.with_name("mine.json"))
    assert [entry.id for entry in watches(tmp_path)] == ["one/on/mine.json"]


def test_nothing_is_written(at_page: Any, lying: Path) -> None:
    before = {file: file.read_bytes() for file in lying.rglob("*") if file.is_file()}
    at_page("watch", lying)
    assert {file: file.read_bytes() for file in lying.rglob("*") if file.is_file()} == before
