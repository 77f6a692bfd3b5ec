"""The families side by side: the numbers that were put in, on common axes, and nothing that can act."""

from __future__ import annotations

import base64
import itertools
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import canned
import numpy as np
import pytest

from auditkit.core.finding import Key
from auditkit.core.judgement import Outcome
from auditkit.formats.families import LARGEST, LONGEST, LOST, said, sheet_of, turned
from auditkit.formats.words import count
from auditkit.pictures import png_bytes
from auditkit.rendering import Drawn, Family, Mode, Row, families_page, formats

HAIR, BACKGROUNDS, SKINS = ("black", "brown", "blond"), ("sky", "lemon"), ("lighter", "darker")


def noise(seed: int, height: int = 138, width: int = 410) -> str:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return base64.b64encode(png_bytes(pixels)).decode()


def row(value: float | None, half: float = 0.02, margin: tuple[float | None, float] = (-0.05, 0.05)) -> Row:
    low, high, low90, high90 = (None if value is None else value + k * half for k in (-1, 1, -0.8, 0.8))
    outcome = Outcome.FAIL if value is not None and value - half > margin[1] else Outcome.PASS
    outcome = Outcome.NOT_ASSESSED if value is None else outcome
    key = Key("reporting.generator_frequency", "directed amplification", "expected level", "the world", "")
    return Row(0, key, "", value, low, high, low90, high90, 0.0, *margin, outcome, 1_500)


def modes(lost: int) -> dict[str, tuple[Mode, ...]]:
    cells = list(itertools.product(HAIR, BACKGROUNDS))
    ratios = {"lighter": [1.02] * len(cells), "darker": [0.07] * lost + [2.6] * (len(cells) - lost)}
    return {skin: tuple(Mode(*c, r) for c, r in zip(cells, ratios[skin], strict=True)) for skin in SKINS}


def family(name: str, seed: int, lean: float) -> Family:
    fair = Drawn(
        dose=0.0,
        sheet=noise(seed),
        shown=0.5,
        truth=0.497,
        pool=20_000,
        world=row(0.004),
        data=row(0.004),
        gap=row(0.013, 0.04, (None, 0.1)),
        modes=modes(0),
        per_second=1_873.4 / seed**3,
        outcome=Outcome.PASS,
        href=f"{name}-dose0.html",
    )
    more = {"world": row(0.135 + lean), "data": row(lean), "gap": row(0.31, 0.05, (None, 0.1)), "modes": modes(4)}
    strong = replace(fair, dose=0.9, sheet=noise(seed + 100), shown=0.365, truth=0.365 - lean, outcome=Outcome.FAIL)
    return Family(name, f"{name} tells", f"{name} works.", (fair, replace(strong, href=f"{name}.html", **more)))


def worded() -> Family:
    asked = Drawn(dose=0.0, truth=0.492, pool=10_000, outcome=Outcome.INCONCLUSIVE, href="asked.html")
    return Family("From words", "", "It draws what it is asked for.", (asked, Drawn(dose=0.9)))


def every() -> list[Family]:
    return [family("vae", 1, 0.123), family("gan", 2, 0.0671), worded()]


def painted(page: str) -> list[float]:
    """Every place on an axis, in percent."""
    return [float(place) for place in re.findall(r' (?:x|x1|x2|width)="([^"]*)%"', page)]


def test_snapshot(snapshot) -> None:
    page = families_page(every(), "Side by side", "One world.")
    body = page.split("</style>")[1]
    assert re.sub(r"base64,[\w+/=]+", "base64,…", body) == snapshot


def test_it_is_no_format_of_a_report() -> None:
    assert "families" not in formats()


