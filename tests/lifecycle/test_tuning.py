"""tune: what it writes, that it goes on where it was, and what it refuses; by the miniature translator, a little."""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.core.probe import Prompt
from auditkit.eliciting import Pace
from auditkit.lab import miniature
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.translations.world import pairs_of_all
from auditkit.lifecycle import recording
from auditkit.lifecycle.discovering.searching import search
from auditkit.lifecycle.discovering.wanting import Wanted
from auditkit.lifecycle.tuning import tune
from auditkit.lifecycle.tuning.checking import checked
from auditkit.lifecycle.tuning.loop import Stride, Training
from auditkit.lifecycle.tuning.targets import target_of
from auditkit.lifecycle.tuning.words import opened
from auditkit.lifecycle.turning import Turn
from auditkit.planning import Plan, plan_of, plan_text
from auditkit.targets import CausalLm, MaskedLm, Seq2Seq
from auditkit.verifying import verify
from auditkit.weights import Own

pytest.importorskip("torch")
pytest.importorskip("peft")

OCCUPATIONS = {"doctor": "doktor", "nurse": "hesta", "engineer": "inzen"}
TARGET = {"name": "seq2seq", "model": str(WEIGHTS / "transformer"), "variant": "dose90", "title": "a translator"}
TABLE: Mapping[str, Any] = {
    "probe": {"name": "translations", "occupations": OCCUPATIONS, "templates": ["o un {} ."], "repeats": 4},
    "target": TARGET,
    "roles": {"group": "pronoun", "context": "occupation"},
    "annotators": [
        {"name": "pronoun_gender", "attribute": "pronoun", "pronouns": {"she": ["she"], "he": ["he"]}},
    ],
    "detectors": [{"code": "reporting.generator_frequency", "stereotype": "he", "parity": ["she", "he"]}],
}
FEW: Mapping[str, Any] = {"method": "full", "steps": 8, "batch": 16, "save_every": 3}


