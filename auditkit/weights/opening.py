"""Open a pipeline, a model or a processor: safetensors only, `trust_remote_code=False`, one explicit dtype."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.weights.guarding import INDEX, LIBRARIES, WEIGHTS, no_forbidden
from auditkit.weights.placing import Kind, needed, one_line, place, quiet

Where = str | os.PathLike[str]
DTYPES = ("float32", "float16", "bfloat16", "float64")
FULL = ("out of memory", "not enough memory", "can't allocate memory")


def pipeline(
    kind: str | None,
    model: Where,
    *,
    revision: str | None = None,
    variant: str | None = None,
    dtype: str = "float32",
    device: str = "cpu",
    **keywords: Any,
) -> Any:
    """A diffusers pipeline from a folder or a hub id: of the class `kind`, or of the class it was saved as.

    Weights saved in half precision are opened in `dtype` throughout. Every model in it is opened by itself first, to
    see that its weights are complete. Raises `InputError` for pickled weights, for remote code, for a missing file or
    library, and for weights that are incomplete or do not fit the class.
    """
    no_forbidden(keywords)
    folder = place(model, "diffusers", revision, variant)
    parts = _parts(folder, _index(folder, model), variant, dtype, keywords)
    opened = _opened("diffusers", kind or "DiffusionPipeline", folder, model, dtype, keywords | parts)
    return opened.to(_device(device))


def transformers_model(
    auto_class: str,
    model: Where,
    *,
    revision: str | None = None,
    variant: str | None = None,
    dtype: str = "float32",
    device: str = "cpu",
    **keywords: Any,
) -> Any:
    """A transformers model, ready to answer: `transformers_model("AutoModelForMaskedLM", "bert-base-uncased")`.

    Raises `InputError` as `pipeline` does, and where the folder lacks some of the class's weights: transformers would
    fill them with random numbers.
    """
    no_forbidden(keywords)
    folder = place(model, "transformers", revision, variant)
    return _whole("transformers", auto_class, folder, model, variant, dtype, keywords).to(_device(device))


def diffusers_model(
    model: Where,
    *,
    revision: str | None = None,
    variant: str | None = None,
    dtype: str = "float32",
    device: str = "cpu",
) -> Any:
    """A single model of diffusers, such as an autoencoder: of the class that its configuration names.

    Raises `InputError` as `pipeline` does, and for a folder that holds a whole pipeline, or no such model.
    """
    folder = place(model, "transformers", revision, variant)  # on the hub it lies as those do: in one folder, by itself
    if (folder / INDEX).is_file():
        raise InputError(f"{model} holds a whole pipeline. Give the folder of one model in it, for example its vae.")
    kind = configuration(folder).get("_class_name")
    if not isinstance(kind, str):
        raise InputError(f"{model} holds no model of diffusers: its config.json names no class.")
    return _whole("diffusers", kind, folder, model, variant, dtype, {}).to(_device(device))


def own_model(kind: Any, folder: Where, variant: str | None = None) -> Any:
    """A model of a class of one's own, of those that diffusers' `ModelMixin` saves: complete, in float32, asleep.

    Raises `InputError` where the folder lacks weights of the class, which would be left to chance, and where it holds
    some that are none of the class's.
    """
    keywords = {"output_loading_info": True, "variant": variant}
    opened, told = _opened("diffusers", kind, Path(folder), folder, "float32", keywords)
    if absent := sorted(told["missing_keys"]):
        raise _random(folder, opened, absent)
    if foreign := sorted(told["unexpected_keys"]):
        raise InputError(
            f"{folder} holds {len(foreign)} weights that {type(opened).__name__} does not have, the first is "
            f"{foreign[0]}: it was saved of another class. Take the folder as save_pretrained wrote it."
        )
    return opened.eval()


def configuration(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """A configuration in a folder of weights; raises `InputError` where there is none."""
    if not (folder / name).is_file():
        raise InputError(f"{folder} holds no {name}. Give a folder that save_pretrained wrote.")
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def moved(model: Any, dtype: str, device: str) -> Any:
    """A module, or the modules that an object holds, in this dtype on this device, asleep; anything else as it is."""
    kind, where = _dtype(dtype), _device(device)
    held = [model] if hasattr(model, "to") else list(getattr(model, "__dict__", {}).values())
    for part in held:
        if hasattr(part, "to"):  # a module is moved in place
            numbers = part.parameters() if callable(getattr(part, "parameters", None)) else ()
            already = {each.dtype for each in numbers if each.is_floating_point()} == {kind}
            part.to(device=where, **({} if already else {"dtype": kind}))
            if hasattr(part, "eval"):
                part.eval()
    return model


def processor(auto_class: str, model: Where, *, revision: str | None = None, **keywords: Any) -> Any:
    """What prepares a model's input: `AutoTokenizer`, `AutoProcessor`, `CLIPImageProcessor`. Raises `InputError`."""
    no_forbidden(keywords)
    return _opened("transformers", auto_class, place(model, "transformers", revision), model, None, keywords)


