"""rehearse(): how often a gate is red on fair worlds that are shaped like one's own evidence."""

from auditkit.rehearsing.rehearsal import Rehearsal, rehearse

__all__ = ["Rehearsal", "rehearse"]
