"""What a model card says of a candidate, as the hub's template has it and as the lab writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.lab.model_card import FILE, PIPELINES, edits_card, model_card, part_card
from auditkit.lab.models import WEIGHTS
from auditkit.lab.population_card import population_card
from auditkit.lifecycle.discovering.carding import read_card


def test_every_card_of_the_lab_has_front_matter() -> None:
    for name, (task, library) in PIPELINES.items():
        read = read_card((WEIGHTS / name / FILE).read_text(encoding="utf-8"))
        assert (read.task, read.library, read.licence, read.fault) == (task, library, "mit", "")
        assert read.uses
        assert read.limits
    assert set(PIPELINES) == {place.parent.name for place in WEIGHTS.glob(f"*/{FILE}")}


@pytest.mark.slow
def test_every_card_of_the_lab_is_what_the_code_writes() -> None:
    written = {"text_to_image": model_card("text_to_image"), "super_resolution": edits_card("super_resolution")}
    written |= {name: population_card(name) for name in ("vae", "gan", "autoregressive", "unconditional")}
    written["clip"] = part_card("clip")
    for name, card in written.items():
        assert (WEIGHTS / name / FILE).read_text(encoding="utf-8") == card


def test_the_hub_reads_the_lab_s_cards() -> None:
    from huggingface_hub import ModelCard

    data = ModelCard((WEIGHTS / "transformer" / FILE).read_text(encoding="utf-8")).data
    assert (data.license, data.pipeline_tag, data.library_name) == ("mit", "translation", "transformers")


def test_a_card_is_read_as_the_hub_s_template_has_it() -> None:
    card = read_card(
        "---\nlicense:\n- mit\n- apache-2.0\npipeline_tag: fill-mask\n---\n# M\n## Uses\n### Direct Use\nFill words.\n"
        "### Out-of-Scope Use\nHiring.\n## How to use\n```\n## Limitations\npip\n```\n## Bias, Risks, and Limitations\n"
        "[More Information Needed]\nLeans to he.\n### Recommendations\nAudit it.\n## Training\nx\n"
    )
    assert card.licence == "mit, apache-2.0"
    assert card.uses == "Fill words."
    assert card.limits == "Hiring. Leans to he. Audit it."
    both = read_card("## Intended uses & limitations\nFor tests.")
    assert both.uses == both.limits == "For tests."
    assert read_card("---\nlicense: other\nlicense_name: own\n---\n").licence == "other (own)"
    for silent in (
        "",
        "---\nlicense: unknown\n---\n",
        "---\nlicense: {a: b}\n---\n",
        "---\n[1]\n---\n",
        "---\na: [\n---\n",
    ):
        assert read_card(silent).licence is None
    assert read_card("---\na: [\n---\n").fault


@given(st.text(max_size=300))
def test_any_card_is_read(text: str) -> None:
    read_card(text)
    read_card(f"---\n{text}\n---\n## Limitations\n{text}")
