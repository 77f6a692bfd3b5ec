"""The tables of Local Law 144 as CSV, for the employer's own page, and as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.calibration import percent
from auditkit.formats.csv_table import inert
from auditkit.formats.evidence import Claim, claims, document, origin, unassessed
from auditkit.formats.impact_ratios import Category, Table
from auditkit.formats.local_law_144 import EMPLOYER, NO_MARK, NOT_ASKED, Law, local_law_144
from auditkit.formats.words import number

HITS = "selected_or_above_median"
FIELDS = ("record", "table", "category", "applicants", HITS, "rate", "impact_ratio")
OURS = ("ratio_low_95", "ratio_high_95", "exact_p", "share_of_data", "under_2_percent", "text")
TO_FILL = "to be filled in by the employer"


def ll144_csv(report: Report, judgement: Judgement) -> str:
    """One line a category, then the unknown, the notes, what the employer fills in, and every verdict.

    Rates are told in percent with one decimal, ratios with two, as the rules print them; `inert` as the other CSV.
    """
    law, out = local_law_144(report), io.StringIO()
    writer = csv.DictWriter(out, fieldnames=[*FIELDS, *OURS], lineterminator="\n", restval="")
    writer.writeheader()
    for line in _lines(law, report, judgement):
        writer.writerow({name: inert(cell) for name, cell in line.items()})
    return out.getvalue()


def ll144_json(report: Report, judgement: Judgement) -> str:
    """The tables as JSON: each rate and ratio as printed, and as computed."""
    law = local_law_144(report)
    told: dict[str, Any] = {"law": "New York City Local Law 144 of 2021; 6 RCNY 5-300 to 5-304", "kind": law.kind}
    told |= {"counted": law.counted, "tables": [_table(table) for table in law.tables], "notes": list(law.notes)}
    told |= {"no_pass_mark": NO_MARK, "not_asked_for": NOT_ASKED}
    told["employer"] = [{"what": what, "hint": hint, "answer": ""} for what, hint in EMPLOYER]
    return document("ll144", report, judgement, told)


def _lines(law: Law, report: Report, judgement: Judgement) -> Iterator[dict[str, Any]]:
    for table in law.tables:
        yield from (_category(table, category) for category in table.categories)
        yield {"record": "unknown category", "table": table.name, "applicants": table.unknown}
    said = [law.counted, *law.notes, NO_MARK, NOT_ASKED]
    yield from ({"record": "note", "text": text} for text in said if text)
    yield from ({"record": TO_FILL, "category": what, "text": hint} for what, hint in EMPLOYER)
    yield from (line for claim in claims(report, judgement) for line in _verdicts(claim))
    yield from (
        {"record": "not assessed", "text": f"{s['source']}: {s['because']}"} for s in unassessed(report, judgement)
    )
    yield from ({"record": name, "text": text} for name, text in origin(report, judgement).items() if text)


def _verdicts(claim: Claim) -> Iterator[dict[str, Any]]:
    about = [] if claim.finding is None else [claim.finding.sentence]
    for v in claim.verdicts:
        who = [] if (a := v.accepted) is None else [f"{a.owner} answers for it until {a.expires}: {a.reason}"]
        told = " ".join([*about, v.sentence, *who])
        yield {"record": "verdict", "table": claim.id, "category": v.outcome.value, "text": told}


def _category(table: Table, c: Category) -> dict[str, Any]:
    told = {"record": "category", "table": table.name, "category": c.name, "applicants": c.applicants, HITS: c.hits}
    told |= {
        "rate": percent(c.rate),
        "impact_ratio": number(c.ratio, "ratio"),
        "ratio_low_95": c.low,
        "ratio_high_95": c.high,
    }
    return told | {"exact_p": c.p, "share_of_data": c.share, "under_2_percent": "yes" if c.small else "no"}


def _table(table: Table) -> dict[str, Any]:
    told: dict[str, Any] = {"attributes": list(table.attributes), "highest": table.highest}
    told |= {"applicants": table.applicants, "unknown_category": table.unknown}
    return told | {
        "categories": [{**asdict(c), "printed": [percent(c.rate), number(c.ratio, "ratio")]} for c in table.categories]
    }
