from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import canned
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats.csv_table import csv_table, inert
from auditkit.formats.words import markdown, plain, quiet
from auditkit.rendering import SERIALISED, formats, render, table
from auditkit.resources import folder

JUDGED = pytest.mark.parametrize("make", canned.EVERY.values(), ids=canned.EVERY)
ANY = st.text(st.characters(codec=None), max_size=60)


def commands(text: str) -> list[str]:
    """The lines a GitHub runner would obey: it trims a line before looking for `::`, and finds `##[` anywhere."""
    return [line for line in re.split(r"[\r\n]", text) if line.strip().startswith("::") or "##[" in line]


def controls(text: str) -> set[str]:
    return {letter for letter in text if not letter.isprintable()} - {"\n"}


@JUDGED
@pytest.mark.parametrize("name", ["summary", "table", "csv", "json", "junit", "sarif"])
def test_no_format_for_a_terminal_or_a_log_carries_controls_or_commands(make, name: str) -> None:
    text = render(*make(), name)
    assert controls(text.replace("\u200b", "")) == set()
    assert name == "json" or commands(text) == []
    assert not [line for line in text.splitlines() if line.strip().startswith("::")]
    text.encode("utf-8")


@JUDGED
@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("colour", [True, False])
def test_the_table_is_inert_at_every_width(make, width: int, colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    monkeypatch.setenv("TERM", "xterm")  # a dumb one has 80 columns, whatever is said
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=True, color_system="standard").print(table(*make()))
    colours = r"\x1b\[[0-9;]*m"
    assert (re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue()) is not None) is colour
    shown = re.sub(colours, "", out.getvalue())
    assert controls(shown) == set()
    assert commands(shown) == []
    assert max(map(len, shown.splitlines())) <= width
    assert make is not canned.hostile or width < 120 or "[bold red]rich[/bold red]" in shown


def test_the_table_tells_the_verdict_and_the_reasons() -> None:
    text = " ".join(render(*canned.compas(), "table").split())
    for expected in ("◆ Fail. Bias larger than the margin shows in 3 of 12 comparisons.", "+0.214", "[+0.182, +0.245]"):
        assert expected in text
    assert "would change it: a margin of at least 0.167 instead of 0.05" in text
    assert "What was not assessed, and why" in text
    assert "selection.frame: it needs a column for frame, and none was given" in text


@given(ANY)
def test_plain_text_is_printable_and_quiet_text_commands_nothing(text: str) -> None:
    assert plain(text).isprintable()
    assert "::" not in quiet(text)
    assert commands(quiet(text)) == []


