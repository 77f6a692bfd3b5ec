"""How far the labelling is, and whether people agree."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from auditkit.labelling import CANNOT_TELL, SKIPPED, Stratum, agreement, disputed, label, labelled, sample
from auditkit.runs import Run
from auditkit.stats.agreement import krippendorff_alpha


def test_what_is_skipped_or_cannot_be_told_is_counted_by_reading_and_comes_again(portraits: Run) -> None:
    """Somebody who tells three of four, skips one in eight, and cannot tell one in eight."""
    tasks, read = sample(portraits, "skin", 20, rater="Ada"), portraits.to_frame().set_index("picture")["skin"]
    given = dict(zip((task.shown for task in tasks), ["darker", SKIPPED, "lighter", CANNOT_TELL] * 10, strict=True))
    for task in tasks:
        label(portraits, task, "skin", given[task.shown], rater="Ada")
    progress = labelled(portraits, "skin")
    for stratum in progress.strata:
        mine = Counter(said for shown, said in given.items() if read[shown] == stratum.level)
        assert (stratum.skipped, stratum.cannot_tell, stratum.tied) == (mine[SKIPPED], mine[CANNOT_TELL], 0)
        assert stratum.labelled == mine["darker"] + mine["lighter"]
        assert stratum.untold == mine[SKIPPED] + mine[CANNOT_TELL]
    assert progress.raters == {"Ada": 30}, "a skip is for later"
    again = sample(portraits, "skin", 20, rater="Ada")
    assert [task.shown for task in again] == [shown for shown, said in given.items() if said == SKIPPED]
    column = portraits.to_frame().set_index("picture")["skin (checked)"].dropna()
    assert column.to_dict() == {
        shown: "(untold)" if said in (SKIPPED, CANNOT_TELL) else said for shown, said in given.items()
    }
    label(portraits, again[0], "skin", "darker", rater="Ada")
    label(portraits, again[1], "skin", "lighter", rater="Bo")
    assert sum(one.skipped for one in labelled(portraits, "skin").strata) == 8


def test_a_level_of_which_few_can_be_told_needs_no_more_than_there_are() -> None:
    assert Stratum("darker", 60, 50, cannot_tell=6, skipped=3, tied=1).needed == 0
    assert Stratum("darker", 160, 50, cannot_tell=10).needed == 50


def test_progress_counts_by_rater_by_reading_and_by_truth(portraits: Run) -> None:
    table = portraits.to_frame().set_index("picture")["skin"]
    tasks = sample(portraits, "skin", rater="Ada")
    assert not labelled(portraits, "skin").enough
    for k, task in enumerate(tasks):
        label(portraits, task, "skin", table[task.shown] if k % 10 else "(missing)", rater="Ada")
    told = labelled(portraits, "skin")
    assert told.raters == {"Ada": len(tasks)}
    assert [one.level for one in told.strata] == ["darker", "lighter"]
    assert sum(one.answers for one in told.strata) == 400
    unsure = Counter(table[task.shown] for task in tasks[::10])
    for one in told.strata:
        assert one.labelled == min(100, one.answers) - unsure[one.level]
        assert one.needed == unsure[one.level]
    assert not told.enough
    for task in sample(portraits, "skin", 150, rater="Ada"):
        label(portraits, task, "skin", table[task.shown], rater="Ada")
    assert labelled(portraits, "skin").enough
    assert labelled(portraits, "skin").truths.keys() == {"darker", "lighter"}


def test_enough_needs_fifteen_of_the_rarer_truth(portraits: Run) -> None:
    tasks = sample(portraits, "skin", rater="Ada")
    for k, task in enumerate(tasks):
        label(portraits, task, "skin", "darker" if k < 14 else "lighter", rater="Ada")
    assert not any(one.needed for one in labelled(portraits, "skin").strata)
    assert not labelled(portraits, "skin").enough
    label(portraits, tasks[14], "skin", "darker", rater="Ada")
    assert labelled(portraits, "skin").enough


def test_agreement_is_krippendorffs_alpha_of_what_two_could_tell(portraits: Run) -> None:
    assert agreement(portraits, "skin").reason == "no item has two ratings"
    tasks = sample(portraits, "skin", 20, rater="Ada")
    rng, counts = np.random.default_rng(1), []
    for task in tasks:
        own = {"Ada": "darker" if rng.random() < 0.5 else "lighter"}
        own["Bo"] = own["Ada"] if rng.random() < 0.8 else "darker"
        for rater, level in own.items():
            label(portraits, task, "skin", level, rater=rater)
        counts.append([list(own.values()).count(level) for level in ("darker", "lighter")])
    label(portraits, sample(portraits, "skin", 40, rater="Ada")[0], "skin", "darker", rater="Ada")
    for skipped in (0, 1):
        ours, theirs = agreement(portraits, "skin"), krippendorff_alpha(counts[skipped:])
        assert (ours.value, *ours.lower) == pytest.approx((theirs.value, *theirs.lower))
        assert ours.n == theirs.n == 40 - skipped
        label(portraits, tasks[0], "skin", "(missing)", rater="Bo")


def test_the_same_words_agree_once(texts: Run) -> None:
    for rater in ("Ada", "Bo"):
        for task in sample(texts, "who", rater=rater):
            label(texts, task, "who", task.shown.split()[0], rater=rater)
    assert agreement(texts, "who").n == 4


def test_disputes_are_counted_by_output_and_what_nobody_could_tell_is_none(portraits: Run) -> None:
    said = (("a", "b"), ("b", "a"), ("a", "a"), ("a", "(missing)"), ("b", "c"))
    for task, levels in zip(sample(portraits, "skin", 5, rater="Ada"), said, strict=False):
        for rater, level in zip(("Ada", "Bo"), levels, strict=True):
            label(portraits, task, "skin", level, rater=rater)
    assert disputed(portraits, "skin") == {("a", "b"): 2, ("b", "c"): 1}
