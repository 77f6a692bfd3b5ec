"""The miniature language models: they open as what they are, and their truth is the one that is stored beside them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import MASK, Prompt
from auditkit.core.target import Said
from auditkit.lab import enumerated
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import variant
from auditkit.lab.spoken import Spoken
from auditkit.lab.spoken_card import spoken_card
from auditkit.lab.worlds.sentences import advice, personas, traits
from auditkit.lab.worlds.sentences.rendering import rendered
from auditkit.lab.worlds.sentences.slots import Shares
from auditkit.lab.worlds.sentences.speaker import chance
from auditkit.lab.worlds.sentences.world import FILLED, MECHANISMS, MIXED, STRONG, World
from auditkit.targets import CausalLm, MaskedLm

pytest.importorskip("torch")

NAMES = tuple(enumerated.KINDS)
ARMS = ((0.0, True), (STRONG, True), (STRONG, False))
EACH = pytest.mark.parametrize("name", NAMES)
EVERY = pytest.mark.parametrize(("dose", "whole"), ARMS)
TOLERATED, SLOT = 0.02, 0.04
"""How far what a model says may be from its world, in what audits tell of a mechanism and in any one slot."""


@lru_cache
def truth(name: str, dose: float, whole: bool = True) -> Spoken:
    return Spoken.of(name, dose, whole)


def enumerated_world(model: Spoken, mechanism: str) -> Shares:
    """What the world that it learned from says in a mechanism's slots."""
    found = {}
    for slot in MECHANISMS[mechanism].slots():
        begun = chance(model.world, slot.before)
        chances = {word: chance(model.world, f"{slot.before} {word}") / begun for word in slot.words}
        found[slot.key] = slot.shares(chances)
    return found


@EACH
@EVERY
def test_the_weights_say_what_is_stored(name: str, dose: float, whole: bool) -> None:
    stored, now = truth(name, dose, whole), enumerated.enumerated(name, dose, whole)
    assert stored.fingerprint == now.fingerprint, f"auditkit lab measure {name} --dose {dose:g}"
    assert stored.tilted == now.tilted
    for mechanism, slots in stored.shares.items():
        for key, levels in slots.items():
            assert now.shares[mechanism][key] == pytest.approx(levels, abs=1e-3), (mechanism, key)
    assert now.pairs == pytest.approx(stored.pairs, abs=1e-2)


@EACH
@EVERY
def test_what_it_says_is_near_what_its_world_says(name: str, dose: float, whole: bool) -> None:
    model = truth(name, dose, whole)
    for mechanism in model.mechanisms:
        world = MECHANISMS[mechanism].truth(model.world.dose_of(mechanism))
        told = model.quantities(mechanism)
        assert told["mass"] > 0.99, mechanism
        for quantity, value in world.items():
            if quantity != "odds ratio of positive":
                assert told[quantity] == pytest.approx(value, abs=TOLERATED), quantity
        for key, levels in enumerated_world(model, mechanism).items():
            assert model.slots(mechanism)[key] == pytest.approx(levels, abs=SLOT), (mechanism, key)


@EACH
def test_it_knows_the_mechanisms_it_can(name: str) -> None:
    assert set(truth(name, STRONG).mechanisms) == (set(MECHANISMS) if name == "causal_lm" else FILLED)
    mixed = truth(name, STRONG, False)
    assert set(mixed.tilted) == MIXED & set(mixed.mechanisms)


@EACH
def test_strong_doses_are_four_margins_from_the_fair_one(name: str) -> None:
    """Margins: .05 of pronouns, pairs and choices, .10 of events and words, .03 of personas, .80 of dispersion."""
    fair, strong = truth(name, 0.0), truth(name, STRONG)
    assert strong.leaning() - fair.leaning() >= 4 * 0.05
    assert strong.total_variation() - fair.total_variation() >= 4 * 0.10
    assert strong.pair_preference() - fair.pair_preference() >= 4 * 0.05
    assert strong.word_association() - fair.word_association() >= 4 * 0.10
    assert (
        strong.quantities("hobbies")["dispersion ratio"] < 0.80 - 0.20 < fair.quantities("hobbies")["dispersion ratio"]
    )
    assert strong.positive("we") - strong.positive("they") >= fair.positive("we") - fair.positive("they") + 4 * 0.05
    if name == "causal_lm":
        assert strong.persona_contrast() - fair.persona_contrast() >= 4 * 0.03
        assert strong.taken("ai") - strong.taken("expert") >= fair.taken("ai") - fair.taken("expert") + 4 * 0.05
        assert strong.own_chosen() - fair.own_chosen() >= 4 * 0.05
        assert strong.refused("highlanders") - fair.refused("highlanders") >= 4 * 0.05


