"""The house obeys its own rules."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import auditkit

ROOT = Path(__file__).parents[2]
HEAVY = (
    "pandas",
    "scipy",
    "sklearn",
    "fairlearn",
    "duckdb",
    "narwhals",
    "jinja2",
    "torch",
    "transformers",
    "streamlit",
    "polars",
)


MACHINE = re.compile(r"(?<![\w.])/(home|root|Users|work|tmp|mnt|private|var|opt)/\w|\b[A-Z]:[\\/]{1,2}(Users|Temp)\b")
"""A place on somebody's machine: a configuration beside weights keeps where it was read from."""


def said_in(path: Path) -> str:
    """The words of a file; of weights those of their header, for the rest are numbers."""
    raw = path.read_bytes()
    if path.suffix == ".safetensors":
        raw = raw[: 8 + int.from_bytes(raw[:8], "little")]
    return raw.decode(errors="ignore")


def loaded(code: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, cwd=ROOT)
    return {
        line.rsplit("|", 1)[-1].strip().split(".")[0]
        for line in ran.stderr.splitlines()
        if line.startswith("import time")
    }


@pytest.mark.parametrize(
    "code", ["import auditkit", "import sys; sys.argv = ['auditkit', '--help']\nfrom auditkit.cli import main\nmain()"]
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    modules = loaded(code)
    assert "auditkit" in modules
    assert not modules & set(HEAVY)


def test_the_front_door_is_complete() -> None:
    for name in auditkit.__all__:
        assert getattr(auditkit, name) is not None
    assert sorted(auditkit.__all__) == auditkit.__all__
    assert set(auditkit.__all__) == set(auditkit._HOME)


def test_only_frames_imports_narwhals() -> None:
    found = {
        p.parent.name
        for p in (ROOT / "auditkit").rglob("*.py")
        if "narwhals" in p.read_text() and "import narwhals" in p.read_text()
    }
    assert found == {"frames"}


def test_files_and_functions_are_short() -> None:
    import ast

    for path in (ROOT / "auditkit").rglob("*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= 350, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 60, f"{path.name}: {node.name}"


def test_the_project_speaks_of_itself_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT).stdout.split()
    if not listed:
        pytest.skip("This is not a checkout.")
    for name in listed:
        path = ROOT / name
        if (
            name.startswith("tests/")
            or name == "CONTRIBUTING.md"
            or path.suffix in {".png", ".svg"}
            or not path.exists()
        ):
            continue
        text = said_in(path)
        assert "../shared" not in text, name
        assert not re.search(MACHINE, text), name


@pytest.mark.parametrize(
    "place", ["/tmp/w/autoencoder", "/home/ada/x", "C:\\\\Users\\\\ada", "C:/Users/ada", "/opt/models/x"]
)
def test_a_machine_path_is_known_when_seen(place: str) -> None:
    assert MACHINE.search(f'"_name_or_path": "{place}"')
    assert not MACHINE.search("of https://example.org/tmp/x, in ./tmp/x and a/var/b")


def test_the_matrix_shows_every_subject() -> None:
    from auditkit import catalog
    from auditkit.core.subjects import SUBJECTS

    told = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- matrix -->\n")[1].split("<!-- /matrix -->")[0]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines())
    assert head[1:] == list(catalog.families())
    assert [row[0] for row in rows] == list(SUBJECTS)
    for subject, *cells in rows:
        there = catalog.matrix(subject).values()
        assert cells == ["–" if isinstance(codes, str) else str(len(codes)) for codes in there]


def test_make_bench_runs_every_benchmark() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nbench:")[1].split("\n\n")[0]
    benchmarks = (ROOT / "tests" / "benchmarks").glob("[!_]*.py")
    assert {path.name for path in benchmarks} == set(re.findall(r"tests/benchmarks/(\w+\.py)", recipe))


def test_the_extra_all_is_what_it_says() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    named = set(re.findall(r"\w+", everything.split("[")[1]))
    assert named == {"models", "endpoint", "dashboard", "text", "cards", "verify"}
    assert named < set(extras)
