"""The help of every command: nothing of it is lost to markup, and lines break where the terminal ends."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import typer
from typer.main import get_command

from auditkit import cli
from auditkit.commands.answer import Answer, paced
from auditkit.eliciting import Pace

BRACKETS = re.compile(r"\[+[^\[\]]*\]+")
RESUMED = ("run", "discover", "curate", "tune", "prompt", "monitor")


def walked(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its words."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from walked(each, (*path, name))


ALL = list(walked(get_command(cli.app)))
NAMES = [" ".join(("auditkit", *path)) for path, _ in ALL]


def shown(app: typer.Typer, path: tuple[str, ...], width: int, capsys: Any, monkeypatch: Any) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")  # a dumb one has 80 columns, whatever is said
    get_command(app)([*path, "--help"], prog_name="auditkit", standalone_mode=False)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # on a build server it has colours


def lost(command: Any, text: str) -> list[str]:
    """The brackets of a command's docstring, and of what its options say, that its help does not show."""
    said = [inspect.getdoc(command.callback) or "", *(getattr(each, "help", "") or "" for each in command.params)]
    there = " ".join(text.split())
    return [part for whole in said for part in BRACKETS.findall(" ".join(whole.split())) if part not in there]


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_no_bracket_of_a_docstring_is_lost(path: Any, command: Any, capsys: Any, monkeypatch: Any) -> None:
    assert lost(command, shown(cli.app, path, 400, capsys, monkeypatch)) == []


def bracketed(format: str = "x") -> Answer:
    """Give it [probe]
    and [[rules]], [a] or [/b].

    A second paragraph that is cut in its source
    and has [target] at its end [target].
    """
    return Answer(format)


@pytest.mark.parametrize("helped", [True, False])
def test_it_would_be_seen_if_it_were(helped: bool, capsys: Any, monkeypatch: Any) -> None:
    app = typer.Typer()
    app.command(help=cli.told(bracketed) if helped else "Give it [probe] and [[rules]].")(bracketed)
    text = shown(app, (), 400, capsys, monkeypatch)
    assert bool(lost(get_command(app), text)) is not helped
    assert "\\" not in text


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_lines_break_where_the_terminal_ends(path: Any, command: Any, capsys: Any, monkeypatch: Any) -> None:
    told, _, _ = shown(cli.app, path, 80, capsys, monkeypatch).partition("╭")
    lines = [line.strip() for line in told.splitlines()]
    ragged = [a for a, b in pairwise(lines) if a and b and len(a) + 1 + len(b.split()[0]) <= 78]
    assert ragged == []


@pytest.mark.parametrize("name", ["discover", "curate", "tune", "mitigate", "prompt", "monitor"])
def test_a_phase_names_its_exit_codes(name: str, capsys: Any, monkeypatch: Any) -> None:
    text = " ".join(shown(cli.app, (name,), 80, capsys, monkeypatch).split())
    assert re.search(r"Exit codes: 0 .*, 1 .*, 2 .*, 3 ", text)


@pytest.mark.parametrize("name", [*RESUMED, "mitigate", "gate"])
@pytest.mark.parametrize("before", [[], ["--debug"]])
def test_stopped_what_goes_on_says_so(name: str, before: list[str], capsys: Any, monkeypatch: Any) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", stopped)
    assert cli.main([*before, name]) == 130
    said = "Stopped. It goes on where it was with the same command.\n"
    assert capsys.readouterr().err == (said if name in RESUMED else "")


def test_of_answers_that_were_there_nothing_is_said_and_the_end_once(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    tell = paced()
    assert tell is not None
    for _ in range(24):
        tell(Pace(1512, 1512, 0.0))
    assert capsys.readouterr().err == ""
    for done in (500, 1512, 1512):
        tell(Pace(done, 1512, 2.0))
    said = capsys.readouterr().err
    assert said.count("1,512 of 1,512 answers") == said.count("\n") == 1
    tell(Pace(3, 4, 2.0))
    tell(Pace(4, 4, 2.0))
    assert capsys.readouterr().err.count("\n") == 1
