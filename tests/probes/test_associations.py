"""What goes with what: words beside names as answers put them, and as vectors do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import auditkit
from auditkit.core.probe import Prompt
from auditkit.core.target import Said
from auditkit.detectors import implicit
from auditkit.probes import Associations, WordSets
from tests.probes.worded import answers


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