def card(model: Where, *, revision: str | None = None, variant: str | None = None) -> dict[str, Any]:
    """The index of a saved pipeline: its class and those of its components, without opening any weights."""
    return _index(place(model, "diffusers", revision, variant), model)


def _index(folder: Path, model: Where) -> dict[str, Any]:
    if not (folder / INDEX).is_file():
        raise InputError(f"{model} holds no {INDEX}: it is no diffusers pipeline. Save one with save_pretrained.")
    read: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return read


def model_class(library: Kind, name: str) -> Any:
    """A class of diffusers or transformers by name; raises `InputError` with the nearest one."""
    module = needed(library)
    with quiet(library):
        found = getattr(module, name, None)
    if found is None or not hasattr(found, "from_pretrained"):
        raise InputError(f"{library} has no class {name} that opens a model.{nearest(name, dir(module))}")
    return found


def _parts(
    folder: Path, index: dict[str, Any], variant: str | None, dtype: str, given: dict[str, Any]
) -> dict[str, Any]:
    """Every model of a pipeline, complete: all components that have weights, but those that were given."""
    found = {}
    for name, where in index.items():
        part = folder / name
        known = isinstance(where, list) and where[0] in LIBRARIES
        if not known or name in given or not any(part.glob(f"*{WEIGHTS}")):
            continue
        own = variant if variant and any(part.glob(f"*.{variant}*{WEIGHTS}")) else None
        found[name] = _whole(where[0], where[1], part, part, own, dtype, {})
    return found


def _whole(
    library: Kind, kind: str, folder: Path, model: Where, variant: str | None, dtype: str, keywords: dict[str, Any]
) -> Any:
    """A model that has all the weights of its class; raises `InputError` where some would be left to chance."""
    options = {"output_loading_info": True, "variant": variant, **keywords}
    opened, told = _opened(library, kind, folder, model, dtype, options)
    if absent := sorted(told["missing_keys"]):
        raise _random(model, opened, absent)
    return opened.eval()


def _random(model: Where, opened: Any, absent: list[str]) -> InputError:
    return InputError(
        f"{model} lacks {len(absent)} of the weights of {type(opened).__name__}, the first is {absent[0]}: "
        "they would be random. Choose the class it was trained as, or complete the model."
    )


def _opened(library: Kind, kind: Any, folder: Path, model: Where, dtype: str | None, keywords: dict[str, Any]) -> Any:
    """What `from_pretrained` of a class, or of the library's class of a name, gives, or one sentence."""
    found = model_class(library, kind) if isinstance(kind, str) else kind
    called = kind if isinstance(kind, str) else kind.__name__
    options = keywords | ({"use_safetensors": True, "dtype": _dtype(dtype)} if dtype else {})
    try:
        with quiet(library), memory(), needed("torch").random.fork_rng(devices=[]):
            return found.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True, **options)
    except (OSError, ValueError, TypeError, RuntimeError, AttributeError, KeyError) as error:
        raise InputError(f"{model} cannot be opened as {called}: {one_line(error)}{_fetch(model)}") from error
    except Exception as error:
        if type(error).__name__ != "SafetensorError":
            raise
        raise InputError(f"{model} holds damaged weights: {one_line(error)}{_fetch(model)}") from error


@contextmanager
def memory() -> Iterator[None]:
    """Every library's way of saying that memory is full becomes `MemoryError`."""
    try:
        yield
    except RuntimeError as error:
        if any(words in str(error).casefold() for words in FULL):
            raise MemoryError(one_line(error)) from error
        raise


def _fetch(model: Where) -> str:
    """The command that fetches a model from the hub again; nothing for a folder."""
    return "" if Path(model).expanduser().is_dir() else f" Fetch it whole: hf download {model}."


def _dtype(name: str) -> Any:
    if name not in DTYPES:
        raise InputError(f'There is no dtype "{name}".{nearest(name, DTYPES)} Choose one of: {", ".join(DTYPES)}.')
    return getattr(needed("torch"), name)


def _device(name: str) -> str:
    """The device of this name; `auto` is the first accelerator there is, else the processor."""
    torch = needed("torch")
    if name == "auto":
        return next((kind for kind in ("cuda", "mps") if getattr(torch, kind).is_available()), "cpu")
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f'There is no device "{name}" here: {one_line(error)} Use "cpu" or "auto".') from None
    return name
