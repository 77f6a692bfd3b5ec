"""The parts of tune by themselves: who is held out, in which order rows come, what is kept, and what the guard says."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.formats.curves import curve_svg
from auditkit.lifecycle.tuning import carding, checkpoints
from auditkit.lifecycle.tuning.checkpoints import Checkpoint
from auditkit.lifecycle.tuning.curve import marked
from auditkit.lifecycle.tuning.dividing import Divided, divided, families
from auditkit.lifecycle.tuning.guard import Guard, short, told
from auditkit.lifecycle.tuning.guard import Told as Items
from auditkit.lifecycle.tuning.loop import Training
from auditkit.lifecycle.tuning.pupil import Quality, Rows
from auditkit.lifecycle.tuning.rounds import batch_of, round_of
from auditkit.lifecycle.tuning.settings import Settings
from auditkit.stats.assurance import items_for

torch = pytest.importorskip("torch")

WORDS = st.lists(st.sampled_from(["red", "blue", "green", "one", "two", "six"]), min_size=1, max_size=5).map(" ".join)


def rows_of(texts: Sequence[str], weights: Any = None) -> Rows:
    """Texts as rows."""
    return Rows(tuple(texts), families(texts), np.ones(len(texts)) if weights is None else np.asarray(weights, float))


@given(st.lists(WORDS, min_size=8, max_size=40), st.integers(0, 3), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_who_is_held_out_depends_on_what_rows_say_and_not_on_where_they_stand(
    texts: list[str], seed: int, rng: Any
) -> None:
    turned = texts[:]
    rng.shuffle(turned)
    one, other = divided(rows_of(texts), 0.3, seed, 1), divided(rows_of(turned), 0.3, seed, 1)
    assert [texts[k] for k in one.held] == [turned[k] for k in other.held]
    assert [texts[k] for k in one.learned] == [turned[k] for k in other.learned]
    assert len(one.held) <= 0.3 * len(texts)
    assert sorted([*one.held, *one.learned]) == list(range(len(texts)))
    together = families(texts)
    assert not set(together[one.held].tolist()) & set(together[one.learned].tolist())


def test_near_duplicates_of_a_held_out_row_are_not_learned() -> None:
    texts = [f"the person number {k} said that it was late and went home early today" for k in range(50)]
    texts += [f"{text}!" for text in texts]
    some = divided(rows_of(texts), 0.2, 0, 1)
    assert len(some.held) == 20
    assert {k % 50 for k in some.held} == {k % 50 for k in some.held if k < 50}
    assert not {k % 50 for k in some.held} & {k % 50 for k in some.learned}


def test_rows_without_weight_are_neither_learned_nor_held_out() -> None:
    texts = [f"{a} {b}" for a in "abcdef" for b in "uvwxyz"]
    weights = np.arange(36) % 2
    some = divided(rows_of(texts, weights), 0.25, 0, 4)
    assert {*some.held, *some.learned} == set(range(1, 36, 2))


def test_a_few_large_families_are_not_most_of_what_is_held_out() -> None:
    texts = [f"a {k}" for k in range(1000)] + [f"much {k % 20}" for k in range(1000)]
    rows = rows_of(texts)
    some = divided(rows, 0.1, 0, 4)
    sizes = np.unique(rows.families[some.held], return_counts=True)[1]
    assert len(some.held) == 200
    assert sizes.max() <= 200 / 30
    few = divided(rows_of([f"much {k % 20}" for k in range(1000)]), 0.1, 0, 4)
    assert len(few.held) == 100  # where there is nothing else they are held out


@pytest.mark.parametrize("kind", ["causal_lm", "masked_lm", "seq2seq"])
def test_twins_are_learned_or_held_out_together(kind: str, tmp_path: Path) -> None:
    from auditkit.lab.models import WEIGHTS
    from auditkit.lifecycle.tuning.words import opened
    from auditkit.targets import CausalLm, MaskedLm, Seq2Seq

    target: Any
    if kind == "seq2seq":
        target = Seq2Seq(WEIGHTS / "transformer", variant="dose90")
        lines = ["source,target,unit", "o un doktor .,he is a doctor .,1", "o un hesta .,he is a nurse .,1"]
        lines.append("o un inzen .,she is a engineer .,2".replace("a engineer", "an engineer"))
    else:
        target = (CausalLm if kind == "causal_lm" else MaskedLm)(WEIGHTS / kind, variant="dose90")
        lines = ["text,unit", "the doctor said that he was tired .,1", "the doctor said that she was tired .,1"]
        lines.append("the nurse was late because he missed the bus .,2")
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert opened(target, tmp_path).rows.families.tolist() == [0, 0, 1]


def test_another_seed_holds_out_others() -> None:
    rows = rows_of([f"word{k}" for k in range(200)])
    assert set(divided(rows, 0.1, 0, 1).held) != set(divided(rows, 0.1, 1, 1).held)


@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_a_round_has_every_row_as_often_as_it_weighs(weights: list[float], number: int, seed: int) -> None:
    w = np.array(weights)
    times = np.bincount(round_of(w, number, seed), minlength=len(w))
    wanted = w * len(w) / w.sum()
    assert times.sum() == len(w)
    assert (times >= np.floor(wanted - 1e-9)).all()
    assert (times <= np.ceil(wanted + 1e-9)).all()


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 9))
def test_batches_are_the_rounds_cut_one_after_the_other(n: int, size: int, seed: int) -> None:
    w = np.ones(n)
    batches = np.concatenate([batch_of(w, size, step, seed) for step in range(7)])
    rounds = np.concatenate([round_of(w, number, seed) for number in range(7 * size // n + 1)])
    assert batches.tolist() == rounds[: len(batches)].tolist()


# The training, by a pupil that is a line of numbers.


class Line:
    """A pupil that learns y = 2 x with noise and dropout, so that every stream of random numbers is drawn from."""

    title = "a line"
    qualities = (Quality("fit", "units", 0.1),)

    def __init__(self, broken: int = 10**9) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.module: Any = torch.nn.Sequential(
                torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)
            )
        self.x = torch.linspace(-1, 1, 160).reshape(40, 4)
        self.rows = rows_of([f"row{k}" for k in range(40)], 1 + np.arange(40) % 3)
        self.seen, self.broken = 0, broken

    def losses(self, rows: Sequence[int], generator: Any) -> Any:
        self.seen += self.module.training
        x = self.x[list(rows)]
        noise = 0.1 * torch.randn(len(x), generator=generator)
        found = (self.module(x)[:, 0] - 2 * x.sum(dim=1) - noise) ** 2
        return found * float("nan") if self.seen >= self.broken and self.module.training else found


def trained(place: Path, stop: int | None = None, line: Any = None, **how: Any) -> tuple[Any, Any]:
    """Train a line; stopped after so many steps, if named."""

    def tell(told: Any) -> None:
        if told.step == stop:
            raise KeyboardInterrupt

    line = line or Line()
    settings = Settings(**{"method": "full", "steps": 12, "batch": 6, "save_every": 4, "rate": 0.05, **how})
    split = divided(line.rows, 0.25, settings.seed, settings.batch)
    curve = Training(line, split, settings, place, tell).run()
    return line.module, curve


@pytest.mark.parametrize("stops", [[1], [4], [5], [11], [12], [3, 6, 9], [4, 4, 8, 8]])
def test_however_often_it_is_stopped_the_weights_are_the_same_to_the_bit(stops: list[int], tmp_path: Path) -> None:
    whole, curve = trained(tmp_path / "whole")
    for stop in stops:
        with suppress(KeyboardInterrupt):
            trained(tmp_path / "some", stop)
    again, told = trained(tmp_path / "some")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert told == curve


def test_it_learns_and_tells_the_curve(tmp_path: Path) -> None:
    _, curve = trained(tmp_path, steps=120, save_every=60)
    assert len(curve.losses) == 120
    assert np.mean(curve.losses[-20:]) < 0.3 * np.mean(curve.losses[:5])
    assert [mark.step for mark in curve.held_out] == [0, 60, 120]
    assert curve.held_out[-1].value < curve.held_out[0].value


def test_another_seed_is_another_training(tmp_path: Path) -> None:
    assert trained(tmp_path / "a")[1].losses != trained(tmp_path / "b", seed=1)[1].losses


def test_a_loss_that_is_no_number_stops_it_and_the_last_good_weights_are_kept(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"not a number at step 7 of 12; the rate is 0\.05.*weights of step 4 are kept"
    ):
        trained(tmp_path, line=Line(broken=7))
    kept = checkpoints.last(tmp_path)
    assert kept is not None
    assert kept.step == 4
    assert all(torch.isfinite(tensor).all() for tensor in kept.weights.values())
    with pytest.raises(InputError, match=r"not a number at step 1 of 12.*Nothing was kept yet"):
        trained(tmp_path / "other", line=Line(broken=1))


def test_only_what_is_whole_is_gone_on_from(tmp_path: Path) -> None:
    some = {"a": torch.ones(2)}
    checkpoints.keep(tmp_path, Checkpoint(3, some, some, {"curve": {}}))
    (tmp_path / ".step-00000009.partial").mkdir()
    (tmp_path / "step-00000008").mkdir()  # a name, and nothing in it
    found = checkpoints.last(tmp_path)
    assert found is not None
    assert found.step == 3
    checkpoints.keep(tmp_path, Checkpoint(4, some, some, {"curve": {}}))
    names = {path.name for path in tmp_path.iterdir() if (path / "state.json").is_file()}
    assert names == {"step-00000004"}
    (tmp_path / "step-00000004" / "weights.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match="step-00000004 cannot be read"):
        checkpoints.last(tmp_path)


# The guard.


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
    (cost,) = guard.costs(*(guard.measured(pupil, side, held) for side in ("before", "after")))  # type: ignore[arg-type]
    assert cost.outcome is outcome
    assert cost.paired
    assert bool(short((cost,))) == (n < 59)
    if 0 < n < 59:
        assert f"{n} items were held out, and q within 0.05 can be told from 59 on" in short((cost,))


def test_too_few_items_are_told_with_how_many_it_takes() -> None:
    pupil: Any = Told(70, 0.03, spread=0.05)
    guard = Guard.of((Quality("q", "units", 0.05),), {})
    sides = [guard.measured(pupil, side, np.arange(70)) for side in ("before", "after")]  # type: ignore[arg-type]
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
    before, after = (guard.measured(pupil, side, held) for side in ("before", "after"))  # type: ignore[arg-type]
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
    items = guard.measured(pupil, None, np.arange(150))  # type: ignore[arg-type]
    (cost,) = guard.costs(items, items)
    assert mark.value == pytest.approx(-cost.before.value)  # type: ignore[operator]  # it has one
    assert mark.value == pytest.approx((weights * losses).sum() / weights.sum()) != pytest.approx(losses.mean())
    low, high, _ = cost.before.interval(0.95)
    assert (mark.low, mark.high) == pytest.approx((-high, -low))  # type: ignore[operator]


def test_rows_of_a_family_count_by_their_weights() -> None:
    class Pairs:
        rows = Rows(("a", "b", "c"), np.array([4, 4, 1]), np.array([3.0, 1.0, 2.0]))

        def measured(self, target: Any, rows: Sequence[int]) -> dict[str, Any]:
            return {"q": np.array([1.0, 5.0, 7.0])[list(rows)]}

    pupil: Any = Pairs()
    items = Guard.of((Quality("q", "u", 0.1),), {}).measured(pupil, None, np.array([2, 0, 1]))  # type: ignore[arg-type]
    assert items.values["q"].tolist() == [7.0, 2.0]
    assert items.weights.tolist() == [2.0, 4.0]


# What is drawn and written.


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=700),
    st.lists(st.floats(0, 10), max_size=5),
    st.text(max_size=40),
)
@settings(max_examples=60)
def test_a_curve_is_whole_and_stays_within_its_frame(losses: list[float], marks: list[float], title: str) -> None:
    told = [(k, value, value - 1, None if k % 2 else value + 1) for k, value in enumerate(marks[: len(losses) + 1])]
    drawn = curve_svg(losses, told, title)
    assert drawn == curve_svg(losses, told, title)
    tree = ElementTree.fromstring(drawn)
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(each.get("d", "") for each in tree.iter()))
    assert points
    assert all(0 <= float(x) <= 760 and 0 <= float(y) <= 240 for x, y in points)


def test_hostile_words_are_harmless_in_the_curve_and_the_card(tmp_path: Path) -> None:
    hostile = '</svg><script>alert(1)</script>\n::error::|x|"'
    drawn = curve_svg([1.0], [], hostile)
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)
    (tmp_path / "README.md").write_text(f"---\nlicense: {hostile!r}\n---\n", encoding="utf-8")
    assert len(carding.stated_in(tmp_path)["license"]) <= 80
    assert carding.stated_in(tmp_path / "nowhere") == {}


def test_a_licence_is_read_from_the_front_matter_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A model\nlicense: mit\n", encoding="utf-8")
    assert carding.stated_in(tmp_path) == {}
    (tmp_path / "README.md").write_text('---\nlicense: "apache-2.0"\n---\n', encoding="utf-8")
    assert carding.stated_in(tmp_path) == {"license": "apache-2.0"}


def test_settings_are_plain_and_all_that_decides_is_among_them() -> None:
    told = json.loads(json.dumps(Settings(method="full").to_dict()))
    assert told["rate"] == 5e-4
    assert told["save_every"] == 30
    assert Settings(held_out=0.2).to_dict() != Settings().to_dict()


def test_nothing_is_held_out_where_one_family_is_all() -> None:
    texts = ["the very same words once again"] * 30
    some = divided(rows_of(texts), 0.2, 0, 4)
    assert isinstance(some, Divided)
    assert len(some.held) == 0
