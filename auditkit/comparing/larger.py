"""How sure would a change be that is compared unit by unit, were there so many times the units?"""

from __future__ import annotations

import math
from dataclasses import replace

from auditkit.comparing.growth import growth, ruler
from auditkit.comparing.kept_units import Together
from auditkit.comparing.shifts import changed, total
from auditkit.core.estimate import Estimate
from auditkit.core.finding import Finding
from auditkit.stats.proportions import clopper_pearson

NOBODY = (
    "None of the {:,} units of both reports changed in what this rests on; yet among others like the {:,} of the "
    "smaller side up to {:.2g} % may (95 %)."
)


def larger(new: Finding, old: Finding, known: Together, times: float) -> Estimate:
    """The growth on so many times the units, of which as large a share changes in each way.

    What may have changed unseen shrinks as 1/n, the noise of what did as 1/√n.
    """
    along, more = ruler(old), known.times(times)
    a, b = along(old.estimate.value), along(new.estimate.value)
    assert a is not None  # else it were not compared by unit
    assert b is not None
    both = _shrunk(total(new, old, known.correlation, ""), math.sqrt(times))
    return growth(a, b, changed(new, old, more, ""), both, old)


def _shrunk(e: Estimate, by: float) -> Estimate:
    """An estimate with arms shorter by a factor."""
    assert e.value is not None
    lower, upper = (
        tuple(None if end is None else e.value + (end - e.value) / by for end in ends) for ends in (e.lower, e.upper)
    )
    return replace(e, lower=lower, upper=upper)


def unseen(known: Together) -> str:
    """What a reader must know where nobody changed: how many may elsewhere (Clopper & Pearson 1934); else nothing."""
    if len(known.moves):
        return ""
    most = float(clopper_pearson(0, known.fewest).upper[1, 0])
    return NOBODY.format(known.units, known.fewest, 100 * most)
