"""Texts judged two at a time: shown in both orders under both labels, so that a taste is found where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import auditkit
from auditkit.core.errors import ColumnError
from auditkit.core.probe import Prompt
from auditkit.detectors import automation
from auditkit.probes import Judging
from tests.probes.worded import answers, matches


def test_a_match_is_shown_in_both_orders_under_both_labellings() -> None:
    asked = list(Judging(matches(1), templates=1, labels=("AI", "person")))
    assert len(asked) == 4
    seen = {(p.factors["first origin"], p.factors["first label"], p.factors["second label"]) for p in asked}
    assert seen == {(o, *labels) for o in ("machine", "human") for labels in (("AI", "person"), ("person", "AI"))}
    for prompt in asked:
        for place in ("first", "second"):
            shown = f"(by {prompt.factors[f'{place} label']}) {prompt.factors[f'{place} origin']} text 0"
            assert shown in prompt.text


def test_choices_become_two_rows_each(tmp_path: Path) -> None:
    asked = Judging(matches(2), templates=1)
    said = iter(["first", "second", "neither", "first"])
    table = answers(asked, lambda prompt, seed: next(said), tmp_path / "run")
    rows = asked.rows(table)
    assert rows["chosen"].tolist() == ["yes", "no", "no", "yes", None, None, "yes", "no"]
    assert rows["slot"].tolist() == ["first", "second"] * 4
    assert rows["origin"].tolist() == ["machine", "human", "human", "machine"] * 2
    assert set(rows["content"]) == {"1, one", "1, other", "2, one", "2, other"}
    with pytest.raises(ColumnError, match='"said"'):
        asked.rows(table, "said")


@pytest.mark.parametrize("taste", ["label", "origin", "place"])
def test_a_taste_is_found_where_it_is_and_not_elsewhere(taste: str, tmp_path: Path) -> None:
    asked = Judging(matches(40), templates=3, labels=("AI", "person"))

    def say(prompt: Prompt, seed: int) -> str:
        f = prompt.factors
        first = {"label": f["first label"] == "AI", "origin": f["first origin"] == "machine", "place": True}[taste]
        return ("first" if first else "second") if seed % 10 < 8 else ("second" if first else "first")

    rows = asked.rows(answers(asked, say, tmp_path / "run"))
    swap = auditkit.audit(
        rows, automation.SourceSwap("AI", favourable="yes", choice=True), item="content", source_label="source_label",
        outcome="chosen", slot="slot", unit="item",
    )  # fmt: skip
    own = auditkit.audit(
        rows.astype({"quality": float}), automation.SelfPreference("machine", chosen="yes"), item="choice",
        origin="origin", outcome="chosen", quality="quality", slot="slot", unit="item",
    )  # fmt: skip
    assert swap.findings[0].estimate.value == pytest.approx(0.3 * (taste == "label"), abs=0.06)
    assert own.findings[0].estimate.value == pytest.approx(0.3 * (taste == "origin"), abs=0.06)
