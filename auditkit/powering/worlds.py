"""Which world a detector of a plan is thought to meet, while nothing has been drawn."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from auditkit.core.detector import Detector, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Finding, Key, NotAssessed
from auditkit.core.roles import Roles
from auditkit.detectors.disparity.selection_rate import SelectionRate
from auditkit.detectors.reporting.generator_frequency import DIRECTED, EXPECTED, GeneratorFrequency
from auditkit.formats.words import quiet
from auditkit.powering.designs import Generated, MoreUnits, TwoGroups, World
from auditkit.stats.expectations import Expectations

NARROWS = 0.7
"""Four times the rows halve an interval; where they leave more than this of it, its units must grow with the rows."""


@dataclass(frozen=True)
class Supposed:
    """A detector, the world that it is shown, and what is assumed with that, a sentence each.

    `absent` are the roles that the world fills and the plan does not.
    """

    detector: Detector
    world: World
    said: tuple[str, ...]
    absent: frozenset[str] = frozenset()

    def draw(self, dose: float, n: int, rng: np.random.Generator) -> tuple[Evidence, Told]:
        """What the detector sees of about n rows, and what it tells of that."""
        shown = _without(self.world.plant(dose, n, rng).evidence, self.absent)
        return shown, _told(self.detector, shown)

    def truth(self, dose: float) -> Mapping[Key, float]:
        """The true values at a dose."""
        return self.world.plant(dose, self.detector.n_min, np.random.default_rng(0)).truth


def suppose(
    detector: Detector,
    roles: Roles,
    concepts: Sequence[str] = (),
    rate: float | None = None,
    share: float | None = None,
) -> Supposed:
    """The world of a detector: its own planted one, or one of the plan's references, or of a `rate` and a `share`.

    It is shown with the roles that the plan fills, and with the plan's own fields as far as the world knows them.

    >>> suppose(SelectionRate(favourable="hired"), Roles.of(group="sex", outcome="hired"), rate=.1).said[0]
    'Two groups, of which the smaller is 50 % of the rows, selected at a rate of 0.1.'
    """
    own = _own(detector, concepts, rate, share)
    shown, lost = (detector, ()) if own and isinstance(detector, GeneratorFrequency) else _configured(detector)
    world, said = own or (shown, (_described(shown),))
    supposed = Supposed(shown, world, said)
    absent = _absent(supposed, roles)
    units = () if _narrows(replace(supposed, absent=absent)) else (_grown(supposed),)
    grown = MoreUnits(world, shown.n_min) if units else world
    return Supposed(shown, grown, (*said, *units, *_assumed(supposed, absent, lost, roles)), absent)


def _grown(supposed: Supposed) -> str:
    shown = supposed.draw(0.0, supposed.detector.n_min, np.random.default_rng(0))[0]
    each = shown.total / len(shown.levels_of(UNIT))  # type: ignore[union-attr]  # moments have no units that share rows
    return f"Drawn again, with other units, as often as the rows ask for: {each:.0f} rows a unit."


def _assumed(supposed: Supposed, absent: frozenset[str], lost: Sequence[str], roles: Roles) -> Iterator[str]:
    """What else is assumed: of fields and roles that the world and the plan do not share."""
    if lost:
        yield f"This world has levels of its own, so what the plan names plays no part in it: {', '.join(lost)}."
    if absent:
        yield f"Shown without what the plan has no column for: {', '.join(sorted(absent))}."
    evidence = supposed.world.plant(0.0, supposed.detector.n_min, np.random.default_rng(0)).evidence
    if UNIT in roles and UNIT not in evidence:
        yield f"Rows of one {quiet(roles[UNIT][0])} are independent there; where they are alike, more are needed."


def _described(detector: Detector) -> str:
    """What the manual says of the planted world: the first paragraph."""
    return " ".join((inspect.getdoc(detector.plant) or "").split("\n\n")[0].split())


def _own(
    detector: Detector, concepts: Sequence[str], rate: float | None, share: float | None
) -> tuple[World, tuple[str, ...]] | None:
    """A world that the plan itself describes."""
    if isinstance(detector, SelectionRate) and (rate is not None or share is not None):
        groups = TwoGroups(0.5 if rate is None else rate, 0.5 if share is None else share, detector.code)
        return groups, (groups.said,)
    if isinstance(detector, GeneratorFrequency) and detector.real is None:
        given = Expectations(detector.reference, detector.stereotype, detector.parity)
        asked = tuple(concepts or detector.concepts)
        known = tuple(name for name in asked if given.shares(name))
        key = Key(detector.code, DIRECTED, EXPECTED, detector.against, "group")
        generated = Generated(given, known or asked, key, len(asked))
        return generated, (generated.said,)
    return None


def _narrows(supposed: Supposed) -> bool:
    """Whether four times the rows narrow the intervals by which the detector's suggestions are judged."""
    n = supposed.detector.n_min
    before, few = supposed.draw(0.0, n, np.random.default_rng(1))
    if UNIT not in before:
        return True
    after, many = supposed.draw(0.0, 4 * n, np.random.default_rng(4))
    if len(after.levels_of(UNIT)) > len(before.levels_of(UNIT)):
        return True
    wide, narrow = ({f.key: f.estimate.standard_error(f.scale) for f in _judged(told)} for told in (few, many))
    return all(narrow.get(key) is None or narrow[key] <= NARROWS * se for key, se in wide.items() if se)  # type: ignore[operator]  # not None


