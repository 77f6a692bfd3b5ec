"""Weights to a reference, and to independence: what they cost is said, and what they cannot do."""

from __future__ import annotations

import numpy as np

from auditkit.core.errors import InputError
from auditkit.core.estimate import Floats
from auditkit.core.roles import MISSING
from auditkit.lifecycle.curating.book import MADE_SO, Book
from auditkit.lifecycle.curating.dataset import Dataset, Ints
from auditkit.lifecycle.curating.references import ALL, counted, covered, joint_shares, shares_of
from auditkit.lifecycle.curating.steps import PostStratify, Rake, Reweigh
from auditkit.stats.reweighing import reweighed, systematic
from auditkit.stats.weighting import kish, post_stratified, raked

UNSEEN = (
    "Weights change how much the observed rows count. They create nobody: who was never observed, or differs from the "
    "observed within a cell, is not made up for, and the variance of an estimate does not know."
)


def rake(step: Rake, data: Dataset, book: Book, rng: np.random.Generator) -> Dataset:
    """Scale the weights until every margin has its shares (`stats.weighting.raked`)."""
    codes, shares = [], []
    for column, given in step.margins.items():
        known = shares_of(given, column)[ALL]
        code, share = _coded(data.levels(column), known, data, column)
        codes.append(code)
        shares.append(share)
    weights = raked(_base(data), codes, shares)
    what = f"to the margins of {', '.join(step.margins)} ({step.why}; {step.source})"
    return _weighed(data, weights, book, what, step.resample, rng)


def post_stratify(step: PostStratify, data: Dataset, book: Book, rng: np.random.Generator) -> Dataset:
    """Scale the weights until every cell has its share."""
    called = " × ".join(step.columns)
    code, share = _coded(data.cells(step.columns), joint_shares(step.reference, step.columns), data, called)
    weights = post_stratified(_base(data), code, share)
    return _weighed(data, weights, book, f"to the cells of {called} ({step.why}; {step.source})", step.resample, rng)


def reweigh(step: Reweigh, data: Dataset, book: Book, rng: np.random.Generator) -> Dataset:
    """Weigh rows so that group and outcome are independent (`stats.reweighing.reweighed`)."""
    groups, outcomes = data.cells(step.group), data.levels(step.outcome)
    called = " × ".join(step.group)
    for name, levels in ((called, groups), (step.outcome, outcomes)):
        if MISSING in " ".join(levels):
            raise InputError(f"{name} is missing in some rows, and these have no weight. Leave them out, or fill them.")
    have = counted([f"{g}\n{y}" for g, y in zip(groups, outcomes, strict=True)], data)
    empty = [(g, y) for g in sorted(set(groups)) for y in sorted(set(outcomes)) if not have.get(f"{g}\n{y}")]
    if empty:
        raise InputError(
            f"No rows have {called} {empty[0][0]} and {step.outcome} {empty[0][1]}. No weight makes up for who was not "
            "observed: collect some, or merge the group with another."
        )
    (g, _), (y, _) = (_numbered(levels) for levels in (groups, outcomes))
    weights = reweighed(g, y, _base(data))
    what = f"so that {step.outcome} is independent of {called} (Kamiran & Calders 2012)"
    return _weighed(data, weights, book, what, step.resample, rng)


def _coded(levels: list[str], shares: dict[str, float], data: Dataset, called: str) -> tuple[Ints, Floats]:
    covered(counted(levels, data), shares, called)
    known = [level for level, share in shares.items() if share]
    place = {level: k for k, level in enumerate(known)}
    # what has no share has no weight either, which `covered` has seen to
    code = np.array([place.get(level, 0) for level in levels], np.int64)
    return code, np.array([shares[level] for level in known])


def _numbered(levels: list[str]) -> tuple[Ints, list[str]]:
    names = sorted(set(levels))
    place = {name: k for k, name in enumerate(names)}
    return np.array([place[level] for level in levels], np.int64), names


def _base(data: Dataset) -> Floats:
    return np.ones(len(data)) if data.weights is None else data.weights


def _weighed(data: Dataset, w: Floats, book: Book, what: str, resample: bool, rng: np.random.Generator) -> Dataset:
    """The data set with its weights, or with rows drawn by them; what the weights cost is said either way."""
    deff, n_eff = kish(w)
    mean = float(w.mean())
    book.limit(UNSEEN)
    book.limit(MADE_SO)
    book.say(
        f"{len(data):,} rows were weighted {what}: the weights run from {w.min() / mean:.2f} to {w.max() / mean:.2f} "
        f"times their mean, the design effect is {deff:.2f} (Kish), and {len(data):,} rows are worth {n_eff:,.0f}."
    )
    if not resample:
        book.note("weighted", data.rows, [f"weight {value:.6g} {what}" for value in w.tolist()])
        return data.weighted(w)
    return _resampled(data, w, book, what, rng)


def _resampled(data: Dataset, w: Floats, book: Book, what: str, rng: np.random.Generator) -> Dataset:
    counts = systematic(w, len(data), rng)
    lost, again = np.flatnonzero(counts == 0), np.repeat(np.arange(len(data)), np.maximum(counts - 1, 0))
    expected = w / w.mean()
    book.note("dropped", data.rows[lost], [f"not drawn: expected {expected[k]:.3g} times {what}" for k in lost])
    heads = data.rows[again].tolist()
    told = [f"drawn again: row {book.name(row)}, expected {expected[k]:.3g} times {what}"
            for row, k in zip(heads, again.tolist(), strict=True)]  # fmt: skip
    book.note("added", range(data.size, data.size + len(again)), told, heads)
    book.say(f"{len(lost):,} rows were not drawn by their weights, and {len(again):,} copies were: {len(data):,} rows.")
    grown = data.with_copies(again.tolist(), [{}] * len(again)).weighted(None)
    keep = np.r_[np.flatnonzero(counts > 0), np.arange(len(data), len(grown))]
    return grown.taken(keep)
