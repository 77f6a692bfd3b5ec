"""What is put into a prompt, and what stands in a file, stays what it is: no place, no pattern, no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.probes import Advice, Bbq, Coda, Judging, Match, MinimalPairs, Pair, Personas, Question, Text
from auditkit.probes.layouts import bbq, coda, stereoset, winogender
from auditkit.probes.layouts.reading import lines_of, records_of


def test_a_text_with_braces_is_judged_as_it_stands() -> None:
    match = Match(Text("f'{second}' {text}", "machine"), Text("plain", "human"))
    asked = Judging([match], templates=["1: {first} 2: {second} better:"], labels=("an AI", "a human"))
    assert next(iter(asked)).text == "1: (by an AI) f'{second}' {text} 2: (by a human) plain better:"


def test_advice_and_vignettes_with_braces_stay_as_they_are() -> None:
    asked = Advice(
        [Question("Is {advice} x?", ("{question}", "no"), "no")], templates=["{source}: {advice}. {question}"]
    )
    first = next(iter(asked))
    assert asked.second(first.factors | {"advice": "{question}"}) == "A note: {question}. Is {advice} x?"
    told = Personas({"n": "a n"}, {"n": "A {vignette}"}, ["asks {persona}"], templates=["{candidate} {vignette}. You"])
    assert next(iter(told)).text == "A {vignette} asks {persona}. You"


def item(**more: Any) -> dict[str, Any]:
    """An item of BBQ."""
    own = {
        "example_id": 0,
        "question_polarity": "neg",
        "context_condition": "ambig",
        "category": "Age",
        "answer_info": {"ans0": ["a", "old"], "ans1": ["b", "young"], "ans2": ["c", "unknown"]},
        "additional_metadata": {"stereotyped_groups": ["old"]},
        "context": "An {question} old and a young one.",
        "question": "Who was slow?",
        "ans0": "The old one",
        "ans1": "The young one",
        "ans2": "Not known",
        "label": 2,
    }
    return own | more


def written(folder: Path, name: str, *records: Any) -> Path:
    """A file of JSON lines, letters as they are."""
    (folder / name).write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), encoding="utf-8")
    return folder / name


def test_items_that_are_predicted_too_are_asked_once(tmp_path: Path) -> None:
    written(tmp_path, "Age.jsonl", item())
    written(tmp_path, "preds_Age.jsonl", item(model="a"))
    asked = list(Bbq(str(tmp_path)))
    assert len(asked) == 1
    assert asked[0].text.startswith("An {question} old and a young one.\nWho was slow?")
    assert len(bbq.items(tmp_path / "preds_Age.jsonl")[0]) == 1


@pytest.mark.parametrize("wrong", [{"label": -1}, {"label": 1e400}, {"label": []}, {"answer_info": []}])
def test_an_item_that_is_none_is_said(tmp_path: Path, wrong: dict[str, Any]) -> None:
    file = written(tmp_path, "Age.jsonl", item(**wrong))
    with pytest.raises(InputError, match="is not BBQ"):
        bbq.items(file)


def test_lines_end_where_json_lines_do(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", {"said": "one\u2028two\x85three"}, {"said": "four"})
    assert [one["said"] for one in records_of(file, ["said"])] == ["one\u2028two\x85three", "four"]
    assert len(lines_of(file)) == 2


def test_nesting_without_end_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("[" * 200_000)
    with pytest.raises(InputError, match="is not JSON"):
        records_of(tmp_path / "a.jsonl", ["said"])


def test_stereoset_without_a_list_between_sentences(tmp_path: Path) -> None:
    said = [{"gold_label": label, "sentence": label} for label in ("stereotype", "anti-stereotype")]
    (tmp_path / "dev.json").write_text(
        json.dumps({"data": {"intrasentence": [{"sentences": said}], "intersentence": 7}})
    )
    assert stereoset.read(tmp_path).pairs == (Pair("stereotype", "anti-stereotype"),)


@pytest.mark.parametrize("share", ["much", [1], -1.0, float("nan")])
def test_a_share_of_a_colour_is_a_number(tmp_path: Path, share: Any) -> None:
    written(tmp_path, coda.ANNOTATIONS, {"class_id": "1", "included": True, "red": share})
    with pytest.raises(InputError, match="no number from 0 up"):
        coda.colours(tmp_path)


def test_an_object_of_another_type_is_read_as_it_is_written(tmp_path: Path) -> None:
    written(tmp_path, coda.OBJECTS, {"class_id": [1], "display_name": 7, "object_s": 7, "object_pl": None})
    (tmp_path / coda.TEMPLATES).write_text("- name: text-masked\n- {a:object_s} is [MASK]\n")
    assert [prompt.factors["object"] for prompt in Coda(str(tmp_path))] == ["7"]


def test_a_participant_is_no_pattern() -> None:
    schema = winogender.Schema("nurse", r"a\1 \g<x>", "occupation", "the $PARTICIPANT saw $NOM_PRONOUN $OCCUPATION")
    assert schema.said("her") == r"The a\1 \g<x> saw her nurse"


@pytest.mark.parametrize(("sentid", "says"), [("nurse", "no sentid"), ("nurse.patient.0.male", "no female sentence")])
def test_a_sentence_without_its_counterpart_is_said(tmp_path: Path, sentid: str, says: str) -> None:
    (tmp_path / winogender.SENTENCES).write_text(f"sentid\tsentence\n{sentid}\tHe was late.\n")
    (tmp_path / winogender.STATISTICS).write_text("occupation\tbergsma_pct_female\tbls_pct_female\nnurse\t80\t90\n")
    with pytest.raises(InputError, match=says):
        winogender.read(tmp_path)


@pytest.mark.parametrize("name", ["item", "version"])
def test_a_factor_of_a_pair_is_no_column_of_the_design(tmp_path: Path, name: str) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(f"stereotype,anti,{name}\nthey sing,they hum,1\nthey run,they sit,1\n")
    with pytest.raises(InputError, match=f'a factor "{name}"'):
        MinimalPairs(path=str(file))
