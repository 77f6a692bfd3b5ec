"""A diffusers pipeline: draws from words, changes a picture, paints within a mask.

From one pipeline the others follow: of a text-to-image model's components diffusers makes an image-to-image and an
inpainting pipeline, and back. Every item has a generator of its own on the processor, whatever the device, so the same
seed meets the same noise in any batch; across batch sizes pictures may differ by 2 of 255.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt, Verb
from auditkit.core.target import Answer, Refusal, Said, Target
from auditkit.targets.calling import called, checked, multiple, nearest, options, prepared
from auditkit.targets.deriving import Pipelines, Way, enlarges
from auditkit.targets.holding import paired
from auditkit.targets.imaging import composited, resized

MULTIPLE = 8
Size = tuple[int, int]


@dataclass(frozen=True)
class Diffusion(Target):
    """Any text-to-image, image-to-image, inpainting, unconditional or enlarging pipeline: hub id, folder, live object.

    What is left out (`steps`, `guidance`) is the default of the class the model was saved as, for every verb;
    `strength` is that of the class that edits. `weights.Own` is a pipeline put together by a function of one's own, its
    fingerprint that of all its parts. A live pipeline is used as it stands: `variant`, `revision`, `device`
    and `dtype` are for folders and ids.

    `edit` works at `height` x `width`, else at the picture's own size in multiples the model takes, and gives a picture
    of the prompt's size. With `keep_unmasked`, what the mask does not cover is the prompt's picture to the bit: the
    pipelines themselves change it. A picture that the safety filter blanked is a `Refusal`; where a filter is there, so
    is any picture of one colour.

    What enlarges (LDMSuperResolutionPipeline, StableDiffusionUpscalePipeline) is asked to `edit`: the prompt's picture
    goes in as small as it is, and the answer is as large as the pipeline makes it. `noise_level` is how much noise a
    StableDiffusionUpscalePipeline adds to the small picture.

    Raises `InputError` for settings that contradict each other and, when first asked, where the model is missing,
    pickled or cannot do what is asked; `MemoryError` where a batch does not fit. One object serves one thread.

    >>> Diffusion("stabilityai/sd-turbo", steps=1, guidance=0.0).title
    'stabilityai/sd-turbo'
    """

    model: Any
    _: KW_ONLY
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    noise_level: int | None = None
    height: int | None = None
    width: int | None = None
    negative: str | None = None
    variant: str | None = None
    revision: str | None = None
    device: str = "cpu"
    dtype: str = "float32"
    batch: int = 16
    keep_unmasked: bool = True
    title: str = ""

    def __post_init__(self) -> None:
        if not self.portable and not (callable(self.model) and hasattr(self.model, "components")):
            raise InputError(
                f"Diffusion takes a folder, a hub id, weights.Own or a pipeline, not a {type(self.model).__name__}. "
                "For any other model write a function, and give it to Function."
            )
        for name in ("height", "width"):
            if (size := getattr(self, name)) is not None and (size < MULTIPLE or size % MULTIPLE):
                raise InputError(f"{name} is {size}. Diffusion models need a multiple of {MULTIPLE}.")
        if (self.steps is not None and self.steps < 1) or self.batch < 1:
            raise InputError(f"steps is {self.steps} and batch {self.batch}. Give at least 1.")
        if self.strength is not None and not 0 < self.strength <= 1:
            raise InputError(f"strength is {self.strength}. Give a number above 0, at most 1.")
        if not self.title:
            object.__setattr__(self, "title", self._named())

    def _named(self) -> str:
        if isinstance(self.model, weights.Own):
            return self.model.title
        if not self.portable:
            return f"a live {type(self.model).__name__}"
        where = Path(self.model).expanduser()
        return where.resolve().name if where.is_dir() else str(self.model)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder or an id."""
        return isinstance(self.model, weights.Own | str | os.PathLike)

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model, or of the tensors of a live pipeline."""
        return self._pipelines.fingerprint

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """How it decodes; `None` is the default of the class that is asked. Opens no weights but those of `Own`."""
        pipes = self._pipelines
        noise = pipes.default("noise_level") if self.noise_level is None else self.noise_level
        return {
            "pipeline": pipes.kind.__name__,
            "scheduler": pipes.scheduler,
            "steps": pipes.default("num_inference_steps") if self.steps is None else self.steps,
            "guidance": pipes.default("guidance_scale") if self.guidance is None else self.guidance,
            "strength": self.strength,
            "height": self.height,
            "width": self.width,
            "negative": self.negative,
            "dtype": self.dtype if self.portable else str(self.model.dtype).removeprefix("torch."),
            "keep_unmasked": self.keep_unmasked,
        } | ({} if noise is None else {"noise_level": noise})

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What its class can do, itself or by what is derived from it. Opens no weights."""
        starts: Mapping[Verb, set[Way]] = {"sample": {"words"}, "edit": {"picture", "mask"}}
        return tuple(verb for verb, from_these in starts.items() if from_these & set(self._pipelines.ways))

    def pipeline(self, verb: Verb = "sample", *, masked: bool = False) -> Any:
        """The live diffusers pipeline that answers a verb, of prompts with or without a mask."""
        return self._pipelines.start("words" if verb == "sample" else "mask" if masked else "picture")

    @property
    def whole(self) -> Any:
        """The live diffusers pipeline as it was saved or given, nothing derived of it."""
        return self._pipelines._own

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a picture for each prompt's words; raises `InputError` for a prompt with a picture."""
        if "sample" not in self.verbs:
            return super().sample(prompts, seeds)
        if any(prompt.image is not None for prompt in prompts):
            raise InputError("This prompt has a picture, and sample draws from words alone. Ask for edit.")
        return self._asked("words", prompts, seeds, {"height": self.height, "width": self.width})

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Change each prompt's picture, within its mask where it has one; answers have the picture's size."""
        if "edit" not in self.verbs:
            return super().edit(prompts, seeds)
        paired(prompts, seeds)
        answers: dict[int, Answer] = {}
        for (way, size), places in self._groups(prompts).items():
            asked = [prompts[at] for at in places]
            extra = {"height": size[0], "width": size[1], **prepared(asked, size, self._pipelines.kind)}
            found = self._asked(way, asked, [seeds[at] for at in places], extra)
            answers |= dict(zip(places, map(self._finished, asked, found), strict=True))
        return [answers[at] for at in range(len(prompts))]

    def _groups(self, prompts: Sequence[Prompt]) -> dict[tuple[Way, Size], list[int]]:
        """What can be asked in one call: prompts that start from the same, at the same size."""
        groups: dict[tuple[Way, Size], list[int]] = {}
        for at, prompt in enumerate(prompts):
            height, width = checked(prompt)
            way: Way = "picture" if prompt.mask is None else "mask"
            step = multiple(self._pipelines.start(way))
            size = (self.height or nearest(height, step), self.width or nearest(width, step))
            groups.setdefault((way, size), []).append(at)
        return groups

    def _asked(self, way: Way, prompts: Sequence[Prompt], seeds: Sequence[int], extra: dict[str, Any]) -> list[Answer]:
        """One call of the pipeline that starts from this way."""
        paired(prompts, seeds)
        if not prompts:
            return []
        pipe = self._pipelines.start(way)
        names = {"steps": "num_inference_steps", "guidance": "guidance_scale", "negative": "negative_prompt"}
        told = {names.get(name, name): self.settings.get(name) for name in (*names, "strength", "noise_level")}
        return called(pipe, options(pipe, prompts, told | extra), seeds)

    def _finished(self, prompt: Prompt, answer: Answer) -> Answer:
        """An edit in the size of its prompt's picture, and outside the mask that picture itself; enlarged, as it is."""
        if isinstance(answer, Refusal | str | Said) or prompt.image is None or enlarges(self._pipelines.kind):
            return answer
        fitted = resized(answer, prompt.image.shape[:2])
        if prompt.mask is None or not self.keep_unmasked:
            return fitted
        return composited(fitted, prompt.image, prompt.mask)

    @cached_property
    def _pipelines(self) -> Pipelines:
        chosen = {name: getattr(self, name) for name in ("revision", "variant", "dtype", "device")}
        return Pipelines(self.model, self.title, **chosen)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        if not self.portable:
            raise InputError(f"{self.title} cannot be sent to another process. Save it, and give the folder.")
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
