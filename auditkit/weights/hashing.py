"""Which model this is, to the bit.

A folder is known by the files that decide its answers: the weights that would be loaded (of the variant, if one is
named, and of the components the index names), the configurations and the vocabularies. Their sha-256 is taken once a
file and kept while size and time stay as they are; the digest covers the sorted names and those sums, so the same
files give the same fingerprint wherever they lie. A live object is known by its tensors' bytes and configurations;
one that has no tensors itself, by those of its parts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError
from auditkit.weights.guarding import INDEX, WEIGHTS

DECIDES = (WEIGHTS, ".json", ".txt", ".model", ".spm", ".jinja")
WORDS = ("LICENSE", "README", "NOTICE", "truth-")
"""What is told of a model, and decides nothing: a card of what was measured may lie beside the weights."""
SHARD = re.compile(r"-\d{5}-of-\d{5}")
PLAIN = (str, int, float, tuple, list)
"""What an object may hold beside modules that decides its answers."""
CHUNK = 1 << 20


def fingerprint(model: Any, variant: str | None = None) -> str:
    """Sixty-four hexadecimal digits for a folder or a live pipeline or module.

    Moving a folder does not change it; another weight, configuration, vocabulary or class does. All of a model is read,
    once a process. Raises `InputError` where there is no such folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = (Path(place) / "config.json").write_text("{}")
    ...     fingerprint(place)[:8]
    'f05dec4b'
    """
    if isinstance(model, str | Path):
        if not (folder := Path(model).expanduser()).is_dir():
            raise InputError(f"There is no folder {model}. Of a model on the hub, give the folder that place() finds.")
        return _digest(_files(folder, _parts(folder), variant))
    return _digest(_live(model))


def fingerprint_of(folder: Path, parts: Iterable[Path], variant: str | None, opened: str) -> str:
    """Sixty-four hexadecimal digits for a folder with these folders in it, and for what opens it.

    What opens it may read any file, so every one counts but words about the model, and weights whose variant is
    another: the plain ones where those of the variant lie beside them, and the other way round.
    """
    return _digest([("opened by", opened), *_every(folder, (folder, *parts), variant)])


def _digest(lines: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(sorted(lines)).encode()).hexdigest()


def _files(folder: Path, parts: Iterable[Path], variant: str | None) -> Iterator[tuple[str, str]]:
    """Name and sum of each file that decides."""
    for part in parts:
        names = [path.name for path in part.iterdir() if path.is_file() and path.suffix in DECIDES]
        chosen = names if part != folder or not (folder / INDEX).is_file() else [INDEX]
        for name in _of_variant([n for n in chosen if not n.startswith(WORDS)], variant):
            path = part / name
            found = path.stat()
            yield path.relative_to(folder).as_posix(), _sum(path.resolve(), found.st_size, found.st_mtime_ns)


def _every(folder: Path, parts: Iterable[Path], variant: str | None) -> Iterator[tuple[str, str]]:
    """Name and sum of each file in these folders, but for words and for weights of another variant."""
    for part in parts:
        files = {path.name: path for path in part.iterdir() if path.is_file()}
        for name, path in files.items():
            about = name.startswith(WORDS) and path.suffix in (".md", ".txt", ".json", "")
            if not about and not _stands_back(name, files, variant):
                found = path.stat()
                yield path.relative_to(folder).as_posix(), _sum(path.resolve(), found.st_size, found.st_mtime_ns)


def _stands_back(name: str, files: Iterable[str], variant: str | None) -> bool:
    """Whether weights are of another variant, and those that are wanted lie beside them.

    >>> _stands_back("model.fp16.safetensors", ["model.safetensors"], None)
    True
    >>> _stands_back("v1.5.safetensors", ["v1.5.safetensors"], None)
    False
    """
    own = _variant(name) if name.endswith(WEIGHTS) else variant
    if own == variant:
        return False
    stem = SHARD.sub("", name.removesuffix(WEIGHTS)).split(".", 1)[0]
    return f"{stem}{f'.{variant}' if variant else ''}{WEIGHTS}" in files


def _parts(folder: Path) -> list[Path]:
    """The folder and, of a pipeline, the folders of its components."""
    if not (folder / INDEX).is_file():
        return [folder]
    named = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [folder, *(folder / name for name in sorted(named) if (folder / name).is_dir())]


def _of_variant(names: list[str], variant: str | None) -> list[str]:
    """All names but the weights of other variants; plain weights where there are none of this one.

    >>> _of_variant(["config.json", "model.fp16.safetensors", "model.safetensors"], "fp16")
    ['config.json', 'model.fp16.safetensors']
    """
    weights = {name: _variant(name) for name in names if name.endswith((WEIGHTS, f"{WEIGHTS}.index.json"))}
    wanted = variant if variant in weights.values() else None
    return [name for name in names if name not in weights or weights[name] == wanted]


def _variant(name: str) -> str | None:
    """The variant in the name of a file of weights: `fp16` of `model.fp16-00001-of-00002.safetensors`."""
    plain = SHARD.sub("", name.removesuffix(".json").removesuffix(".index").removesuffix(WEIGHTS))
    inner = plain.removesuffix(".index").split(".", 1)
    return inner[1] if len(inner) == 2 else None


@lru_cache(maxsize=4096)
def _sum(path: Path, size: int, time: int) -> str:
    """The sha-256 of a file; size and time are there to notice a change."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _live(model: Any) -> Iterator[tuple[str, str]]:
    """Name and sum of each component of a live pipeline, of a live module alone, or of an object that holds modules."""
    own = {"": model} if hasattr(model, "state_dict") else getattr(model, "__dict__", {})
    yield "class", type(model).__name__
    for name, part in (getattr(model, "components", None) or own or {"": model}).items():
        yield name, _sum_of_part(part)


def _sum_of_part(part: Any) -> str:
    """The sum of a component: its class, its configuration, its vocabulary, its tensors."""
    vocabulary = sorted(part.get_vocab().items()) if hasattr(part, "get_vocab") else None
    told = [type(part).__name__, _configuration(part), vocabulary, *([part] if isinstance(part, PLAIN) else [])]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
    state = part.state_dict() if hasattr(part, "state_dict") else {"": part} if hasattr(part, "untyped_storage") else {}
    for key, tensor in sorted(state.items()):
        _add_tensor(digest, key, tensor)
    return digest.hexdigest()


def _configuration(part: Any) -> dict[str, Any]:
    """The configuration without what says where it came from and who wrote it."""
    config: Any = getattr(part, "config", None)
    found = config.to_dict() if hasattr(config, "to_dict") else dict(config) if isinstance(config, dict) else {}
    return {key: value for key, value in found.items() if not key.startswith("_") and key != "transformers_version"}


def _add_tensor(digest: Any, key: str, tensor: Any) -> None:
    import torch

    if not isinstance(tensor, torch.Tensor):
        digest.update(f"{key} {tensor!r}".encode())
        return
    digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
    digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
