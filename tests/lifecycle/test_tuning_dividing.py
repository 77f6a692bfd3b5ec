"""Who is held out, and in which order rows come: by what they say and weigh, and not by where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.lifecycle.tuning.dividing import Divided, divided, families
from auditkit.lifecycle.tuning.rounds import batch_of, round_of
from tests.lifecycle.small_tuning import rows_of

pytest.importorskip("torch")


WORDS = st.lists(st.sampled_from(["red", "blue", "green", "one", "two", "six"]), min_size=1, max_size=5).map(" ".join)


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


def test_nothing_is_held_out_where_one_family_is_all() -> None:
    texts = ["the very same words once again"] * 30
    some = divided(rows_of(texts), 0.2, 0, 4)
    assert isinstance(some, Divided)
    assert len(some.held) == 0
