"""search(): models of the lab, of a folder or of the hub, by task, licence and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from auditkit.core.errors import InputError, nearest
from auditkit.lifecycle.discovering.candidate import Aside, Candidate, Found
from auditkit.lifecycle.discovering.wanting import Wanted

LAB, HUB = "lab", "hub"
SOURCES = (LAB, HUB)


def search(source: str | Path, wanted: Wanted | None = None, *, api: Any = None) -> Found:
    """Look for models: `"lab"` are the package's own miniatures, `"hub"` is the Hugging Face hub, else it is a folder.

    What cannot be opened, and what a filter cannot be answered of, is set aside with why. Only `"hub"` asks the
    network; `api` is a `huggingface_hub.HfApi` of one's own. Raises `InputError` for a source that is not there, and
    for a hub that does not answer.
    """
    asked = wanted or Wanted()
    if source == HUB:
        from auditkit.lifecycle.discovering.hub import on_hub

        seen, unseen = on_hub(asked, api)
        return _sorted(HUB, asked, seen, unseen)
    from auditkit.lifecycle.discovering import folders

    place = _place(source)
    every = folders.models(place)
    some = list(islice(every, asked.limit))
    seen = [one for model in some for one in folders.looked_at(model)]
    if source == LAB:
        return _sorted(LAB, asked, map(_named, seen), len(every) - len(some))
    return _sorted(place.resolve().name, asked, seen, len(every) - len(some))


def _named(one: Candidate | Aside) -> Candidate | Aside:
    """A model of the lab that a plan names by the lab's own name for it, with the fingerprint that its target tells."""
    from auditkit.lab import naming

    if not isinstance(one, Candidate) or one.name not in naming.OWN:
        return one
    own = naming.fingerprint(one.name, one.variant)
    return replace(one, named=f"{naming.PREFIX}{one.name}", hash=own, unplanned="")


def _place(source: str | Path) -> Path:
    if source == LAB:
        from auditkit.lab.models import WEIGHTS

        return Path(WEIGHTS)
    place = Path(source).expanduser()
    if not place.is_dir():
        said = nearest(str(source), SOURCES)
        raise InputError(f'There is no folder {source}.{said} A source is "lab", "hub", or a folder of models.')
    return place


def _sorted(source: str, wanted: Wanted, seen: Iterable[Candidate | Aside], unseen: int | None) -> Found:
    """What was seen: candidates, what is set aside, and how many others there are."""
    kept: list[Candidate] = []
    aside: list[Aside] = []
    others: dict[str, Counter[str]] = {}
    for one in seen:
        if (unlike := wanted.unlike(one)) is not None:
            others.setdefault(unlike[0], Counter())[unlike[1]] += 1
        elif isinstance(one, Aside):
            aside.append(one)
        elif why := wanted.unknown(one):
            aside.append(Aside(one.called, why, one.task))
        else:
            kept.append(_hashed(one))
    counts = {name: dict(sorted(some.items(), key=lambda each: (-each[1], each[0]))) for name, some in others.items()}
    return Found(source, str(wanted), tuple(kept), tuple(aside), counts, unseen)


def _hashed(one: Candidate) -> Candidate:
    """A candidate with its fingerprint: all of its weights are read for it, so only of those that are wanted."""
    if one.hash:
        return one
    from auditkit import weights
    from auditkit.lab import recognising

    if one.kind == "folder" and (module := recognising.recognised(Path(one.place))) is not None:
        return replace(one, hash=recognising.fingerprint(Path(one.place), module, one.variant))
    return replace(one, hash=weights.fingerprint(one.place, one.variant))
