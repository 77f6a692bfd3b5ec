"""Policy and baseline are read from a commit, what the tree has instead is listed, and git's troubles are said."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from auditkit.baselining import committed, create
from auditkit.core.errors import InputError
from auditkit.core.judgement import Notice
from auditkit.rules import Policy
from tests.baselining.worlds import LATER, TODAY, accepting, finding, report

STRICT, LOOSE = ('[[rules]]\nrule = "within"\nmargin = ' + margin for margin in ("0.05\n", "0.5\n"))
HURT = finding(0.2)


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    who += ["-c", "protocol.file.allow=always"]
    return subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True).stdout


def commit(folder: Path, message: str = "x") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "sub dir").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "policy.toml").write_text(STRICT)
    (folder / "sub dir" / "policy ü.toml").write_text(STRICT)
    (folder / "b.json").write_text(create(report(HURT)).to_json())
    commit(folder)
    return folder


def said(notices: tuple[Notice, ...]) -> str:
    return "\n".join(notice.sentence for notice in notices)


def test_nothing_is_said_of_a_tree_that_has_the_same(home: Path) -> None:
    policy, baseline, notices, full = committed("main", home / "policy.toml", home / "b.json")
    assert policy == Policy.read(home / "policy.toml")
    assert baseline is not None
    assert baseline.report == create(report(HURT)).report
    assert (notices, full) == ((), git(home, "rev-parse", "main").strip())
    assert committed("main", home / "policy.toml", None)[1] is None


def test_the_commit_judges_and_the_tree_is_listed(home: Path) -> None:
    (home / "policy.toml").write_text('inconclusive = "warn"\n' + LOOSE)
    policy, _, notices, _ = committed("main", home / "policy.toml", None)
    assert policy.to_dict() == Policy.parse(STRICT, "p.toml").to_dict()
    assert "margin was 0.05 and is 0.5" in said(notices)
    assert "inconclusive was fail and is warn" in said(notices)
    assert all("which does not judge (main (" in notice.sentence for notice in notices)


@pytest.mark.parametrize("ref", ["main", "HEAD", "a-tag", "HEAD~1", "short", "full"])
def test_any_way_to_name_a_commit_will_do(ref: str, home: Path) -> None:
    git(home, "tag", "-a", "a-tag", "-m", "x")
    first = git(home, "rev-parse", "HEAD").strip()
    names = {"short": first[:10], "full": first}
    if ref == "HEAD~1":
        (home / "policy.toml").write_text(LOOSE)
        commit(home)
    assert committed(names.get(ref, ref), home / "policy.toml", None)[3] == first


def test_paths_with_blanks_and_letters_beyond_ascii(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "sub dir")
    assert committed("main", Path("policy ü.toml"), Path("../b.json"))[1] is not None


def test_a_way_to_the_repository_may_be_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(home, target_is_directory=True)
    assert committed("main", tmp_path / "way" / "sub dir" / "policy ü.toml", None)[0].rules


@pytest.mark.parametrize("by", ["a link", "a link elsewhere", "a repository"])
def test_no_folder_stands_in_for_that_of_the_policy(by: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working tree's folder of the policy is a link to a looser one, or a repository with a main of its own."""
    (home / "loose").mkdir()
    (home / "loose" / "policy.toml").write_text(LOOSE)
    (home / "ci").mkdir()
    (home / "ci" / "policy.toml").write_text(STRICT)
    git(home, "add", ".")
    commit(home)
    shutil.rmtree(home / "ci")
    other = home.parent / "other" if by == "a link elsewhere" else home / "ci"
    if by == "a link":
        other.symlink_to("loose", target_is_directory=True)
    else:
        shutil.copytree(home / "loose", other)
        git(other, "init", "-q", "-b", "main")
        git(other, "add", ".")
        commit(other)
    if by == "a link elsewhere":
        (home / "ci").symlink_to(other, target_is_directory=True)
    monkeypatch.chdir(home)
    policy, _, notices, _ = committed("main", Path("ci/policy.toml"), None)
    assert policy.to_dict() == Policy.parse(STRICT, "p.toml").to_dict()
    assert "margin was 0.05 and is 0.5" in said(notices)


