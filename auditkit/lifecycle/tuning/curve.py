"""The curve of a training: the loss at every step, and now and then that of the rows held out, with its interval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditkit.core.estimate import Estimate, Floats
from auditkit.lifecycle.tuning.pupil import Ints
from auditkit.stats.noninferiority import mean_of_items

FILE = "curve.json"


class Mark(NamedTuple):
    """The mean loss of the held-out items by weight, after so many steps, and its 95 % interval."""

    step: int
    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, step: int, mean: Estimate) -> Mark:
        """A mark from an estimate."""
        low, high, _ = mean.interval(0.95)
        return cls(step, float("nan") if mean.value is None else mean.value, low, high)


@dataclass
class Curve:
    """Losses, one a step from the first, and marks of the rows held out.

    >>> curve = Curve([0.5, 0.25], [Mark(0, 0.6, 0.5, 0.7)])
    >>> Curve.from_dict(json.loads(json.dumps(curve.to_dict()))) == curve
    True
    """

    losses: list[float] = field(default_factory=list)
    held_out: list[Mark] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON: held-out losses are tables with their interval."""
        return {"losses": self.losses, "held_out": [mark._asdict() for mark in self.held_out]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Curve:
        """Read what `to_dict` gave."""
        return cls([float(loss) for loss in told["losses"]], [Mark(**mark) for mark in told["held_out"]])

    def to_json(self) -> str:
        """The file beside the turn."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n"


def by_item(values: Floats, families: Ints, weights: Floats | None = None) -> Floats:
    """The mean of the rows of each family, Σ w x/Σ w, (items,), in the order of their numbers.

    NaN where a row has no value.

    >>> import numpy as np
    >>> by_item(np.array([1.0, 3.0, 5.0]), np.array([7, 7, 2])).tolist()
    [5.0, 2.0]
    >>> by_item(np.array([1.0, 3.0, 5.0]), np.array([7, 7, 2]), np.array([1.0, 3.0, 1.0])).tolist()
    [5.0, 2.5]
    """
    import numpy as np

    w = np.ones(len(values)) if weights is None else weights
    _, place = np.unique(families, return_inverse=True)
    means: Floats = np.bincount(place, w * values) / np.bincount(place, w)
    return means


def items_of(families: Ints, weights: Floats) -> Floats:
    """What the items weigh, Σ w of their rows, (items,), in the order of `by_item`.

    >>> import numpy as np
    >>> items_of(np.array([7, 7, 2]), np.array([1.0, 3.0, 1.0])).tolist()
    [1.0, 4.0]
    """
    import numpy as np

    found: Floats = np.bincount(np.unique(families, return_inverse=True)[1], weights).astype(float)
    return found


def marked(step: int, losses: Floats, families: Ints, weights: Floats) -> Mark:
    """The mark of held-out losses, (rows,), by item and weight, as the guard means what it judges."""
    return Mark.of(step, mean_of_items(by_item(losses, families, weights), items_of(families, weights)))
