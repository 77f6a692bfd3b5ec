"""What there is: detectors, rules and worlds, ours and third parties', listed, found, built and explained."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from auditkit.certifying import REPLICATIONS, bounds
from auditkit.core.annotator import Annotator
from auditkit.core.card import Card
from auditkit.core.detector import Detector
from auditkit.core.errors import InputError, nearest
from auditkit.core.kinds import path_of, should_be
from auditkit.core.names import listed
from auditkit.core.probe import Probe
from auditkit.core.subjects import SUBJECTS
from auditkit.core.target import Target
from auditkit.plugins import announced, name_of, unusable
from auditkit.probes.starts import WHERE, starts_of
from auditkit.resources import folder

NONE_YET = "no detector of this family reads such a subject yet"
CALIBRATION = "published/calibration"
CODE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){0,8}")


@cache
def detectors() -> Mapping[str, type[Detector]]:
    """Every detector by its code, `family.name`, in the order of the code.

    Ours are found where they stand; third parties announce theirs, as they do probes, targets and annotators, as entry
    points in the group `auditkit`. One that cannot be used is left out here and named by `broken`.
    """
    theirs = {kind.code: kind for kind in announced() if issubclass(kind, Detector)}
    return dict(sorted((theirs | {kind.code: kind for kind in _ours()}).items()))


def broken() -> tuple[str, ...]:
    """The entry points that cannot be used, each with why: not importable, no kind of auditkit's, or a name taken."""
    kinds = [*_ours(), *(kind for package in ("annotators", "probes", "targets") for kind in _exported(package))]
    return unusable([name_of(kind) for kind in kinds])


def _ours() -> list[type[Detector]]:
    package = import_module("auditkit.detectors")
    names = [m.name for m in pkgutil.walk_packages(package.__path__, "auditkit.detectors.") if not m.ispkg]
    return [_named(import_module(name)) for name in names]


def _named(module: Any) -> type[Detector]:
    """The detector a module is named for: selection_rate holds SelectionRate."""
    kind: type[Detector] = getattr(module, "".join(part.title() for part in module.__name__.split(".")[-1].split("_")))
    return kind


def find(code: str) -> type[Detector]:
    """The detector of this code; raises `InputError` with the nearest valid one."""
    known = detectors()
    if code not in known:
        alone = [full for full in known if full.split(".")[-1] == code]
        if alone:
            raise InputError(f'There is no detector "{code}". Did you mean "{alone[0]}"?')
        raise InputError(f'There is no detector "{code}".{nearest(code, known)} See: auditkit list detectors.')
    return known[code]


def annotators() -> Mapping[str, type[Annotator]]:
    """Every reader of texts or pictures by name, ours and third parties'."""
    theirs = {kind.name: kind for kind in announced() if issubclass(kind, Annotator)}
    return theirs | {kind.name: kind for kind in _exported("annotators")}


def probes() -> Mapping[str, type[Probe]]:
    """Every experimental design by name, ours and third parties'."""
    theirs = {kind.name: kind for kind in announced() if issubclass(kind, Probe)}
    return theirs | {kind.name: kind for kind in _exported("probes")}


def targets() -> Mapping[str, type[Target]]:
    """Every kind of model that can be asked, by name, ours and third parties'."""
    theirs = {kind.name: kind for kind in announced() if issubclass(kind, Target)}
    return theirs | {kind.name: kind for kind in _exported("targets")}


def _exported(package: str) -> list[Any]:
    """The kinds that a package of ours holds."""
    module = import_module(f"auditkit.{package}")
    found = (getattr(module, name) for name in module.__all__)
    return [kind for kind in found if inspect.isclass(kind) and issubclass(kind, (Annotator, Probe, Target))]


def probe(name: str, configuration: Mapping[str, Any]) -> Probe:
    """A design from its name and a table of its fields; unknown names and keys are refused.

    In place of pictures to start from stands the `folder` that holds them, with the `table` of what they show.
    """
    kind, told = _chosen(probes(), "probe", name), dict(configuration)
    if any(field.name == "starts" for field in fields(kind)):
        own = [field.name for field in fields(kind) if field.name != "starts"]
        _known(name, told, [*WHERE, *own])
        told = {"starts": starts_of(name, told)} | {key: told[key] for key in own if key in told}
    built: Probe = _configured(kind, name, told)
    return built


def target(name: str, configuration: Mapping[str, Any]) -> Target:
    """A target from its name and a table of its fields; unknown names and keys are refused, and what takes code.

    A translator of the lab's own classes is named `lab:attention.dose90`, or by its folder: see `lab.naming`.
    """
    from auditkit.lab.naming import resolved

    kind = _chosen(targets(), "target", name)
    if not is_dataclass(kind):
        raise InputError(f"The target {name} is made of a Python object, which no table can hold. Call elicit with it.")
    built: Target = _configured(kind, name, resolved(configuration, name))
    return built


def _chosen(known: Mapping[str, type[Any]], what: str, name: str) -> type[Any]:
    if name not in known:
        raise InputError(f'There is no {what} "{name}".{nearest(name, known)} There is: {listed(list(known))}.')
    return known[name]


