"""The commands of the ratchet: create refuses what nobody answers for, update keeps what holds, diff tells changes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from auditkit import audit, gate, load
from auditkit.baselining import FILE, read_baseline
from auditkit.cli import main
from auditkit.commands.baseline import DEFAULT
from auditkit.comparing.pairing import KEYS
from auditkit.core.judgement import Outcome
from auditkit.detectors.disparity import SelectionRate
from auditkit.rules import NoWorse, Policy

SOON = (date.today() + timedelta(90)).isoformat()
WHO = ("--reason", "a quota", "--owner", "Ada", "--expires", SOON)


def table(men: float, n: int = 3_000, seed: int = 1, level: str = "m") -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    sex = draw.choice(["f", level], n)
    return pd.DataFrame({"sex": sex, "hired": np.where(draw.random(n) < np.where(sex == "f", 0.3, men), "yes", "no")})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, data in (("r", table(0.5)), ("again", table(0.5, seed=2)), ("worse", table(0.7)), ("fair", table(0.3))):
        audit(data, [SelectionRate("yes")], subject="hiring", group="sex", outcome="hired").save(
            tmp_path / f"{name}.json"
        )
    hostile = table(0.5, level="\x1b]0;x\x07::error::`@me`")
    audit(hostile, [SelectionRate("yes")], group="sex", outcome="hired").save(tmp_path / "hostile.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    capsys.readouterr()
    return main(list(args)), *capsys.readouterr()


def test_the_file_has_one_name() -> None:
    assert Path(FILE) == DEFAULT


def test_create_writes_what_gate_compares_with(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "baseline", "create", "r.json")
    assert code == 0
    made = read_baseline(here / FILE)
    assert (made.accepted, made.report.cells) == ((), None)
    for verdict in gate(here / "r.json").verdicts:
        assert (verdict.fingerprint in out) == (verdict.outcome is not Outcome.PASS)
    assert main(["gate", "r.json", "--baseline", FILE]) == 1
    assert main(["gate", "fair.json", "--baseline", FILE]) in (0, 3)


def test_create_does_not_overwrite(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create", "r.json"])
    kept = (here / FILE).read_bytes()
    code, out, err = said(capsys, "baseline", "create", "worse.json")
    assert (code, out) == (2, "")
    assert "auditkit baseline update worse.json" in err
    assert (here / FILE).read_bytes() == kept


@pytest.mark.parametrize("what", ["failing", "disparity.selection_rate", "fingerprint"])
def test_what_is_accepted_is_printed_and_turns_nothing(
    what: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if what == "fingerprint":
        main(["baseline", "create", "r.json"])
        _, out, _ = said(capsys, "baseline", "diff", "r.json", "--format", "json")
        prints = [one["fingerprint"] for one in json.loads(out)["verdicts"] if one["outcome"] == "FAIL"]
        names = [word for one in prints for word in ("--accept", one)]
        code, out, _ = said(capsys, "baseline", "update", "r.json", *names, *WHO)
    else:
        code, out, _ = said(capsys, "baseline", "create", "r.json", "--accept", what, *WHO)
    assert code == 0
    assert f"Accepted by Ada until {SOON}: a quota" in out
    assert main(["gate", "r.json", "--baseline", FILE]) == 0
    assert main(["gate", "again.json", "--baseline", FILE]) == 0
    assert main(["gate", "worse.json", "--baseline", FILE]) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--accept", "failing"), "needs a reason"),
        (("--accept", "failing", *WHO[:2]), "needs a reason"),
        (("--accept", "failing", *WHO[:4]), "needs a reason"),
        (("--accept", "failing", *WHO[:4], "--expires", "soon"), "a day such as 2027-01-31"),
        (("--accept", "failing", *WHO[:4], "--expires", "2020-01-01"), "has expired already"),
        (("--accept", "failng", *WHO), 'Did you mean "failing"'),
        (WHO, "nothing to accept"),
        (("--policy", "absent.toml"), "cannot be read"),
        (("--out", "absent/../r.json"), "is there already"),
    ],
)
@pytest.mark.parametrize("command", ["create", "update"])
def test_what_is_refused_gets_a_sentence_and_nothing_is_written(
    command: str, args: Sequence[str], words: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if command == "update":
        if "--out" in args:
            return
        main(["baseline", "create", "r.json"])
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    code, out, err = said(capsys, "baseline", command, "r.json", *args)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert {file.name: file.read_bytes() for file in here.iterdir()} == before


@pytest.mark.parametrize("command", ["update", "diff"])
@pytest.mark.parametrize("name", ["absent.json", ".", "r.json"])
def test_no_baseline_gets_a_sentence(command: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "baseline", command, "r.json", "--baseline", name)
    if (command, name) == ("diff", "r.json"):  # a plain report will do to compare with
        assert (code, err) == (0, "")
        return
    assert (code, out) == (2, "")
    assert "baseline" in err


def test_update_keeps_what_holds_and_says_what_it_drops(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create", "r.json", "--accept", "failing", *WHO])
    code, out, _ = said(capsys, "baseline", "update", "again.json")
    assert code == 0
    assert "Accepted by Ada" in out
    assert main(["gate", "again.json", "--baseline", FILE]) == 0
    code, out, _ = said(capsys, "baseline", "update", "worse.json")
    assert "outgrown" in out
    assert read_baseline(here / FILE).accepted == ()
    assert main(["gate", "worse.json", "--baseline", FILE]) == 1


def test_update_and_diff_judge_by_the_baselines_own_policy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lax.toml").write_text('[[rules]]\nrule = "within"\nmargin = 0.5\n')
    main(["baseline", "create", "r.json", "--policy", "lax.toml"])
    lax = read_baseline(here / FILE).policy
    assert "policy:" not in said(capsys, "baseline", "diff", "again.json")[1]
    assert "margin was 0.5 and is 0.4" not in said(capsys, "baseline", "diff", "again.json")[1]
    (here / "lax.toml").write_text('[[rules]]\nrule = "within"\nmargin = 0.4\n')
    assert "margin was 0.5 and is 0.4" in said(capsys, "baseline", "diff", "again.json", "--policy", "lax.toml")[1]
    main(["baseline", "update", "again.json"])
    assert read_baseline(here / FILE).policy == lax


def test_diff_says_worse_better_and_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create", "r.json"])
    code, out, err = said(capsys, "baseline", "diff", "worse.json")
    assert (code, err) == (0, "")
    assert "Worse beyond the noise of both reports" in out
    assert "further from no bias, 90 % [" in out
    assert "2 of 2 as independent reports: " in out
    nearer = said(capsys, "baseline", "diff", "fair.json")[1]
    assert "Better beyond" in nearer
    for by, low, high in re.findall(r"; ([\d.]+).* nearer to no bias, 90 % \[\+([\d.]+), \+([\d.]+)\]", nearer):
        assert float(low) < float(by) < float(high)
    assert nearer.count("nearer to no bias, 90 % [+") == 2
    assert "further" not in nearer
    _, out, _ = said(capsys, "baseline", "diff", "again.json")
    assert "Worse" not in out
    assert "2 of 2 findings" in out
    _, out, _ = said(capsys, "baseline", "diff", "hostile.json")
    assert "Vanished" in out


def test_diff_says_whether_units_were_compared(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = table(0.5).assign(person=[f"person {k}" for k in range(3_000)])
    flipped = data.assign(
        hired=np.where(np.arange(3_000) % 20 == 0, np.where(data.hired == "yes", "no", "yes"), data.hired)
    )
    for name, rows, key in (("one", data, ""), ("two", flipped, ""), ("keyed", flipped, "a key")):
        monkeypatch.setenv("AUDITKIT_UNIT_KEY", key)
        roles = {"group": "sex", "outcome": "hired", "unit": "person"}
        audit(rows, [SelectionRate("yes")], subject="hiring", keep_units=True, **roles).save(here / f"{name}.json")
    main(["baseline", "create", "one.json", "--keep-units"])
    assert "2 of 2 unit by unit (" in said(capsys, "baseline", "diff", "two.json")[1]
    assert f"2 of 2 as independent reports: {KEYS}" in said(capsys, "baseline", "diff", "keyed.json")[1]
    told = json.loads(said(capsys, "baseline", "diff", "keyed.json", "--format", "json")[1])
    assert {(move["paired"], move["because"]) for move in told["moves"]} == {(False, KEYS)}


def test_create_says_that_another_policy_judged_and_takes_the_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = load(here / "r.json")
    report.save(here / "out" / "report.json")
    for rules, warned in ((Policy(), False), (Policy((NoWorse(0.03),)), True)):
        (here / "out" / "judgement.json").write_text(gate(report, rules, baseline=report).to_json())
        (here / FILE).unlink(missing_ok=True)
        code, _, err = said(capsys, "baseline", "create", "out")
        assert (code, "the default policy, not that of" in err) == (0, warned)
    (here / "empty").mkdir()
    code, _, err = said(capsys, "gate", "empty")
    assert (code, "holds no report.json" in err) == (2, True)


def test_a_gate_shows_the_change_that_it_judged_beside_the_estimate(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "nw.toml").write_text('[[rules]]\nrule = "no_worse"\nmargin = 0.2\n')
    assert "grew by" not in said(capsys, "gate", "again.json")[1]
    out = said(capsys, "gate", "fair.json", "--policy", "nw.toml", "--baseline", "r.json")[1]
    assert "distance from no bias grew by" in " ".join(out.split())


def test_diff_as_json_holds_every_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create", "r.json"])
    _, out, _ = said(capsys, "baseline", "diff", "worse.json", "--format", "json")
    told = json.loads(out)
    assert {move["way"] for move in told["moves"]} == {"worse"}
    for move in told["moves"]:
        assert move["interval"][0] <= move["change"] <= move["interval"][1]
    told = json.loads(said(capsys, "baseline", "diff", "hostile.json", "--format", "json")[1])
    assert len(told["new"]) == len(told["vanished"]) == 2


@pytest.mark.parametrize("format", ["table", "md", "json"])
def test_names_from_data_reach_no_terminal(format: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["baseline", "create", "r.json"])
    printed = [said(capsys, "baseline", "diff", "hostile.json", "--format", format)[1]]
    printed.append(
        said(
            capsys,
            "baseline",
            "create",
            "hostile.json",
            "--out",
            "h.json",
            "--accept",
            "failing",
            *WHO[:2],
            "--owner",
            "\x1b[31m::warning::",
            *WHO[4:],
        )[1]
    )
    printed.append(said(capsys, "baseline", "update", "r.json", "--baseline", "h.json")[1])
    for out in printed:
        assert out
        assert "\x1b" not in out
        assert "\x07" not in out
        assert format == "json" or "::" not in out
    assert format != "md" or "@me" not in printed[0]


def test_units_are_kept_through_audit_plan_baseline_and_diff(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = table(0.5, 600).assign(person=[f"person {k}" for k in range(600)])
    for name, flipped in (("v1", 0), ("v2", 20)):
        changed = np.where(np.arange(600) < flipped, "yes", data["hired"])
        data.assign(hired=changed).to_csv(here / f"{name}.csv", index=False)
        asked = ("--group", "sex", "--outcome", "hired", "--favourable", "yes", "--unit", "person", "--keep-units")
        _, out, _ = said(capsys, "audit", f"{name}.csv", *asked, "--out", name)
        assert "keep_units = true" in out
    assert said(capsys, "run", "v2/plan.toml", "--out", "again")[0] in (0, 1, 3)
    assert load(here / "again" / "report.json").units == load(here / "v2" / "report.json").units
    assert "person 7" not in (here / "v1" / "report.json").read_text()
    said(capsys, "baseline", "create", "v1/report.json", "--out", "kept.json", "--keep-units")
    said(capsys, "baseline", "create", "v1/report.json", "--out", "bare.json")
    width = []
    for name in ("kept", "bare"):
        moved = json.loads(
            said(capsys, "baseline", "diff", "v2/report.json", "--baseline", f"{name}.json", "--format", "json")[1]
        )
        low, high, _ = next(move["interval"] for move in moved["moves"] if "difference" in move["key"][1])
        width.append(high - low)
    assert width[0] < 0.5 * width[1]
    assert said(capsys, "baseline", "create", "r.json", "--out", "none.json", "--keep-units")[0] == 2
    (here / "gate.toml").write_text('[[rules]]\nrule = "no_worse"\nmargin = 0.1\n')
    _, out, _ = said(capsys, "gate", "v2/report.json", "--baseline", "bare.json", "--policy", "gate.toml")
    assert "audit both with keep_units=True" in " ".join(out.split())
