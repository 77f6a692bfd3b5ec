"""auditkit monitor from the first error to the alarm, in any terminal."""

import json

from auditkit.cli import main

from .watched import GAP, as_lines, decisions, watch


def test_hostile_names_move_no_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = "\x1b]0;x\x07::error::##[add-mask]"
    rules = watch(GAP | {"name": evil, "levels": [evil, "man"]})
    (tmp_path / "watch.json").write_text(
        as_lines([e | {"gender": e["gender"].replace("woman", evil)} for e in decisions(900, 0.9)])
    )
    text = "horizon = 8000\n[[rules]]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in rules["rules"][0].items())
    (tmp_path / "watch.toml").write_text(text)
    for format in ("table", "json"):
        code = main(["monitor", "watch.json", "--watch", "watch.toml", "--state", "s/state.json", "--format", format])
        out = capsys.readouterr().out
        assert code == 1
        assert "\x1b" not in out
        assert "##[" not in out
        assert "::error" not in out or format == "json"


def test_the_command_from_the_first_error_to_the_alarm(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["monitor", "log.jsonl"]) == 2
    assert "auditkit monitor --example" in capsys.readouterr().err
    assert main(["monitor", "--example"]) == 0
    (tmp_path / "watch.toml").write_text(capsys.readouterr().out)
    call = ["monitor", "log.jsonl", "--watch", "watch.toml", "--state", "watched/state.json"]
    assert main(call) == 2
    assert "There is no log.jsonl" in capsys.readouterr().err
    base = [e | {"decision": {"yes": "invited", "no": "waits"}[e["decision"]]} for e in decisions(4000, 0.9, 0.2)]
    (tmp_path / "log.jsonl").write_text(as_lines(base))
    assert main([*call, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["exit_code"], told["events"]) == ("FAIL", 1, 4000)
    assert main(call) == 1
    out = capsys.readouterr().out
    assert "0 of them new" in out
    assert "It began between events 0 and" in out
    assert "--acknowledge 'selection gap'" in out
    answer = [*call[2:], "--acknowledge", "selection gap", "--reason", "a pilot", "--owner", "Ada"]
    assert main(["monitor", *answer]) in (1, 3)
    assert "a pilot" in capsys.readouterr().out
    assert main([*call, "--reason", "x"]) == 2
