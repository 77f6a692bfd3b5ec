"""The weights of a model by their names and heads: which variants there are, how many bytes and how many numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

INDEX, PLAIN = "model_index.json", None
WEIGHTS = re.compile(
    r"(?P<stem>model|diffusion_pytorch_model)(?:\.(?P<variant>[^/]+?))?(?:-\d{5}-of-\d{5})?\.safetensors"
)
"""What `from_pretrained` opens: other names of safetensors are single files for other programs."""
LARGEST = 100_000_000
"""Bytes of the head of a safetensors file: its own format allows no more."""
DEEPEST, WIDEST = 32, 1 << 50
"""Sides of a tensor, and numbers in one, beyond which a head is made up."""


def variants(files: Iterable[str]) -> Mapping[str | None, tuple[str, ...]]:
    """The files of weights that each variant is made of, from the names of all files of a model.

    Of a pipeline a part that has no weights of the variant takes its plain ones, as diffusers does; a variant that some
    part has no weights for is none.

    >>> variants(["config.json", "model.safetensors", "model.dose90.safetensors"])
    {None: ('model.safetensors',), 'dose90': ('model.dose90.safetensors',)}
    """
    names = list(files)
    depth = 1 if INDEX in names else 0
    parts: dict[str, dict[str | None, list[str]]] = {}
    for name in names:
        folder, _, file = name.rpartition("/")
        found = WEIGHTS.fullmatch(file)
        if found is not None and (folder.count("/") + 1 if folder else 0) == depth:
            parts.setdefault(folder, {}).setdefault(found["variant"], []).append(name)
    every = {variant: None for part in parts.values() for variant in sorted(part, key=lambda v: v or "")}
    told = {variant: [part.get(variant, part.get(PLAIN)) for part in parts.values()] for variant in every}
    return {
        variant: tuple(sorted(name for some in chosen if some for name in some))
        for variant, chosen in sorted(told.items(), key=lambda one: one[0] or "")
        if all(chosen)
    }


def parameters(files: Iterable[Path]) -> int | None:
    """How many numbers safetensors files hold, by their heads; `None` where one has no head that can be read."""
    try:
        return sum(math.prod(shape) for file in files for shape in _shapes(file))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _shapes(file: Path) -> Iterator[list[int]]:
    """The shape of each tensor: eight bytes say how long the head is, and the head is JSON."""
    with file.open("rb") as held:
        size = int.from_bytes(held.read(8), "little")
        if not 0 < size <= LARGEST:
            raise ValueError(f"a head of {size} bytes")
        head = json.loads(held.read(size))
    for name, part in head.items():
        if name != "__metadata__":
            shape = part["shape"]
            if (
                len(shape) > DEEPEST
                or not all(type(side) is int and side >= 0 for side in shape)
                or math.prod(shape) > WIDEST
            ):
                raise ValueError("a shape that no tensor has")
            yield shape
