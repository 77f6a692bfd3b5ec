"""auditkit: is this dataset, model or generator biased, how sure are we, and may it ship?

A probe asks, a target answers, an annotator reads, a tally counts, a detector estimates, a finding tells, a report
gathers, a rule judges. The one thing to understand: a detector is a function from evidence to findings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditkit import lifecycle as lifecycle
    from auditkit.annotating import annotate
    from auditkit.auditing import audit
    from auditkit.core.errors import AuditkitError
    from auditkit.core.estimate import Estimate
    from auditkit.core.evidence import Moments, Tally
    from auditkit.core.finding import Finding, NotAssessed, Reference
    from auditkit.core.judgement import Judgement, Outcome, Verdict
    from auditkit.core.report import Report
    from auditkit.eliciting import elicit
    from auditkit.gating import gate
    from auditkit.labelling import label
    from auditkit.loading import load
    from auditkit.representing import represent
    from auditkit.rules.policy import Policy
    from auditkit.runs import Run

_HOME = {
    "annotate": "annotating",
    "audit": "auditing",
    "elicit": "eliciting",
    "gate": "gating",
    "label": "labelling",
    "lifecycle": "lifecycle",
    "load": "loading",
    "represent": "representing",
    "Policy": "rules.policy",
    "AuditkitError": "core.errors",
    "Estimate": "core.estimate",
    "Finding": "core.finding",
    "Judgement": "core.judgement",
    "Moments": "core.evidence",
    "NotAssessed": "core.finding",
    "Outcome": "core.judgement",
    "Reference": "core.finding",
    "Report": "core.report",
    "Run": "runs",
    "Tally": "core.evidence",
    "Verdict": "core.judgement",
}

__all__ = [
    "AuditkitError",
    "Estimate",
    "Finding",
    "Judgement",
    "Moments",
    "NotAssessed",
    "Outcome",
    "Policy",
    "Reference",
    "Report",
    "Run",
    "Tally",
    "Verdict",
    "annotate",
    "audit",
    "elicit",
    "gate",
    "label",
    "lifecycle",
    "load",
    "represent",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import auditkit` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'auditkit' has no attribute {name!r}")
    home = import_module(f"auditkit.{_HOME[name]}")
    return home if name == _HOME[name] else getattr(home, name)


def __dir__() -> list[str]:
    return __all__
