"""A plan that elicits, the lab's commands, and what the catalog says of probes and targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditkit.cli import main

PLAN = """
[probe]
name = "occupations"
occupations = ["judge", "nurse"]
templates = 2
repeats = 2

[target]
name = "folder"
path = "{}"

[roles]
group = "occupation"
responded = "answered"

[[detectors]]
code = "selection.refusal"
answered = "yes"
"""


@pytest.mark.parametrize("kind", ["probes", "targets", "annotators"])
def test_what_there_is_is_listed_and_explained(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", kind]) == 0
    listed, _, bundled = capsys.readouterr().out.partition("\n\n")
    assert ("autoregressive" in bundled) == (kind == "targets")
    lines = listed.splitlines()
    assert len(lines) >= 3
    for line in lines:
        name, _, sentence = line.partition("  ")
        assert len(sentence.strip()) > 15
        assert main(["explain", name]) == 0


def test_the_lab_lists_its_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "list"]) == 0
    told = capsys.readouterr().out
    assert "text_to_image  A miniature Stable Diffusion" in told
    assert "MB bundled" in told


def test_an_unknown_miniature_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "train", "text_to_imag"]) == 2
    assert 'Did you mean "text_to_image"?' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("[probe]", "[prob]"), 'no key "prob". Did you mean "probe"?'),
        (('name = "folder"', 'name = "foldr"'), 'no target "foldr". Did you mean "folder"?'),
        (("templates = 2", "templatez = 2"), 'occupations has no key "templatez"'),
        (('[target]\nname = "folder"\npath = "{}"\n', ""), "either [data] with a path, or [probe] and [target]"),
        (('name = "occupations"\n', ""), "[probe] needs a name"),
    ],
)
def test_a_plan_that_elicits_is_checked_before_anything_is_drawn(
    tmp_path: Path, changed: tuple[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.toml").write_text(PLAN.replace(*changed))
    assert main(["run", str(tmp_path / "plan.toml")]) == 2
    assert says in capsys.readouterr().err


def test_a_plan_elicits_once_and_audits_again(tmp_path: Path) -> None:
    """A folder of pictures stands for the model; what is drawn once is not drawn again."""
    import numpy as np
    from PIL import Image

    for job in ("the judge", "the nurse"):
        (tmp_path / "pictures" / job).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(np.full((8, 8, 3), 40 * k, np.uint8)).save(tmp_path / "pictures" / job / f"{k}.png")
    plan = (
        PLAN.format(tmp_path / "pictures")
        .replace("templates = 2", 'templates = ["{}"]')
        .replace('["judge", "nurse"]', '["the judge", "the nurse"]')
    )
    (tmp_path / "plan.toml").write_text(plan)
    code = main(["run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out")])
    assert code in (0, 1, 3)
    assert {"report.json", "judgement.json", "report.html", "run"} <= {p.name for p in (tmp_path / "out").iterdir()}
    before = (tmp_path / "out" / "report.json").read_text()
    assert main(["run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out")]) == code
    assert (tmp_path / "out" / "report.json").read_text() == before


FACES = """
[probe]
name = "{}"
folder = "faces"
table = "faces.csv"
before = ["skin"]

[target]
{}

[roles]
group = "skin before"
responded = "answered"

[[detectors]]
code = "selection.refusal"
answered = "yes"
"""


@pytest.mark.parametrize("probe", ["reconstruction", "super_resolution"])
def test_a_plan_starts_from_a_folder_of_pictures(probe: str, tmp_path: Path) -> None:
    """The folder and its table lie beside the plan, wherever the command is run."""
    import numpy as np
    from PIL import Image

    from auditkit.runs import Run
    from tests.targets import own, tiny

    target = f'name = "vae"\nmodel = "{own.autoencoder()}"'
    if probe == "super_resolution":
        target = f'name = "diffusion"\nsteps = 1\nmodel = "{tiny.saved("LDMSuperResolutionPipeline")}"'
    (tmp_path / "faces").mkdir()
    for k in range(4):
        Image.fromarray(np.full((64, 64, 3), 40 * k, np.uint8)).save(tmp_path / "faces" / f"{k}.png")
    lines = [f"{k}.png,{'darker' if k % 2 else 'lighter'}" for k in range(4)]
    (tmp_path / "faces.csv").write_text("\n".join(["picture,skin", *lines]))
    (tmp_path / "plan.toml").write_text(FACES.format(probe, target))
    assert main(["run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out")]) in (0, 1, 3)
    table = Run(tmp_path / "out" / "run").to_frame()
    assert list(table["skin before"]) == ["lighter", "darker"] * 2
    assert set(table["answered"]) == {"yes"}


def test_a_plan_asks_for_nothing(tmp_path: Path) -> None:
    from auditkit.runs import Run
    from tests.targets import own

    told = FACES.format("unconditional", f'name = "vae"\nmodel = "{own.autoencoder()}"\nlatent = [2, 4, 4]')
    told = told.replace('folder = "faces"\ntable = "faces.csv"\nbefore = ["skin"]', "repeats = 6")
    (tmp_path / "plan.toml").write_text(told.replace("skin before", "target"))
    assert main(["run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out")]) in (0, 1, 3)
    assert len(Run(tmp_path / "out" / "run")) == 6


def test_a_target_made_of_code_cannot_stand_in_a_plan() -> None:
    from auditkit import catalog
    from auditkit.core.errors import InputError

    with pytest.raises(InputError, match="no table can hold"):
        catalog.target("function", {"answer": "os.system"})
