"""What an auditor asks for, by the name of its format: what is serialised, and what the prose ones are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.core.card import Card
from auditkit.core.judgement import Judgement
from auditkit.core.report import Report
from auditkit.formats import annex_iv, local_law_144, recipes, rmf_measure
from auditkit.formats.croissant import croissant
from auditkit.formats.evidence import Claim, claims, origin
from auditkit.formats.local_law_144_files import ll144_csv, ll144_json
from auditkit.formats.model_card import metadata
from auditkit.formats.requirements import Map

SERIALISED: Mapping[str, Callable[[Report, Judgement], str]] = {
    "ll144.csv": ll144_csv,
    "ll144.json": ll144_json,
    "annex_iv.json": annex_iv.annex_iv_json,
    "croissant": croissant,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the template of an artefact prints; each part is made when it is asked for.

    `cards` gives the detectors' calibration cards, for the artefact that tells of them.
    """

    report: Report
    judgement: Judgement
    cards: Callable[[Report], Mapping[str, Card | None]]

    @property
    def origin(self) -> Mapping[str, str]:
        """Who and what stands behind it."""
        return origin(self.report, self.judgement)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every finding and verdict, numbered."""
        return claims(self.report, self.judgement)

    @property
    def recipe(self) -> tuple[str, ...]:
        """How the report was made and judged, in sentences."""
        told = (recipes.data, recipes.tests, recipes.policy)
        return tuple(fact for tell in told for fact in tell(self.report, self.judgement))

    @property
    def law(self) -> local_law_144.Law:
        """The tables of Local Law 144."""
        return local_law_144.local_law_144(self.report)

    @property
    def annex_iv(self) -> Map:
        """The requirements of the EU AI Act, answered."""
        return annex_iv.annex_iv(self.report, self.judgement)

    @property
    def measure(self) -> Map:
        """The subcategories of MEASURE, answered."""
        return rmf_measure.rmf_measure(self.report, self.judgement, self.cards(self.report))

    @property
    def unmeasured(self) -> tuple[rmf_measure.Unmeasured, ...]:
        """The subcategories of MEASURE that nothing answers."""
        return rmf_measure.unmeasured(self.measure)

    @property
    def metadata(self) -> str:
        """The metadata of a model card, in YAML."""
        return metadata(self.report, self.judgement)

    @property
    def fixed(self) -> Mapping[str, Any]:
        """What the artefacts say of every report alike."""
        law = {"no_mark": local_law_144.NO_MARK, "not_asked": local_law_144.NOT_ASKED}
        return law | {"employer": local_law_144.EMPLOYER, "terms": annex_iv.TERMS}
