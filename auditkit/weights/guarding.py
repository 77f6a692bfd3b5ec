"""What is not opened: pickled weights, and folders whose configuration asks for a program of their own.

A pickle runs what its author wrote when it is read, and so does a configuration that names a module to import. Both
are refused from the names of the files and the text of the configurations, before any library looks at them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError

INDEX, CONFIGURATION = "model_index.json", "config.json"
PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".npy", ".npz")
WEIGHTS = ".safetensors"
LIBRARIES = ("diffusers", "transformers")
FORBIDDEN = ("trust_remote_code", "custom_pipeline", "custom_revision", "use_safetensors", "use_onnx", "weights_only")
NAME = re.compile(r"[A-Za-z_]\w*")
REMOTE = ("auto_map", "custom_pipelines", "custom_generate")
SCRIPTS = ("pipeline.py", "None.py")
"""What diffusers would take for a custom pipeline: `None.py` where none was asked for."""
LARGEST = 4_000_000
"""Bytes of a configuration; real ones have thousands."""


def guarded(folder: Path) -> Path:
    """The folder, if all that would be opened in it is plain data.

    Raises `InputError` for a folder with pickled weights only, for one whose configuration asks for remote code, and
    for an adapter, which would fetch another model.
    """
    index = _read(folder / INDEX) if (folder / INDEX).is_file() else {}
    parts = [folder / name for name in index if not name.startswith("_") and (folder / name).is_dir()]
    for part in (folder, *parts):
        _no_remote_code(folder, part)
        if part != folder or not index:
            _no_pickle(part)
    _known_libraries(folder, index)
    return folder


def no_forbidden(keywords: Mapping[str, Any]) -> None:
    """Refuse the keywords that would open the door; raises `InputError`."""
    for name in sorted(set(keywords) & set(FORBIDDEN)):
        raise InputError(
            f"{name}={keywords[name]!r} is not accepted: auditkit opens safetensors only and runs no code from a "
            "model's folder. Leave it out; if the model needs its own code, load it yourself and pass the live object."
        )


def pickled(name: str | Path) -> InputError:
    """The sentence for a pickle."""
    return InputError(
        f"{name} is pickled, and a pickle can run any program when it is opened. auditkit reads safetensors only. "
        "Get the model's .safetensors files, or convert it where you trust it: model.save_pretrained(folder)."
    )


def _no_pickle(part: Path) -> None:
    names = sorted(path.name for path in part.iterdir() if path.is_file())
    suspects = [name for name in names if name.lower().endswith(PICKLED)]
    if suspects and not any(name.endswith(WEIGHTS) for name in names):
        raise pickled(part / suspects[0])


def _no_remote_code(folder: Path, part: Path) -> None:
    """No file of the part may name a module that the folder brings along."""
    for path in sorted(part.glob("*.json")):
        if "config" in path.name and (asked := _asks(_read(path, path.name == CONFIGURATION))):
            raise _foreign(folder, f"{asked} in {path.relative_to(folder)}")
    if (part / "adapter_config.json").is_file() and not (part / INDEX).is_file():
        raise InputError(
            f"{part} is an adapter, not a model: opening it would fetch the model it was trained on. "
            "Merge the two first: merge_and_unload(), then save_pretrained(folder)."
        )


def _asks(config: Any) -> str:
    """The key of a configuration, at any depth, that names code to fetch or to import; nothing where none does."""
    open_ones: list[Any] = [config]
    while open_ones:
        value = open_ones.pop()
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key in REMOTE or (key.endswith("attn_implementation") and "/" in str(inner)):
                return f'"{key}"'
        open_ones.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    return ""


def _known_libraries(folder: Path, index: Mapping[str, Any]) -> None:
    """Every component must come from diffusers or transformers, by a plain name."""
    if index and not isinstance(index.get("_class_name"), str):
        raise _foreign(folder, f"the class {index.get('_class_name')!r} in {INDEX}")
    if found := [name for name in SCRIPTS if (folder / name).is_file()]:
        raise _foreign(folder, found[0])
    for name, where in index.items():
        if name.startswith("_") or not isinstance(where, list) or where == [None, None]:
            continue
        if len(where) != 2 or not all(isinstance(word, str) and NAME.fullmatch(word) for word in where):
            raise _foreign(folder, f"{name} = {where} in {INDEX}")
        own = (folder / name / f"{where[0]}.py").is_file()
        if own or (where[0] not in LIBRARIES and not _part_of_diffusers(where[0])):
            raise _foreign(folder, f"{name} = {where} in {INDEX}")


def _part_of_diffusers(library: str) -> bool:
    """Whether diffusers has a package of pipelines of this name, such as `stable_diffusion`."""
    found = find_spec("diffusers")
    roots = (found.submodule_search_locations or []) if found else []
    return any((Path(root) / "pipelines" / library / "__init__.py").is_file() for root in roots)


def _foreign(folder: Path, what: str) -> InputError:
    return InputError(
        f"{folder} asks to run code of its own ({what}). auditkit never does. "
        "Use a copy without it, or load the model yourself and pass the live object."
    )


def _read(path: Path, opened: bool = True) -> Any:
    """What a file holds; raises `InputError` if it is no JSON, or, of one that is `opened`, no configuration."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.stat().st_size} bytes")
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}. Fetch the model again.") from None
    if opened and not isinstance(read, dict):
        raise InputError(f"{path} is not a configuration: it holds a {type(read).__name__}. Fetch the model again.")
    return read
