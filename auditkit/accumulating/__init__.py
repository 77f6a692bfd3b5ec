"""The evidence of report after report on one model, as one test: nights add to it, none is a new roll of the dice."""

from auditkit.accumulating.files import alone
from auditkit.accumulating.state import State

__all__ = ["State", "alone"]
