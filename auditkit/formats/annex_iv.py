"""What a report is evidence of under the EU AI Act: Annex IV, points 2(d), 2(g), 3 and 4, and Articles 10 and 15.

Regulation (EU) 2024/1689, in our own words. As published, the duties for the systems of Annex III apply from 2 August
2026 and for those in products of Annex I from 2 August 2027 (Article 113); the amendment called Digital Omnibus on AI
puts them off. Only the Official Journal says what is in force. Documentation is kept for 10 years (Article 18).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.formats import recipes
from auditkit.formats.evidence import Claim
from auditkit.formats.requirements import Asked, Map, about_data, answer, anything, mapped, performance


@dataclass(frozen=True, slots=True)
class Terms:
    """From when the duties apply, as published and as amended, and how long the evidence of them is kept."""

    annex_iii_as_published: str = "2 August 2026"
    annex_i_as_published: str = "2 August 2027"
    annex_iii_as_amended: str = "2 December 2027"
    annex_i_as_amended: str = "2 August 2028"
    amended_by: str = "the Digital Omnibus on AI"
    retention_years: int = 10


TERMS = Terms()


def _failing(claim: Claim) -> bool:
    return performance(claim) or claim.outcome is Outcome.FAIL


def _within(claim: Claim) -> bool:
    return claim.finding is not None and bool(claim.finding.stratum or claim.finding.reference)


ASKED = (
    Asked(
        "Annex IV, 2(d)",
        "Data",
        "What the training data are: provenance, scope, main traits, how they were obtained, chosen, labelled.",
        ("How the data were obtained, chosen, labelled and cleaned.", "Whether the rows audited are training data."),
        about_data,
        (recipes.data,),
    ),
    Asked(
        "Annex IV, 2(g)",
        "Validation and testing",
        "How the system was tested, on which data, by which metrics, for which discriminatory impacts; test logs and "
        "reports, dated and signed by those responsible.",
        ("The date and the signatures: fill in the block below.", "Tests of robustness and of changes planned ahead."),
        anything,
        (recipes.tests, recipes.policy),
    ),
    Asked(
        "Annex IV, 3",
        "Capabilities, limits and accuracy by group",
        "How accurate the system is, overall and for the groups it is meant for; foreseeable unintended outcomes and "
        "sources of risk, discrimination among them.",
        ("The overall accuracy that the purpose needs.", "Human oversight, and what input data must be like."),
        _failing,
    ),
    Asked(
        "Annex IV, 4",
        "Why these metrics",
        "Why the metrics chosen suit this system.",
        ("Why these comparisons, and no others, matter for this use.",),
        tell=(recipes.references,),
    ),
    Asked(
        "Article 10(2)(f)",
        "Examined for bias",
        "An examination for biases that may harm health, safety or fundamental rights, or discriminate.",
        ("Which of these biases the law prohibits, and the harm each would do.",),
        anything,
    ),
    Asked(
        "Article 10(2)(g)",
        "Measures against bias",
        "Measures to detect, prevent and mitigate the biases found.",
        ("What was done to prevent or mitigate.",),
        tell=(recipes.tests, recipes.tracked, recipes.answered),
    ),
    Asked(
        "Article 10(3)",
        "Relevant, representative, complete",
        "Data sets that are relevant, sufficiently representative, as free of errors and complete as can be, also as "
        "regards the groups the system is meant for.",
        ("Errors in the values themselves.", "Whether the rows are those that the purpose calls for."),
        about_data,
        (recipes.sizes, recipes.data),
    ),
    Asked(
        "Article 10(4)",
        "The setting",
        "Data that fit the place, the context, the behaviour and the function in which the system is used.",
        ("Where, by whom and on whom the system will be used.",),
        _within,
        (recipes.setting, recipes.references),
    ),
    Asked(
        "Article 10(5)",
        "Special categories of personal data",
        "Where such data are processed to find and correct bias: strict necessity, safeguards, limits, deletion. "
        "Amendments to this were agreed in 2026: read the text in force.",
        ("The legal ground, the necessity and the safeguards.",),
        tell=(recipes.groups,),
    ),
    Asked(
        "Article 15(1)",
        "Accuracy, robustness, cybersecurity",
        "An appropriate level of each, throughout the lifecycle.",
        ("Robustness and cybersecurity.", "Behaviour after the day of the audit."),
        performance,
    ),
    Asked(
        "Article 15(2)",
        "Ways of measuring",
        "The Commission encourages benchmarks and methods of measurement; a report says which were used.",
        ("Any benchmark or harmonised standard.",),
        tell=(recipes.tests,),
    ),
    Asked(
        "Article 15(3)",
        "Declared accuracy",
        "Levels and metrics of accuracy that the instructions for use declare.",
        ("The declaration itself: carry the figures over, with their intervals.",),
        performance,
    ),
)


def annex_iv(report: Report, judgement: Judgement) -> Map:
    """Each requirement with what this report holds of it."""
    return answer(ASKED, report, judgement)


def annex_iv_json(report: Report, judgement: Judgement) -> str:
    """The same map as JSON; each claim carries the hashes of the report and of the policy."""
    return mapped("annex_iv", annex_iv(report, judgement), report, judgement, {"terms": asdict(TERMS)})
