"""What is installed, what is missing, and the exact command that mends it."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from auditkit import catalog
from auditkit.core.errors import InputError
from auditkit.resources import folder

DISTRIBUTION = "rai-auditkit"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at: what it is, what was found, and the command that mends it where it is not well."""

    what: str
    found: str
    mend: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing has to be done."""
        return not self.mend


def diagnose() -> tuple[Fact, ...]:
    """Python, auditkit, every dependency and extra, the templates and pages, and third parties' detectors.

    >>> diagnose()[0].what
    'Python'
    """
    python = Fact("Python", f"{platform.python_version()} at {sys.executable}")
    opened = (_opened("templates", "reports"), _opened("dashboard's pages", "dashboards"))
    return (python, _installed(DISTRIBUTION), *_core(), *_extras(), *opened, *_broken())


def table(facts: Sequence[Fact]) -> str:
    """One line a fact, and the command that mends it below.

    >>> print(table([Fact("polars", "missing", "pip install polars")]), end="")
    polars  missing
            pip install polars
    """
    width = max(map(len, (fact.what for fact in facts)), default=0)
    told = [(f"{fact.what:<{width}}  {fact.found}", fact.mend and f"{'':<{width}}  {fact.mend}") for fact in facts]
    return "".join(f"{line}\n" for pair in told for line in pair if line)


def _pip(what: str) -> str:
    return f'"{sys.executable}" -m pip install "{what}"'


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _installed(requirement: str) -> Fact:
    name = _name(requirement)
    found = _version(name)
    return Fact(name, found or "missing", "" if found else _pip(requirement))


def _name(requirement: str) -> str:
    """The distribution that a requirement names.

    >>> _name("scikit-learn>=1.6; extra == 'dev'")
    'scikit-learn'
    """
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found.group() if found else requirement


def _requirements() -> list[tuple[str, str]]:
    """Each requirement with the extra it belongs to, "" for the core."""
    pairs = [text.partition(";") for text in (requires(DISTRIBUTION) or [])] if _version(DISTRIBUTION) else []
    extras = [re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", marker) for _, _, marker in pairs]
    return [
        (wanted.strip(), extra.group(1) if extra else "") for (wanted, _, _), extra in zip(pairs, extras, strict=True)
    ]


def _core() -> list[Fact]:
    return [_installed(wanted) for wanted, extra in _requirements() if not extra]


def _extras() -> list[Fact]:
    """One fact an extra: an extra that is not wanted is not an illness, but the command is there."""
    facts = []
    for extra in (metadata(DISTRIBUTION).get_all("Provides-Extra") or []) if _version(DISTRIBUTION) else []:
        names = [_name(wanted) for wanted, belongs in _requirements() if belongs == extra]
        missing = [name for name in names if _version(name) is None]
        found = f"not installed: {', '.join(missing)}" if missing else "installed"
        facts.append(Fact(f"extra {extra}", found, _pip(f"{DISTRIBUTION}[{extra}]") if missing else ""))
    return facts


def _opened(what: str, name: str) -> Fact:
    """A folder of files that are opened, not imported."""
    try:
        return Fact(what, str(folder(name)))
    except InputError as error:
        return Fact(what, str(error), f"{_pip(DISTRIBUTION)} --force-reinstall --no-deps")


def _broken() -> list[Fact]:
    return [Fact("announced by a third party", why, "Mend or remove that package.") for why in catalog.broken()]
