"""load(): a mitigated predictor from its JSON alone; it decides of new people as it did of those it was audited on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditkit.core.errors import InputError, nearest
from auditkit.core.estimate import Floats
from auditkit.core.evidence import Ints
from auditkit.core.wire import LONGEST
from auditkit.levels import spelled
from auditkit.lifecycle.mitigating.wire import FILE, MARK, Constant, Linear, Rule, Settings, Written, written_of
from auditkit.sealing import raw_bytes, untouched


@dataclass(frozen=True)
class Mitigated:
    """A predictor of 0 and 1 in numbers: no estimator, no pickle; neither fairlearn nor scikit-learn is asked.

    `outcomes` is how 0 and 1 are spelled, `group` the column that `sensitive_features` are, `features` the columns that
    it reads, `random_state` the seed of the tosses that were audited.
    """

    written: Written

    @property
    def outcomes(self) -> tuple[str, str]:
        """How 0 and 1 are spelled."""
        return self.written.outcomes

    @property
    def group(self) -> str:
        """The column that sensitive features were."""
        return self.written.group

    @property
    def random_state(self) -> int:
        """The seed of the tosses that were audited; another every time in use."""
        return self.written.random_state

    @property
    def needs_group(self) -> bool:
        """Whether each person's group must be known."""
        return self.written.groups is not None

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that it reads, in order."""
        read = self.written.encoding
        if read is not None and read.features:
            return (*read.medians, *read.levels)
        sums = (self.written.before, *self.written.summed)
        return next(tuple(one.coefficients) for one in sums if isinstance(one, Linear))

    def predict(
        self, X: Any, sensitive_features: Any = None, random_state: Any = None, *, unseen: bool = False
    ) -> Ints:
        """Decide 0 or 1 of n people, `X` a frame (or a mapping of columns) with the features, by their names.

        `sensitive_features` (n,) are their groups, where it `needs_group`; `random_state` is a seed or a `RandomState`
        for the tosses, by default drawn anew. The held-out rows in their order with `self.random_state` give the
        decisions that were audited. `unseen` levels, which no row that it learned from had, are read as none of the
        known ones, as the audited predictor read them. Raises `InputError` for a column, group or level that it does
        not know, and for numbers that make no finite score.
        """
        chance = self.chances(X, sensitive_features, unseen=unseen)
        if self.written.by == "grid_search":  # which never tosses
            return chance.astype(int)
        tosses: Floats = _dice(random_state).rand(len(chance))
        return (chance >= tosses).astype(int)

    def chances(self, X: Any, sensitive_features: Any = None, *, unseen: bool = False) -> Floats:
        """The chance of a 1 for each of n people; see `predict`."""
        features = self._features(X, unseen)
        if self.written.groups is None:
            ones = [(one.weight, _sum(one, features) > 0) for one in self.written.summed]
            return np.asarray(sum(weight * said for weight, said in ones), float)
        score = _sum(self.written.before, features)
        if self.written.score == "chance":
            from scipy.special import expit

            score = expit(score)
        return _tossed(self.written.groups, score, self._groups(sensitive_features, len(score)))

    def _groups(self, given: Any, n: int) -> Any:
        """Each person's group, spelled."""
        if given is None:
            raise InputError(f"It decides by {self.group}: pass each person's as sensitive_features.")
        values = given.to_numpy(dtype=object) if hasattr(given, "to_numpy") else np.asarray(given, object)
        groups, known = np.array(spelled(values.ravel().tolist(), self.group), object), self.written.groups or {}
        if len(groups) != n:
            raise InputError(f"X has {n:,} rows, and sensitive_features {len(groups):,}. Give each one value per row.")
        if strange := sorted(set(groups) - set(known)):
            told = f"{nearest(strange[0], known)} It knows: {', '.join(known)}."
            raise InputError(f'It has no threshold for the {self.group} "{strange[0]:.80}".{told}')
        return groups

    def _features(self, X: Any, unseen: bool) -> Mapping[str, Floats]:
        """Every feature by its name, read as the predictor was fitted to read them."""
        frame = _framed(X)
        names = frame.columns.tolist()
        for name in self.features:
            if name not in names:
                raise InputError(f'It reads the column "{name}", and X has none.{nearest(name, names)}')
            if names.count(name) > 1:
                raise InputError(f'X has {names.count(name)} columns "{name}", and it reads one. Leave out the others.')
        read = self.written.encoding
        if read is None or not read.features:
            return {name: _numbers(frame, name) for name in self.features}
        return dict((*_scaled(read.medians, read.scaling, frame), *_marked(read.levels, frame, unseen)))


