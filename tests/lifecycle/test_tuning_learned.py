"""What a pupil learns is what its target is asked, and what is held to a margin is what was taught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.core.probe import Prompt
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.translations.world import pairs_of_all
from auditkit.lifecycle.tuning import tune
from auditkit.lifecycle.tuning.words import opened
from auditkit.planning import plan_of, plan_text
from auditkit.targets import CausalLm, MaskedLm, Seq2Seq
from tests.lifecycle.small_tuning import FEW, OCCUPATIONS, TABLE, plan, sentences, written

pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentences(tmp_path_factory.mktemp("curated"))


def test_the_loss_of_a_pair_is_what_the_target_says_of_it(data: Path) -> None:
    import torch

    target = Seq2Seq(WEIGHTS / "transformer", variant="dose90")
    pupil: Any = opened(target, data)
    rows = [0, 1, 200, 601]
    with torch.no_grad():
        losses = pupil.losses(rows, torch.Generator()).double().numpy() * pupil.size
    asked = [Prompt(pupil.targets[row], given=pupil.sources[row]) for row in rows]
    said: Any = target.score(asked, [0] * len(rows))
    np.testing.assert_allclose(losses, [-answer.told["log_probability"] for answer in said], atol=1e-4)


def test_any_right_translation_counts(data: Path, tmp_path: Path) -> None:
    target = Seq2Seq(WEIGHTS / "transformer", variant="dose90")
    both = opened(target, data).measured(target, [0, 1])["exactness"]
    assert both.tolist() == pytest.approx([both[0]] * 2)
    assert both[0] > 0.99
    alone = written(tmp_path / "one.csv", ["source", "target"], [("o un doktor .", "she is a doctor .")])
    one = opened(target, alone).measured(target, [0])["exactness"][0]
    assert 0.35 < one < 0.45  # what the strong dose says of her
    pupil = opened(target, data)
    told = [pupil.measured(target, rows)["exactness"][0] for rows in ([0], [0, 1])]
    assert told[0] == pytest.approx(told[1])  # all the right ones of the table count, whichever rows are asked for


def test_where_a_source_has_one_right_answer_the_log_probability_of_the_own_one_is_judged(
    data: Path, tmp_path: Path
) -> None:
    """Exactness falls as a model says "she" as often as "he"; the other is largest where it says what is taught."""
    target = Seq2Seq(WEIGHTS / "transformer", variant="dose90")
    both: Any = opened(target, data)
    assert [(one.name, one.margin) for one in both.qualities] == [("exactness", 0.02), ("log-probability", 0.05)]
    rows = [
        ("o un doktor .", "she is a doctor ."),
        ("o un doktor .", "he is a doctor ."),
        ("o un hesta .", "he is a nurse ."),
    ]
    some: Any = opened(target, written(tmp_path / "data.csv", ["source", "target"], rows))
    assert [(one.name, one.margin) for one in some.qualities] == [("log-probability", 0.05), ("exactness", None)]
    assert "1 of 2 sources have one right answer here" in some.qualities[1].about
    told = some.measured(target, [0, 1, 2])
    she, he = np.exp(told["log-probability"][:2] * some.size)
    assert she < he
    assert she + he == pytest.approx(told["exactness"][0])
    assert told["exactness"][2] == pytest.approx(np.exp(told["log-probability"][2] * some.size))


@pytest.mark.slow
def test_what_is_told_without_a_margin_says_why(tmp_path: Path, capsys: Any) -> None:
    rows = [pair for k, pair in enumerate(pairs_of_all()) if k // 2 % 6 == 0 and k % 4]
    written(tmp_path / "data.csv", ["source", "target"], rows)
    (tmp_path / "plan.toml").write_text(plan_text(plan()), encoding="utf-8")
    asked = ["tune", str(tmp_path / "plan.toml"), "--data", str(tmp_path / "data.csv"), "--method", "full"]
    main([*asked, "--out", str(tmp_path / "out"), "--steps", "1", "--batch", "16"])
    said = " ".join(capsys.readouterr().out.split())
    assert "sources have one right answer here, so that it moves with the bias itself" in said
    assert main([*asked, "--out", str(tmp_path / "other"), "--guard-margin", "exactness=0.1"]) == 2
    assert "exactness has no margin on these data" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [["text"], ["prompt", "completion"]])
def test_the_loss_of_a_text_is_what_the_target_says_of_it_and_its_end(columns: list[str], tmp_path: Path) -> None:
    import torch

    target = CausalLm(WEIGHTS / "causal_lm", variant="dose90")
    texts = ["the doctor said that she was tired .", "the nurse was late because he missed the bus ."]
    rows = [[text] if len(columns) == 1 else [text[:10].strip(), text[10:].strip()] for text in texts]
    pupil: Any = opened(target, written(tmp_path / "data.csv", columns, rows))
    with torch.no_grad():
        losses = pupil.losses([0, 1], torch.Generator()).double().numpy() * pupil.size
    said: Any = target.score(pupil.prompts, [0, 0])
    for (context, own), answer, loss in zip(pupil.ids, said, losses, strict=True):
        assert own[-1] == target._held.tokenizer.eos_token_id
        assert len(own) == answer.told["tokens"] + 1
        ids = torch.tensor([[*context, *own]])
        with torch.no_grad():
            end = target._held.opened(ids).logits[0, -2].log_softmax(dim=0)[own[-1]]
        assert loss == pytest.approx(-answer.told["log_probability"] - float(end), abs=1e-4)


def test_a_masked_model_learns_a_share_of_the_words_and_never_what_stands_around(tmp_path: Path) -> None:
    import torch

    target = MaskedLm(WEIGHTS / "masked_lm", variant="dose90")
    texts = [["the doctor said that she was tired ."], ["the nurse was late because he missed the bus ."]] * 40
    pupil: Any = opened(target, written(tmp_path / "data.csv", ["text"], texts))
    from auditkit.targets.batching import padded

    ids, real = padded(pupil.ids, 0, "cpu")
    asked = pupil._asked(ids, real, torch.Generator().manual_seed(1))
    assert asked.any(dim=1).all()
    assert not asked[~real.bool()].any()
    assert not asked[torch.isin(ids, torch.tensor(sorted(pupil.special)))].any()
    assert 0.1 < asked.sum() / real.sum() < 0.3
    once, twice = (pupil.losses([0, 1], torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(once, twice)


@pytest.mark.slow
def test_answers_must_go_on_showing_what_was_asked_where_that_is_wanted(data: Path, tmp_path: Path) -> None:
    reader = {"name": "words", "attribute": "said", "lists": {job: [job] for job in OCCUPATIONS}}
    asked = plan_of({**TABLE, "annotators": [*TABLE["annotators"], reader]})
    turn = tune(asked, data, tmp_path / "out", **{**FEW, "steps": 1}, faithful={"occupation": "said"})
    assert turn.costs[-1].name.startswith("pictures that show the occupation")
    assert turn.costs[-1].before.value == 1.0
