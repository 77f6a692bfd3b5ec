"""What people say of pictures and texts, in a file: counted, tied, or nothing that can be meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditkit import catalog
from auditkit.annotators import HumanLabels
from auditkit.annotators.human_labels import picture_key
from auditkit.core.errors import InputError
from auditkit.lab.worlds.figures.people import World
from auditkit.pictures import png_bytes
from tests.annotators.tried import drawn, labelled, labels_file

pytest.importorskip("PIL")


def test_people_are_counted_and_a_tie_is_not_told(tmp_path: Path) -> None:
    pictures = drawn(World().people(5, np.random.default_rng(2)))
    (tmp_path / "below").mkdir()
    for k, picture in enumerate(pictures):
        (tmp_path / "below" / f"{k}.png").write_bytes(png_bytes(picture))
    lines = ["0.png,darker,a", "below/0.png,darker,b", "0.png,lighter,c", "1.png,darker,a", "1.png,lighter,b"]
    lines += ["2.png,,a", f"{picture_key(pictures[3])},lighter,a", f"{picture_key(pictures[3])},lighter,b"]
    people = HumanLabels(labels_file(tmp_path, lines), "skin", rater="who")
    assert people.read([*pictures, None]) == {"skin (checked)": ["darker", "(untold)", None, "lighter", None, None]}
    assert people.read(pictures[::-1])["skin (checked)"] == [None, "lighter", None, "(untold)", "darker"]
    plain = HumanLabels(people.path, "skin", rater="who", attribute="skin")
    assert plain.read(pictures) == {"skin": ["darker", None, None, "lighter", None]}, "it is no level to compare"
    assert people.agreement().n == 3
    known = people.fingerprint
    changed = HumanLabels(labels_file(tmp_path, [*lines, "4.png,darker,a"]), "skin", rater="who")
    assert changed.read(pictures)["skin (checked)"][4] == "darker"
    assert changed.fingerprint != known
    pictures, told = changed.examples()
    assert told == ["darker", "darker"]


@pytest.mark.parametrize(
    ("lines", "asked", "told"),
    [
        (["0.png,darker,a", "0.png,darker,a"], {}, "labels 0.png twice"),
        (["9.png,darker,a"], {}, "no such picture"),
        (["0.png,darker,a"], {"column": "skim"}, 'no column "skim".*Did you mean "skin"'),
        (["0.png,darker,a"], {"key": "file"}, 'no column "file"'),
        (['0.png,"dark'], {}, "cannot be read"),
    ],
)
def test_labels_that_cannot_be_meant(tmp_path: Path, lines: list[str], asked: dict[str, str], told: str) -> None:
    (tmp_path / "0.png").write_bytes(png_bytes(np.zeros((2, 2, 3), np.uint8)))
    people = HumanLabels(labels_file(tmp_path, lines), **({"column": "skin", "rater": "who"} | asked))
    with pytest.raises(InputError, match=told):
        people.read([np.zeros((2, 2, 3), np.uint8)])
    with pytest.raises(InputError, match="cannot be read"):
        HumanLabels(str(tmp_path / "none.csv"), "skin").read([np.zeros((2, 2, 3), np.uint8)])


def test_people_label_texts(tmp_path: Path) -> None:
    people = HumanLabels(labelled(tmp_path), "tone", rater="who", of="text")
    assert people.reads == "text"
    assert HumanLabels.reads == "image"
    said = ["She came, late.", "He left.", "They sang.", "Nobody.", "Else", None]
    assert people.read(said) == {"tone (checked)": ["kind", "(untold)", "kind", None, None, None]}
    assert people.agreement().n == 2
    with pytest.raises(InputError, match="examples are pictures"):
        people.examples()
    with pytest.raises(InputError, match='not "sound"'):
        HumanLabels(labelled(tmp_path), "tone", of="sound")  # type: ignore[arg-type]
    with pytest.raises(InputError, match='no column "picture"'):
        HumanLabels(labelled(tmp_path), "tone").read([np.zeros((2, 2, 3), np.uint8)])
    built = catalog.reader("human_labels", {"path": labelled(tmp_path), "column": "tone", "of": "text"})
    assert built.reads == "text"
