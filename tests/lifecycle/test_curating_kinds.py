"""Portraits, folders, Parquet and published data: whatever a data set is, it comes out as what it was."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lab.datasets import raw, write_raw
from auditkit.lab.worlds.figures.people import LEVELS, World
from auditkit.lab.worlds.figures.reading import read
from auditkit.lab.worlds.figures.references import references
from auditkit.lifecycle.curating import curate, making
from auditkit.pictures import open_picture, png_bytes
from auditkit.sealing import told

SAID = {"why": "the world without its dose", "source": "auditkit.lab"}


def shares(attribute: str) -> dict[str, dict[str, float]]:
    return {job: dict(reference.value) for job, reference in references(attribute).items()}


def recipe(test: Path) -> dict[str, Any]:
    reference = {job: {"value": of, **SAID} for job, of in shares("skin").items()}
    redraw = {"name": "redraw", "how": "change", "context": "occupation", **SAID}
    return {
        "roles": {"group": "skin", "context": "occupation"},
        "detectors": [{"code": "reporting.generator_frequency", "reference": reference}],
        "policy": {"rules": [{"rule": "within", "estimand": "directed amplification", "margin": 0.1}]},
        "costs": {"rows": 0.1, "n_eff": 0.1},
        "steps": [
            {"name": "deduplicate", "by": "pictures", "distance": 0.02},
            {"name": "leakage", "test": str(test), "by": "pictures", "distance": 0.02},
            *({**redraw, "column": attribute, "reference": shares(attribute)} for attribute in LEVELS),
        ],
    }


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("portraits")
    table, test = write_raw(raw("portraits", 0.9, 240), "portraits", folder)
    return curate(table, recipe(test), folder / "out")


def test_portraits_come_to_the_shares_of_the_world(portraits: Any) -> None:
    assert (portraits.turn.judged_before.outcome, portraits.exit_code) == (Outcome.FAIL, 0)
    rows = rows_of(portraits.data)
    assert len(rows) == 240
    for attribute, (_, tabled) in LEVELS.items():
        for job, of in shares(attribute).items():
            mine = [row[attribute] for row in rows if row["occupation"] == job]
            assert abs(mine.count(tabled) - len(mine) * of[tabled]) < 1


def test_the_pictures_show_what_the_table_says(portraits: Any) -> None:
    """Read by the lab's own reader, which is exact on drawings."""
    rows = rows_of(portraits.data)
    pictures = np.stack([open_picture(portraits.out / row["picture"]) for row in rows])
    for row, seen in zip(rows, read(pictures), strict=True):
        assert {name: seen[name] for name in ("occupation", "tone", "hair", "length", "age", "background", "skin")} == {
            name: row[name] for name in ("occupation", "tone", "hair", "length", "age", "background", "skin")
        }


def test_captions_follow(portraits: Any) -> None:
    opposites = {a: b for pair in LEVELS.values() for a, b in (pair, pair[::-1])}
    for row in rows_of(portraits.data):
        words = row["text"].replace(",", "").split()
        for attribute in LEVELS:
            assert opposites[row[attribute]] not in words
        assert "a older" not in row["text"]
        assert "an younger" not in row["text"]


def test_pictures_lie_by_their_content_and_are_sealed(portraits: Any) -> None:
    folder = portraits.out / "pictures"
    files = {file.name for file in folder.glob("*.png")}
    assert {f"pictures/{name}" for name in files} == {row["picture"] for row in rows_of(portraits.data)}
    for name in files:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == Path(name).stem
    found = told(folder)
    assert found is not None
    assert set(found[0].entries[-1].artefacts) == files


def test_a_picture_that_was_changed_is_found_by_who_curates_again(portraits: Any) -> None:
    source = portraits.out.parent
    picture = next((portraits.out / "pictures").glob("*.png"))
    whole = picture.read_bytes()
    picture.write_bytes(png_bytes(np.zeros((64, 64, 3), np.uint8)))
    again = curate(source / "portraits.csv", recipe(source / "test.csv"), portraits.out)
    assert (again.again, picture.read_bytes() == whole) == (False, True)
    assert curate(source / "portraits.csv", recipe(source / "test.csv"), portraits.out).again


