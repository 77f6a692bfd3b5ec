"""Text that would do something does nothing, wherever it stands, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlparse

import hostile
import pytest

from dashboards.app import ORDER
from tests.dashboards.conftest import settled

LOOKED = {
    "overview": [{}],
    "report": [{"report": f"{name}/report.json"} for name in ("every field", "rows", "table")],
    "evidence": [
        {"report": "every field/report.json"},
        {"report": "table/report.json"},
        {"run": "told/run"},
        {"run": "drawn/run"},
    ],
    "compare": [{"with": [f"{name}/report.json" for name in ("every field", "known", "rows", "table")]}],
    "gate": [
        {"report": "every field/report.json", "baseline": "auditkit.baseline.json"},
        {"report": "known/report.json", "policy": f"2 {hostile._name(hostile.CORPUS[2])[:60]}.toml"},
    ],
    "watch": [{}],
    "lineage": [{}],
    "label": [{"run": "told/run"}, {"run": "drawn/run"}],
    "lab": [],
}
"""What is asked of each page: every kind of report and run."""
ASKED = ("report", "run", "finding", "with", "policy", "baseline", "attribute", "look", "dose")
"""What an address may hold: here, attacks."""
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI));
"""
FOUND = """() => {
  const acts = 'onerror onload onmouseover onfocus ontoggle autofocus'.split(' ').map(name => `[${name}]`);
  const own = [...acts, 'iframe', 'object', 'embed', 'base', 'video', 'audio', 'body script', '[poster]', '[action]',
    '.katex', '[src*="beacon"]', '[style*="beacon"]', '[data*="beacon"]', 'meta[http-equiv="refresh"]'].join(',');
  const all = [...document.querySelectorAll(own)];
  const ways = [...document.querySelectorAll('[href]')].map(e => ({e, href: e.getAttribute('href')}))
    .filter(
    ({href}) => !['http:', 'data:', 'blob:'].includes(new URL(href, location).protocol)
      || new URL(href, location).host.includes('beacon') || href.startsWith('data:text')).map(({e}) => e);
  const icons = [...document.querySelectorAll('[data-testid="stIconMaterial"]')].map(e => e.textContent);
  const styled = [...document.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r.cssText.includes('beacon'));
  const crashed = [...document.querySelectorAll('[data-testid="stException"]')].map(e => 'crash: ' + e.textContent);
  return [...[...all, ...ways].map(e => e.outerHTML.slice(0, 200)), ...icons.filter(i => i == 'bomb'),
    ...styled.map(r => r.cssText), ...violations, ...crashed, ...(window.pwned ? ['pwned'] : [])];
}"""
OPENS = ('[data-testid="stExpander"] summary', '[role="tab"]', '[data-testid="stPopover"] button')
HOVERS = ('[data-testid="stTooltipHoverTarget"]', '[data-testid="stVegaLiteChart"] svg path', "[title]", "canvas")


