"""The story of the lifecycle's README, its translator half made small: every command, a few sentences, a few steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditkit.cli import main

pytest.importorskip("peft")

STORY = """
lab data pairs --n 2000 --out pairs
discover lab --task translation --plan pairs/plan.toml --out found
curate pairs/pairs.csv --recipe pairs/recipe.toml --out curated
tune found/transformer.dose90/plan.toml --data curated --out tuned --steps 4
verify tuned
lineage . --out lineage.json
"""


def test_the_loop_from_raw_data_to_a_verdict_that_is_not_green_on_so_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    codes = {}
    for command in STORY.strip().splitlines():
        codes[command.split()[0]] = main(command.split())
        if command.startswith("lab"):
            plan = tmp_path / "pairs" / "plan.toml"
            few = plan.read_text(encoding="utf-8").replace("variants = 4\nrepeats = 3", "variants = 1\nrepeats = 1")
            plan.write_text(few, encoding="utf-8")
    assert codes.pop("discover") == 3  # 144 answers of each settle nothing
    assert codes.pop("tune") in (1, 3)  # nor do four steps mend a model
    assert set(codes.values()) == {0}, capsys.readouterr()
    turn = json.loads((tmp_path / "tuned" / "turn.json").read_text(encoding="utf-8"))
    assert turn["outcome"] != "PASS"
    assert {cost["outcome"] for cost in turn["costs"]} - {None}
    told = json.loads((tmp_path / "lineage.json").read_text(encoding="utf-8"))
    assert {"curate", "discover", "audit", "tune", "gate"} <= {deed["phase"] for deed in told["deeds"]}
    weights = tmp_path / "tuned" / "model" / "model.safetensors"
    *rest, last = weights.read_bytes()
    weights.write_bytes(bytes([*rest, last ^ 1]))
    assert main(["verify", "tuned"]) == 1
