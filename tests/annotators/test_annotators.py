"""Readers of texts: what they read, what they must not, and how a corpus becomes evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import auditkit
from auditkit import annotate, catalog
from auditkit.annotators import Sentiment, Tfidf, Words
from auditkit.core.errors import InputError
from auditkit.core.finding import Reference
from auditkit.detectors import reporting, selection
from auditkit.planning import plan_of, plan_text
from auditkit.running import run

GENDER = {"woman": ["she", "her", "business woman"], "man": ["he", "him", "O'Brien"]}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("She is the manager.", "woman"),
        ("The manager", "nothing"),
        ("HE, of course", "man"),
        ("he or she", "man+woman"),
        ("not her", "nothing"),
        ("It isn't him. He came.", "man"),
        ("It isn’t him.", "nothing"),
        ("She never said that he left; no. Her", "woman"),
        ("never did she say when he left", "man"),
        ("a business woman", "woman"),
        ("business as usual, woman", "nothing"),
        ("O'brien", "man"),
        ("", "nothing"),
        ("他 she", "woman"),
    ],
)
def test_words_stand_whole_and_are_not_negated(text: str, read: str) -> None:
    assert Words(GENDER, attribute="g").read([text])["g"] == [read]


def test_words_refuse_what_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="two lists"):
        Words({"a": ["x"], "b": ["X"]})
    with pytest.raises(InputError, match="empty"):
        Words({"a": []})


def test_sentiment_goes_with_the_words() -> None:
    read = Sentiment().read(["horrible, terrible, awful", "a table", "great, wonderful, excellent", None])
    assert read["sentiment_rating"] == ["1", "3", "5", None]
    assert read["sentiment"][0] < read["sentiment"][1] < read["sentiment"][2]


def test_texts_alike_stand_near_one_another() -> None:
    texts = ["red car engine wheel", "car wheel red", "green apple pear fruit", "pear fruit apple", "!!!", None]
    vectors = Tfidf(components=2).read(texts)["vector"]
    assert vectors[4] is None
    assert vectors[5] is None
    unit = np.array([np.array(v) / np.linalg.norm(v) for v in vectors[:4]])
    near = unit @ unit.T
    assert near[0, 1] > 0.9 > near[0, 2] + 0.5
    assert Tfidf().read(["", "..."])["vector"] == [None, None]


def test_a_folder_of_texts_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "b.txt").write_text("He wrote.")
    (tmp_path / "below" / "a.md").write_text("She wrote.")
    table = annotate(tmp_path, Words(GENDER, attribute="author"))
    assert table["document"].tolist() == ["b.txt", str(Path("below") / "a.md")]
    assert table["author"].tolist() == ["man", "woman"]
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(InputError, match=r"c\.txt cannot be read as UTF-8"):
        annotate(tmp_path, [])
    with pytest.raises(InputError, match="holds no text"):
        annotate(tmp_path / "below" / "..", []) if not list(tmp_path.glob("*")) else annotate(_empty(tmp_path), [])


def _empty(folder: Path) -> Path:
    empty = folder / "empty"
    empty.mkdir()
    return empty


def test_an_attribute_overwrites_nothing() -> None:
    with pytest.raises(InputError, match='column "stars" already'):
        annotate({"text": ["x"], "stars": [1]}, Words(GENDER, attribute="stars"))
    with pytest.raises(InputError, match="review"):
        annotate({"review": ["x"]}, [])


def test_a_corpus_of_reviews_is_audited(tmp_path: Path) -> None:
    """REP-1 and COV-1 on texts alone: how loud they sound, and whom they speak of."""
    texts = ["She loved it: wonderful, excellent, great!"] * 60 + ["He found it horrible, awful, terrible."] * 40
    table = annotate({"text": texts}, [Sentiment(), Words(GENDER, attribute="author")])
    calm = Reference({"1": 0.1, "2": 0.2, "3": 0.4, "4": 0.2, "5": 0.1}, why="solicited reviews", source="this test")
    half = Reference({"woman": 0.5, "man": 0.5}, why="the readers", source="this test")
    loud = auditkit.audit(table, reporting.Extremity(calm), outcome="sentiment_rating")
    assert loud.findings[0].estimate.value == pytest.approx(0.8)
    shares = auditkit.audit(table, selection.Composition(half), group="author")
    assert {f.level: f.estimate.value for f in shares.findings} == pytest.approx(
        {"woman": 1.2, "man": 0.8, "all levels": 0.1}
    )


def test_a_plan_names_its_annotators(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("review\n" + "She won\nHe won\n" * 30)
    plan = plan_of(
        {
            "data": {"path": str(tmp_path / "r.csv"), "text": "review"},
            "roles": {"group": "author"},
            "annotators": [{"name": "words", "lists": {"woman": ["she"], "man": ["he"]}, "attribute": "author"}],
            "detectors": [
                {
                    "code": "selection.composition",
                    "reference": {"value": {"woman": 0.5, "man": 0.5}, "why": "readers", "source": "test"},
                }
            ],
        }
    )
    import tomllib

    assert plan_of(tomllib.loads(plan_text(plan))) == plan
    report, _ = run(plan)
    told = {f.level: f.estimate.value for f in report.findings}
    assert told == {"woman": 1.0, "man": 1.0, "all levels": 0.0}
    with pytest.raises(InputError, match='no annotator "word"'):
        catalog.reader("word", {})
    with pytest.raises(InputError, match='no key "list"'):
        catalog.reader("words", {"list": {}})


@pytest.mark.parametrize("name", catalog.annotators())
def test_the_naming_law(name: str) -> None:
    kind = catalog.annotators()[name]
    assert kind.__module__ == f"auditkit.annotators.{name}"
    assert kind.__name__.casefold() == name.replace("_", "")
    assert kind.basis.startswith("perceived by")
