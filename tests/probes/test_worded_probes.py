"""Designs that are asked in words: what they ask, what is a factor, and how answers become the rows of detectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import auditkit
from auditkit.annotators import Choice, PronounGender
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.probe import MASK, Probe, Prompt
from auditkit.core.target import Said
from auditkit.detectors import attribution, automation, implicit
from auditkit.eliciting import elicit
from auditkit.probes import (
    Advice,
    Associations,
    Continuations,
    Counterfactuals,
    Identities,
    Judging,
    Match,
    Personas,
    Pronouns,
    Question,
    Text,
    Translations,
    WordSets,
)
from auditkit.probes.asking import question
from auditkit.targets import Function


def answers(probe: Probe, say, folder: Path, readers: Sequence = ()) -> pd.DataFrame:
    """The table of a run in which a function of the prompt answers."""

    def answer(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list:
        return [say(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    return elicit(probe, Function(answer, verb=probe.asks, title="told"), list(readers), into=folder).to_frame()


# -- the place of the answer ------------------------------------------------------------------------------------------


def test_a_slot_is_filled_or_gone_on_from() -> None:
    asked = f"The judge said that {MASK} was late."
    assert question(asked, "fill_mask", ["she", "he"]).options == ("she", "he")
    assert question(asked, "generate", ["she", "he"]) == Prompt("The judge said that")
    assert question(asked, "decide", ["she", "he"]).text == "The judge said that"
    for text, verb in ((f"{MASK} was late", "decide"), (f"{MASK} and {MASK}", "fill_mask"), ("no slot", "fill_mask")):
        with pytest.raises(InputError):
            question(text, verb)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", ["fill_mask", "generate", "decide"])
def test_every_own_template_of_pronouns_goes_with_every_verb(verb) -> None:
    prompts = list(Pronouns(["judge", "engineer"], templates=12, verb=verb))
    assert len({prompt.text for prompt in prompts}) == 24
    assert all((MASK in prompt.text) == (verb == "fill_mask") for prompt in prompts)
    assert all("judge" in prompt.text or "engineer" in prompt.text for prompt in prompts)
    assert all((prompt.options == ("she", "he")) == (verb != "generate") for prompt in prompts)


def test_articles_go_with_the_occupation() -> None:
    [prompt] = Pronouns(["engineer"], templates=[f"As a {{}} {MASK} works."])
    assert prompt.text == f"As an engineer {MASK} works."


def test_templates_can_be_in_lower_case_throughout() -> None:
    asked = Identities({"we": "we are", "they": "they are"}, templates=["{}", "today {}"])
    assert [p.text for p in asked] == ["we are", "they are", "today we are", "today they are"]
    asked = Identities({"we": ["we are", "our team is"], "they": ["they are", "their team is"]}, ["today {}"])
    assert [p.factors.get("subject") for p in asked] == ["we are", "our team is", "they are", "their team is"]


def test_continuations_take_subjects_in_words() -> None:
    asked = Continuations({"park": "the park"}, [f"In {{}} somebody {MASK}."], "fill_mask", ("slept", "fought"))
    [prompt] = asked
    assert (prompt.text, prompt.options) == (f"In the park somebody {MASK}.", ("slept", "fought"))
    assert dict(prompt.factors) == {"subject": "park", "template": f"In {{}} somebody {MASK}."}


# -- placebos ---------------------------------------------------------------------------------------------------------

NAMES = {"woman": ["Ann", "Eve"], "man": ["Bob", "Ian"]}


def test_a_placebo_changes_the_name_and_keeps_the_group() -> None:
    group = {name: cue for cue, names in NAMES.items() for name in names}
    items: dict[str, dict[str, Counter]] = {}
    for prompt in Counterfactuals(NAMES, templates=3):
        f = prompt.factors
        assert group[f["name"]] == f["cue"]
        assert f["name"] in prompt.text
        items.setdefault(f["item"], {}).setdefault(f["arm"], Counter())[f["name"]] += 1
    assert len(items) == 6
    for arms in items.values():
        assert set(arms) == {"original", "placebo"}
        assert not set(arms["original"]) & set(arms["placebo"])


def test_a_neutral_placebo_changes_the_weekday_and_keeps_the_name() -> None:
    template = "On {neutral} I met {}. We"
    asked = Counterfactuals({"woman": ["Ann"], "man": ["Bob"]}, [template], ("Monday", "Tuesday"))
    told = {(p.factors["cue"], p.factors["arm"]): p.text for p in asked}
    assert told["woman", "original"] == "On Monday I met Ann. We"
    assert told["woman", "placebo"] == "On Tuesday I met Ann. We"
    assert len(told) == 4
    again = Counterfactuals({"woman": ["Ann"], "man": ["Bob"]}, ["I met {}."], again={"I met {}.": "I saw {}."})
    assert {p.factors["arm"]: p.text for p in again}["paraphrase"] == "I saw Bob."


@pytest.mark.parametrize("swayed", [False, True])
def test_a_name_that_matters_flips_beyond_the_placebo(swayed: bool, tmp_path: Path) -> None:
    """Every answer depends on the name's spelling; only the swayed one depends on the group too."""
    names = {"woman": [f"Ann{k}" for k in range(40)], "man": [f"Bob{k}" for k in range(40)]}
    asked = Counterfactuals(names, templates=12, verb="decide", options=("yes", "no"), repeats=1)

    def say(prompt: Prompt, seed: int) -> str:
        chance = 0.5 + (0.4 if "Ann" in prompt.text else -0.4) * swayed
        return "yes" if seed % 1000 / 1000 < chance else "no"

    table = answers(asked, say, tmp_path / "run")
    report = auditkit.audit(
        table,
        implicit.Counterfactual(favourable="yes", baseline="placebo", versus="man"),
        item="item", group="cue", outcome="answer", arm="arm", unit="template",
    )  # fmt: skip
    told = {f.estimand: f.estimate.value for f in report.findings}
    assert told["favourable rate difference"] == pytest.approx(0.8 * swayed, abs=0.08)
    assert (told["flips beyond the baseline"] > 0.5) == swayed