def reader(name: str, configuration: Mapping[str, Any]) -> Annotator:
    """An annotator from a name and a table of its fields, a judge's `target` a table too; unknown ones are refused."""
    told = dict(configuration)
    if isinstance(asked := told.get("target"), Mapping):
        told["target"] = target(str(asked.get("name", "")), {k: v for k, v in asked.items() if k != "name"})
    built: Annotator = _configured(_chosen(annotators(), "annotator", name), name, told)
    return built


def build(code: str, configuration: Mapping[str, Any]) -> Detector:
    """A detector from its code and a table of its fields, as a plan writes them; unknown keys are refused."""
    built: Detector = _configured(find(code), code, configuration)
    return built


def _known(name: str, configuration: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse a key that a thing does not have, with the nearest valid one."""
    for key in configuration:
        if key not in known:
            told = nearest(str(key), known)
            raise InputError(f'{name} has no key "{key}".{told} Keys: {", ".join(known) or "none"}.')


def _configured(kind: type, name: str, configuration: Mapping[str, Any]) -> Any:
    import pydantic

    _known(name, configuration, [field.name for field in fields(kind)])
    try:
        return pydantic.TypeAdapter(kind).validate_python(dict(configuration))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = path_of(first) or "configuration"
        raise InputError(f"{name} cannot be configured: {where} {should_be(first)}.") from error


def configuration(detector: Detector) -> dict[str, Any]:
    """The table a detector is built from: its code and the fields that were set."""
    values = asdict(detector)  # type: ignore[call-overload]  # every detector is a dataclass
    return {"code": detector.code, **{key: _plain(value) for key, value in values.items() if value is not None}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def explain(code: str) -> str:
    """The manual of a detector, or of a rule: its docstring."""
    from auditkit.rules.policy import KINDS

    for kinds in (annotators(), probes(), targets()):
        if code in kinds:
            return inspect.getdoc(inspect.getmodule(kinds[code])) or ""
    rule = next((kind for kind in KINDS if kind.name == code), None)
    if rule is not None:
        return inspect.getdoc(rule) or ""
    return inspect.getdoc(inspect.getmodule(find(code))) or ""


def families() -> Mapping[str, ModuleType]:
    """The families of detectors: packages that say of which subjects they have nothing to ask, and why."""
    package = import_module("auditkit.detectors")
    found = [m.name for m in pkgutil.iter_modules(package.__path__, "auditkit.detectors.") if m.ispkg]
    return {name.rsplit(".", 1)[-1]: import_module(name) for name in found}


def matrix(subject: str) -> Mapping[str, tuple[str, ...] | str]:
    """For each family the detectors for a subject, or why there are none; raises `InputError` for an unknown subject.

    >>> matrix("logs")["reporting"]
    ('reporting.documentation_odds',)
    """
    if subject not in SUBJECTS:
        raise InputError(
            f'There is no subject "{subject}".{nearest(subject, SUBJECTS)} Subjects: {", ".join(SUBJECTS)}.'
        )
    told: dict[str, tuple[str, ...] | str] = {}
    for family, package in families().items():
        codes = [
            code for code, kind in detectors().items() if code.split(".")[0] == family and subject in kind.subjects
        ]
        told[family] = tuple(codes) or package.NOT_FOR.get(subject, NONE_YET)
    return told


def card(code: str) -> Card | None:
    """A detector's calibration card: the installed one, else the one in this folder's own `reports/`; else `None`."""
    if len(code) > 200 or not CODE.fullmatch(
        code
    ):  # a report may hold any text as a code, and this one becomes the name of a file
        return None
    for place in (folder("reports") / CALIBRATION, Path("reports") / CALIBRATION):
        file = place / f"{code}.json"
        if file.is_file():
            return _card(file.read_text(encoding="utf-8"))
    return None


@lru_cache(maxsize=128)
def _card(text: str) -> Card:
    """Every judgement asks for the cards of what was found: a text is read once."""
    return Card.from_json(text)


def experimental(code: str) -> bool:
    """Whether a detector has no card, or one that does not show it to keep its promises: the promises are held against
    the card's figures anew, at its `n_min`, on at least 2,000 replications (500 where costly).

    A gate leaves an experimental detector out unless the policy names it.
    """
    kind = detectors().get(code)
    measured = None if kind is None else card(code)  # a code that a report makes up is not the name of a file
    if measured is None or kind is None or measured.code != code or measured.n != kind.n_min:
        return True
    least = REPLICATIONS[kind.costly]
    readings = [reading for world in measured.worlds for reading in world.readings]
    kept = not any(bound.missed for bound in bounds(measured))
    return not (kept and readings and min(reading.replications for reading in readings) >= least)


def rules() -> Mapping[str, str]:
    """Every rule by name, with its first sentence."""
    from auditkit.rules.policy import KINDS

    return {kind.name: (inspect.getdoc(kind) or "").split("\n")[0] for kind in KINDS}


def worlds() -> Mapping[str, str]:
    """Every story of the lab by name, with its title."""
    from auditkit.lab.stories import STORIES

    return {story.name: story.title for story in STORIES}
