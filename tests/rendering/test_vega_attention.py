"""A law: where an answer looked has the same numbers on the printed page, on the screen and in a file by itself."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape

import canned
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from auditkit.core.attention import MOST_TOKENS, sound
from auditkit.core.finding import Exemplar
from auditkit.formats.vega_attention import NO_LETTER
from auditkit.formats.vega_marks import DARK, LIGHT
from auditkit.rendering import Attention, attention_rows, render, svg, vega_lite

tokens = st.one_of(
    st.sampled_from(["he", "he", "", " ", "médecin", "ü" * 30, *canned.HOSTILE[:9]]), st.text(max_size=5)
)


@st.composite
def looks(draw: st.DrawFn) -> Attention:
    rows, columns = (draw(st.lists(tokens, min_size=1, max_size=20)) for _ in range(2))
    shares = []
    for _ in rows:
        raw = draw(st.lists(st.integers(0, 9), min_size=len(columns), max_size=len(columns)).filter(any))
        shares.append([one / sum(raw) for one in raw])
    return sound({"rows": rows, "columns": columns, "weights": shares, "of": draw(tokens)}, 0.05)


def page_of(looked: Attention) -> str:
    """The page of a report whose one finding shows where an answer looked."""
    report, judgement = canned.all_pass()
    row = (("text", "say"), ("answer", "he"), ("target", "m"))
    first = replace(report.findings[0], exemplars=(Exemplar("men", row, "", looked),))
    return render(replace(report, findings=(first, *report.findings[1:])), judgement)


def painted(picture: str) -> list[tuple[str, str, int, int]]:
    """The squares of a picture: what is said of each, how full it is, and its column and row."""
    found = re.findall(
        r'<rect x="(\d+)" y="(\d+)"[^>]* fill-opacity="([\d.]+)"><title>(.*?)</title>', picture, re.DOTALL
    )
    xs, ys = (sorted({int(one[k]) for one in found}) for k in (0, 1))
    return [(unescape(said), full, xs.index(int(x)), ys.index(int(y))) for x, y, full, said in found]


@settings(max_examples=40, deadline=None)
@given(looks())
def test_screen_page_and_file_show_the_same_numbers(looked: Attention) -> None:
    page, own = page_of(looked), svg(looked)
    chart = vega_lite(looked)
    squares = chart["datasets"]["squares"]
    assert [(one["weight"], one["row"], one["column"]) for one in squares] == [
        (weight, i, j) for i, row in enumerate(looked.weights) for j, weight in enumerate(row)
    ]
    [figure] = re.findall(r'<figure class="heat.*?</figure>', page, re.DOTALL)
    table = re.findall(r"<td>([\d.]+)</td>", figure)
    assert table == [one["told"] for one in squares]
    for picture in (figure, own):
        seen = painted(picture)
        assert [said for said, *_ in seen] == [one["spoken"] for one in squares]
        assert [place for *_, place, _ in seen] == [one["column"] for one in squares]
        assert [place for *_, place in seen] == [one["row"] for one in squares]
        assert all(abs(float(full) - one["weight"]) <= 0.0051 for (_, full, *_), one in zip(seen, squares, strict=True))
        words = [unescape(one) for one in re.findall(r'<text class="before"[^>]*>(.*?)</text>', picture, re.DOTALL)]
        assert words == [one["word"] for one in chart["datasets"]["made"]]
        words = [unescape(one) for one in re.findall(r'<text class="after"[^>]*>(.*?)</text>', picture, re.DOTALL)]
        assert words == [one["word"] for one in chart["datasets"]["seen"]]
    rows = attention_rows(looked)
    assert [weight for row in rows for weight in list(row.values())[1:]] == [one["weight"] for one in squares]


def test_fullness_is_the_weight_itself_and_nothing_is_made_of_a_word() -> None:
    looked = sound({"rows": ["a", "a"], "columns": ["", "b"], "weights": [[1, 0], [0.5, 0.5]]})
    chart = vega_lite(looked)
    assert chart["layer"][0]["encoding"]["fillOpacity"]["scale"] == {"domain": [0, 1], "range": [0, 1]}
    assert chart["datasets"]["seen"][0]["word"] == NO_LETTER
    assert [list(row) for row in attention_rows(looked)] == [["word made", NO_LETTER, "b"]] * 2
    assert chart["title"]["text"] == "attention"
    assert not {"expr", "url", "signal", "href", "transform", "params"} & set(
        re.findall(r'"(\w+)":', json.dumps(chart))
    )


def test_a_word_that_comes_twice_has_two_columns_in_the_table() -> None:
    looked = sound({"rows": ["x"], "columns": ["a", "a", "word made"], "weights": [[0.2, 0.3, 0.5]]})
    assert attention_rows(looked) == [{"word made": "x", "a": 0.2, "a [2]": 0.3, "word made [2]": 0.5}]


@pytest.mark.parametrize("n", [1, MOST_TOKENS])
def test_the_least_and_the_most_fit_into_their_file(n: int) -> None:
    wide = sound({"rows": ["w" * 12] * n, "columns": ["w" * 12] * n, "weights": [[1 / n] * n] * n}, 0.1)
    picture = ET.fromstring(svg(wide))
    inner = picture.find(".//{http://www.w3.org/2000/svg}svg")
    assert inner is not None
    assert all(float(inner.attrib[side]) < float(picture.attrib[side]) - 24 for side in ("width", "height"))


def test_it_has_the_colours_of_the_day_and_of_the_night() -> None:
    looked = sound({"rows": ["a"], "columns": ["b"], "weights": [[1]]})
    assert vega_lite(looked)["layer"][0]["mark"]["fill"] == LIGHT["ink"]
    assert vega_lite(looked, dark=True)["layer"][0]["mark"]["fill"] == DARK["ink"]
    assert LIGHT["paper"] in svg(looked)
    assert DARK["paper"] in svg(looked)
