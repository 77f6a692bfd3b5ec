"""A lineage drawn and told: every thing in its place, the same in every format, hostile or long."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.cli import main
from auditkit.core.lineage import Deed, Flaw, Known, Lineage
from auditkit.core.step import FILE, Step, Thing
from auditkit.formats.lettering import fitted, width
from auditkit.formats.words import plain
from auditkit.lifecycle import recording
from auditkit.lifecycle.lineage import trace
from auditkit.rendering import drawing, lineage_formats, vega_lineage
from tests.rendering import canned


def test_a_circle_is_followed_once(tmp_path: Path) -> None:
    a, b = Thing("data", "a", "a" * 64), Thing("data", "b", "b" * 64)
    for name, took, gave in (("one", a, b), ("two", b, a)):
        recording.record(tmp_path / name, Step("curate", (took,), (gave,)))
    found = trace(tmp_path)
    assert [one.name for one in found.of(a.hash).ancestors] == ["b"]
    assert lineage_formats(found)["txt"].count("curate") == 2
    assert len(drawing(found).things) == 2


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    """Any graph of things and deeds, circles among them."""
    n = draw(st.integers(1, 14))
    kind = st.sampled_from(["data", "model", "run", "report", "judgement", "policy", "page"])
    things = tuple(Known(draw(kind), f"thing {k}", f"{k:064x}") for k in range(n))
    some = st.lists(st.integers(0, n - 1), max_size=3, unique=True).map(lambda ks: tuple(f"{k:064x}" for k in ks))
    deeds = tuple(Deed("tune", f"{k}/step.json", draw(some), draw(some)) for k in range(draw(st.integers(0, 8))))
    return Lineage(things, deeds)


@settings(max_examples=150)
@given(lineages())
def test_no_two_boxes_of_a_drawing_touch_and_all_stand_in_it(lineage: Lineage) -> None:
    drawn = drawing(lineage)
    boxes = [*drawn.things, *drawn.deeds]
    for k, one in enumerate(boxes):
        assert 0 <= one.x <= one.x + one.wide <= drawn.size[0]
        assert 0 <= one.y <= one.y + one.tall <= drawn.size[1]
        for other in boxes[:k]:
            apart = one.x + one.wide <= other.x or other.x + other.wide <= one.x
            assert apart or one.y + one.tall <= other.y or other.y + other.tall <= one.y
    ends = {(box.x + box.wide, box.y + box.tall / 2) for box in boxes}
    starts = {(box.x, box.y + box.tall / 2) for box in boxes}
    assert all(wire.start in ends and wire.end in starts for wire in drawn.wires)
    assert len(drawn.things) + drawn.left_out == len(lineage.things)
    assert Lineage.from_json(lineage.to_json()) == lineage


@settings(max_examples=150)
@given(lineages())
def test_no_arrow_crosses_a_box_and_all_are_drawn_whole(lineage: Lineage) -> None:
    """Whether bent, as in the picture, or straight, as in the chart; circles run back around the boxes."""
    drawn = drawing(lineage)
    walls = [(box.x, box.y, box.x + box.wide, box.y + box.tall) for box in (*drawn.things, *drawn.deeds)]
    for wire in drawn.wires:
        for a, b in pairwise(wire.points):
            for x, y in along(a, b):
                assert 0 <= x <= drawn.size[0]
                assert 0 <= y <= drawn.size[1]
                assert not any(left < x < right and top < y < low for left, top, right, low in walls)


def along(a: tuple[float, float], b: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Points of the straight line between two points, and of the curve that is level at both."""
    for t in (k / 16 for k in range(17)):
        even, s = t * t * (3 - 2 * t), 1 - t
        half = (a[0] + b[0]) / 2
        yield a[0] * s + b[0] * t, a[1] * s + b[1] * t
        yield a[0] * (s**3) + 3 * half * s * t + b[0] * t**3, a[1] * (1 - even) + b[1] * even


@given(st.text(max_size=60), st.sampled_from([64.0, 176.0]))
def test_what_is_written_fits_into_its_box(text: str, pixels: float) -> None:
    told = fitted(text, pixels, 14)
    assert width(told, 14) <= pixels
    assert told == plain(text) or "…" in told


def test_a_name_without_end_is_cut_at_once() -> None:
    began = time.process_time()
    assert fitted("a" * 100_000, 176, 14) == "aaaaaaaaa…aaaaaaaaa"
    assert time.process_time() - began < 2


