"""A watch that is opened to be looked at says what the last look said, writes nothing, and refuses what was spoilt."""

import json
import math
import xml.etree.ElementTree as Xml

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.formats.github import COMMANDS
from auditkit.formats.tracks import RICHEST, reach, track_rows
from auditkit.formats.vega_tracks import vega_track
from auditkit.lifecycle.monitoring import acknowledge, monitor, read_watched
from auditkit.lifecycle.monitoring.printing import cased, markdown
from auditkit.lifecycle.monitoring.standing import standing
from auditkit.lifecycle.monitoring.state import State
from auditkit.lifecycle.monitoring.telling import told

from .test_monitoring_attacked import summed
from .watched import GAP, RATE, WHO, as_lines, decisions, watch

LOUD = [
    e | {"decision": "yes"} if i > 600 and e["gender"] == "woman" and i % 2 else e
    for i, e in enumerate(decisions(1200, seed=2))
]

RULES = [GAP, RATE | {"reference": 0.4, "margin": 0.25}, WHO]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A watch of three rules, of which the gap has raised an alarm, with what the last look said."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "log.jsonl").write_text(as_lines(LOUD))
    return folder / "on" / "state.json", monitor(str(folder / "log.jsonl"), watch(*RULES), folder / "on" / "state.json")


@pytest.fixture(scope="module")
def watched(place):
    return read_watched(place[0])


def test_it_says_what_the_last_look_said_and_writes_nothing(place):
    state, stands = place
    before = {file: file.read_bytes() for file in state.parent.iterdir()}
    watched = read_watched(state)
    assert watched.standing.lines == stands.lines
    assert (watched.standing.outcome, watched.standing.bound) == (stands.outcome, stands.bound)
    assert watched.standing.source == "log.jsonl"
    assert {file: file.read_bytes() for file in state.parent.iterdir()} == before
    assert [line.rule for line, _ in watched.of("composition", "missing")] == ["who"]


def test_a_track_ends_where_its_line_stands(watched):
    for line, track in watched.of("gap", "rate", "composition"):
        last, events = track.points[-1], [one.event for one in track.points]
        assert events == sorted(set(events))
        assert last.n == line.n
        assert (last.value, last.low, last.high) == (line.estimate.value, *line.estimate.interval(0.95)[:2])
        assert last.log_e == pytest.approx(math.log(line.e_value), abs=0.0011)
        assert all(one.low <= one.value <= one.high for one in track.points)
        assert (track.alarm_at, track.since, track.until) == (line.alarm_at, 0, 1200)
        assert (track.change is None) == (line.change is None)


def test_the_evidence_passes_the_threshold_where_the_alarm_is(watched):
    [(line, track)] = watched.of("gap")
    bar = math.log(track.threshold)
    before = [one.log_e for one in track.points if one.event < line.alarm_at]
    after = [one.log_e for one in track.points if one.event >= line.alarm_at]
    assert max(before) < bar <= max(after)
    assert line.change.after <= 600 <= line.change.until


@pytest.mark.parametrize("kind", ["evidence", "mean"])
@pytest.mark.parametrize("dark", [True, False])
def test_the_charts_show_the_numbers_of_the_track(watched, kind, dark):
    for track in watched.tracks:
        chart = vega_track(track, kind, dark)
        points = chart["datasets"]["points"]
        assert [row["mean"] for row in points] == [one.value for one in track.points]
        assert [row["evidence"] for row in points] == pytest.approx(
            [min(math.exp(one.log_e), RICHEST) for one in track.points]
        )
        assert len(chart["datasets"].get("alarm", [])) == (track.alarm_at is not None)
        assert {layer["data"]["name"] for layer in chart["layer"]} <= set(chart["datasets"])
        assert track.spoken in chart["description"]
        json.dumps(chart, allow_nan=False)
        low, high = reach(track)
        assert all(low < end < high for end in track.tolerated if end is not None)
        assert [row["low"] for row in track_rows(track)] == [one.low for one in track.points]


def test_a_state_of_before_is_read_and_its_evidence_is_drawn_from_now_on(place, tmp_path):
    data = json.loads(place[0].read_text())
    for strands in data["rules"].values():
        for strand in strands:
            del strand["history"]["held"]
            for name in ("apart", "turns", "side") if strand["pairing"] else ():
                del strand["pairing"][name]
    state, log = tmp_path / "on" / "state.json", tmp_path / "log.jsonl"
    state.parent.mkdir()
    state.write_text(summed(data))
    assert all(one.log_e is None for one in read_watched(state).tracks[0].points)
    log.write_text(as_lines(LOUD + decisions(300, seed=7)))
    assert monitor(str(log), watch(*RULES), state).new == 300
    points = read_watched(state).tracks[0].points
    assert [one.event > 1200 for one in points] == [one.log_e is not None for one in points]


def test_an_answer_keeps_when_it_began(place, tmp_path):
    data = place[0].read_text()
    state = tmp_path / "state.json"
    state.write_text(data)
    line = place[1].lines[0]
    acknowledge(watch(*RULES), state, "gap", "a pilot", "Ada")
    watched = read_watched(state)
    assert watched.standing.acknowledged[0]["began"] == [{"question": "woman - man", **line.change._asdict()}]
    assert not watched.tracks[0].points
    assert "nothing has been seen" in vega_track(watched.tracks[0], "mean")["description"]
    old = json.loads(state.read_text())
    del old["acknowledged"][0]["began"]
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "state.json").write_text(summed(old))
    assert read_watched(tmp_path / "old" / "state.json").standing.acknowledged[0]["owner"] == "Ada"