def test_the_numbers_on_the_page_are_the_numbers_put_in() -> None:
    page = families_page(every())
    for one in every():
        for d in one.drawn:
            for told in filter(None, (d.world, d.data, d.gap)):
                assert page.count(f'<p class="amount">{said(told)}</p>') >= 1
            assert d.per_second is None or f"<b>{count(d.per_second)}</b> a second" in page
            assert d.truth is None or f"{100 * d.truth:.1f} % darker skin drawn" in page
            assert d.href is None or f'<a href="{d.href}"><span class="word {d.outcome.lower()}">' in page
    assert said(row(0.123)) == "+0.123 [+0.103, +0.143]"
    assert page.count("<b>4</b> of 6 lost") == 2
    assert "darker skin: 4 of 6 modes lost: black × sky 0.07" in page
    assert "from 10,000 or 20,000 answers" in page
    assert "from 1,500 pictures" in page


def test_the_audit_stands_where_its_share_is_and_margins_turn_with_it() -> None:
    told = row(0.2)
    found = turned(told, 0.5)
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.28, 0.32))
    assert (found.low90, found.high90) == pytest.approx((0.284, 0.316))
    assert (found.null, found.margin_low, found.margin_high) == pytest.approx((0.5, 0.45, 0.55))
    half_open = turned(replace(told, low=None, margin_low=None), 0.5)
    assert (half_open.high, half_open.margin_high) == (None, None)
    page = families_page([family("vae", 1, 0.1)], world=0.5)
    assert '<use href="#FAIL" x="26.50%" y="25"/>' in page
    assert '<use href="#shown" x="36.50%" y="11"/>' in page
    assert '<use href="#drawn" x="26.50%" y="39"/>' in page


def test_all_families_share_their_axes() -> None:
    page = families_page(every())
    place = {}
    for name, dose in itertools.product(("vae", "gan"), (0.0, 0.9)):
        drawn = page.split(f'aria-label="{name} at dose {dose:g}, against what it was shown')[1].split("</svg>")[0]
        place[name, dose] = float(re.search(r'href="#[A-Z]+" x="([\d.]+)%"', drawn)[1])
    assert place["vae", 0.0] == place["gan", 0.0]
    far, near = (place[name, 0.9] - place["vae", 0.0] for name in ("vae", "gan"))
    assert near / far == pytest.approx((0.0671 - 0.004) / (0.123 - 0.004), abs=1e-3)
    assert all(0 <= at <= 100 for at in painted(page))


def test_a_lost_mode_is_hollow_and_the_lab_means_the_same_by_lost() -> None:
    from auditkit.lab import population

    assert LOST == population.LOST
    page = families_page([replace(one, drawn=one.drawn[1:]) for one in every()[:1]]).split("<table")[1]
    assert page.count('<rect class="lost"') == 4
    assert page.count('<rect class="crowded"') == 2
    assert page.count('<rect class="kept"') == 6
    assert "black hair before sky: 0.07 for each time expected" in page


@pytest.mark.parametrize(
    "drawn",
    [
        Drawn(dose=0.0),
        Drawn(dose=0.9, shown=0.3),
        Drawn(dose=0.9, truth=0.3),
        Drawn(dose=0.9, world=row(None), data=row(None), gap=row(None)),
        Drawn(dose=0.9, world=replace(row(0.1), low=None, high90=None), gap=replace(row(0.1), high=None)),
        Drawn(dose=0.9, world=replace(row(0.1), margin_low=None, margin_high=None, outcome=None)),
        Drawn(dose=0.9, per_second=0.02, modes={"darker": ()}),
        Drawn(dose=0.9, per_second=10.0, modes={"darker": (Mode("red", "sky", 0.0),)}),
    ],
)
def test_what_is_missing_breaks_no_mark(drawn: Drawn) -> None:
    page = families_page([Family("one", "", "", (drawn,))])
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", page.split("</style>")[1])
    assert all(0 <= place <= 100 for place in painted(page))
    told = page.split("<table")[1]
    assert told.count("not measured") == 5 - sum(
        (
            drawn.shown is not None or drawn.truth is not None or drawn.world is not None,
            drawn.data is not None,
            drawn.gap is not None,
            any(drawn.modes.values()),
            drawn.per_second is not None,
        )
    )


