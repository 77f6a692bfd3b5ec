"""Readers of pictures: held against published figures, against drawings whose truth is known, and against the laws."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import auditkit
from auditkit import catalog
from auditkit.annotating import annotate
from auditkit.annotators import Embedding, HumanLabels, SkinTone, Thumbnail, TrainedProbe, Words, ZeroShot
from auditkit.annotators.colours import MONK, cielab, nearest_tone, rgb_of
from auditkit.annotators.human_labels import picture_key
from auditkit.annotators.measuring import measured
from auditkit.annotators.skin_tone import typology
from auditkit.core.annotator import PERCEIVED, Annotator, Misreading
from auditkit.core.errors import InputError
from auditkit.core.finding import Reference
from auditkit.core.perception import MISREAD
from auditkit.core.probe import Picture
from auditkit.detectors import attribution, disparity, reporting
from auditkit.lab.worlds.figures.drawing import Person, draw
from auditkit.lab.worlds.figures.palette import BACKGROUNDS, TONES
from auditkit.lab.worlds.figures.people import CALLINGS, World, skin_of
from auditkit.lab.worlds.figures.reader import Exact, Noisy
from auditkit.pictures import png_bytes
from auditkit.rendering import render

pytest.importorskip("PIL")

MINIATURE = Path(auditkit.__file__).parent / "lab" / "weights" / "clip"
SENTENCES = {
    "skin": {level: f"a portrait of a person, {level} skin" for level in ("lighter", "darker")},
    "length": {level: f"a portrait of a person, {level} hair" for level in ("short", "long")},
    "age": {level: f"a portrait of a person of {level} age" for level in ("younger", "older")},
}


def drawn(people: Sequence[Person]) -> list[Picture]:
    return [np.asarray(draw(person)) for person in people]


@pytest.fixture(scope="module")
def crowd() -> tuple[list[Person], list[Picture]]:
    people = World().people(600, np.random.default_rng(11))
    return people, drawn(people)


class Corner:
    """An encoder of a few pixels: enough for the laws."""

    title = "corner"
    fingerprint = "corner 1"

    def embed(self, things: Sequence[Any]) -> list[list[float]]:
        def vector(thing: Any) -> list[float]:
            numbers = np.frombuffer(thing[-3:].encode(), np.uint8) if isinstance(thing, str) else thing[0, 0]
            return [float(v) + 1 for v in numbers]

        return [vector(thing) for thing in things]


# -- skin -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rgb", "lab"),  # sRGB's primaries and secondaries under D65, as tabled by Lindbloom
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
        ((0, 255, 0), (87.7347, -86.1827, 83.1793)),
        ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
        ((255, 255, 0), (97.1393, -21.5537, 94.4780)),
        ((0, 255, 255), (91.1132, -48.0875, -14.1312)),
        ((255, 0, 255), (60.3242, 98.2343, -60.8249)),
        ((119, 119, 119), (50.0344, 0, 0)),
    ],
)
def test_cielab_is_as_published(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    assert cielab(rgb) == pytest.approx(lab, abs=2e-3)


def test_the_monk_scale_is_that_of_the_portraits_and_its_own_nearest() -> None:
    assert dict(MONK) == TONES
    assert [nearest_tone(lab) for lab in cielab(rgb_of(list(MONK.values())))] == list(MONK)


def test_typology_has_its_edges_where_del_bino_put_them() -> None:
    edges = {55.1: "very light", 55: "light", 41: "intermediate", 28: "tan", 10: "brown", -30: "dark", -30.1: "dark"}
    assert {angle: typology(angle) for angle in edges} == edges


def test_skin_is_read_exactly_from_drawings_of_all_ten_tones(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    assert {person.tone for person in people} == set(MONK)
    read = SkinTone().read(pictures)
    assert read["skin_monk"] == [person.tone for person in people]
    assert read["skin"] == [skin_of(person.tone) for person in people]
    by_tone = {person.tone: ita for person, ita in zip(people, read["skin_ita"], strict=True)}
    angles = [by_tone[tone] for tone in MONK]
    assert angles == sorted(angles, reverse=True)


def test_skin_is_read_from_nothing_but_skin() -> None:
    blank = [np.full((64, 64, 3), rgb_of([colour])[0], np.uint8) for colour in (*BACKGROUNDS.values(), "#ffffff")]
    assert SkinTone().read(blank)["skin"] == [None] * len(blank)
    face = np.asarray(draw(Person("chef", "3", "brown", "short", "younger", "sky")))
    nose = SkinTone(region=(0.46, 0.49, 0.55, 0.54), skin_only=False, attribute="nose").read([face])
    assert nose["nose_monk"] == ["3"]
    blue = np.full((8, 8, 3), (40, 60, 200), np.uint8)
    read = SkinTone(skin_only=False).read([blue])
    assert read["skin"] == ["darker"]
    assert read["skin_ita"] == read["skin_type"] == [None]
    with pytest.raises(InputError, match="A region is left, top, right, bottom"):
        SkinTone(region=(0.5, 0, 0.2, 1))


# -- models of pictures and captions ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def random_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import CLIPImageProcessorPil

    from auditkit.lab.models.clip import blank, tokenizer

    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(3)
    tokens = tokenizer(folder)
    blank(tokens).half().save_pretrained(folder)
    CLIPImageProcessorPil(size={"shortest_edge": 64}, crop_size=64).save_pretrained(folder)
    return folder


def test_a_model_is_a_folder_or_live_and_says_the_same(
    random_clip: Path, crowd: tuple[list[Person], list[Picture]]
) -> None:
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained(random_clip, dtype="float32")
    live = model, AutoProcessor.from_pretrained(random_clip)
    pictures = [*crowd[1][:40], None]
    placed, alive = Embedding(str(random_clip)), Embedding(live)
    assert placed.basis == f"perceived by CLIP ({random_clip.name})"
    assert alive.basis == "perceived by CLIP (CLIPModel)"
    vectors = placed.read(pictures)["vector"]
    assert vectors[-1] is None
    assert np.allclose(np.linalg.norm(np.array(vectors[:-1]), axis=1), 1, atol=1e-4)
    assert np.allclose(np.array(vectors[:-1]), np.array(alive.read(pictures)["vector"][:-1]), atol=2e-5)
    assert np.allclose(vectors[3], placed.read([pictures[3]])["vector"][0], atol=2e-5)
    assert placed.fingerprint == Embedding(str(random_clip)).fingerprint
    asked = ZeroShot(SENTENCES, str(random_clip), margin=0.0)
    read = asked.read(pictures)
    assert set(read) == set(SENTENCES)
    assert all(values[-1] is None and None not in values[:-1] for values in read.values())
    assert asked.fingerprint != ZeroShot(SENTENCES, str(random_clip), margin=0.2).fingerprint


@pytest.mark.skipif(not MINIATURE.is_dir(), reason="The miniature CLIP is not in the lab.")
def test_the_miniature_reads_the_drawings(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    reader = ZeroShot(SENTENCES, str(MINIATURE))
    truth = {
        "skin": [skin_of(person.tone) for person in people],
        "length": [person.length for person in people],
    }
    for attribute, levels in truth.items():
        for known in measured(reader, pictures, levels, attribute):
            assert known.rate < 0.05, known


def test_a_level_is_the_mean_of_its_sentences_and_a_small_lead_is_no_reading() -> None:
    class Known:
        scale = 1.0

        def embed(self, things: Sequence[Any]) -> list[list[float]]:
            places = {"a": [1, 0], "b": [0, 1], "c": [-1, 0], "d": [0, 1]}
            return [places[thing] if isinstance(thing, str) else [3.0, 4.0] for thing in things]

    picture = np.zeros((2, 2, 3), np.uint8)
    levels = {"x": {"one": ["a", "b"], "two": "c"}, "y": {"one": "a", "two": "d"}}
    assert ZeroShot(levels, Known(), margin=0.0).read([picture]) == {"x": ["one"], "y": ["two"]}
    sure = 1 / (1 + np.exp(-(0.8 - 0.6)))  # two against one, by hand
    lead = 2 * sure - 1
    assert ZeroShot({"y": levels["y"]}, Known(), margin=lead - 1e-6).read([picture])["y"] == ["two"]
    assert ZeroShot({"y": levels["y"]}, Known(), margin=lead + 1e-6).read([picture])["y"] == [None]


def test_what_no_model_can_read_is_refused() -> None:
    for wrong, told in (({}, "needs an attribute"), ({"x": ["a"]}, "at least two"), ({"x": "ab"}, "at least two")):
        with pytest.raises(InputError, match=told):
            ZeroShot(wrong, Corner())
    with pytest.raises(InputError, match="margin is a lead"):
        ZeroShot({"x": ["a", "b"]}, Corner(), margin=1.0)
    picture = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(InputError, match="cannot embed pictures"):
        Embedding(3).read([picture])

    class Broken:
        def embed(self, things: Sequence[Any]) -> list[list[float]]:
            return [[float("nan")] for _ in things]

    with pytest.raises(InputError, match="finite numbers"):
        Embedding(Broken()).read([picture])


# -- classifiers and people -------------------------------------------------------------------------------------------


def test_a_probe_learns_and_knows_how_often_it_errs(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    truth = [skin_of(person.tone) for person in people]
    flipped = [*truth]
    for k in range(0, 200, 5):  # labels that nothing can be learnt from
        flipped[k] = "darker" if truth[k] == "lighter" else "lighter"
    probe = TrainedProbe("skin", (pictures[:300], truth[:300]), Thumbnail(size=4))
    assert [known.rate for known in probe.misreadings()] == pytest.approx([0, 0], abs=0.02)
    assert np.mean([a == b for a, b in zip(probe.read(pictures[300:])["skin"], truth[300:], strict=True)]) > 0.98
    noisy = TrainedProbe("skin", (pictures[:200], flipped[:200]), Thumbnail(size=4)).misreadings()
    assert sum(known.rate * known.n for known in noisy) >= 30
    assert sum(known.n for known in noisy) == 200
    order = np.random.default_rng(0).permutation(300)
    mixed = TrainedProbe("skin", ([pictures[k] for k in order], [truth[k] for k in order]), Thumbnail(size=4))
    assert mixed.misreadings() == probe.misreadings()
    assert mixed.fingerprint == probe.fingerprint
    assert mixed.read(pictures[300:]) == probe.read(pictures[300:])


def test_a_classifier_that_is_fitted_is_taken_as_it_stands(crowd: tuple[list[Person], list[Picture]]) -> None:
    from sklearn.tree import DecisionTreeClassifier

    people, pictures = crowd
    vectors = np.array(Thumbnail(size=2).read(pictures)["vector"])
    ages = [person.age for person in people]
    trees = [DecisionTreeClassifier(max_depth=depth, random_state=0).fit(vectors, ages) for depth in (2, 6)]
    probes = [TrainedProbe("age", features=Thumbnail(size=2), classifier=tree) for tree in trees]
    assert probes[0].read(pictures[:9])["age"] == trees[0].predict(vectors[:9]).tolist()
    assert probes[0].misreadings() == ()
    assert probes[0].fingerprint != probes[1].fingerprint
    with pytest.raises(InputError, match="needs examples"):
        TrainedProbe("age")
    with pytest.raises(InputError, match="needs two levels"):
        TrainedProbe("age", (pictures[:20], ["old"] * 20)).read(pictures[:1])


def labels_file(folder: Path, lines: Sequence[str], header: str = "picture,skin,who") -> str:
    file = folder / "labels.csv"
    file.write_text("\n".join([header, *lines]) + "\n")
    return str(file)


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


# -- readers of the portrait world ------------------------------------------------------------------------------------


def test_the_exact_reader_is_exact(crowd: tuple[list[Person], list[Picture]]) -> None:
    people, pictures = crowd
    read = Exact((*Exact().attributes, "occupation"), prefix="seen ").read(pictures)
    for name in ("tone", "hair", "length", "age", "background", "occupation"):
        assert read[f"seen {name}"] == [getattr(person, name) for person in people]
    assert Exact().read([None, pictures[0][:32]])["skin"] == [None, None]
    with pytest.raises(InputError, match=r'no attribute "skim".*Did you mean "skin"'):
        Exact(("skim",))


def test_planted_errors_are_found_again() -> None:
    people = World().people(1_500, np.random.default_rng(5))
    pictures = drawn(people)
    reader = Noisy("hair", {"grey": 0.2, "black": 0.05})
    planted = {known.level: known.rate for known in reader.misreadings()}
    assert planted == {"black": 0.05, "brown": 0, "blond": 0, "red": 0, "grey": 0.2}
    for known in measured(reader, pictures, [person.hair for person in people], "hair"):
        error = np.sqrt(planted[known.level] * (1 - planted[known.level]) / known.n)
        assert abs(known.rate - planted[known.level]) <= 3.5 * error
    by_skin = Noisy("age", {"darker": 0.3}, by="skin")
    assert by_skin.misreadings() == ()
    wrong = np.array([a != p.age for a, p in zip(by_skin.read(pictures)["age"], people, strict=True)])
    darker = np.array([skin_of(p.tone) == "darker" for p in people])
    assert not wrong[~darker].any()
    assert wrong[darker].mean() == pytest.approx(0.3, abs=0.045)
    assert by_skin.read(pictures[:50]) != Noisy("age", {"darker": 0.3}, by="skin", seed=1).read(pictures[:50])
    with pytest.raises(InputError, match="errs maps levels of skin"):
        Noisy("age", {"older": 0.3}, by="skin")


# -- the laws ---------------------------------------------------------------------------------------------------------


def specimens(folder: Path) -> list[Annotator]:
    """One of every reader of pictures."""
    pictures = drawn(World().people(60, np.random.default_rng(3)))
    keys = [f"{picture_key(picture)},{'ab'[k % 2]}" for k, picture in enumerate(pictures)]
    labels = ["a" if k % 2 else "b" for k in range(60)]
    return [
        SkinTone(),
        Thumbnail(size=2),
        Embedding(Corner()),
        ZeroShot({"x": {"a": "zz ", "b": " zz"}, "y": {"one": "~ ~", "two": ["1~1", "2~2"]}}, Corner()),
        TrainedProbe("z", (pictures, labels), Thumbnail(size=2), margin=0.2),
        HumanLabels(labels_file(folder, keys, "picture,side"), "side"),
        Exact(),
        Noisy("skin", {"darker": 0.4}),
    ]


def test_every_reader_of_pictures_has_a_specimen(tmp_path: Path) -> None:
    ours = {type(one).__name__ for one in specimens(tmp_path)} - {"Exact", "Noisy"}
    assert ours == {kind.__name__ for kind in catalog.annotators().values() if kind.reads == "image"}


@pytest.mark.parametrize("place", range(8))
def test_the_laws_of_a_reader(place: int, tmp_path: Path) -> None:
    """What is not there stays unread; as many readings as pictures; the same again; blind to order and company."""
    reader, again = specimens(tmp_path)[place], specimens(tmp_path)[place]
    pictures: list[Picture | None] = [*drawn(World().people(60, np.random.default_rng(3))[:30]), None]
    pictures.insert(4, None)
    read = reader.read(pictures)
    for values in read.values():
        assert len(values) == len(pictures)
        assert values[4] is values[-1] is None
        assert any(value is not None for value in values)
        assert all(value is None or isinstance(value, (str, float, list)) for value in values)
    assert again.read(pictures) == read
    assert again.fingerprint == reader.fingerprint
    order = np.random.default_rng(1).permutation(len(pictures)).tolist()
    mixed = reader.read([pictures[k] for k in order])
    assert mixed == {name: [values[k] for k in order] for name, values in read.items()}
    alone = [reader.read([picture]) for picture in pictures]
    assert {name: [one[name][0] for one in alone] for name in read} == read
    assert set(reader.read([])) == set(read)
    assert not any(reader.read([]).values())
    assert type(reader).basis.split(" ")[0] in ("perceived", "read")


def test_a_plan_can_name_them(tmp_path: Path) -> None:
    built = [
        catalog.reader("skin_tone", {"region": [0.1, 0.2, 0.9, 0.8], "attribute": "face"}),
        catalog.reader("thumbnail", {"size": 3}),
        catalog.reader("embedding", {"model": "some/model"}),
        catalog.reader(
            "zero_shot", {"model": "some/model", "attributes": {"gender": {"woman": "she", "man": ["he", "a man"]}}}
        ),
        catalog.reader("zero_shot", {"model": "some/model", "attributes": {"gender": ["woman", "man"]}}),
        catalog.reader("trained_probe", {"attribute": "age", "examples": "a.csv", "features": {"model": "some/model"}}),
        catalog.reader("trained_probe", {"attribute": "age", "examples": "a.csv", "features": {"size": 4}}),
        catalog.reader("human_labels", {"path": "a.csv", "column": "skin"}),
    ]
    assert built[3].basis == "perceived by CLIP (some/model)"
    assert isinstance(built[5].features, Embedding)  # type: ignore[attr-defined]
    assert built[6].features == Thumbnail(size=4)  # type: ignore[attr-defined]


def test_nothing_heavy_is_loaded_to_name_them() -> None:
    code = "import sys, auditkit.annotators; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "transformers", "sklearn", "PIL", "scipy", "pandas"} & set(eval(loaded))


# -- pictures as evidence ---------------------------------------------------------------------------------------------


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
