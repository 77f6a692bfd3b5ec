"""A predictor made fairer by fairlearn: audited before and after on the same people held out, with what it costs."""

from auditkit.lifecycle.mitigating.loading import Mitigated, load
from auditkit.lifecycle.mitigating.mitigation import mitigate
from auditkit.lifecycle.mitigating.table import mitigate_table

__all__ = ["Mitigated", "load", "mitigate", "mitigate_table"]
