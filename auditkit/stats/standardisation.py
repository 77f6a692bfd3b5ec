"""Direct standardisation: the gap between two groups if both had the same mix of strata."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from auditkit.core.estimate import Estimate, Floats, estimates
from auditkit.stats.contrasts import newcombe
from auditkit.stats.proportions import Rates, wilson


def standardised_difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, weights: ArrayLike | None = None
) -> Estimate:
    """Estimate Σ w (p1 - p2) over K strata, the weights summing to 1; `None` takes the pooled mix of both groups.

    Newcombe's interval (1998a) on the two standardised rates P = Σ w p, each with Wilson's limits on the rows it is
    worth, n_eff = P̃(1 - P̃)(1 + 1/2N) / Σ w² p̃(1 - p̃)(1 + 1/2n)/n, where p̃ = (x + 1/2)/(n + 1) and P̃ = Σ w p̃, so that
    strata with all or none hit still count as uncertain (the idea of Korn & Graubard 1998). With one stratum it is
    Newcombe's interval itself. Adding the squares of the strata's own Wilson limits instead (MOVER) is too short when
    strata are many and small: arms of length 0, at rates of 0 and 1, pile up on one side.

    Strata where one group is empty cannot be compared: they are dropped, the rest reweighted, and `method` counts them.
    `n` counts all rows, `n_eff` those left of the smaller group.

    >>> e = standardised_difference([512, 353], [825, 560], [89, 17], [108, 25])
    >>> round(e.value, 3), e.method
    (-0.144, 'Newcombe, standardised over 2 strata')
    """
    arrays = (np.atleast_1d(np.asarray(a, float)) for a in (x1, n1, x2, n2))
    x, n, y, m = np.broadcast_arrays(*arrays)
    w = n + m if weights is None else np.broadcast_to(np.asarray(weights, float), x.shape)
    use = (n > 0) & (m > 0) & (w > 0)
    total, lost = int((n + m).sum()), int(((w > 0) & ~use & (n + m > 0)).sum())
    if not use.any():
        return Estimate.undefined("no stratum has both groups", n=total)
    share = w[use] / w[use].sum()
    curve = newcombe(*(wilson(_standardised(a[use], b[use], share)) for a, b in ((x, n), (y, m))))
    strata = f"{use.sum()} strata" if use.sum() > 1 else "1 stratum"
    method = f"Newcombe, standardised over {strata}" + (f", {lost} dropped for want of a group" if lost else "")
    return estimates(*curve, n=total, n_eff=min(n[use].sum(), m[use].sum()), method=method)[0]


def _standardised(x: Floats, n: Floats, share: Floats) -> Rates:
    """The standardised rate of one group and the rows it is worth."""
    smooth = (x + 0.5) / (n + 1)
    centre = share @ smooth
    variance = (smooth * (1 - smooth) * (n + 0.5) / n**2) @ share**2
    n_eff = centre * (1 - centre) * (1 + 0.5 / n.sum()) / variance
    return Rates(*(np.array([part]) for part in (share @ (x / n), n.sum(), n_eff, np.inf)))
