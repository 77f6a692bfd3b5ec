"""A recipe: what it cannot say, which steps cannot be done, and what it is judged by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.lab.worlds.translations.language import OCCUPATIONS
from auditkit.lifecycle.curating import MANUAL, curate, recipe_of
from auditkit.lifecycle.curating.steps import STEPS as STEPS_KNOWN
from tests.lifecycle.sentence_pairs import AUDIT, HALF, SAID, STEPS, asked

RATE = '[[detectors]]\ncode = "disparity.selection_rate"\nfavourable = "nurse"\n'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": []}, r"has \[\[steps\]\]"),
        ({"steps": [{"name": "rakes"}]}, 'no step "rakes". Did you mean "rake"'),
        ({"steps": [{"name": "swap", "text": "a"}]}, 'no key "text". Did you mean "texts"'),
        ({"steps": [{"name": "topup", "column": "a", "reference": HALF}]}, '"why" is needed'),
        ({"steps": [{"name": "swap", "texts": "t", "how": "change"}]}, "needs a column, and its reference"),
        ({"steps": [{"name": "swap", "texts": "t", "reference": HALF, "column": "a"}]}, "a why and a source"),
        ({"step": []}, 'no key "step". Did you mean "steps"'),
        ({"costs": {"row": 0.1}}, 'no key "costs.row". Did you mean "rows"'),
        ({"costs": {"rows": 2}}, '"costs.rows" should be at most 1, and is 2'),
        ({"roles": {"grup": "a"}}, 'Did you mean "group"'),
        ({"detectors": [{"code": "selection.compositoin"}]}, 'Did you mean "selection.composition"'),
    ],
)
def test_what_a_recipe_cannot_say(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        recipe_of({**AUDIT, "steps": STEPS, **change})


def test_nothing_is_written_where_the_data_lie(pairs: Path) -> None:
    with pytest.raises(InputError, match="where the data lie"):
        curate(pairs, asked(pairs), pairs.parent)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"name": "deduplicate", "columns": ["sorce"]}, 'Step 1, deduplicate: There is no column "sorce".*"source"'),
        ({"name": "leakage", "test": "tset.csv"}, 'There is no file.*tset.csv.*Did you mean "test.csv"'),
        ({"name": "swap", "texts": "target", "attributes": "occupation"}, 'its occupation ".+" has no counterpart'),
        ({"name": "balance", "column": "pronoun", "reference": {"he": 0.5, "they": 0.5}, **SAID}, "no share for: she"),
        ({"name": "balance", "column": "pronoun", "reference": {**HALF, "they": 0.1}, **SAID}, "sum to 1.1000"),
    ],
)
def test_a_step_that_cannot_be_done_writes_nothing(
    pairs: Path, tmp_path: Path, step: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        curate(pairs, asked(pairs, [step]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_a_cost_that_is_judged_it_is_not_green(pairs: Path, tmp_path: Path) -> None:
    made = curate(pairs, asked(pairs, STEPS[2:3], costs={}), tmp_path / "out")
    assert made.turn.judged_after.outcome is Outcome.PASS
    assert (made.turn.outcome, made.exit_code) == (Outcome.NOT_ASSESSED, 3)


def test_a_detector_that_counts_copies_is_named(pairs: Path, tmp_path: Path) -> None:
    """These prompts: rows are taken as independent there, whatever unit they share."""
    reference = {job: {"value": HALF, **SAID} for job in OCCUPATIONS}
    detectors = [{"code": "reporting.generator_frequency", "reference": reference, "stereotype": "he"}]
    told = {"roles": {"group": "pronoun", "context": "occupation"}, "detectors": detectors, "policy": None}
    made = curate(pairs, asked(pairs, STEPS[2:3], **told), tmp_path / "out")
    said = "reporting.generator_frequency counted rows that share a unit"
    assert said in (made.out / "croissant.json").read_text("utf-8")
    assert [sentence for sentence in made.step.done if said in sentence]


def test_the_manual_is_a_recipe() -> None:
    """Every key of it is one that a recipe has."""
    import tomllib

    told = tomllib.loads("\n".join(line[4:] for line in MANUAL.splitlines() if line.startswith("    ")))
    assert told.pop("detectors") == [{}]
    steps = recipe_of(told).steps
    assert {step.named for step in steps} == set(STEPS_KNOWN) - {"post_stratify"}


def test_the_command(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curate"]) == 2
    assert "curate needs a table" in capsys.readouterr().err
    assert main(["curate", "--manual"]) == 0
    assert "[[steps]]" in capsys.readouterr().out
    recipe = tmp_path / "recipe.toml"
    test = pairs.parent / "test.csv"
    recipe.write_text(f'[roles]\ngroup = "pronoun"\n[[steps]]\nname = "leakage"\ntest = "{test}"\n')
    assert main(["curate", str(pairs), "--recipe", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "No detector fits the roles" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    recipe.write_text(recipe.read_text().replace("[[steps", 'outcome = "occupation"\n' + RATE + "[[steps"))
    code = main(["curate", str(pairs), "--recipe", str(recipe), "--out", str(tmp_path / "out")])
    told = capsys.readouterr()
    assert code == 3, told.err
    assert "1 leakage: " in told.out
    assert "rows.csv" in told.out
    assert main(["lab", "data", "pairs", "--n", "20", "--out", str(tmp_path / "lab")]) == 0
    assert main(["lab", "data", "piars"]) == 2
    assert 'Did you mean "pairs"' in capsys.readouterr().err
