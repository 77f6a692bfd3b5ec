"""Treatments of one model: prompt templates and system messages, compared with its control on the same seeds."""

from auditkit.lifecycle.prompting.compared import Compared, Told
from auditkit.lifecycle.prompting.comparing import prompt
from auditkit.lifecycle.prompting.telling import summary
from auditkit.lifecycle.prompting.treatments import (
    Treatment,
    Treatments,
    first_treatments,
    read_treatments,
    treatments_of,
)

__all__ = [
    "Compared",
    "Told",
    "Treatment",
    "Treatments",
    "first_treatments",
    "prompt",
    "read_treatments",
    "summary",
    "treatments_of",
]
