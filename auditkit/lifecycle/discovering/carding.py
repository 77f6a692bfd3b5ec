"""What a model card says of task, licence, use and limits: its front matter, and the sections of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.core.errors import InputError
from auditkit.formats.words import plain, short

LONGEST, READ, QUOTED = 1_000_000, 20_000, 700
"""Letters of a card that are read, of a section that are looked through, and of it that are kept."""
FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
HEADING = re.compile(r"(#{1,6})[ \t]{1,20}(\S.{0,300})")
FENCE = re.compile(r"\s*(```|~~~)")
LIMITS = re.compile(
    r"\b(limit\w*|bias\w*|risks?|out[- ]of[- ]scope|mis-?use\w*|caveats?|harms?|ethic\w*|safety)\b", re.I
)
USES = re.compile(r"\b(uses?|usages?|intended|purposes?)\b", re.I)
NO_USE = re.compile(r"\b(how to|getting started|get started|training|evaluation)\b", re.I)
EMPTY = re.compile(r"\[?\s{0,20}more information needed\s{0,20}\]?\.?|<!--.{0,2000}?-->", re.I | re.S)
NO_YAML = "Model cards are read by PyYAML, which is not installed. Install it: pip install 'rai-auditkit[cards]'"


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its front matter, what it says of uses and of limits, and what could not be read of it."""

    front: Mapping[str, Any]
    uses: str = ""
    limits: str = ""
    fault: str = ""

    @property
    def task(self) -> str | None:
        """The pipeline tag."""
        return _text(self.front.get("pipeline_tag"))

    @property
    def library(self) -> str | None:
        """The library that opens the model."""
        return _text(self.front.get("library_name"))

    @property
    def licence(self) -> str | None:
        """The licence, several joined by commas; of "other" its name, `None` of "unknown" or nothing."""
        told = self.front.get("license")
        names = [_text(one) for one in told] if isinstance(told, list) else [_text(told)]
        if names == ["other"]:
            named = _text(self.front.get("license_name"))
            return "other" if named is None else f"other ({named})"
        known = [name for name in names if name is not None and name.casefold() != "unknown"]
        return ", ".join(known) or None


def read_card(text: str) -> Card:
    """Read a model card; a front matter that is no YAML is told as a fault, and says nothing.

    >>> told = "---\\nlicense: mit\\npipeline_tag: translation\\n---\\n## Uses\\nTo teach.\\n## Limitations\\nNone."
    >>> card = read_card(told)
    >>> card.licence, card.task, card.uses, card.limits
    ('mit', 'translation', 'To teach.', 'None.')
    """
    whole = text[:LONGEST]
    head = FRONT.match(whole)
    front, fault = ({}, "") if head is None else _front(head[1])
    body = whole if head is None else whole[head.end() :]
    uses, limits = _sections(body)
    return Card(front, uses, limits, fault)


def _front(text: str) -> tuple[Mapping[str, Any], str]:
    try:
        import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
    except ImportError as error:
        raise InputError(NO_YAML) from error
    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, "the front matter of its card is not YAML"
    return (read, "") if isinstance(read, dict) else ({}, "the front matter of its card is no table")


def _sections(body: str) -> tuple[str, str]:
    """What stands under headings of use, and under headings of limits; a heading below another belongs to it."""
    told: dict[str, list[str]] = {"uses": [], "limits": []}
    above: list[tuple[int, frozenset[str]]] = []
    fenced = False
    for line in body.splitlines():
        fenced ^= FENCE.match(line) is not None
        found = None if fenced else HEADING.fullmatch(line.strip())
        if found is None:
            for name in above[-1][1] if above else ():
                told[name].append(line)
            continue
        depth = len(found[1])
        above = [one for one in above if one[0] < depth]
        above.append((depth, _kinds(found[2].rstrip(" \t#")) or (above[-1][1] if above else frozenset())))
    return _quoted(told["uses"]), _quoted(told["limits"])


def _kinds(title: str) -> frozenset[str]:
    limits = LIMITS.search(title) is not None
    both = not limits or re.search(r"\bintended\b", title, re.I) is not None
    uses = both and USES.search(title) is not None and NO_USE.search(title) is None
    return frozenset([*(["uses"] if uses else []), *(["limits"] if limits else [])])


def _quoted(lines: list[str]) -> str:
    return short(EMPTY.sub(" ", "\n".join(lines)[:READ]), QUOTED)


def _text(value: object) -> str | None:
    """A text as a card may tell it: not a table, and not a number that only looks like one."""
    return plain(value)[:80] or None if isinstance(value, str) else None
