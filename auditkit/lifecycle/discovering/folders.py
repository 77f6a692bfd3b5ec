"""Candidates among the folders of this machine: what `save_pretrained` wrote, each variant of weights by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.lab import recognising
from auditkit.lifecycle.discovering.candidate import Aside, Candidate
from auditkit.lifecycle.discovering.carding import LONGEST, Card, read_card
from auditkit.lifecycle.discovering.weighing import INDEX, parameters, variants

CONFIG, CARD = "config.json", "README.md"
LIBRARIES = ("diffusers", "transformers")
KNOWN = (".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".pkl", ".gguf", ".h5", ".msgpack", ".onnx")
"""Endings by which a folder is known to hold a model, whoever can open it."""
TRANSLATES = "translation"
"""The task of the lab's own classes, which say by themselves what they are."""
NO_CARD = "it has no model card: nothing says its task, its licence or its limits"


def models(folder: Path) -> list[Path]:
    """The folders that hold models, tunings among them: this one, if it is one, else those within it; raises
    `InputError` for no folder."""
    if not folder.is_dir():
        raise InputError(f'There is no folder {folder}. A source is "lab", "hub", or a folder of models.')
    try:
        own = [folder] if _is_model(recognising.model_in(folder)) else []
        return own or [place for place in sorted(folder.iterdir()) if place.is_dir() and _holds(place)]
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be read: {error.strerror or error}.") from error


def looked_at(place: Path, name: str | None = None) -> Iterator[Candidate | Aside]:
    """Each variant of a model as a candidate without its hash, or why there is none."""
    called, task = name or place.resolve().name, None
    place = recognising.model_in(place)
    try:
        card = _card(place)
        task = None if card is None else card.task
        if (fault := _not_ours(place, card)) is not None:
            yield Aside(called, fault, task)
            return
        weights.guarded(place)
        files = {path.relative_to(place).as_posix(): path for path in _files(place)}
        found = variants(files)
        if not found:
            yield Aside(called, f"it holds no weights that can be opened: no model.safetensors{_instead(files)}", task)
        for variant, names in found.items():
            yield _candidate(place, called, variant, [files[one] for one in names], card)
    except (InputError, OSError) as error:
        yield Aside(called, _nameless(str(error), place), task)


def _candidate(place: Path, name: str, variant: str | None, files: list[Path], card: Card | None) -> Candidate:
    told = Card({}) if card is None else card
    notes = [NO_CARD] if card is None else [told.fault] if told.fault else []
    if (count := parameters(files)) is None:
        raise InputError(f"the head of its weights cannot be read ({files[0].name}): it is damaged, or no safetensors")
    module = recognising.recognised(place)
    own = module is None and told.library is not None and told.library not in LIBRARIES
    return Candidate(
        name=name,
        kind="folder",
        place=str(place),
        variant=variant,
        task=told.task or (None if module is None else TRANSLATES),
        licence=told.licence,
        library=told.library,
        size=sum(file.stat().st_size for file in files),
        parameters=count,
        uses=told.uses,
        limits=told.limits,
        notes=tuple(notes),
        unplanned=_unplanned(told.library) if own else "",
    )


def _unplanned(library: str | None) -> str:
    return (
        f"it is opened by {library}, through a function, and a table of a plan can name none: ask it from Python, as "
        "weights.Own, with auditkit.elicit"
    )


def _card(place: Path) -> Card | None:
    file = place / CARD
    if not file.is_file():
        return None
    with file.open(encoding="utf-8", errors="replace") as held:
        return read_card(held.read(LONGEST))


def _not_ours(place: Path, card: Card | None) -> str | None:
    """Why a folder holds no model that a library opens by itself."""
    if _is_model(place):
        return None
    if card is not None and card.library is not None and card.library not in LIBRARIES:
        return f"it holds no {CONFIG} and no {INDEX} of its own: {_unplanned(card.library)}"
    return f"it holds no {CONFIG} and no {INDEX}: it is not what save_pretrained writes"


def _is_model(place: Path) -> bool:
    return any((place / name).is_file() for name in (CONFIG, INDEX))


def _holds(place: Path) -> bool:
    """Whether a folder is a model, or has weights of any kind in it or one below."""
    return _is_model(place) or any(path.suffix in KNOWN for path in _files(place))


def _files(place: Path) -> list[Path]:
    """The files of a folder and of those within it."""
    within = [path for path in sorted(place.iterdir()) if not path.name.startswith(".")]
    deeper = [path for part in within if part.is_dir() for path in sorted(part.iterdir())]
    return [path for path in (*within, *deeper) if path.is_file()]


def _instead(files: dict[str, Path]) -> str:
    there = [name for name in files if name.endswith(KNOWN)]
    return f" (there is {there[0]})" if there else ""


def _nameless(sentence: str, place: Path) -> str:
    """A sentence about a folder without where the folder lies: what is written is the same on every machine."""
    return sentence.replace(str(place.resolve()), place.name).replace(str(place), place.name)
