"""`auditkit verify` as a user sees it, and what the other commands seal and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditkit.cli import main
from auditkit.core.manifest import ENVELOPE, MANIFEST, Manifest
from auditkit.lab.tables import berkeley
from tests.verifying.bundles import copied, keys, told

LAX = '[[rules]]\nrule = "within"\nmargin = 0.6\n'


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("verify")
    berkeley.frame().to_csv(place / "admissions.csv", index=False)
    args = ["--group", "sex", "--outcome", "admitted", "--favourable", "admitted", "--out", str(place / "first")]
    assert main(["audit", str(place / "admissions.csv"), *args]) == 1
    return place / "first" / "report.json"


def said(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(arg) for arg in args])
    return (code, *capsys.readouterr())


def entries(report: Path) -> int:
    return len(Manifest.from_json(report.with_name(MANIFEST).read_bytes()).entries)


def test_what_audit_writes_verifies(first: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "verify", first)
    assert (code, err) == (0, "")
    *lines, last = out.splitlines()
    assert last.strip().startswith("Not covered: the data and the model themselves are not in the manifest.")
    assert all(line.startswith("ok      ") for line in lines)
    head = Manifest.from_json(first.with_name(MANIFEST).read_bytes()).head
    assert lines[0] == f"ok      {MANIFEST}: 2 entries, head {head}"
    sealed = {"report.json", "judgement.json", "report.html", "plan.toml", "step.json"}
    assert {line[8:].split(":")[0] for line in lines[1:6]} == sealed
    assert lines[8] == "ok      verdicts: the same when judged again: FAIL"
    assert lines[9] == "ok      step.json: audit: took 2 (not here to be compared: plan), gave 1"
    assert lines[10].startswith("ok      gave report report.json: the one that was given, ")
    assert lines[-1].startswith("ok      took data ../admissions.csv: the same still, ")


def test_a_folder_stands_for_its_report(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "verify", first.parent) == said(capsys, "verify", first)
    report = copied(first, tmp_path / "copy")
    private, public = keys(tmp_path)
    assert said(capsys, "verify", report.parent, "--sign", private, "--key", public)[0] == 0
    assert report.with_name(ENVELOPE).is_file()
    (tmp_path / "empty").mkdir()
    code, _, err = said(capsys, "verify", tmp_path / "empty")
    assert code == 2
    assert "no report.json is in it, nor a step.json. Name its report: auditkit verify" in err


def test_a_gate_that_changes_nothing_writes_and_seals_nothing(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five formats are no five entries, and what was signed stays signed."""
    report = copied(first, tmp_path / "copy")
    private, public = keys(tmp_path)
    said(capsys, "gate", report)
    said(capsys, "verify", report, "--sign", private)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in report.parent.iterdir()}
    head = Manifest.from_json(before[MANIFEST][0]).head
    for form in ("table", "json", "md", "junit", "sarif"):
        code, _, err = said(capsys, "gate", report, "--format", form)
        assert (code, f"head {head}." in err) == (1, True)
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in report.parent.iterdir()}
    assert after == before
    assert said(capsys, "verify", report, "--key", public)[0] == 0
    monkeypatch.setenv("GITHUB_SHA", "a" * 40)
    said(capsys, "gate", report)
    assert entries(report) == len(Manifest.from_json(before[MANIFEST][0]).entries) + 1


