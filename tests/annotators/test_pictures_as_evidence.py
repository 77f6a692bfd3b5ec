"""Pictures as evidence: a table of what was read, and findings that say who read it and how often they err."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import auditkit
from auditkit.annotating import annotate
from auditkit.annotators import HumanLabels, SkinTone, Thumbnail, Words
from auditkit.annotators.measuring import measured
from auditkit.core.annotator import PERCEIVED, Misreading
from auditkit.core.errors import InputError
from auditkit.core.finding import Reference
from auditkit.core.perception import MISREAD
from auditkit.core.probe import Picture
from auditkit.detectors import attribution, disparity, reporting
from auditkit.lab.worlds.figures.drawing import Person, draw
from auditkit.lab.worlds.figures.people import CALLINGS, World, skin_of
from auditkit.lab.worlds.figures.reader import Noisy
from auditkit.pictures import png_bytes
from auditkit.rendering import render
from tests.annotators.tried import labels_file

pytest.importorskip("PIL")


def test_a_folder_of_pictures_and_a_table_of_paths(tmp_path: Path, crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd[0][:40], crowd[1][:40]
    (tmp_path / "deep").mkdir()
    names = [f"{'deep/' if k % 2 else ''}{k:02}.png" for k in range(40)]
    for name, picture in zip(names, pictures, strict=True):
        (tmp_path / name).write_bytes(png_bytes(picture))
    table = annotate(tmp_path, [SkinTone(), Thumbnail(size=2)])
    tone = dict(zip(names, [person.tone for person in people], strict=True))
    assert table["skin_monk"].tolist() == [tone[name] for name in table["picture"]]
    assert len(table["vector"][0]) == 16
    lines = [f"{name},{person.occupation}" for name, person in zip(names, people, strict=True)] + [",nobody"]
    (tmp_path / "list.csv").write_text("file,job\n" + "\n".join(lines) + "\n")
    listed = annotate(str(tmp_path / "list.csv"), SkinTone(attribute="face"), image="file")
    assert listed["face_monk"].tolist()[:-1] == [person.tone for person in people]
    assert listed["face_monk"].isna().tolist()[-1]
    assert listed.attrs[PERCEIVED]["face"] == SkinTone.basis
    with pytest.raises(InputError, match='no column "picture" for the role image'):
        annotate(str(tmp_path / "list.csv"), SkinTone())
    with pytest.raises(InputError, match=r"00\.png is not there"):
        annotate({"picture": ["00.png"]}, SkinTone())
    (tmp_path / "list.png").write_text("no picture")
    with pytest.raises(InputError, match="cannot be opened as a picture"):
        annotate(tmp_path, SkinTone())
    with pytest.raises(InputError, match="as texts or as pictures"):
        annotate(tmp_path, [SkinTone(), Words({"a": ["b"]})])


def test_texts_and_pictures_of_one_table(tmp_path: Path, crowd: tuple[list[Person], list[Picture]]) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(crowd[1][0]))
    rows = {"text": ["she works", None], "picture": [str(tmp_path / "a.png"), None]}
    words = Words({"woman": ["she"]}, attribute="said")
    table = annotate(rows, [words, SkinTone()])
    assert table["said"].tolist()[0] == "woman"
    assert table["skin"].tolist()[0] == skin_of(crowd[0][0].tone)


def test_uncorrected_perception_is_said_and_checked_labels_put_it_right(tmp_path: Path) -> None:
    """A fair world read by a reader who errs on darker skin: as read it is biased, put right it is not."""
    people = World().people(2_400, np.random.default_rng(8))
    for k, person in enumerate(people):
        (tmp_path / f"{k:04}.png").write_bytes(png_bytes(np.asarray(draw(person))))
    rows = {"picture": [f"{k:04}.png" for k in range(2_400)], "job": [person.occupation for person in people]}
    rng = np.random.default_rng(4)
    chosen = rng.choice(2_400, 600, replace=False)
    labels = labels_file(tmp_path, [f"{k:04}.png,{skin_of(people[k].tone)}" for k in chosen], "picture,skin")
    rows["picture"] = [str(tmp_path / name) for name in rows["picture"]]
    table = annotate(rows, [Noisy("skin", {"darker": 0.3}), HumanLabels(labels, "skin")])
    assert table["skin (checked)"].notna().sum() == 600
    assert table.attrs[MISREAD]["skin"][1] == Misreading("skin", "darker", 0.3, 0)
    world = {
        job: Reference({"darker": c.skin[0], "lighter": 1 - c.skin[0]}, why="the world", source="its table")
        for job, c in CALLINGS.items()
    }
    asked = [reporting.GeneratorFrequency(world, stereotype="darker")]
    raw = auditkit.audit(table, asked, group="skin", context="job")
    right = auditkit.audit(table, asked, group="skin", context="job", checked="skin (checked)")
    first, put_right = (next(f for f in r.findings if f.estimand == "directed amplification") for r in (raw, right))
    assert first.estimate.value == pytest.approx(-0.15, abs=0.03)
    assert first.basis == "perceived by a reader with planted errors"
    assert first.sentence.endswith("As perceived by a reader with planted errors, uncorrected.")
    assert any("30.0 % of darker are read as something else" in note for note in first.notes)
    low, high, _ = put_right.interval(0.95)
    assert low is not None
    assert high is not None
    assert low < 0 < high
    assert put_right.basis == "perceived by a reader with planted errors, put right by checked labels"
    assert "uncorrected" not in put_right.sentence
    assert not any("errs" in note or "read as something else" in note for note in put_right.notes)
    page = render(raw, auditkit.gate(raw), "page")
    assert "perceived by a reader with planted errors" in page
    assert "read as something else" in page


def test_a_reader_of_unknown_errors_says_so(crowd: tuple[list[Person], list[Picture]], tmp_path: Path) -> None:
    people, pictures = crowd
    for k, picture in enumerate(pictures[:80]):
        (tmp_path / f"{k:02}.png").write_bytes(png_bytes(picture))
    table = annotate(tmp_path, [SkinTone(), Thumbnail(size=2)])
    table["old"] = [person.age for person in people[:80]]
    report = auditkit.audit(table, [disparity.SelectionRate(favourable="older")], group="skin", outcome="old")
    note = (
        "skin, perceived by the colour of the pixels: how often it errs is not known: this comparison takes no checked="
    )
    assert all(any(n.startswith(note) for n in finding.notes) for finding in report.findings)
    known = measured(SkinTone(), pictures[80:], [skin_of(person.tone) for person in people[80:]], "skin")
    told = annotate(tmp_path, SkinTone(errs=known))
    told["old"] = table["old"]
    report = auditkit.audit(told, [disparity.SelectionRate(favourable="older")], group="skin", outcome="old")
    assert any("darker, 0.0 % were read as something else" in n for n in report.findings[0].notes)
    recorded = auditkit.audit(table, [disparity.SelectionRate(favourable="darker")], group="old", outcome="skin")
    assert "uncorrected" in recorded.findings[0].sentence
    both = auditkit.audit(table, [attribution.Dispersion("lighter")], group="skin", vector="vector")
    assert both.findings[0].basis == f"{SkinTone.basis} and {Thumbnail.basis}"
    assert both.findings[0].sentence.endswith("As perceived by the colour of the pixels, uncorrected.")
