"""Answers in words behind findings, and where they looked: bounded, checked, harmless, and said where there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import canned
import pandas as pd
import pytest

import auditkit
from auditkit.annotators import Words
from auditkit.core.attention import MOST_BYTES, attention_from_dict, read_attention, sound
from auditkit.core.errors import InputError
from auditkit.core.finding import Exemplar
from auditkit.core.probe import Probe, Prompt
from auditkit.core.report import Report
from auditkit.core.target import Answer, Attention, Said, Target
from auditkit.detectors import selection
from auditkit.formats.answers import MOST_MAPS, MOST_QUOTES, MOST_SQUARES, answers
from auditkit.rendering import render

SOURCE = ("o", "un", "doktor", ".")
UNSEEN = "This model records no attention with its answers."


class Sentences(Probe):
    """Sixty sentences of four words."""

    asks, repeats = "generate", 1

    def __iter__(self) -> Iterator[Prompt]:
        for k in range(60):
            yield Prompt(f"o un doktor {k} .", factors={"template": str(k % 3), "item": str(k)})


class Says(Target):
    """He to three in four, or to everybody; looks at its source, or tells nothing of that."""

    batch = 60

    def __init__(
        self, always: bool = False, looks: bool = True, tilt: float = 0.0, title: str = "a translator"
    ) -> None:
        self.always, self.looks, self.tilt, self.title = always, looks, tilt, title

    @property
    def fingerprint(self) -> str:
        return f"says {self.always} {self.looks} {self.tilt} {self.title}"

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        return [self._said(int(prompt.factors["item"])) for prompt in prompts]

    def _said(self, k: int) -> Answer:
        rows = ("he" if self.always or k % 4 else "she", "is", "a", "doctor", ".")
        weights = [[0.7 + self.tilt, 0.1, 0.1, 0.1]] * len(rows)
        looked = Attention(rows, SOURCE, weights, "decoder on source") if self.looks else None
        return Said(" ".join(rows), {"log_probability": -1.5}, looked)


PRONOUN = Words({"she": ["she"], "he": ["he"]}, attribute="pronoun")


def runs(folder: Path, **more: bool | float) -> dict[str, auditkit.Run]:
    return {
        arm: auditkit.elicit(Sentences(), Says(arm == "greedy", **more), PRONOUN, into=folder / arm)
        for arm in ("ancestral", "greedy")
    }


def audited(data: object, k: int = 2, **roles: str) -> Report:
    return auditkit.audit(data, [selection.Decoder()], group="pronoun", exemplars=k, **roles)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return audited(runs(tmp_path_factory.mktemp("seeing")))


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return audited(runs(tmp_path_factory.mktemp("blind"), looks=False))


def looking(n: int = 5, m: int = 4, words: str = "word") -> Attention:
    return sound(
        {
            "rows": [f"{words}{i}" for i in range(n)],
            "columns": [f"{words}{i}" for i in range(m)],
            "weights": [[1 / m] * m] * n,
            "of": words,
        }
    )


def worded(cells: dict[str, int], attention: Attention | None, words: str = "he") -> canned.Judged:
    """A canned report whose leading finding has answers in words."""
    report, judgement = canned.compas()
    lead = next(f for f in report.findings if f.key == judgement.verdicts[0].key)
    rows = [
        Exemplar(label, (("text", f"{words} {i}"), ("answer", words), ("seed", "1")), "", attention)
        for label, n in cells.items()
        for i in range(n)
    ]
    told = [replace(f, exemplars=tuple(rows)) if f is lead else f for f in report.findings]
    return replace(report, findings=tuple(told)), judgement


def test_a_row_brings_what_was_asked_and_answered_first_and_where_it_looked(report: Report) -> None:
    shown = [e for f in report.findings for e in f.exemplars]
    assert shown
    for e in shown:
        names = [name for name, _ in e.values]
        assert names[:2] == ["text", "answer"]
        assert "attention" not in names, "a path means nothing elsewhere"
        assert e.attention is not None
        assert e.attention.rows == tuple(dict(e.values)["answer"].split())
        assert (e.attention.columns, e.attention.of) == (SOURCE, "decoder on source")
        assert e.attention.weights[0] == (0.7, 0.1, 0.1, 0.1)
    assert UNSEEN not in {note for f in report.findings for note in f.notes}


def test_a_model_without_attention_is_said_to_have_none_and_a_table_is_not(blind: Report, tmp_path: Path) -> None:
    assert all(f.notes.count(UNSEEN) == 1 for f in blind.findings if f.exemplars)
    page = render(blind, auditkit.gate(blind))
    assert UNSEEN in page.split("The finding that leads")[1].split("What was found")[0]
    assert '<figure class="heat">' not in page
    data = pd.concat([run.to_frame().assign(arm=arm) for arm, run in runs(tmp_path).items()])
    plain = audited(
        {name: data[name].tolist() for name in ("text", "answer", "pronoun", "arm", "attention")}, arm="arm"
    )
    assert any(f.exemplars for f in plain.findings)
    assert all(e.attention is None for f in plain.findings for e in f.exemplars), "no paths of a table are opened"
    assert not any(note.endswith("with its answers.") for f in plain.findings for note in f.notes)


def test_of_several_models_the_one_without_attention_is_named(tmp_path: Path) -> None:
    pair = {
        "ancestral": auditkit.elicit(Sentences(), Says(title="with"), PRONOUN, into=tmp_path / "a"),
        "other": auditkit.elicit(Sentences(), Says(True, False, title="without"), PRONOUN, into=tmp_path / "b"),
    }
    lead = next(f for f in audited(pair).findings if f.exemplars)
    assert [note for note in lead.notes if "attention" in note] == ["without records no attention with its answers."]
    assert {dict(e.values)["target"]: e.attention is not None for e in lead.exemplars} == {
        "with": True,
        "without": False,
    }


def test_what_is_no_attention_is_left_out_with_a_note(tmp_path: Path) -> None:
    lead = next(f for f in audited(runs(tmp_path, tilt=0.2)).findings if f.exemplars)
    assert all(e.attention is None for e in lead.exemplars)
    assert any("Of 4 of 4 answers it is not shown where they looked. The weights of 'he'" in n for n in lead.notes)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"rows": ["a"], "columns": ["b"]},
        {"rows": [], "columns": [], "weights": []},
        {"rows": ["a"], "columns": ["b"], "weights": [[float("nan")]]},
        {"rows": ["a"], "columns": ["b"], "weights": [[0.99]]},
        {"rows": ["a"], "columns": ["b", "c"], "weights": [[1.5, -0.5]]},
        {"rows": ["a"], "columns": ["b"], "weights": [[0.5, 0.5]]},
        {"rows": ["a", "b"], "columns": ["b"], "weights": [[1.0]]},
        {"rows": ["a"], "columns": [7], "weights": [[1.0]]},
        {"rows": ["a"], "columns": ["b"], "weights": [[1.0]], "of": 7},
        {"rows": ["a"], "columns": ["b"], "weights": [["one"]]},
        {"rows": ["a"] * 41, "columns": ["b"], "weights": [[1.0]] * 41},
        {"rows": ["a"], "columns": ["b"] * 41, "weights": [[1 / 41] * 41]},
    ],
)
def test_attention_that_is_unsound_is_refused(told: object, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        sound(told)
    (tmp_path / "a.json").write_text(json.dumps(told))
    with pytest.raises(InputError):
        read_attention(tmp_path / "a.json")


@pytest.mark.parametrize("held", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b" " * (MOST_BYTES + 1)])
def test_a_file_that_is_no_attention_is_refused(held: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(held)
    for path in (tmp_path / "a.json", tmp_path / "gone.json", tmp_path, Path("/dev/zero")):
        with pytest.raises(InputError):
            read_attention(path)


def test_attention_survives_the_wire_the_schema_takes_it_and_none_is_shared(report: Report, tmp_path: Path) -> None:
    assert Report.from_json(report.to_json()) == report
    data = json.loads(report.to_json())
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path("reports/schema.json").read_text())
    jsonschema.validate(data, schema)
    lead = next(e for f in data["findings"] for e in f["exemplars"])
    assert attention_from_dict(lead["attention"]).of == "decoder on source"
    assert "decoder on source" not in report.save(tmp_path / "shared.json", k=2).read_text()
    lead["attention"]["weights"][0][0] = 1.4
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)
    with pytest.raises(InputError, match="no shares"):
        Report.from_dict(data)
    del lead["attention"]
    assert Report.from_dict(data).findings[0].exemplars[0].attention is None
    jsonschema.validate(data, schema)


def test_forty_equal_weights_are_still_sound_when_they_are_rounded() -> None:
    whole = sound({"rows": ["a"], "columns": ["b"] * 39, "weights": [[1 / 39] * 39]})
    assert abs(sum(whole.weights[0]) - 1) > 1e-3
    assert attention_from_dict(whole._asdict()) == whole


def test_the_page_shows_the_answers_of_the_leading_finding_open_and_holds_them_once(report: Report) -> None:
    page = render(report, auditkit.gate(report))
    lead = page.split("The finding that leads")[1].split("What was found")[0]
    assert lead.count("<q>he is a doctor .</q>") + lead.count("<q>she is a doctor .</q>") == 4
    assert re.search(r'<span class="asked">o un doktor \d+ \.</span>', lead)
    assert lead.count('<figure class="heat">') == 4
    assert page.count('<figure class="heat">') == 4
    assert "Its 4 answers are those of" in page or "Its 4 answers stand with" in page


def test_every_weight_stands_on_its_square_and_in_a_table() -> None:
    weights = [[0.125, 0.875], [1.0, 0.0]]
    a = sound({"rows": ["he", "is"], "columns": ["o", "un"], "weights": weights, "of": "decoder on source"})
    page = render(*worded({"a": 1}, a))
    lead = page.split("The finding that leads")[1].split("What was found")[0]
    squares = re.findall(r'fill-opacity="([\d.]+)"><title>(\S+) on (\S+): ([\d.]+)<', lead)
    assert squares == [
        ("0.12", "he", "o", "0.125"),
        ("0.88", "he", "un", "0.875"),
        ("1.00", "is", "o", "1.000"),
        ("0.00", "is", "un", "0.000"),
    ]
    assert re.findall(r"<td>([\d.]+)</td>", lead) == ["0.125", "0.875", "1.000", "0.000"]
    assert re.findall(r'<th scope="(\w+)">([^<]+)<', lead) == [
        *(("col", word) for word in ("decoder on source", "o", "un")),
        *(("row", word) for word in ("he", "is")),
    ]


def test_cells_share_the_room_and_what_is_left_out_is_said() -> None:
    report, judgement = worded({"a": 40, "b": 3}, looking())
    quoted = answers(report, judgement)[0]
    assert [len(p.quotes) for p in quoted.passages] == [MOST_QUOTES - 3, 3]
    assert [len(p.maps) for p in quoted.passages] == [MOST_MAPS // 2, MOST_MAPS // 2]
    assert (quoted.shown, quoted.left_out) == (MOST_QUOTES, 43 - MOST_QUOTES)
    assert "19 more answers are in the report file." in render(report, judgement)


def test_the_squares_of_a_page_are_bounded() -> None:
    report, judgement = canned.long(4, 10)
    told = []
    for i, f in enumerate(report.findings):
        rows = tuple(Exemplar(f"{i}", (("text", str(k)), ("answer", "b")), "", looking(40, 40)) for k in range(4))
        told.append(replace(f, exemplars=rows))
    full = replace(report, findings=tuple(told))
    squares = sum(1600 * quoted.maps for quoted in answers(full, judgement).values())
    assert MOST_SQUARES * 0.8 < squares <= MOST_SQUARES
    assert len(render(full, judgement)) < 6_000_000


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_words_are_harmless_and_long_ones_are_cut(text: str) -> None:
    page = render(*worded({text: 2, text + "b": 1}, looking(3, 2, text), text))
    page.encode("utf-8")
    read = canned.Tags(page)
    assert read.acting == []
    assert {tag for tag, _ in read.found} == {
        tag for tag, _ in canned.Tags(render(*worded({"a": 2, "b": 1}, looking()))).found
    }
    assert all(
        len(label) <= 12 for label in re.findall(r'class="before"[^>]*>([^<]*)</text>', page) if "&" not in label
    )


def test_what_was_refused_says_why() -> None:
    report, judgement = worded({"a": 1}, None)
    row = (("text", "o un doktor ."), ("answer", "(missing)"), ("because", "nothing was said"))
    told = [replace(f, exemplars=(Exemplar("a", row),)) if f.exemplars else f for f in report.findings]
    page = render(replace(report, findings=tuple(told)), judgement)
    assert "no answer: nothing was said</span>" in page
    assert "<q>" not in page


def test_an_answer_late_in_a_conversation_is_not_shown_as_the_answer_to_the_first_question() -> None:
    """What was said before stands between: the first question was answered otherwise."""
    table = pd.DataFrame({"text": ["is snow white ?"] * 80, "answer 1": ["maybe"] * 80, "g": ["a", "b"] * 40})
    table["answer"] = ["yes", "no", "yes", "yes"] * 20
    report = auditkit.audit(table, selection.Refusal(answered="yes"), group="g", responded="answer", exemplars=1)
    [quoted, *_] = answers(report, auditkit.gate(report)).values()
    assert {quote.asked for passage in quoted.passages for quote in passage.quotes} == {"is snow white ? “maybe” …"}
    assert "is snow white ? “maybe” …" in render(report, auditkit.gate(report))
