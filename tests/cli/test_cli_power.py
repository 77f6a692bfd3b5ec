"""`auditkit power`: what it prints, how it exits, and that nothing but the plan is read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditkit.cli import main

TABLE = """
[data]
path = "not_there_yet.csv"

[roles]
group = "sex"
outcome = "hired"

[[detectors]]
code = "disparity.selection_rate"
favourable = "yes"

[policy]
[[policy.rules]]
rule = "within"
margin = 0.1
code = "disparity.*"
"""
DRAWN = """
[probe]
name = "occupations"
occupations = ["nurse", "judge"]
repeats = 2

[target]
name = "diffusion"
model = "nobody/has-this"

[roles]
group = "gender"
context = "occupation"
responded = "answered"
unit = "prompt"

[[detectors]]
code = "selection.refusal"
"""
FEW = ["--replications", "20"]


@pytest.fixture
def plan(tmp_path: Path) -> str:
    (tmp_path / "plan.toml").write_text(TABLE, encoding="utf-8")
    return str(tmp_path / "plan.toml")


def test_a_plan_is_told_its_rows(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", plan, *FEW]) == 0
    out, err = capsys.readouterr()
    assert err == ""  # no progress off a terminal
    assert out.startswith("With 90 % power each: 1,")
    assert "PASS without bias" in out
    assert "FAIL where it is −0.2" in out
    assert "Supposed: Two groups at rate .5" in out


def test_json_says_the_same(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", plan, *FEW, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["power", plan, *FEW]) == 0
    assert f"{told['rows']:,} rows" in capsys.readouterr().out
    assert [need["verdict"] for need in told["needs"]] == ["PASS", "FAIL"]
    assert all(0 <= need["between"][0] <= need["probability"] <= need["between"][1] <= 1 for need in told["needs"])


def test_markdown_holds_what_a_plan_says_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = TABLE.replace('"disparity.*"', '"a|b <img src=x> ::error:: @team"')
    (tmp_path / "plan.toml").write_text(hostile, encoding="utf-8")
    assert main(["power", str(tmp_path / "plan.toml"), *FEW, "--format", "md"]) == 0
    out = capsys.readouterr().out
    assert "<img" not in out
    assert "::" not in out
    assert "@team" not in out
    assert "a\\|b &lt;img" in out


def test_options_shape_the_world(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", plan, *FEW, "--rate", "0.1", "--share", "0.2", "--effect", "3", "--comparisons", "7"]) == 0
    out = capsys.readouterr().out
    assert "the smaller is 20 % of the rows, selected at a rate of 0.1" in out
    assert "FAIL where it is 0.3" in out
    assert "Holm's first of 7 comparisons" in out


def test_time_and_money_are_told_of_a_plan_that_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.toml").write_text(DRAWN, encoding="utf-8")
    assert main(["power", str(tmp_path / "plan.toml"), *FEW, "--seconds", "3", "--price", "0.02"]) == 0
    out = capsys.readouterr().out
    assert "The plan draws 20 prompts × 2 repeats = 40 answers (2 min, price 0.80), enough for 0 of 2 verdicts." in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere.toml"], "The plan nowhere.toml cannot be read"),
        (["{plan}", "--effect", "0.5"], "beyond the margin"),
        (["{plan}", "--rate", "2"], "A rate lies between 0 and 1"),
        (["{plan}", "--replications", "1"], "Give at least 20"),
        (["{plan}", "--policy", "nowhere.toml"], "nowhere.toml"),
        (["{plan}", "--format", "pdf"], "format"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_read_exits_2_with_a_sentence(
    plan: str, args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["power", *(arg.format(plan=plan) for arg in args)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_a_plan_with_a_mistake_exits_2_with_the_nearest_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.toml").write_text(TABLE.replace("selection_rate", "selection_rat"), encoding="utf-8")
    assert main(["power", str(tmp_path / "plan.toml")]) == 2
    assert 'Did you mean "disparity.selection_rate"?' in capsys.readouterr().err


def test_nothing_but_the_plan_is_opened(tmp_path: Path) -> None:
    """Neither the target's weights nor anything that could open them is loaded, and no file but the plan is read."""
    (tmp_path / "plan.toml").write_text(DRAWN, encoding="utf-8")
    (tmp_path / "table.csv").write_text("never read", encoding="utf-8")
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
sys.addaudithook(lambda event, args: opened.append(event) if event.startswith("socket.connect") else None)
from auditkit.cli import main
assert main(["power", "plan.toml", "--replications", "20"]) == 0
heavy = {"torch", "transformers", "diffusers", "pandas", "polars", "sklearn", "huggingface_hub"} & set(sys.modules)
assert not heavy, heavy
strange = [name for name in opened if name.endswith((".csv", ".safetensors")) or name.startswith("socket")]
assert not strange, strange
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
