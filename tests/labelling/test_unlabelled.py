"""What cannot be labelled is refused with a sentence: what is not there, not a level, not whole, or elsewhere."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from auditkit.annotators import HumanLabels, Thumbnail
from auditkit.core.errors import InputError
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.labelling import Task, agreement, attributes, label, labelled, sample
from auditkit.labels import FILE
from auditkit.probes import Unconditional
from auditkit.runs import Run
from auditkit.store import DATABASE, Store


def test_what_can_be_labelled_are_levels_that_an_annotator_read(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"picture,age\n{'0' * 64},old\n")
    people = HumanLabels(str(tmp_path / "labels.csv"), "age")
    readers = [Exact(("skin", "age")), Thumbnail(), people]
    assert attributes(elicit(Unconditional(4), Painter(World(), side=32), readers, into=tmp_path / "run")) == ("skin",)
    assert attributes(elicit(Unconditional(4), Painter(World(), side=32), Thumbnail(), into=tmp_path / "v")) == ()


def test_a_damaged_run_is_said_to_be(portraits: Run) -> None:
    store = Store(portraits.folder, write=True)
    store._db.execute("UPDATE generations SET record = 'nothing' WHERE position = 3")
    store.close()
    with pytest.raises(InputError, match="is damaged"):
        labelled(portraits, "skin")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"attribute": "skim"}, 'reads "skim". They read: skin. Did you mean "skin"?'),
        ({"output": "0" * 64}, "has no answer '0000"),
        ({"output": "../../etc/passwd"}, "sample()"),
        ({"output": 7}, "output is a text, and got 7"),
        ({"output": "\ud800"}, "half a character"),
        ({"rater": "  "}, "Say whose"),
        ({"rater": None}, "rater is a text, and got None"),
        ({"rater": "L" * 1001}, "1,001 characters, and 1,000 are the most"),
        ({"level": 1}, "level is a text, and got 1"),
        ({"level": "\udc00"}, "half a character"),
        ({"output": Task("x", "text", "x", ())}, "has no answer"),
    ],
)
def test_what_cannot_be_labelled_is_refused_kindly(portraits: Run, given: dict[str, object], says: str) -> None:
    [task] = sample(portraits, "skin", 1, rater="Ada")[:1]
    asked = {"output": task, "attribute": "skin", "level": "darker", "rater": "Ada"} | given
    with pytest.raises(InputError) as error:
        label(portraits, asked["output"], asked["attribute"], asked["level"], rater=asked["rater"])  # type: ignore[arg-type]
    assert says in str(error.value)
    assert not (portraits.folder / FILE).exists()


def test_the_nearest_output_is_named_and_a_refusal_shows_nothing(texts: Run) -> None:
    with pytest.raises(InputError, match='Did you mean "she sings"'):
        label(texts, "she singes", "who", "she", rater="Ada")
    refused = next(g.key for g in texts.store.generations() if g.refused)
    with pytest.raises(InputError, match="nothing to see"):
        label(texts, refused, "who", "she", rater="Ada")


def test_a_sample_of_nothing_is_refused(portraits: Run, tmp_path: Path) -> None:
    for per_group in (0, -1, 2.5, "all"):
        with pytest.raises(InputError, match="how many answers of each level"):
            sample(portraits, "skin", per_group, rater="Ada")  # type: ignore[arg-type]
    for act in (labelled, agreement):
        with pytest.raises(InputError, match='reads "hair"'):
            act(portraits, "hair")
    with pytest.raises(InputError, match="holds no run"):
        sample(tmp_path, "skin", rater="Ada")
    elicit(Unconditional(3), Painter(World(), side=32), Thumbnail(), into=tmp_path / "vectors")
    [attribute] = Run(tmp_path / "vectors").design["readers"][0]["attributes"]
    with pytest.raises(InputError, match="people label levels"):
        sample(tmp_path / "vectors", attribute, rater="Ada")
    elicit(Unconditional(3), Painter(World(), side=32), into=tmp_path / "unread")
    with pytest.raises(InputError, match="There are none"):
        sample(tmp_path / "unread", "skin", rater="Ada")


def test_a_run_that_names_files_elsewhere_is_not_followed(portraits: Run) -> None:
    store = Store(portraits.folder, write=True)
    record = json.loads(next(iter(store._db.execute("SELECT record FROM generations")))[0])
    record |= {"output": "../../../../etc/passwd", "key": "f" * 64}
    store._db.execute("INSERT INTO generations VALUES (?, ?, ?)", (10_000, "f" * 64, json.dumps(record)))
    store.note(portraits.design["readers"][0]["fingerprint"], {record["output"]: {"skin": "darker"}})
    store.close()
    with pytest.raises(InputError, match="none of its own"):
        sample(portraits, "skin", 1000, rater="Ada")
    with pytest.raises(InputError, match="none of its own"):
        portraits.to_frame()


def readers(value: object) -> str:
    return f"UPDATE design SET value = '{json.dumps(value)}' WHERE name = 'readers'"


@pytest.mark.parametrize(
    "sql",
    [
        *(f"UPDATE readings SET reading = '{told}'" for told in ("[]", '"x"', "[" * 100_000)),
        *map(readers, (5, ["x"], [{"fingerprint": "f", "attributes": 5}], [{"fingerprint": "f", "attributes": [5]}])),
        readers([{"attributes": ["who"]}]),
        "UPDATE generations SET record = json_set(record, '$.more', 1)",
    ],
    ids=range(9),
)
def test_a_broken_record_is_a_sentence(texts: Run, sql: str) -> None:
    db = sqlite3.connect(texts.folder / DATABASE)
    db.executescript(sql)
    db.close()
    with pytest.raises(InputError, match="is damaged"):
        attributes(texts.folder), sample(texts.folder, "who", rater="Ada")
