"""lineage: data, models, runs, reports and gates of a folder, tied by their hashes into one chain."""

from auditkit.core.lineage import BROKEN, Deed, Flaw, Kin, Known, Lineage
from auditkit.lifecycle.lineage.tracing import trace
from auditkit.lifecycle.lineage.walking import stamp

__all__ = ["BROKEN", "Deed", "Flaw", "Kin", "Known", "Lineage", "stamp", "trace"]