def test_what_was_planted_among_the_portraits_goes(portraits: Any) -> None:
    gone = [line for line in rows_of(portraits.out / "rows.csv") if line["action"] == "dropped"]
    assert Counter(line["step"] for line in gone) == {"1 deduplicate": 7, "2 leakage": 4}
    assert [int(line["row"]) for line in gone] == list(range(240, 251))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_croissant_of_pictures(portraits: Any) -> None:
    import mlcroissant

    document = mlcroissant.Dataset(jsonld=str(portraits.out / "croissant.json"))
    assert document.metadata.ctx.issues.errors == set()
    assert {part.id for part in document.metadata.distribution} == {"data.csv", "pictures"}


@pytest.mark.slow
def test_many_portraits(tmp_path: Path) -> None:
    table, test = write_raw(raw("portraits", 0.9, 1_500), "portraits", tmp_path)
    made = curate(table, recipe(test), tmp_path / "out")
    assert made.exit_code == 0
    darker = Counter((row["occupation"], row["skin"]) for row in rows_of(made.data))
    for job in shares("skin"):
        n = darker[job, "darker"] + darker[job, "lighter"]
        assert abs(darker[job, "darker"] - n * World().share(job, "skin")) < 1


def drawn(folder: Path, *colours: int) -> list[str]:
    for k, colour in enumerate(colours):
        (folder / f"{k}.png").write_bytes(png_bytes(np.full((16, 16, 3), colour, np.uint8)))
    return [f"{k}.png" for k in range(len(colours))]


RATE = [{"code": "disparity.selection_rate", "favourable": "yes"}]


def test_counterfactual_pictures_of_a_table(tmp_path: Path) -> None:
    names = drawn(tmp_path, 10, 200, 60)
    table, twins = tmp_path / "a.csv", tmp_path / "twins.txt.csv"
    table.write_text("picture,sex,hired\n0.png,f,yes\n1.png,m,no\n0.png,f,yes\n")
    (tmp_path / "more").mkdir()
    twins = tmp_path / "more" / "twins.csv"
    twins.write_text(f"picture,counterfactual,sex\n../{names[0]},../{names[2]},m\n")
    steps = [{"name": "counterfactuals", "table": str(twins)}]
    made = curate(
        table, {"roles": {"group": "sex", "outcome": "hired"}, "detectors": RATE, "steps": steps}, tmp_path / "out"
    )
    rows = rows_of(made.data)
    assert [(row["sex"], row["unit"]) for row in rows] == [("f", "0"), ("m", "1"), ("f", "2"), ("m", "0"), ("m", "2")]
    assert int(open_picture(made.out / rows[3]["picture"])[0, 0, 0]) == 60
    assert int(open_picture(made.out / rows[0]["picture"])[0, 0, 0]) == 10


@pytest.mark.parametrize("name", ["../secret.txt", "../secret.png", "gone.png"])
def test_what_is_no_picture_is_not_taken_along(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "secret.png").write_text("secret")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text(f"picture,sex\n{name},f\n")
    with pytest.raises(InputError, match="picture"):
        curate(
            tmp_path / "data" / "a.csv", {"roles": {"group": "sex"}, "steps": [{"name": "deduplicate"}]}, tmp_path / "o"
        )
    assert not (tmp_path / "o").exists()


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for k, text in enumerate(["She left, and he stayed on.", "she left and he stayed on", "He ran away at night."]):
        (tmp_path / "in" / f"{k}.txt").write_text(text)
    made = curate(
        tmp_path / "in",
        {
            "roles": {"group": "gender"},
            "annotators": [{"name": "pronoun_gender"}],
            "detectors": [
                {"code": "selection.composition", "reference": {"value": {"man": 0.5, "woman": 0.5}, **SAID}}
            ],
            "steps": [{"name": "deduplicate", "by": "texts"}],
        },
        tmp_path / "out",
    )
    assert [row["document"] for row in rows_of(made.data)] == ["0.txt", "2.txt"]
    assert made.step.took[0].about == "3 files"
    assert (made.out / "source.csv").is_file()


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    found = raw("portraits", 0.9, 12)
    names = list(found.pictures)[:6]
    for name in [*names, names[0]]:
        (tmp_path / "in" / f"{len(list((tmp_path / 'in').iterdir()))}.png").write_bytes(found.pictures[name])
    reference = {"value": {"lighter": 0.5, "darker": 0.5}, **SAID}
    asked = {
        "roles": {"group": "skin"},
        "annotators": [{"name": "skin_tone"}],
        "detectors": [{"code": "selection.composition", "reference": reference}],
        "steps": [{"name": "deduplicate", "by": "pictures", "distance": 0.01}],
    }
    made = curate(tmp_path / "in", asked, tmp_path / "out")
    assert len(rows_of(made.data)) == 6
    assert (made.turn.before.recipe.rows, made.turn.after.recipe.rows) == (7, 6)