def test_a_policy_that_the_tree_lost_or_broke_is_said(home: Path) -> None:
    (home / "policy.toml").write_text("nonsense")
    assert "does not judge" in said(committed("main", home / "policy.toml", None)[2])
    (home / "policy.toml").unlink()
    assert "cannot be read" in said(committed("main", home / "policy.toml", None)[2])


def test_every_difference_of_the_baselines_is_listed(home: Path) -> None:
    fresh = create(report(finding(0.2), finding(level="new")), Policy.parse(LOOSE, "p.toml"))
    (home / "b.json").write_text(replace(fresh, accepted=(accepting(HURT),)).to_json())
    _, baseline, notices, _ = committed("main", home / "policy.toml", home / "b.json")
    assert baseline is not None
    assert not baseline.accepted
    for words in (
        "is not used",
        "now tells 1 finding",
        "margin was not set and is 0.5",
        "until 2027-06-01 (a quota of 1998) here",
    ):
        assert words in said(notices)
    first, *rest = (notice.sentence for notice in notices)
    assert "is not that of main (" in first
    assert len(rest) >= 4
    assert not any("main (" in sentence for sentence in rest)
    assert all(sentence.startswith("In the working tree's baseline: ") for sentence in rest)


def test_an_acceptance_that_the_tree_puts_off_or_removes_is_listed(home: Path) -> None:
    held = create(report(HURT), accept=["failing"], reason="r", owner="Ada", expires=LATER, today=TODAY)
    (home / "b.json").write_text(held.to_json())
    commit(home)
    later = tuple(replace(one, expires=LATER.replace(year=2099)) for one in held.accepted)
    (home / "b.json").write_text(replace(held, accepted=later).to_json())
    told = said(committed("main", home / "policy.toml", home / "b.json")[2])
    assert "accepted by Ada until 2027-06-01 (r) there, accepted by Ada until 2099-06-01 (r) here" in told
    (home / "b.json").write_text(replace(held, accepted=()).to_json())
    assert "there, not accepted here" in said(committed("main", home / "policy.toml", home / "b.json")[2])


def test_a_baseline_of_the_tree_alone_is_not_used(home: Path) -> None:
    (home / "other.json").write_text((home / "b.json").read_text())
    _, baseline, notices, _ = committed("main", home / "policy.toml", home / "other.json")
    assert baseline is None
    assert "is not used: nothing is compared or accepted" in said(notices)


def test_where_only_a_baseline_is_named_the_default_policy_judges(home: Path) -> None:
    (home / "b.json").write_text((home / "b.json").read_text().replace("1000", "1001"))
    rules, baseline, notices, at = committed("main", None, home / "b.json")
    assert rules == Policy()
    assert baseline is not None
    assert "edited by hand" in said(notices)
    assert at == git(home, "rev-parse", "HEAD").strip()


def test_a_baseline_of_the_commit_is_used_whatever_the_tree_has(home: Path) -> None:
    (home / "b.json").write_text((home / "b.json").read_text().replace("1000", "1001"))
    _, baseline, notices, _ = committed("main", home / "policy.toml", home / "b.json")
    assert baseline is not None
    assert "edited by hand" in said(notices)
    (home / "b.json").unlink()
    _, baseline, notices, _ = committed("main", home / "policy.toml", home / "b.json")
    assert baseline is not None
    assert "is gone; that of main" in said(notices)


