"""A report survives the wire, and withholds what is too few to share."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.core.evidence import Tally
from auditkit.core.report import Recipe, Report
from auditkit.detectors.disparity import SelectionRate


def small_groups() -> Report:
    rng = np.random.default_rng(1)
    group = np.repeat(["a", "b", "tiny"], [200, 200, 6])
    return auditkit.audit(group=group, outcome=rng.integers(0, 2, 406))


def test_a_frame_has_a_row_a_finding() -> None:
    report = small_groups()
    frame = report.to_frame()
    assert list(frame["estimate"]) == [f.estimate.value for f in report.findings]
    assert list(frame["low"]) == [f.interval().low for f in report.findings]


def test_a_notebook_runs_nothing_that_a_level_says() -> None:
    report = auditkit.audit(group=["<script>alert(1)</script>", "b"] * 40, outcome=[0, 1, 1, 0] * 20)
    html = report._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert len(html) < 50_000


def test_round_trip() -> None:
    report = small_groups()
    again = Report.from_json(report.to_json())
    assert again == report
    assert again.to_json() == report.to_json()


def test_few_rows_are_withheld_when_shared_and_only_then() -> None:
    report = small_groups()
    assert any(f.level == "tiny" and f.estimate.value is not None for f in report.findings)
    shared = json.loads(report.to_json(k=10))
    for finding in shared["findings"]:
        counts = [n for _, _, n, _ in finding["counts"]]
        assert all(n == 0 or n >= 10 for n in counts)
        if finding["level"] == "tiny":
            assert finding["estimate"]["value"] is None
            assert "withheld" in finding["estimate"]["reason"]
    assert min(shared["cells"]["n"]) >= 10


def test_half_a_surrogate_is_written_all_the_same(tmp_path: object) -> None:
    cells = {("\ud800", "1"): 40, ("\ud800", "0"): 40, ("b", "1"): 41, ("b", "0"): 39}
    told = SelectionRate().examine(Tally.of_cells(("group", "outcome"), cells))
    report = Report(told, (), Recipe("surrogates", 160, {}, (), {}, {}))
    auditkit.load(report.save(tmp_path / "r.json"))
    assert auditkit.gate(report).exit_code == 3


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 1, "findings": []}', '{"schema": 99, "findings": []}', "[" * 100_000, "null"]
)
def test_what_is_not_a_report_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="report"):
        Report.from_json(text)


@pytest.mark.parametrize(
    "junk", [None, "", -1, 1e308, 10**400, math.nan, math.inf, [], {}, True, ["a"], {"a": 1}], ids=repr
)
def test_whatever_stands_in_its_place_is_read_or_refused(junk: object) -> None:
    """No part of a report, replaced, is more than an `InputError`: what is read can be written, and judged."""
    whole = json.loads(small_groups().to_json())
    read = 0
    for path in places(whole):
        *way, last = path
        damaged = json.loads(json.dumps(whole))
        place = damaged
        for step in way:
            place = place[step]
        place[last] = junk
        try:
            again = Report.from_json(json.dumps(damaged))
        except InputError:
            continue
        auditkit.gate(again, {"rules": [{"rule": "within", "margin": 0.05}, {"rule": "ratio"}]}).to_json()
        read += 1
    assert read < 60


def places(part: object, way: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The way to every part, of lists to the first."""
    inner = part.items() if isinstance(part, dict) else enumerate(part[:1]) if isinstance(part, list) else ()
    for step, more in inner:
        yield (*way, step)
        yield from places(more, (*way, step))


def test_no_infinity_is_read_however_it_is_written() -> None:
    text = small_groups().to_json().replace('"null": 0.0', '"null": 1e999', 1)
    with pytest.raises(InputError, match="1e999 is no finite number"):
        Report.from_json(text)


def test_every_damaged_report_is_refused() -> None:
    whole = json.loads(small_groups().to_json())
    for key in whole:
        damaged = {k: v for k, v in whole.items() if k != key}
        with pytest.raises(InputError):
            Report.from_dict(damaged)
