"""What discover tells of candidates, and of nothing; hostile names and cards stay text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.formats.candidates import comparison_text, found_text
from auditkit.lifecycle.discovering import Wanted, bytes_of, search
from auditkit.lifecycle.discovering.discover import something
from auditkit.lifecycle.discovering.telling import painted
from tests.lifecycle.candidates import model

HOSTILE = "\x1b[2J<script>alert(1)</script>|`::error::x`\u202e"


def test_a_size_is_read_or_refused() -> None:
    assert [bytes_of(text) for text in ("2kB", "2KiB", "1,000", "0.5 MB")] == [2_000, 2_048, 1_000, 500_000]
    for text in ("", "big", "1 parsec", "-5MB", "1e3"):
        with pytest.raises(InputError, match="A size is a number and a unit"):
            bytes_of(text)


def test_hostile_names_and_cards_stay_text(tmp_path: Path) -> None:
    front = json.dumps({"license": HOSTILE, "pipeline_tag": HOSTILE, "library_name": HOSTILE})
    model(tmp_path / "m", card=f"---\n{front}\n---\n## Limitations\n{HOSTILE}\n## Uses\n{HOSTILE}\n")
    told = search(tmp_path).to_dict()
    text = found_text(told)
    for printed in (text, painted("found.md", told)):
        assert not set(printed) & {"\x1b", "\u202e"}
        assert "::error" not in printed
    assert "<script>" not in painted("found.md", told)
    one = {**told["candidates"][0], "rank": 1, "outcome": "PASS", "answers": 3, "speed": HOSTILE, "findings": []}
    one |= {"folder": HOSTILE, "stands_when_chosen": False}
    claim = {
        "first": HOSTILE,
        "second": "b",
        "title": HOSTILE,
        "scale": "ratio",
        "less": "b",
        "p": 0.5,
        "adjusted": 0.5,
    }
    claim |= {"stands": True, "paired": False, "value": 0.1, "interval": [None, 0.2]}
    aside = [{"called": HOSTILE, "because": HOSTILE, "task": None}]
    whole = {"candidates": [one, one], "claims": [claim], "failed": aside, "aside": aside, "notes": [HOSTILE]}
    whole |= {"source": HOSTILE, "wanted": HOSTILE, "others": {"task": {HOSTILE: 1}}, "unseen": 0}
    page = painted("comparison.html", whole, figures=[], linked=True)
    for printed in (comparison_text(whole), painted("comparison.md", whole), page):
        assert not set(printed) & {"\x1b", "\u202e"}
        assert "<script>" not in printed or printed is not page
    assert "<script>" not in page
    assert "::error" not in comparison_text(whole)


def test_nothing_is_told_with_what_there_was(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'Did you mean "translation"\?') as told:
        something(search("lab", Wanted(task="translations")), "translations")
    assert "translation 6" in str(told.value)
    with pytest.raises(InputError, match="There was no model at all"):
        something(search(tmp_path))
    with pytest.raises(InputError, match='Did you mean "lab"'):
        search("labb")


def test_the_command_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "lab", "--task", "translation", "--at-most", "200kB", "--license", "mit"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("4 candidates in lab: task translation, licence mit, at most 200,000 bytes\n")
    assert "2 larger" in said
    assert main(["discover", "lab", "--task", "fill-mask", "--format", "json"]) == 0
    assert [one["variant"] for one in json.loads(capsys.readouterr().out)["candidates"]] == [None, "dose90", "mixed"]
    for args, word in (
        (["nowhere"], "There is no folder nowhere"),
        (["lab", "--out", "x"], "Give --plan"),
        (["lab", "--at-most", "large"], "A size is a number"),
        (["lab", "--format", "junit"], "A list has no verdicts, and junit tells of these alone"),
        (["lab", "--license", "gpl-3.0"], "another licence: mit"),
    ):
        assert main(["discover", *args]) == 2
        assert word in capsys.readouterr().err
