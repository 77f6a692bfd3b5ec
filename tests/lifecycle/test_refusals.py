"""A law over every step: what is refused is refused with a sentence, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from auditkit.cli import main
from auditkit.formats.toml import toml_lines
from auditkit.planning import plan_of, plan_text
from tests.lifecycle.applicants import world
from tests.lifecycle.small_tuning import TABLE, sentences
from tests.lifecycle.watched import GAP, as_lines, decisions

pytest.importorskip("torch")
pytest.importorskip("peft")

LONG = "un " * 300
AUDITED = """[roles]
group = "team"
outcome = "hired"
[[detectors]]
code = "disparity.selection_rate"
favourable = "yes"
"""
STEP = '[[steps]]\nname = "deduplicate"\nby = "rows"\n'
PROMPT = "prompt plan.toml --treatments treat.toml --out out"
TUNE = "tune plan.toml --data cur --out out --method full --steps 2"
CURATE = "curate people.csv --recipe recipe.toml --out out"
DISCOVER = "discover models --plan plan.toml --out out"
MITIGATE = "mitigate people.csv --group team --outcome hired --features age --positive yes --out out"
MONITOR = "monitor log.jsonl --watch watch.toml --state out/state.json"
REFUSED: Mapping[str, tuple[str, ...]] = {
    PROMPT: (
        *("plan.toml=bad.toml", "plan.toml=empty", "plan.toml=gone.toml", "plan.toml=long.toml"),
        *("treat.toml=gone.toml", "treat.toml=empty", "treat.toml=bad.toml", "treat.toml=longer.toml"),
        *("treat.toml=system.toml", "+--budget 1", "+--policy gone.toml", "out=people.csv"),
    ),
    TUNE: (
        *("plan.toml=bad.toml", "plan.toml=empty", "plan.toml=gone.toml", "plan.toml=long.toml"),
        *("cur=empty", "cur=gone", "cur=nothing", "cur=people.csv", "out=people.csv"),
        *("2=0", "+--rate -1", "+--guard-margin x", "+--batch 90000", "+--faithful occupation"),
    ),
    CURATE: (
        *("people.csv=empty", "people.csv=gone.csv", "people.csv=nothing", "out=people.csv"),
        *("recipe.toml=empty", "recipe.toml=gone.toml", "recipe.toml=bad.toml", "recipe.toml=stepz.toml"),
        *("recipe.toml=column.toml", "recipe.toml=level.toml"),
    ),
    DISCOVER: (
        *("plan.toml=bad.toml", "plan.toml=empty", "plan.toml=gone.toml", "models=nothing", "models=gone"),
        *("+--at-most 3zz", "+--license none", "plan.toml=long.toml", "out=people.csv"),
    ),
    MITIGATE: (
        *("people.csv=empty", "people.csv=gone.csv", "team=teem", "hired=fired", "age=aeg", "yes=yess"),
        *("+--by threshold", "+--constraint parity", "+--held-out 2", "+--margin 0", "+--policy gone.toml"),
        *("+--policy bad.toml", "out=people.csv"),
    ),
    MONITOR: (
        *("watch.toml=bad.toml", "watch.toml=empty", "watch.toml=gone.toml", "+--table decisions"),
        *("log.jsonl=gone.jsonl", "log.jsonl=broken.jsonl", "log.jsonl=lists.jsonl", "log.jsonl=people.csv"),
        *("log.jsonl=sqlite:///gone.db?table=a", "+--acknowledge gap --reason a --owner b", "+--reason a"),
        *("out/state.json=people.csv", "out/state.json=people.csv/state.json"),
    ),
}
CASES = [(call, change) for call, changes in REFUSED.items() for change in changes]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a call takes, and the broken of each kind."""
    from auditkit.lab.models import WEIGHTS

    folder = tmp_path_factory.mktemp("refused")
    probe = {**TABLE["probe"], "templates": ["o un {} .", f"{LONG} {{}} ."]}
    plan, rule = plan_text(plan_of(TABLE)), "\n".join(toml_lines(GAP))
    files = {
        "plan.toml": plan,
        "long.toml": plan_text(plan_of({**TABLE, "probe": probe})),
        "bad.toml": plan.replace("[roles]", "[rols]"),
        "treat.toml": '[[treatments]]\nname = "fair"\ntemplate = "o {prompt}"\n',
        "longer.toml": f'[[treatments]]\nname = "fair"\ntemplate = "{LONG} {{prompt}}"\n',
        "system.toml": '[[treatments]]\nname = "fair"\nsystem = "o"\n',
        "recipe.toml": AUDITED + STEP,
        "stepz.toml": AUDITED + STEP.replace("steps", "stepz"),
        "column.toml": AUDITED.replace("team", "teem") + STEP,
        "level.toml": AUDITED.replace("yes", "yess") + STEP,
        "watch.toml": f"horizon = 8000\n[[rules]]\n{rule}\n",
        "log.jsonl": as_lines(decisions(50)),
        "broken.jsonl": "{nope\n",
        "lists.jsonl": json.dumps({"gender": [1], "decision": "yes"}) + "\n",
        "empty": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("cur", "nothing", "models"):
        (folder / name).mkdir()
    sentences(folder / "cur")
    (folder / "models" / "transformer").symlink_to(WEIGHTS / "transformer")
    world(300).to_csv(folder / "people.csv", index=False)
    return folder


def everything(folder: Path) -> dict[str, bytes | None]:
    return {str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None for one in folder.rglob("*")}


def changed(call: str, change: str) -> list[str]:
    """The call with one word another, or more words behind it."""
    if change.startswith("+"):
        return [*call.split(), *change[1:].split()]
    was, _, now = change.partition("=")
    words = call.split()
    assert was in words
    return [now if word == was else word for word in words]


@pytest.mark.parametrize(("call", "change"), CASES, ids=[f"{call.split()[0]}-{change}" for call, change in CASES])
def test_a_refusal_says_why_and_leaves_nothing_behind(
    call: str, change: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    before = everything(place)
    assert main(changed(call, change)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.endswith((".", "?"))
    assert "Traceback" not in said
    assert everything(place) == before


def test_a_folder_in_which_something_is_stays_with_what_is_in_it(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    (tmp_path / "mine.txt").write_text("mine")
    for call in (PROMPT.replace("treat.toml", "longer.toml"), TUNE.replace("plan.toml", "long.toml"), MONITOR):
        words = [word.replace("out", str(tmp_path), 1) if word.startswith("out") else word for word in call.split()]
        assert main([word.replace("log.jsonl", "broken.jsonl") for word in words]) == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert not (tmp_path / "state.json").exists()


def test_answers_that_were_drawn_are_kept_where_the_next_is_refused(tmp_path: Path) -> None:
    """What is too long only in a model of somebody else is heard when it is asked: what was answered stays."""
    from auditkit.core.errors import InputError
    from auditkit.lifecycle.prompting import prompt
    from auditkit.runs import Run
    from tests.lifecycle.leaning import given, model, plan, speak

    def strict(prompts: list[object], seeds: list[int]) -> list[object]:
        if any("fair" in str(one) for one in prompts):
            raise InputError("That is too long.")
        return speak(prompts, seeds)  # type: ignore[arg-type]  # the prompts of leaning

    with pytest.raises(InputError, match="too long"):
        prompt(plan(2), given("fair"), tmp_path / "out", target=model(strict))
    assert len(Run(tmp_path / "out" / "control" / "run")) == 16
