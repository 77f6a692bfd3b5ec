"""Candidates on the Hugging Face hub: the most downloaded models of a task, by what the hub and their cards say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from auditkit.core.errors import InputError
from auditkit.lifecycle.discovering.candidate import Aside, Candidate
from auditkit.lifecycle.discovering.carding import Card, read_card
from auditkit.lifecycle.discovering.folders import CARD, CONFIG, KNOWN, LIBRARIES, NO_CARD
from auditkit.lifecycle.discovering.wanting import Wanted
from auditkit.lifecycle.discovering.weighing import INDEX, variants

LIMIT = 20
"""Models that are looked at where nobody says how many: each is asked for by itself."""
MISSING = "The hub is asked by huggingface_hub, which is not installed. Install it: pip install 'rai-auditkit[cards]'"
OFFLINE = (
    "HF_HUB_OFFLINE is set, so the hub is not asked. Unset it, or look among the models of a folder or of the lab: "
    "auditkit discover FOLDER, auditkit discover lab."
)


def on_hub(wanted: Wanted, api: Any = None) -> tuple[list[Candidate | Aside], int | None]:
    """The models of the hub that were looked at, most downloaded first; and how many more there are, if known.

    The task is asked of the hub itself, and one licence too: it names only models whose card states them. Sizes come
    from the hub's list of files. Raises `InputError` where huggingface_hub is missing, offline, or gets no answer.
    """
    hub = api or _api()
    limit = wanted.limit or LIMIT
    how: dict[str, Any] = {"pipeline_tag": wanted.task, "sort": "downloads", "limit": limit}
    if len(wanted.licences) == 1:
        how["filter"] = f"license:{wanted.licences[0].casefold()}"
    try:
        listed = [info.id for info in hub.list_models(**how)]
    except _amiss() as error:
        raise InputError(f"The hub does not answer: {_line(error)} Ask again later, or look in a folder.") from error
    seen = [one for name in listed for one in _looked_at(hub, name)]
    return seen, None if len(listed) == limit else 0


def _looked_at(hub: Any, name: str) -> Iterator[Candidate | Aside]:
    try:
        info = hub.model_info(name, files_metadata=True)
    except _amiss() as error:
        yield Aside(name, f"the hub does not tell of it: {_line(error)}")
        return
    files = {file.rfilename: file for file in info.siblings or ()}
    if fault := _unopenable(info, files):
        yield Aside(name, fault, info.pipeline_tag)
        return
    card, notes = _card(hub, info, files)
    for variant, names in variants(files).items():
        yield _candidate(info, variant, [files[one] for one in names], card, notes)


def _unopenable(info: Any, files: dict[str, Any]) -> str:
    """Why auditkit would not open it, by the names of its files and what the hub says; empty where it may."""
    if info.disabled:
        return "the hub has disabled it"
    config = info.config if isinstance(info.config, dict) else {}
    if "custom_code" in (info.tags or ()) or "auto_map" in config:
        return "it asks to run code of its own, and auditkit runs none from a model's folder"
    if "adapter_config.json" in files:
        return "it is an adapter, not a model: merge it with the model that it was trained on, and look in that folder"
    if CONFIG not in files and INDEX not in files:
        return f"it holds no {CONFIG} and no {INDEX}: it is not what save_pretrained writes"
    if not variants(files):
        there = next((name for name in files if name.endswith(KNOWN)), "")
        return f"it holds no safetensors that can be opened{f' (there is {there})' if there else ''}"
    return ""


def _card(hub: Any, info: Any, files: dict[str, Any]) -> tuple[Card, list[str]]:
    """The card of a model: its front matter as the hub read it, its sections from its text."""
    notes = [f"gated ({info.gated}): its terms are accepted on its page before it can be fetched"] if info.gated else []
    front = {} if info.card_data is None else info.card_data.to_dict()
    if CARD not in files:
        return Card(front), [*notes, NO_CARD]
    try:
        with open(hub.hf_hub_download(info.id, CARD, revision=info.sha), encoding="utf-8", errors="replace") as held:
            read = read_card(held.read())
    except _amiss() as error:
        return Card(front), [*notes, f"its card could not be fetched, so its limits are not known: {_line(error)}"]
    return Card({**read.front, **front}, read.uses, read.limits, read.fault), notes


def _candidate(info: Any, variant: str | None, files: list[Any], card: Card, notes: list[str]) -> Candidate:
    sizes = [file.size if file.lfs is None else file.lfs.size for file in files]
    library = info.library_name or card.library
    plain = variant is None and info.safetensors is not None
    return Candidate(
        name=info.id,
        kind="hub",
        place=info.id,
        hash=_hash(info, files),
        variant=variant,
        revision=info.sha,
        task=info.pipeline_tag or card.task,
        licence=card.licence,
        library=library,
        size=None if None in sizes else sum(sizes),
        parameters=info.safetensors.total if plain else None,
        uses=card.uses,
        limits=card.limits,
        notes=tuple(notes),
        unplanned="" if library in (None, *LIBRARIES) else f"it is opened by {library}, which no target of a plan is",
    )


def _hash(info: Any, files: list[Any]) -> str:
    """What names exactly these weights at this revision: the hub keeps the SHA-256 of every large file."""
    told = sorted((file.rfilename, file.lfs.sha256 if file.lfs else file.blob_id or "") for file in files)
    return hashlib.sha256(json.dumps([info.id, info.sha, told]).encode()).hexdigest()


def _api() -> Any:
    try:
        from huggingface_hub import HfApi, is_offline_mode
    except ImportError as error:
        raise InputError(MISSING) from error
    if is_offline_mode():
        raise InputError(OFFLINE)
    return HfApi()


def _amiss() -> tuple[type[Exception], ...]:
    """What the hub's library raises where there is no answer: errors of its protocol are not all `OSError`."""
    try:
        from huggingface_hub import errors
    except ImportError:
        return (OSError, ValueError)
    return (OSError, ValueError, getattr(errors, "HTTPError", OSError), errors.EntryNotFoundError)


def _line(error: Exception) -> str:
    said = str(error).strip().splitlines() or [type(error).__name__]
    return f"{said[0][:200].rstrip('.')}."
