"""A classifier on vectors of pictures: it learns, knows how often it errs, or is taken as it was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from auditkit.annotators import Thumbnail, TrainedProbe
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person
from auditkit.lab.worlds.figures.people import skin_of

pytest.importorskip("PIL")


def test_a_probe_learns_and_knows_how_often_it_errs(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    truth = [skin_of(person.tone) for person in people]
    flipped = [*truth]
    for k in range(0, 200, 5):  # labels that nothing can be learnt from
        flipped[k] = "darker" if truth[k] == "lighter" else "lighter"
    probe = TrainedProbe("skin", (pictures[:300], truth[:300]), Thumbnail(size=4))
    assert [known.rate for known in probe.misreadings()] == pytest.approx([0, 0], abs=0.02)
    assert np.mean([a == b for a, b in zip(probe.read(pictures[300:])["skin"], truth[300:], strict=True)]) > 0.98
    noisy = TrainedProbe("skin", (pictures[:200], flipped[:200]), Thumbnail(size=4)).misreadings()
    assert sum(known.rate * known.n for known in noisy) >= 30
    assert sum(known.n for known in noisy) == 200
    order = np.random.default_rng(0).permutation(300)
    mixed = TrainedProbe("skin", ([pictures[k] for k in order], [truth[k] for k in order]), Thumbnail(size=4))
    assert mixed.misreadings() == probe.misreadings()
    assert mixed.fingerprint == probe.fingerprint
    assert mixed.read(pictures[300:]) == probe.read(pictures[300:])


def test_a_classifier_that_is_fitted_is_taken_as_it_stands(crowd: tuple[list[Person], list[Picture]]) -> None:
    from sklearn.tree import DecisionTreeClassifier

    people, pictures = crowd
    vectors = np.array(Thumbnail(size=2).read(pictures)["vector"])
    ages = [person.age for person in people]
    trees = [DecisionTreeClassifier(max_depth=depth, random_state=0).fit(vectors, ages) for depth in (2, 6)]
    probes = [TrainedProbe("age", features=Thumbnail(size=2), classifier=tree) for tree in trees]
    assert probes[0].read(pictures[:9])["age"] == trees[0].predict(vectors[:9]).tolist()
    assert probes[0].misreadings() == ()
    assert probes[0].fingerprint != probes[1].fingerprint
    with pytest.raises(InputError, match="needs examples"):
        TrainedProbe("age")
    with pytest.raises(InputError, match="needs two levels"):
        TrainedProbe("age", (pictures[:20], ["old"] * 20)).read(pictures[:1])
