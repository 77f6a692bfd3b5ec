"""Pictures that are there already, asked as if a model drew them."""

from __future__ import annotations

import csv
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auditkit.core.errors import InputError
from auditkit.core.generation import seed_of
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.targets import Folder
from auditkit.targets.folder import Pictures


def filled(root: Path, **pictures: int) -> Path:
    """A subfolder a prompt, its pictures shaded 0, 1, 2 and so on."""
    for name, count in pictures.items():
        (root / name.replace("_", " ")).mkdir(parents=True)
        for at in range(count):
            Image.new("RGB", (4, 4), (at, at, at)).save(root / name.replace("_", " ") / f"{at:02}.png")
    return root


def listed(root: Path, *rows: dict[str, str]) -> Path:
    root.mkdir(exist_ok=True)
    with (root / "prompts.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for at, row in enumerate(rows):
        if "/" not in row.get("file", "/"):
            Image.new("RGB", (4, 4), (at, at, at)).save(root / row["file"])
    return root


def shades(answers: list[object]) -> list[int | None]:
    return [int(answer[0, 0, 0]) if isinstance(answer, np.ndarray) else None for answer in answers]


@pytest.mark.parametrize("root", [0, 7])
def test_a_replicate_is_a_picture_whatever_the_order_of_the_questions(tmp_path: Path, root: int) -> None:
    target = Folder(filled(tmp_path, a_doctor=3, a_nurse=2), seed=root)
    doctor = Prompt("a doctor")
    seeds = [seed_of(root, doctor.key, at) for at in (2, 0, 3, 1)]
    answers = target.sample([doctor] * 4, seeds)
    assert shades(answers) == [2, 0, None, 1]
    assert answers[2] == Refusal("the folder has no more pictures of this prompt")
    assert shades(target.sample([Prompt("a nurse")], [1])) == [1]


def test_another_runs_seed_is_noticed(tmp_path: Path) -> None:
    target = Folder(filled(tmp_path, a_doctor=3))
    doctor = Prompt("a doctor")
    with pytest.raises(InputError, match="Give Folder the seed of the run"):
        target.sample([doctor], [seed_of(1, doctor.key, 0)])


def test_a_table_gives_prompts_and_factors(tmp_path: Path) -> None:
    rows = [
        {"file": "b.png", "prompt": "a doctor", "gender": "woman"},
        {"file": "a.jpg", "prompt": "a doctor", "gender": "man"},
        {"file": "c.webp", "prompt": "a doctor", "gender": "woman"},
    ]
    target = Folder(listed(tmp_path, *rows))
    assert [dict(p.factors) for p in target.prompts()] == [{"gender": "man"}, {"gender": "woman"}]
    assert list(target.counts.values()) == [1, 2]
    woman = target.prompts()[1]
    assert shades(target.sample([woman, woman], [0, 1])) == [0, 2]
    assert [isinstance(a, np.ndarray) for a in target.sample([Prompt("a doctor")] * 4, [0, 1, 2, 3])] == [True] * 3 + [
        False
    ]


def test_loose_pictures_have_no_words(tmp_path: Path) -> None:
    Image.new("L", (4, 4), 9).save(tmp_path / "x.png")
    assert shades(Folder(tmp_path).sample([Prompt()], [0])) == [9]


def test_what_is_in_a_folder_is_a_design(tmp_path: Path) -> None:
    probe = Pictures(filled(tmp_path / "even", a_doctor=2, a_nurse=2))
    assert ([p.text for p in probe], probe.repeats, probe.asks) == (["a doctor", "a nurse"], 2, "sample")
    odd = filled(tmp_path / "odd", a_doctor=3, a_nurse=2)
    with pytest.raises(InputError, match=r"have 2 to 3 pictures\. Pass repeats=2"):
        Pictures(odd)
    assert Pictures(odd, repeats=2).repeats == 2


def test_the_fingerprint_is_of_the_pictures(tmp_path: Path) -> None:
    one, same = Folder(filled(tmp_path / "one", a=2)), Folder(filled(tmp_path / "same", a=2))
    # what a process pool does; its own bytes, nobody else's
    assert one.fingerprint == same.fingerprint == pickle.loads(pickle.dumps(one)).fingerprint
    assert one.fingerprint != Folder(filled(tmp_path / "other", b=2)).fingerprint
    Image.new("RGB", (4, 4), (99, 0, 0)).save(tmp_path / "same" / "a" / "00.png")
    assert one.fingerprint != Folder(tmp_path / "same").fingerprint
    assert one.title == "one"


def outside(root: Path) -> Folder:
    Image.new("RGB", (4, 4)).save(root.parent / "secret.png")
    return Folder(listed(root, {"file": "../secret.png", "prompt": "a"}))


def linked(root: Path) -> Folder:
    Image.new("RGB", (4, 4)).save(root.parent / "secret.png")
    (root / "a").mkdir(parents=True)
    os.symlink(root.parent / "secret.png", root / "a" / "00.png")
    return Folder(root)


def holding(name: str, content: bytes) -> Callable[[Path], Folder]:
    def fill(root: Path) -> Folder:
        (root / "a").mkdir(parents=True)
        (root / "a" / name).write_bytes(content)
        return Folder(root)

    return fill


def huge(root: Path) -> Folder:
    (root / "a").mkdir(parents=True)
    Image.new("1", (12_000, 12_000)).save(root / "a" / "00.png")
    return Folder(root)


SAID: dict[str, Callable[[Path], Folder]] = {
    "There is no folder": lambda root: Folder(root / "nowhere"),
    "holds no pictures": lambda root: Folder(root),
    "has no column prompt. It has: file, text": lambda root: Folder(listed(root, {"file": "x.png", "text": "a"})),
    'no pictures of "a"': lambda root: Folder(filled(root, b=1)),
    'has no picture "../secret.png"': outside,
    'has no picture "a/00.png"': linked,
    "cannot be opened as a picture": holding("00.png", b"\x89PNG not a picture"),
    "cannot be opened as a picture: cannot": holding("00.jpg", b"GIF89a"),
    "pixels": huge,
}


@pytest.mark.parametrize("words", SAID)
def test_what_is_wrong_with_a_folder_is_said(words: str, tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    root.mkdir()
    with pytest.raises(InputError) as told:
        SAID[words](root).sample([Prompt("a")], [0])
    assert words in str(told.value)
    assert "\n" not in str(told.value)
