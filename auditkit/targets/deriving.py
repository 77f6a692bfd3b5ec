"""What a diffusers pipeline can start from, and the pipelines derived from it."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, Literal

from auditkit import weights
from auditkit.core.errors import InputError

Way = Literal["words", "picture", "mask"]
AUTO: Mapping[Way, tuple[str, str]] = {
    "words": ("AutoPipelineForText2Image", "AUTO_TEXT2IMAGE_PIPELINES_MAPPING"),
    "picture": ("AutoPipelineForImage2Image", "AUTO_IMAGE2IMAGE_PIPELINES_MAPPING"),
    "mask": ("AutoPipelineForInpainting", "AUTO_INPAINT_PIPELINES_MAPPING"),
}
ENLARGE = ("LDMSuperResolutionPipeline", "StableDiffusionUpscalePipeline")
"""Classes that take a small picture and give a large one."""
RAW = ("LDMSuperResolutionPipeline",)
"""Those whose network takes numbers from -1 to 1 as they are. Another one guesses the range by the least number of the
batch, so that bright pictures would be taken for what they are not: it gets numbers from 0 to 1."""
DOES: Mapping[Way, str] = {"words": "draw", "picture": "change a picture", "mask": "paint within a mask"}


class Pipelines:
    """The pipelines of one model: the one it was saved or given as, and those that diffusers derives from it.

    Of a folder or an id, classes and defaults are read from its index; weights are opened by `start` alone. What stands
    in `weights.Own` is opened when it is first asked anything, and is then as a live pipeline is.
    """

    def __init__(self, model: Any, title: str, *, revision: str | None, variant: str | None, **opening: Any) -> None:
        self.given, self.title, self.revision, self.variant, self.opening = model, title, revision, variant, opening
        self.live = not isinstance(model, str | os.PathLike)
        self._started: dict[Way, Any] = {}

    @cached_property
    def model(self) -> Any:
        """The folder, the id or the live pipeline."""
        return self.given.open(**self.opening) if isinstance(self.given, weights.Own) else self.given

    @cached_property
    def fingerprint(self) -> str:
        """The digest of the files of the model, or of the tensors of a live pipeline."""
        if self.live:
            return weights.fingerprint(self.model)
        folder = weights.place(self.model, "diffusers", self.revision, self.variant)
        return weights.fingerprint(folder, self.variant)

    @cached_property
    def kind(self) -> Any:
        """The class it was saved or given as."""
        return type(self.model) if self.live else weights.model_class("diffusers", self._index["_class_name"])

    @property
    def scheduler(self) -> str:
        """The name of the class of its scheduler."""
        return type(self.model.scheduler).__name__ if self.live else str(self._index["scheduler"][1])

    @property
    def ways(self) -> tuple[Way, ...]:
        """What its class can start from, itself or by what is derived from it."""
        return tuple(way for way in AUTO if _class_for(self.kind, way) is not None)

    def default(self, keyword: str) -> Any:
        """The default of a keyword of its call; `None` where it has none."""
        known = takes(self.kind)
        found = known[keyword].default if keyword in known else None
        return found if isinstance(found, int | float) else None

    def start(self, way: Way) -> Any:
        """The pipeline that starts from this way, derived once; raises `InputError` with what there is instead."""
        if way not in self._started:
            if not _fits(self._own, way):
                able = ", ".join(DOES[each] for each in DOES if _fits(self._own, each)) or "nothing"
                raise InputError(f"{self.title} ({self.kind.__name__}) cannot {DOES[way]}. It can: {able}.")
            self._started[way] = _derived(self._own, way)
        return self._started[way]

    @cached_property
    def _own(self) -> Any:
        """The pipeline as it was saved or given; the only place where weights are opened."""
        if self.live:
            return self.model
        return weights.pipeline(None, self.model, revision=self.revision, variant=self.variant, **self.opening)

    @cached_property
    def _index(self) -> Mapping[str, Any]:
        return weights.card(self.model, revision=self.revision, variant=self.variant)


def takes(kind: type) -> Mapping[str, inspect.Parameter]:
    """The keywords of a pipeline's call."""
    return inspect.signature(kind.__call__).parameters


def enlarges(kind: type) -> bool:
    """Whether a class gives pictures larger than those that it is given."""
    return kind.__name__ in ENLARGE


@cache
def _tables() -> Mapping[Way, Mapping[str, type]]:
    """Of each way, the classes that diffusers knows by their family."""
    with weights.quiet("diffusers"):
        from diffusers.pipelines import auto_pipeline

        return {way: getattr(auto_pipeline, name) for way, (_, name) in AUTO.items()}


def _class_for(kind: type, way: Way) -> type | None:
    """The class that starts from this way and shares the components of `kind`."""
    if "controlnet" in inspect.signature(kind).parameters:
        return None  # it starts from a control picture, which no prompt has
    tables = _tables()
    if kind in tables[way].values():
        return kind
    families = [family for table in tables.values() for family, known in table.items() if known is kind]
    related = [tables[way][family] for family in families if family in tables[way]]
    return related[0] if related else kind if not families and _own_way(kind) == way else None


def _own_way(kind: type) -> Way | None:
    """What a class that diffusers' tables don't know starts from, by the keywords of its call."""
    known = takes(kind)
    if "mask_image" in known:
        return "mask"
    if "image" in known:
        return "picture"
    return "words" if "prompt" in known or "batch_size" in known else None


def _fits(pipe: Any, way: Way) -> bool:
    """Whether the class and the weights can do it: a UNet with channels for a mask can only inpaint."""
    unet, vae = getattr(pipe, "unet", None), getattr(pipe, "vae", None)
    wide = unet is not None and vae is not None and unet.config.in_channels == 2 * vae.config.latent_channels + 1
    return _class_for(type(pipe), way) is not None and (way == "mask" or not wide)


def _derived(pipe: Any, way: Way) -> Any:
    """The pipeline that starts from this way: the same components, a scheduler of its own, no progress bar."""
    if _class_for(type(pipe), way) in _tables()[way].values():
        auto = weights.model_class("diffusers", AUTO[way][0])
        with weights.quiet("diffusers"):
            pipe = auto.from_pipe(pipe, scheduler=copy.deepcopy(pipe.scheduler))
    pipe.set_progress_bar_config(disable=True)
    return pipe
