"""The readers of the portrait world: one is exact, one errs as often as was planted."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.annotators.measuring import measured
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import World, skin_of
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from tests.annotators.tried import drawn

pytest.importorskip("PIL")


def test_the_exact_reader_is_exact(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    read = Exact((*Exact().attributes, "occupation"), prefix="seen ").read(pictures)
    for name in ("tone", "hair", "length", "age", "background", "occupation"):
        assert read[f"seen {name}"] == [getattr(person, name) for person in people]
    assert Exact().read([None, pictures[0][:32]])["skin"] == [None, None]
    with pytest.raises(InputError, match=r'no attribute "skim".*Did you mean "skin"'):
        Exact(("skim",))


def test_planted_errors_are_found_again() -> None:
    people = World().people(1_500, np.random.default_rng(5))
    pictures = drawn(people)
    reader = Noisy("hair", {"grey": 0.2, "black": 0.05})
    planted = {known.level: known.rate for known in reader.misreadings()}
    assert planted == {"black": 0.05, "brown": 0, "blond": 0, "red": 0, "grey": 0.2}
    for known in measured(reader, pictures, [person.hair for person in people], "hair"):
        error = np.sqrt(planted[known.level] * (1 - planted[known.level]) / known.n)
        assert abs(known.rate - planted[known.level]) <= 3.5 * error
    by_skin = Noisy("age", {"darker": 0.3}, by="skin")
    assert by_skin.misreadings() == ()
    wrong = np.array([a != p.age for a, p in zip(by_skin.read(pictures)["age"], people, strict=True)])
    darker = np.array([skin_of(p.tone) == "darker" for p in people])
    assert not wrong[~darker].any()
    assert wrong[darker].mean() == pytest.approx(0.3, abs=0.045)
    assert by_skin.read(pictures[:50]) != Noisy("age", {"darker": 0.3}, by="skin", seed=1).read(pictures[:50])
    with pytest.raises(InputError, match="errs maps levels of skin"):
        Noisy("age", {"older": 0.3}, by="skin")
