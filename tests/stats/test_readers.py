"""Model and people as readers: weights undo an audit of some items only, ratios and costs against a bootstrap."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.stats import readers
from auditkit.stats.pairs import Readings, precision_difference, recall_difference

TABLE = np.array([[[600, 20], [60, 20]], [[10, 50], [20, 220]]])
PLAIN = Readings.of(TABLE)


def test_unweighted_differences_are_those_of_pairs() -> None:
    assert readers.contrast(PLAIN, "recall", "difference") == recall_difference(TABLE)
    assert readers.contrast(PLAIN, "precision", "difference") == precision_difference(TABLE)


def test_weights_of_one_change_nothing_and_a_common_factor_neither() -> None:
    weighted = Readings(PLAIN.rows, 1.0 * PLAIN.rows, 1.0 * PLAIN.rows)
    tenfold = Readings(PLAIN.rows, 10 * PLAIN.rows, 100 * PLAIN.rows)
    for rate, scale in product(("precision", "recall"), ("difference", "ratio")):
        one, other = (readers.contrast(r, rate, scale) for r in (weighted, tenfold))
        assert one.interval(0.95)[:2] == pytest.approx(other.interval(0.95)[:2])
        plain = readers.contrast(PLAIN, rate, scale)
        assert one.value == pytest.approx(plain.value)
        assert one.interval(0.95)[:2] == pytest.approx(plain.interval(0.95)[:2], abs=0.002)
    one, other = (readers.cost_difference(r, 1, 5) for r in (PLAIN, tenfold))
    assert one.interval(0.95)[:2] == pytest.approx(other.interval(0.95)[:2])


def test_inverse_probabilities_undo_the_audit_by_hand() -> None:
    """Begg & Greenes 1983: of 1,000 unflagged items 100 were audited and 3 found bad; 30 bad ones are missing."""
    seen = np.array([[[97, 5], [7, 2]], [[3, 20], [10, 60]]], float).ravel()
    weight = np.where(np.arange(8) % 4 == 0, 10.0, 1.0)
    r = Readings(seen, seen * weight, seen * weight**2)
    assert readers.contrast(r, "recall", "difference").value == pytest.approx((70 - 80) / 120)
    assert readers.contrast(r, "recall", "ratio").value == pytest.approx(70 / 80)
    assert readers.counted(r, "recall", 0, "m").rate == pytest.approx(70 / 120)
    assert readers.counted(r, "recall", 0, "m")[1:3] == (70, 93)


@pytest.mark.parametrize("scale", ["difference", "ratio"])
@pytest.mark.parametrize("rate", ["precision", "recall"])
def test_width_with_weights_is_that_of_drawing_and_auditing_again(rate, scale) -> None:
    rng = np.random.default_rng(6)
    audited = np.where(np.arange(8) % 4 == 0, 0.3, 1.0)
    r = Readings(TABLE.ravel() * audited, 1.0 * TABLE.ravel(), TABLE.ravel() / audited)
    seen = rng.binomial(rng.multinomial(TABLE.sum(), TABLE.ravel() / TABLE.sum(), size=1_200), audited).astype(float)
    values = [readers.contrast(Readings(s, s / audited, s / audited**2), rate, scale).value for s in seen]
    sd = np.std(np.log(values) if scale == "ratio" else values)
    assert readers.contrast(r, rate, scale).standard_error(scale) == pytest.approx(sd, rel=0.1)


def test_costs_are_counted_by_hand() -> None:
    e = readers.cost_difference(PLAIN, 2, 3)
    d = np.repeat([0, -2, 2, 0, 0, 3, -3, 0], TABLE.ravel())
    assert e.value == pytest.approx(d.mean())
    assert e.standard_error() == pytest.approx(d.std() / np.sqrt(len(d)), rel=1e-6)
    assert readers.paired_costs(2, 3).tolist() == [0, -2, 2, 0, 0, 3, -3, 0]


@given(st.lists(st.integers(0, 30), min_size=8, max_size=8), st.floats(0.1, 9), st.floats(0.1, 9))
def test_costs_turn_round_with_the_readers(cells, fp, fn) -> None:
    table = np.array(cells).reshape(2, 2, 2)
    e, turned = (readers.cost_difference(Readings.of(t), fp, fn) for t in (table, table.swapaxes(1, 2)))
    assert (e.value is None) == (sum(cells) == 0)
    if e.value is not None:
        assert np.allclose(e.lower, -np.array(turned.upper))
        assert -max(fp, fn) <= e.lower[-1] <= e.value <= e.upper[-1] <= max(fp, fn)


def test_clusters_widen_costs_and_ratios() -> None:
    rng = np.random.default_rng(7)
    shares = rng.dirichlet(TABLE.ravel() / 40, 25)
    batches = rng.multinomial(40, shares).astype(float)
    by_batch, by_item = Readings.of(batches, batches), Readings.of(batches.sum(axis=0).reshape(2, 2, 2))
    for told in (lambda r: readers.cost_difference(r, 1, 2), lambda r: readers.contrast(r, "recall", "ratio")):
        wide, narrow = told(by_batch), told(by_item)
        assert wide.value == pytest.approx(narrow.value)
        assert wide.clusters == 25
        assert np.diff(wide.interval(0.95)[:2]) > np.diff(narrow.interval(0.95)[:2])


def test_nothing_to_read_has_a_reason() -> None:
    never = Readings.of([[[9, 2], [3, 4]], [[0, 0], [0, 0]]])
    assert readers.contrast(never, "recall", "ratio").reason == "no positive items"
    assert readers.cost_difference(Readings.of(np.zeros((2, 2, 2))), 1, 1).reason == "no items"
    blind = Readings.of([[[9, 2], [3, 4]], [[5, 0], [5, 0]]])
    assert readers.contrast(blind, "recall", "ratio").reason == "the people's recall is 0"
    same = Readings.of([[[90, 0], [0, 5]], [[5, 0], [0, 50]]])
    assert readers.cost_difference(same, 1, 1).interval(0.95).high > 0.01


def test_a_tally_is_read_by_its_spelling() -> None:
    cells = {(y, m, h): k + 1 for k, (y, m, h) in enumerate(product(("no", "yes"), repeat=3))}
    tally = Tally.of_cells(("outcome", "model", "human"), cells)
    assert readers.readings(tally, "yes").rows.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    with pytest.raises(InputError, match="Spell both alike"):
        readers.readings(tally.relabel("model", {"yes": "1", "no": "0"}), "yes")


def test_the_shares_of_a_world_have_its_rates() -> None:
    shares = readers.joint_shares(0.2, (0.8, 0.7), (0.9, 0.95), 0.4)
    assert shares.sum() == pytest.approx(1)
    r = Readings(shares, shares, shares)
    assert readers.counted(r, "recall", 0, "").rate == pytest.approx(0.8)
    assert readers.counted(r, "precision", 0, "").rate == pytest.approx(0.7)
    assert readers.counted(r, "recall", 1, "").rate == pytest.approx(0.9)
    assert readers.counted(r, "precision", 1, "").rate == pytest.approx(0.95)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "prevalence", "audit"), [(2_000, 0.2, 0.1), (4_000, 0.2, 0.2), (10_000, 0.05, 0.1)])
@pytest.mark.parametrize("model", [0.85, 0.75])
def test_an_audited_recall_covers(n: int, prevalence: float, audit: float, model: float) -> None:
    rng = np.random.default_rng([n, int(100 * model)])
    shares = readers.joint_shares(prevalence, (model, 0.9), (0.85, 0.9), 0.4)
    p = np.where(np.arange(8) % 4 == 0, audit, 1.0)
    truth = {"difference": model - 0.85, "ratio": model / 0.85}
    cost = float(shares @ readers.paired_costs(1, 3))
    held = {"difference": 0, "ratio": 0, "cost": 0}
    for seen in rng.binomial(rng.multinomial(n, shares, size=1_500), p).astype(float):
        r = Readings(seen, seen / p, seen / p**2)
        for scale, theta in truth.items():
            low, high, _ = readers.contrast(r, "recall", scale).interval(0.95)
            held[scale] += low <= theta and (high is None or theta <= high)
        low, high, _ = readers.cost_difference(r, 1, 3).interval(0.95)
        held["cost"] += low <= cost <= high
    assert min(held.values()) >= 0.935 * 1_500
