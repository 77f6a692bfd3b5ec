"""What can be accepted of a judgement, and by whom?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError, nearest
from auditkit.core.judgement import COVERED, Acceptance, Judgement, Outcome, Verdict

OPEN = {"failing": Outcome.FAIL, "inconclusive": Outcome.INCONCLUSIVE}
"""What to accept: all that fails, or that these data cannot decide, and that nobody answers for."""


def accepted(
    judged: Judgement, accept: Sequence[str], reason: str, owner: str, expires: date | None, today: date
) -> tuple[Acceptance, ...]:
    """An acceptance of every verdict that is named; raises `InputError` for what cannot be accepted."""
    if not reason.strip() or not owner.strip() or expires is None:
        needs = "Accepting needs a reason, an owner who answers for it, and the day it expires: "
        raise InputError(needs, Argument("reason"), ", ", Argument("owner"), " and ", Argument("expires"), ".")
    if expires < today:
        raise InputError(f"What expires on {expires} has expired already: today is {today}. Choose a later day.")
    chosen = [verdict for name in accept for verdict in _named(judged.verdicts, name)]
    kept = {
        (v.rule, v.key): Acceptance(v.rule, v.key, reason, owner, expires, v.outcome)
        for v in chosen
        if v.key is not None
    }
    return tuple(kept.values())


def _named(verdicts: Iterable[Verdict], name: str) -> list[Verdict]:
    """What can be accepted of the verdicts that a detector's code, a fingerprint or a word of `OPEN` names."""
    about = [verdict for verdict in verdicts if verdict.key is not None]
    if name in OPEN:
        found = [verdict for verdict in about if verdict.outcome is OPEN[name] and verdict.accepted is None]
    elif re.fullmatch("[0-9a-f]{16}", name):
        found = [verdict for verdict in verdicts if verdict.fingerprint == name]
    else:
        found = [verdict for verdict in about if verdict.key and verdict.key.code == name]
    open_ = [verdict for verdict in found if verdict.key is not None and verdict.outcome in COVERED]
    if open_:
        return open_
    if found:
        said = ", ".join(dict.fromkeys(verdict.outcome.value for verdict in found))
        raise InputError(f"Nothing of {name} can be accepted: it is {said}. Only FAIL and INCONCLUSIVE can be.")
    known = list(dict.fromkeys([*OPEN, *(verdict.key.code for verdict in about if verdict.key)]))
    hint = nearest(name, known) or f" Name one of: {', '.join(known)}; or the fingerprint of a verdict."
    raise InputError(f"There is nothing to accept of {name!r}.{hint}")
