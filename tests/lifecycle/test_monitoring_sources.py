"""Sources of events: all of them say the same of the same events, grow, and refuse what was changed behind them."""

import io
import json
import sqlite3

import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring import monitor
from auditkit.lifecycle.monitoring.sources import Given, opened

from .watched import ALL, GAP, as_lines, decisions, into_folder, into_table, watch

EVENTS = decisions(900, 0.5, 0.3, seed=11)


def given(text):
    return Given(io.BytesIO(text.encode()))


def stand(tmp_path, source, name="out", **how):
    return monitor(source, watch(*ALL), tmp_path / name / "state.json", **how)


def rules_of(tmp_path, name="out"):
    return json.loads((tmp_path / name / "state.json").read_text())["rules"]


def test_every_source_says_the_same_of_the_same_events(tmp_path):
    (tmp_path / "log.jsonl").write_text(as_lines(EVENTS))
    into_table(tmp_path / "log.sqlite", EVENTS)
    into_folder(tmp_path / "files", EVENTS, 250)
    sources = [str(tmp_path / "log.jsonl"), str(tmp_path / "files"), given(as_lines(EVENTS))]
    sources.append(f"sqlite:///{tmp_path / 'log.sqlite'}?table=decisions")
    told = []
    for i, source in enumerate(sources):
        assert stand(tmp_path, source, str(i), stretch=170).events == 900
        told.append(rules_of(tmp_path, str(i)))
    stand(tmp_path, str(tmp_path / "log.sqlite"), "4", table="decisions")
    assert all(one == told[0] for one in [*told, rules_of(tmp_path, "4")])


@pytest.mark.parametrize("kind", ["lines", "table", "folder", "stdin"])
def test_many_looks_are_one_to_the_byte(tmp_path, kind):
    whole = None
    for name, stretch in (("one", 1 << 14), ("many", 97)):
        place = tmp_path / name
        place.mkdir()
        for begin in (0, 300, 600) if name == "many" else (0,):
            some = EVENTS[begin : begin + 300] if name == "many" else EVENTS
            if kind == "lines":
                with (place / "log").open("a") as file:
                    file.write(as_lines(some))
            elif kind == "table":
                into_table(place / "log", some)
            elif kind == "folder":
                into_folder(place / "log", some, 100)
            source = given(as_lines(some)) if kind == "stdin" else str(place / "log")
            stands = monitor(source, watch(*ALL), place / "s" / "state.json", stretch=stretch, table=_named(kind))
            assert stands.new == len(some)
        raw = (place / "s" / "state.json").read_bytes()
        assert whole in (None, raw)
        whole = raw


def _named(kind):
    return "decisions" if kind == "table" else None


