"""Bad input gets a sentence and exit code 2, data that cannot decide exit code 3, and nobody ever sees a traceback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main

SOUND = "sex,race,hired,predicted,w,one\n" + "".join(
    f"{sex},{race},{hired},{predicted},{1 + i % 3},1\n"
    for i in range(40)
    for sex in ("f", "m")
    for race in ("x", "y")
    for hired, predicted in [("yes" if (i + (sex == "m")) % 3 else "no", "yes" if i % 2 else "no")]
)
PLAN = '[data]\npath = "sound.csv"\n[roles]\ngroup = "sex"\noutcome = "hired"\n'
SELECTION = '[[detectors]]\ncode = "disparity.selection_rate"\nfavourable = "yes"\n'
COMPOSITION = '[[detectors]]\ncode = "selection.composition"\n'
BY_SEX = ("--group", "sex", "--outcome", "hired", "--favourable", "yes")
ERRORS = (*BY_SEX, "--prediction", "predicted")


def table(rows: Sequence[str], header: str = "sex,hired") -> str:
    return "\n".join([header, *rows]) + "\n"


FILES: dict[str, str | bytes] = {
    "sound.csv": SOUND,
    "empty.csv": "",
    "header.csv": "sex,hired\n",
    "binary.csv": bytes(range(256)) * 40,
    "fake.parquet": "this is not parquet",
    "report.xlsx": "PK",
    "oversized.csv": table([f"{'f' * 5_000},yes", "m,no"]),
    "twice.csv": table(["f,f,yes", "m,m,no"], "sex,sex,hired"),
    "infinite.csv": table(["f,yes,inf", "m,no,1", "m,yes,1"], "sex,hired,w"),
    "negative.csv": table(["f,yes,-1", "m,no,1", "m,yes,1"], "sex,hired,w"),
    "weightless.csv": table(["f,yes,0", "m,no,0"], "sex,hired,w"),
    "unweighted.csv": table(["f,yes,", "m,no,1"], "sex,hired,w"),
    "worded.csv": table(["f,yes,heavy", "m,no,light"], "sex,hired,w"),
    "no_unit.csv": table(["f,yes,1", "m,no,", "m,no,1"], "sex,hired,person"),
    "one_group.csv": table(["f,yes", "f,no"] * 40),
    "group_of_one.csv": table(["f,yes", "f,no"] * 40 + ["m,yes"]),
    "no_outcome.csv": table(["f,", "m,"] * 40),
    "constant.csv": table(["f,yes", "m,yes"] * 40),
    "same_prediction.csv": table(["f,yes,no", "m,yes,no", "f,no,no", "m,no,no"] * 40, "sex,hired,predicted"),
    "no_groups.csv": table([",yes", ",no"] * 40),
    "few_people.csv": table([f"{g},{o},{g}" for g in "fm" for o in ("yes", "no")] * 40, "sex,hired,person"),
    "not_toml.toml": "[data\npath = ",
    "binary.toml": b"\xff\xfe\x00",
    "no_data.toml": '[roles]\ngroup = "sex"\n',
    "no_roles.toml": '[data]\npath = "sound.csv"\n',
    "no_path.toml": '[data]\nsubject = "x"\n[roles]\ngroup = "sex"\n',
    "unknown_key.toml": "crosed = true\n" + PLAN,
    "unknown_data_key.toml": PLAN.replace("path", "pth"),
    "unknown_role.toml": PLAN + 'outcom = "hired"\n',
    "twice_role.toml": PLAN + 'y_true = "hired"\n',
    "number_role.toml": PLAN + "unit = 3\n",
    "two_outcomes.toml": PLAN.replace('outcome = "hired"', 'outcome = ["hired", "predicted"]'),
    "unknown_detector.toml": PLAN + SELECTION.replace("rate", "rat"),
    "no_code.toml": PLAN + '[[detectors]]\nfavourable = "yes"\n',
    "unknown_field.toml": PLAN + SELECTION.replace("favourable", "favorable"),
    "wrong_type.toml": PLAN + SELECTION + 'within = "perhaps"\n',
    "needs_role.toml": PLAN + '[[detectors]]\ncode = "disparity.error_rates"\n',
    "absent_data.toml": PLAN.replace("sound.csv", "absent.csv"),
    "bad_reference.toml": PLAN
    + COMPOSITION
    + 'reference = { value = { f = 0.5, m = 0.6 }, why = "the town", source = "its census" }\n',
    "no_source.toml": PLAN
    + COMPOSITION
    + 'reference = { value = { f = 0.5, m = 0.5 }, why = "the town", source = "" }\n',
    "plan_policy.toml": PLAN + '[policy]\nmultiplicty = "holm"\n',
    "policy_key.toml": 'multiplicty = "holm"\n',
    "policy_value.toml": 'multiplicity = "sometimes"\n',
    "policy_rule.toml": '[[rules]]\nrule = "witin"\n',
    "policy_rule_key.toml": '[[rules]]\nrule = "within"\nmargn = 0.05\n',
    "policy_margin.toml": '[[rules]]\nrule = "within"\nmargin = -0.05\n',
    "policy_words.toml": '[[rules]]\nrule = "within"\nmargin = "small"\n',
    "policy_ratio.toml": '[[rules]]\nrule = "ratio"\nat_least = 1.2\n',
    "policy_no_rules.toml": "rules = []\n",
    "policy_baseline.toml": '[[rules]]\nrule = "no_worse"\n',
    "pyproject.toml": '[project]\nname = "x"\n',
    "matches_nothing.toml": '[[rules]]\nrule = "within"\nmargin = 0.05\ncode = "selection.*"\n',
    "asks_for_more.toml": '[[rules]]\nrule = "assessed"\ncodes = ["selection.*"]\n',
    "tight.toml": '[[rules]]\nrule = "within"\nmargin = 0.0001\n',
    "no_json.json": "not json",
    "a_list.json": "[1, 2]",
    "nothing.json": "{}",
    "deep.json": "[" * 100_000,
}

BAD: dict[str, tuple[int, tuple[str, ...]]] = {
    "no such file": (2, ("audit", "absent.csv", *BY_SEX)),
    "empty file": (2, ("audit", "empty.csv", *BY_SEX)),
    "only a header": (2, ("audit", "header.csv", *BY_SEX)),
    "a directory": (2, ("audit", ".", *BY_SEX)),
    "binary file named .csv": (2, ("audit", "binary.csv", *BY_SEX)),
    "text file named .parquet": (2, ("audit", "fake.parquet", *BY_SEX)),
    "a kind that is not read": (2, ("audit", "report.xlsx", *BY_SEX)),
    "no name at all": (2, ("audit", "", *BY_SEX)),
    "unknown group column": (2, ("audit", "sound.csv", "--group", "gender", *BY_SEX[2:])),
    "unknown outcome column": (2, ("audit", "sound.csv", "--group", "sex", "--outcome", "hird")),
    "unknown weight column": (2, ("audit", "sound.csv", *BY_SEX, "--weight", "weight")),
    "the same group twice": (2, ("audit", "sound.csv", "--group", "sex", *BY_SEX)),
    "two columns of one name": (2, ("audit", "twice.csv", *BY_SEX)),
    "oversized cell": (2, ("audit", "oversized.csv", *BY_SEX)),
    "infinite weights": (2, ("audit", "infinite.csv", *BY_SEX, "--weight", "w")),
    "negative weights": (2, ("audit", "negative.csv", *BY_SEX, "--weight", "w")),
    "no weight above 0": (2, ("audit", "weightless.csv", *BY_SEX, "--weight", "w")),
    "a missing weight": (2, ("audit", "unweighted.csv", *BY_SEX, "--weight", "w")),
    "weights in words": (2, ("audit", "worded.csv", *BY_SEX, "--weight", "w")),
    "a row without its unit": (2, ("audit", "no_unit.csv", *BY_SEX, "--unit", "person")),
    "wrong favourable": (2, ("audit", "sound.csv", *BY_SEX[:4], "--favourable", "hired")),
    "wrong positive": (2, ("audit", "sound.csv", *ERRORS, "--positive", "oui")),
    "wrong versus": (2, ("audit", "sound.csv", *BY_SEX, "--versus", "man")),
    "positive without prediction": (2, ("audit", "sound.csv", *BY_SEX, "--positive", "yes")),
    "nothing to compare": (2, ("audit", "sound.csv", "--group", "sex")),
    "within what": (2, ("audit", "sound.csv", *BY_SEX, "--within")),
    "no group": (2, ("audit", "sound.csv", "--outcome", "hired")),
    "unknown option": (2, ("audit", "sound.csv", *BY_SEX, "--favorable", "yes")),
    "unknown command": (2, ("adit", "sound.csv")),
    "unknown format": (2, ("audit", "sound.csv", *BY_SEX, "--format", "xml")),
    "out is a file": (2, ("audit", "sound.csv", *BY_SEX, "--out", "sound.csv")),
    "no such policy": (2, ("audit", "sound.csv", *BY_SEX, "--policy", "absent.toml")),
    "policy is not TOML": (2, ("audit", "sound.csv", *BY_SEX, "--policy", "not_toml.toml")),
    "policy with an unknown key": (2, ("audit", "sound.csv", *BY_SEX, "--policy", "policy_key.toml")),
    "policy with an unknown value": (2, ("gate", "sound.json", "--policy", "policy_value.toml")),
    "unknown rule": (2, ("gate", "sound.json", "--policy", "policy_rule.toml")),
    "unknown key of a rule": (2, ("gate", "sound.json", "--policy", "policy_rule_key.toml")),
    "negative margin": (2, ("gate", "sound.json", "--policy", "policy_margin.toml")),
    "margin in words": (2, ("gate", "sound.json", "--policy", "policy_words.toml")),
    "ratio above 1": (2, ("gate", "sound.json", "--policy", "policy_ratio.toml")),
    "no rules": (2, ("gate", "sound.json", "--policy", "policy_no_rules.toml")),
    "no_worse without a baseline": (2, ("gate", "sound.json", "--policy", "policy_baseline.toml")),
    "pyproject without a gate": (2, ("gate", "sound.json", "--policy", "pyproject.toml")),
    "no such baseline": (2, ("gate", "sound.json", "--baseline", "absent.json")),
    "no such report": (2, ("gate", "absent.json")),
    "report is a directory": (2, ("gate", ".")),
    "report is not JSON": (2, ("gate", "no_json.json")),
    "report is a table": (2, ("gate", "sound.csv")),
    "report is binary": (2, ("gate", "binary.csv")),
    "report is a list": (2, ("gate", "a_list.json")),
    "report is an empty object": (2, ("gate", "nothing.json")),
    "report nested too deep": (2, ("gate", "deep.json")),
    "report of a newer schema": (2, ("gate", "newer.json")),
    "damaged report": (2, ("gate", "damaged.json")),
    "report with a short curve": (2, ("show", "short.json")),
    "judgement for a report": (2, ("gate", "judged/judgement.json")),
    "show an unknown format": (2, ("show", "sound.json", "--as", "pge")),
    "plan does not exist": (2, ("run", "absent.toml")),
    "plan is not TOML": (2, ("run", "not_toml.toml")),
    "plan is binary": (2, ("run", "binary.toml")),
    "plan without data": (2, ("run", "no_data.toml")),
    "plan without roles": (2, ("run", "no_roles.toml")),
    "plan without a path": (2, ("run", "no_path.toml")),
    "plan with an unknown key": (2, ("run", "unknown_key.toml")),
    "plan with an unknown key of data": (2, ("run", "unknown_data_key.toml")),
    "plan with an unknown role": (2, ("run", "unknown_role.toml")),
    "plan with a role and its alias": (2, ("run", "twice_role.toml")),
    "plan with a number for a column": (2, ("run", "number_role.toml")),
    "plan with two outcomes": (2, ("run", "two_outcomes.toml")),
    "plan with an unknown detector": (2, ("run", "unknown_detector.toml")),
    "plan with a detector without code": (2, ("run", "no_code.toml")),
    "plan with an unknown key of a detector": (2, ("run", "unknown_field.toml")),
    "plan with a field of the wrong type": (2, ("run", "wrong_type.toml")),
    "plan with an unfilled role": (2, ("run", "needs_role.toml")),
    "plan with absent data": (2, ("run", "absent_data.toml")),
    "plan with shares that do not sum to 1": (2, ("run", "bad_reference.toml")),
    "plan with a reference without source": (2, ("run", "no_source.toml")),
    "plan with a malformed policy": (2, ("run", "plan_policy.toml")),
    "explain an unknown code": (2, ("explain", "disparity.selection_rat")),
    "list what cannot be listed": (2, ("list", "detectorz")),
    "list for an unknown subject": (2, ("list", "detectors", "--for", "tabel")),
    "list rules for a subject": (2, ("list", "rules", "--for", "table")),
}
UNDECIDABLE: dict[str, tuple[int, tuple[str, ...]]] = {
    "one group": (3, ("audit", "one_group.csv", *BY_SEX)),
    "a group of one": (3, ("audit", "group_of_one.csv", *BY_SEX)),
    "every outcome missing": (3, ("audit", "no_outcome.csv", *BY_SEX)),
    "every group missing": (3, ("audit", "no_groups.csv", *BY_SEX)),
    "every outcome the same": (3, ("audit", "constant.csv", *BY_SEX)),
    "every prediction the same": (3, ("audit", "same_prediction.csv", *ERRORS)),
    "two people in all": (3, ("audit", "few_people.csv", *BY_SEX, "--unit", "person")),
    "policy matches no finding": (3, ("gate", "sound.json", "--policy", "matches_nothing.toml")),
    "policy asks for what was not looked at": (3, ("gate", "sound.json", "--policy", "asks_for_more.toml")),
    "margin too tight for the rows": (3, ("gate", "sound.json", "--policy", "tight.toml")),
}
CASES = BAD | UNDECIDABLE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    for name, content in FILES.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    assert main(["audit", str(folder / "sound.csv"), *BY_SEX, "--out", str(folder / "judged")]) in (0, 1, 3)
    report: dict[str, Any] = json.loads((folder / "judged" / "report.json").read_text())
    (folder / "sound.json").write_text(json.dumps(report))
    (folder / "newer.json").write_text(json.dumps(report | {"schema": 99}))
    (folder / "damaged.json").write_text(json.dumps(report | {"recipe": {"subject": "x"}}))
    report["findings"][0]["estimate"]["lower"].pop()
    (folder / "short.json").write_text(json.dumps(report))
    return folder


@pytest.mark.parametrize(("code", "args"), CASES.values(), ids=CASES.keys())
def test_a_sentence_and_an_exit_code(
    code: int,
    args: tuple[str, ...],
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place)
    assert main(list(args)) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "Internal error" not in err
    said = err if code == 2 else out
    assert len(said.split()) > 4, said
    assert said.count("\n") == 1 or code == 3, said


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40
    assert {code for code, _ in CASES.values()} == {2, 3}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("unknown column", '"sex"'),
        ("unknown key of a rule", '"margin"'),
        ("unknown rule", '"within"'),
        ("policy with an unknown key", '"multiplicity"'),
        ("plan with an unknown key", '"crossed"'),
        ("plan with an unknown key of data", '"path"'),
        ("plan with an unknown role", '"outcome"'),
        ("plan with an unknown detector", '"disparity.selection_rate"'),
        ("plan with an unknown key of a detector", '"favourable"'),
        ("explain an unknown code", '"disparity.selection_rate"'),
        ("list for an unknown subject", '"table"'),
        ("show an unknown format", '"page"'),
        ("unknown command", "audit"),
    ],
)
def test_the_nearest_valid_name_is_said(
    name: str, nearest: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    args = ("audit", "sound.csv", "--group", "sx", *BY_SEX[2:]) if name == "unknown column" else CASES[name][1]
    main(list(args))
    err = capsys.readouterr().err
    assert "Did you mean" in err
    assert nearest in err.split("Did you mean")[1].split("?")[0]


def test_the_nearest_option_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "sound.csv", "--favorable", "yes"]) == 2
    assert "--favourable" in capsys.readouterr().err
