"""Any table becomes evidence: the only package that imports narwhals.

A table is opened, the columns that play a role are picked, the engine the table lives in counts their cells in one
group-by, and only the few distinct raw keys that come back are spelled as levels. Where a question needs rows, the
picked columns come over as they are.
"""

from auditkit.frames.counting import moments, tally
from auditkit.frames.gathering import fetch, rows
from auditkit.frames.opening import columns, from_arrays, is_list, numeric, open_data
from auditkit.tables import framed

__all__ = ["columns", "fetch", "framed", "from_arrays", "is_list", "moments", "numeric", "open_data", "rows", "tally"]
