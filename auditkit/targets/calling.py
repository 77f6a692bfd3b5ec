"""One call of a diffusers pipeline: the keywords it knows, a generator an item, an answer an item."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import Parameter
from typing import Any

import numpy as np

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal
from auditkit.targets.deriving import RAW, enlarges, takes
from auditkit.targets.holding import asleep
from auditkit.targets.imaging import BROKEN, as_picture, resized, signed

WITHHELD = Refusal("the safety filter withheld the picture")


def options(pipe: Any, prompts: Sequence[Prompt], told: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call: those that have a value and that this class knows.

    Raises `InputError` for words or a negative prompt that the class would ignore, for words too long to be read to
    their end, and where no step would be taken.
    """
    known = takes(type(pipe))
    told = {**told, "prompt": [prompt.text for prompt in prompts], "batch_size": len(prompts)}
    if "prompt" not in known and any(told["prompt"]):
        starts = "works from a picture alone" if "image" in known else "draws from nothing"
        raise InputError(f"{type(pipe).__name__} {starts}; it was asked for words: {max(told['prompt'])!r}.")
    if (negative := told["negative_prompt"]) is not None:
        if "negative_prompt" not in known:
            raise InputError(f"{type(pipe).__name__} takes no negative prompt. Leave negative out.")
        told["negative_prompt"] = [negative] * len(prompts)
    if told["noise_level"] is not None and "noise_level" not in known:
        raise InputError(f"{type(pipe).__name__} takes no noise_level. Leave it out.")
    if "max_area" in known and told["height"] and told["width"]:
        told |= {"max_area": told["height"] * told["width"], "_auto_resize": False}
    _not_cut(pipe, prompts)
    chosen = {name: value for name, value in told.items() if value is not None and name in known}
    _enough_steps(chosen, known)
    return chosen


def _not_cut(pipe: Any, prompts: Sequence[Prompt]) -> None:
    """Refuse words that no text encoder of a pipeline reads to their end; raises `InputError`.

    What is cut off changes nothing in the picture: two prompts that differ there would be one.
    """
    readers = [part for part in pipe.components.values() if hasattr(part, "model_max_length")]
    with weights.quiet("diffusers"):
        for text in {prompt.text: None for prompt in prompts}:
            over = [len(reader(text).input_ids) - reader.model_max_length for reader in readers]
            if over and min(over) > 0:
                raise InputError(
                    f"The prompt {text!r} is {min(over)} tokens longer than {type(pipe).__name__} reads: its end would "
                    "be ignored. Shorten it."
                )


def _enough_steps(chosen: Mapping[str, Any], known: Mapping[str, Parameter]) -> None:
    """An edit runs strength x steps of its steps; it must be one at least."""
    if "strength" not in known:
        return
    strength, steps = (chosen.get(name, known[name].default) for name in ("strength", "num_inference_steps"))
    if int(strength * steps) < 1:
        raise InputError(
            f"strength {strength} of {steps} steps is less than one step: nothing would be changed. "
            f"Take at least {-int(-1 // strength)} steps, or more strength."
        )


def checked(prompt: Prompt) -> tuple[int, int]:
    """The height and width of a prompt's picture; raises `InputError` where it or its mask is no picture."""
    image, mask = prompt.image, prompt.mask
    if image is None:
        raise InputError(f"The prompt {prompt.text!r} has no picture to change. Ask for sample, or give it an image.")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(f"A picture is (height, width, 3) bytes; this one is {image.shape}, {image.dtype}.")
    if mask is not None and (mask.shape != image.shape[:2] or mask.dtype != np.uint8):
        raise InputError(f"A mask is {image.shape[:2]} bytes, as its picture; this one is {mask.shape}, {mask.dtype}.")
    return image.shape[0], image.shape[1]


def prepared(prompts: Sequence[Prompt], size: tuple[int, int], kind: type) -> dict[str, Any]:
    """The pictures and masks of prompts in the size of the work, as Pillow images; as numbers for what enlarges."""
    from PIL import Image

    masks = [prompt.mask for prompt in prompts if prompt.mask is not None]
    images = [resized(prompt.image, size) for prompt in prompts if prompt.image is not None]
    if enlarges(kind):  # of a Pillow image such a class would take multiples of 32 or 64 only
        return {"image": signed(images) if kind.__name__ in RAW else signed(images) / 2 + 0.5}
    told = {"image": [Image.fromarray(image) for image in images]}
    return told | ({"mask_image": [Image.fromarray(resized(mask, size)) for mask in masks]} if masks else {})


def multiple(pipe: Any) -> int:
    """What the sides of a picture must be multiples of."""
    processor = getattr(pipe, "image_processor", None)
    if processor is None and enlarges(type(pipe)):  # it goes into the network as it is, which halves it so often
        return int(2 ** (len(pipe.unet.config.block_out_channels) - 1))
    return int(processor.config.vae_scale_factor if processor is not None else getattr(pipe, "vae_scale_factor", 8))


def nearest(side: int, step: int) -> int:
    """The multiple of `step` next to `side`, at least one.

    >>> nearest(500, 8), nearest(3, 8)
    (496, 8)
    """
    return max(round(side / step), 1) * step


def called(pipe: Any, options: Mapping[str, Any], seeds: Sequence[int]) -> list[Answer]:
    """One answer a seed: a picture, or a refusal where the safety filter blanked it.

    A filter's verdict is taken from what the pipeline says, and, where it has a filter, from a picture of one colour.
    Raises `MemoryError` where the batch does not fit.
    """
    import torch

    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    with torch.inference_mode(), asleep(pipe.components.values()), weights.memory(), _calm():
        out = pipe(**options, generator=generators, output_type="np")
    flags = getattr(out, "nsfw_content_detected", None) or getattr(out, "nsfw_detected", None) or [False] * len(seeds)
    filtered = getattr(pipe, "safety_checker", None) is not None
    return [_answer(np.asarray(found), bool(flag), filtered) for found, flag in zip(out.images, flags, strict=True)]


def _answer(found: Any, flag: bool, filtered: bool) -> Answer:
    if not np.isfinite(found).all():
        return BROKEN
    if flag or (filtered and found.min() == found.max()):
        return WITHHELD
    return as_picture(found.clip(0, 1))


@contextmanager
def _calm() -> Iterator[None]:
    """What a library says of its own age or of its vocabulary is no news to whoever asks a model."""
    with weights.quiet("diffusers"), warnings.catch_warnings():
        for kind in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        yield
