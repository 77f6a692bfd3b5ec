"""What a policy can ask of a report: one rule a file."""

from auditkit.rules.assessed import Assessed
from auditkit.rules.enough import Enough
from auditkit.rules.no_worse import NoWorse
from auditkit.rules.policy import Policy
from auditkit.rules.ratio import Ratio
from auditkit.rules.rule import Question, Rule, Shortfall, has_interval, known
from auditkit.rules.within import Within

__all__ = [
    "Assessed",
    "Enough",
    "NoWorse",
    "Policy",
    "Question",
    "Ratio",
    "Rule",
    "Shortfall",
    "Within",
    "has_interval",
    "known",
]
