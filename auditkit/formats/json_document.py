"""Report and judgement as one JSON document."""

from __future__ import annotations

import json
from dataclasses import replace

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.words import unobeyed


def json_document(report: Report, judgement: Judgement) -> str:
    """`{"report": ..., "judgement": ...}`, each in its own wire format (`reports/schema.json`, `$defs/document`).

    The units that a report keeps stay in its own file: what is printed may be kept by who knows whom.

    Only ASCII is written: what is not printable stays an escape, whatever terminal the document is shown on.
    """
    both = {"report": replace(report, units=None).to_dict(), "judgement": judgement.to_dict()}
    return unobeyed(json.dumps(both, indent=1, allow_nan=False)) + "\n"


def report_document(report: Report, judgement: Judgement) -> str:
    """The report alone, in its own wire format, which `gate` and `show` read; its units stay in its own file."""
    return unobeyed(json.dumps(replace(report, units=None).to_dict(), indent=1, allow_nan=False)) + "\n"
