"""Pictures behind findings: drawn by nobody, small, nothing but pixels, and on the page only."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import canned
import numpy as np
import pytest

import auditkit
from auditkit.core.finding import Exemplar, Finding, Reference
from auditkit.core.report import Report
from auditkit.detectors import disparity, reporting
from auditkit.formats.sheets import LARGEST, MOST_LETTERS, MOST_SHOTS, sheets, shot_of
from auditkit.pictures import open_picture, png_bytes
from auditkit.rendering import render

Image = pytest.importorskip("PIL.Image")


def png(red: int = 200, side: int = 8) -> str:
    return base64.b64encode(png_bytes(np.full((side, side, 3), (red, 90, 40), np.uint8))).decode()


def noise(seed: int, side: int = 96) -> str:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return base64.b64encode(png_bytes(pixels)).decode()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width: int, height: int, *more: bytes) -> str:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    whole = (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )
    return base64.b64encode(whole).decode()


def with_pictures(found: Finding, cells: dict[str, int], picture: str = "", path: str = "p.png") -> Finding:
    drawn = [
        Exemplar(label, (("path", path), ("sex", label)), picture or png(i % 256))
        for label, n in cells.items()
        for i in range(n)
    ]
    return replace(found, exemplars=tuple(drawn))


def judged(cells: dict[str, int], picture: str = "", path: str = "p.png") -> canned.Judged:
    """A canned report whose leading finding, and no other, has pictures."""
    report, judgement = canned.compas()
    lead = next(f for f in report.findings if f.key == judgement.verdicts[0].key)
    told = [with_pictures(f, cells, picture, path) if f is lead else f for f in report.findings]
    return replace(report, findings=tuple(told)), judgement


@pytest.fixture
def portraits(tmp_path: Path) -> dict[str, list[str]]:
    """A generator that draws nurses as women and judges as men, three times in four."""
    table: dict[str, list[str]] = {"gender": [], "concept": [], "file": []}
    for concept, often in (("nurse", "woman"), ("judge", "man")):
        for i in range(40):
            gender = often if i % 4 else ("man" if often == "woman" else "woman")
            shade = (250, 120, 60 + i) if gender == "woman" else (60, 120, 210 - i)
            Image.new("RGB", (120 if i == 0 else 64, 64), shade).save(tmp_path / f"{concept}-{i}.png")
            table["gender"].append(gender)
            table["concept"].append(concept)
            table["file"].append(str(tmp_path / f"{concept}-{i}.png"))
    return table


def reference() -> dict[str, Reference]:
    return {c: Reference({"woman": p, "man": 1 - p}, "a count", "us") for c, p in (("nurse", 0.6), ("judge", 0.4))}


def audited(table, k: int = 3, **more) -> Report:
    chosen = [reporting.GeneratorFrequency(reference())]
    roles = {"group": "gender", "context": "concept", "image": "file"}
    return auditkit.audit(table, chosen, exemplars=k, **roles, **more)


def test_each_row_brings_its_picture_and_each_cell_its_rows(portraits) -> None:
    report = audited(portraits)
    gap = next(f for f in report.findings if f.stratum == "nurse")
    labels = [e.label for e in gap.exemplars]
    assert labels == [f"{gap.level}, in nurse (30 rows)"] * 3 + ["man, in nurse (10 rows)"] * 3
    whole = next(f for f in report.findings if f.level == "expected level")
    assert [e.label for e in whole.exemplars] == ["judge (40 rows)"] * 3 + ["nurse (40 rows)"] * 3
    for e in (*gap.exemplars, *whole.exemplars):
        shown = open_picture(base64.b64decode(e.picture))
        assert max(shown.shape[:2]) <= 96
        told = open_picture(dict(e.values)["file"])
        assert (shown[0, 0] == told[0, 0]).all()


def test_a_picture_is_as_large_as_it_was_or_96_pixels_and_keeps_nothing_else(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "somebody's name")
    Image.new("RGB", (400, 200), "teal").save(tmp_path / "a.png", pnginfo=told)
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "b.webp")
    table = {"sex": ["f", "m"] * 30, "hired": ["y", "n", "n", "y"] * 15, "file": ["a.png", "b.webp"] * 30}
    (tmp_path / "t.csv").write_text(
        "\n".join(",".join(row) for row in zip(*([k, *v] for k, v in table.items()), strict=True))
    )
    report = auditkit.audit(
        tmp_path / "t.csv",
        [disparity.SelectionRate(favourable="y")],
        group="sex",
        outcome="hired",
        image="file",
        exemplars=1,
    )
    pictures = {e.label: base64.b64decode(e.picture) for e in report.findings[0].exemplars}
    assert {label: open_picture(data).shape[:2] for label, data in pictures.items()} == {"f": (48, 96), "m": (64, 64)}
    assert b"somebody" not in pictures["f"]
    assert (open_picture(pictures["m"]) == 255).all(), "on white where it is transparent"
    assert all(shot_of(e) for e in report.findings[0].exemplars)


def test_the_draw_is_nobodys(portraits) -> None:
    order = np.random.default_rng(2).permutation(80)
    mixed = {name: [column[i] for i in order] for name, column in portraits.items()}
    assert audited(mixed).findings == audited(portraits).findings


def test_an_image_is_no_axis_and_no_detector_needs_it(portraits) -> None:
    report = audited(portraits, 0)
    assert report.recipe.roles["image"] == ("file",)
    assert report.cells is not None
    assert "image" not in report.cells.axes
    assert not any(f.exemplars for f in report.findings)


def test_arms_are_the_cells_of_an_experiment(portraits) -> None:
    arms = ["ancestral", "7.5"] * 40
    report = auditkit.audit(
        {**portraits, "guidance": arms},
        ["selection.decoder"],
        group="gender",
        arm="guidance",
        image="file",
        exemplars=2,
    )
    told = next(f for f in report.findings if f.stratum)
    assert [e.label for e in told.exemplars] == ["7.5"] * 2 + ["ancestral"] * 2
    assert all(dict(e.values)["guidance"] == e.label and e.picture for e in told.exemplars)


def test_of_many_contexts_some_are_shown_and_how_many_is_said(portraits) -> None:
    many = {**portraits, "concept": [f"job {i % 30:02}" for i in range(80)]}
    one = Reference({"woman": 0.5, "man": 0.5}, "a count", "us")
    report = auditkit.audit(
        many,
        [reporting.GeneratorFrequency(one, stereotype="woman")],
        group="gender",
        context="concept",
        image="file",
        exemplars=1,
    )
    whole = next(f for f in report.findings if f.level == "expected level")
    assert len(whole.exemplars) == 24
    assert "Rows are shown of 24 of its 30 cells." in whole.notes


def test_a_report_carries_only_so_many_pictures(portraits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditkit.exemplars.MOST_LETTERS", 400)
    report = audited(portraits)
    carried = [sum(bool(e.picture) for e in f.exemplars) for f in report.findings]
    assert 0 < sum(carried) < 6
    assert carried[0] == sum(carried), "the finding that leads has them"
    assert any("carries as many pictures as it can" in note for note in report.findings[1].notes)


def test_a_column_that_is_not_there_is_named(portraits) -> None:
    with pytest.raises(auditkit.core.errors.ColumnError, match=r'no column "fil".*Did you mean "file"'):
        auditkit.audit(
            portraits,
            [reporting.GeneratorFrequency(reference())],
            group="gender",
            context="concept",
            image="fil",
            exemplars=1,
        )


@pytest.mark.parametrize(
    "path", ["gone.png", "/dev/zero", "//host/share/x.png", "\\\\host\\share\\x.png", "x" * 5000, "a\0b"]
)
def test_what_cannot_be_opened_is_no_picture_and_no_crash(portraits, path: str) -> None:
    portraits["file"] = [path] * 80
    report = audited(portraits)
    gap = next(f for f in report.findings if f.stratum == "nurse")
    assert len(gap.exemplars) == 6
    assert not any(e.picture for e in gap.exemplars)
    assert gap.notes[-1].startswith("6 of 6 pictures are not shown.")
    assert "<img" not in render(report, auditkit.gate(report))


def test_bombs_and_other_formats_are_refused(tmp_path: Path, portraits) -> None:
    (tmp_path / "bomb.png").write_bytes(base64.b64decode(claiming(60_000, 60_000)))
    Image.new("RGB", (8, 8)).save(tmp_path / "x.gif")
    (tmp_path / "x.png").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    (tmp_path / "cut.png").write_bytes(Path(portraits["file"][0]).read_bytes()[:90])
    portraits["file"] = [str(tmp_path / name) for name in ("bomb.png", "x.gif", "x.png", "cut.png")] * 20
    assert not any(e.picture for f in audited(portraits, 20).findings for e in f.exemplars)


def test_a_report_with_pictures_survives_the_wire_and_shares_none(portraits, tmp_path: Path) -> None:
    report = audited(portraits)
    assert Report.from_json(report.to_json()) == report
    data = json.loads(report.to_json())
    schema = pytest.importorskip("jsonschema")
    schema.validate(data, json.loads(Path("reports/schema.json").read_text()))
    picture = next(e["picture"] for f in data["findings"] for e in f["exemplars"])
    assert picture not in report.save(tmp_path / "shared.json", k=2).read_text()
    plain = audited({**portraits, "file": [""] * 80})
    assert "picture" not in {key for f in json.loads(plain.to_json())["findings"] for e in f["exemplars"] for key in e}


def test_the_page_shows_the_pictures_of_the_leading_finding_open() -> None:
    whole = render(*judged({"African-American": 4, "Caucasian": 4}))
    lead = whole.split("The finding that leads")[1].split("What was found")[0]
    assert lead.count("<img ") == 8
    assert "<details" not in lead
    assert 'alt="Caucasian, picture 4 of 4"' in lead
    assert whole.count("<img ") == 8, "and shows them once"
    assert "Its 8 pictures stand with" in whole


def test_a_large_sheet_of_another_finding_is_folded_and_the_same_pictures_are_held_once() -> None:
    report, judgement = canned.compas()
    small, large = ({"a": 2, "b": 2}, {"c": 9, "d": 9})
    told = [
        with_pictures(f, small if i == 2 else large) if i in (1, 2, 3) else f for i, f in enumerate(report.findings)
    ]
    whole = render(replace(report, findings=tuple(told)), judgement)
    assert whole.count("<summary>18 pictures</summary>") == 1
    assert whole.count("<img ") == 22
    assert "Its 18 pictures are those of" in whole


@pytest.mark.parametrize(
    ("cells", "each"), [({"a": 40, "b": 3}, [21, 3]), (dict.fromkeys("abcdefghijkl", 5), [2] * 12)]
)
def test_strips_share_the_room_and_what_is_left_out_is_said(cells: dict[str, int], each: list[int]) -> None:
    report, judgement = judged(cells)
    sheet = sheets(report, judgement)[0]
    assert [len(strip.shots) for strip in sheet.strips] == each
    assert (sheet.shown, sheet.left_out) == (MOST_SHOTS, sum(cells.values()) - MOST_SHOTS)
    assert f"{sheet.left_out} more pictures are in the report file." in render(report, judgement)


def test_the_bytes_of_a_page_are_bounded() -> None:
    report, judgement = canned.long(6, 20)
    one = [noise(i) for i in range(24)]
    told = []
    for i, f in enumerate(report.findings):
        drawn = tuple(Exemplar(f"{f.level} {i}", (), picture) for picture in one)
        told.append(replace(f, exemplars=drawn))
    full = replace(report, findings=tuple(told))
    held = sheets(full, judgement)
    letters = sum(len(shot.picture) for sheet in held.values() for strip in sheet.strips for shot in strip.shots)
    assert MOST_LETTERS * 0.9 < letters <= MOST_LETTERS
    assert len(render(full, judgement)) < MOST_LETTERS + 3_000_000
    assert sum(sheet.shown + sheet.left_out for sheet in held.values()) == 24 * len(told)


@pytest.mark.parametrize(
    "picture",
    [
        "not base64!",
        '"><script>alert(1)</script>',
        base64.b64encode(b"<svg onload='alert(1)'/>").decode(),
        base64.b64encode(b"GIF89a" + b"\0" * 60).decode(),
        claiming(LARGEST + 1, 8),
        claiming(60_000, 60_000),
        claiming(0, 8),
        claiming(8, 8, chunk(b"tEXt", b"Author\0somebody")),
        claiming(8, 8, chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 10_000_000))),
        png()[:-24],
        png() + "A" * 60_000,
        "\ud800",
    ],
)
def test_a_report_from_a_stranger_shows_only_the_pixels_of_small_pictures(picture: str) -> None:
    report, judgement = judged({"a": 2}, picture)
    assert sheets(report, judgement) == {}
    assert "<img" not in render(report, judgement)


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_cells_and_file_names_are_harmless(text: str) -> None:
    page = canned.Tags(render(*judged({text: 2, text + "b": 1}, path=text)))
    images = [attributes for tag, attributes in page.found if tag == "img"]
    assert len(images) == 3
    for attributes in images:
        assert set(attributes) == {"src", "width", "height", "class", "alt", "title"}
        assert (attributes["src"] or "").startswith("data:image/png;base64,")
    assert page.acting == []


def test_the_summary_says_how_many_and_shows_none() -> None:
    told = render(*judged({"a": 40}), "summary")
    assert "The page of this report shows 24 pictures behind 1 finding." in told
    assert "data:image" not in told
    assert "picture" not in render(*canned.compas(), "summary")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_pictures_and_fetches_nothing(tmp_path: Path, scheme: str) -> None:
    import os
    import shutil

    chromium = os.environ.get("AUDITKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No chromium on this machine, so pictures cannot be seen in a real browser.")
    from playwright.sync_api import sync_playwright

    from auditkit.lab.worlds.figures.drawing import draw
    from auditkit.lab.worlds.figures.people import World

    drawn = []
    for person in World(0.9).people(10, np.random.default_rng(1)):
        held = io.BytesIO()
        draw(person).save(held, "PNG")
        drawn.append(base64.b64encode(held.getvalue()).decode())
    report, judgement = judged({canned.HOSTILE[0]: 5, canned.HOSTILE[5]: 5}, path=canned.HOSTILE[7])
    lead = next(f for f in report.findings if f.exemplars)
    shown = tuple(e._replace(picture=p) for e, p in zip(lead.exemplars, drawn, strict=True))
    told = tuple(replace(f, exemplars=shown) if f is lead else f for f in report.findings)
    (tmp_path / "page.html").write_text(render(replace(report, findings=told), judgement), encoding="utf-8")
    address = (tmp_path / "page.html").as_uri()
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*flags.split(), "--disable-component-update", "--disable-sync"]
        )
        page = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme).new_page()
        requests, errors, dialogs = [], [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth, i.clientWidth])")
        assert sizes == [[True, 64, 64]] * 10
        assert page.evaluate("getComputedStyle(document.images[0]).imageRendering") == "pixelated"
        assert [url for url in requests if not url.startswith("data:")] == [address]
        assert errors == dialogs == []
        assert page.evaluate("document.scripts.length") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