def load(source: str | Path) -> Mitigated:
    """The mitigated predictor of a folder that `mitigate` wrote, or of its `mitigated.json`; nothing in it is run.

    Where the manifest lies beside it the file is held against that. Raises `InputError` for a file that is not as it
    was written or does not hold a whole predictor: unknown keys, numbers that are not finite, another kind than linear.

    >>> import tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from auditkit.lifecycle.mitigating import mitigate
    >>> rng = np.random.default_rng(1)
    >>> X, sex = {"skill": rng.normal(size=400)}, np.repeat(["f", "m"], 200)
    >>> with tempfile.TemporaryDirectory() as out:
    ...     import pandas as pd
    ...     _ = mitigate(LogisticRegression(), pd.DataFrame(X), X["skill"] > rng.normal(size=400), sex, out=out)
    ...     model = load(out)
    >>> model.predict({"skill": [-3.0, 3.0]}, sensitive_features=["f", "m"], random_state=0).tolist()
    [0, 1]
    """
    place = Path(source)
    place = place / FILE if place.is_dir() else place
    try:
        raw = raw_bytes(place, LONGEST)
        untouched(place)
        return Mitigated(written_of(raw.decode("utf-8", "replace")))
    except OSError as error:
        raise InputError(f"{place} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} holds no mitigated predictor: {error!s:.300}.") from error


def _framed(X: Any) -> Any:
    """A frame whose columns are named by text."""
    import pandas as pd

    try:
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
    except (ValueError, TypeError) as error:
        raise InputError(f"X is no frame, nor a mapping of columns of one length: {error!s:.100}.") from error
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _dice(random_state: Any) -> Any:
    """What tosses are drawn from."""
    if hasattr(random_state, "rand"):
        return random_state
    try:
        return np.random.RandomState(random_state)
    except (ValueError, TypeError) as error:
        told = f"a whole number from 0 to 2**32 - 1 or a RandomState, and got {random_state!r:.40}"
        raise InputError(f"random_state is {told}.") from error


def _sum(predictor: Linear | Settings | Constant, features: Mapping[str, Floats]) -> Floats:
    """What a linear predictor sums up; a constant says 1 or 0 whatever is read."""
    if not isinstance(predictor, Linear):
        return np.full(len(next(iter(features.values()))), float(getattr(predictor, "constant", 0)))
    weights = np.array(list(predictor.coefficients.values()))
    with np.errstate(over="ignore", invalid="ignore"):
        summed: Floats = np.column_stack([features[name] for name in predictor.coefficients]) @ weights
        summed = summed + predictor.intercept
    if strange := (~np.isfinite(summed)).sum():
        raise InputError(f"{strange:,} rows have no finite score: their numbers, or its own, are too large.")
    return summed


def _tossed(rules: Mapping[str, Rule], score: Floats, group: Any) -> Floats:
    """The chance of a 1, in the order in which fairlearn sums it up."""
    chance = np.zeros(len(score))
    for name, rule in rules.items():
        own = group == name
        first, second = (_above(score[own], *ends) for ends in rule.operations)
        chance[own] = rule.p_ignore * rule.constant + (1 - rule.p_ignore) * (rule.p0 * first + rule.p1 * second)
    return chance


def _above(score: Floats, operator: str, threshold: float) -> Any:
    return score > threshold if operator == ">" else score < threshold


def _numbers(frame: Any, name: str) -> Floats:
    values = _parsed(frame, name)
    if np.isnan(values).any():
        lacking = np.isnan(values).sum()
        raise InputError(f'The column "{name}" has {lacking:,} missing values, and it was taught of none. Fill them.')
    return values


def _parsed(frame: Any, name: str) -> Floats:
    import pandas as pd

    try:
        read = pd.to_numeric(frame[name])
        for strange in (frame[name].dtype, read.dtype):
            if strange.kind in "cmM":  # which would be read as their real part, or as nanoseconds
                raise TypeError(f"they are of type {strange}")
        values = read.to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f'The column "{name}" is read as numbers, and holds others: {error!s:.100}.') from error
    if np.isinf(values).any():
        raise InputError(f'The column "{name}" holds infinities, and infinities are forbidden.')
    return np.asarray(values, float)


def _scaled(
    medians: Mapping[str, float], scaling: Mapping[str, tuple[float, float]], frame: Any
) -> Iterator[tuple[str, Floats]]:
    for name, (mean, scale) in scaling.items():
        column = name if name in medians else name.removeprefix(MARK)
        values = _parsed(frame, column)
        missing = np.isnan(values)
        raw = np.where(missing, medians[column], values) if name == column else missing.astype(float)
        with np.errstate(over="ignore"):  # a score that is not finite is refused
            scaled = (raw - mean) / scale
        yield f"numbers__{name}", scaled


def _marked(levels: Mapping[str, tuple[str, ...]], frame: Any, unseen: bool) -> Iterator[tuple[str, Floats]]:
    for column, known in levels.items():
        shown = np.array(spelled(frame[column].astype(object).tolist(), column), object)
        if not unseen and (strange := sorted(set(shown) - set(known))):
            told = f'The column "{column}" has the level "{strange[0]:.80}", and it learned from rows without it.'
            raise InputError(
                f"{told}{nearest(strange[0], known)} It knows: {', '.join(known[:20])}. Spell it as one of them, or "
                "pass unseen=True to decide as if it were none of them."
            )
        yield from ((f"levels__{column}_{level}", (shown == level).astype(float)) for level in known)
