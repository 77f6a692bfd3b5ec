"""A judgement's file was written by anybody: is each part of the kind that it should be, or is the file refused?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.wire import loaded

GOLDEN = Path(__file__).parents[1] / "golden" / "judgement-1.json"
KEY = ["c", "gap", "a", "b", "sex"]
ACCEPTED = {"rule": "within", "key": KEY, "reason": "a quota", "owner": "Ada", "expires": "2027-01-31"}
OF_A_VERDICT: list[tuple[str, Any]] = [
    ("sentence", None),
    ("sentence", 5),
    ("rule", [5]),
    ("outcome", ["PASS"]),
    ("key", [1, 2, 3, 4, 5]),
    ("key", [[1], "a", "b", "c", "d"]),
    ("key", KEY[:4]),
    ("key", "abcde"),
    ("p", "x"),
    ("p", 10**400),
    ("p", True),
    ("p", float("nan")),
    ("needed", "many"),
    ("needed", -1),
    ("needed", 1.5),
    ("margin", ["a", "b"]),
    ("margin", [0.1]),
    ("pass_interval", ["a", "b", "c"]),
    ("pass_interval", [0.1, 0.2, None]),
    ("fail_interval", [0.1, float("inf"), 0.9]),
    ("fail_level", "x"),
    ("changes", "a margin"),
    ("changes", [5]),
    ("accepted", None),
    ("accepted", {**ACCEPTED, "owner": 5}),
    ("accepted", {**ACCEPTED, "key": [1, 2, 3, 4, 5]}),
    ("accepted", {**ACCEPTED, "expires": 2027}),
]
OF_A_JUDGEMENT: list[tuple[str, Any]] = [
    ("policy", "gate.toml"),
    ("policy", None),
    ("policy", []),
    ("policy_hash", 5),
    ("report_hash", None),
    ("baseline_hash", ["x"]),
    ("policy_from", 5),
    ("warn", "no"),
    ("exit_code", True),
    ("outcome", 1),
    ("verdicts", None),
    ("verdicts", {"a": 1}),
    ("verdicts", [5]),
    ("unjudged", [[1, 2, 3, 4, 5]]),
    ("unjudged", 5),
    ("experimental", "disparity"),
    ("experimental", [None]),
    ("notices", [5]),
    ("notices", [["policy", None]]),
    ("notices", [["policy"]]),
    ("notices", ["ab"]),
]


def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("name", "forged"), OF_A_VERDICT)
def test_a_forged_verdict_is_refused(name: str, forged: Any) -> None:
    data = golden()
    Judgement.from_json(json.dumps(data))
    data["verdicts"][0][name] = forged
    with pytest.raises(InputError, match=r"This is not a judgement: ValueError: .*(should (be|have)|finite)"):
        Judgement.from_json(json.dumps(data))


@pytest.mark.parametrize(("name", "forged"), OF_A_JUDGEMENT)
def test_a_forged_judgement_is_refused(name: str, forged: Any) -> None:
    with pytest.raises(InputError, match=r"This is not a judgement: ValueError: .*should (be|have)"):
        Judgement.from_json(json.dumps({**golden(), name: forged}))


@pytest.mark.parametrize("text", ["[]", "5", "null", "{}", '"x"', "{", "[" * 100_000])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="This is not a judgement"):
        Judgement.from_json(text)


def test_half_a_surrogate_is_no_character() -> None:
    told = loaded(r'{"a\ud800": ["\udfff", {"b": "x\uD83D\uDE00"}], "n": [1, 2.5, null, true]}')
    assert told == {"a?": ["?", {"b": "x😀"}], "n": [1, 2.5, None, True]}
    assert loaded(r'["\\ud800"]') == [r"\ud800"]
    with pytest.raises(ValueError, match="differ only in half a surrogate"):
        loaded(r'{"\ud800": 1, "\ud801": 2}')