def test_nothing_measured_is_said() -> None:
    assert "No family was measured." in families_page([])
    assert families_page([Family("one", "", "", ())]).count("one</") == 1


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_text_is_harmless(text: str) -> None:
    cells = {text: (Mode(text, text, 0.1), Mode("b", "c", 3.0))}
    d = Drawn(dose=0.0, sheet=noise(1, 8, 8), shown=0.5, truth=0.4, modes=cells, href=text, outcome=Outcome.PASS)
    page = families_page([Family(text, text, text, (d, replace(d, sheet=text)))], text, text)
    page.encode("utf-8")
    read = canned.Tags(page)
    assert read.acting == []
    assert [a["src"][:22] for tag, a in read.found if tag == "img"] == ["data:image/png;base64,"]
    tags = {tag for tag, _ in read.found} - {"html", "head", "body", "meta", "title", "style"}
    assert tags == {tag for tag, _ in canned.Tags(families_page([family("a", 1, 0.1)], "t", "i")).found} - {
        *("html", "head", "body", "meta", "title", "style")
    }
    links = [a["href"] or "" for tag, a in read.found if tag == "a"]
    assert len(links) == 4
    assert not any(":" in link or " " in link for link in links)


def test_every_picture_and_every_figure_has_words_and_every_header_a_scope() -> None:
    read = canned.Tags(families_page(every()))
    assert [a["alt"] for tag, a in read.found if tag == "img"] == [
        f"{name} at dose {dose}: a contact sheet of what it draws" for name in ("vae", "gan") for dose in ("0", "0.9")
    ]
    for tag, attributes in read.found:
        assert tag != "th" or attributes["scope"] in ("col", "row", "rowgroup")
        assert tag != "svg" or attributes.get("aria-hidden") == "true" or attributes.get("aria-label")


def test_a_sheet_is_larger_than_a_portrait_and_no_less_checked() -> None:
    shot = sheet_of(noise(3))
    assert shot is not None
    assert (shot.width, shot.height) == (410, 138)
    assert len(shot.picture) < LONGEST
    assert sheet_of(noise(3, 2, LARGEST)) is not None
    bad = ["", None, "not base64!", "\ud800", noise(3, 2, LARGEST + 1), noise(3, 600, 600), noise(3)[:-24]]
    bad += [base64.b64encode(b"GIF89a" + b"\0" * 60).decode(), '"><script>alert(1)</script>']
    for picture in bad:
        assert sheet_of(picture) is None
    page = families_page([Family("one", "", "", (Drawn(dose=0.0, sheet=bad[-1]),))])
    assert "<img" not in page
    assert "no picture" in page


def test_the_policy_of_the_page_forbids_everything_but_its_own_style_and_pictures() -> None:
    page = families_page(every())
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'" in page
    style = page.split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_on_a_desk_and_on_a_phone_and_fetches_nothing(tmp_path: Path, scheme: str) -> None:
    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No chromium on this machine, so the families cannot be seen in a real browser.")
    from playwright.sync_api import sync_playwright

    longest = Family(canned.HOSTILE[-1], canned.HOSTILE[-1], canned.HOSTILE[0], family("a", 3, 0.2).drawn)
    (tmp_path / "page.html").write_text(families_page([*every(), longest], "Side by side", "x" * 400), "utf-8")
    address = (tmp_path / "page.html").as_uri()
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*flags.split(), "--disable-component-update", "--disable-sync"]
        )
        for width in (390, 800, 1280):
            page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
            requests, errors = [], []
            page.on("request", lambda request, seen=requests: seen.append(request.url))
            page.on("console", lambda message, seen=errors: seen.append(message.text))
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert [url for url in requests if not url.startswith("data:")] == [address]
            assert errors == []
            assert page.evaluate("document.scripts.length") == 0
            assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth === 410)")
            rendering = page.evaluate("getComputedStyle(document.images[0]).imageRendering")
            assert rendering == ("auto" if width == 390 else "pixelated")
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(19, 20, 22)"}[scheme]
        browser.close()
