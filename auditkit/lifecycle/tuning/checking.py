"""What a plan names is looked for before anything is drawn or written: a typo costs seconds, and leaves no folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from auditkit import catalog
from auditkit.core.annotator import Annotator
from auditkit.core.errors import ColumnError
from auditkit.core.probe import Probe
from auditkit.core.roles import Roles
from auditkit.core.target import Target
from auditkit.eliciting import elicit
from auditkit.labels import CHECKED
from auditkit.planning import Plan, built, named, reader_of
from auditkit.runs import BEFORE, FIRST, KEPT, OWN, WORDED

AGAIN = ("", CHECKED, FIRST, BEFORE, KEPT)
"""How the columns of an attribute that is read are called besides its own name."""


def checked(plan: Plan, target: Target, faithful: Mapping[str, str]) -> None:
    """Raise `InputError` for a detector, reader or probe that cannot be made, `ColumnError` for a column that no answer
    would have: of a role, or of what answers are to go on showing.

    What a target tells besides its answer is known by asking: where a name is of no factor and no reading, one answer
    is drawn into a folder that is thrown away.
    """
    for table in plan.detectors:
        built(table)
    assert plan.probe is not None  # plan_of has seen to it: a plan with a target has a probe
    probe = catalog.probe(*named(plan.probe, "probe"))
    readers = [reader_of(table) for table in plan.annotators]
    wanted = [(column, role) for role, columns in Roles.of(**plan.roles).columns.items() for column in columns]
    wanted += [pair for asked, shown in faithful.items() for pair in ((asked, "asked"), (shown, "shown"))]
    known = _known(probe, readers)
    if all(column in known for column, _ in wanted):
        return
    there = _tried(probe, target, readers)
    for column, role in wanted if there else ():
        if column not in known and column not in there:
            raise ColumnError.missing(column, role, _shown(probe, there))


def _known(probe: Probe, readers: Collection[Annotator]) -> set[str]:
    """The columns of every run of this design."""
    read = {f"{name}{again}" for reader in readers for name in reader.read([None]) for again in AGAIN}
    return {*OWN, *WORDED, *_factors(probe), *read}


def _tried(probe: Probe, target: Target, readers: Collection[Annotator]) -> tuple[str, ...]:
    """The columns of one answer; none where it was refused, for then it does not tell what others would have."""
    with TemporaryDirectory() as scratch:
        table = elicit(probe, target, tuple(readers), into=Path(scratch) / "run", budget=1).to_frame()
    return tuple(map(str, table.columns)) if (table["answered"] == "yes").any() else ()


def _shown(probe: Probe, there: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*there, *_factors(probe)]))


def _factors(probe: Probe) -> list[str]:
    return [name for prompt in probe for name in prompt.factors]
