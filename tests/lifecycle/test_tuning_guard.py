"""The guard: what held-out items lost, in pairs, by weight, and whether so few can tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lifecycle.tuning.curve import marked
from auditkit.lifecycle.tuning.guard import Guard, short, told
from auditkit.lifecycle.tuning.guard import Told as Items
from auditkit.lifecycle.tuning.pupil import Quality, Rows
from auditkit.stats.assurance import items_for
from tests.lifecycle.small_tuning import rows_of

pytest.importorskip("torch")


class Told:
    """A pupil whose qualities are what it is told."""

    def __init__(self, n: int, lost: float, spread: float = 0.01) -> None:
        rng = np.random.default_rng(4)
        self.rows = rows_of([f"row{k}" for k in range(n)])
        self.before = rng.normal(0.9, 0.1, n)
        self.after = self.before - lost - rng.normal(0, spread, n)

    def measured(self, target: Any, rows: Sequence[int]) -> dict[str, Any]:
        return {"q": (self.before if target == "before" else self.after)[list(rows)]}


@pytest.mark.parametrize(
    ("n", "lost", "outcome"),
    [
        (90, 0.0, Outcome.PASS),
        (50, 0.0, Outcome.INCONCLUSIVE),  # of one in twenty that lost all none might have been met
        (60, 0.1, Outcome.INCONCLUSIVE),  # nor of one that gained all
        (90, 0.1, Outcome.FAIL),
        (90, 0.05, Outcome.INCONCLUSIVE),
        (29, 0.0, Outcome.INCONCLUSIVE),
        (0, 0.0, Outcome.NOT_ASSESSED),
    ],
)
def test_the_guard_compares_the_items_in_pairs(n: int, lost: float, outcome: Outcome) -> None:
    pupil: Any = Told(n, lost)
    guard = Guard.of((Quality("q", "units", 0.05),), {})
    held = np.arange(n)
    (cost,) = guard.costs(*(guard.measured(pupil, side, held) for side in ("before", "after")))
    assert cost.outcome is outcome
    assert cost.paired
    assert bool(short((cost,))) == (n < 59)
    if 0 < n < 59:
        assert f"{n} items were held out, and q within 0.05 can be told from 59 on" in short((cost,))


def test_too_few_items_are_told_with_how_many_it_takes() -> None:
    pupil: Any = Told(70, 0.03, spread=0.05)
    guard = Guard.of((Quality("q", "units", 0.05),), {})
    sides = [guard.measured(pupil, side, np.arange(70)) for side in ("before", "after")]
    (cost,) = guard.costs(*sides)
    assert cost.outcome is Outcome.INCONCLUSIVE
    assert cost.needed is not None
    assert cost.needed > 70
    lost = sides[0].values["q"] - sides[1].values["q"]
    planned = items_for(0.05, lost, within=(-1, 1))
    assert (cost.needed, cost.if_it_stays) == planned
    assert cost.settled_by == cost.needed


def test_of_too_few_items_to_have_a_bound_it_is_told_how_many_it_takes() -> None:
    cost = costs(np.full(20, 0.5), np.full(20, 0.5))
    assert (cost.outcome, cost.needed) == (Outcome.INCONCLUSIVE, items_for(0.05, np.zeros(20), within=(-1, 1)).items)
    assert cost.small  # of 20 without a loss one in seven may lose all


def test_margins_are_by_name_and_the_nameless_one_is_for_the_first() -> None:
    both = (Quality("a", "u", 0.1), Quality("b", "u", 0.2))
    assert Guard.of(both, {}).margins == {"a": 0.1, "b": 0.2}
    assert Guard.of(both, {"": 0.5}).margins == {"a": 0.5, "b": 0.2}
    assert Guard.of(both, {"": 0.5, "a": 0.3, "b": 0.4}).margins == {"a": 0.3, "b": 0.4}
    with pytest.raises(InputError, match='no quality "c"'):
        Guard.of(both, {"c": 1.0})


def costs(before: Any, after: Any, weights: Any = None, **how: Any) -> Any:
    """The cost of one quality, items before and after."""
    quality = Quality("q", "units", how.pop("margin", 0.05), **how)
    w = np.ones(len(before)) if weights is None else np.asarray(weights, float)
    (cost,) = Guard.of((quality,), {}).costs(Items({"q": before}, w), Items({"q": after}, w))
    return cost


def test_no_margin_for_what_has_none() -> None:
    both = (Quality("a", "u", 0.1), Quality("b", "u", None, "it moves with the bias"))
    assert Guard.of(both, {"": 0.5}).margins == {"a": 0.5, "b": None}
    with pytest.raises(InputError, match=r"b has no margin on these data: it moves with the bias. Give one to a"):
        Guard.of(both, {"b": 0.1})
    cost = costs(np.full(200, 0.5), np.full(200, 0.4), margin=None, about="it moves with the bias")
    assert cost.outcome is None
    assert "it moves with the bias" in cost.name


def test_an_item_that_had_no_value_before_takes_no_part() -> None:
    before, after = np.full(100, 0.5), np.full(100, 0.5)
    before[3] = np.nan
    cost = costs(before, after)
    assert cost.lost.n == cost.before.n == 99
    assert cost.lost.value == 0
    assert costs(np.full(100, np.nan), after).outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(("share", "lost"), [(True, 0.5), (False, 1.0)])
@pytest.mark.parametrize("none", [np.nan, -np.inf])
def test_an_item_that_has_no_value_after_has_lost_all(share: bool, lost: float, none: float) -> None:
    """A model that refuses what it did badly is not better for it."""
    before, after = np.full(100, 0.5), np.full(100, 0.5)
    assert costs(before, after, share=share).outcome is Outcome.PASS
    after[:8] = none
    cost = costs(before, after, share=share)
    assert cost.lost.n == cost.after.n == 100
    assert cost.lost.value == pytest.approx(0.08 * lost)
    assert cost.after.value == pytest.approx(cost.before.value - 0.08 * lost)
    assert cost.outcome is Outcome.INCONCLUSIVE
    assert "all is lost of 8 items that have none after" in cost.name


def test_no_item_loses_more_than_it_counts() -> None:
    before, after = np.zeros(400), np.zeros(400)
    after[:4] = -5.0
    cost = costs(before, after)
    assert cost.lost.value == pytest.approx(0.01)
    assert "an item loses 1 at most" in cost.name
    assert cost.outcome is Outcome.PASS
    after[:20] = -5.0
    assert costs(before, after).outcome is Outcome.INCONCLUSIVE


class Weighed:
    """A pupil that was taught, by weight, to say either of two things as often: of 9 rows in 10 the other one."""

    def __init__(self, n: int) -> None:
        common = np.arange(n) % 10 > 0
        self.rows = rows_of([f"row{k}" for k in range(n)], np.where(common, 1 / 9, 1.0))
        self.before = np.log(np.where(common, 0.9, 0.1))
        self.after = np.full(n, np.log(0.5))

    def measured(self, target: Any, rows: Sequence[int]) -> dict[str, Any]:
        return {"q": (self.before if target == "before" else self.after)[list(rows)]}


def test_what_was_learned_by_weight_is_held_out_by_weight() -> None:
    """By rows it has lost Σ p log(p/.5), .37 nats, by construction; of what it was taught it has gained .51."""
    pupil: Any = Weighed(2000)
    guard = Guard.of((Quality("q", "nats", 0.05),), {})
    held = np.arange(2000)
    before, after = (guard.measured(pupil, side, held) for side in ("before", "after"))
    (cost,) = guard.costs(before, after)
    assert cost.lost.value == pytest.approx(0.5 * (np.log(0.9 / 0.5) + max(np.log(0.1 / 0.5), -1)))
    assert cost.outcome is Outcome.PASS
    assert cost.lost.n_eff == pytest.approx(400**2 / (200 + 1800 / 81))
    assert "by weight" in cost.lost.method
    assert "items by the weight of their rows" in cost.name
    (plain,) = guard.costs(before._replace(weights=np.ones(2000)), after)
    assert plain.outcome is Outcome.FAIL
    table = json.loads(told(before, after))
    assert table["weight"] == before.weights.tolist()
    assert len(table["q"]["before"]) == 2000


def test_the_curve_says_of_the_held_out_rows_what_the_guard_means() -> None:
    """A pupil whose quality is minus its loss: the mark of the curve and the guard's side are one number."""
    rng = np.random.default_rng(6)
    families, weights = rng.integers(60, size=150), rng.uniform(0.2, 3, 150)
    losses = rng.normal(1, 0.3, 150)
    mark = marked(7, losses, families, weights)

    class Same:
        rows = Rows(tuple(map(str, range(150))), families, weights)

        def measured(self, target: Any, rows: Sequence[int]) -> dict[str, Any]:
            return {"q": -losses[list(rows)]}

    pupil: Any = Same()
    guard = Guard.of((Quality("q", "u", 0.1),), {})
    items = guard.measured(pupil, None, np.arange(150))
    (cost,) = guard.costs(items, items)
    assert mark.value == pytest.approx(-cost.before.value)  # type: ignore[operator]  # it has one
    assert mark.value == pytest.approx((weights * losses).sum() / weights.sum()) != pytest.approx(losses.mean())
    low, high, _ = cost.before.interval(0.95)
    assert (mark.low, mark.high) == pytest.approx((-high, -low))


def test_rows_of_a_family_count_by_their_weights() -> None:
    class Pairs:
        rows = Rows(("a", "b", "c"), np.array([4, 4, 1]), np.array([3.0, 1.0, 2.0]))

        def measured(self, target: Any, rows: Sequence[int]) -> dict[str, Any]:
            return {"q": np.array([1.0, 5.0, 7.0])[list(rows)]}

    pupil: Any = Pairs()
    items = Guard.of((Quality("q", "u", 0.1),), {}).measured(pupil, None, np.array([2, 0, 1]))
    assert items.values["q"].tolist() == [7.0, 2.0]
    assert items.weights.tolist() == [2.0, 4.0]
