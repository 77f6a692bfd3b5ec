"""A sentence asks for an argument as its reader writes it: Python a keyword, a command its option, a plan a key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import auditkit
from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.detectors import disparity
from auditkit.sealing import text_of

ROWS = "sex,hired,stars,dept,person\n" + "".join(
    f"{'fm'[k % 2]},{'yes' if k % 3 else 'no'},{k % 5},{'ab'[k % 2]},p{k}\n" for k in range(60)
)
PLAN = '[data]\npath = "t.csv"\n[roles]\ngroup = "sex"\n'
SEX, HIRED = ("--group", "sex"), ("--outcome", "hired", "--favourable", "yes")
PYTHON = ("=True", "=None", '="', "=(", "()", "codec", "Value error", "Input should", "Errno", "NoneType", "KeyError")
"""What no command says, for nobody types it there."""

COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "which level": (("audit", "t.csv", *SEX, "--outcome", "stars"), "Say which with --favourable VALUE."),
    "which of two levels": (
        ("audit", "t.csv", *SEX, "--outcome", "dept"),
        "It has: a and b. Say which with --favourable a or --favourable b.",
    ),
    "which level is positive": (
        ("audit", "t.csv", *SEX, "--outcome", "dept", "--prediction", "dept2"),
        'no column "dept2"',
    ),
    "nothing to compare": (("audit", "t.csv", *SEX), "Pass --outcome COLUMN or --prediction COLUMN,"),
    "within what": (
        ("audit", "t.csv", *SEX, *HIRED, "--within"),
        "--within holds a context fixed, and no column was given for it. Pass --context COLUMN, or leave it out.",
    ),
    "units of what": (
        ("audit", "t.csv", *SEX, *HIRED, "--keep-units"),
        "--keep-units keeps which cell each unit is in",
    ),
    "whose unit": (("audit", "t.csv", *SEX, *HIRED, "--keep-units"), "Pass --unit COLUMN."),
    "positive alone": (("audit", "t.csv", *SEX, *HIRED, "--positive", "yes"), "pass --favourable yes."),
    "a level with a blank": (
        ("audit", "t.csv", *SEX, "--outcome", "hired", "--positive", "a b"),
        "--favourable 'a b'.",
    ),
    "a wrong format": (("audit", "t.csv", *SEX, *HIRED, "--format", "tabel"), "--format: 'tabel' is not one of"),
    "the nearest format": (("audit", "t.csv", *SEX, *HIRED, "--format", "tabel"), 'Did you mean "table"?'),
    "a small number": (("gate", "r.json", "--aa", "5"), "--aa should be at least 20, and is "),
    "no number": (
        ("gate", "r.json", "--aa", "x"),
        '--aa should be a whole number, and is "x". See: auditkit gate --help',
    ),
    "an option without its value": (("audit", "t.csv", *SEX, "--outcome"), "See: auditkit audit --help"),
    "out is a file": (
        ("audit", "t.csv", *SEX, *HIRED, "--out", "t.csv"),
        "t.csv is a file, and a folder is needed there",
    ),
    "out is a folder": (("show", "r.json", "--as", "page", "--out", "folder"), "folder: it is a folder, and a file is"),
    "no report": (("gate", "nothing.json"), "nothing.json: This is not a report"),
    "how one is written": (("gate", "nothing.json"), "auditkit audit TABLE --group COLUMN --outcome COLUMN --out DIR."),
    "an empty report": (("gate", "empty"), "empty cannot be read: it is empty"),
    "a report that is not there": (("gate", "none.json"), "No such file or directory. Check the path."),
    "a report that is misspelt": (("gate", "rr.json"), 'No such file or directory. Did you mean "r.json"?'),
    "a folder that is not there": (("show", "no/r.json"), "Nor is there a folder no. Check the path."),
    "a policy that is not there": (
        ("gate", "r.json", "--policy", "tolerated.toml"),
        "No such file or directory. Check the",
    ),
    "a plan that is not there": (("run", "plan.toml"), "Check the path. What one can hold: auditkit explain plan."),
    "nothing to verify": (("verify", "none.json"), "No such file or directory. Check the path."),
    "an id for a group": (("audit", "ids.csv", "--group", "sex", "--group", "id", *HIRED), "pass --unit id; if it is"),
    "a kind, not a name": (("explain", "worlds"), "Their names: auditkit list worlds."),
    "a binary report": (("gate", "binary"), "binary cannot be read: it is no text in UTF-8 (byte 1 is 0xff)."),
    "a binary policy": (("gate", "r.json", "--policy", "binary"), "it is no text in UTF-8"),
    "an empty policy": (("gate", "r.json", "--policy", "empty"), "The policy empty cannot be read: it is empty"),
    "an empty plan": (("run", "empty"), "The plan empty cannot be read: it is empty"),
    "a binary baseline": (
        ("gate", "r.json", "--baseline", "binary"),
        "The baseline binary cannot be read: it is no text",
    ),
    "a baseline that is none": (("gate", "r.json", "--baseline", "nothing.json"), "nothing.json: This is not a report"),
    "no_worse than what": (("gate", "r.json", "--policy", "worse.toml"), "auditkit gate REPORT.json --baseline FILE."),
    "accepted by whom": (
        ("baseline", "create", "r.json", "--accept", "failing"),
        "the day it expires: --reason TEXT, --owner NAME and --expires YYYY-MM-DD.",
    ),
    "a reason for what": (("baseline", "create", "r.json", "--reason", "x"), "Say what: --accept failing."),
    "kept units": (("baseline", "create", "r.json", "--keep-units"), "auditkit audit ... --keep-units."),
    "predicted what": (
        ("mitigate", "t.csv", *SEX, "--outcome", "dept", "--features", "stars"),
        "Say which with --positive a or --positive b.",
    ),
    "a plan: which level": (("run", "stars.toml"), 'Say which with favourable = "..." in [[detectors]].'),
    "a plan: a role": (("run", "needs.toml"), 'Pass prediction = "..." in [roles].'),
    "a plan: no detector": (("run", "none.toml"), 'Pass outcome = "..." in [roles] or prediction = "..." in [roles],'),
    "a plan: a field as a role": (("run", "field.toml"), 'for example favourable = "yes" in [[detectors]].'),
    "a plan: units": (("run", "units.toml"), "keep_units = true keeps which"),
    "a plan: a kind": (("run", "kind.toml"), '"crossed" should be true or false, and is "maybe".'),
    "a plan: a role of a wrong kind": (("run", "role.toml"), '"roles.group" should be the name of a column, or a list'),
    "a plan: a field of a wrong kind": (("run", "wrong.toml"), "favourable should be a text, and is 3."),
    "a plan: a wrong number": (("run", "rows.toml"), "exemplars is how many rows of each group to show"),
}
FILES: dict[str, str | bytes] = {
    "t.csv": ROWS,
    "ids.csv": "sex,hired,id\n" + "".join(f"{'fm'[k % 2]},{'yes' if k % 3 else 'no'},i{k}\n" for k in range(200)),
    "empty": "",
    "binary": b"\xff\xfe\x00",
    "nothing.json": "{}",
    "worse.toml": '[[rules]]\nrule = "no_worse"\n',
    "stars.toml": PLAN + 'outcome = "stars"\n',
    "needs.toml": PLAN + 'outcome = "hired"\n[[detectors]]\ncode = "disparity.error_rates"\n',
    "none.toml": PLAN,
    "field.toml": PLAN + 'outcome = "hired"\nfavourable = "yes"\n',
    "units.toml": "keep_units = true\n" + PLAN + 'outcome = "hired"\n',
    "kind.toml": 'crossed = "maybe"\n' + PLAN,
    "role.toml": PLAN.replace('"sex"', "3"),
    "wrong.toml": PLAN + '[[detectors]]\ncode = "disparity.selection_rate"\nfavourable = 3\n',
    "rows.toml": "exemplars = -1\n" + PLAN + 'outcome = "hired"\n',
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spelt")
    for name, content in FILES.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "folder").mkdir()
    auditkit.audit(folder / "t.csv", [disparity.SelectionRate(favourable="yes")], group="sex", outcome="hired").save(
        folder / "r.json"
    )
    return folder


@pytest.mark.parametrize(("args", "said"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_asks_for_what_is_typed_there(
    args: Sequence[str], said: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    assert main(list(args)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert [word for word in PYTHON if word in err] == []


def test_python_asks_for_what_python_is_given(place: Path) -> None:
    """The same mistakes, made by a program."""
    rate = disparity.SelectionRate()
    with pytest.raises(InputError, match=r'Say which with favourable="\.\.\."\.'):
        auditkit.audit(place / "t.csv", [rate], group="sex", outcome="stars")
    with pytest.raises(InputError, match=r"Pass outcome= or prediction=, or detectors\."):
        auditkit.audit(place / "t.csv", group="sex")
    with pytest.raises(InputError, match=r'Pass prediction="\.\.\."\.'):
        auditkit.audit(place / "t.csv", [disparity.ErrorRates()], group="sex", outcome="hired")
    with pytest.raises(InputError, match=r"keep_units=True keeps which cell .* Pass unit=\."):
        auditkit.audit(place / "t.csv", group="sex", outcome="hired", keep_units=True)
    with pytest.raises(InputError, match=r"for example \[disparity.SelectionRate\(favourable='yes'\)\]\."):
        auditkit.audit(place / "t.csv", group="sex", outcome="hired", favourable="yes")
    with pytest.raises(InputError, match=r"Write one with report\.save\(\)\."):
        auditkit.load(place / "nothing.json")
    with pytest.raises(InputError, match=r"Pass baseline=\."):
        auditkit.gate(place / "r.json", place / "worse.toml")


def test_a_link_to_nowhere_is_not_offered_itself(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r"No such file or directory\. Check the path\.$"):
        text_of(tmp_path / "plan.toml")
