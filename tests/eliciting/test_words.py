"""Answers in words: what is recorded of them, conversations in step, and answers that come out of order."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from auditkit.annotators import Choice, Thumbnail, Words
from auditkit.core.errors import InputError
from auditkit.core.generation import Generation
from auditkit.core.probe import Probe, Prompt, Verb
from auditkit.core.target import Answer, Attention, Refusal, Said, Target
from auditkit.eliciting import Pace, elicit
from auditkit.targets import Embedder, Function

LOOKED = Attention(("no",), ("is", "it"), [[0.25, 0.75]], "decoder on source")


@dataclass(frozen=True)
class Asking(Probe):
    """So many questions."""

    n: int = 6
    repeats: int = 2

    asks: ClassVar[Verb] = "generate"

    def __iter__(self) -> Iterator[Prompt]:
        for k in range(self.n):
            yield Prompt(f"question {k} ?", factors={"item": str(k)}, options=("yes", "no"), given="be brief")


@dataclass(frozen=True)
class Again(Asking):
    """A question, and, where it was answered with yes, another one."""

    def converse(self, prompt: Prompt) -> Generator[Prompt, str, None]:
        """Sent the first answer."""
        first = yield prompt
        if first.startswith("yes"):
            yield Prompt(f"sure, {first} ?", factors=prompt.factors, turns=((prompt.text, first),))


class Talker(Target):
    """Says yes or no by its seed, tells how likely that was, and refuses question 4; `concurrent` from threads."""

    title = "a talker"

    def __init__(self, concurrent: int = 1, patience: float = 0.0, broken: str = "") -> None:
        self.concurrent, self.patience, self.broken = concurrent, patience, broken
        self.heard: list[tuple[str, int]] = []
        self.busy = self.most = 0
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return "talker"

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        with self._lock:
            self.heard += [(prompt.text, seed) for prompt, seed in zip(prompts, seeds, strict=True)]
            self.busy += 1
            self.most = max(self.most, self.busy)
        time.sleep(self.patience)
        with self._lock:
            self.busy -= 1
        if self.broken and any(self.broken in prompt.text for prompt in prompts):
            raise InputError("mend me")
        return [self._said(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    def _said(self, prompt: Prompt, seed: int) -> Answer:
        if "question 4" in prompt.text:
            return Refusal("it is not allowed")
        if "question 5" in prompt.text:
            return Said("  ")
        word = "yes" if np.random.default_rng(seed).random() < 0.5 else "no"
        return Said(word, {"log_probability": -0.5, "cut": "yes"}, LOOKED)


def test_answers_are_recorded_with_what_is_told_of_them(tmp_path: Path) -> None:
    run = elicit(Asking(), Talker(), Choice(("yes", "no")), into=tmp_path / "run")
    table = run.to_frame()
    assert "picture" not in table
    read = table[table["answered"] == "yes"]
    assert set(read["answer"]) == {"yes", "no"}
    assert (read["choice"] == read["answer"]).all()
    assert set(read["log_probability"]) == {-0.5}
    assert set(read["cut"]) == {"yes"}
    looked = json.loads(Path(read["attention"].iloc[0]).read_text())
    assert looked["weights"] == [[0.25, 0.75]]
    assert dict(run.refusals) == {"it is not allowed": 2, "nothing was said": 2}
    assert "4 refused (2: " in str(run)
    refused = table[table["answered"] == "no"]
    assert refused[["answer", "choice", "log_probability"]].isna().all().all()


def test_a_record_in_words_is_the_same_read_again(tmp_path: Path) -> None:
    run = elicit(Again(), Talker(), into=tmp_path / "run")
    for generation in run.store.generations():
        assert Generation.from_json(generation.to_json()) == generation


def test_pictures_are_recorded_as_before(tmp_path: Path) -> None:
    """A record of a picture has no field that only words have, so that older runs are the same runs."""
    grey = Function(lambda texts: [np.full((2, 2), 0.5) for _ in texts], plain=True, title="grey")

    @dataclass(frozen=True)
    class Drawn(Asking):
        asks: ClassVar[Verb] = "sample"

    run = elicit(Drawn(1, 1), grey, into=tmp_path / "run")
    [record] = [json.loads(generation.to_json()) for generation in run.store.generations()]
    assert not {"kind", "told", "attention", "turns"} & set(record)


def test_conversations_go_on_in_step(tmp_path: Path) -> None:
    talker = Talker()
    run = elicit(Again(), talker, Choice(("yes", "no")), into=tmp_path / "run", batch=6)
    table = run.to_frame()
    went_on = table[table["answer 1"].notna()]
    assert len(went_on)
    assert set(went_on["choice at first"]) == {"yes"}
    assert set(went_on["answer"]) <= {"yes", "no"}
    assert table[table["answer 1"].isna() & (table["answered"] == "yes")]["answer"].eq("no").all()
    later = [seed for text, seed in talker.heard if text.startswith("sure")]
    assert len(later) == len(went_on)
    assert not set(later) & {seed for text, seed in talker.heard if not text.startswith("sure")}


@pytest.mark.parametrize("batch", [1, 5, 12])
def test_a_conversation_does_not_depend_on_its_neighbours(tmp_path: Path, batch: int) -> None:
    one = elicit(Again(), Talker(), into=tmp_path / "one", batch=3).to_frame()
    other = elicit(Again(), Talker(), into=tmp_path / "other", batch=batch).to_frame()
    assert one[["answer", "answer 1"]].equals(other[["answer", "answer 1"]])


@pytest.mark.parametrize("probe", [Asking(), Again()], ids=["alone", "in turns"])
def test_threads_record_what_one_by_one_records(tmp_path: Path, probe: Probe) -> None:
    slow, quick = Talker(concurrent=4, patience=0.02), Talker()
    threaded = elicit(probe, slow, into=tmp_path / "threads")
    alone = elicit(probe, quick, into=tmp_path / "alone", batch=1)
    lines = [[g.to_json() for g in run.store.generations()] for run in (threaded, alone)]
    assert lines[0] == lines[1]
    assert 1 < slow.most <= 4


def test_what_threads_have_heard_is_kept_where_one_is_at_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mend me"):
        elicit(Asking(), Talker(concurrent=2, patience=0.01, broken="question 3"), into=tmp_path / "run")
    again = Talker(concurrent=2)
    run = elicit(Asking(), again, into=tmp_path / "run")
    assert len(run) == 12
    assert len(again.heard) < 12
    assert "question 3 ?" in {text for text, _ in again.heard}


def test_progress_of_threads_is_told_answer_by_answer(tmp_path: Path) -> None:
    told: list[Pace] = []
    elicit(Asking(), Talker(concurrent=3), into=tmp_path / "run", progress=told.append)
    assert [pace.done for pace in told][:12] == list(range(1, 13))


def test_a_reader_of_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="thumbnail reads images, and the answers to test_words are texts"):
        elicit(Asking(), Talker(), Thumbnail(), into=tmp_path / "run")


def test_a_factor_that_is_a_column_of_runs_in_words_is_refused(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Clashing(Asking):
        def __iter__(self) -> Iterator[Prompt]:
            yield Prompt("a", factors={"answer": "b"})

    with pytest.raises(InputError, match='a factor named "answer"'):
        elicit(Clashing(), Talker(), into=tmp_path / "run")


@pytest.mark.parametrize(("verb", "given"), [("generate", np.zeros((2, 2))), ("sample", "a text")])
def test_an_answer_of_the_wrong_kind_is_said(tmp_path: Path, verb: Any, given: Any) -> None:
    @dataclass(frozen=True)
    class Wanting(Asking):
        asks: ClassVar[Verb] = verb

    with pytest.raises(InputError):
        elicit(Wanting(), Function(lambda prompts, seeds: [given] * len(prompts), verb=verb), into=tmp_path / "run")


def test_a_key_hangs_on_everything_that_is_asked() -> None:
    plain = Prompt("a", factors={"b": "c"})
    others = [
        Prompt("a", factors={"b": "c"}, options=("d", "e")),
        Prompt("a", factors={"b": "c"}, given="d"),
        Prompt("a", factors={"b": "c"}, beside="d"),
        Prompt("a", factors={"b": "c"}, turns=(("d", "e"),)),
        Prompt("a", factors={"b": "c"}, turns=(("d", "f"),)),
    ]
    assert len({prompt.key for prompt in (plain, *others)}) == 6


def test_what_is_read_at_first_keeps_its_reader(tmp_path: Path) -> None:
    run = elicit(Again(), Talker(), Words({"agrees": ["yes"]}, attribute="tone"), into=tmp_path / "run")
    kept = run.to_frame().attrs["auditkit.perceived"]
    assert kept["tone"] == kept["tone at first"] == "perceived by a word list"


def asked(probe: Probe, answer: Any, *readers: Any, into: Path) -> Any:
    """A run of a function that gives everybody the same answer."""
    target = Function(lambda texts: [answer for _ in texts], plain=True, verb="generate", title="same")
    return elicit(probe, target, *readers, into=into)


@dataclass(frozen=True)
class Listed(Probe):
    """These questions."""

    texts: tuple[str, ...] = ("one ?", "two ?")
    repeats: int = 1

    asks: ClassVar[Verb] = "generate"

    def __iter__(self) -> Iterator[Prompt]:
        for text in self.texts:
            yield Prompt(text, factors={"item": text})


def test_a_design_of_other_prompts_is_another_run(tmp_path: Path) -> None:
    """Its name, its repeats and its number of prompts are the same: it got the answers to the other questions."""
    asked(Listed(), "yes", into=tmp_path / "run")
    with pytest.raises(InputError, match="another run: its prompts"):
        asked(Listed(("three ?", "four ?")), "no", into=tmp_path / "run")


def test_a_run_from_before_prompts_were_recorded_goes_on(tmp_path: Path) -> None:
    run = asked(Listed(), "yes", into=tmp_path / "run")
    run.store.close()
    with sqlite3.connect(tmp_path / "run" / "run.sqlite") as opened:
        opened.execute("DELETE FROM design WHERE name = 'prompts'")
    opened.close()
    assert len(asked(Listed(), "yes", into=tmp_path / "run")) == 2


def test_the_same_question_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="twice with the same factors"):
        asked(Listed(("one ?", "one ?")), "yes", into=tmp_path / "run")


def test_numbers_of_numpy_are_told_as_numbers(tmp_path: Path) -> None:
    told = {"a": np.float32(0.5), "b": np.int64(3), "vector": np.ones(2)}
    row = asked(Listed(), Said("yes", told), into=tmp_path / "run").to_frame().iloc[0]
    assert (row["a"], row["b"], row["vector"]) == (0.5, 3, [1.0, 1.0])


@pytest.mark.parametrize("told", [float("nan"), float("inf"), object()])
def test_what_is_no_number_costs_that_answer(tmp_path: Path, told: Any) -> None:
    run = asked(Listed(), Said("yes", {"a": told}), into=tmp_path / "run")
    assert sum(run.failures.values()) == 2
    assert run.to_frame()["answered"].isna().all()


def test_half_a_letter_can_be_recorded(tmp_path: Path) -> None:
    assert asked(Listed(), "\ud800 yes", into=tmp_path / "a").to_frame()["answer"].unique().tolist() == ["\ufffd yes"]
    assert asked(Listed(), Said("\ud83d\ude42", {"a": 1.0}), into=tmp_path / "b").to_frame()["answer"][0] == "🙂"


@pytest.mark.parametrize("name", ["seed", "item", "attention"])
def test_what_is_told_takes_no_column_away(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f'tells "{name}"'):
        asked(Listed(), Said("yes", {name: 1.0}), into=tmp_path / "run")


def test_what_is_read_takes_no_column_away(tmp_path: Path) -> None:
    reader = Words({"agrees": ["yes"]}, attribute="item")
    with pytest.raises(InputError, match='words reads "item"'):
        asked(Listed(), "yes", reader, into=tmp_path / "a")
    two = [Words({"agrees": ["yes"]}, attribute="said"), Words({"agrees": ["no"]}, attribute="said")]
    with pytest.raises(InputError, match='words reads "said"'):
        asked(Listed(), "yes", two, into=tmp_path / "b")


def test_only_a_probe_that_converses_is_sent_to_other_processes(tmp_path: Path) -> None:
    class Here(Listed):
        """A design of this function, which no other process can import."""

    Here.asks = "embed"
    rose = tmp_path / "words.txt"
    rose.write_text("one 1.0 0.0\ntwo 0.0 1.0\n")
    run = elicit(Here(("one", "two")), Embedder(str(rose)), into=tmp_path / "run", workers=2, batch=1)
    assert run.to_frame()["vector"].tolist() == [[1.0, 0.0], [0.0, 1.0]]