@pytest.fixture(scope="module")
def attacked(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard over a folder in which every name is an attack."""
    with serve(hostile.fill(tmp_path_factory.mktemp("attacked"))) as address:
        yield address


def test_the_corpus_is_large_and_everywhere(tmp_path: Path) -> None:
    """Each text is in each kind of file; a field that loses it on the way would test nothing."""
    assert len(set(hostile.CORPUS)) == len(hostile.CORPUS) >= 30
    assert set(LOOKED) == set(ORDER)
    report, judgement = hostile._every()
    hostile._save(tmp_path / "a", report, judgement)
    (tmp_path / "every field").mkdir()
    (tmp_path / "known").mkdir()
    hostile._beside(tmp_path)
    told = [tmp_path / "a" / "report.json", tmp_path / "a" / "judgement.json", tmp_path / "auditkit.baseline.json"]
    for file in told:
        text = json.dumps(json.loads(file.read_text(encoding="utf-8")))
        lost = [one for one in hostile.CORPUS if json.dumps(one)[1:-1] not in text]
        assert lost == [one for one in lost if "\ud800" in one], file.name
    found = json.loads((tmp_path / "a" / "report.json").read_text())["findings"][2]
    empty = [name for name, value in found.items() if value in ("", [], {}, None)]
    assert set(empty) <= {"null_expectation", "recount"}, "a field that holds no attack"


def watched(page: Any, address: str) -> list[str]:
    """What happens on a page that must not happen."""
    happened: list[str] = []
    here = urlparse(address).netloc

    def asked(request: Any) -> None:
        at = urlparse(request.url)
        if at.scheme not in ("data", "blob") and at.netloc != here:
            happened.append(f"request {request.url[:120]}")

    def shown(dialog: Any) -> None:
        happened.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text or "pwned" in message.text:
            happened.append(f"console {message.text[:200]}")

    page.on("request", asked)
    page.on("dialog", shown)
    page.on("console", said)
    page.on("popup", lambda other: happened.append(f"popup {other.url}"))
    page.on("pageerror", lambda error: happened.append(f"error {error}"))
    page.on("websocket", lambda socket: urlparse(socket.url).netloc == here or happened.append(f"socket {socket.url}"))
    page.add_init_script(WATCH)
    return happened


def touch(page: Any) -> None:
    """Open what can be opened, and point at what tells more when it is pointed at."""
    for kind in OPENS:
        for one in [one for one in page.locator(kind).all() if one.is_visible()][:5]:
            with suppress(Exception):  # it may have gone when another was opened
                one.click(timeout=500)
    if page.get_by_role("button", name="Begin").is_visible():
        page.get_by_role("textbox").first.fill(hostile.CORPUS[2])
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("button", name="Begin").wait_for(state="detached", timeout=60_000)
        settled(page)
    for one in [one for one in page.locator('[role="combobox"]').all() if one.is_visible()][:4]:
        with suppress(Exception):
            one.click(timeout=500)
            page.wait_for_timeout(100)
            page.keyboard.press("Escape")
    for kind in HOVERS:
        for one in [one for one in page.locator(kind).all()[:12] if one.is_visible()][:4]:
            with suppress(Exception):
                one.hover(timeout=300, force=True)
                page.wait_for_timeout(50)


def seen(page: Any, address: str) -> str:
    """What a page says at an address, once everything on it was opened and pointed at."""
    page.goto(address)
    settled(page)
    touch(page)
    settled(page)
    assert page.title().lower() in {"auditkit", *ORDER, *(f"{one} · auditkit" for one in ORDER)}
    return str(page.inner_text("body"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ORDER)
def test_nothing_does_anything(name: str, attacked: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1600})
    happened, path = watched(page, attacked), "" if name == ORDER[0] else name
    try:
        for query in LOOKED[name]:
            told = seen(page, f"{attacked}/{path}?{urlencode(query, doseq=True)}")
            happened += [f"{query} {what}" for what in page.evaluate(FOUND)]
            assert re.search("pwned|beacon|she says", told), f"{query} shows nothing of what it is about"
            assert ("cannot be shown" in told) == ("policy" in query), told
        for attack in (hostile.CORPUS[2], hostile.CORPUS[15]):
            page.goto(f"{attacked}/{path}?{urlencode(dict.fromkeys(ASKED, attack))}")
            settled(page)
            happened += [f"{attack} {what}" for what in page.evaluate(FOUND)]
    finally:
        page.close()
    assert happened == []


@pytest.mark.slow
def test_the_watch_sees_what_it_watches_for(served: str, browser: Any) -> None:
    """A page that did let it through would be seen: the same attack, put in by hand."""
    page = browser.new_page()
    happened = watched(page, served)
    page.goto(served)
    settled(page)
    page.evaluate("html => { document.body.insertAdjacentHTML('beforeend', html) }", "".join(hostile.CORPUS[2:8]))
    page.evaluate("() => { alert(1) }")
    for _ in range(300):  # what a browser tells of what it refused comes when it comes
        found = page.evaluate(FOUND)
        told = "dialog 1" in happened, any("Content Security Policy" in what for what in happened), len(found) >= 6
        if all(told):
            break
        page.wait_for_timeout(100)
    page.close()
    assert all(told), (happened, found)


@pytest.mark.slow
def test_a_calm_page_has_nothing_to_complain_of(served: str, browser: Any) -> None:
    """No word of the console of a page over plain reports, but of two paths at which Streamlit looks for its server."""
    page = browser.new_page()
    happened, said = watched(page, served), []
    page.on("console", lambda message: said.append((message.type, message.text, message.location["url"])))
    for path in ["", *ORDER[1:]]:
        page.goto(f"{served}/{path}?report=compas/report.json")
        settled(page)
        happened += page.evaluate(FOUND)
    page.close()
    looked = {f"{served}/{name}/_stcore/{what}" for name in ORDER for what in ("health", "host-config")}
    assert happened == []
    assert [one for one in said if one[0] == "error" and one[2] not in looked] == []