def test_chains_that_share_nothing_stand_in_bands(tmp_path: Path) -> None:
    things = tuple(Known("data", f"thing {k}", f"{k:064x}") for k in range(8))
    ways = [(0, 3), (1, 2), (3, 5), (4, 6)]  # 0-3-5, 1-2, 4-6, and 7 by itself
    deeds = tuple(Deed("tune", f"{k}/step.json", (f"{a:064x}",), (f"{b:064x}",)) for k, (a, b) in enumerate(ways))
    high = {box.title: (box.y, box.y + box.tall) for box in drawing(Lineage(things, deeds)).things}
    bands = [[f"thing {k}" for k in band] for band in ((0, 3, 5), (1, 2), (4, 6), (7,))]
    ends = [(min(high[one][0] for one in band), max(high[one][1] for one in band)) for band in bands]
    assert all(above[1] < below[0] for above, below in pairwise(ends))


def test_of_a_chain_every_wire_goes_to_the_right_and_the_folder_of_a_report_owns_it(whole: Path) -> None:
    drawn = drawing(trace(whole))
    assert drawn.wires
    assert all(a[0] < b[0] for wire in drawn.wires for a, b in pairwise(wire.points))
    report = next(box for box in drawn.things if box.title == "tuned/after/report.json")
    [into] = [wire for wire in drawn.wires if wire.end == (report.x, report.y + report.tall / 2)]
    [deed] = [box for box in drawn.deeds if (box.x + box.wide, box.y + box.tall / 2) == into.start]
    assert (deed.title, deed.below) == ("audit", "tuned/after/step.json")


def test_page_picture_and_chart_show_the_same(whole: Path) -> None:
    found = trace(whole)
    told, chart, drawn = lineage_formats(found, "story"), vega_lineage(drawing(found)), drawing(found)
    assert f"min-width: {0.75 * drawn.size[0]:.0f}px" in told["html"]
    assert "auditkit lineage DIR --of HASH" in told["html"]
    for box in drawn.things:
        for text in (box.title, box.below):
            assert text in told["html"]
            assert text in told["svg"]
    shown = {(one["x"], one["y"], one["title"], one["below"]) for one in chart["datasets"]["things"]}
    assert shown == {(box.x, box.y, box.title, box.below) for box in drawn.things}
    assert (chart["width"], chart["height"]) == drawn.size
    assert "http" not in json.dumps(chart).replace(chart["$schema"], "")
    assert json.loads(told["json"]) == json.loads(found.to_json())
    assert told["txt"].startswith(f"{len(found.things)} things, 10 steps: every hash that is told is the hash of what")


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_names_do_nothing(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    things = (Known("data", text, "a" * 64, text, (text,)), Known("judgement", text, "b" * 64, text, (), "FAIL"))
    deed = Deed(text, text, ("a" * 64,), ("b" * 64,), {text: text}, (text,))
    told = lineage_formats(Lineage(things, (deed,), (Flaw("changed", text, text), Flaw("lost", text, text))), text)
    for form in ("html", "svg"):
        assert canned.Tags(told[form]).acting == []
    for line in (*told["md"].splitlines(), *told["txt"].splitlines()):
        assert "::" not in line
        assert "##[" not in line
        assert all(letter.isprintable() for letter in line.replace("\u200b", ""))


def test_the_command(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lineage.json"
    assert main(["lineage", str(root), "--out", str(out)]) == 0
    assert Lineage.from_json(out.read_text()) == trace(root)
    assert capsys.readouterr().err == f"Written to {out}.\n"
    for form, start in {"json": "{", "md": "<!-- auditkit -->", "svg": "<svg", "page": "<!DOCTYPE html>"}.items():
        assert main(["lineage", str(root), "--format", form]) == 0
        assert capsys.readouterr().out.startswith(start)
    model = next(one for one in trace(root).things if one.name == "model")
    assert main(["lineage", str(root), "--of", model.hash[:8]]) == 0
    told = capsys.readouterr().out
    assert "hub/tiny" in told
    assert "tuned/after/judgement.json" not in told
    (root / "applicants.csv").write_text("sex,hired\n")
    assert main(["lineage", str(root)]) == 1
    assert "◆ applicants.csv: It has changed since curated/" in capsys.readouterr().out
    assert main(["lineage", str(tmp_path / "nowhere")]) == 2


def test_hundreds_of_steps_are_followed_in_a_second(tmp_path: Path) -> None:
    """A chain of four hundred; 2 s of the processor."""
    for k in range(400):
        place = tmp_path / f"{k:04}"
        place.mkdir()
        (place / "rows.csv").write_text(str(k))
        took = (recording.thing("data", tmp_path / f"{k - 1:04}" / "rows.csv", place),) if k else ()
        step = Step("curate", took, (recording.thing("data", place / "rows.csv", place),))
        (place / FILE).write_text(step.to_json())
    start = time.process_time()
    found = trace(tmp_path)
    told = lineage_formats(found)
    assert time.process_time() - start < 2
    assert len(found.of(found.things[-1].hash).ancestors) + len(found.of(found.things[-1].hash).descendants) == 399
    assert "250 more things" in told["html"]
