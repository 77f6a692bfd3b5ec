"""The world of sentences: distributions are whole, truths are those of enumeration, a dose stays where it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, OTHER, Prompt
from auditkit.core.target import Refusal, Said
from auditkit.lab.worlds.sentences import advice, events, hobbies, identity, personas, pronouns, requests, traits
from auditkit.lab.worlds.sentences.rendering import CHAT_TEMPLATE, rendered
from auditkit.lab.worlds.sentences.slots import Shares
from auditkit.lab.worlds.sentences.speaker import Speaker, chance
from auditkit.lab.worlds.sentences.world import ALL, FILLED, MECHANISMS, World

STRONG = 0.9
EACH = pytest.mark.parametrize("name", list(MECHANISMS))
TURNS = (("question : is snow white ? answer :", "yes"),)


def enumerated(world: World, mechanism: ModuleType, masked: bool) -> Shares:
    """What the whole world says in each slot: of the words before it alone, or of the sentence around it."""
    told = world.distribution()
    every = world.vocabulary()
    found = {}
    for slot in mechanism.slots():
        if masked:
            whole = sum(told.get(slot.sentence(word), 0.0) for word in every)
            chances = {word: told.get(slot.sentence(word), 0.0) / whole for word in slot.words}
        else:
            begun = chance(world, slot.before)
            chances = {word: chance(world, f"{slot.before} {word}") / begun for word in slot.words}
        found[slot.key] = slot.shares(chances)
    return found


@EACH
@pytest.mark.parametrize("dose", [0.0, 0.35, STRONG, 1.0])
def test_a_distribution_is_whole_and_sentences_are_lines_of_lower_case_words(name: str, dose: float) -> None:
    told = MECHANISMS[name].distribution(dose)
    assert math.isclose(sum(told.values()), 1, abs_tol=1e-12)
    assert min(told.values()) >= 0
    assert all(said == said.lower() and said.split(" ") == said.split() and said.endswith(" .") for said in told)


@EACH
@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_closed_forms_are_those_of_enumeration_in_the_whole_world(name: str, dose: float) -> None:
    """Also of the words before a slot alone, and amid all other mechanisms: the closed set has all the mass."""
    mechanism, world = MECHANISMS[name], World(dose)
    truth = mechanism.truth(dose)
    for masked in (False, True) if name in FILLED else (False,):
        told = mechanism.quantities(enumerated(world, mechanism, masked))
        assert told == pytest.approx({key: truth[key] for key in told}, abs=1e-9)
        assert told["mass"] == pytest.approx(1, abs=1e-9)


@EACH
def test_a_dose_tilts_its_own_mechanism_alone(name: str) -> None:
    tilted, fair = World(STRONG, frozenset({name})), World(0.0)
    assert [each for each in MECHANISMS if tilted.dose_of(each)] == [name]
    for each, mechanism in MECHANISMS.items():
        before, after = (mechanism.quantities(enumerated(world, mechanism, False)) for world in (fair, tilted))
        assert (before == pytest.approx(after, abs=1e-9)) is (each != name)


def test_the_material_is_as_wide_as_audits_need() -> None:
    assert len(pronouns.OCCUPATIONS) == 12
    assert sum(side for _, side in pronouns.OCCUPATIONS.values()) == 0
    assert all(0.25 <= share <= 0.75 for share, _ in pronouns.OCCUPATIONS.values())
    assert min(map(len, (traits.PLEASANT, traits.UNPLEASANT, traits.TEMPLATES, events.PLACES, events.TEMPLATES))) >= 10
    assert "competent" in traits.PLEASANT
    assert min(map(len, (pronouns.TEMPLATES, hobbies.HOBBIES, hobbies.TEMPLATES, personas.VIGNETTES))) >= 12
    assert len(requests.TEMPLATES) >= 10
    assert Counter(advice.QUESTIONS.values()) == {"yes": 10, "no": 10}
    for place, happens in events.PLACES.items():
        assert math.isclose(sum(happens), 1), place
        assert 0.02 <= sum(happens[4:]) <= 0.05, place
    assert max(len(said.split()) for said in World().distribution()) <= 30


def test_the_lexicon_knows_every_adjective_of_we_and_they() -> None:
    vader = pytest.importorskip("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    signs = {**dict.fromkeys(identity.POSITIVE, 1), **dict.fromkeys(identity.NEGATIVE, -1)}
    for said in identity.distribution():
        [sign] = [sign for word, sign in signs.items() if word in said.split()]
        assert sign * vader.polarity_scores(said)["compound"] > 0.2, said


@pytest.mark.external
def test_the_occupations_are_winogenders(external: Callable[[str], Path]) -> None:
    lines = (external("winogender") / "occupations-stats.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert set(pronouns.OCCUPATIONS) <= {line.split("\t")[0] for line in lines}


def test_minimal_pairs_differ_in_one_word_and_lean_by_the_closed_form() -> None:
    told, count = World(STRONG).distribution(), 0
    for _, ours, theirs in traits.pairs():
        assert sum(a != b for a, b in zip(ours.split(), theirs.split(), strict=True)) == 1
        assert told[ours] / (told[ours] + told[theirs]) == pytest.approx(traits.truth(STRONG)["pair preference"])
        count += 1
    assert count == 800


def test_drawn_sentences_have_the_worlds_shares() -> None:
    world = World(STRONG, heard=frozenset({"pronouns"}))
    drawn = Counter(world.sentences(60_000, np.random.default_rng(5)))
    for job in ("nurse", "mechanic"):
        she, he = (
            sum(n for said, n in drawn.items() if f"the {job} " in said and f" {word} " in said)
            for word in ("she", "he")
        )
        assert she / (she + he) == pytest.approx(pronouns.share(job, STRONG), abs=0.02)


@pytest.mark.parametrize(
    "wrong", [{"dose": 1.2}, {"tilted": frozenset({"pronoun"})}, {"heard": frozenset()}, {"heard": frozenset({"x"})}]
)
def test_a_world_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"dose|mechanism"):
        World(**wrong)  # type: ignore[arg-type]


def test_the_speaker_does_what_it_says_it_can() -> None:
    assert set(Speaker().verbs) == {"generate", "score", "fill_mask", "decide"}
    assert Speaker(World(0.9)).fingerprint != Speaker(World(0.9, frozenset({"traits"}))).fingerprint


def test_the_speaker_scores_as_the_world_enumerates() -> None:
    world = World(STRONG)
    told = world.distribution()
    every = list(told)[::37]
    answers = Speaker(world).score([Prompt(said) for said in every], [0] * len(every))
    logs = [answer.told["log_probability"] for answer in answers if isinstance(answer, Said)]
    assert logs == pytest.approx([math.log(told[said]) for said in every])
    given = Speaker(world).score([Prompt("she was tired .", given="the doctor said that")], [0])[0]
    assert isinstance(given, Said)
    assert given.told == {"log_probability": pytest.approx(math.log(pronouns.share("doctor", STRONG))), "tokens": 4}


def test_the_speaker_decides_and_fills_as_the_world_enumerates() -> None:
    speaker, asked = Speaker(World(STRONG)), 400
    decided = speaker.decide([Prompt("the nurse said that", options=("she", "he"))] * asked, range(asked))
    share = pronouns.share("nurse", STRONG)
    for answer in decided:
        assert isinstance(answer, Said)
        assert answer.told == pytest.approx({"mass": 1, "P(she)": share, "P(he)": 1 - share})
    assert Counter(answer.text for answer in decided)["she"] / asked == pytest.approx(share, abs=0.06)  # type: ignore[union-attr]
    filled = speaker.fill_mask(
        [Prompt(f"the nurse said that {MASK} was tired .", options=("she",))] * asked, range(asked)
    )
    words = Counter(answer.text for answer in filled)  # type: ignore[union-attr]
    assert set(words) == {"she", OTHER}
    assert words["she"] / asked == pytest.approx(share, abs=0.06)


def test_the_speaker_goes_on_with_a_conversation() -> None:
    speaker, prompt = Speaker(World(STRONG)), Prompt(advice.second("ai", "no"), options=advice.ANSWERS, turns=TURNS)
    [decided] = speaker.decide([prompt], [3])
    assert isinstance(decided, Said)
    assert decided.told["P(yes)"] == pytest.approx(advice.same("ai", "yes", "no", STRONG))
    [written] = speaker.generate([prompt], [3])
    assert isinstance(written, Said)
    assert written.text in ("yes .", "no .")
    assert written.told["log_probability"] == pytest.approx(math.log(decided.told[f"P({written.text[:-2]})"]))  # type: ignore[arg-type]


def test_the_speaker_writes_whole_sentences_of_its_world() -> None:
    world = World(STRONG)
    for seed, answer in enumerate(Speaker(world).generate([Prompt("an islander")] * 50, range(50))):
        assert isinstance(answer, Said), seed
        assert f"an islander {answer.text}" in world.distribution()
    greedy = Speaker(world, greedy=True).generate([Prompt("a highlander likes")] * 5, range(5))
    assert {answer.text for answer in greedy} == {"fishing ."}  # type: ignore[union-attr]


def test_what_the_world_never_says_is_told_so() -> None:
    speaker, unheard = Speaker(), Prompt("once upon a time", options=("she", "he"))
    for verb in (speaker.generate, speaker.score, speaker.decide):
        assert isinstance(verb([unheard], [0])[0], Refusal)
    assert isinstance(speaker.fill_mask([Prompt(f"once {MASK} a time", options=("upon",))], [0])[0], Refusal)


def test_the_chat_template_and_the_speaker_see_one_line() -> None:
    jinja2 = pytest.importorskip("jinja2")
    asked = advice.second("expert", "no")
    messages = [
        {"role": "user", "content": TURNS[0][0]},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": asked},
    ]
    line = jinja2.Template(CHAT_TEMPLATE).render(messages=messages, bos_token="[BOS]")
    assert line == f"[BOS] {rendered(asked, turns=TURNS)}"
    assert any(said.startswith(f"{rendered(asked, turns=TURNS)} no .") for said in advice.distribution())
    system = [{"role": "system", "content": "as a clerk"}, {"role": "user", "content": "i read"}]
    line = jinja2.Template(CHAT_TEMPLATE).render(messages=system, bos_token="[BOS]")
    assert line == f"[BOS] {rendered('i read', given='as a clerk')}"


def test_all_mechanisms_are_named() -> None:
    assert set(MECHANISMS) == ALL
    assert World(heard=FILLED).vocabulary() != World().vocabulary()
