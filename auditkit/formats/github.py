"""Verdicts as a GitHub build log: annotations that it shows, then the table, in which it obeys nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.summary import summarise
from auditkit.formats.terminal import table_text
from auditkit.formats.verdicts import Weight, told
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
    token = token or secrets.token_hex(32)
    shown: dict[Weight, int] = dict.fromkeys(COMMANDS, 0)
    lines = []
    for weight, title, message in _annotations(report, judgement):
        shown[weight] += 1
        if shown[weight] <= MOST:
            lines.append(f"::{COMMANDS[weight]} title={_property(title)}::{_data(message)}")
    return "\n".join([*lines, f"::stop-commands::{token}", f"{table_text(report, judgement)}::{token}::\n"])


def _annotations(report: Report, judgement: Judgement) -> Iterator[tuple[Weight, str, str]]:
    headline = f"{summarise(report, judgement).headline} Exit code {judgement.exit_code}."
    hashes = f"Policy {judgement.policy_hash}, report {judgement.report_hash}."
    yield Weight.NOTE, f"auditkit: {outcome_word(judgement.outcome)}", f"{headline} {hashes}"
    for notice in judgement.notices:
        yield Weight.NOTE, f"auditkit: {notice.about}", notice.sentence
    for one in told(report, judgement):
        if one.weight is not Weight.NONE:
            title = f"{outcome_word(one.verdict.outcome)}: {one.code}, {one.verdict.rule}"
            about = f"{one.name}. " if one.verdict.key else ""
            yield one.weight, title, f"{about}{' '.join(one.why)}"


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