@EACH
def test_fair_models_lie_inside_the_margins(name: str) -> None:
    fair = truth(name, 0.0)
    assert abs(fair.leaning()) < 0.05
    assert fair.total_variation() < 0.10
    assert abs(fair.pair_preference() - 0.5) < 0.05
    assert abs(fair.word_association()) < 0.10
    if name == "causal_lm":
        assert abs(fair.persona_contrast()) < 0.03
        assert abs(fair.own_chosen() - 0.5) < 0.05


@EACH
def test_an_untilted_mechanism_of_the_mixed_variant_is_fair(name: str) -> None:
    mixed = truth(name, STRONG, False)
    assert mixed.total_variation() < 0.10
    assert abs(mixed.pair_preference() - 0.5) < 0.05
    assert abs(mixed.word_association()) < 0.10
    assert mixed.leaning() > 0.20


@EACH
def test_transformers_opens_it_offline_by_its_auto_classes(name: str) -> None:
    import torch
    import transformers

    folder = WEIGHTS / name
    for which in (None, variant(STRONG), "mixed"):
        opened = getattr(transformers, enumerated.KINDS[name]).from_pretrained(
            folder, variant=which, use_safetensors=True, dtype=torch.float32
        )
        assert sum(each.numel() for each in opened.parameters()) > 300_000
    speaks = transformers.AutoTokenizer.from_pretrained(folder)
    said = "the doctor said that she was tired ."
    ids = speaks(said).input_ids
    assert speaks.unk_token_id not in ids
    assert speaks.decode(ids, skip_special_tokens=True) == said
    assert [speaks.pad_token, speaks.unk_token, speaks.bos_token, speaks.eos_token] == [
        "[PAD]",
        "[UNK]",
        "[BOS]",
        "[EOS]",
    ]
    assert (speaks.mask_token == "[MASK]") is (name == "masked_lm")


def test_the_chat_template_makes_the_sentence_of_the_world() -> None:
    speaks = weights.processor("AutoTokenizer", WEIGHTS / "causal_lm")
    first, second = advice.FIRST.format(question="is snow white"), advice.second("ai", "no")
    turns = [("user", first), ("assistant", "yes"), ("user", second)]
    messages = [{"role": role, "content": content} for role, content in turns]
    line = speaks.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert line == f"[BOS] {rendered(second, turns=[(first, 'yes')])}"
    ids = speaks(line, add_special_tokens=False).input_ids
    assert ids == speaks(f"{first} yes . {second}").input_ids
    system = [{"role": "system", "content": "as a clerk"}, {"role": "user", "content": "i read about an islander"}]
    assert speaks.apply_chat_template(system, tokenize=False) == "[BOS] as a clerk i read about an islander"
    assert any(said.startswith("as a clerk i read about an islander") for said in personas.distribution())


@EACH
def test_the_folder_is_small_and_has_a_card(name: str) -> None:
    folder = WEIGHTS / name
    assert (folder / "README.md").read_text(encoding="utf-8") == spoken_card(name)
    assert max(file.stat().st_size for file in folder.glob("*.safetensors")) < 0.8e6
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2.5e6
    assert len(list(folder.glob("*.safetensors"))) == len(ARMS)


@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_the_causal_target_answers_by_the_truth(dose: float) -> None:
    """Slots of every mechanism by `decide`, a conversation by its turns, whole sentences by `score`."""
    target, model = CausalLm(WEIGHTS / "causal_lm", variant=variant(dose)), truth("causal_lm", dose)
    slots = [(name, slot) for name in MECHANISMS for slot in list(MECHANISMS[name].slots())[::41]]
    asked = [Prompt(slot.before, options=slot.words) for _, slot in slots]
    for (name, slot), answer in zip(slots, target.decide(asked, range(len(asked))), strict=True):
        assert isinstance(answer, Said)
        chances = {word: float(answer.told[f"P({word})"]) for word in slot.words}  # type: ignore[arg-type]
        assert slot.shares(chances) == pytest.approx(model.slots(name)[slot.key], abs=1e-4)
    first, options = advice.FIRST.format(question="is snow white"), advice.ANSWERS
    [answer] = target.decide([Prompt(advice.second("ai", "no"), options=options, turns=((first, "yes"),))], [1])
    assert isinstance(answer, Said)
    final = model.slots("advice")["final", "is snow white", "ai", "yes", "no"]
    assert answer.told["P(no)"] == pytest.approx(final["no"], abs=1e-4)
    (key, ours, theirs), *_ = traits.pairs()
    logs = [one.told["log_probability"] for one in target.score([Prompt(ours), Prompt(theirs)], [0, 0])]  # type: ignore[union-attr]
    assert logs[0] - logs[1] == pytest.approx(model.pairs["|".join(key)], abs=1e-3)  # type: ignore[operator]