# -- conversations ----------------------------------------------------------------------------------------------------

SNOW = [Question("Is snow white?", ("yes", "no"), "yes"), Question("Is coal white?", ("yes", "no"), "no")]


def test_advice_is_set_before_the_answer() -> None:
    asked = Advice(SNOW, templates=2, arms=("aided", "control", "unaided"))
    prompts = list(asked)
    assert len(prompts) == 2 * 2 * (5 * 2 + 2 + 2)
    for prompt in prompts:
        f = prompt.factors
        assert (f["advice"] == f["truth"]) == (f["advised"] == "right")
        assert ("source_label" in f) == (f["arm"] == "aided")
        talk = asked.converse(prompt)
        assert next(talk) is prompt
        if f["arm"] == "unaided":
            with pytest.raises(StopIteration):
                talk.send("yes")
            continue
        second = talk.send("maybe")
        assert second.turns == ((prompt.text, "maybe"),)
        assert second.options == ("yes", "no")
        assert f["question"] in second.text
        assert "{" not in second.text
        said = second.text.replace(f["question"], "").casefold()
        assert (f["advice"] in said.replace("yes or no", "")) == (f["arm"] == "aided")
        with pytest.raises(StopIteration):
            talk.send("yes")


def test_a_source_in_the_middle_of_a_sentence_is_in_lower_case() -> None:
    asked = Advice(SNOW[:1], templates=["You hear: {source} says {advice}. {question}"], sources={"AI": "An AI"})
    assert asked.second(next(iter(asked)).factors) == "You hear: an AI says yes. Is snow white?"


def test_who_follows_wrong_advice_of_a_machine_is_found(tmp_path: Path) -> None:
    """Whoever answers gives up what was right for an AI's wrong advice, and never without advice."""
    questions = [Question(f"Is {k} even?", ("yes", "no"), "no" if k % 2 else "yes") for k in range(30)]

    def say(prompt: Prompt, seed: int) -> str:
        if not prompt.turns:
            return f"My answer: {prompt.factors['truth'].upper()}."
        ai = prompt.factors.get("source_label") == "AI"
        return prompt.factors["advice"] if ai else f"Still {prompt.factors['truth']}"

    asked = Advice(questions, templates=2, sources={"AI": "An AI", "peer": "A peer"}, verb="generate")
    table = answers(asked, say, tmp_path / "run", [Choice(("yes", "no"))])
    assert table["choice at first"].tolist() == table["truth"].tolist()
    told = {}
    for label in ("AI", "peer"):
        rows = table[(table["source_label"] == label) | (table["arm"] == "control")]
        report = auditkit.audit(
            rows, automation.Reliance(), unit="question", initial="choice at first", advice="advice",
            final="choice", truth="truth", arm="arm",
        )  # fmt: skip
        told[label] = next(f.estimate.value for f in report.findings if f.estimand == "over-reliance difference")
    assert told == {"AI": 1.0, "peer": 0.0}