@pytest.mark.parametrize(
    ("ref", "policy", "baseline", "words"),
    [
        ("main", None, None, "Pass --policy FILE too"),
        ("mian", "policy.toml", None, "There is no revision mian"),
        ("", "policy.toml", None, "is no revision"),
        ("--output=x", "policy.toml", None, "is no revision"),
        ("-p", "policy.toml", None, "is no revision"),
        ("main:policy.toml", "policy.toml", None, "There is no revision"),
        ("main", "absent.toml", None, "has no"),
        ("main", "sub dir", None, "cannot be read"),
        ("main", "../outside.toml", None, "no git repository"),
        ("main", "policy.toml", "../outside.json", "lies outside the repository"),
        ("main", "policy.toml", "absent.json", "Neither main"),
        ("main", "b.json", None, "is not TOML"),
        ("main", "policy.toml", "policy.toml", "it is not JSON"),
        ("main\nx", "policy.toml", None, "is no revision"),
        ("main\0x", "policy.toml", None, "is no revision"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    ref: str, policy: str | None, baseline: str | None, words: str, home: Path
) -> None:
    (home.parent / "outside.toml").write_text(STRICT)
    paths = [None if name is None else home / name for name in (policy, baseline)]
    with pytest.raises(InputError, match=words):
        committed(ref, *paths)
    assert not (home / "x").exists()


def test_a_broken_policy_of_the_commit_is_an_error(home: Path) -> None:
    (home / "policy.toml").write_text("nonsense")
    commit(home)
    (home / "policy.toml").write_text(STRICT)
    with pytest.raises(InputError, match="is not TOML"):
        committed("main", home / "policy.toml", None)


def test_a_tag_cannot_stand_in_for_the_branch(home: Path) -> None:
    (home / "policy.toml").write_text(LOOSE)
    git(home, "checkout", "-q", "-b", "mine")
    commit(home)
    git(home, "tag", "main")
    with pytest.raises(InputError, match="refs/heads/main is the branch"):
        committed("main", home / "policy.toml", None)
    assert committed("refs/heads/main", home / "policy.toml", None)[0] == Policy.parse(STRICT, "p.toml")


def test_an_object_that_replaces_another_is_not_read(home: Path) -> None:
    (home / "policy.toml").write_text(LOOSE)
    git(home, "checkout", "-q", "-b", "mine")
    commit(home)
    git(home, "replace", "main:policy.toml", "mine:policy.toml")
    assert committed("main", home / "policy.toml", None)[0] == Policy.parse(STRICT, "p.toml")


def test_a_shallow_clone_says_how_to_fetch(home: Path, tmp_path: Path) -> None:
    (home / "policy.toml").write_text(LOOSE)
    git(home, "checkout", "-q", "-b", "mine")
    commit(home)
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=mine", "--single-branch", f"file://{home}", "clone")
    clone = tmp_path / "clone"
    for ref in ("main", "origin/main"):
        with pytest.raises(InputError, match="git fetch --depth=1 origin main, and pass --policy-from FETCH_HEAD"):
            committed(ref, clone / "policy.toml", None)
    git(clone, "fetch", "-q", "--depth=1", "origin", "main")
    assert committed("FETCH_HEAD", clone / "policy.toml", None)[0] == Policy.parse(STRICT, "p.toml")


def test_a_branch_of_the_origin_alone_is_meant(home: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", f"file://{home}", "clone")
    git(home, "branch", "release")
    git(tmp_path / "clone", "fetch", "-q", "origin")
    with pytest.raises(InputError, match='Did you mean "origin/release"'):
        committed("release", tmp_path / "clone" / "policy.toml", None)


def test_a_branch_that_is_not_fetched_is_named_as_the_origin_names_it(home: Path) -> None:
    with pytest.raises(InputError, match="Run: git fetch origin release, or"):
        committed("origin/release", home / "policy.toml", None)


def test_without_git_it_says_so(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="git is not installed"):
        committed("main", home / "policy.toml", None)


def test_a_hook_of_another_repository_changes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "-q", "-b", "main")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert committed("main", home / "sub dir" / "policy ü.toml", None)[0].rules
