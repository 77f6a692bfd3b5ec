"""Findings and verdicts as CSV, for a spreadsheet that runs nothing."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditkit.core.finding import Finding
from auditkit.core.judgement import Judgement, Outcome, Verdict
from auditkit.core.report import Report
from auditkit.formats.intervals import ranked, tolerance
from auditkit.formats.words import quiet

NOT_JUDGED = "NOT_JUDGED"


def csv_table(report: Report, judgement: Judgement) -> str:
    """One line a verdict, then what no rule judged, then what was not assessed.

    Text is kept text: a cell that a spreadsheet would run as a formula is given a leading apostrophe (OWASP ASVS
    1.2.10). Numbers stay numbers, so a negative one is not quoted. An undefined number is an empty cell.
    """
    out = io.StringIO()
    lines = [*_told(report, judgement), *_untold(report, judgement)]
    writer = csv.DictWriter(out, fieldnames=list(_line("", "", "", "", "")), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: inert(cell) for name, cell in line.items()} for line in lines)
    return out.getvalue()


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of a table as CSV, a column for every name that any row has; text is kept text, as in `csv_table`.

    >>> print(csv_text([{"who": "=1+1", "rate": -0.5}]), end="")
    who,rate
    '=1+1,-0.5
    """
    out, names = io.StringIO(), list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([inert(str(name)) for name in names])
    writer.writerows([[inert(row.get(name, "")) for name in names] for row in rows])
    return out.getvalue()


def inert(cell: Any) -> Any:
    """A text cell that is no formula; anything else as it is.

    >>> inert("=1+1"), inert(" @x"), inert("-5"), inert(-5), inert("﹦1")
    ("'=1+1", "'@x", "'-5", -5, "'﹦1")
    """
    if not isinstance(cell, str):
        return cell
    text = quiet(cell)
    first = unicodedata.normalize("NFKC", text[:1])  # a wide or a small = is one to a spreadsheet that folds width
    return f"'{text}" if first.startswith(("=", "+", "-", "@")) else text


def _line(outcome: str, code: str, estimand: str, attribute: str, said: str) -> dict[str, Any]:
    line = dict.fromkeys(("outcome", "rule", "code", "estimand", "attribute", "level", "versus", "stratum"), "")
    numbers = ("estimate", "low", "high", "low_90", "high_90", "null", "null_expectation", "margin_low", "margin_high")
    line |= dict.fromkeys(("scale", *numbers, "n", "n_eff", "needed", "sentence", "verdict"), "")
    return line | {"outcome": outcome, "code": code, "estimand": estimand, "attribute": attribute, "verdict": said}


def _told(report: Report, judgement: Judgement) -> Iterator[dict[str, Any]]:
    for finding, verdicts in ranked(report, judgement):
        for verdict in verdicts or (None,):
            yield _finding(finding, verdict)


def _finding(f: Finding, verdict: Verdict | None) -> dict[str, Any]:
    said = verdict.outcome.value if verdict else NOT_JUDGED
    line = _line(said, f.code, f.estimand, f.attribute, verdict.sentence if verdict else "")
    line |= {"rule": verdict.rule if verdict else "", "level": f.level, "versus": f.versus, "stratum": f.stratum}
    line["low"], line["high"], _ = f.interval(0.95)
    line["low_90"], line["high_90"], _ = f.interval(0.90)
    line["margin_low"], line["margin_high"] = tolerance(f, [verdict] if verdict else []) or (None, None)
    line |= {"scale": f.scale, "estimate": f.estimate.value, "null": f.null, "null_expectation": f.null_expectation}
    line |= {"n": f.estimate.n, "n_eff": f.estimate.n_eff, "needed": verdict.needed if verdict else None}
    return line | {"sentence": f.sentence}


def _untold(report: Report, judgement: Judgement) -> Iterator[dict[str, Any]]:
    for verdict in judgement.verdicts:
        if verdict.key is None:
            yield _line(verdict.outcome.value, "", "", "", verdict.sentence) | {"rule": verdict.rule}
    for item in report.not_assessed:
        yield _line(Outcome.NOT_ASSESSED.value, item.code, item.estimand, item.attribute, item.because)