@pytest.mark.parametrize("how", ["judgement edited", "judgement gone", "page edited", "another policy"])
def test_a_gate_that_changes_something_writes_and_seals(
    how: str, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    (tmp_path / "lax.toml").write_text(LAX)
    said(capsys, "gate", report)
    before, place = entries(report), report.with_name("report.html" if "page" in how else "judgement.json")
    if "edited" in how:
        place.write_text(place.read_text() + " ")
    elif "gone" in how:
        place.unlink()
    said(capsys, "gate", report, *(["--policy", tmp_path / "lax.toml"] if how == "another policy" else []))
    assert entries(report) == before + 1
    assert said(capsys, "verify", report)[0] == 0


def test_a_given_report_that_changed_is_sealed_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its bytes, where the judgement's are the same."""
    report = told()[0].save(tmp_path / "report.json")
    said(capsys, "gate", report)
    said(capsys, "gate", report)
    assert entries(report) == 1
    report.write_text(report.read_text() + "\n")
    said(capsys, "gate", report)
    assert entries(report) == 2
    assert said(capsys, "verify", report)[0] == 0


def test_what_run_writes_verifies(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "run", first.with_name("plan.toml"), "--out", tmp_path / "again")
    assert code == 1
    report = tmp_path / "again" / "report.json"
    assert Manifest.from_json(report.with_name(MANIFEST).read_bytes()).head in err
    assert said(capsys, "verify", report)[0] == 0
    said(capsys, "run", first.with_name("plan.toml"), "--out", tmp_path / "again")
    assert entries(report) == 2
    assert said(capsys, "verify", report)[0] == 0


def test_a_gate_renews_the_page_beside_and_says_the_head(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies beside the judgement never shows another one."""
    report = copied(first, tmp_path / "copy")
    (tmp_path / "lax.toml").write_text(LAX)
    before = report.with_name("report.html").read_text()
    code, _, err = said(capsys, "gate", report, "--policy", tmp_path / "lax.toml")
    assert code == 0
    assert Manifest.from_json(report.with_name(MANIFEST).read_bytes()).head in err
    policy = json.loads(report.with_name("judgement.json").read_text())["policy_hash"]
    assert policy in report.with_name("report.html").read_text()
    assert policy not in before
    assert said(capsys, "verify", report)[0] == 0


def test_a_page_that_nobody_sealed_is_left_alone_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = told()[0].save(tmp_path / "report.json")
    (tmp_path / "report.html").write_text("my own page")
    _, _, err = said(capsys, "gate", report)
    assert "is left as it is" in err
    assert (tmp_path / "report.html").read_text() == "my own page"
    assert said(capsys, "verify", report)[0] == 0


def test_what_show_writes_beside_is_sealed_and_grows_stale(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    summary = report.with_name("summary.md")
    assert said(capsys, "show", report, "--as", "summary", "--out", summary)[0] == 0
    assert said(capsys, "verify", report)[0] == 0
    (tmp_path / "lax.toml").write_text(LAX)
    said(capsys, "gate", report, "--policy", tmp_path / "lax.toml")
    code, out, _ = said(capsys, "verify", report)
    assert code == 1
    assert [line for line in out.splitlines() if line.startswith("NOT OK")] == [
        "NOT OK  summary.md: shows another judgement. Render it again: auditkit show"
    ]
    said(capsys, "show", report, "--as", "summary", "--out", summary)
    assert said(capsys, "verify", report)[0] == 0


def test_what_show_writes_elsewhere_is_not_sealed(first: Path, tmp_path: Path) -> None:
    lone = told()[0].save(tmp_path / "report.json")
    assert main(["show", str(lone), "--as", "page", "--out", str(tmp_path / "report.html")]) == 0
    assert not (tmp_path / MANIFEST).exists()
    before = entries(first)
    assert main(["show", str(first), "--as", "page", "--out", str(tmp_path / "new" / "page.html")]) == 0
    assert entries(first) == before


@pytest.mark.parametrize("command", ["gate", "show"])
def test_a_report_that_was_tampered_with_is_neither_judged_nor_sealed_anew(
    command: str, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    report.write_text(report.read_text().replace('"admitted"', '"admittet"', 1))
    before = {path.name: path.read_bytes() for path in report.parent.iterdir()}
    code, out, err = said(capsys, command, report)
    assert (code, out) == (2, "")
    assert f"is not as {MANIFEST} says it was written. Restore it, or audit again." in err
    assert {path.name: path.read_bytes() for path in report.parent.iterdir()} == before
    code, out, _ = said(capsys, "verify", report)
    assert code == 1
    assert "NOT OK  report.json: is not as it was sealed" in out


def test_show_does_not_use_a_judgement_that_was_tampered_with(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    judgement = report.with_name("judgement.json")
    judgement.write_text(judgement.read_text().replace('"FAIL"', '"PASS"'))
    code, out, err = said(capsys, "show", report, "--as", "json")
    assert code == 0
    assert json.loads(out)["judgement"]["outcome"] == "FAIL"
    assert "default policy" in err


def test_a_judgement_elsewhere_is_sealed_there(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = entries(first)
    assert said(capsys, "gate", first, "--out", tmp_path)[0] == 1
    assert entries(first) == before
    chain = Manifest.from_json((tmp_path / MANIFEST).read_bytes())
    assert list(chain.entries[-1].artefacts) == ["judgement.json"]


def test_a_lone_report_has_nothing_to_be_held_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told()[0].save(tmp_path / "report.json")
    code, out, _ = said(capsys, "verify", report)
    assert code == 2
    assert out.startswith(f"?       {MANIFEST}: there is none beside it")
    assert said(capsys, "verify", tmp_path / "nowhere.json")[0] == 2


def test_sign_and_check(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = copied(first, tmp_path / "copy")
    private, public = keys(tmp_path)
    code, out, err = said(capsys, "verify", report, "--sign", private)
    assert code == 0
    assert "Signed" in err
    assert f"?       {ENVELOPE}: entry 2 of 2 is signed; by whom was not checked" in out
    code, out, _ = said(capsys, "verify", report, "--key", public)
    assert code == 0
    assert "is signed by the key" in out.splitlines()[-2]
    assert out.splitlines()[-2].endswith("; it attests that the gate was not passed")
    assert said(capsys, "verify", report, "--sign", private, "--key", public)[0] == 0
    report.with_name(ENVELOPE).unlink()
    assert said(capsys, "verify", report, "--key", public)[0] == 1


def test_what_does_not_verify_is_not_signed(first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = copied(first, tmp_path / "copy")
    report.with_name("plan.toml").write_text("")
    code, _, err = said(capsys, "verify", report, "--sign", keys(tmp_path)[0])
    assert code == 1
    assert "Nothing was signed" in err
    assert not report.with_name(ENVELOPE).exists()


def test_hostile_names_do_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report's own name, and names in a manifest, are printed as plain text."""
    for name in ("\x1b]0;x\x07.json", "::error::x.json", "a\n::set-output name=x::y.json", "\u202egnp.json"):
        report = told()[0].save(tmp_path / name)
        codes = [said(capsys, command, report) for command in ("gate", "verify")]
        assert [code for code, _, _ in codes] == [1, 2]
        for text in (part for _, *parts in codes for part in parts):
            assert not set(text) & set("\x1b\x07\u202e")
            assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_a_manifest_with_hostile_names_is_refused_in_plain_text(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    data = json.loads(report.with_name(MANIFEST).read_text())
    for name in ("../../etc/passwd", "a\n::error::x", "\x1b[2J"):
        data["entries"][-1]["artefacts"] = {name: {"size": 1, "sha256": "", "given": False, "judgement": ""}}
        report.with_name(MANIFEST).write_text(json.dumps(data))
        code, out, err = said(capsys, "verify", report)
        assert (code, out) == (2, "")
        assert "damaged" in err
        assert "\x1b" not in err
        assert not any(line.lstrip().startswith("::") for line in err.splitlines())


@pytest.mark.slow
def test_gates_at_once_leave_one_of_their_judgements_and_its_page(first: Path, tmp_path: Path) -> None:
    """Two policies, four processes, one folder: whoever comes last, what lies there holds together."""
    report = copied(first, tmp_path / "copy")
    (tmp_path / "lax.toml").write_text(LAX)
    lax = ["--policy", str(tmp_path / "lax.toml")]
    command = [sys.executable, "-m", "auditkit", "gate", str(report)]
    gates = [subprocess.Popen([*command, *lax[: 2 * (k % 2)]], stdout=subprocess.DEVNULL) for k in range(4)]
    assert sorted(gate.wait(timeout=120) for gate in gates) == [0, 0, 1, 1]
    assert 3 <= entries(report) <= 6  # who finds what it would write there already writes nothing
    assert main(["verify", str(report)]) == 0


def test_where_the_manifest_is_damaged_nothing_is_written(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = copied(first, tmp_path / "copy")
    report.with_name(MANIFEST).write_text(report.with_name(MANIFEST).read_text().replace('"head": "', '"head": "0'))
    before = {path.name: path.read_bytes() for path in report.parent.iterdir()}
    for args in (("gate", report), ("run", report.with_name("plan.toml"), "--out", report.parent)):
        code, _, err = said(capsys, *args)
        assert code == 2
        assert "is not as it was written" in err
    other = told()[0].save(tmp_path / "other.json")
    assert said(capsys, "gate", other, "--out", report.parent)[0] == 2
    assert {path.name: path.read_bytes() for path in report.parent.iterdir()} == before
    code, out, _ = said(capsys, "verify", report)
    assert (code, out.startswith(f"NOT OK  {MANIFEST}: is not as it was written")) == (1, True)
