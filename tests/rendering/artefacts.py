"""What a reader sees of an artefact, whatever its format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import canned
import pytest
from markdown_it import MarkdownIt

from auditkit.formats.words import quiet
from auditkit.rendering import render

MARKDOWN = ("annex_iv", "rmf_measure", "model_card")
JSON = ("ll144.json", "annex_iv.json", "rmf_measure.json", "croissant")
ARTEFACTS = ("ll144", "ll144.csv", *MARKDOWN, *JSON)
every = pytest.mark.parametrize("make", canned.EVERY.values(), ids=canned.EVERY)
each = pytest.mark.parametrize("name", ARTEFACTS)


class Words(canned.Tags):
    """The text of a page, without its style."""

    def __init__(self, text: str) -> None:
        self.text, self.styled = "", False
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styled = tag == "style"
        super().handle_starttag(tag, attrs)
        self.text += " " if tag in ("td", "th", "li", "p", "dd", "dt") else ""

    def handle_data(self, data: str) -> None:
        self.text += "" if self.styled else data


@cache
def rendered(make: Callable[[], canned.Judged], name: str) -> str:
    return render(*make(), name)


def leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        data = [*data, *data.values()]
    if isinstance(data, list):
        for part in data:
            yield from leaves(part)
    elif data is not None:
        yield str(data)


def seen(name: str, text: str) -> str:
    """What a reader sees: of a page its words, of Markdown those of what it is rendered to, of JSON its texts."""
    if name in JSON:
        shown = "\n".join(leaves(json.loads(text)))
    elif name == "ll144.csv":
        shown = "\n".join(cell for line in csv.reader(io.StringIO(text)) for cell in line)
    else:
        shown = Words(text if name == "ll144" else html_of(text)).text
    return said(shown)


def said(text: str) -> str:
    return re.sub(r"\s+", " ", quiet(text.replace("\u200b", "")))


def html_of(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(body(text))


def body(text: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
