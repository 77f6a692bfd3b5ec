"""What a report is evidence of under the MEASURE function of NIST's AI Risk Management Framework, and what it is not.

NIST AI 100-1 (2023), table 3, in our own words. What was not measured is a part of the answer: MEASURE 1.1 asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.core.card import Card
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats import calibration, recipes
from auditkit.formats.evidence import Claim, unassessed
from auditkit.formats.requirements import Asked, Map, answer, anything, mapped, performance

PEOPLE = frozenset({"rater", "rater_group", "human", "initial", "final", "checked"})
"""Roles that hold what people said or did."""
UNMAPPED = {
    "1.2": "Metrics and controls reviewed",
    "2.4": "Watched while in use",
    "2.6": "Safety",
    "2.12": "The environment",
    "3.2": "Risks that are hard to measure",
    "3.3": "Feedback from those affected",
    "4.2": "Results read by experts and users",
    "4.3": "Better or worse over time",
}
"""Subcategories that no report of this kind speaks of."""


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A subcategory without evidence here, and what would be needed."""

    id: str
    title: str
    because: str


def rmf_measure(report: Report, judgement: Judgement, cards: Mapping[str, Card | None]) -> Map:
    """Each subcategory with what this report holds of it; `cards` are the detectors' own error rates, by code."""
    return answer((*UP_TO_BIAS, _tested(cards), *AFTER), report, judgement)


def unmeasured(found: Map) -> tuple[Unmeasured, ...]:
    """The subcategories without evidence, those that no report of this kind speaks of among them."""
    without = [one.asked for one in found.answered if not one.found]
    told = [Unmeasured(asked.id, asked.title, " ".join(asked.absent)) for asked in without]
    rest = "No report of this kind speaks of it."
    return (*told, *(Unmeasured(f"MEASURE {number}", title, rest) for number, title in UNMAPPED.items()))


def rmf_measure_json(report: Report, judgement: Judgement, cards: Mapping[str, Card | None]) -> str:
    """The same table as JSON: subcategories, the list of what was not measured, the detectors' error rates."""
    found = rmf_measure(report, judgement, cards)
    rest: dict[str, Any] = {
        "not_measured": [{"id": u.id, "title": u.title, "because": u.because} for u in unmeasured(found)]
        + [
            {"id": s["source"], "title": "Not assessed", "because": s["because"]} for s in unassessed(report, judgement)
        ],
        "error_rates": {code: None if card is None else _rates(card) for code, card in cards.items()},
    }
    return mapped("rmf_measure", found, report, judgement, rest)


def _rates(card: Card) -> dict[str, Any]:
    f = calibration.figures(card)
    told: dict[str, Any] = {"rows": card.n, "replications": list(f.replications), "experimental": card.experimental}
    told |= {"false_fail_at_most": f.false_fail, "false_pass_at_most": f.false_pass}
    return told | {"coverage": f.covered and list(f.covered), "full_dose_fails": f.full_fails}


def _people(report: Report, judgement: Judgement) -> Sequence[str]:
    roles = report.recipe.roles
    return [f"People's answers were read, {role}: {', '.join(roles[role])}." for role in roles if role in PEOPLE]


def _looked(report: Report, judgement: Judgement) -> Sequence[str]:
    mapped_out = sum(e.attention is not None for f in report.findings for e in f.exemplars)
    return [f"Where {mapped_out} of the answers looked is kept in the report."] if mapped_out else []


def _accountable(report: Report, judgement: Judgement) -> Sequence[str]:
    told = [f"The report has the SHA-256 {judgement.report_hash}, the policy {judgement.policy_hash}."]
    return [*told, *recipes.answered(report, judgement)]


def _open(claim: Claim) -> bool:
    capped = claim.finding is not None and bool(claim.finding.caps)
    return capped or claim.outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_ASSESSED)


def _human(claim: Claim) -> bool:
    return claim.family == "automation" or claim.code == "attribution.ingroup"


UP_TO_BIAS = (
    Asked(
        "MEASURE 1.1",
        "Methods chosen, gaps named",
        "Methods and metrics for the gravest risks first; what will not or cannot be measured is written down.",
        ("Whether these are the gravest risks: the owner's own list says.",),
        tell=(recipes.tests,),
    ),
    Asked(
        "MEASURE 1.3",
        "Independent assessors",
        "People who did not build the system take part in assessing it.",
        ("Who assessed, and how far from the builders they stand: fill in the signatures.",),
        tell=(recipes.answered,),
    ),
    Asked(
        "MEASURE 2.1",
        "Test sets, metrics, tools",
        "Test sets, metrics and tools are documented.",
        ("How the rows were collected.",),
        tell=(recipes.data, recipes.sizes, recipes.tests, recipes.policy),
    ),
    Asked(
        "MEASURE 2.2",
        "Evaluations with people",
        "Where people are studied, they are protected, and are like the population concerned.",
        ("Consent, protection, and how the people were found.",),
        _human,
        (_people,),
    ),
    Asked(
        "MEASURE 2.3",
        "Performance under conditions like those of use",
        "Performance is measured, and shown for conditions like those of use.",
        ("Whether the data resemble the conditions of use.",),
        performance,
    ),
    Asked(
        "MEASURE 2.5",
        "Validity, reliability and their limits",
        "The system is shown to be valid and reliable; where that stops is documented.",
        ("Conditions beyond the rows audited.",),
        _open,
    ),
    Asked(
        "MEASURE 2.7",
        "Security and resilience",
        "Security and resilience are evaluated.",
        ("No detector here attacks the system.",),
    ),
    Asked(
        "MEASURE 2.8",
        "Transparency and accountability",
        "Risks to transparency and accountability are examined.",
        ("Who answers for the system as a whole.",),
        tell=(_accountable, recipes.tracked),
    ),
    Asked(
        "MEASURE 2.9",
        "Explained, and read in context",
        "The model is explained, and its output read in its context.",
        ("How the model comes to its answers.",),
        tell=(_looked,),
    ),
    Asked(
        "MEASURE 2.10",
        "Privacy",
        "Risks to privacy are examined.",
        ("No detector here looks for what the system reveals of people.",),
    ),
    Asked(
        "MEASURE 2.11",
        "Bias between groups",
        "Bias that the owner's list of risks names is evaluated, and the results written down.",
        ("Biases that no detector was asked for.",),
        anything,
    ),
)
AFTER = (
    Asked(
        "MEASURE 3.1",
        "Risks tracked over time",
        "Risks that are known, new or unforeseen are identified and followed regularly.",
        ("There is no baseline to compare with.",),
        tell=(recipes.tracked,),
    ),
    Asked(
        "MEASURE 4.1",
        "Tied to the context of use",
        "Measurement fits where the system is used, and those who know it there were asked.",
        ("Which experts and users were asked.",),
        tell=(recipes.setting, recipes.references),
    ),
)


def _tested(cards: Mapping[str, Card | None]) -> Asked:
    """The tests themselves: the detectors' error rates on planted worlds."""
    known = tuple(calibration.card_line(card) for card in cards.values() if card is not None)
    unknown = tuple(f"The error rates of {code} are not measured." for code, card in cards.items() if card is None)
    return Asked(
        "MEASURE 2.13",
        "How good the tests are",
        "The effectiveness of the tests and metrics themselves is evaluated.",
        (*unknown, "How the detectors err on data unlike the planted worlds they were measured on."),
        tell=(lambda report, judgement: known,),
    )
