"""The tone of skin, read from pixels: held against published figures and against drawings whose tone is known."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.annotators import SkinTone
from auditkit.annotators.colours import MONK, cielab, nearest_tone, rgb_of
from auditkit.annotators.skin_tone import typology
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person, draw
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, TONES
from auditkit.lab.worlds.figures.people import skin_of

pytest.importorskip("PIL")


@pytest.mark.parametrize(
    ("rgb", "lab"),  # sRGB's primaries and secondaries under D65, as tabled by Lindbloom
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
        ((0, 255, 0), (87.7347, -86.1827, 83.1793)),
        ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
        ((255, 255, 0), (97.1393, -21.5537, 94.4780)),
        ((0, 255, 255), (91.1132, -48.0875, -14.1312)),
        ((255, 0, 255), (60.3242, 98.2343, -60.8249)),
        ((119, 119, 119), (50.0344, 0, 0)),
    ],
)
def test_cielab_is_as_published(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    assert cielab(rgb) == pytest.approx(lab, abs=2e-3)


def test_the_monk_scale_is_that_of_the_portraits_and_its_own_nearest() -> None:
    assert dict(MONK) == TONES
    assert [nearest_tone(lab) for lab in cielab(rgb_of(list(MONK.values())))] == list(MONK)


def test_typology_has_its_edges_where_del_bino_put_them() -> None:
    edges = {55.1: "very light", 55: "light", 41: "intermediate", 28: "tan", 10: "brown", -30: "dark", -30.1: "dark"}
    assert {angle: typology(angle) for angle in edges} == edges


def test_skin_is_read_exactly_from_drawings_of_all_ten_tones(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    assert {person.tone for person in people} == set(MONK)
    read = SkinTone().read(pictures)
    assert read["skin_monk"] == [person.tone for person in people]
    assert read["skin"] == [skin_of(person.tone) for person in people]
    by_tone = {person.tone: ita for person, ita in zip(people, read["skin_ita"], strict=True)}
    angles = [by_tone[tone] for tone in MONK]
    assert angles == sorted(angles, reverse=True)


def test_skin_is_read_from_nothing_but_skin() -> None:
    blank = [np.full((64, 64, 3), rgb_of([colour])[0], np.uint8) for colour in (*BACKGROUNDS.values(), "#ffffff")]
    assert SkinTone().read(blank)["skin"] == [None] * len(blank)
    face = np.asarray(draw(Person("chef", "3", "brown", "short", "younger", "sky")))
    nose = SkinTone(region=(0.46, 0.49, 0.55, 0.54), skin_only=False, attribute="nose").read([face])
    assert nose["nose_monk"] == ["3"]
    blue = np.full((8, 8, 3), (40, 60, 200), np.uint8)
    read = SkinTone(skin_only=False).read([blue])
    assert read["skin"] == ["darker"]
    assert read["skin_ita"] == read["skin_type"] == [None]
    with pytest.raises(InputError, match="A region is left, top, right, bottom"):
        SkinTone(region=(0.5, 0, 0.2, 1))
