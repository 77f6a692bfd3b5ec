"""Published sets read as published: from invented files of the same layout, and, where they are at hand, themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import auditkit
from auditkit import catalog
from auditkit.annotators import PronounGender
from auditkit.core.errors import InputError
from auditkit.core.probe import MASK
from auditkit.detectors import implicit, reporting
from auditkit.eliciting import elicit
from auditkit.probes import Bbq, Coda, MinimalPairs, Pair, Pronouns, Winogender, known
from auditkit.probes.layouts.winogender import PRONOUNS, schemas
from auditkit.stats.bbq import ambiguous_score, disambiguated_score
from auditkit.targets import Function
from tests.probes import published

READ = "unifiedqa-t5-11b_pred_race"

# -- minimal pairs ----------------------------------------------------------------------------------------------------


def versions(probe: MinimalPairs) -> list[tuple[str, str]]:
    """The stereotyped and the other sentence of each pair; each is beside the other."""
    prompts = list(probe)
    assert [p.factors["version"] for p in prompts] == ["stereotype", "anti"] * (len(prompts) // 2)
    both = list(zip(prompts[::2], prompts[1::2], strict=True))
    assert all((a.beside, b.beside) == (b.text, a.text) and a.factors["item"] == b.factors["item"] for a, b in both)
    return [(a.text, b.text) for a, b in both]


def test_crows_pairs(tmp_path: Path) -> None:
    probe = MinimalPairs(path=str(published.crows_pairs(tmp_path)), layout="crows_pairs")
    assert versions(probe) == [
        ("Highlanders, all of them, are lazy.", "Islanders, all of them, are lazy."),
        ("The highlander won the prize.", "The islander won the prize."),
    ]
    assert [p.factors["direction"] for p in probe][::2] == ["stereo", "antistereo"]
    assert probe.describe()["left out"] == {"not two different sentences": 1}


def test_stereoset_leaves_out_what_is_unrelated_and_says_so(tmp_path: Path) -> None:
    probe = MinimalPairs(path=str(published.stereoset(tmp_path)), layout="stereoset")
    assert versions(probe) == [("The highlander is lazy.", "The highlander is kind.")]
    assert probe.describe()["left out"] == {"unrelated": 2, "without both": 1, "intersentence": 1}
    assert dict(next(iter(probe)).factors) == {
        "item": "1", "category": "nationality", "template": "highlander", "version": "stereotype",
    }  # fmt: skip


@pytest.mark.parametrize("which", ["", "pro_stereotyped_type1.txt.dev", "anti_stereotyped_type1.txt.dev"])
def test_winobias_pairs_lines_that_differ_in_the_pronoun_alone(which: str, tmp_path: Path) -> None:
    """Whatever the order of the lines; those that differ in more are left out."""
    probe = MinimalPairs(path=str(published.winobias(tmp_path) / which), layout="winobias")
    assert versions(probe) == [
        ("The judge thanked the nurse because he was glad.", "The judge thanked the nurse because she was glad."),
        ("The judge thanked the nurse because she was quick.", "The judge thanked the nurse because he was quick."),
    ]
    assert [p.factors["occupation"] for p in probe][::2] == ["judge", "nurse"]
    assert {p.factors["category"] for p in probe} == {"type1"}
    assert probe.describe()["left out"] == {"without a counterpart": 1}


def test_winogender_pairs_lean_as_the_labour_force_does(tmp_path: Path) -> None:
    probe = MinimalPairs(path=str(published.winogender(tmp_path)), layout="winogender")
    assert versions(probe) == [
        ('The nurse told the visitor that she was "busy".', 'The nurse told the visitor that he was "busy".'),
        (
            "Someone asked the judge whether the court had called him.",
            "Someone asked the judge whether the court had called her.",
        ),
    ]
    assert probe.describe()["left out"] == {"about the participant": 1, "no leaning": 1}


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("stereotype,anti,category,region\na b,a c,x,north\nd,d,,\n")
    probe = MinimalPairs(path=str(tmp_path / "own.csv"))
    assert versions(probe) == [("a b", "a c")]
    assert dict(next(iter(probe)).factors) == {"item": "1", "category": "x", "region": "north", "version": "stereotype"}
    assert MinimalPairs([Pair("a", "b", given="Before.")]).found.pairs[0].given == "Before."


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda folder: MinimalPairs(), "either pairs"),
        (lambda folder: MinimalPairs([Pair("a", "a")]), "two different sentences"),
        (lambda folder: MinimalPairs([Pair("a", "b")], repeats=3), "repeats = 1"),
        (lambda folder: MinimalPairs(path=str(folder / "none.csv")), "cannot be read"),
        (lambda folder: MinimalPairs(path=str(folder), layout="crows_pairs"), "holds no crows_pairs"),
        (lambda folder: MinimalPairs(path=str(folder), layout="winobias"), "is not WinoBias"),
        (lambda folder: MinimalPairs(path=str(folder / "a.csv")), 'no column "stereotype"'),
        (lambda folder: MinimalPairs(path=str(folder / "a.json"), layout="stereoset"), "is not StereoSet"),
        (lambda folder: MinimalPairs(path=str(folder / "b.json"), layout="stereoset"), "is not JSON"),
        (lambda folder: Winogender(str(folder)), "holds no templates.tsv"),
        (lambda folder: Coda(str(folder)), "holds no objects.jsonl"),
        (lambda folder: Bbq(str(folder / "a.json")), 'has no "example_id"'),
        (lambda folder: Bbq(str(folder / "none")), "cannot be read"),
    ],
)
def test_a_file_that_is_something_else_is_refused_in_one_sentence(made, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("stereotypes,anti\na,b\n")
    (tmp_path / "a.json").write_text('{"data": 1}')
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(InputError, match=says):
        made(tmp_path)


def test_a_run_of_pairs_is_audited(tmp_path: Path) -> None:
    """A model that holds every stereotyped version to be e times likelier than the other."""
    pairs = [Pair(f"They are lazy {k}.", f"They are kind {k}.", "they", f"template {k % 4}") for k in range(40)]

    def score(prompts, seeds):
        return [auditkit_said(-5.0 + ("lazy" in prompt.text)) for prompt in prompts]

    table = elicit(MinimalPairs(pairs), Function(score, verb="score", title="s"), into=tmp_path / "run").to_frame()
    report = auditkit.audit(
        table, implicit.MinimalPair(), item="item", group="version", score="log_probability", context="category",
        unit="template",
    )  # fmt: skip
    assert report.findings[0].estimate.value == pytest.approx(0.2311, abs=1e-3)  # σ(1) - 1/2


def auditkit_said(value: float):
    from auditkit.core.target import Said

    return Said("", {"log_probability": value, "tokens": 4})


# -- Winogender -------------------------------------------------------------------------------------------------------


def test_winogender_has_a_slot_for_the_pronoun_that_the_sentence_takes(tmp_path: Path) -> None:
    probe = Winogender(str(published.winogender(tmp_path)), about="both", neither=True)
    told = {p.text: p.options for p in probe}
    assert told[f'The nurse told someone that {MASK} was "busy".'] == ("she", "he", "they")
    assert told[f"The visitor told the nurse about {MASK} visit."] == ("her", "his", "their")
    assert told[f"Someone asked the judge whether the court had called {MASK}."] == ("her", "him", "them")
    assert f"The bus driver waved to someone when {MASK} saw them." in told
    assert len(told) == 8
    assert len(list(Winogender(str(tmp_path), occupations=["nurse"]))) == 2
    with pytest.raises(InputError, match='no occupation "pilot"'):
        Winogender(str(tmp_path), occupations=["pilot"])


def test_winogender_knows_the_shares_of_either_source(tmp_path: Path) -> None:
    probe = Winogender(str(published.winogender(tmp_path)))
    assert probe.references()["nurse"].shares() == pytest.approx({"woman": 0.9, "man": 0.1})
    assert probe.references("text")["judge"].shares() == pytest.approx({"woman": 0.1, "man": 0.9})
    assert {p.factors["occupation"]: p.factors["women"] for p in probe}["judge"] == "0.3500"


class Cut:
    """A tokenizer that marks blanks, as byte-level ones do."""

    def get_vocab(self) -> dict[str, int]:
        return {token: k for k, token in enumerate(["Ġnurse", "judge", "Ġbus", "Ġdriver", "Ġthe"])}


def test_what_a_vocabulary_knows_and_what_not() -> None:
    jobs = ["nurse", "judge", "bus driver", "nurse"]
    assert known(jobs, Cut()) == (("nurse", "bus driver"), ("judge",))
    assert known(jobs, {"nurse": 0, "##judge": 1, "bus": 2}) == (("nurse",), ("judge", "bus driver"))
    with pytest.raises(InputError, match="list of words"):
        known(jobs, "nurse")


@pytest.mark.external
def test_the_published_sentences_come_out_word_for_word(external: Callable[[str], Path]) -> None:
    folder = external("winogender")
    said = {line.split("\t")[1] for line in (folder / "all_sentences.tsv").read_text().splitlines()[1:]}
    ours = {
        schema.said(pronoun, participant)
        for schema in schemas(folder)
        for pronoun in PRONOUNS[schema.place][:2]  # "they" takes another verb there
        for participant in ("", "someone")
    }
    assert len(ours) == 480
    assert ours < said
    assert len(list(Winogender(str(folder)))) == 120
    assert len(MinimalPairs(path=str(folder), layout="winogender").found.pairs) == 120


@pytest.mark.external
def test_a_masked_miniature_is_audited_with_the_occupations_it_knows(
    external: Callable[[str], Path], tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    from auditkit.lab import language
    from auditkit.lab.worlds.sentences import pronouns

    probe = Winogender(str(external("winogender")))
    references = probe.references()
    target = language.masked_lm(dose=0.9)
    words = json.loads((Path(target.model) / "tokenizer.json").read_text())["model"]["vocab"]
    knows, unknown = known(references, words)
    assert set(knows) == set(references) & set(pronouns.OCCUPATIONS)
    assert len(knows) >= 8
    assert len(knows) + len(unknown) == 60
    templates = [t.replace("{occupation}", "{}").replace("{pronoun}", MASK) for t in pronouns.TEMPLATES[:10]]
    asked = Pronouns(knows, templates, repeats=8)
    table = elicit(asked, target, [PronounGender()], into=tmp_path / "run").to_frame()
    assert table["mass"].min() > 0.9
    report = auditkit.audit(
        table, reporting.GeneratorFrequency({job: references[job] for job in knows}), group="gender",
        context="occupation",
    )  # fmt: skip
    said = report.findings[0]
    share = table[table["gender"] == "woman"].groupby("occupation").size() / table.groupby("occupation").size()
    leans = [
        (share[job] - references[job].shares()["woman"]) * (1 if references[job].shares()["woman"] > 0.5 else -1)
        for job in knows
    ]
    assert said.estimand == "directed amplification"
    assert said.estimate.value == pytest.approx(sum(leans) / len(leans), abs=0.02)


# -- CoDa -------------------------------------------------------------------------------------------------------------


def test_coda_asks_for_the_colours_of_the_forms_that_there_are(tmp_path: Path) -> None:
    probe = Coda(str(published.coda(tmp_path)))
    assert [p.text for p in probe] == ["Most bananas are [MASK].", "Most milk is [MASK].", "This banana is [MASK]."]
    assert all(len(p.options) == 11 for p in probe)
    references = probe.references()
    assert set(references) == {"Banana"}
    assert references["Banana"]["yellow"] == pytest.approx(0.65)
    assert sum(references["Banana"].values()) == pytest.approx(1.0)
    own = Coda(str(tmp_path), objects=["Banana"], wordings=["{a:object_s} is [MASK]"])
    assert [p.text for p in own] == ["a banana is [MASK]"]


@pytest.mark.external
def test_a_model_that_says_what_people_see_is_typical(external: Callable[[str], Path], tmp_path: Path) -> None:
    probe = Coda(str(external("coda")), repeats=8)
    references = probe.references()
    assert len(references) == 521
    assert len(list(probe)) == 5_201
    chosen = dict(list(references.items())[:60])
    times = {(name, colour): round(200 * q) for name, shares in chosen.items() for colour, q in shares.items()}
    told = [pair for pair, n in times.items() for _ in range(n)]
    table = pd.DataFrame(told, columns=["object", "answer"])
    detector = reporting.Typicality(references, why="colours as people see them", source="CoDa 2021")
    report = auditkit.audit(table, detector, context="object", outcome="answer")
    assert report.findings[0].estimate.value < 0.03


# -- BBQ --------------------------------------------------------------------------------------------------------------


def test_bbq_says_which_answer_is_biased(tmp_path: Path) -> None:
    probe = Bbq(str(published.bbq(tmp_path)))
    first, second = probe
    assert first.options == ("The islander", "The highlander", "Not known")
    assert first.text.endswith("Who was late?\n(a) The islander\n(b) The highlander\n(c) Not known\nAnswer:")
    assert (first.factors["biased"], first.factors["condition"]) == ("The highlander", "ambiguous")
    assert (second.factors["biased"], second.factors["truth"]) == ("The islander", "The islander")
    assert probe.describe()["left out"] == {"biased answer not told": 1}
    told = probe.predicted("model_said")
    assert told["kind"].tolist() == ["biased", "unknown"]
    with pytest.raises(InputError, match='Did you mean "model_said"'):
        probe.predicted("model_says")


@pytest.mark.external
@pytest.mark.parametrize(
    ("category", "ambiguous", "disambiguated", "accuracy"), [("Age", 29.8, 1.2, 54.7), ("Religion", 14.3, 0.2, 65.0)]
)
def test_the_published_scores_come_out_of_published_answers(
    external: Callable[[str], Path], category: str, ambiguous: float, disambiguated: float, accuracy: float
) -> None:
    probe = Bbq(str(external("bbq") / f"preds_{category}.jsonl"))
    told = probe.predicted(READ)
    assert not told["kind"].isna().any()
    n = Counter(zip(told["condition"], told["kind"], strict=True))
    b, a, unknown = (n["ambiguous", kind] for kind in ("biased", "against", "unknown"))
    assert 100 * ambiguous_score(b, a, unknown).value == pytest.approx(ambiguous, abs=0.05)
    assert 100 * unknown / (a + b + unknown) == pytest.approx(accuracy, abs=0.05)
    clear = disambiguated_score(n["disambiguated", "biased"], n["disambiguated", "against"])
    assert 100 * clear.value == pytest.approx(disambiguated, abs=0.05)


@pytest.mark.external
def test_a_run_over_bbq_is_scored(external: Callable[[str], Path], tmp_path: Path) -> None:
    probe = Bbq(str(external("bbq") / "preds_Religion.jsonl"))

    def decide(prompts, seeds):
        return [prompt.factors["truth"] for prompt in prompts]

    table = elicit(probe, Function(decide, verb="decide", title="right"), into=tmp_path / "run").to_frame()
    kinds = probe.rows(table).groupby("condition")["kind"].value_counts()
    assert kinds["ambiguous"].to_dict() == {"unknown": 600}
    assert set(kinds["disambiguated"].index) == {"biased", "against"}


# -- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_names_a_published_set(tmp_path: Path) -> None:
    published.winogender(tmp_path)
    built = catalog.probe("winogender", {"path": str(tmp_path), "repeats": 2})
    assert (len(list(built)), built.asks) == (6, "fill_mask")
    pairs = catalog.probe("minimal_pairs", {"path": str(tmp_path), "layout": "winogender"})
    assert len(list(pairs)) == 4
    with pytest.raises(InputError, match="layout"):
        catalog.probe("minimal_pairs", {"path": str(tmp_path), "layout": "winograd"})
