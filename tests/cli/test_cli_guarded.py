"""No fault of the command is ever taken for a failed gate: a bad value is 2, a bug is 4, also while a bug is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from typer.main import get_command

import auditkit
from auditkit import cli

GROUPS = {"": cli.COMMANDS, "baseline": cli.RATCHET, "lab": cli.LAB}


def bounded() -> Iterator[tuple[str, list[str], str]]:
    """Every option with a bound, its command as it is typed with a word for all else, and values beyond each bound."""
    for group, commands in GROUPS.items():
        for name, command in commands.items():
            for option, hint in get_type_hints(command, include_extras=True).items():
                for info in getattr(hint, "__metadata__", ()):
                    ends = [(getattr(info, "min", None), -1), (getattr(info, "max", None), 1)]
                    for end, step in ends:
                        if end is not None:
                            said = next((w for w in info.param_decls or () if w.startswith("--")), f"--{option}")
                            words = [*filter(None, [group]), name, *needed(command)]
                            yield said.replace("_", "-"), words, f"{end + step:g}"


def needed(command: Callable[..., Any]) -> list[str]:
    """A word for every argument, and an option that has to be given, so that nothing but the value is wrong."""
    import inspect

    hints = get_type_hints(command, include_extras=True)
    words = []
    for name, parameter in inspect.signature(command).parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            continue
        kind = type(hints[name].__metadata__[0]).__name__
        words += ["x"] if kind == "ArgumentInfo" else [f"--{name.replace('_', '-')}", "x"]
    return words


ALL = list(bounded())


def test_there_are_bounded_options() -> None:
    assert {words[0] for _, words, _ in ALL} >= {"gate", "show", "dashboard", "discover", "prompt", "calibrate", "lab"}
    assert len(ALL) >= 15


@pytest.mark.parametrize(("option", "words", "value"), ALL, ids=[f"{' '.join(w)} {o} {v}" for o, w, v in ALL])
def test_a_value_out_of_bounds_is_bad_input(
    option: str, words: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, option, value]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(f"{option} should be at ")
    assert f'and is "{value}"' in err
    assert err.count("\n") == 1


def test_a_fault_while_a_fault_is_told_is_a_bug_and_no_failed_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("nobody knows")

    monkeypatch.setattr(cli, "_excused", broken)
    assert cli.main(["gate", "nothing.json"]) == 4
    out, err = capsys.readouterr()
    assert not out
    assert err == "Internal error: RuntimeError while this was told: InputError.\n"


def test_a_spelling_of_one_command_is_not_left_to_the_next() -> None:
    from auditkit.core.arguments import Argument, spelt

    cli.main(["gate", "nothing.json"])
    assert spelt(Argument("outcome", "hired")) == 'outcome="hired"'


def test_the_highest_is_described_and_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{g},{'yes' if k % 100 < rate else 'no'}" for g, rate in (("a", 35), ("b", 49)) for k in range(1_000)]
    (tmp_path / "t.csv").write_text("\n".join(["sex,hired", *rows]) + "\n")
    asked = ["audit", str(tmp_path / "t.csv"), "--group", "sex", "--outcome", "hired", "--favourable", "yes"]
    because = '"highest" is described, not judged, unless a policy sets a margin'
    assert cli.main([*asked, "--versus", "highest"]) == 3
    assert because in " ".join(capsys.readouterr().out.split())
    assert cli.main(asked) == 1
    assert because not in " ".join(capsys.readouterr().out.split())
    (tmp_path / "policy.toml").write_text('[[rules]]\nrule = "within"\nmargin = 0.05\n')
    assert cli.main([*asked, "--versus", "highest", "--policy", str(tmp_path / "policy.toml")]) == 1
    assert because not in " ".join(capsys.readouterr().out.split())
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "xterm")  # a dumb one has 80 columns, whatever is said
    get_command(cli.app)(["audit", "--help"], prog_name="auditkit", standalone_mode=False)
    assert because.replace('"', "'") in " ".join(capsys.readouterr().out.split())


def test_a_report_is_shown_as_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    auditkit.audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25).save(tmp_path / "report.json")
    said = []
    for name in ("card", "model_card"):
        assert cli.main(["show", str(tmp_path / "report.json"), "--as", name]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "# Audit for bias" in said[0]
