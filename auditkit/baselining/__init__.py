"""The ratchet: a report that later ones are compared with, and what somebody accepts of it."""

from auditkit.baselining.accepted import OPEN
from auditkit.baselining.committing import committed
from auditkit.baselining.making import create, update
from auditkit.baselining.reading import FILE, read_baseline
from auditkit.comparing import Move, differences, moves
from auditkit.core.baseline import Baseline

__all__ = ["FILE", "OPEN", "Baseline", "Move", "committed", "create", "differences", "moves", "read_baseline", "update"]
