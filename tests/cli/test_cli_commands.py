"""What each command prints, writes and exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from auditkit import audit, catalog, gate
from auditkit.cli import DEBUG, main
from auditkit.core.report import Report
from auditkit.lab.tables import berkeley
from auditkit.lifecycle.monitoring import read_watch
from auditkit.lifecycle.prompting import read_treatments

HEAVY = {"pandas", "scipy", "sklearn", "fairlearn", "narwhals", "duckdb", "jinja2", "torch", "streamlit"}
BY_SEX = ("--group", "sex", "--outcome", "admitted", "--favourable", "admitted")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("commands")
    berkeley.frame().to_csv(place / "admissions.csv", index=False)
    assert main(["audit", str(place / "admissions.csv"), *BY_SEX, "--out", str(place / "first")]) == 1
    return place


def said(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    code = main([str(arg) for arg in args])
    return (code, *capsys.readouterr())


def test_the_first_audit_prints_a_plan_that_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "audit", folder / "admissions.csv", *BY_SEX)
    plan = folder / "printed.toml"
    plan.write_text(out[out.index("# The same audit as a plan") :])
    assert code == 1
    assert err == ""
    assert tomllib.loads(plan.read_text())["detectors"] == [
        {"code": "disparity.selection_rate", "favourable": "admitted"}
    ]
    again, table, _ = said(capsys, "run", plan, "--out", folder / "again")
    assert again == code
    assert out.startswith(table)
    assert (folder / "again" / "report.json").read_bytes() == (folder / "first" / "report.json").read_bytes()


def test_the_plan_in_the_folder_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "run", folder / "first" / "plan.toml")
    assert code == 1
    assert "plan-audit" in err
    written = sorted(path.name for path in (folder / "first" / "plan-audit").iterdir())
    assert written == ["auditkit.manifest.json", "judgement.json", "report.html", "report.json", "step.json"]


def test_the_command_says_what_python_says(folder: Path) -> None:
    detector = catalog.build("disparity.selection_rate", {"favourable": "admitted"})
    report = audit(folder / "admissions.csv", [detector], group=["sex"], outcome="admitted")
    assert Report.from_json((folder / "first" / "report.json").read_text()).to_json() == report.to_json()
    assert json.loads((folder / "first" / "judgement.json").read_text()) == gate(report).to_dict()


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ('[[rules]]\nrule = "within"\nmargin = 0.5\n', 0),
        ('[[rules]]\nrule = "within"\nmargin = 0.05\n', 1),
        ('[[rules]]\nrule = "within"\nmargin = 0.14\n', 3),
        ('inconclusive = "warn"\n[[rules]]\nrule = "within"\nmargin = 0.14\n', 0),
    ],
)
def test_gate_exits_by_the_judgement(policy: str, code: int, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(policy)
    report = folder / "first" / "report.json"
    assert main(["gate", str(report), "--policy", str(file), "--out", str(tmp_path)]) == code
    assert json.loads((tmp_path / "judgement.json").read_text())["exit_code"] == code
    assert gate(report, file).exit_code == code


def test_a_report_is_no_worse_than_itself_within_its_own_noise(folder: Path, tmp_path: Path) -> None:
    report = str(folder / "first" / "report.json")
    (tmp_path / "p.toml").write_text('[[rules]]\nrule = "no_worse"\nmargin = 0.9\n')
    assert (
        main(["gate", report, "--policy", str(tmp_path / "p.toml"), "--baseline", report, "--out", str(tmp_path)]) == 0
    )


def test_gate_as_json_is_the_judgement(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "gate", folder / "first" / "report.json", "--out", tmp_path, "--format", "json")
    assert json.loads(out)["exit_code"] == code == 1


def test_no_policy_takes_the_place_of_one_without_being_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, beside = tmp_path / "report.json", tmp_path / "judgement.json"
    report.write_bytes((folder / "first" / "report.json").read_bytes())
    (tmp_path / "p.toml").write_text('[[rules]]\nrule = "within"\nmargin = 0.5\n')
    assert said(capsys, "gate", report, "--policy", tmp_path / "p.toml")[0] == 0
    kept = beside.read_bytes()
    code, out, err = said(capsys, "gate", report)
    assert (code, out, beside.read_bytes()) == (2, "", kept)
    assert "no policy is named" in err
    assert said(capsys, "gate", report, "--out", tmp_path / "other")[0] == 1
    assert said(capsys, "gate", report, "--policy", tmp_path / "p.toml")[0] == 0


def test_show_uses_the_judgement_beside_the_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_bytes((folder / "first" / "report.json").read_bytes())
    lax = gate(report, {"rules": [{"rule": "within", "margin": 0.5}]})
    (tmp_path / "judgement.json").write_text(lax.to_json())
    code, out, err = said(capsys, "show", report, "--as", "json")
    assert (code, err) == (0, "")
    assert json.loads(out)["judgement"]["outcome"] == "PASS"


@pytest.mark.parametrize("beside", ["not json", "of another report"])
def test_show_says_when_the_judgement_beside_is_of_no_use(
    beside: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_bytes((folder / "first" / "report.json").read_bytes())
    other = gate(audit(group=["a", "b"] * 50, outcome=[0, 1, 1, 0] * 25)).to_json()
    (tmp_path / "judgement.json").write_text(other if beside == "of another report" else beside)
    code, out, err = said(capsys, "show", report, "--as", "json")
    assert code == 0
    assert "default policy" in err
    assert json.loads(out)["judgement"]["outcome"] == "FAIL"


def test_show_writes_a_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "report.html"
    code, out, err = said(capsys, "show", folder / "first" / "report.json", "--as", "page", "--out", target)
    assert (code, out) == (0, "")
    assert str(target) in err
    assert target.read_text().lstrip().startswith("<!")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_lists_and_manuals(capsys: pytest.CaptureFixture[str]) -> None:
    for code in catalog.detectors():
        assert code in said(capsys, "list", "detectors")[1]
    assert "disparity.error_rates" not in said(capsys, "list", "detectors", "--for", "table")[1]
    assert [line.split()[0] for line in said(capsys, "list", "rules")[1].splitlines()] == list(catalog.rules())
    assert "sprockets" in said(capsys, "list", "worlds")[1]
    assert "When not to use" in said(capsys, "explain", "disparity.selection_rate")[1]


def test_every_world_and_bundled_model_has_a_manual(capsys: pytest.CaptureFixture[str]) -> None:
    for name in catalog.worlds():
        code, out, _ = said(capsys, "explain", name)
        assert code == 0
        assert {"Roles", "Detectors", "Promises", "True effects at full dose"} <= set(out.splitlines())
    assert "## Limitations" in said(capsys, "explain", "text_to_image")[1]


@pytest.mark.parametrize("name", ["policy", "plan", "recipe", "treatments", "watch"])
def test_every_kind_of_file_has_a_manual_that_can_be_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "explain", name)
    assert code == 0
    if name in ("treatments", "watch"):
        (tmp_path / "file.toml").write_text(out, encoding="utf-8")
        {"treatments": read_treatments, "watch": read_watch}[name](tmp_path / "file.toml")
    else:
        assert out.startswith(f"{name}\n")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("recip", "recipe"), ("wach", "watch"), ("refusal", "selection.refusal"), ("withn", "within"), ("plna", "plan")],
)
def test_what_has_no_manual_is_told_the_nearest_name_of_all(
    wrong: str, right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "explain", wrong)
    assert (code, out) == (2, "")
    assert f'Did you mean "{right}"?' in err


def test_version_and_nothing_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--version")
    assert (code, out.split()[0]) == (0, "auditkit")
    assert said(capsys)[0] == 2


def test_a_bug_is_one_line_and_code_4(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret \x1b[2J\nsecond line")

    monkeypatch.setattr("auditkit.diagnosing.diagnose", broken)
    code, out, err = said(capsys, "doctor")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith("Internal error: RuntimeError")
    assert "\x1b" not in err
    assert DEBUG in err
    assert "Traceback" in said(capsys, "--debug", "doctor")[2]
    monkeypatch.setenv(DEBUG, "1")
    assert "Traceback" in said(capsys, "doctor")[2]


def test_an_interruption_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditkit.diagnosing.diagnose", interrupted)
    assert said(capsys, "doctor")[0] == 130


def test_a_reader_that_goes_away_is_quiet(folder: Path) -> None:
    show = f'"{sys.executable}" -m auditkit show "{folder}/first/report.json" --as json'
    script = f"set -o pipefail; {show} | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("args", ["--help", "audit --help", "--version", "demo --help"])
def test_help_loads_nothing_heavy(args: str) -> None:
    script = f"import sys; from auditkit.cli import main; main({args.split()!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="CPU time of a child is asked for with wait4")
def test_help_takes_at_most_twice_the_time_of_its_two_libraries() -> None:
    def cpu(*args: str) -> float:
        spent = []
        for _ in range(10):
            child = subprocess.Popen([sys.executable, *args], stdout=subprocess.DEVNULL)
            _, child.returncode, usage = os.wait4(child.pid, 0)
            spent.append(usage.ru_utime + usage.ru_stime)
        return min(spent)

    assert cpu("-m", "auditkit", "--help") <= 2 * cpu("-c", "import typer, numpy")


@pytest.mark.parametrize(("favourable", "counted"), [((), "1"), (("--favourable", "0"), "0")])
def test_the_printed_plan_says_which_level_was_counted(
    favourable: tuple[str, ...], counted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{'fm'[k % 2]},{int(k % 3 > 0)},{int(k % 5 > 0)}\n" for k in range(400))
    (tmp_path / "t.csv").write_text("sex,hired,said\n" + rows)
    told = ("audit", str(tmp_path / "t.csv"), "--group", "sex", "--outcome", "hired")
    main([*told, *favourable])
    plan = tomllib.loads(capsys.readouterr().out.split("auditkit run plan.toml\n")[1])
    assert plan["detectors"] == [{"code": "disparity.selection_rate", "favourable": counted}]
    if not favourable:
        main([*told, "--prediction", "said", "--out", str(tmp_path / "out")])
        plan = tomllib.loads((tmp_path / "out" / "plan.toml").read_text())
        assert [(d.get("favourable"), d.get("positive")) for d in plan["detectors"]] == [("1", None), (None, "1")]
