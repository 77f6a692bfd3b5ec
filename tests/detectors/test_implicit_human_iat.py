"""The human IAT on hand-made logs: the group is told, never a person."""

import numpy as np
import pytest

from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.finding import NotAssessed
from auditkit.detectors.implicit import HumanIat
from auditkit.stats.latencies import mean_of_people

TIMES = {"compatible": (600, 700, 800), "incompatible": (900, 1000, 700)}
WRONG = (0, 0, 1)


def log(people=5, error=True, position=True, extra=0):
    """Everybody as in the hand computation of the statistic's test, with one more person each a little slower."""
    rows, latency, place = [], [], []
    for person in range(people):
        for arm, times in TIMES.items():
            for k, time in enumerate(times):
                wrong = arm == "incompatible" and WRONG[k]
                rows.append((f"p{person}", arm, "wrong" if wrong else "right"))
                latency.append(time + (extra * person if arm == "incompatible" and not wrong else 0))
                place.append(k)
    columns = {axis: [row[i] for row in rows] for i, axis in enumerate(("unit", "arm", "outcome"))}
    if not error:
        del columns["outcome"]
    return Rows.of(columns, {"latency": latency} | ({"position": place} if position else {}))


def test_the_hand_computed_score_of_everybody():
    """(950 + 600 in the place of the error): 450 over the SD of all six, 147.196."""
    mean, reliability = HumanIat(error="wrong").examine(log())
    assert mean.estimate.value == pytest.approx(3.05715, abs=1e-4)
    assert mean.estimate.lower[0] is None  # five people who are all alike have no spread to read
    assert reliability.estimate.value is None
    assert mean.margin is None


def test_without_outcomes_the_times_stand_as_they_are():
    mean, _ = HumanIat().examine(log(error=False))
    assert mean.estimate.value == pytest.approx((2600 / 3 - 700) / 147.196, abs=1e-4)
    assert any("run to the correct response" in note for note in mean.notes)


def test_the_group_has_a_t_interval_and_nobody_is_named():
    told = HumanIat(error="wrong").examine(log(extra=40))
    assert told[0].estimate.method == "t over people"
    assert told[0].estimate.clusters == 5
    assert [f.level for f in told] == ["incompatible", "incompatible"]
    for person in range(5):
        assert all(f"p{person}" not in f.sentence + " ".join(f.notes) for f in told)
    assert told[0].estimate.interval(0.95) == mean_of_people(_scores()).interval(0.95)


def _scores():
    """D of the five, spelled out."""
    out = []
    for person in range(5):
        quick, slow = np.array([600.0, 700, 800]), np.array([900.0 + 40 * person, 1000 + 40 * person, 700])
        sd = np.std([*quick, *slow], ddof=1)
        out.append((slow[:2].mean() + 600 / 3 - quick.mean()) / sd)
    return out


def test_without_an_order_there_is_no_reliability():
    _, half = HumanIat(error="wrong").examine(log(position=False))
    assert isinstance(half, NotAssessed)


def test_who_takes_no_part_is_said():
    hasty = Rows.of(
        {"unit": ["h"] * 4, "arm": ["compatible", "incompatible"] * 2, "outcome": ["right"] * 4},
        {"latency": [200.0, 250, 700, 700], "position": [0, 0, 1, 1]},
    )
    slow = Rows.of(
        {"unit": ["p0", "q"], "arm": ["compatible"] * 2, "outcome": ["right"] * 2},
        {"latency": [10_001.0, 700.0], "position": [9, 9]},
    )
    notes = " ".join(HumanIat(error="wrong").examine(log(extra=40) + hasty + slow)[0].notes)
    for part in ("1 people answered too often", "1 people lack a block", "1 trials took over"):
        assert part in notes


def test_what_cannot_be_decided():
    whole = log()
    with pytest.raises(CannotDecide):
        HumanIat(error="wrong").examine(whole.where("arm", "compatible"))
    with pytest.raises(CannotDecide, match="another person"):
        HumanIat().examine(Rows.of({"arm": ["compatible", "incompatible"]}, {"latency": [700, 800]}))
    with pytest.raises(InputError, match="error"):
        HumanIat().examine(whole)
    with pytest.raises(InputError, match="no level"):
        HumanIat(incompatible="b", error="wrong").examine(whole)
    negative = Rows.of({"unit": ["a", "a"], "arm": ["compatible", "incompatible"]}, {"latency": [-1.0, 700.0]})
    with pytest.raises(InputError, match="at least 0"):
        HumanIat().examine(negative)
