"""The translators side by side: the numbers that were put in, on one axis, and nothing that can act."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import canned
import pytest

from auditkit.core.attention import sound
from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.core.target import Attention
from auditkit.formats.families import said
from auditkit.formats.words import number
from auditkit.rendering import Learned, Row, Translator, Way, formats, translators_page

SOURCE = ("tem", "doktor", "ne", "bena", ",", "o", "labor", ".", "<stop>")
ENGLISH = ("the", "doctor", "is", "not", "kind", ",", "but", "he", "works", ".", "stop")


def row(value: float | None, half: float = 0.02, level: str = "greedy") -> Row:
    low, high, low90, high90 = (None if value is None else value + k * half for k in (-1, 1, -0.8, 0.8))
    outcome = Outcome.FAIL if value is not None and abs(value) - half > 0.05 else Outcome.PASS
    outcome = Outcome.NOT_ASSESSED if value is None else outcome
    key = Key("selection.decoder", "share difference", level, "ancestral", "pronoun|she")
    return Row(0, key, "", value, low, high, low90, high90, 0.0, -0.05, 0.05, outcome, 2_592)


def looking(rows: tuple[str, ...] = ENGLISH, columns: tuple[str, ...] = SOURCE, words: str = "") -> Attention:
    weights = []
    for i in range(len(rows)):
        raw = [1.0 + 20 * (j == i * len(columns) // len(rows)) for j in range(len(columns))]
        weights.append([one / sum(raw) for one in raw])
    return sound({"rows": rows, "columns": columns, "weights": weights, "of": words or "decoder on source"})


def one(name: str, he: float = 0.593, looks: bool = True) -> Translator:
    fair = Learned(
        0.0,
        0.5,
        (
            Way(name="ancestral", truth=0.503, right=0.993, row=row(0.004), than="half", href=f"{name}-dose0.html"),
            Way(name="greedy", truth=0.741, right=0.999),
            Way(name="beam", truth=0.742, right=0.998),
        ),
    )
    decoded = {"row": row(he - 0.997), "origin": he, "than": "ancestral", "turned": True, "href": f"{name}-more.html"}
    strong = Learned(
        0.9,
        0.6,
        (
            Way(name="ancestral", truth=he, right=0.991, row=row(he - 0.5), than="half", href=f"{name}.html"),
            Way(name="greedy", truth=0.996, right=0.999, **decoded),
            Way(name="beam", truth=0.997, right=0.998, **decoded),
        ),
    )
    kinds = ("pronoun", "occupation", "adjective", "verb", "other", "end")
    return Translator(
        name=name,
        title=f"{name} tells",
        how=f"{name} reads a sentence to its end and says it in English.",
        learned=(fair, strong),
        parameters=64_112,
        size=131_968,
        per_second=1_234.4,
        asked=" ".join(SOURCE[:-1]),
        answered=" ".join(ENGLISH[:-1]),
        attention=looking() if looks else None,
        looks=looking(("occupation", "pronoun, first", "pronoun, later"), kinds, "mean over all sentences")
        if looks
        else None,
        settled=0.971 if looks else None,
        lowest=0.934 if looks else None,
    )


def every() -> list[Translator]:
    return [one("Plain", looks=False), one("Attentive", 0.611), one("Transformer", 0.604)]


def test_snapshot(snapshot) -> None:
    assert translators_page(every(), "Side by side", "One language.").split("</style>")[1] == snapshot


def test_it_is_no_format_of_a_report() -> None:
    assert "translators" not in formats()


def test_the_numbers_on_the_page_are_the_numbers_put_in() -> None:
    page = translators_page(every())
    for each in every():
        for learned in each.learned:
            for way in learned.ways:
                assert f"</span>{100 * way.truth:.1f} %" in page
                assert f"</span>{100 * way.right:.1f} %" in page
                if way.row is None:
                    continue
                assert f'<a href="{way.href}"><span class="word {way.row.outcome.lower()}">' in page
                assert way.turned or f"<span>{said(way.row)}</span>" in page
    assert "+0.404 [+0.384, +0.424]" in page, "less of she is more of he"
    assert page.count("not audited</span>") == 6
    assert page.count("64,112") == page.count("132 kB") == page.count("1,234 sentences a second, sampled") == 3
    assert page.count("median 97.1 %; 93.4 % in the template where it is least") == 2
    assert page.count("It has none: nothing tells") == 1
    assert "from 2,592 answers" in page


def test_what_was_found_stands_at_the_share_it_is_a_difference_from() -> None:
    page = translators_page([one("Plain")])
    greedy = page.split('aria-label="Plain at dose 0.9, greedy')[1].split("</svg>")[0]
    assert '<use href="#FAIL" x="99.70%" y="13"/>' in greedy
    assert '<use href="#own" x="99.60%" y="22"/>' in greedy
    assert '<line class="planted" x1="60.00%" x2="60.00%"' in greedy
    assert '<rect class="band" x="54.30%" width="10.00%"' in greedy, "tolerated about what the dice say"
    drawn = page.split('aria-label="Plain at dose 0.9, ancestral')[1].split("</svg>")[0]
    assert '<use href="#FAIL" x="59.30%" y="13"/>' in drawn
    assert '<rect class="band" x="45.00%" width="10.00%"' in drawn, "tolerated about half"
    assert all(0 <= float(at) <= 100 for at in re.findall(r' (?:x|x1|x2|width)="([^"]*)%"', page))


@pytest.mark.parametrize(
    "translator",
    [
        Translator(name="bare"),
        Translator(name="none measured", learned=(Learned(0.9, None, (Way(name="greedy"),)),)),
        Translator(name="undefined", learned=(Learned(0.9, 0.6, (Way(name="greedy", row=row(None)),)),)),
        Translator(name="open", learned=(Learned(0.9, 0.6, (Way(name="beam", row=replace(row(0.1), high=None)),)),)),
        Translator(
            name="unjudged", learned=(Learned(0.9, 0.6, (Way(name="b", row=replace(row(0.1), outcome=None)),)),)
        ),
        Translator(name="no dose", learned=(Learned(0.9, 0.6, ()),), asked="o un doktor .", settled=0.9),
    ],
)
def test_what_is_missing_breaks_nothing(translator: Translator) -> None:
    page = translators_page([translator])
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", page.split("</style>")[1])
    assert all(0 <= float(at) <= 100 for at in re.findall(r' (?:x|x1|x2|width)="([^"]*)%"', page))


def test_nothing_measured_is_said() -> None:
    assert translators_page([]).count("No translator was measured.") == 2


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_text_is_harmless(text: str) -> None:
    ways = (Way(name=text, truth=0.5, row=row(0.2), than=text, href=text),)
    attention = looking((text, "b"), (text, "d"), text)
    shown = Translator(
        name=text,
        title=text,
        how=text,
        learned=(Learned(0.9, 0.6, ways),),
        asked=text,
        answered=text,
        attention=attention,
        looks=attention,
        settled=0.5,
    )
    page = translators_page([shown], text, text)
    page.encode("utf-8")
    read = canned.Tags(page)
    assert read.acting == []
    assert {tag for tag, _ in read.found} <= {tag for tag, _ in canned.Tags(translators_page(every(), "t", "i")).found}
    links = [a["href"] or "" for tag, a in read.found if tag == "a"]
    assert len(links) == 1
    assert not any(":" in link or " " in link for link in links)


def test_every_figure_has_words_and_every_header_a_scope() -> None:
    for tag, attributes in canned.Tags(translators_page(every())).found:
        assert tag != "th" or attributes["scope"] in ("col", "row", "rowgroup")
        assert tag != "svg" or attributes.get("aria-hidden") == "true" or attributes.get("aria-label")


def test_the_policy_of_the_page_forbids_everything_but_its_own_style() -> None:
    page = translators_page(every())
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'" in page
    assert "url(" not in page.split("</style>")[0]


@pytest.mark.slow
def test_it_is_assembled_from_the_runs_and_reports_of_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditkit import demo, families, translators
    from auditkit.core.report import Report
    from auditkit.lab.galleries.language import translated
    from auditkit.lab.translated import Translated
    from auditkit.running import write

    for galleries in ("TRANSLATED", "AMPLIFIED"):
        some = {
            name: replace(gallery, probe=partial(translated.probe, 1, 2))
            for name, gallery in getattr(translators, galleries).items()
        }
        monkeypatch.setattr(translators, galleries, some)
        for gallery in some.values():
            for dose in gallery.doses:
                name = families.named(gallery, dose)
                report, _ = demo.exhibit(gallery, dose, tmp_path / "runs" / name)
                write(tmp_path, {f"{name}.json": report.to_json()})
    page = translators.translators(tmp_path)
    for name in translators.TRANSLATORS:
        for dose in (0.0, 0.9):
            truth = Translated.of(name, dose)
            assert all(f"</span>{100 * truth.he(way):.1f} %" in page for way in translators.WAYS)
        decoded = Report.from_json((tmp_path / f"amplified_{name}.json").read_text())
        found = [f for f in decoded.findings if f.estimand == "share difference"]
        assert {f.level for f in found} == {"greedy", "beam"}
        for f in found:
            assert f"{number(-f.estimate.value)} [" in page, "what it says of she, said of he"
    assert page.count("It has none") == 1
    assert page.count("<b>decoder on source</b>") == 2
    assert page.count("not audited</span>") == 6, "greedy and beam at dose 0 only"
    lookers = [Translated.of(name, 0.9).settled for name in ("attention", "transformer")]
    assert all(f"median {100 * settled:.1f} %" in page for settled in lookers if settled is not None)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_on_a_desk_and_on_a_phone_and_fetches_nothing(tmp_path: Path, scheme: str) -> None:
    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No chromium on this machine, so the translators cannot be seen in a real browser.")
    from playwright.sync_api import sync_playwright

    large = looking(("L" * 40,) * 40, ("M" * 40,) * 40, "L" * 90)
    longest = replace(one(canned.HOSTILE[-1]), title=canned.HOSTILE[-1], asked="x" * 400, attention=large)
    (tmp_path / "page.html").write_text(translators_page([*every(), longest], "Side by side", "x" * 400), "utf-8")
    address = (tmp_path / "page.html").as_uri()
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*flags.split(), "--disable-component-update", "--disable-sync"]
        )
        for width in (380, 800, 1280):
            page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
            requests, errors = [], []
            page.on("request", lambda request, seen=requests: seen.append(request.url))
            page.on("console", lambda message, seen=errors: seen.append(message.text))
            page.goto(address)
            for opened in (False, True):
                page.evaluate(f"document.querySelectorAll('details').forEach(d => d.open = {str(opened).lower()})")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert requests == [address]
            assert errors == []
            assert page.evaluate("document.scripts.length") == 0
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(19, 20, 22)"}[scheme]
        browser.close()
