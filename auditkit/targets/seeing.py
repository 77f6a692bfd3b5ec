"""The ways in which captioners are asked: one network that looks and one that speaks, or one that takes both at once.

Each word is chosen here, not in the library: whatever the library would choose is overruled by the token that the
uniform number of an item draws, so that an answer depends on its own seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.targets.continuing import Written
from auditkit.targets.drawing import Drawing
from auditkit.targets.noise import uniforms
from auditkit.targets.projecting import log_chances, scores_at
from auditkit.targets.showing import Shown

NEUTRAL: dict[str, Any] = {
    "do_sample": False,
    "num_beams": 1,
    "num_return_sequences": 1,
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "min_length": 0,
}
"""What else a folder may say of how its words are chosen, put out of force."""


class Seeing(Protocol):
    """A captioner that can be asked."""

    def said(self, prompts: Sequence[Prompt], streams: Sequence[Any], drawing: Drawing, most: int) -> list[Written]:
        """Of each prompt's picture the tokens drawn after its words, `most` at most."""
        ...

    def scored(self, prompts: Sequence[Prompt]) -> list[list[float]]:
        """The log probability of every token of each prompt's words, after what is given and its picture."""
        ...


def seeing_of(held: Shown) -> Seeing:
    """How this model is asked, by its configuration."""
    config = held.opened.config
    if held.kind == "vision-encoder-decoder":
        start, own = config.decoder_start_token_id, config.decoder
        return Speaking(held, "decoder_input_ids", _first(start, own.bos_token_id), _ends(held), own)
    if held.kind == "blip":
        own = config.text_config
        return Speaking(held, "input_ids", own.bos_token_id, frozenset({own.sep_token_id}), own)
    return Conversing(held, _ends(held))


class Speaking(NamedTuple):
    """A network that speaks, word by word, of what another has seen; `name` is the keyword of its words."""

    held: Shown
    name: str
    start: int
    ends: frozenset[int]
    config: Any

    def said(self, prompts: Sequence[Prompt], streams: Sequence[Any], drawing: Drawing, most: int) -> list[Written]:
        """The tokens drawn; prompts whose words are as long are asked together, so that nothing is padded."""
        import torch

        begins = [[self.start, *self.held.ids(prompt.text)] for prompt in prompts]
        found: dict[int, Written] = {}
        for length in dict.fromkeys(map(len, begins)):
            group = [k for k, each in enumerate(begins) if len(each) == length]
            room = min(most, self._longest - length)
            if room < 1:
                raise InputError(f"{prompts[group[0]].text!r} is longer than {self.held.title} reads. Shorten it.")
            pixels = self.held.pixels([prompts[k].image for k in group])  # type: ignore[misc]  # each has one
            ids = torch.tensor([begins[k] for k in group], device=pixels.device)
            if self.name == "input_ids":  # BLIP takes off the last, and puts the start in the place of the first
                ids = torch.cat([ids, ids[:, :1]], dim=1)
            dice = Dice([streams[k] for k in group], drawing)
            _run(self.held.opened, dice, room, self.ends, {"pixel_values": pixels, self.name: ids}, self.name)
            found |= dict(zip(group, dice.written(self.ends), strict=True))
        return [found[k] for k in range(len(prompts))]

    def scored(self, prompts: Sequence[Prompt]) -> list[list[float]]:
        """Every caption padded behind; nothing looks at what comes after."""
        import torch

        pairs = [([self.start, *self.held.ids(p.given)], self.held.ids(p.text)) for p in prompts]
        whole = [[*given, *own] for given, own in pairs]
        longest = max(map(len, whole))
        if longest - 1 > self._longest:
            raise InputError(f"A caption of {longest - 1} tokens is longer than {self.held.title} reads. Shorten it.")
        pixels = self.held.pixels([prompt.image for prompt in prompts])  # type: ignore[misc]  # each has one
        ids = torch.tensor([[*each, *[self.start] * (longest - len(each))] for each in whole], device=pixels.device)
        at = [(row, len(given) - 1 + k) for row, (given, own) in enumerate(pairs) for k in range(len(own))]
        rows, places = torch.tensor(at, device=pixels.device).T
        inputs = {"pixel_values": pixels, self.name: ids[:, :-1]}
        scores, _ = scores_at(self.held.opened, rows, places, **inputs)
        logs = iter(log_chances(scores, ids[rows, places + 1]).tolist())
        return [[next(logs) for _ in own] for _, own in pairs]

    @property
    def _longest(self) -> int:
        return int(self.config.max_position_embeddings)


