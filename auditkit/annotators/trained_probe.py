"""What does a classifier, trained on labelled pictures, see in a picture?

Pictures become vectors (a `Thumbnail`, an `Embedding`), and a scikit-learn classifier learns the labels of people from
them: a linear probe (Alain & Bengio 2017), by default logistic regression on standardised features. How often it errs
is measured where it has not learnt: every labelled picture is read by a classifier fitted on the other folds
(cross-fitting; Stone 1974), and the errors are counted by true level. They hold for pictures like the labelled ones;
on a generator's pictures they may not, so verdicts need `checked` labels of those. Pictures of one person in several
folds flatter it.

It is fitted in the process, from the labels, and never loaded: a pickled classifier is a program of somebody else's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from auditkit.annotators.embedding import Embedding
from auditkit.annotators.encoders import Floats
from auditkit.annotators.human_labels import HumanLabels, picture_key
from auditkit.annotators.measuring import misread
from auditkit.annotators.thumbnail import Thumbnail
from auditkit.core.annotator import Annotator, Misreading
from auditkit.core.errors import InputError
from auditkit.core.probe import Picture

FEWEST = 10
"""Labelled pictures that a level needs."""
PROBES = 256


class Examples(NamedTuple):
    """Labelled pictures to learn from."""

    pictures: Sequence[Picture]
    labels: Sequence[str]


@dataclass(frozen=True)
class TrainedProbe(Annotator):
    """Read `attribute` as a classifier learnt it from `examples`: (pictures, labels), or a CSV naming picture files.

    A CSV is read as `HumanLabels` reads it, the level from the column `attribute`. `classifier` is any scikit-learn
    classifier: fitted it is taken as it stands, and then nothing is known of its errors. Where the likeliest level
    leads the next by less than `margin` in probability, the picture is not readable. Raises `InputError` for fewer than
    two levels, and for a level with fewer than 10 pictures.

    >>> grey = [np.full((4, 4, 3), 10 * k, np.uint8) for k in range(26)]
    >>> probe = TrainedProbe("light", (grey, ["dark"] * 13 + ["bright"] * 13), Thumbnail(size=1))
    >>> probe.read([grey[0], grey[25], None])["light"], [(known.level, known.n) for known in probe.misreadings()]
    (['dark', 'bright', None], [('bright', 13), ('dark', 13)])
    """

    attribute: str
    examples: Any = None
    features: Thumbnail | Embedding = field(default_factory=Thumbnail)
    classifier: Any = None
    folds: int = 5
    margin: float = 0.0
    seed: int = 0

    basis: ClassVar[str] = "perceived by a trained classifier"
    reads: ClassVar[Literal["text", "image"]] = "image"

    def __post_init__(self) -> None:
        if self.examples is None and not hasattr(self.classifier, "classes_"):
            raise InputError(
                "TrainedProbe needs examples to learn from, (pictures, labels) or a CSV, or a fitted classifier."
            )

    def read(self, pictures: Sequence[Picture | None]) -> Mapping[str, Sequence[str | None]]:
        """The level of each picture."""
        vectors = self._vectors(pictures)
        seen = [k for k, vector in enumerate(vectors) if vector is not None]
        told: list[str | None] = [None] * len(pictures)
        if seen:
            levels = self._levels(self._fitted, np.array([vectors[k] for k in seen]))
            for k, level in zip(seen, levels, strict=True):
                told[k] = level
        return {self.attribute: told}

    def misreadings(self) -> tuple[Misreading, ...]:
        """What cross-fitting found, by true level."""
        return self._cross_fitted if self.examples is not None else ()

    @cached_property
    def fingerprint(self) -> str:
        """What it learnt from, or what a fitted classifier says of 256 fixed vectors of many sizes."""
        means = (
            f"trained_probe {self.attribute} {self.features.fingerprint} {self.classifier!r} {self.margin} {self.seed}"
        )
        if self.examples is not None:
            keys = [picture_key(picture) for picture in self._examples.pictures]
            return f"{means} {_digest((keys, self._examples.labels, self.folds))}"
        rng = np.random.default_rng(0)
        asked = rng.normal(size=(PROBES, self.classifier.n_features_in_)) * 10.0 ** rng.integers(-2, 3, (PROBES, 1))
        return f"{means} {_digest(np.round(self._probabilities(self.classifier, asked), 6).tolist())}"

    def _vectors(self, pictures: Sequence[Picture | None]) -> Sequence[Any]:
        (found,) = self.features.read(pictures).values()
        return found

    @cached_property
    def _examples(self) -> Examples:
        """The labelled pictures in the order of their keys, so that the order they came in moves nothing."""
        given = HumanLabels(str(self.examples), self.attribute).examples() if _is_path(self.examples) else self.examples
        pictures, labels = list(given[0]), [str(label) for label in given[1]]
        if len(pictures) != len(labels):
            raise InputError(f"There are {len(pictures)} pictures and {len(labels)} labels. Give each picture a label.")
        counts = {level: labels.count(level) for level in sorted(set(labels))}
        if len(counts) < 2 or min(counts.values()) < max(FEWEST, self.folds):
            told, least = ", ".join(f"{level} {n}" for level, n in counts.items()) or "none", max(FEWEST, self.folds)
            raise InputError(
                f'"{self.attribute}" needs two levels of {least} labelled pictures or more. It has: {told}.'
            )
        order = sorted(range(len(pictures)), key=lambda k: (picture_key(pictures[k]), labels[k]))
        return Examples([pictures[k] for k in order], [labels[k] for k in order])

    @cached_property
    def _learnt(self) -> tuple[Floats, list[str]]:
        return np.array(self._vectors(self._examples.pictures), float), list(self._examples.labels)

    @cached_property
    def _fitted(self) -> Any:
        return self.classifier if self.examples is None else self._fresh().fit(*self._learnt)

    @cached_property
    def _cross_fitted(self) -> tuple[Misreading, ...]:
        from sklearn.model_selection import StratifiedKFold

        vectors, labels = self._learnt
        read: list[str | None] = [None] * len(labels)
        for taught, held in StratifiedKFold(self.folds, shuffle=True, random_state=self.seed).split(vectors, labels):
            pupil = self._fresh().fit(vectors[taught], [labels[k] for k in taught])
            for k, level in zip(held.tolist(), self._levels(pupil, vectors[held]), strict=True):
                read[k] = level
        return misread(read, labels, self.attribute)

    def _fresh(self) -> Any:
        """A classifier that knows nothing yet."""
        from sklearn.base import clone
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if self.classifier is not None:
            return clone(self.classifier)
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))

    def _levels(self, fitted: Any, vectors: Floats) -> list[str | None]:
        odds = self._probabilities(fitted, vectors)
        ranked = np.sort(odds, axis=1)
        clear = ranked[:, -1] - ranked[:, -2] >= self.margin
        names = [str(level) for level in fitted.classes_]
        return [names[k] if lead else None for k, lead in zip(odds.argmax(axis=1).tolist(), clear, strict=True)]

    def _probabilities(self, fitted: Any, vectors: Floats) -> Floats:
        """The probability of each level (n, k); all on one where the classifier knows no probabilities."""
        if hasattr(fitted, "predict_proba"):
            return np.asarray(fitted.predict_proba(vectors), float)
        return np.asarray(np.asarray(fitted.predict(vectors))[:, None] == np.asarray(fitted.classes_), float)


def _is_path(examples: Any) -> bool:
    return isinstance(examples, str) or hasattr(examples, "__fspath__")


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()