def test_what_another_curation_left_that_was_killed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures, a table of another kind or a list of it would stand there, and nothing would say whose they are."""
    (tmp_path / "in").mkdir()
    for k, raw_picture in enumerate(list(raw("portraits", 0.9, 12).pictures.values())[:3]):
        (tmp_path / "in" / f"{k % 2}{k}.png").write_bytes(raw_picture)
    reference = {"value": {"lighter": 0.5, "darker": 0.5}, **SAID}
    detectors = [{"code": "selection.composition", "reference": reference}]
    asked = {"roles": {"group": "skin"}, "annotators": [{"name": "skin_tone"}], "detectors": detectors}
    every = {**asked, "steps": [{"name": "deduplicate"}]}
    with monkeypatch.context() as patched:
        patched.setattr(making.recording, "audited", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            curate(tmp_path / "in", every, tmp_path / "out")
    (tmp_path / "out" / "pictures" / f"{'0' * 64}.png").write_bytes(b"left")
    with pytest.raises(InputError, match=r"holds pictures/0{64}\.png, which this curation does not give"):
        curate(tmp_path / "in", every, tmp_path / "out")
    (tmp_path / "out" / "pictures" / f"{'0' * 64}.png").unlink()
    (tmp_path / "out" / "topup.csv").write_text("of another")
    with pytest.raises(InputError, match=r"holds topup\.csv, which"):
        curate(tmp_path / "in", every, tmp_path / "out")
    (tmp_path / "out" / "topup.csv").unlink()
    assert not curate(tmp_path / "in", every, tmp_path / "out").again
    assert curate(tmp_path / "in", every, tmp_path / "out").again
    assert main(["verify", str(tmp_path / "out")]) == 0


def test_several_groups_are_audited_before_and_after_each_by_itself_or_crossed(tmp_path: Path) -> None:
    rows = [(sex, age, hired) for sex in "fm" for age in ("old", "young") for hired in ("yes", "no") for _ in range(9)]
    (tmp_path / "a.csv").write_text("\n".join(["sex,age,hired", *map(",".join, rows)]) + "\n")
    roles = {"group": ["sex", "age"], "outcome": "hired"}
    asked = {"roles": roles, "detectors": RATE, "steps": [{"name": "reweigh", "group": "sex", "outcome": "hired"}]}
    for crossed in (False, True):
        made = curate(tmp_path / "a.csv", {**asked, "crossed": crossed}, tmp_path / f"out-{crossed}")
        for report in (made.turn.before, made.turn.after):
            attributes = {finding.attribute for finding in report.findings}
            assert attributes == ({"sex × age"} if crossed else {"sex", "age"})
        assert main(["verify", str(made.out)]) == 0


def test_levels_that_are_numbers_change_too(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    duckdb.sql("SELECT 0 AS woman, 'he ran' AS text, 'yes' AS hired UNION ALL SELECT 1, 'she ran', 'no'").write_parquet(
        str(table)
    )
    steps = [{"name": "swap", "texts": "text", "attributes": "woman", "levels": {"0": "1"}}]
    made = curate(
        table, {"roles": {"group": "woman", "outcome": "hired"}, "detectors": RATE, "steps": steps}, tmp_path / "out"
    )
    told = duckdb.read_parquet(str(made.data)).fetchall()
    assert sorted((row[0], row[1]) for row in told) == [
        ("0", "he ran"),
        ("0", "he ran"),
        ("1", "she ran"),
        ("1", "she ran"),
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = tmp_path / "a.parquet"
    duckdb.sql(
        "SELECT i AS id, CASE WHEN i % 3 = 0 THEN 'f' ELSE 'm' END AS sex, "
        "CASE WHEN i % 2 = 0 THEN 'yes' ELSE 'no' END AS hired, DATE '2026-01-01' + i::INT AS day, "
        "CASE WHEN i = 4 THEN NULL ELSE i::SMALLINT END AS small, [i, i] AS pair FROM range(60) t(i)"
    ).write_parquet(str(table))
    steps = [
        {"name": "balance", "column": "sex", "how": "up", "reference": {"f": 0.5, "m": 0.5}, **SAID},
        {"name": "reweigh", "group": "sex", "outcome": "hired"},
    ]
    asked = {"roles": {"group": "sex", "outcome": "hired"}, "detectors": RATE, "steps": steps}
    made = curate(table, asked, tmp_path / "out")
    was, now = (duckdb.read_parquet(str(file)) for file in (table, made.data))
    assert now.types[:6] == was.types
    assert now.columns == [*was.columns, "weight", "unit"]
    rows = now.fetchall()
    assert len(rows) == 80
    source = {row[0]: row for row in was.fetchall()}
    assert all(row[:6] == source[row[0]] and row[7] == row[0] for row in rows)
    again = curate(table, asked, tmp_path / "again")
    assert again.data.read_bytes() == made.data.read_bytes()


def test_hostile_names_and_cells(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>|[x](http://e)"
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([evil, "sex", "hired"])
        lines.writerows([["=cmd()", "=f" if k % 2 else "m", "yes" if k % 3 else "no"] for k in range(60)])
    steps = [{"name": "balance", "column": "sex", "reference": {"=f": 0.4, "m": 0.6}, **SAID}]
    steps.append({**steps[0], "name": "topup", "reference": {"=f": 0.5, "m": 0.5}})
    asked = {"roles": {"group": "sex", "outcome": "hired"}, "detectors": RATE, "steps": steps, "about": {"title": evil}}
    made = curate(tmp_path / "a.csv", asked, tmp_path / "out")
    card = (made.out / "data_card.md").read_text("utf-8")
    assert "<script>" not in card
    assert "[x](" not in card
    assert ",=f" not in (made.out / "topup.csv").read_text("utf-8")
    assert rows_of(made.data)[0][evil] == "=cmd()"  # the data are the data
    assert "<script>alert" not in (made.out / "turn.html").read_text("utf-8")


@pytest.mark.external
def test_compas_reweighed_has_no_gap_and_says_what_it_costs(external: Callable[[str], Path], tmp_path: Path) -> None:
    """Weights by hand from the four counts, as Kamiran & Calders define them."""
    frame = pd.read_csv(external("compas") / "compas_for_aequitas.csv")
    frame = frame[frame.race.isin(["African-American", "Caucasian"])]
    frame[["race", "sex", "label_value"]].to_csv(tmp_path / "compas.csv", index=False)
    asked = {
        "roles": {"group": "race", "outcome": "label_value"},
        "detectors": [{"code": "disparity.selection_rate", "favourable": "0"}],
        "steps": [{"name": "reweigh", "group": "race", "outcome": "label_value"}],
    }
    made = curate(tmp_path / "compas.csv", asked, tmp_path / "out")
    now = pd.read_csv(made.data)
    n, both = len(frame), frame.groupby(["race", "label_value"]).size()
    by_hand = {
        (g, y): (frame.race == g).sum() * (frame.label_value == y).sum() / (n * both[g, y]) for g, y in both.index
    }
    assert now.weight.to_numpy() == pytest.approx([by_hand[key] for key in zip(now.race, now.label_value, strict=True)])
    gap = next(f for f in made.turn.after.findings if f.estimand.endswith("difference"))
    was = next(f for f in made.turn.before.findings if f.estimand.endswith("difference"))
    assert abs(was.estimate.value or 0) > 0.1
    assert gap.estimate.value == pytest.approx(0, abs=1e-9)
    n_eff = now.weight.sum() ** 2 / (now.weight**2).sum()
    assert made.turn.costs[1].lost.value == pytest.approx(1 - n_eff / n)
