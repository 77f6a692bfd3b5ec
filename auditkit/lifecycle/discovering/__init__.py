"""discover: models found by task, licence and size, put into one plan, and audited side by side.

`search` looks, `compare` audits, `discover` does one after the other. A hub is asked only where it is named.
"""

from auditkit.lifecycle.discovering.candidate import Aside, Candidate, Found
from auditkit.lifecycle.discovering.comparing import compare
from auditkit.lifecycle.discovering.comparison import Audited, Comparison, Speed
from auditkit.lifecycle.discovering.discover import discover
from auditkit.lifecycle.discovering.searching import search
from auditkit.lifecycle.discovering.wanting import Wanted, bytes_of

__all__ = [
    "Aside",
    "Audited",
    "Candidate",
    "Comparison",
    "Found",
    "Speed",
    "Wanted",
    "bytes_of",
    "compare",
    "discover",
    "search",
]