SPOILT = {
    "half": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "a list": lambda text: "[1]",
    "deep": lambda text: "[" * 100_000,
    "no watch": lambda text: summed({**json.loads(text), "watch": 7}),
    "another watch": lambda text: summed({**json.loads(text), "watch": watch(RATE)}),
    "no answers": lambda text: summed({**json.loads(text), "acknowledged": [1]}),
    "answers of nothing": lambda text: summed({**json.loads(text), "acknowledged": [{"rule": []}]}),
    "numbers that are none": lambda text: text.replace('"missing":0', '"missing":"x"'),
    "newer": lambda text: text.replace('"schema":1', '"schema":99'),
    "quiet": lambda text: State.begun(read_watched_rules(text), "lines").to_json(),
}


def read_watched_rules(text):
    from auditkit.lifecycle.monitoring import read_watch

    return read_watch(json.loads(text)["watch"])


@pytest.mark.parametrize("what", SPOILT)
def test_what_was_spoilt_is_a_sentence(place, what):
    state, text = place[0], place[0].read_text()
    try:
        state.write_text(SPOILT[what](text))
        with pytest.raises(InputError) as refused:
            read_watched(state)
        assert str(state) in str(refused.value)
    finally:
        state.write_text(text)


def test_what_is_no_file_is_a_sentence(place, tmp_path):
    (tmp_path / "link.json").symlink_to(place[0])
    for path, says in [
        (tmp_path / "none.json", "There is no"),
        (tmp_path, "regular"),
        (tmp_path / "link.json", "link"),
    ]:
        with pytest.raises(InputError, match=says):
            read_watched(path)


def test_every_format_says_the_same_and_leaves_the_same_code(place, capsys, monkeypatch):
    state, _ = place
    monkeypatch.chdir(state.parent.parent)
    rules = "\n".join("[[rules]]\n" + "\n".join(f"{k} = {_toml(v)}" for k, v in rule.items()) for rule in RULES[:2])
    (state.parent.parent / "watch.toml").write_text(f"horizon = 8000\nblock = 500\n{rules}\n")
    call = ["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "two/state.json", "--format"]
    said = {}
    for format in ("table", "json", "md", "github", "junit"):
        assert main([*call, format]) == 1
        said[format] = capsys.readouterr().out
    assert json.loads(said["json"])["outcome"] == "FAIL"
    assert "| ◆ Fail | gap | woman - man |" in said["md"]
    assert "| ● Pass | yes |" in said["md"]
    errors = [line for line in said["github"].splitlines() if line.startswith(f"::{COMMANDS['error']} ")]
    assert len(errors) == 1
    assert "It began between events" in errors[0]
    root = Xml.fromstring(said["junit"])
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("2", "1", "0")
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["gap: woman - man", "yes: yes"]


def _toml(value):
    return json.dumps(value)


def test_no_format_is_green_on_absence():
    stands = standing(State.begun(read_watched_rules(json.dumps({"watch": watch(*RULES)})), "lines"), "", 0, (), ())
    assert "No alarm, and 3 of 3 questions have seen too little to tell." in markdown(stands)
    assert all(case.weight == "error" for case in cased(stands).cases)
    assert cased(stands).exit_code == 3


@pytest.mark.parametrize("format", ["md", "github", "junit"])
def test_hostile_names_command_nothing(format, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = "\x1b]0;x\x07::error::<b>##[add-mask]|@me"
    (tmp_path / "log.jsonl").write_text(
        as_lines([e | {"gender": e["gender"].replace("woman", evil)} for e in decisions(900, 0.9)])
    )
    rule = GAP | {"name": evil, "levels": [evil, "man"]}
    text = "horizon = 8000\n[[rules]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in rule.items())
    (tmp_path / "watch.toml").write_text(text)
    call = ["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "s/state.json"]
    answer = ["--acknowledge", evil, "--reason", evil, "--owner", evil]
    assert main([*call, "--format", format]) == 1
    assert main(["monitor", *call[2:], *answer, "--format", format]) == 3
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "##[" not in out
    assert "::error::<b>" not in out
    assert format == "github" or "<b>" not in out


@pytest.mark.parametrize("order", ["a" * 500 + "b" * 500 + "c" * 500, "abbaabab" * 40 + "c" * 160])
def test_groups_in_long_runs_are_not_assessed_and_it_is_said(order, tmp_path):
    runs = [e | {"gender": order[i % len(order)]} for i, e in enumerate(decisions(4000, seed=5))]
    (tmp_path / "log.jsonl").write_text(as_lines(runs))
    rule = GAP | {"levels": ["a", "b", "c"]}
    stands = monitor(str(tmp_path / "log.jsonl"), watch(rule), tmp_path / "s" / "state.json")
    assert stands.exit_code == 3
    assert all(line.in_runs and line.apart > 1000 and line.n == 0 for line in stands.lines)
    text = told(stands)
    assert "◌ In turns" in text
    assert "No alarm, and 3 of 3 questions have groups in turns, which cannot be compared." in text
    assert sum("the groups come in runs so long" in note for note in stands.notes) == 1
