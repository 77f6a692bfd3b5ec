"""Verdicts as a GitHub build log: annotations that it shows, then the table, in which it obeys nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.cases import Cased, Weight, cased
from auditkit.formats.terminal import table_text
from auditkit.formats.words import outcome_word, quiet, short

MOST = 10
"""GitHub shows this many annotations of each kind in a step."""
LONG = 1_000
COMMANDS = {Weight.ERROR: "error", Weight.WARNING: "warning", Weight.NOTE: "notice"}


def github(report: Report, judgement: Judgement, *, token: str | None = None) -> str:
    """At most ten errors, ten warnings and ten notices, then the terminal's table between stop-commands.

    The first notice tells the outcome. The token that ends the table is drawn anew at each call, so that nobody who
    writes data can know it; text from the data is broken up and escaped as in GitHub's own toolkit all the same.
    """
    return github_cases(cased(report, judgement), table_text(report, judgement), token=token)


def github_cases(all_told: Cased, text: str, *, token: str | None = None) -> str:
    """Cases as annotations, then a text between stop-commands, as `github` has them."""
    return annotated(_annotations(all_told), text, token)


def annotated(annotations: Iterable[tuple[Weight, str, str]], text: str, token: str | None = None) -> str:
    """Annotations by their weight, title and message, the most that GitHub shows of each, then a text it obeys not."""
    token = token or secrets.token_hex(32)
    shown: dict[Weight, int] = dict.fromkeys(COMMANDS, 0)
    lines = []
    for weight, title, message in annotations:
        shown[weight] += 1
        if shown[weight] <= MOST:
            lines.append(f"::{COMMANDS[weight]} title={_property(title)}::{_data(message)}")
    return "\n".join([*lines, f"::stop-commands::{token}", f"{text}::{token}::\n"])


def _annotations(all_told: Cased) -> Iterator[tuple[Weight, str, str]]:
    said = f"{all_told.headline} Exit code {all_told.exit_code}. {all_told.hashes}"
    yield Weight.NOTE, f"auditkit: {outcome_word(all_told.outcome)}", said.rstrip()
    for notice in all_told.notices:
        yield Weight.NOTE, f"auditkit: {notice.about}", notice.sentence
    for one in all_told.cases:
        if one.weight is not Weight.NONE:
            title = f"{outcome_word(one.outcome)}: {one.suite}, {one.rule}"
            yield one.weight, title, f"{one.about}{' '.join(one.why)}"


def _data(text: str) -> str:
    """The text of a command as @actions/core escapes it, cut to what a reader takes in.

    >>> _data("100 %: a::b")
    '100 %25: a: :b'
    """
    return quiet(short(text, LONG)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a command.

    >>> _property("a, b: 5 %")
    'a%2C b%3A 5 %25'
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")
