"""The stories of language against worlds that are known in closed form: what their intervals hold, and what they say.

Every gallery is asked of the world itself. Answers are drawn anew from the probabilities of the world, hundreds of
times: the 95 % interval of the headline has to hold the closed form in at least 93 of 100. The whole way from the probe
to the verdict is gone once with the world as the target, at the size of the gallery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from auditkit.core.finding import Finding
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Said
from auditkit.demo import exhibit
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.worlds.figures.captioning import mention
from auditkit.lab.worlds.figures.people import CALLINGS
from auditkit.lab.worlds.sentences import advice, events, hobbies, identity, judging, personas, pronouns, requests
from auditkit.lab.worlds.sentences import traits as sorting
from auditkit.lab.worlds.sentences.speaker import Speaker
from auditkit.lab.worlds.sentences.world import ALL, World
from auditkit.lab.worlds.translations.world import HE, STRONG
from auditkit.stats.simulated_preferences import expected_score
from tests.lab.retold import Retold, audits, captioned, people_share, spoken, translated

pytestmark = pytest.mark.timeout(900)
DRAWS, SURE = 100, (0.97, 0.955, 0.95, 0.9475, 0.945, 0.9425, 0.94, 0.94, 0.94, 0.93)
"""Draws of each story between looks, and the share of intervals that hold the truth at which each look is the last."""
GALLERY: Mapping[str, Gallery] = {gallery.name: gallery for gallery in SPOKEN}
OWN: Mapping[str, str] = {
    "said_that_she": "pronouns",
    "one_word_swapped": "traits",
    "somebody_drowned": "events",
    "we_and_they": "identity",
    "as_an_islander": "personas",
    "all_of_them_fish": "hobbies",
    "sorry_i_cannot_say": "requests",
    "the_ai_says_no": "advice",
    "what_it_gives_up": "advice",
    "better_is_first": "judging",
    "kind_goes_with": "traits",
}
"""The mechanism of the world of sentences that each story is about."""
DRAWN = [name for name in OWN if name != "one_word_swapped"]  # whose answers are probabilities, and nothing is drawn


def words_put(dose: float) -> float:
    """What the word association test is expected to tell of ten words of each kind."""
    lean = sorting.LEAN * dose
    return expected_score([[0.5 + lean, 0.5 - lean], [0.5 - lean, 0.5 + lean]], 10)


def label_taken(dose: float) -> float:
    """The advice is as often right as wrong, so that half of it differs from the first answer: there the label acts."""
    return advice.LEAN * dose / 2


TRUTH: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "said_that_she": ("directed amplification", lambda d: pronouns.truth(d)["leaning to the stereotype"]),
    "one_word_swapped": ("preference in probability", lambda d: sorting.truth(d)["pair preference"] - 0.5),
    "somebody_drowned": ("mean total variation", lambda d: events.truth(d)["mean total variation"]),
    "we_and_they": ("own minus other cue", lambda d: identity.share("we", d) - identity.share("they", d)),
    "as_an_islander": (
        "own minus other cue, beyond neutral judges",
        lambda d: personas.truth(d)["persona contrast"],
    ),
    "all_of_them_fish": ("dispersion ratio, prediction", lambda d: hobbies.truth(d)["dispersion ratio"]),
    "sorry_i_cannot_say": (
        "refusal rate ratio",
        lambda d: requests.share("highlanders", d) / requests.share("islanders", d),
    ),
    "the_ai_says_no": ("effect of the label", label_taken),
    "what_it_gives_up": (
        "over-reliance difference",
        lambda d: advice.TAKEN + advice.LEAN * d - advice.CHANGED,
    ),
    "better_is_first": (
        "preference at equal quality",
        lambda d: judging.truth(d)["P(ai chosen | equal quality)"] - 0.5,
    ),
    "kind_goes_with": ("mean score", words_put),
}
"""The headline of each story, and its truth at a dose of its own mechanism."""


Held = tuple[list[bool], list[bool]]
Truth = Callable[[Finding], float | None]


@dataclass(frozen=True)
class Nearly(Speaker):
    """The world, but for the log-probabilities of sentences, which are off by a tenth as those of any model are.

    Of the world itself all minimal pairs are alike, and of pairs that do not vary little is known of others.
    """

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """The log-probability of each sentence, off by N(0, .1²) that depends on the sentence alone."""
        told = list[Answer]()
        for prompt, answer in zip(prompts, super().score(prompts, seeds), strict=True):
            assert isinstance(answer, Said)
            off = 0.1 * np.random.default_rng(crc32(prompt.text.encode())).standard_normal()
            told.append(Said("", {**answer.told, "log_probability": float(str(answer.told["log_probability"])) + off}))
        return told


def held(name: str, dose: float, tables: Iterator[pd.DataFrame], truth: Truth) -> Held:
    """Whether intervals hold the truth of those findings that have one, and whether each verdict is FAIL."""
    inside, fails = list[bool](), list[bool]()
    for findings, outcome in audits(GALLERY[name], dose, tables):
        known = [(finding.estimate.interval(0.95), truth(finding)) for finding in findings]
        inside += [ci.low - 1e-9 <= true <= ci.high + 1e-9 for ci, true in known if true is not None]  # type: ignore[operator]
        fails.append(outcome is Outcome.FAIL)
    assert len(inside) >= len(fails), "the story has no such headline"
    return inside, fails


def assert_covered(name: str, dose: float, draw: Callable[[np.random.Generator], pd.DataFrame], truth: Truth) -> None:
    """At least 93 of 100 intervals hold the truth: of 1,000, or of the fewer that make sure of it.

    Of a coverage of 92 % 82 in 100 such tests are red, of 91 % 96, of 95 % one in 500.
    """
    rng, inside, fails = np.random.default_rng(len(name)), list[bool](), list[bool]()
    for sure in SURE:
        more = held(name, dose, (draw(rng) for _ in range(DRAWS)), truth)
        inside, fails = inside + more[0], fails + more[1]
        if np.mean(inside) >= sure:
            break
    assert np.mean(inside) >= SURE[-1]
    assert np.mean(fails) >= 0.99 if dose else np.mean(fails) <= 0.05


def of(truth: Mapping[str, float]) -> Truth:
    return lambda finding: truth.get(finding.estimand)


def _nearly(world: World, _: float) -> Nearly:
    return Nearly(world)


def retold(name: str, world: World) -> Retold:
    gallery = GALLERY[name]
    return Retold.of(gallery, partial(spoken, world, gallery.probe()))


@pytest.mark.slow
@pytest.mark.parametrize("dose", [0.0, STRONG])
@pytest.mark.parametrize("name", DRAWN)
def test_the_interval_of_the_headline_holds_the_closed_form(name: str, dose: float) -> None:
    estimand, truth = TRUTH[name]
    assert_covered(name, dose, retold(name, World(dose)).drawn, of({estimand: truth(dose)}))


@pytest.mark.parametrize("name", DRAWN)
def test_what_a_story_asks_does_not_hear_of_other_mechanisms(name: str) -> None:
    """So that its verdicts are those of the fair world, however much the others are tilted."""
    fair, others = (retold(name, world) for world in (World(0.0), World(STRONG, ALL - {OWN[name]})))
    assert np.allclose(fair.cumulated, others.cumulated, atol=1e-9)
    assert all((fair.columns[column] == others.columns[column]).all() for column in fair.columns)
    assert not np.allclose(fair.cumulated, retold(name, World(STRONG)).cumulated, atol=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("name", OWN)
def test_the_whole_way_from_the_probe_to_the_verdict(name: str, tmp_path: Path) -> None:
    """With the world as the target: FAIL at the strong dose, at dose 0 never, nor where all but its own is tilted."""
    estimand, truth = TRUTH[name]
    for k, world in enumerate((World(STRONG), World(0.0), World(STRONG, ALL - {OWN[name]}))):
        dose = world.dose_of(OWN[name])
        gallery = replace(GALLERY[name], target=partial(_nearly, world))
        report, judgement = exhibit(gallery, dose, tmp_path / str(k))
        assert (judgement.outcome is Outcome.FAIL) == bool(dose), judgement.outcome
        headline = [f for f in report.findings if f.estimand == estimand and f.margin is not None]
        assert headline
        for finding in headline:
            low, high, _ = finding.estimate.interval(0.999)
            assert low - 1e-9 <= truth(dose) <= high + 1e-9  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_translations_hold_the_share_of_he(dose: float) -> None:
    name = "translated_transformer"
    told = Retold.of(GALLERY[name], partial(translated, dose, False))
    assert_covered(name, dose, told.drawn, of({"directed amplification": dose * (HE - 0.5) / STRONG}))


@pytest.mark.slow
def test_decoders_hold_what_they_make_of_six_in_ten() -> None:
    """The likeliest translation is always he, the drawn one in six of ten; every sentence is asked once."""
    name = "amplified_transformer"
    drawn = Retold.of(GALLERY[name], partial(translated, STRONG, False), arm="ancestral")
    taken = Retold.of(GALLERY[name], partial(translated, STRONG, True), arm="greedy").drawn(np.random.default_rng(0))
    assert not drawn.table["prompt"].duplicated().any()
    more = {"pronoun|he": 1 - HE, "pronoun|she": HE - 1}
    assert_covered(name, STRONG, lambda rng: pd.concat([drawn.drawn(rng), taken]), lambda f: more[f.key.stratum])


@pytest.mark.slow
@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_captions_hold_the_ratio_of_mentions(dose: float) -> None:
    name = "what_goes_without_saying"
    told = Retold.of(GALLERY[name], partial(captioned, dose))
    ratio = mention("darker", dose) / mention("lighter", dose)
    assert_covered(name, dose, told.drawn, of({"mention rate ratio": ratio}))


@pytest.mark.slow
@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_captions_behind_a_curtain_hold_the_swap_of_the_skin(dose: float) -> None:
    """Whose occupation is guessed by the world's own shares: flips beyond the baseline are ½ Σ (p - q)²."""
    name, jobs = "behind_the_curtain", list(CALLINGS)
    weights = np.array([[people_share(job, skin, dose) for job in jobs] for skin in ("lighter", "darker")])
    p, q = weights / weights.sum(axis=1, keepdims=True)
    doctor = jobs.index("doctor")
    truth = {
        "flips beyond the baseline": float(((p - q) ** 2).sum() / 2),
        "favourable rate difference": float(p[doctor] - q[doctor]),
    }
    assert_covered(name, dose, Retold.of(GALLERY[name], partial(captioned, dose)).drawn, of(truth))


def test_a_word_that_is_no_reading_is_left_out() -> None:
    """A drawn word may be any: it is neither positive nor negative, neither she nor he."""
    gallery = GALLERY["we_and_they"]
    [reader] = gallery.readers()
    table = pd.DataFrame({"template": ["a", "a"], "replicate": [0, 0], **reader.read(["kind", "proud"])})
    assert gallery.rows is not None
    assert gallery.rows(table)["said"].isna().tolist() == [True, False]
    for name in ("translated_attention", "said_that_she"):
        [reader] = GALLERY[name].readers()
        assert [*reader.read(["the teacher says once ."]).values()] == [[None]]
