from __future__ import annotations

import os
import shutil
from pathlib import Path

import canned
import pytest

from auditkit.core.judgement import Outcome
from auditkit.rendering import Listed, index, render

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def context():
    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No chromium on this machine, so hostile pages cannot be opened in a real browser.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser.new_context(viewport={"width": 390, "height": 800})
        browser.close()


@pytest.mark.slow
def test_hostile_pages_do_nothing_in_a_real_browser(context, tmp_path: Path) -> None:
    pages = {name: render(*make()) for name, make in canned.EVERY.items()}
    pages |= {f"ll144 {name}": render(*make(), "ll144") for name, make in canned.EVERY.items()}
    hostile = [Listed(text, text, text, Outcome.FAIL, text) for text in canned.HOSTILE[:-2]]
    pages["index"] = index(hostile, canned.HOSTILE[0], canned.HOSTILE[7])
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        address = (tmp_path / f"{name}.html").as_uri()
        page, dialogs, requests, errors = context.new_page(), [], [], []
        page.on("dialog", lambda dialog, seen=dialogs: (seen.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request, seen=requests: seen.append(request.url))
        page.on("console", lambda message, seen=errors: seen.append(message.text))
        page.on("pageerror", lambda error, seen=errors: seen.append(str(error)))
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.mouse.move(200, 400)
        page.wait_for_timeout(300)
        assert dialogs == []
        assert requests == [address], "nothing but the page itself is fetched"
        assert errors == []
        assert page.evaluate("document.scripts.length") == 0
        wanted = text.split("<title>")[1].split("</title>")[0]
        assert page.evaluate("document.querySelector('title').innerHTML") == wanted
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} scrolls sideways on a phone"
        page.close()