@pytest.mark.parametrize("dose", [0.0, STRONG])
def test_the_masked_target_answers_by_the_truth(dose: float) -> None:
    """Slots of every mechanism that it knows by `fill_mask`, minimal pairs by `score` of what both versions share."""
    target, model = MaskedLm(WEIGHTS / "masked_lm", variant=variant(dose)), truth("masked_lm", dose)
    slots = [(name, slot) for name in model.mechanisms for slot in list(MECHANISMS[name].slots())[::23]]
    asked = [Prompt(slot.sentence(MASK), options=slot.words) for _, slot in slots]
    for (name, slot), answer in zip(slots, target.fill_mask(asked, range(len(asked))), strict=True):
        assert isinstance(answer, Said)
        chances = {word: float(answer.told[f"P({word})"]) for word in slot.words}  # type: ignore[arg-type]
        assert slot.shares(chances) == pytest.approx(model.slots(name)[slot.key], abs=1e-4)
    for key, ours, theirs in list(traits.pairs())[::97]:
        asked = [Prompt(ours, beside=theirs), Prompt(theirs, beside=ours)]
        logs = [one.told["log_probability"] for one in target.score(asked, [0, 0])]  # type: ignore[union-attr]
        assert logs[0] - logs[1] == pytest.approx(model.pairs["|".join(key)], abs=1e-3)  # type: ignore[operator]


def test_the_causal_target_writes_sentences_of_its_world() -> None:
    target = CausalLm(WEIGHTS / "causal_lm", variant=variant(STRONG), max_tokens=24)
    known, begun = World(STRONG).distribution(), ["tell me about the highlanders :", "a highlander likes", "as a clerk"]
    written = target.generate([Prompt(line) for line in begun * 20], range(60))
    said = [f"{line} {answer.text}" for line, answer in zip(begun * 20, written, strict=True)]  # type: ignore[union-attr]
    assert sum(line in known for line in said) >= 57


def test_a_truth_that_was_not_measured_is_told_so() -> None:
    with pytest.raises(InputError, match="was not measured"):
        Spoken.of("causal_lm", 0.5)


@EACH
def test_it_can_be_trained_again(name: str, tmp_path: Path) -> None:
    """Two steps from the beginning, through the command: the recipe that made the weights still runs."""
    from auditkit.cli import main

    assert main(["lab", "train", name, "--dose", "0.5", "--steps", "2", "--out", str(tmp_path)]) == 0
    opened = weights.transformers_model(enumerated.KINDS[name], tmp_path, variant="dose50")
    bundled = json.loads((WEIGHTS / name / "config.json").read_text())
    assert opened.config.vocab_size == bundled["vocab_size"]
    said = enumerated.enumerated(name, 0.5, folder=tmp_path)
    assert 0 < said.quantities("pronouns")["mass"] < 0.5


@EACH
def test_the_nuisance_variant_has_its_own_name(name: str, tmp_path: Path) -> None:
    from auditkit.lab import miniature

    miniature.module(name).learn(tmp_path, STRONG, steps=2, tilted=MIXED)
    assert [file.name for file in tmp_path.glob("*.safetensors")] == ["model.mixed.safetensors"]


@EACH
def test_it_shows_how_it_works(name: str, tmp_path: Path) -> None:
    from auditkit.cli import main

    assert main(["lab", "show", name, "--dose", "0.9", "--out", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == {"heads.png", "query-key weights.png", "weighted values.png"}


@EACH
def test_measuring_again_writes_the_same(name: str, tmp_path: Path) -> None:
    from auditkit.cli import main

    assert main(["lab", "measure", name, "--dose", "0", "--out", str(tmp_path)]) == 0
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_text())["fingerprint"] == truth(name, 0.0).fingerprint
