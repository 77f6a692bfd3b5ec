"""How fast does a run of 100,000 answers open, and how much memory does the dashboard take? python dashboard_run.py"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Literal

import numpy as np

from auditkit import gate
from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Count, Finding, Margin
from auditkit.core.generation import Generation
from auditkit.core.report import Recipe, Report
from auditkit.pictures import png_bytes
from auditkit.store import Store

ANSWERS, FINDINGS, ROUNDS = 100_000, 5_000, 5
LEVELS, ATTRIBUTES = 12, {"skin": ("darker", "lighter"), "sex": ("woman", "man")}
ANSWER, CELLS = "One of them, in full", "Cells of the report"
"""What stands last on each page."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def make_run(folder: Path, kind: Literal["picture", "text"], answers: int = ANSWERS, seed: int = 0) -> Path:
    """A run of twelve occupations and two attributes; one answer in fifty is refused, and one in a hundred fails."""
    store, rng = Store(folder, write=True), np.random.default_rng(seed)
    target = {"title": "a model", "fingerprint": "f" * 64, "settings": {"steps": 20}}
    store.begin({"probe": {"name": "occupations"}, "target": target, "seed": seed})
    pictures = [store.put(png_bytes(rng.integers(0, 255, (256, 256, 3), np.uint8)), ".png") for _ in range(48)]
    made, read = [], {}
    for k, (draw, *levels) in enumerate(rng.random((answers, 1 + len(ATTRIBUTES))).tolist()):
        place, repeat = divmod(k, 100)
        job = f"occupation {place % LEVELS}"
        state = (
            {"refused": "blocked by a filter"} if draw < 0.02 else {"failed": "out of memory"} if draw > 0.99 else {}
        )
        shown = hashlib.sha256(str(k).encode()).hexdigest() + ".png" if k >= len(pictures) else pictures[k]
        output = "" if state else shown if kind == "picture" else f"{('She', 'He')[k % 2]} is the {job} of house {k}."
        if output:
            read[output] = {name: own[int(at * 2)] for (name, own), at in zip(ATTRIBUTES.items(), levels, strict=True)}
        prompt = hashlib.sha256(str(place).encode()).hexdigest()
        made.append(
            Generation(f"{k:064x}", prompt, f"a photo of a {job}", {"occupation": job, "template": str(place % 5)},
                       "a model", "f" * 64, {"steps": 20}, 16, k, repeat, output, kind=kind, **state)
        )  # fmt: skip
    store.add(0, made, 1.0)
    store.note("reader", read)
    reader = {
        "name": "r",
        "fingerprint": "reader",
        "basis": "perceived by a reader",
        "attributes": [*ATTRIBUTES],
        "misread": [],
    }
    store.set("readers", [reader])
    store.close()
    return folder


def make_report(path: Path, findings: int = FINDINGS) -> Path:
    """A report of so many comparisons, and what is judged of it."""
    told = []
    for k in range(findings):
        hits = 300 + k % 40
        value = hits / 1000 - 0.3
        ends = [tuple(value + side * 0.015 * z for z in QUANTILES) for side in (-1, 1)]
        counts = (Count(f"district {k}", hits, 1000, hits / 1000), Count("the rest", 3000, 10_000, 0.3))
        told.append(
            Finding("disparity.selection_rate", "selection rate", f"district {k}", "the rest", f"District {k}.",
                    Estimate(value, *ends, 11_000, 2000.0, "Newcombe"), margin=Margin.within(0.05),
                    attribute="district", counts=counts)
        )  # fmt: skip
    report = Report(tuple(told), (), Recipe("Loans", 11_000 * findings, {"group": ("district",)}, (), {}, {}))
    report.save(path)
    path.with_name("judgement.json").write_text(gate(report).to_json(), encoding="utf-8")
    return path


