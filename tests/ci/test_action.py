"""The composite action: its very shell steps are run, and end as the gate ends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from xml.etree import ElementTree

import acting
import pytest
from acting import ACTION, ROOT, STEPS, act, git, project

SHELL = [step for step in STEPS if "run" in step]


def test_no_expression_is_pasted_into_a_script() -> None:
    for step in SHELL:
        assert "${{" not in step["run"], "an input that is pasted into a script is run as one"
        assert step["shell"] == "bash"
        assert step["run"].startswith("set -euo pipefail\n")
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == ACTION["inputs"].keys(), "every input is used, and every one that is used is there"


def test_only_github_s_own_actions_are_used_each_at_a_version() -> None:
    for step in STEPS:
        assert "run" in step or re.fullmatch(r"(actions|github)/[\w/-]+@v\d+", step["uses"])
    saved = [step["with"] for step in STEPS if "cache/" in step.get("uses", "")]
    assert saved[0]["key"] == saved[1]["key"]
    assert saved[0]["key"].startswith(saved[0]["restore-keys"]), "the next night finds what the last one saved"
    assert [step["if"] for step in STEPS if "cache/save" in step.get("uses", "")] == ["always() && inputs.state != ''"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "inconclusive", "code"),
    [("PASS", "fail", 0), ("FAIL", "fail", 1), ("INCONCLUSIVE", "fail", 3), ("INCONCLUSIVE", "warn", 0)],
)
def test_it_ends_as_the_gate_ends(world: str, inconclusive: str, code: int, tmp_path: Path) -> None:
    folder = project(tmp_path / "a b", world, inconclusive)
    ran = act({"plan": "plan.toml"}, folder, tmp_path)
    assert ran.code == code, ran.log
    out = folder / "auditkit-out"
    names = {"report-path": "report.json", "sarif-path": "auditkit.sarif", "summary-path": "summary.md"}
    assert ran.outputs == {"verdict": world, "exit-code": str(code)} | {
        k: f"auditkit-out/{v}" for k, v in names.items()
    }
    judgement = json.loads((out / "judgement.json").read_text(encoding="utf-8"))
    assert ran.summary == (out / "summary.md").read_text(encoding="utf-8")
    assert ran.summary.startswith("<!-- auditkit -->")
    assert f"`{judgement['policy_hash']}`" in ran.summary
    assert judgement["policy"]["rules"][0]["margin"] == 0.05, "the plan's own policy judges"
    results = json.loads((out / "auditkit.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert bool(results) == (world != "PASS")
    suites = ElementTree.parse(out / "junit.xml").getroot().attrib
    assert (int(suites["failures"]) + int(suites["errors"]) > 0) == (code != 0)
    assert (out / "report.html").read_text(encoding="utf-8").lstrip().startswith("<!DOCTYPE html>")
    assert ("::error " in ran.log) == (code != 0)
    assert ("::warning " in ran.log) == (inconclusive == "warn")
    assert ran.log.count("::stop-commands::") == 1


@pytest.mark.slow
def test_a_saved_report_is_judged_by_the_policy_that_is_named(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    (folder / "pyproject.toml").write_text("[tool.auditkit.gate]\nrules = [{ rule = 'within', margin = 0.5 }]\n")
    given = {"report": "saved/report.json", "policy": "pyproject.toml", "out": "ci/out"}
    ran = act(given, folder, tmp_path)
    assert (ran.code, ran.outputs["verdict"], ran.outputs["report-path"]) == (0, "PASS", "ci/out/report.json")
    assert (folder / "ci/out/report.json").read_bytes() == (folder / "saved/report.json").read_bytes()
    assert not (folder / "saved" / "junit.xml").exists()


def saved(tmp_path: Path, world: str = "FAIL") -> Path:
    """A folder with a saved report."""
    from auditkit.cli import main

    folder = project(tmp_path / "repo", world)
    assert main(["run", str(folder / "plan.toml"), "--out", str(folder / "saved")]) in (0, 1, 3)
    return folder


@pytest.mark.parametrize(
    "given",
    [{}, {"plan": "plan.toml", "report": "saved/report.json"}, {"report": "plan.toml", "out": "a\nverdict=PASS"}],
    ids=str,
)
def test_a_contradiction_is_no_verdict(given: dict[str, str], tmp_path: Path) -> None:
    no_verdict(given, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [{"plan": "missing.toml"}, {"report": "missing.json"}, {"plan": "plan.toml", "policy": "applicants.csv"}],
    ids=str,
)
def test_what_cannot_be_read_is_no_verdict(given: dict[str, str], tmp_path: Path) -> None:
    no_verdict(given, tmp_path)


def no_verdict(given: dict[str, str], tmp_path: Path) -> None:
    ran = act(given, project(tmp_path / "repo", "PASS"), tmp_path)
    assert ran.code == 2, ran.log
    assert (ran.outputs["verdict"], ran.outputs["exit-code"], ran.outputs["sarif-path"]) == ("ERROR", "2", "")
    assert ran.summary == "auditkit gives no verdict: exit code 2. The log says why.\n"


ATTACK = "$(touch pwned)`touch pwned`'; touch pwned; '\"; touch pwned; \" & touch pwned #"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "name"),
    [*((one, ATTACK) for one in ("plan", "report", "policy", "baseline", "out", "state")), ("plan", "--help")],
)
def test_an_input_is_never_run(which: str, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    ran = act(({"report": "missing.json"} if which != "plan" else {}) | {which: name}, folder, tmp_path)
    assert ran.outputs["verdict"] == "ERROR", ran.log
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("name", [ATTACK, "--upload-pack=touch pwned", "--help"])
def test_a_revision_and_an_extra_are_never_run(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init")
    for given, step in (({"policy-from": name}, acting.BASE), ({"extras": name}, acting.INSTALL)):
        ran = act(given, tmp_path, tmp_path, only=step)
        assert ran.code != 0
        assert not list(tmp_path.rglob("pwned"))


def pull_request(tmp_path: Path, base: dict[str, str], head: dict[str, str]) -> Path:
    """A shallow clone, as actions/checkout makes one, of a branch that changes files of main."""
    origin = project(tmp_path / "origin", "FAIL")
    git(origin, "init")
    for name, text in base.items():
        (origin / name).write_text(text, encoding="utf-8")
    git(origin, "add", ".")
    git(origin, "commit", "-m", "base")
    git(origin, "checkout", "-b", "change")
    for name, text in head.items():
        (origin / name).write_text(text, encoding="utf-8")
    git(origin, "add", ".")
    git(origin, "commit", "--allow-empty", "-m", "head")
    git(tmp_path, "clone", "--depth=1", "--branch=change", origin.as_uri(), "checkout")
    return tmp_path / "checkout"


LOOSE = acting.PLAN.format(inconclusive="fail").replace("margin = 0.05", "margin = 0.9")


def test_a_pull_request_cannot_loosen_its_own_policy(tmp_path: Path) -> None:
    checkout = pull_request(tmp_path, {}, {"plan.toml": LOOSE})
    ran = act({"plan": "plan.toml"}, checkout, tmp_path, GITHUB_BASE_REF="main")
    assert (ran.code, ran.outputs["verdict"]) == (1, "FAIL"), ran.log
    commit = git(tmp_path / "origin", "rev-parse", "main")
    assert f"read from commit `{commit}`" in ran.summary
    assert "0.9" in ran.summary, "what the pull request would have is listed"


def commit(checkout: Path, scratch: Path, given: dict[str, str], base: str = "main") -> str | None:
    """The commit whose policy judges, as the step tells it; `None` where the step fails."""
    ran = act({"plan": "plan.toml"} | given, checkout, scratch, only=acting.BASE, GITHUB_BASE_REF=base)
    return None if ran.code else ran.steps["base"]["commit"]


def test_the_revision_that_judges_is_fetched_where_the_clone_lacks_it(tmp_path: Path) -> None:
    checkout = pull_request(tmp_path, {}, {"plan.toml": LOOSE, "fairness.toml": LOOSE})
    main = git(tmp_path / "origin", "rev-parse", "main")
    assert commit(checkout, tmp_path, {}) == main
    for name in ("main", "refs/heads/main", "change~0", main):
        told = commit(checkout, tmp_path, {"policy-from": name}, base="")
        assert told == (git(checkout, "rev-parse", "HEAD") if name == "change~0" else main)
    assert commit(checkout, tmp_path, {"policy-from": "none"}) == ""
    assert commit(checkout, tmp_path, {}, base="") == "", "a push is judged by what it holds"
    assert commit(checkout, tmp_path, {"policy-from": "nowhere"}) is None
    assert commit(checkout, tmp_path, {}, base="nowhere") is None, "an older fetch stands in for no other"
    alone = {"plan": "", "report": "r.json"}
    assert commit(checkout, tmp_path, alone) == "", "auditkit's own policy is nobody's to edit"
    assert commit(checkout, tmp_path, alone | {"baseline": "b.json"}) == main, "a baseline is"


def test_a_policy_that_the_base_does_not_have_yet_judges_and_that_is_said(tmp_path: Path) -> None:
    checkout = pull_request(tmp_path, {}, {"fairness.toml": LOOSE})
    given = {"report": "r.json", "policy": "fairness.toml"}
    ran = act(given, checkout, tmp_path, only=acting.BASE, GITHUB_BASE_REF="main")
    assert (ran.code, ran.steps["base"]["commit"]) == (0, "")
    assert "::warning title=auditkit::The base branch has no such policy yet" in ran.log
    for name in ("../checkout/fairness.toml", str(checkout / "fairness.toml")):
        assert commit(checkout, tmp_path, {"policy": name}), "what is spelt another way is not taken for new"


def test_a_whole_clone_stays_whole(tmp_path: Path) -> None:
    pull_request(tmp_path, {}, {"plan.toml": LOOSE})
    git(tmp_path, "clone", "--branch=change", (tmp_path / "origin").as_uri(), "whole")
    assert commit(tmp_path / "whole", tmp_path, {})
    assert git(tmp_path / "whole", "rev-parse", "--is-shallow-repository") == "false"


@pytest.mark.slow
def test_a_baseline_and_the_nights_before_count(tmp_path: Path) -> None:
    from auditkit.cli import main

    folder = saved(tmp_path)
    accept = ["--accept", "failing", "--reason", "a quota", "--owner", "Ada", "--expires", "2999-01-01"]
    file = folder / "auditkit.baseline.json"
    told = ["--policy", str(folder / "plan.toml"), "--out", str(file)]
    assert main(["baseline", "create", str(folder / "saved/report.json"), *told, *accept]) == 0
    given = {"report": "saved/report.json", "policy": "plan.toml", "baseline": file.name, "state": "kept/state.json"}
    first = act(given, folder, tmp_path)
    assert (first.code, first.outputs["verdict"]) == (0, "PASS"), first.log
    assert "Accepted by Ada until 2999-01-01: a quota" in first.summary
    assert "shows in the one comparison judged, and is accepted" in first.summary
    kept = (folder / "kept/state.json").read_bytes()
    assert act(given, folder, tmp_path).code == 0
    assert (folder / "kept/state.json").read_bytes() == kept, "the same report again is no second night"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_installs_itself_and_judges(tmp_path: Path) -> None:
    bin = tmp_path / "venv" / "bin"
    venv.create(bin.parent, with_pip=True)
    checkout = tmp_path / "action"
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "demo", "tests")
    shutil.copytree(ROOT, checkout, ignore=unwanted)
    ran = act({"plan": "plan.toml"}, project(tmp_path / "repo", "FAIL"), tmp_path, bin, action=checkout)
    assert (ran.code, ran.outputs["verdict"]) == (1, "FAIL"), ran.log
    assert shutil.which("auditkit", path=str(bin)) != shutil.which("auditkit", path=str(Path(sys.executable).parent))


def test_no_file_of_the_checkout_stands_in_for_a_module() -> None:
    """`python -m` and `python -c` look for modules in the working directory first, where a pull request puts what it
    likes: a json.py, a pip.py."""
    scripts = "\n".join(step["run"] for step in STEPS if "run" in step)
    assert scripts.count("python ") == scripts.count("python -P ") == 2
