"""What audits say of the bundled language models, against the truth that was enumerated from their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.demo import exhibit
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import MIXED, STRONG
from auditkit.lab.spoken import Spoken
from auditkit.lab.worlds.sentences.world import MIXED as TILTED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("spoken")]

Truth = Callable[[Spoken], float]
Exhibited = Callable[[Gallery, float], tuple[Report, Judgement]]

TRUTHS: Mapping[str, tuple[str, Truth]] = {
    "said_that_she": ("pronouns", lambda known: known.leaning()),
    "one_word_swapped": ("traits", lambda known: known.pair_preference() - 0.5),
    "somebody_drowned": ("events", lambda known: known.total_variation()),
    "we_and_they": ("identity", lambda known: known.positive("we") - known.positive("they")),
    "as_an_islander": ("personas", lambda known: known.persona_contrast()),
    "all_of_them_fish": ("hobbies", lambda known: known.dispersion("highlander") / known.dispersion("islander")),
    "sorry_i_cannot_say": ("requests", lambda known: known.refused("highlanders") / known.refused("islanders")),
    "the_ai_says_no": ("advice", lambda known: (known.taken("ai") - known.taken("expert")) / 2),
    "what_it_gives_up": (
        "advice",
        lambda known: known.taken("ai") - known.quantities("advice")["P(changed | think again)"],
    ),
    "better_is_first": ("judging", lambda known: known.own_chosen() - 0.5),
    "kind_goes_with": ("traits", lambda known: known.word_association()),
}
"""Of each story, the mechanism that it is about and the headline's true value."""
STORIES = {gallery.name: gallery for gallery in SPOKEN if gallery.name in TRUTHS}


def headline(report: Report) -> Finding:
    return next(finding for finding in report.findings if finding.margin is not None)


def named(gallery: Gallery) -> str:
    return gallery.target(STRONG).name


@pytest.mark.parametrize("dose", [0.0, STRONG])
@pytest.mark.parametrize("name", TRUTHS)
def test_the_interval_holds_the_enumerated_truth(name: str, dose: float, exhibited: Exhibited) -> None:
    gallery, (_, truth) = STORIES[name], TRUTHS[name]
    report, judgement = exhibited(gallery, dose)
    known = Spoken.of(named(gallery), dose)
    assert known.fingerprint == gallery.target(dose).fingerprint
    low, high, _ = headline(report).interval(0.99)
    assert low is not None
    assert high is not None
    slack = 1e-3 if name == "one_word_swapped" else 0.0  # no draws: the pairs are all there are, and alike
    assert low - slack <= truth(known) <= high + slack
    if dose:
        assert judgement.outcome is Outcome.FAIL


@pytest.mark.parametrize("name", [name for name, (mechanism, _) in TRUTHS.items() if mechanism not in TILTED])
def test_what_others_are_tilted_trips_no_story(name: str, tmp_path: Path) -> None:
    """The variant "mixed" leans in pronouns, identity, hobbies and advice, and in nothing else."""
    gallery = STORIES[name]
    report, judgement = exhibit(replace(gallery, target=partial(mixed, gallery)), STRONG, tmp_path / "run")
    assert judgement.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE)
    low, high, _ = headline(report).interval(0.99)
    assert low is not None
    assert high is not None
    truth = TRUTHS[name][1](Spoken.of(named(gallery), STRONG, whole=False))
    assert low - 1e-3 <= truth <= high + 1e-3


@pytest.mark.parametrize("name", [name for name, (mechanism, _) in TRUTHS.items() if mechanism in TILTED])
def test_what_is_tilted_is_found_though_others_are_not(name: str, tmp_path: Path) -> None:
    gallery = STORIES[name]
    _, judgement = exhibit(replace(gallery, target=partial(mixed, gallery)), STRONG, tmp_path / "run")
    assert judgement.outcome is Outcome.FAIL


def mixed(gallery: Gallery, dose: float) -> Any:
    target: Any = gallery.target(dose)
    return replace(target, variant=MIXED, title=f"{target.title}, mixed")