class Conversing(NamedTuple):
    """A model that takes a picture among its words; every prompt is asked by itself, as pictures differ in size."""

    held: Shown
    ends: frozenset[int]

    def said(self, prompts: Sequence[Prompt], streams: Sequence[Any], drawing: Drawing, most: int) -> list[Written]:
        """The tokens drawn after the picture and the words."""
        found = []
        for prompt, stream in zip(prompts, streams, strict=True):
            inputs = self._inputs(prompt, self._frame(prompt.text))
            dice = Dice([stream], drawing)
            _run(self.held.opened, dice, most, self.ends, inputs, "input_ids")
            found += dice.written(self.ends)
        return found

    def scored(self, prompts: Sequence[Prompt]) -> list[list[float]]:
        """The words put behind the picture and what is given."""
        return [self._scored(prompt) for prompt in prompts]

    def _scored(self, prompt: Prompt) -> list[float]:
        import torch

        model, inputs, own = (
            self.held.opened,
            self._inputs(prompt, self._frame(prompt.given)),
            self.held.ids(prompt.text),
        )
        if model.config.is_encoder_decoder:
            raise InputError(f"{self.held.title} speaks by a network of its own, and cannot be asked to score.")
        ids = inputs["input_ids"]
        said = torch.tensor(own, device=ids.device)
        for name in [name for name, value in inputs.items() if getattr(value, "shape", None) == ids.shape]:
            more = said if name == "input_ids" else torch.full_like(said, int(name == "attention_mask"))
            inputs[name] = torch.cat([inputs[name], more[None].to(inputs[name].dtype)], dim=1)
        places = torch.arange(len(own), device=ids.device) + ids.shape[1] - 1
        scores, _ = scores_at(model, places * 0, places, **inputs)
        found: list[float] = log_chances(scores, said).tolist()
        return found

    def _frame(self, text: str) -> str:
        """The words with the picture among them: by the chat template, else after the picture's token."""
        processor = self.held.processor
        if getattr(processor, "chat_template", None):
            content = [{"type": "image"}, *([{"type": "text", "text": text}] if text else [])]
            talk = [{"role": "user", "content": content}]
            return str(processor.apply_chat_template(talk, add_generation_prompt=True, tokenize=False))
        return f"{getattr(processor, 'image_token', None) or ''}{text}"

    def _inputs(self, prompt: Prompt, text: str) -> dict[str, Any]:
        from PIL import Image

        picture = Image.fromarray(prompt.image)  # type: ignore[arg-type]  # it has one
        found = dict(self.held.processor(images=[picture], text=[text], return_tensors="pt"))
        return {name: self._placed(value) for name, value in found.items()}

    def _placed(self, value: Any) -> Any:
        if not hasattr(value, "is_floating_point"):
            return value
        return self.held.shaped(value) if value.is_floating_point() else value.to(self.held.numbers.device)


class Dice:
    """What overrules a library's choice: at every step each row has one token left, the one that was drawn."""

    def __init__(self, streams: Sequence[Any], drawing: Drawing) -> None:
        self.streams, self.drawing = streams, drawing
        self.steps: list[tuple[list[int], list[float]]] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores (n, words) of the next token, all but one of each row without a chance."""
        import torch

        drawn = self.drawing(scores, uniforms(self.streams, ()).to(scores.device))
        self.steps.append((drawn.tolist(), log_chances(scores.float(), drawn).tolist()))
        return torch.full_like(scores, -torch.inf).scatter(1, drawn[:, None], 0.0)

    def written(self, ends: frozenset[int]) -> list[Written]:
        """What each row said, up to its end."""
        found = []
        for row in range(len(self.streams)):
            tokens = [drawn[row] for drawn, _ in self.steps]
            last = next((k for k, token in enumerate(tokens) if token in ends), len(tokens) - 1) + 1
            found.append(Written(tokens[:last], sum(logs[row] for _, logs in self.steps[:last])))
        return found


def _run(model: Any, dice: Dice, most: int, ends: frozenset[int], inputs: dict[str, Any], name: str) -> None:
    """Have the library go on until every row has ended."""
    from transformers import GenerationConfig

    ends_of = (
        {} if name == "input_ids" and model.config.model_type == "blip" else {"eos_token_id": sorted(ends) or None}
    )
    config: Any = GenerationConfig(  # type: ignore[no-untyped-call]
        **NEUTRAL, max_new_tokens=most, pad_token_id=min(ends, default=0), **ends_of
    )
    model.generate(**inputs, generation_config=config, logits_processor=[dice])


def _ends(held: Shown) -> frozenset[int]:
    """The tokens that end what is said."""
    config = held.opened.config
    text = getattr(config, "decoder", None) or config.get_text_config()
    told = [held.tokenizer.eos_token_id]
    for each in (config, text, getattr(held.opened, "generation_config", None)):
        ends = getattr(each, "eos_token_id", None)
        told += ends if isinstance(ends, list | tuple) else [ends]
    return frozenset(int(end) for end in told if end is not None)


def _first(*found: int | None) -> int:
    return next(int(each) for each in found if each is not None)
