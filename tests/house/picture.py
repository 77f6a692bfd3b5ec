"""Draw the README's picture: the first screen of a real report, by `make picture` (needs chromium)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from auditkit import audit, catalog, gate
from auditkit.lab.tables import TABLES
from auditkit.rendering import render

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def page() -> str:
    story = next(table for table in TABLES if table.name == "berkeley")
    detectors = [catalog.build(plan["code"], {k: v for k, v in plan.items() if k != "code"}) for plan in story.plan]
    report = audit(story.draw(0.0, None, None), detectors, subject="Admissions to Berkeley, 1973", **story.roles)
    return render(report, gate(report), "page")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder) / "report.html"
        path.write_text(page(), encoding="utf-8")
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET.split())
        view = browser.new_page(viewport={"width": 1080, "height": 900})
        view.goto(path.as_uri())
        view.screenshot(path=ROOT / "reports" / "picture.png")
        browser.close()


if __name__ == "__main__":
    main()
