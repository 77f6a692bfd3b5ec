"""Draw the dashboard's pages over the demo, by `make screens` (needs chromium and `make audit`): all of them into
`screens/`, by day and by night, wide and on a phone; two into `reports/`, for the README."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from auditkit import baselining, load
from auditkit.labelling import label, sample
from auditkit.lifecycle.monitoring import monitor

ROOT = Path(__file__).parents[2]
OUT = ROOT / "screens"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WIDE, PHONE = {"width": 1280, "height": 960}, {"width": 390, "height": 844}
DRAWN, TOLD, TABLE = "asked_for_people", "said_that_she", "outside_the_academy"
PAGES = {
    "overview": "",
    "report": f"report?report={DRAWN}.json",
    "report-table": f"report?report={TABLE}.json",
    "evidence-pictures": f"evidence?report={DRAWN}.json",
    "evidence-words": f"evidence?report={TOLD}.json",
    "evidence-run": f"evidence?run=runs/{DRAWN}",
    "compare": f"compare?report={DRAWN}-dose0.json&with={DRAWN}.json",
    "gate": f"gate?report={TABLE}.json",
    "watch": "watch",
    "label": f"label?run=runs/{DRAWN}",
    "lab": "lab",
}
TALL = {"width": 1280, "height": 1340}
README = {"overview": "dashboard.png", "gate": "dashboard-gate.png"}
POLICY = """[tool.auditkit.gate]
rules = [{ rule = "within", margin = 0.05 }, { rule = "ratio", at_least = 0.8 }, { rule = "assessed" }]
"""


WATCH = {
    "horizon": 6000,
    "block": 100,
    "rules": [
        {"name": "invited", "kind": "gap", "group": "who", "levels": ["women", "men"], "outcome": "invited",
         "favourable": "yes", "margin": 0.05},
        {"name": "who comes", "kind": "composition", "group": "who", "reference": {"women": 0.5}, "margin": 0.1},
    ],
}  # fmt: skip


def watch(folder: Path, events: int = 4000, turned: int = 1500) -> None:
    """A stream in which women are invited less often after so many events, and what a watch of it says."""
    luck, log = random.Random(1), []
    for at in range(events):
        who = ("women", "men")[at % 2]
        share = 0.25 if who == "women" and at >= turned else 0.5
        log.append({"who": who, "invited": "yes" if luck.random() < share else "no"})
    folder.mkdir()
    (folder / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in log), encoding="utf-8")
    monitor(str(folder / "log.jsonl"), WATCH, folder / "state.json")


def stage(folder: Path) -> None:
    """The demo, with a policy, with what is accepted of a report until next month, a run half labelled, and a watch."""
    shutil.copytree(ROOT / "demo", folder, dirs_exist_ok=True)
    (folder / "pyproject.toml").write_text(POLICY, encoding="utf-8")
    watch(folder / "watched")
    report, until = load(folder / f"{TABLE}.json"), date.today() + timedelta(days=21)
    told = {"accept": ["failing"], "reason": "the lists are bought anew in spring", "owner": "Ada", "expires": until}
    kept = baselining.create(report, None, **told)  # type: ignore[arg-type]
    (folder / baselining.FILE).write_text(kept.to_json(), encoding="utf-8")
    run = load(folder / "runs" / DRAWN)
    for rater, share in (("Ada", 0.8), ("Ben", 0.5)):
        tasks = sample(run, "skin", 60, rater=rater)  # type: ignore[arg-type]
        for task in tasks[: int(share * len(tasks))]:
            label(run, task, "skin", "darker" if rater < "B" else "lighter", rater=rater)  # type: ignore[arg-type]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The dashboard over a folder; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "auditkit", "dashboard", str(folder), "--port", str(port), "--no-open"]
    server = subprocess.Popen(command)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read()
                break
            except OSError:
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def still(page: Page) -> None:
    """Wait until a page has done what it does."""
    page.wait_for_selector("h1")
    page.wait_for_timeout(2500)  # by then it is under way, and says so
    page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached", timeout=60_000)
    page.wait_for_timeout(1500)


def shoot(browser: Browser, address: str, name: str, path: str) -> None:
    """A page, by day and by night, wide and on a phone."""
    looks: dict[str, dict[str, Any]] = {
        "": {"viewport": WIDE},
        "-dark": {"viewport": WIDE, "color_scheme": "dark"},
        "-phone": {"viewport": PHONE},
    }
    for ending, look in looks.items():
        page = browser.new_page(**look)
        page.goto(f"{address}/{path}")
        still(page)
        page.screenshot(path=OUT / f"{name}{ending}.png")
        if not ending and name in README:
            page.set_viewport_size(TALL if name == "overview" else WIDE)
            page.wait_for_timeout(500)
            page.screenshot(path=ROOT / "reports" / README[name])
        page.close()


def main() -> None:
    chosen = sys.argv[1:] or list(PAGES)
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        stage(folder)
        with served(folder) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET.split())
            for name in chosen:
                shoot(browser, address, name, PAGES[name])
            browser.close()


if __name__ == "__main__":
    main()
