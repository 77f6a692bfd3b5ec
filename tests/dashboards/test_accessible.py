"""No page stands in anybody's way, by day and by night: axe finds nothing serious, ours or Streamlit's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from auditkit import audit, elicit
from auditkit.annotators import Words
from auditkit.lifecycle.monitoring import monitor
from auditkit.probes import Continuations
from auditkit.targets import Function
from dashboards.app import ORDER
from tests.dashboards.looked_over import violations, whole

pytest.importorskip("axe_playwright_python.sync_playwright")
ASKED = {
    "compare": "with=compas/report.json&with=accepted/report.json",
    "evidence": "report=table/report.json",
    "label": "run=told/run",
}
"""What each page is asked; the others, a report of many findings."""


@pytest.fixture(scope="module")
def lively(shelf: Path, serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard over canned reports, one that has its cells, and a run."""
    folder = tmp_path_factory.mktemp("lively")
    shutil.copytree(shelf, folder, dirs_exist_ok=True)
    groups, outcomes = ["one", "two", "three"] * 100, [0, 1, 1, 0, 1] * 60
    audit(group=groups, outcome=outcomes).save(folder / "table" / "report.json")
    says = Function(lambda texts: [f"she writes {text}" for text in texts], verb="generate", plain=True)
    reader = Words({"woman": ["she"], "man": ["he"]}, attribute="who")
    elicit(Continuations(["a letter", "a song"], templates=5, repeats=4), says, reader, into=folder / "told" / "run")
    events = [{"g": "ab"[i % 2], "y": "ny"[i % 2]} for i in range(400)]
    (folder / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    gap = {"name": "gap", "kind": "gap", "group": "g", "levels": ["a", "b"], "outcome": "y", "favourable": "y"}
    monitor(
        str(folder / "log.jsonl"), {"horizon": 5000, "rules": [gap | {"margin": 0.1}]}, folder / "on" / "state.json"
    )
    with serve(folder) as address:
        yield address


def pages() -> list[tuple[str, str]]:
    return [(name, scheme) for name in ORDER for scheme in ("light", "dark")]


BAD = """<div style="position:fixed;left:0;bottom:0;z-index:2147483647;background:#fff">
<img src="/favicon.png"><input><p style="color:#ccc;background:#fff">pale</p></div>"""
"""Over all else, and in no part of the page that a script of Streamlit's makes anew."""


@pytest.mark.slow
def test_the_check_sees_what_it_looks_for(lively: str, browser: Any) -> None:
    """A picture that says nothing, a field without a name, and grey on white; on the page that is hardest to read."""
    page = browser.new_page(bypass_csp=True)
    whole(page, lively)
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", BAD)
    rules = {one.partition(":")[0] for one in violations(page)}
    page.close()
    assert rules == {"image-alt", "label", "color-contrast"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scheme"), pages())
def test_axe_finds_nothing_grave(name: str, scheme: str, lively: str, browser: Any) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1200, "height": 1000}, bypass_csp=True)
    try:
        whole(page, f"{lively}/{'' if name == ORDER[0] else name}?{ASKED.get(name, 'report=compas/report.json')}")
        found = violations(page)
        headings = page.eval_on_selector_all("h1,h2,h3,h4,h5,h6", "all => all.map(one => +one.tagName[1])")
    finally:
        page.close()
    assert not found, "\n".join(found)
    assert headings.count(1) == 1, headings
    assert all(after - before <= 1 for before, after in pairwise(headings)), headings
