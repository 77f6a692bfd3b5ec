"""Annex IV and MEASURE: which requirement rests on what, and what was not measured."""

from __future__ import annotations

import json
import re
from typing import Any

import canned
import pytest
from artefacts import seen

from auditkit.rendering import render


def requirements(name: str, judged: canned.Judged) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(render(*judged, name))["requirements"]}


def test_annex_iv_says_which_requirement_rests_on_what() -> None:
    told = requirements("annex_iv.json", canned.compas())
    assert set(told) == {
        *("Annex IV, 2(d)", "Annex IV, 2(g)", "Annex IV, 3", "Annex IV, 4", "Article 10(2)(f)", "Article 10(2)(g)"),
        *("Article 10(3)", "Article 10(4)", "Article 10(5)", "Article 15(1)", "Article 15(2)", "Article 15(3)"),
    }
    assert told["Article 15(3)"]["claims"] == [f"F{i}" for i in range(1, 13)], "error rates, and not composition"
    assert told["Annex IV, 2(d)"]["claims"] == ["F13", "F14"], "composition, and not error rates"
    assert any("7,214 rows" in fact for fact in told["Article 10(3)"]["evidence"])
    assert all(one["absent"] for one in told.values()), "no report is the whole of a requirement"


def test_annex_iv_tells_dates_retention_and_who_signs() -> None:
    text = seen("annex_iv", render(*canned.compas(), "annex_iv"))
    for expected in ("2 December 2027", "2 August 2028", "for 10 years", "Article 18", "Name Role Date Signature"):
        assert expected in text
    terms = json.loads(render(*canned.compas(), "annex_iv.json"))["terms"]
    assert (terms["annex_iii_as_amended"], terms["retention_years"]) == ("2 December 2027", 10)
    assert terms["annex_iii_as_published"] in text, "the date that stands until an amendment is published"
    assert "Official Journal" in text
    assert not {"Article 4a", "29 June 2026", "adopted"} & set(re.findall(r"Article 4a|29 June 2026|adopted", text))


@pytest.mark.parametrize("name", ["annex_iv", "rmf_measure"])
def test_an_empty_report_is_evidence_of_next_to_nothing(name: str) -> None:
    told = requirements(f"{name}.json", canned.empty())
    assert not [one["id"] for one in told.values() if one["claims"]]
    found = [one["id"] for one in told.values() if one["found"]]
    assert found == ["Annex IV, 2(g)"] if name == "annex_iv" else ["MEASURE 2.1", "MEASURE 2.8"]


def test_measure_lists_what_was_not_measured_before_anything_else() -> None:
    text = seen("rmf_measure", render(*canned.compas(), "rmf_measure"))
    assert text.index("What was not measured") < text.index("The map")
    data = json.loads(render(*canned.compas(), "rmf_measure.json"))
    ids = [one["id"] for one in data["not_measured"]]
    assert {"MEASURE 2.7", "MEASURE 2.10", "MEASURE 2.6", "MEASURE 3.2", "selection.frame"} <= set(ids)
    assert "MEASURE 2.11" not in ids
    mapped = {one["id"].split()[1] for one in data["requirements"]}
    assert mapped == {
        *("1.1", "1.3", "2.1", "2.2", "2.3", "2.5", "2.7"),
        *("2.8", "2.9", "2.10", "2.11", "2.13", "3.1", "4.1"),
    }
    unmapped = {name.split()[1] for name in ids if name.startswith("MEASURE")} - mapped
    assert len(mapped | unmapped) == 22, "MEASURE has twenty-two subcategories"


def test_measure_2_13_tells_the_error_rates_of_the_cards() -> None:
    from auditkit import catalog

    data = json.loads(render(*canned.compas(), "rmf_measure.json"))
    told = data["error_rates"]["disparity.error_rates"]
    card = catalog.card("disparity.error_rates")
    assert card is not None
    worst = max(r.false_fails / r.judged for world in card.worlds for r in world.readings if r.judged)
    assert told["false_fail_at_most"] == worst
    row = next(one for one in data["requirements"] if one["id"] == "MEASURE 2.13")
    assert any(fact.startswith("disparity.error_rates at ") for fact in row["evidence"])


def test_no_card_is_read_for_a_code_that_no_detector_has() -> None:
    assert json.loads(render(*canned.hostile(), "rmf_measure.json"))["error_rates"] == {}