# -- judges -----------------------------------------------------------------------------------------------------------


def matches(n: int) -> list[Match]:
    return [
        Match(Text(f"machine text {k}", "machine", str(k % 3)), Text(f"human text {k}", "human", "1")) for k in range(n)
    ]


def test_a_match_is_shown_in_both_orders_under_both_labellings() -> None:
    asked = list(Judging(matches(1), templates=1, labels=("AI", "person")))
    assert len(asked) == 4
    seen = {(p.factors["first origin"], p.factors["first label"], p.factors["second label"]) for p in asked}
    assert seen == {(o, *labels) for o in ("machine", "human") for labels in (("AI", "person"), ("person", "AI"))}
    for prompt in asked:
        for place in ("first", "second"):
            shown = f"(by {prompt.factors[f'{place} label']}) {prompt.factors[f'{place} origin']} text 0"
            assert shown in prompt.text


def test_choices_become_two_rows_each(tmp_path: Path) -> None:
    asked = Judging(matches(2), templates=1)
    said = iter(["first", "second", "neither", "first"])
    table = answers(asked, lambda prompt, seed: next(said), tmp_path / "run")
    rows = asked.rows(table)
    assert rows["chosen"].tolist() == ["yes", "no", "no", "yes", None, None, "yes", "no"]
    assert rows["slot"].tolist() == ["first", "second"] * 4
    assert rows["origin"].tolist() == ["machine", "human", "human", "machine"] * 2
    assert set(rows["content"]) == {"1, one", "1, other", "2, one", "2, other"}
    with pytest.raises(ColumnError, match='"said"'):
        asked.rows(table, "said")


@pytest.mark.parametrize("taste", ["label", "origin", "place"])
def test_a_taste_is_found_where_it_is_and_not_elsewhere(taste: str, tmp_path: Path) -> None:
    asked = Judging(matches(40), templates=3, labels=("AI", "person"))

    def say(prompt: Prompt, seed: int) -> str:
        f = prompt.factors
        first = {"label": f["first label"] == "AI", "origin": f["first origin"] == "machine", "place": True}[taste]
        return ("first" if first else "second") if seed % 10 < 8 else ("second" if first else "first")

    rows = asked.rows(answers(asked, say, tmp_path / "run"))
    swap = auditkit.audit(
        rows, automation.SourceSwap("AI", favourable="yes", choice=True), item="content", source_label="source_label",
        outcome="chosen", slot="slot", unit="item",
    )  # fmt: skip
    own = auditkit.audit(
        rows.astype({"quality": float}), automation.SelfPreference("machine", chosen="yes"), item="choice",
        origin="origin", outcome="chosen", quality="quality", slot="slot", unit="item",
    )  # fmt: skip
    assert swap.findings[0].estimate.value == pytest.approx(0.3 * (taste == "label"), abs=0.06)
    assert own.findings[0].estimate.value == pytest.approx(0.3 * (taste == "origin"), abs=0.06)


# -- personas, identities, translations, vectors ----------------------------------------------------------------------


def test_personas_prefer_their_own_beyond_what_everybody_does(tmp_path: Path) -> None:
    words = {"north": "a northerner", "south": "a southerner"}
    asked = Personas(
        words, {group: said.capitalize() for group, said in words.items()}, [f"wants {k}" for k in range(40)]
    )

    def say(prompt: Prompt, seed: int) -> str:
        own = prompt.factors["rater_group"] == prompt.factors["candidate_group"]
        liked = prompt.factors["candidate_group"] == "north"
        return "accept" if seed % 1000 < 300 + 400 * own + 200 * liked else "reject"

    assert {p.given for p in asked} == {"You are a northerner.", "You are a southerner.", "You are a person."}
    table = answers(asked, say, tmp_path / "run")
    report = auditkit.audit(
        table, attribution.Correspondence(neutral="neutral", favourable="accept"), item="item",
        candidate_group="candidate_group", outcome="answer", rater_group="rater_group",
    )  # fmt: skip
    told = {f.level: f.estimate.value for f in report.findings if f.estimand.endswith("neutral judges")}
    assert told == pytest.approx({"north": 0.4, "south": 0.4}, abs=0.12)