def plan(**target: Any) -> Plan:
    """The small plan, its target changed."""
    return plan_of({**TABLE, "target": {**TARGET, **target}})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sixth sentence with both translations, as `curate` writes it."""
    folder = tmp_path_factory.mktemp("curated")
    rows = [pair for k, pair in enumerate(pairs_of_all()) if k // 2 % 6 == 0]
    written(folder / "data.csv", ["source", "target"], rows)
    return folder


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Turn, Path]:
    """The small tuning, finished."""
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "plan.toml").write_text(plan_text(plan()), encoding="utf-8")
    return tune(folder / "plan.toml", data, folder / "out", **FEW), folder / "out"


def written(file: Path, header: list[str], rows: Any) -> Path:
    """A CSV file."""
    with file.open("w", newline="", encoding="utf-8") as place:
        csv.writer(place).writerows([header, *rows])
    return file


def test_it_writes_both_audits_the_model_its_card_and_the_turn_and_verify_checks_them(done: tuple[Turn, Path]) -> None:
    turn, out = done
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    wanted = {"turn.json", "turn.md", "turn.html", "curve.json", "curve.svg", "quality.json", "step.json"}
    wanted |= {f"{side}/{name}" for side in ("before", "after") for name in ("report.json", "report.html")}
    assert wanted | {"model/model.safetensors", "model/tokenizer.json", "model/README.md"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl", ".ckpt"))]
    assert not (out / "tuning").exists()  # what it went on from is gone
    assert verify(out / "step.json").ok
    step = json.loads((out / "step.json").read_text())
    assert [one["kind"] for one in step["took"]] == ["data", "plan", "model"]
    assert step["gave"][0]["kind"] == "model"
    assert turn.costs[0].lost.n == len(json.loads((out / "quality.json").read_text())["exactness"]["before"]) == 30
    assert turn.costs[0].paired
    curve = json.loads((out / "curve.json").read_text())
    assert len(curve["losses"]) == 8
    assert [mark["step"] for mark in curve["held_out"]] == [0, 3, 6, 8]
    assert all(mark["low"] < mark["value"] < mark["high"] for mark in curve["held_out"])


def test_no_folder_of_this_machine_is_told_in_what_is_written(done: tuple[Turn, Path], data: Path) -> None:
    _, out = done
    told = [path for path in out.rglob("*") if path.suffix in (".json", ".md", ".html", ".svg")]
    told = [path for path in told if path.name != "auditkit.manifest.json"]
    assert told
    for path in told:
        text = path.read_text(encoding="utf-8")
        assert str(out.parent) not in text
        assert str(WEIGHTS) not in text
        assert str(data) not in text


def test_the_card_says_where_it_comes_from_what_changed_and_what_it_cost(done: tuple[Turn, Path]) -> None:
    turn, out = done
    card = (out / "model" / "README.md").read_text(encoding="utf-8")
    front = dict(line.split(": ", 1) for line in card.split("---")[1].strip().splitlines())
    assert json.loads(front["base_model"]) == "a translator"
    assert json.loads(front["license"]) == "mit"
    assert json.loads((out / "step.json").read_text())["took"][0]["hash"] in card
    assert "directed amplification" in card
    assert "exactness (probability)" in card
    assert {Outcome.PASS: "Pass", Outcome.INCONCLUSIVE: "Inconclusive", Outcome.FAIL: "Fail"}[turn.outcome] in card


def test_the_same_again_does_nothing_and_gives_the_same_turn(done: tuple[Turn, Path], data: Path) -> None:
    turn, out = done
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    again = tune(out.parent / "plan.toml", data, out, **FEW)
    assert again.to_json() == turn.to_json()
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {path: time for path, time in after.items() if "sqlite" not in path.name} == {
        path: time for path, time in before.items() if "sqlite" not in path.name
    }


def test_stopped_it_goes_on_to_the_same_weights_to_the_bit(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    def stop(told: Any) -> None:
        if isinstance(told, Stride) and told.step == 4:
            raise KeyboardInterrupt
        assert isinstance(told, Stride) or told.rate == 0.0

    # the answers of the audit before are there already, and are not drawn again
    asked = plan().model_copy(update={"elicit": plan().elicit.model_copy(update={"into": str(done[1] / "before/run")})})
    with pytest.raises(KeyboardInterrupt):
        tune(asked, data, tmp_path / "out", **FEW, progress=stop)
    steps: list[int] = []
    tune(
        asked, data, tmp_path / "out", **FEW, progress=lambda p: steps.append(p.step) if isinstance(p, Stride) else None
    )
    assert steps == [4, 5, 6, 7, 8]  # from the checkpoint of step 3
    for name in ("model/model.safetensors", "curve.json", "turn.json", "quality.json", "after/report.json"):
        assert (tmp_path / "out" / name).read_bytes() == (done[1] / name).read_bytes(), name


def test_the_order_of_the_rows_changes_no_weight(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    header, *rows = csv.reader((data / "data.csv").read_text(encoding="utf-8").splitlines())
    turned = written(tmp_path / "data.csv", header, rows[::-1])
    tune(plan(), turned, tmp_path / "out", **FEW)
    weights = "model/model.safetensors"
    assert (tmp_path / "out" / weights).read_bytes() == (done[1] / weights).read_bytes()


@pytest.mark.slow
def test_a_changed_model_is_found_by_verify(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tune(plan(), data, out, **{**FEW, "steps": 1})
    config = out / "model" / "config.json"
    config.write_text(config.read_text().replace('"num_heads": 4', '"num_heads": 2'))
    found = verify(out / "step.json")
    assert not found.ok
    assert any("model" in fact.what and fact.sound is False for fact in found.facts)
    tune(plan(), data, out, **{**FEW, "steps": 1})  # and the same command makes it anew
    assert verify(out / "step.json").ok


def test_an_adapter_is_saved_beside_the_merged_weights_and_says_the_same(data: Path, tmp_path: Path) -> None:
    import peft
    import torch

    from auditkit import weights

    out = tmp_path / "out"
    tune(plan(), data, out, method="lora", rank=2, steps=3, batch=16, rate=0.01)
    config = json.loads((out / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "a translator"
    assert config["target_modules"] == sorted(config["target_modules"])
    assert (out / "adapter" / "adapter_model.safetensors").is_file()
    base = weights.transformers_model("AutoModelForSeq2SeqLM", WEIGHTS / "transformer", variant="dose90")
    merged = weights.transformers_model("AutoModelForSeq2SeqLM", out / "model")
    speaks = weights.processor("AutoTokenizer", out / "model")
    read = speaks(["o un doktor ."], return_tensors="pt")
    asked = {"input_ids": read["input_ids"], "decoder_input_ids": torch.tensor([[1]])}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that goes away
        was, now = (model(**asked).logits for model in (base, merged))
        worn = peft.PeftModel.from_pretrained(base, out / "adapter").eval()(**asked).logits
    assert torch.allclose(now, worn, atol=1e-4)
    assert not torch.allclose(now, was, atol=1e-4)


@pytest.mark.slow
def test_a_translator_of_ones_own_is_tuned_whole_and_opens_again(data: Path, tmp_path: Path) -> None:
    opens = miniature.module("encoder_decoder").opened
    own = Own(WEIGHTS / "encoder_decoder", opens, "dose90")
    tune(plan(model="lab:encoder_decoder"), data, tmp_path / "out", **{**FEW, "steps": 2})
    asked = plan(model=own, variant=None)
    was, now = (Seq2Seq(each) for each in (own, Own(tmp_path / "out" / "model", opens)))
    logs = [each.score([Prompt("he is a doctor .", given="o un doktor .")], [0])[0] for each in (was, now)]
    assert logs[0] != logs[1]
    told = target_of(plan(model=str(tmp_path / "out"), variant=None))  # what `tune` wrote is what a plan names
    assert isinstance(told, Seq2Seq)
    assert told.score([Prompt("he is a doctor .", given="o un doktor .")], [0])[0] == logs[1]
    gave = [one.hash for one in recording.recorded(tmp_path / "out").gave if one.kind == "model"]
    assert gave == [told.fingerprint]
    assert verify(tmp_path / "out" / "step.json").ok
    [found] = search(tmp_path / "out", Wanted("translation")).candidates
    assert (found.hash, found.library, found.unplanned) == (told.fingerprint, "auditkit", "")
    with pytest.raises(InputError, match=r"LoRA adapts models of transformers, and .* is not: use --method full"):
        tune(asked, data, tmp_path / "other", method="lora")


# What is refused, in a sentence.


@pytest.mark.parametrize(
    ("asked", "options", "sentence"),
    [
        (
            plan_of({**TABLE, "target": {"name": "endpoint", "base_url": "http://localhost:1/v1", "model": "m"}}),
            {},
            "weights",
        ),
        (plan_of({"data": {"path": "a.csv"}, "roles": {"group": ["a"], "outcome": "b"}}), {}, "no model to tune"),
        (plan(), {"batch": 5000}, "fewer than a batch of 5000"),
        (plan(), {"method": "lora", "modules": ["q_proj"]}, 'no module "q_proj" to adapt.*It has: .*k, lm_head, o, q'),
        (plan(), {"guard_margin": {"exactnes": 0.1}}, 'no quality "exactnes" to guard. Did you mean "exactness"'),
        (plan(), {"guard_margin": -1.0}, "may lose is a positive number"),
        (plan(), {"method": "lore"}, 'no method "lore". Did you mean "lora"'),
        (plan(), {"held_out": 1.5}, "share of rows kept from learning"),
        (plan(), {"steps": 0}, "steps is 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_said(
    asked: Plan, options: Mapping[str, Any], sentence: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(asked, data, tmp_path / "out", **{"method": "full", "steps": 1, **options})


@pytest.mark.parametrize(
    ("header", "row", "sentence"),
    [
        (["text"], ["o un doktor ."], "it needs the columns source and target. It has: text"),
        (["source", "target"], ["o un doktor .", "he is a wizard ."], "row 1 cannot be learned.*wizard"),
        (["source", "target"], ["o un doktor .", ""], "row 1 has nothing in the column target"),
        (["source", "target", "weight"], ["o un doktor .", "he is a doctor .", "-1"], "weight of row 1 is -1"),
        (["source", "target", "weight"], ["o un doktor .", "he is a doctor .", "0"], "every weight is 0"),
    ],
)
def test_data_that_cannot_be_learned_from_are_said(
    header: list[str], row: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(plan(), written(tmp_path / "data.csv", header, [row] * 40), tmp_path / "out", **FEW)


def test_a_folder_with_other_work_is_left_alone(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds another step: tune"):
        tune(plan(), data, done[1], **{**FEW, "steps": 9})
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(InputError, match=r"holds other files: letter\.txt. Give --out an empty folder"):
        tune(plan(), data, tmp_path, **FEW)
    with pytest.raises(InputError, match=r"holds no data\.parquet, data\.csv or data\.tsv. It holds: letter\.txt"):
        tune(plan(), tmp_path, tmp_path / "out", **FEW)

    def stop(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(plan(), data, tmp_path / "begun", **FEW, progress=stop)
    with pytest.raises(InputError, match="another tuning that did not finish"):
        tune(plan(), data, tmp_path / "begun", **{**FEW, "seed": 1})


# What a pupil learns is what its target is asked.


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
def test_a_live_model_is_left_as_it_was(data: Path, tmp_path: Path) -> None:
    from auditkit import weights

    model = weights.transformers_model("AutoModelForSeq2SeqLM", WEIGHTS / "transformer", variant="dose90")
    speaks = weights.processor("AutoTokenizer", WEIGHTS / "transformer")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    tune(plan(model=(model, speaks), variant=None), data, tmp_path / "out", **{**FEW, "steps": 2})
    assert all((tensor == before[name]).all() for name, tensor in model.state_dict().items())


@pytest.mark.slow
def test_answers_must_go_on_showing_what_was_asked_where_that_is_wanted(data: Path, tmp_path: Path) -> None:
    reader = {"name": "words", "attribute": "said", "lists": {job: [job] for job in OCCUPATIONS}}
    asked = plan_of({**TABLE, "annotators": [*TABLE["annotators"], reader]})
    turn = tune(asked, data, tmp_path / "out", **{**FEW, "steps": 1}, faithful={"occupation": "said"})
    assert turn.costs[-1].name.startswith("pictures that show the occupation")
    assert turn.costs[-1].before.value == 1.0


def test_the_command_says_what_happened(done: tuple[Turn, Path], data: Path, capsys: Any) -> None:
    turn, out = done
    asked = ["tune", str(out.parent / "plan.toml"), "--data", str(data)]
    options = ["--method", "full", "--steps", "8", "--batch", "16", "--save-every", "3"]
    assert main([*asked, "--out", str(out), *options]) == turn.exit_code
    told = capsys.readouterr()
    assert "What it cost" in told.out
    assert "exactness (probability)" in told.out
    assert "auditkit verify" in told.err
    assert main([*asked, "--out", str(out), "--guard-margin", "much"]) == 2
    assert "Give a number, or NAME=NUMBER" in capsys.readouterr().err


# The first minutes: a typo leaves nothing, and whoever waits or stops is told where it is.


@pytest.mark.parametrize(
    ("changed", "options", "sentence"),
    [
        ({}, {"method": "lora", "modules": ["q_proj"]}, 'no module "q_proj" to adapt'),
        ({}, {"faithful": {"ocupation": "pronoun"}}, 'no column "ocupation" for the role asked.*"occupation"'),
        ({}, {"faithful": {"occupation": "pronuon"}}, 'no column "pronuon" for the role shown.*"pronoun"'),
        ({"roles": {"group": "pronuon"}}, {}, 'no column "pronuon" for the role group.*"pronoun"'),
        ({"detectors": [{"code": "reporting.generator_frequency", "stereotipe": "he"}]}, {}, "stereotipe"),
        ({"probe": {**TABLE["probe"], "templats": ["o un {} ."]}}, {}, "templats"),
        ({"annotators": [{"name": "pronoun_gendre"}]}, {}, "pronoun_gendre"),
    ],
)
def test_a_typo_leaves_no_folder(
    changed: Mapping[str, Any], options: Mapping[str, Any], sentence: str, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        tune(plan_of({**TABLE, **changed}), data, tmp_path / "out", **{**FEW, **options})
    assert not (tmp_path / "out").exists()


def test_a_column_that_the_model_tells_is_no_typo() -> None:
    asked = plan_of({**TABLE, "roles": {**TABLE["roles"], "score": "log_probability"}})
    target = target_of(asked)
    checked(asked, target, {})
    with pytest.raises(InputError, match=r'no column "log_probabilty".*Did you mean "log_probability"'):
        checked(plan_of({**TABLE, "roles": {"score": "log_probabilty"}}), target, {})


def test_a_folder_where_nothing_was_drawn_is_no_other_work(data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditkit.lifecycle.tuning.frame.run", killed)
    for seed in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            tune(plan(), data, tmp_path / "out", **{**FEW, "seed": seed})
    begun = json.loads((tmp_path / "out" / "tuning" / "begun.json").read_text())
    assert begun["settings"]["seed"] == 1


@pytest.fixture
def command(done: tuple[Turn, Path], data: Path, tmp_path: Path) -> list[str]:
    """The small tuning as a command into another folder, its answers before there already."""
    before = plan().elicit.model_copy(update={"into": str(done[1] / "before" / "run")})
    (tmp_path / "plan.toml").write_text(plan_text(plan().model_copy(update={"elicit": before})), encoding="utf-8")
    options = ["--method", "full", "--steps", "20", "--batch", "16", "--save-every", "3", "--out"]
    return ["tune", str(tmp_path / "plan.toml"), "--data", str(data), *options, str(tmp_path / "out")]


def test_stopped_it_says_where_and_off_a_terminal_it_says_how_far(
    command: list[str], capsys: Any, monkeypatch: Any
) -> None:
    stepped = Training._step

    def stop(self: Training, optimiser: Any, step: int) -> float:
        if step == 8:
            raise KeyboardInterrupt
        return stepped(self, optimiser, step)

    with monkeypatch.context() as instead:
        instead.setattr(Training, "_step", stop)
        assert main(command) == 130
    first, second, *steps, last = capsys.readouterr().err.splitlines()
    assert first == "Auditing a translator before the tuning."
    assert second.startswith("Tuning a translator: ")
    assert [line.split(",")[0] for line in steps] == [f"step {k} of 20" for k in (2, 4, 6, 8)]
    assert last == "Stopped at step 8 of 20; the same command goes on from step 6."
    main(command)
    said = capsys.readouterr().err
    assert "before the tuning" not in said
    assert "step 20 of 20" in said
    assert "Auditing a translator after the tuning." in said


def test_stopped_in_an_audit_or_before_it_says_so(command: list[str], capsys: Any, monkeypatch: Any) -> None:
    def stop(plan: Any, out: Any, progress: Any) -> None:
        progress(Pace(300, 1512, 2.0))
        raise KeyboardInterrupt

    with monkeypatch.context() as instead:
        instead.setattr("auditkit.lifecycle.tuning.frame.run", stop)
        assert main(command) == 130
    assert capsys.readouterr().err.endswith("Stopped at 300 of 1,512 answers; the same command goes on.\n")
    monkeypatch.setattr("auditkit.lifecycle.tuning.frame.checked", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(command) == 130
    assert capsys.readouterr().err == "Stopped before anything was done.\n"