@given(ANY)
def test_markdown_text_keeps_no_markup(text: str) -> None:
    out = markdown(text)
    assert "\n" not in out
    assert "<" not in out
    assert ">" not in out
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`\[\]*_~$]", out)
    assert not re.search(r"@[\w-]|://", out)


@given(ANY)
def test_no_text_cell_is_a_formula_and_cells_survive_the_round_trip(text: str) -> None:
    cell = inert(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert cell.removeprefix("'").lstrip("'") == quiet(text).lstrip("'")


def test_numbers_in_csv_stay_numbers() -> None:
    report, judgement = canned.compas()
    lines = list(csv.DictReader(io.StringIO(csv_table(report, judgement))))
    told = {(line["estimand"], line["level"]): line for line in lines if line["outcome"] != "NOT_ASSESSED"}
    for finding in report.findings:
        line = told[finding.estimand, finding.level]
        assert float(line["estimate"]) == finding.estimate.value
        assert line["low"] == ("" if finding.interval().low is None else repr(finding.interval().low))
    assert sum(line["outcome"] == "NOT_JUDGED" for line in lines) == 2
    assert {line["verdict"] for line in lines} >= {item.because for item in report.not_assessed}


def test_hostile_csv_has_only_inert_cells() -> None:
    for line in csv.reader(io.StringIO(csv_table(*canned.hostile()))):
        for cell in line:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or float(cell) < 0


@JUDGED
def test_json_is_both_wire_formats_and_valid(make) -> None:
    report, judgement = make()
    data = json.loads(render(report, judgement, "json"))
    assert Report.from_dict(data["report"]) == report
    whole = Judgement.from_json(judgement.to_json())  # half a character has no place in a file
    assert Judgement.from_json(json.dumps(data["judgement"])) == whole
    assert [v.outcome for v in whole.verdicts] == [v.outcome for v in judgement.verdicts]
    validator().validate(data["report"])
    validator("judgement").validate(data["judgement"])
    validator("document").validate(data)


def validator(part: str = "report") -> jsonschema.Draft202012Validator:
    schema = json.loads((folder("reports") / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$ref"] == "#/$defs/report"
    return jsonschema.Draft202012Validator(schema | {"$ref": f"#/$defs/{part}"})


def test_the_schema_of_cells_takes_weighted_and_plain_tallies() -> None:
    import numpy as np

    from auditkit.core.evidence import Tally

    codes, n = np.array([[0], [1]]), np.array([3, 4])
    for weighted in (False, True):
        w = n * 1.5 if weighted else n * 1.0
        tally = Tally(("group",), ("sex",), (("f", "m"),), codes, n, w, w * 2, weighted)
        data = replace(canned.all_pass()[0], cells=tally).to_dict()
        validator().validate(data)
        data["cells"].pop("w" if weighted else "n")
        with pytest.raises(jsonschema.ValidationError):
            validator().validate(data)


@pytest.mark.parametrize("damage", ["extra", "missing", "curve", "outcome"])
def test_the_schema_refuses_damage(damage: str) -> None:
    report, judgement = canned.all_pass()
    data, said = report.to_dict(), judgement.to_dict()
    finding = data["findings"][0]
    if damage == "extra":
        finding["colour"] = "red"
    elif damage == "missing":
        del finding["null"]
    elif damage == "curve":
        finding["estimate"]["lower"].pop()
    else:
        said["verdicts"][0]["outcome"] = "GREEN"
    with pytest.raises(jsonschema.ValidationError):
        validator("document").validate({"report": data, "judgement": said})


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r'There is no format "sumary"\. Did you mean "summary"\? Formats: .*page'):
        render(*canned.empty(), "sumary")


def test_a_template_dropped_in_the_folder_is_a_format(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "card.txt.jinja").write_text("{{ judgement.outcome | word }}: {{ report.findings[1].level }}", "utf-8")
    (tmp_path / "_part.txt.jinja").write_text("part", "utf-8")
    monkeypatch.setattr("auditkit.rendering.folder", lambda name: tmp_path)
    assert formats() == ("card", *SERIALISED)
    assert render(*canned.hostile(), "card") == "Fail: : :error: :x\n"


def test_a_missing_folder_says_where_it_was_looked_for() -> None:
    with pytest.raises(InputError, match=r"The folder nowhere is missing: looked in .*_resources.* and "):
        folder("nowhere")


SHOWN = [canned.all_pass, canned.inconclusive, canned.nothing, canned.accepted]


@pytest.mark.parametrize("make", SHOWN, ids=lambda make: make.__name__)
def test_summary_snapshot(make, snapshot) -> None:
    assert render(*make(), "summary") == snapshot


@pytest.mark.parametrize("width", [72, 120])
@pytest.mark.parametrize("make", [canned.inconclusive, canned.accepted], ids=lambda make: make.__name__)
def test_table_snapshot(make, width: int, snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert render(*make(), "table") == snapshot


def test_the_summary_of_a_long_report_is_short() -> None:
    text = render(*canned.long(), "summary")
    assert text.count("\n| ◆ Fail") == 20
    assert "and 580 more in the report." in text
    assert len(text) < 60_000, "a comment holds 65,536 characters"


def test_every_table_row_of_the_hostile_summary_has_eight_cells() -> None:
    rows = [line for line in render(*canned.hostile(), "summary").splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(canned.HOSTILE)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}