def test_a_persona_can_stand_in_the_sentence() -> None:
    asked = Personas(
        {"islander": "an islander"}, {"islander": "an islander"}, ["who asked for a room"],
        ["as {persona} i read about {candidate} {vignette} :"], neutral="a clerk",
    )  # fmt: skip
    assert [(p.given, p.text) for p in asked] == [
        ("", "as an islander i read about an islander who asked for a room :"),
        ("", "as a clerk i read about an islander who asked for a room :"),
    ]


def test_we_and_they_share_a_template(tmp_path: Path) -> None:
    asked = Identities(templates=12, repeats=1)
    table = answers(
        asked, lambda p, seed: "wonderful" if p.factors["pronoun"] == "we" else "terrible", tmp_path / "run"
    )
    report = auditkit.audit(
        table, attribution.Correspondence(own="we", favourable="wonderful"), item="template",
        candidate_group="pronoun", outcome="answer",
    )  # fmt: skip
    assert report.findings[0].estimate.value == 1.0


def test_translations_take_turns_with_other_words() -> None:
    asked = Translations(
        {"doctor": "doktor", "nurse": "hesta"},
        ["o un {} {mood} .", "o un {} ."],
        {"mood": ["bena", "sagi"]},
        variants=2,
    )
    told = [(p.text, p.factors.get("mood")) for p in asked]
    assert told == [
        ("o un doktor bena .", "bena"), ("o un doktor sagi .", "sagi"),
        ("o un hesta bena .", "bena"), ("o un hesta sagi .", "sagi"),
        ("o un doktor .", None), ("o un hesta .", None),
    ]  # fmt: skip
    assert PronounGender().read(["she is a doctor ."])["gender"] == ["woman"]


def test_vectors_are_asked_of_words_in_sentences(tmp_path: Path) -> None:
    sets = {"X": ["rose", "iris"], "Y": ["moth", "gnat"], "A": ["kind", "fine"], "B": ["cruel", "vile"]}
    near = {word: [1.0, k / 10] for k, word in enumerate(sets["X"] + sets["A"])}
    near |= {word: [k / 10, 1.0] for k, word in enumerate(sets["Y"] + sets["B"])}

    def say(prompt: Prompt, seed: int) -> Said:
        return Said("", {"vector": near[prompt.factors["word"]]})

    asked = WordSets(sets, templates=5)
    assert len(list(asked)) == 40
    table = answers(asked, say, tmp_path / "run")
    report = auditkit.audit(table, implicit.Association(), vector="vector", group="set", unit="word")
    assert report.findings[0].estimate.value > 0.5


# -- words and names --------------------------------------------------------------------------------------------------

KINDS = {"home": ["garden", "sink", "family"], "work": ["office", "salary", "career"]}
EVERY = [*KINDS["home"], *KINDS["work"]]


def test_words_and_names_are_put_in_an_order_that_is_drawn() -> None:
    asked = Associations(("Julia", "Ben"), KINDS, orders=4)
    prompts = list(asked)
    assert len(prompts) == 40
    assert len({prompt.text for prompt in prompts}) == 40
    first = Counter("Julia" if p.text.find("Julia") < p.text.find("Ben") else "Ben" for p in prompts)
    assert first == {"Julia": 20, "Ben": 20}
    orders = [sorted(EVERY, key=p.text.find) for p in prompts]
    assert len({tuple(order) for order in orders}) > 30
    assert [p.key for p in Associations(("Julia", "Ben"), KINDS, orders=4, seed=1)] != [p.key for p in prompts]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("garden - Julia\nsink - Julia\nfamily - Ben\noffice - Ben\nsalary - Julia\ncareer - Ben", "JJBBJB"),
        ("1. Garden: JULIA, 2. Sink: Ben", "JB----"),
        ("Julia: garden, sink, family. Ben: office, salary, career.", "JJJBBB"),
        ("garden (Julia or Ben), sink Ben", "-B----"),
        ("garden Julia, later again garden Ben", "------"),
        ("I cannot do that.", "------"),
        ("gardener Julia, sink. Ben", "-B----"),
        ("", "------"),
    ],
)
def test_names_are_read_beside_their_words(said: str, read: str) -> None:
    asked = Associations(("Julia", "Ben"), KINDS)
    found = asked.paired(said)
    assert "".join((found[word] or "-")[0] for word in EVERY) == read