def _judged(told: Told) -> list[Finding]:
    return [item for item in told if isinstance(item, Finding) and item.margin is not None]


def _configured(detector: Detector) -> tuple[Detector, tuple[str, ...]]:
    """The detector of a plan, as its planted world knows it: with as few of the specimen's fields as make it speak."""
    if _speaks(detector):
        return detector, ()
    specimen = type(detector).specimen()
    strange = [f.name for f in fields(detector) if getattr(detector, f.name) != getattr(specimen, f.name)]  # type: ignore[arg-type]  # every detector is a dataclass
    for name in strange:
        if (one := _speaking(detector, name, specimen)) is not None:
            return one, _set(detector, [name])
    shown, kept = specimen, []
    for name in strange:
        if (one := _speaking(shown, name, detector)) is not None:
            shown = one
            kept.append(name)
    return shown, _set(detector, [name for name in strange if name not in kept])


def _speaking(detector: Detector, name: str, other: Detector) -> Detector | None:
    """A detector with one field of another's, where it then tells its headline."""
    try:
        made: Detector = replace(detector, **{name: getattr(other, name)})  # type: ignore[type-var]  # as above
    except InputError:
        return None
    return made if _speaks(made) else None


def _set(detector: Detector, names: Sequence[str]) -> tuple[str, ...]:
    """Those of these fields that somebody set."""
    defaults = {f.name: f.default for f in fields(detector)}  # type: ignore[arg-type]  # as above
    return tuple(name for name in names if getattr(detector, name) != defaults[name])


def _speaks(detector: Detector) -> bool:
    """Whether it tells the headline of the world that it plants."""
    try:
        planted = detector.plant(0.0, detector.n_min, np.random.default_rng(0))
        return _tells(_told(detector, planted.evidence), next(iter(planted.truth)))
    except (InputError, CannotDecide, LookupError, TypeError, ValueError, AttributeError):
        return False


def _tells(told: Told, key: Key) -> bool:
    return any(isinstance(f, Finding) and f.key == key and f.estimate.value is not None for f in told)


def _told(detector: Detector, shown: Evidence) -> Told:
    """What it tells, or why it cannot."""
    try:
        return detector.examine(shown)
    except (CannotDecide, InputError) as reason:
        return (NotAssessed(detector.code, str(reason)),)


def _absent(supposed: Supposed, roles: Roles) -> frozenset[str]:
    """The roles that the planted world fills and the plan does not, save those that another role stands in for."""
    detector = supposed.detector
    planted = supposed.world.plant(0.0, detector.n_min, np.random.default_rng(0))
    filled = {axis.split(":")[0] for axis in _axes(planted.evidence)}
    optional = [role for role in sorted(filled) if role not in roles and role not in detector.needs]
    instead = any(role in roles and role not in filled for role in detector.uses)
    gone: frozenset[str] = frozenset()
    for role in optional:
        more = gone | {role}
        if not instead or _tells(_told(detector, _without(planted.evidence, more)), next(iter(planted.truth))):
            gone = more
    return gone


def _axes(evidence: Evidence) -> tuple[str, ...]:
    return (*evidence.axes, *(evidence.numbers if isinstance(evidence, Rows) else ()))


def _without(evidence: Evidence, roles: frozenset[str]) -> Evidence:
    """The same evidence where nobody fills these roles."""
    if not roles:
        return evidence
    kept = [k for k, axis in enumerate(evidence.axes) if axis.split(":")[0] not in roles]
    if isinstance(evidence, Rows):
        parts: dict[str, Any] = {
            name: tuple(getattr(evidence, name)[k] for k in kept) for name in ("axes", "names", "columns")
        }
        numbers = {role: values for role, values in evidence.numbers.items() if role not in roles}
        return replace(evidence, numbers=numbers, **parts)
    shown = evidence.rename({UNIT: "unit that nobody named"}) if UNIT in roles else evidence
    return shown.marginal(*(evidence.axes[k] for k in kept))