def memory(process: int) -> tuple[float, float]:
    """What a process and its children take now, and took at most, in MB."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    told = Path(f"/proc/{process}/status").read_text()
    own = [
        float(line.split()[1]) / 1024
        for key in ("VmRSS:", "VmHWM:")
        for line in told.splitlines()
        if line.startswith(key)
    ]
    rest = [memory(int(child)) for child in children]
    return own[0] + sum(now for now, _ in rest), own[1] + sum(most for _, most in rest)


def worked(process: int) -> float:
    """Seconds that a process has computed for, on all cores: what a busy machine does not change."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def opening(page: Any, address: str, text: str, process: int) -> tuple[float, float]:
    """Seconds until a page shows what it is to show, and for how many of them the server computed."""
    began, before = time.perf_counter(), worked(process)
    page.goto(address, timeout=120_000)
    page.get_by_text(text).first.wait_for(timeout=120_000)
    return time.perf_counter() - began, worked(process) - before


Spent = dict[str, list[tuple[float, float]]]


def measure(folder: Path, browser: Any, rounds: int = ROUNDS) -> tuple[Spent, list[tuple[float, float]]]:
    """Seconds to open each kind of page, each time of a run or report not opened before, and memory after each round.

    The server is up, its modules are imported, and the browser has the page's scripts.
    """
    command = [sys.executable, "-m", "auditkit", "dashboard", str(folder), "--port", "0", "--no-open"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    spent: Spent = {}
    page = browser.new_page()
    try:
        address = said_by(server)
        answering(f"{address}/_stcore/health", server)
        at = f"{address}/evidence?"
        for query, text in (("run=warm/run", ANSWER), ("report=warm/report.json", CELLS)):
            opening(page, at + query, text, server.pid)
        took = [memory(server.pid)]
        for k in range(rounds):
            for name, query, text in (
                ("pictures", f"run=picture{k}/run", ANSWER),
                ("texts", f"run=text{k}/run", ANSWER),
                ("findings", f"report=report{k}/report.json", CELLS),
                ("pictures again", f"run=picture{k}/run", ANSWER),
            ):
                spent.setdefault(name, []).append(opening(page, at + query, text, server.pid))
            took.append(memory(server.pid))
    finally:
        page.close()
        server.terminate()
        server.communicate(timeout=60)
    return spent, took


def said_by(server: subprocess.Popen[bytes]) -> str:
    """The address that the dashboard says; it chooses its port, for one that was free may be taken by then."""
    assert server.stderr is not None
    line = server.stderr.readline().decode()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, f"the dashboard says no address: {line}"
    return found[0]


def answering(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server is up."""
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).read()
            return
        except OSError:
            assert server.poll() is None, "the dashboard ended by itself"
            time.sleep(0.1)


def fill(folder: Path, rounds: int, answers: int = ANSWERS, findings: int = FINDINGS) -> None:
    """A small run and report to warm up with, and large ones, of which each is opened for the first time once.

    All but the first are copies, which what is kept of an opening does not know: it hangs on the path, too.
    """
    make_run(folder / "warm" / "run", "picture", 500)
    make_report(folder / "warm" / "report.json", 20)
    make_run(folder / "picture0" / "run", "picture", answers)
    make_run(folder / "text0" / "run", "text", answers)
    make_report(folder / "report0" / "report.json", findings)
    for k in range(1, rounds):
        for kind in ("picture", "text", "report"):
            shutil.copytree(folder / f"{kind}0", folder / f"{kind}{k}")


def main() -> None:
    """Print what was measured."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        fill(Path(place), ROUNDS)
        spent, took = measure(Path(place), play.chromium.launch(executable_path=chromium, args=list(FLAGS)))
    print(f"{ANSWERS:,} answers, {FINDINGS:,} findings, {ROUNDS} rounds, each of files not opened before; server warm")
    for name, seconds in spent.items():
        wall, own = zip(*seconds, strict=True)
        print(f"  {name:15} median {statistics.median(wall):.2f} s, worst {max(wall):.2f} s; "
              f"the server computed for {statistics.median(own):.2f} s, at most {max(own):.2f} s")  # fmt: skip
    for k, (now, most) in enumerate(took):
        print(f"  memory of the server after round {k}: {now:.0f} MB, at most {most:.0f} MB")


if __name__ == "__main__":
    main()