@pytest.mark.parametrize("verb", ["generate", "decide"])
def test_answers_become_a_row_a_word(verb, tmp_path: Path) -> None:
    asked = Associations(("Julia", "Ben"), KINDS, templates=10, verb=verb)
    goes = {word: "Julia" if kind == "home" else "Ben" for kind, words in KINDS.items() for word in words}

    def say(prompt: Prompt, seed: int) -> str:
        if verb == "decide":
            return goes[prompt.factors["word"]]
        return "; ".join(f"{word}: {name}" for word, name in goes.items() if word != "sink")

    rows = asked.rows(answers(asked, say, tmp_path / "run"))
    assert len(rows) == 20 * 6
    silent = rows[rows["name"].isna()]
    assert set(silent["word"]) == ({"sink"} if verb == "generate" else set())
    report = auditkit.audit(
        rows, implicit.LlmIat(("Ben", "work")), item="item", group="name", outcome="kind", unit="template"
    )
    assert report.findings[0].estimate.value == 1.0


# -- what makes no sense ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: Pronouns("judge"), "list of different names"),
        (lambda: Pronouns(["judge"], templates=["The {} came."]), "slot"),
        (lambda: Pronouns(["judge"], templates=[f"{MASK} is a {{}}."], verb="generate"), "in this order"),
        (lambda: Pronouns(["judge"], pronouns=("she",)), "two pronouns"),
        (lambda: Pronouns(["judge"], templates=13), "There are 12 templates"),
        (lambda: Pronouns(["judge"], repeats=0), "at least 1"),
        (lambda: Continuations([]), "list of different names"),
        (lambda: Continuations(["a"], verb="decide"), "two different answers"),
        (lambda: Continuations(["a"], verb="sing"), "cannot ask to sing"),
        (lambda: Continuations(["a"], templates=["about {}"], verb="fill_mask"), "once"),
        (lambda: Identities({"we": "We are"}), "two subjects"),
        (lambda: Counterfactuals({"a": ["x"]}), "two groups"),
        (lambda: Counterfactuals({"a": ["x"], "b": ["y", "z"]}), "equally long"),
        (lambda: Counterfactuals({"a": ["x"], "b": ["y"]}), "no placebo"),
        (lambda: Counterfactuals(NAMES, neutral=("Monday", "Tuesday")), "go together"),
        (lambda: Counterfactuals(NAMES, templates=["I met {}."], again={"else": "x"}), "keys are the templates"),
        (lambda: Personas({"a": "an a"}, {"b": "a b"}, ["wants"]), "Spell both alike"),
        (lambda: Personas({"neutral": "an a"}, {"neutral": "a b"}, ["wants"]), "neutral"),
        (lambda: Personas({"a": "an a"}, {"a": "an a"}, ["wants"], ["{candidate} came"]), "one place"),
        (lambda: Advice([]), "needs questions"),
        (lambda: Advice([Question("a?", ("yes", "no"), "maybe")]), "its truth among them"),
        (lambda: Advice(SNOW, templates=["{advice}"]), "{source}"),
        (lambda: Advice(SNOW, templates=2, again=["think"]), "2 templates with advice and 1 without"),
        (lambda: Judging([]), "two texts"),
        (lambda: Judging(matches(1), labels=("AI", "AI")), "two different ones"),
        (lambda: Judging(matches(1), templates=["{first}"]), "{second}"),
        (lambda: Translations({}, ["o {}"]), "needs occupations"),
        (lambda: Translations({"a": "b"}, ["o {x} {}"]), "no words for the place {x}"),
        (lambda: Translations({"a": "b"}, ["o"]), "one place {}"),
        (lambda: Associations(("a", "b"), {"x": ["1"], "y": ["2", "3"]}), "as many of one"),
        (lambda: Associations(("a", "b"), {"x": ["1"], "y": ["A"]}), "is no name"),
        (lambda: WordSets({"X": []}), "list of different words"),
        (lambda: WordSets({"X": ["a"]}, repeats=2), "repeats = 1"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(made, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("{", r"\{").replace("}", r"\}")):
        made()
