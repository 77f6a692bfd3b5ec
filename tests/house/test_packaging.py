"""What is built is whole: the wheel brings its pages and templates along, and they run without the checkout."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
OPENED = ("reports", "dashboards")
ASKED = """
import sys
import auditkit
from auditkit.resources import folder
assert auditkit.__file__.startswith(sys.argv[1]), auditkit.__file__
sys.path.insert(0, str(folder("dashboards").parent))
from dashboards import app, serving
assert serving.__file__.startswith(sys.argv[1]), serving.__file__
from streamlit.testing.v1 import AppTest
at = AppTest.from_file(app.__file__, default_timeout=180).run()
assert not at.exception, at.exception
for name in app.pages():
    at.switch_page(f"views/{name}.py").run()
    assert not at.exception, (name, at.exception)
print(*app.pages())
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so no wheel can be built without a network.")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    ran = subprocess.run([*command, "-w", str(folder), str(ROOT)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "there")
    return folder / "there"


def files(folder: Path) -> set[str]:
    """What is in a folder, without what Python or a desktop leaves there."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found if path.name != ".DS_Store"}


@pytest.mark.parametrize("name", OPENED)
def test_what_is_opened_is_packed(name: str, unpacked: Path) -> None:
    packed = unpacked / "auditkit" / "_resources" / name
    assert files(packed) == files(ROOT / name)
    for file in files(packed):
        assert (packed / file).read_bytes() == (ROOT / name / file).read_bytes()


def test_nothing_else_is_packed(unpacked: Path) -> None:
    assert not [path for path in unpacked.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"]
    assert {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")} == {"auditkit"}


def test_the_pages_run_from_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    """Away from the checkout: neither the folder nor the path has it."""
    pytest.importorskip("streamlit")
    told = {**os.environ, "PYTHONPATH": str(unpacked), "AUDITKIT_FOLDER": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, str(unpacked)], cwd=tmp_path, env=told, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    views = ROOT / "dashboards" / "views"
    assert sorted(ran.stdout.split()) == sorted(file.stem for file in views.glob("[!_]*.py"))
