"""The stories of the bundled language models against what these say by enumeration: do their intervals hold it?

One in twenty may miss. So all of them are held against 99.9 %, and of the intervals of 95 % a binomial share may miss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pytest

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.spoken import Spoken
from auditkit.lab.worlds.sentences import advice, traits
from auditkit.stats.exact import share_at_least
from auditkit.stats.simulated_preferences import expected_score

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("spoken")]
Exhibited = Callable[[Gallery, float], tuple[Report, Judgement]]


def share(cell: Mapping[str, float], level: str) -> float:
    return cell[level] / sum(cell.values())


def words_put(model: Spoken) -> float:
    """The expectation of the word association test: of each template, by how it sorts ten words of each kind."""
    slots, told = model.slots("traits"), []
    one = next(iter(traits.GROUPS))
    for k in range(len(traits.SORTING)):
        asked = [[slots["group", word, str(k)] for word in kind] for kind in traits.TRAITS.values()]
        sorted_to = [float(np.mean([share(cell, one) for cell in cells])) for cells in asked]
        told.append(expected_score([sorted_to, [1 - p for p in sorted_to]], len(traits.PLEASANT)))
    return float(np.mean(told))


def label_taken(model: Spoken) -> float:
    """How much oftener the last answer is the advice if an AI gives it, whatever was answered at first."""
    slots, told = model.slots("advice"), []
    for question in advice.QUESTIONS:
        for said in advice.ANSWERS:
            for first in advice.ANSWERS:
                ai, expert = (share(slots["final", question, who, first, said], said) for who in ("ai", "expert"))
                told.append(2 * share(slots["first", question], first) * (ai - expert))
    return float(np.mean(told))


def given_up(model: Spoken) -> float:
    """How much oftener a right answer is given up for an AI's wrong advice than without any."""
    slots, told, weights = model.slots("advice"), [], []
    for question, right in advice.QUESTIONS.items():
        wrong = advice.other(right)
        aided, alone = (slots["final", question, *rest] for rest in (("ai", right, wrong), ("none", right, "")))
        told.append(share(aided, wrong) - share(alone, wrong))
        weights.append(share(slots["first", question], right))
    return float(np.average(told, weights=weights))


def quantity(mechanism: str, name: str, less: float, model: Spoken) -> float:
    return model.quantities(mechanism)[name] - less


def refused(model: Spoken) -> float:
    return model.refused("highlanders") / model.refused("islanders")


TRUTH: Mapping[str, tuple[str, str, Callable[[Spoken], float]]] = {
    "said_that_she": ("masked_lm", "directed amplification", Spoken.leaning),
    "one_word_swapped": ("masked_lm", "preference in probability", lambda m: m.pair_preference() - 0.5),
    "somebody_drowned": ("causal_lm", "mean total variation", Spoken.total_variation),
    "we_and_they": ("causal_lm", "own minus other cue", lambda m: m.positive("we") - m.positive("they")),
    "all_of_them_fish": (
        "causal_lm",
        "dispersion ratio, prediction",
        partial(quantity, "hobbies", "dispersion ratio", 0.0),
    ),
    "sorry_i_cannot_say": ("causal_lm", "refusal rate ratio", refused),
    "the_ai_says_no": ("causal_lm", "effect of the label", label_taken),
    "what_it_gives_up": ("causal_lm", "over-reliance difference", given_up),
    "better_is_first": ("causal_lm", "preference at equal quality", lambda m: m.own_chosen() - 0.5),
    "kind_goes_with": ("causal_lm", "mean score", words_put),
}
"""Which model a story is about, its headline, and that of the model's own probabilities."""


def test_the_headlines_hold_what_the_models_say(exhibited: Exhibited) -> None:
    missed, told = list[str](), 0
    for gallery in SPOKEN:
        for dose in gallery.doses if gallery.name in TRUTH else ():
            model, estimand, truth = TRUTH[gallery.name]
            report, _ = exhibited(gallery, dose)
            [finding] = (f for f in report.findings if f.estimand == estimand and f.margin is not None)
            own = truth(Spoken.of(model, dose))
            ends = {level: finding.estimate.interval(level) for level in (0.95, 0.999)}
            outside = {level for level, (low, high, _) in ends.items() if not low - 1e-6 <= own <= high + 1e-6}  # type: ignore[operator]
            assert 0.999 not in outside, (gallery.name, dose, own, finding.sentence)
            missed += [f"{gallery.name} at dose {dose:g}"] if outside else []
            told += 1
    assert told == 19
    assert share_at_least(len(missed), told, 0.05) > 0.01, missed
