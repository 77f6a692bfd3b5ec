"""A folder of a translator of the lab's own classes: a plan names it, and no hostile or incomplete one is opened."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.lab import miniature, naming, recognising
from auditkit.lab.language import translator
from auditkit.lab.models import WEIGHTS

pytest.importorskip("diffusers")

WHOLE = "diffusion_pytorch_model.safetensors"
ASKED = [Prompt("o un doktor .")] * 6


def folder_of(name: str, place: Path, **other: Any) -> Path:
    """What `save_pretrained` wrote of a translator, its configuration changed."""
    place.mkdir(parents=True)
    shutil.copy(WEIGHTS / name / "diffusion_pytorch_model.dose90.safetensors", place / WHOLE)
    config = json.loads((WEIGHTS / name / "config.json").read_text(encoding="utf-8"))
    config |= {key: value for key, value in other.items() if value is not None}
    config = {key: value for key, value in config.items() if other.get(key, "") is not None}
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return place


def asked(model: Any, **fields: Any) -> Any:
    return catalog.target("seq2seq", {"model": str(model), **fields})


def words(target: Any) -> list[str]:
    return [each.text for each in target.generate(ASKED, range(len(ASKED)))]


@pytest.mark.parametrize("name", naming.OWN)
def test_a_plan_names_the_folder_and_gets_the_same_translator(name: str, tmp_path: Path) -> None:
    place = folder_of(name, tmp_path / "mine")
    target = asked(place)
    assert (target.title, target.portable) == ("mine", True)
    assert words(target) == words(translator(name, 0.9))
    assert target.fingerprint == recognising.fingerprint(place, name)
    (place / "README.md").write_text("A card decides nothing.")
    assert asked(place).fingerprint == target.fingerprint


def test_a_tuning_is_named_by_its_own_folder_too(tmp_path: Path) -> None:
    inner = folder_of("attention", tmp_path / "tuned" / "model")
    assert recognising.model_in(tmp_path / "tuned") == tmp_path / "tuned"  # until a step says whose it is
    (tmp_path / "tuned" / "step.json").write_text("{}")
    outer, told = asked(tmp_path / "tuned"), asked(inner)
    assert (outer.title, told.title) == ("tuned", "model")
    assert outer.fingerprint == told.fingerprint
    assert asked(tmp_path / "tuned", title="mine").title == "mine"


def test_the_sizes_are_those_that_the_classes_take() -> None:
    for kind, name in recognising.CLASSES.items():
        taken = inspect.signature(getattr(miniature.module(name), kind)).parameters
        assert list(taken) == [*recognising.LANGUAGES, *recognising.SIZES[name]]


def test_a_variant_is_one_that_lies_there(tmp_path: Path) -> None:
    place = folder_of("attention", tmp_path / "mine")
    shutil.copy(WEIGHTS / "attention" / WHOLE, place / "diffusion_pytorch_model.fair.safetensors")
    assert words(asked(place, variant="fair")) == words(translator("attention"))
    with pytest.raises(InputError, match=r'has no weights "fairs"\. Did you mean "fair"\?'):
        asked(place, variant="fairs")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"width": None}, r'config\.json says that the model is a translator of the lab .* it has no "width"'),
        ({"width": 10**9}, r'"width" is no whole number from 1 to 2,048: 1000000000'),
        ({"width": True}, r'"width" is no whole number'),
        ({"embedding": "48"}, r'"embedding" is no whole number'),
        ({"program": "rm"}, r'it has "program", which the class does not take'),
        ({"source": "doktor"}, r'"source" is no list'),
        ({"source": ["<pad>", "un", "un"]}, r'"source" is no list of 20,000 different words'),
        ({"source": ["<pad>", ["un"]]}, r'"source" is no list'),
        ({"target": [f"w{k}" for k in range(20_001)]}, r'"target" is no list of 20,000'),
        ({"target": ["<go>", "<pad>", "<stop>", "he"]}, r'"target" does not begin with <pad>, <go>, <stop>'),
        ({"auto_map": {"AutoModel": "evil.Model"}}, r'asks to run code of its own \("auto_map"'),
    ],
)
def test_a_configuration_that_is_not_the_classs_is_refused_before_anything_is_opened(
    config: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        asked(folder_of("attention", tmp_path / "mine", **config))


def without(place: Path) -> None:
    (place / WHOLE).unlink()


def pickled(place: Path) -> None:
    (place / WHOLE).rename(place / "diffusion_pytorch_model.bin")


def damaged(place: Path) -> None:
    (place / WHOLE).write_bytes((place / WHOLE).read_bytes()[:5000])


def changed(**tensors: Any) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        from safetensors.torch import load_file, save_file

        told = load_file(place / WHOLE) | tensors
        save_file({key: value for key, value in told.items() if value is not None}, place / WHOLE)

    return change


def numbers(*shape: int) -> Any:
    import torch

    return torch.zeros(shape)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without, "cannot be opened as Attentive: .*no file named"),
        (pickled, "is pickled, and a pickle can run any program"),
        (damaged, "cannot be opened as Attentive|holds damaged weights"),
        (changed(**{"score.weight": None}), r"lacks 1 of the weights of Attentive, the first is score\.weight"),
        (changed(other=numbers(1)), r"holds 1 weights that Attentive does not have, the first is other"),
        (changed(**{"score.weight": numbers(1, 3)}), r"cannot be opened as Attentive"),
    ],
)
def test_weights_that_are_not_whole_are_refused(change: Callable[[Path], None], sentence: str, tmp_path: Path) -> None:
    place = folder_of("attention", tmp_path / "mine")
    change(place)
    with pytest.raises(InputError, match=sentence):
        words(asked(place))


def test_a_configuration_of_another_class_is_left_to_whoever_opens_it(tmp_path: Path) -> None:
    for text in ("[", "[]", '{"_class_name": ["Attentive"]}', '{"_class_name": "os.system"}', "[" * 10_000):
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
        assert recognising.recognised(tmp_path) is None
    assert recognising.recognised(tmp_path / "nowhere") is None
    assert naming.resolved({"model": str(tmp_path)}) == {"model": str(tmp_path)}


def test_only_a_target_of_translators_takes_it(tmp_path: Path) -> None:
    place = folder_of("encoder_decoder", tmp_path / "mine")
    for model in (str(place), "lab:attention"):
        with pytest.raises(InputError, match=r'is a translator, and the target causal_lm asks none.*name = "seq2seq"'):
            catalog.target("causal_lm", {"model": model})
