"""What people look at: drawn at random, as many of each level, and blind."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chisquare

from auditkit.labelling import Task, label, sample
from auditkit.runs import Run


def test_as_many_of_each_level_are_drawn_and_mixed(portraits: Run) -> None:
    table = portraits.to_frame().set_index("picture")["skin"]
    tasks = sample(portraits, "skin", per_group=60, rater="Ada")
    levels = [table[task.shown] for task in tasks]
    assert Counter(levels) == {"darker": 60, "lighter": 60}
    runs = 1 + sum(a != b for a, b in pairwise(levels))
    assert 40 < runs < 82, "runs of 120 in random order: 61, give or take 16"
    few = sample(portraits, "skin", per_group=10_000, rater="Ada")
    assert len(few) == 400


def test_the_order_does_not_tell_which_level_is_rare(portraits: Run) -> None:
    """Of 40 draws: the rarer level stands in the first half as often as in the second."""
    table = portraits.to_frame().set_index("picture")["skin"]
    assert table.value_counts()["darker"] < 0.75 * table.value_counts()["lighter"]
    early = 0
    for seed in range(40):
        first = sample(portraits, "skin", 30, seed=seed, rater="Ada")[:30]
        early += sum(table[task.shown] == "darker" for task in first)
    assert abs(early - 600) < 5 * np.sqrt(40 * 30 / 4 * 30 / 59)


def test_raters_of_one_seed_see_the_same_in_the_same_order_less_what_they_labelled(portraits: Run) -> None:
    ada, bo = (sample(portraits, "skin", 50, seed=3, rater=who) for who in ("Ada", "Bo"))
    assert ada == bo
    label(portraits, ada[2], "skin", "darker", rater="Ada")
    assert sample(portraits, "skin", 50, seed=3, rater="Ada") == ada[:2] + ada[3:]
    assert sample(portraits, "skin", 50, seed=3, rater="Bo") == bo
    other = sample(portraits, "skin", 50, seed=4, rater="Bo")
    assert 0 < len({t.output for t in other} & {t.output for t in bo}) < 80
    more = sample(portraits, "skin", 80, seed=3, rater="Bo")
    assert {t.output for t in bo} < {t.output for t in more}, "asking for more adds"


def test_a_task_tells_nothing_of_what_was_read_or_asked(portraits: Run, texts: Run) -> None:
    assert [field.name for field in fields(Task)] == ["output", "kind", "shown", "answers"]
    table = portraits.to_frame()
    for task in sample(portraits, "skin", rater="Ada")[:40]:
        shown = repr(task).replace(str(portraits.folder), "")
        assert not any(word in shown for word in ("darker", "lighter", *table["occupation"].unique()))
    assert {task.shown for task in sample(texts, "who", rater="Ada")} <= set(texts.to_frame()["answer"].dropna())


def test_every_answer_of_a_level_is_as_likely_to_be_drawn(texts: Run) -> None:
    """Of 600 draws; whether it comes early or late, whatever its words."""
    him = [g.key for g in texts.store.generations() if g.output in ("he sings", "he hums")]
    size = len(him)
    seen: Counter[str] = Counter()
    for seed in range(600):
        keys = [key for task in sample(texts, "who", 20, seed=seed, rater="Ada") for key in task.answers]
        assert len(keys) == len(set(keys)) == 40
        seen.update(keys)
    counts = np.array([seen[key] for key in him])
    assert counts.sum() == 600 * 20
    # without replacement the variance is smaller by (size - 20)/(size - 1)
    assert chisquare(counts).statistic * (size - 1) / (size - 20) < size + 5 * np.sqrt(2 * size)


def test_the_same_words_are_looked_at_once_and_count_as_often_as_they_were_drawn(texts: Run) -> None:
    tasks = sample(texts, "who", 30, rater="Ada")
    assert sorted(task.shown for task in tasks) == ["he hums", "he sings", "she hums", "she sings"]
    assert sum(len(task.answers) for task in tasks) == 60
    for task in tasks:
        label(texts, task, "who", task.shown.split()[0], rater="Ada")
    assert texts.to_frame()["who (checked)"].notna().sum() == 60
    assert sample(texts, "who", 30, rater="Ada") == ()


def test_what_was_drawn_counts_and_not_all_that_say_the_same(texts: Run) -> None:
    """Of 300 draws of three: where all that say the same counted, rare words would be hardly ever a third of them."""
    answers = texts.to_frame()["answer"]
    times = {words: int((answers == words).sum()) for words in ("he sings", "he hums")}
    drawn, whole = [], []
    for seed in range(300):
        found = {task.shown: len(task.answers) for task in sample(texts, "who", 3, seed=seed, rater="Ada")}
        drawn.append(found.get("he hums", 0) / 3)
        whole.append("he hums" in found and times["he hums"] / sum(times[words] for words in times if words in found))
    share = times["he hums"] / sum(times.values())
    assert np.mean(drawn) == pytest.approx(share, abs=0.04)
    assert abs(np.mean(whole) - share) > 0.04


def test_what_was_refused_or_could_not_be_read_is_not_drawn(texts: Run) -> None:
    table = texts.to_frame()
    shown = {task.shown for task in sample(texts, "who", 1000, rater="Ada")}
    assert (table["answered"] == "no").any()
    assert "they sing" in set(table["answer"])
    assert "they sing" not in shown