def test_a_line_or_a_file_that_is_not_whole_waits(tmp_path):
    log, text = tmp_path / "log.jsonl", as_lines(EVENTS)
    log.write_text(text[: len(text) // 2])
    first = stand(tmp_path, str(log))
    log.write_text(text)
    assert 0 < first.new < 900 == stand(tmp_path, str(log)).events
    into_folder(tmp_path / "files", EVENTS, 300)
    last = tmp_path / "files" / "0001.parquet"
    raw = last.read_bytes()
    last.write_bytes(raw[:-10])
    waiting = stand(tmp_path, str(tmp_path / "files"), "files-out")
    assert waiting.events == 300
    assert "0001.parquet is not whole yet" in waiting.notes[0]
    last.write_bytes(raw)
    assert stand(tmp_path, str(tmp_path / "files"), "files-out").events == 900


def test_empty_lines_and_empty_files_are_no_events(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    log = tmp_path / "log.jsonl"
    log.write_text("\n" + as_lines(EVENTS[:50]).replace("}\n", "}\n\n") + "\n\n")
    for name, stretch in (("a", 3), ("b", 1000)):
        assert stand(tmp_path, str(log), name, stretch=stretch).events == 50
    assert (tmp_path / "a" / "state.json").read_bytes() == (tmp_path / "b" / "state.json").read_bytes()
    into_folder(tmp_path / "files", EVENTS[:50], 50)
    empty = pa.Table.from_pylist(EVENTS[:1]).slice(0, 0)
    parquet.write_table(empty, tmp_path / "files" / "0001.parquet")
    assert stand(tmp_path, str(tmp_path / "files"), "c").events == 50
    parquet.write_table(pa.Table.from_pylist(EVENTS[50:80]), tmp_path / "files" / "0002.parquet")
    assert stand(tmp_path, str(tmp_path / "files"), "c").events == 80


SPOILT_LINES = {
    "shrunk": lambda raw: raw[: len(raw) // 2],
    "first": lambda raw: b"[" + raw[1:],
    "last": lambda raw: raw[:-3] + b"]" + raw[-2:],
}


@pytest.mark.parametrize("how", SPOILT_LINES)
def test_a_log_that_shrank_or_changed_is_refused(tmp_path, how):
    log = tmp_path / "log.jsonl"
    log.write_text(as_lines(EVENTS))
    stand(tmp_path, str(log))
    before = (tmp_path / "out" / "state.json").read_bytes()
    log.write_bytes(SPOILT_LINES[how](log.read_bytes()))
    with pytest.raises(InputError, match=r"has shrunk to|was changed where it had been read"):
        stand(tmp_path, str(log))
    assert (tmp_path / "out" / "state.json").read_bytes() == before


def test_a_change_in_the_middle_is_found_by_replay(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(as_lines(EVENTS))
    stand(tmp_path, str(log))
    assert stand(tmp_path, str(log), replay=True, stretch=130).new == 0
    raw = log.read_text()
    middle = raw.index('"yes"', len(raw) // 2)
    log.write_text(raw[:middle] + '"nay"' + raw[middle + 5 :])
    assert stand(tmp_path, str(log)).new == 0
    with pytest.raises(InputError, match="are not those that were read"):
        stand(tmp_path, str(log), replay=True, stretch=130)


def test_standard_input_is_replayed_and_checked(tmp_path):
    kept = []
    stand(tmp_path, given(as_lines(EVENTS[:400])), stretch=150, kept=kept.append)
    assert kept == [150, 300, 400]
    assert stand(tmp_path, given(as_lines(EVENTS)), replay=True).new == 500
    stand(tmp_path, given(as_lines(EVENTS)), "once")
    assert (tmp_path / "out" / "state.json").read_bytes() == (tmp_path / "once" / "state.json").read_bytes()
    with pytest.raises(InputError, match="is not the one that was read"):
        stand(tmp_path, given(as_lines([EVENTS[1], *EVENTS[1:]])), replay=True)
    with pytest.raises(InputError, match="ends 800 events before"):
        stand(tmp_path, given(as_lines(EVENTS[:100])), replay=True)


@pytest.mark.parametrize("how", ["gone", "changed", "shrunk", "added before"])
def test_files_that_were_read_stay_as_they_are(tmp_path, how):
    folder = tmp_path / "files"
    into_folder(folder, EVENTS, 200)
    assert stand(tmp_path, str(folder)).events == 900
    assert stand(tmp_path, str(folder), replay=True, stretch=70).new == 0
    victim = folder / "0001.parquet"
    if how == "gone":
        victim.unlink()
    elif how == "shrunk":
        victim.write_bytes(victim.read_bytes()[:-100])
    elif how == "changed":
        into_folder(tmp_path / "other", EVENTS[100:300], 200)
        (tmp_path / "other" / "0000.parquet").replace(victim)
    else:
        (folder / "0000b.parquet").write_bytes(victim.read_bytes())
    with pytest.raises(InputError, match=r"(is gone|was changed|was added, changed or removed) after it had been read"):
        stand(tmp_path, str(folder))


def test_more_files_than_are_named_are_still_held_to(tmp_path, monkeypatch):
    monkeypatch.setattr("auditkit.lifecycle.monitoring.sources.folder.NAMED", 3)
    folder = tmp_path / "files"
    into_folder(folder, EVENTS[:240], 24)
    assert stand(tmp_path, str(folder)).events == 240
    into_folder(folder, EVENTS[240:300], 30)
    assert stand(tmp_path, str(folder)).events == 300
    (folder / "0003.parquet").write_bytes((folder / "0004.parquet").read_bytes())
    with pytest.raises(InputError, match="was added, changed or removed"):
        stand(tmp_path, str(folder))


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM decisions WHERE rowid = 900",
        "DELETE FROM decisions WHERE rowid = 5",
        "UPDATE decisions SET gender = 'x' WHERE rowid = 900",
    ],
)
def test_rows_that_were_read_stay_as_they_are(tmp_path, change):
    into_table(tmp_path / "log.db", EVENTS)
    assert stand(tmp_path, str(tmp_path / "log.db"), table="decisions").events == 900
    with sqlite3.connect(tmp_path / "log.db") as db:
        db.execute(change)
    db.close()
    with pytest.raises(InputError, match="was changed where it had been read"):
        stand(tmp_path, str(tmp_path / "log.db"), table="decisions")


def test_a_database_is_only_read(tmp_path):
    into_table(tmp_path / "log.db", EVENTS)
    raw = (tmp_path / "log.db").read_bytes()
    stand(tmp_path, str(tmp_path / "log.db"), table="decisions")
    assert (tmp_path / "log.db").read_bytes() == raw
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.db", "out"]


def test_events_may_be_json_in_a_column_as_the_records_of_a_run_are(tmp_path):
    with sqlite3.connect(tmp_path / "run.sqlite") as db:
        db.execute("CREATE TABLE generations (position INTEGER PRIMARY KEY, key TEXT, record TEXT)")
        rows = [(i, str(i), json.dumps({"factors": event})) for i, event in enumerate(EVENTS)]
        db.executemany("INSERT INTO generations VALUES (?, ?, ?)", rows)
    db.close()
    rule = GAP | {"group": "factors.gender", "outcome": "factors.decision"}
    source = f"sqlite:///{tmp_path / 'run.sqlite'}?table=generations&json=record"
    line = monitor(source, watch(rule), tmp_path / "s" / "state.json").lines[0]
    (tmp_path / "log.jsonl").write_text(as_lines(EVENTS))
    same = monitor(str(tmp_path / "log.jsonl"), watch(), tmp_path / "t" / "state.json").lines[0]
    assert (line.n, line.e_value) == (same.n, same.e_value)


REFUSED = {
    "nothing.jsonl": "There is no",
    "a.csv": "write JSON lines",
    "a.parquet": "name its folder",
    "a.db": "No table was named",
    "sqlite://a.db?table=x": "is no address of a table",
    "sqlite:///a.db?tabel=x": "tabel",
    "bad.jsonl": "Event 2 of bad.jsonl is no JSON",
    "list.jsonl": "is JSON, and no object",
    "long.jsonl": "more than 1,048,576 bytes",
    "noise.db": "cannot be read as a SQLite database",
}


@pytest.mark.parametrize("source", REFUSED)
def test_what_is_no_source_is_said(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a.csv": "a\n1\n",
        "a.parquet": "PAR1",
        "bad.jsonl": "{}\n{oh\n",
        "list.jsonl": "[1]\n",
        "long.jsonl": "x" * (1 << 21),
        "noise.db": "no database at all" * 100,
    }.items():
        (tmp_path / name).write_text(text)
    into_table(tmp_path / "a.db", EVENTS[:3])
    with pytest.raises(InputError, match=REFUSED[source]):
        monitor(source, watch(), tmp_path / "out" / "state.json")


def test_a_misspelled_column_or_table_gets_the_nearest(tmp_path):
    into_table(tmp_path / "a.db", EVENTS[:3])
    with pytest.raises(InputError, match='Did you mean "decisions"'):
        monitor(str(tmp_path / "a.db"), watch(), tmp_path / "s" / "state.json", table="decision")
    with pytest.raises(InputError, match='Did you mean "gender"'):
        monitor(
            str(tmp_path / "a.db"), watch(GAP | {"group": "gendr"}), tmp_path / "t" / "state.json", table="decisions"
        )
    into_folder(tmp_path / "files", EVENTS[:3], 3)
    with pytest.raises(InputError, match='Did you mean "gender"'):
        monitor(str(tmp_path / "files"), watch(GAP | {"group": "gendr"}), tmp_path / "u" / "state.json")


def test_a_folder_named_with_stars_is_that_folder(tmp_path):
    into_folder(tmp_path / "a*", EVENTS[:40], 40)
    into_folder(tmp_path / "ab", EVENTS[40:80], 40)
    assert opened(str(tmp_path / "a*")).kind == "folder"
    assert stand(tmp_path, str(tmp_path / "a*")).events == 40
