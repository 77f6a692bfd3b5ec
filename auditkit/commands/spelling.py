"""How does the command line write what a sentence asks for? As its own option, or else as a key of a plan."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable
from typing import Any

from auditkit.core.arguments import Argument, Asked, Deed
from auditkit.core.roles import ROLES

ANY = "..."


def spelling(options: Iterable[Any]) -> Callable[[Asked], str]:
    """How the command that has these parameters, as click keeps them, writes arguments and deeds.

    >>> spelling([])(Argument("favourable", "yes"))
    'favourable = "yes" in [[detectors]]'
    """
    own = {option.name: option for option in options if any(word.startswith("--") for word in option.opts)}

    def spelt(asked: Asked) -> str:
        if isinstance(asked, Deed):
            return asked.command
        option = own.get(asked.name)
        return _key(asked) if option is None else _option(option, asked)

    return spelt


def _option(option: Any, asked: Argument) -> str:
    word: str = next(word for word in option.opts if word.startswith("--"))
    if getattr(option, "is_flag", False):
        return word
    given = option.metavar or option.name.upper() if asked.example in (None, ANY) else shlex.quote(str(asked.example))
    return f"{word} {given}"


def _key(asked: Argument) -> str:
    """In TOML, and the table of a plan that it belongs in."""
    from auditkit.planning import Plan

    told = json.dumps(ANY if asked.example is None else asked.example, ensure_ascii=False)
    if asked.name in Plan.model_fields and not asked.under:
        return f"{asked.name} = {told}"
    table = f"[{asked.under}]" if asked.under else "[roles]" if asked.name in ROLES else "[[detectors]]"
    return f"{asked.name} = {told} in {table}"
