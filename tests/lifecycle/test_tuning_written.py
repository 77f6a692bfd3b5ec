"""What a tuning draws and writes down: its curve, its card, its settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.formats.curves import curve_svg
from auditkit.lifecycle.tuning import carding
from auditkit.lifecycle.tuning.settings import Settings

pytest.importorskip("torch")


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=700),
    st.lists(st.floats(0, 10), max_size=5),
    st.text(max_size=40),
)
@settings(max_examples=60)
def test_a_curve_is_whole_and_stays_within_its_frame(losses: list[float], marks: list[float], title: str) -> None:
    told = [(k, value, value - 1, None if k % 2 else value + 1) for k, value in enumerate(marks[: len(losses) + 1])]
    drawn = curve_svg(losses, told, title)
    assert drawn == curve_svg(losses, told, title)
    tree = ElementTree.fromstring(drawn)
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(each.get("d", "") for each in tree.iter()))
    assert points
    assert all(0 <= float(x) <= 760 and 0 <= float(y) <= 240 for x, y in points)


def test_hostile_words_are_harmless_in_the_curve_and_the_card(tmp_path: Path) -> None:
    hostile = '</svg><script>alert(1)</script>\n::error::|x|"'
    drawn = curve_svg([1.0], [], hostile)
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)
    (tmp_path / "README.md").write_text(f"---\nlicense: {hostile!r}\n---\n", encoding="utf-8")
    assert len(carding.stated_in(tmp_path)["license"]) <= 80
    assert carding.stated_in(tmp_path / "nowhere") == {}


def test_a_licence_is_read_from_the_front_matter_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A model\nlicense: mit\n", encoding="utf-8")
    assert carding.stated_in(tmp_path) == {}
    (tmp_path / "README.md").write_text('---\nlicense: "apache-2.0"\n---\n', encoding="utf-8")
    assert carding.stated_in(tmp_path) == {"license": "apache-2.0"}


def test_settings_are_plain_and_all_that_decides_is_among_them() -> None:
    told = json.loads(json.dumps(Settings(method="full").to_dict()))
    assert told["rate"] == 5e-4
    assert told["save_every"] == 30
    assert Settings(held_out=0.2).to_dict() != Settings().to_dict()
