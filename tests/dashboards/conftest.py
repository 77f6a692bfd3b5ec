"""The dashboard over canned folders: its pages by themselves (`at_page`), and in a real browser (`served`)."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PLACES = {"canned": "rendering", "walk": "dashboards", "evidenced": "dashboards", "hostile": "dashboards"}
for _name, _place in PLACES.items():  # importlib mode puts no folder on the path
    if _name not in sys.modules:
        _spec = importlib.util.spec_from_file_location(_name, ROOT / "tests" / _place / f"{_name}.py")
        assert _spec is not None
        assert _spec.loader is not None
        sys.modules[_name] = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(sys.modules[_name])
import canned  # noqa: E402

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
Page = Callable[..., AppTest]
STANDS = """() => new Promise(tell => requestAnimationFrame(() => requestAnimationFrame(() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const moves = document.getAnimations().some(
    one => one.playState === 'running' && one.timeline instanceof DocumentTimeline  // no scroller's own
      && one.effect.getComputedTiming().endTime !== Infinity);
  const later = '[data-testid="stSkeleton"], [data-testid="stStatusWidget"], [data-stale="true"]';
  const busy = app?.dataset.testScriptState !== 'notRunning' || moves || document.querySelector(later)
    || document.fonts.status !== 'loaded' || [...document.images].some(one => !one.complete);
  const boxes = [...document.querySelectorAll('body *')].map(one => {
    const {x, y, width, height} = one.getBoundingClientRect();
    return [x, y, width, height];
  });
  tell(busy ? null : JSON.stringify(boxes));
})))"""
"""Where everything on a page is, or nothing while it is being made: a script runs, something fades in, is drawn later,
or has not come yet."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow tests of a file stay in one process: browsers, servers and folders are made once."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def fill(folder: Path) -> Path:
    """Every canned report in a folder of its own, with its judgement beside it; what cannot be saved is left out."""
    for name, make in canned.EVERY.items():
        report, judgement = make()
        report.save(folder / name / "report.json")
        (folder / name / "judgement.json").write_text(judgement.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every canned report."""
    return fill(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def at_page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Open a page over a folder: `at_page("report", folder, report="compas/report.json")`."""

    def opened(name: str, folder: Path, **query: str) -> AppTest:
        monkeypatch.setenv("AUDITKIT_FOLDER", str(folder))
        monkeypatch.setenv("AUDITKIT_DEBUG", "1")  # what nobody foresaw is raised here, not made a sentence
        at = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=180)
        at.run()
        at.switch_page(f"views/{name}.py")
        for key, value in query.items():
            at.query_params[key] = value
        at.run()
        assert not at.exception, at.exception
        return at

    return opened


def words_of(at: AppTest) -> str:
    """Everything that a page says in HTML of its own, as one text."""
    return "\n".join(element.proto.body for element in at.get("html"))


def settled(page: Any, patience: float = 90.0) -> None:
    """Wait until a page has been made and stands still: twice in a row everything is in the same place.

    To be called once what is new on the page is there: before a script begins, what it will change stands still too.
    """
    page.wait_for_selector("h1", timeout=1000 * patience)
    until, before = time.monotonic() + patience, None
    while True:
        now = page.evaluate(STANDS)
        if now is not None and now == before:
            return
        assert time.monotonic() < until, "the page is still being made"
        before = now
        page.wait_for_timeout(100)


def answering(server: subprocess.Popen[bytes], said: Path, patience: float = 120.0) -> str:
    """The address that the dashboard says, once somebody answers there."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        told = said.read_text(encoding="utf-8")
        assert server.poll() is None, f"the dashboard ended by itself: {told}"
        if found := re.search(r"is at (http://127\.0\.0\.1:\d+)\. Ctrl-C", told):
            with suppress(OSError):
                urllib.request.urlopen(f"{found[1]}/_stcore/health", timeout=10).read()
                return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the dashboard does not answer: {told}")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The dashboard's own command over a folder; its address.

    It chooses the port: of one that is free when it is looked for, another process has made use a moment later.
    """
    command = [sys.executable, "-m", "auditkit", "dashboard", str(folder), "--port", "0", "--no-open"]
    debug = {**os.environ, "AUDITKIT_DEBUG": "1"}  # a crash is to be seen as one
    with tempfile.NamedTemporaryFile() as said:  # no pipe: nobody would empty it
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=debug)
        try:
            yield answering(server, Path(said.name))
        finally:
            server.terminate()
            server.wait(60)


@pytest.fixture(scope="session")
def serve() -> Callable[[Path], Any]:
    """The dashboard over a folder of one's own: `with serve(folder) as address`."""
    return serving


@pytest.fixture(scope="session")
def served(shelf: Path) -> Iterator[str]:
    """The dashboard over the folder with every canned report, in a process of its own."""
    with serving(shelf) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without any of its own errands; closed with its file, for its loop would bar the next one's."""
    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No chromium on this machine, so the dashboard cannot be opened in a real browser.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=chromium, args=FLAGS.split())
        yield launched
        launched.close()
