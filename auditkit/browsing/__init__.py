"""browse(): which answers a run has, cell by cell, and what each of them shows; read in a second, and never written."""

from auditkit.browsing.columns import Column
from auditkit.browsing.files import looked, small
from auditkit.browsing.glance import Glance, glance, source
from auditkit.browsing.run import STATES, Browsed, Group, Shown, State, browse, digest

__all__ = [
    "STATES",
    "Browsed",
    "Column",
    "Glance",
    "Group",
    "Shown",
    "State",
    "browse",
    "digest",
    "glance",
    "looked",
    "small",
    "source",
]
