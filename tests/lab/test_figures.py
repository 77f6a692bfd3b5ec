"""The portrait world: its shares, its captions, and a reader that makes no error on its drawings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2

from auditkit.core.probe import Prompt
from auditkit.lab.worlds.figures.captions import caption
from auditkit.lab.worlds.figures.drawing import draw
from auditkit.lab.worlds.figures.painter import Painter
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World, skin_of
from auditkit.lab.worlds.figures.reading import read
from auditkit.lab.worlds.figures.references import references, stereotypes

READ = ("occupation", "tone", "hair", "length", "age", "background")


def drawn(world: World, n: int, seed: int):
    people = world.people(n, np.random.default_rng(seed))
    return people, np.stack([np.asarray(draw(person)) for person in people])


@pytest.mark.parametrize("n", [1_500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_every_attribute_is_read_exactly_from_a_drawing(n: int) -> None:
    people, pictures = drawn(World(0.5, 0.5), n, seed=n)
    for person, told in zip(people, read(pictures), strict=True):
        assert {name: getattr(person, name) for name in READ} == {name: told[name] for name in READ}
        assert told["skin"] == skin_of(person.tone)


@pytest.mark.parametrize("dose", [0.0, 0.4, 0.9])
def test_people_are_as_the_world_says(dose: float) -> None:
    """A goodness-of-fit test over all occupations and attributes: 36 shares, wrong once in ten thousand."""
    world, rng, score = World(dose), np.random.default_rng(3), 0.0
    for job in CALLINGS:
        people = world.people(2_000, rng, job)
        seen = {
            "skin": np.mean([skin_of(person.tone) == "darker" for person in people]),
            "length": np.mean([person.length == "long" for person in people]),
            "age": np.mean([person.age == "older" for person in people]),
        }
        for attribute, share in seen.items():
            p = world.share(job, attribute)
            score += (share - p) ** 2 * 2_000 / (p * (1 - p))
    assert score < chi2.ppf(0.9999, 36)


def test_a_dose_moves_every_share_to_its_stereotype() -> None:
    for attribute, (usual, tabled) in LEVELS.items():
        for job, level in stereotypes(attribute).items():
            fair = references(attribute)[job].shares()[level]
            share = World(1.0).share(job, attribute)
            assert (share if level == tabled else 1 - share) == pytest.approx(0.95)
            assert 0.3 <= fair <= 0.7
            assert {usual, tabled} == set(references(attribute)[job].shares())


def test_sameness_takes_the_modes_of_one_group_alone() -> None:
    people = World(0.0, sameness=1.0).people(3_000, np.random.default_rng(1))
    modes = {
        skin: Counter((person.hair, person.background) for person in people if skin_of(person.tone) == skin)
        for skin in LEVELS["skin"]
    }
    assert set(modes["darker"]) == {("black", "lilac"), ("grey", "lilac")}
    assert len(modes["lighter"]) == 20


def test_captions_never_lie() -> None:
    rng = np.random.default_rng(2)
    people = World().people(500, rng)
    for person in people:
        said = caption(person, rng, full=True)
        assert f"{skin_of(person.tone)} skin" in said
        assert f"{person.length} hair" in said
        assert f"{person.age} {person.occupation}" in said
    plain = [caption(person, rng) for person in people]
    assert 0.05 < np.mean([not said for said in plain]) < 0.20
    assert all("lighter" not in s or skin_of(p.tone) == "lighter" for s, p in zip(plain, people, strict=True))


def test_what_shows_nobody_is_not_readable() -> None:
    blank = np.zeros((3, 64, 64, 3), np.uint8)
    blank[1] = 255
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    assert [set(told.values()) for told in read(blank)] == [{None}] * 3
    assert read(noise[None])[0]["occupation"] is None


def test_the_painter_draws_what_it_is_told_and_refuses_as_told() -> None:
    painter = Painter(World(0.0), refuses={"judge": 1.0})
    assert painter.sample([Prompt("a photo of a judge")], [1]) == [("the painter refuses",)]
    asked = [Prompt("a photo of a nurse, darker skin, long hair")] * 20
    told = read(np.stack(painter.sample(asked, list(range(20)))))
    assert {(one["occupation"], one["skin"], one["length"]) for one in told} == {("nurse", "darker", "long")}
