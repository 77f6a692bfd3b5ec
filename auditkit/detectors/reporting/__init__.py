"""Reporting bias: what is written down is not what happens."""

from collections.abc import Mapping

from auditkit.detectors.reporting.documentation_odds import DocumentationOdds
from auditkit.detectors.reporting.extremity import Extremity
from auditkit.detectors.reporting.frequency import Frequency
from auditkit.detectors.reporting.generator_frequency import GeneratorFrequency
from auditkit.detectors.reporting.mention import Mention
from auditkit.detectors.reporting.stratum_error import StratumError
from auditkit.detectors.reporting.typicality import Typicality

__all__ = [
    "DocumentationOdds",
    "Extremity",
    "Frequency",
    "GeneratorFrequency",
    "Mention",
    "StratumError",
    "Typicality",
]

NOT_FOR: Mapping[str, str] = {
    "decisions": "a decision reports nothing: give what was written about it as text",
}
