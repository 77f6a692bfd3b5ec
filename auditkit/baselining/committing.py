"""What do policy and baseline say in a git revision, and what does the working tree say otherwise?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from auditkit.baselining.reading import parsed, read_baseline
from auditkit.comparing import differences, policy_changes
from auditkit.core.baseline import Baseline
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.judgement import Acceptance, Notice
from auditkit.revisions import Revision
from auditkit.rules import Policy


def committed(
    ref: str, policy: Path | None, baseline: Path | None
) -> tuple[Policy, Baseline | None, tuple[Notice, ...], str]:
    """Policy and baseline as they are in a git revision, how the working tree differs from them, and the full commit.

    What the working tree has does not judge: a change that loosens its own gate is listed, and that is all. Where only
    a baseline is named the default policy judges.

    Raises `InputError` where neither is named, for a revision that is not there, and for a policy that it lacks.
    """
    named = policy or baseline
    if named is None:
        raise InputError(f"--policy-from {ref} needs the file whose policy to read there. Pass --policy FILE too.")
    revision = Revision.of(ref, named)
    rules, told = (Policy(), ()) if policy is None else _policy(revision, policy)
    if baseline is None:
        return rules, None, told, revision.commit
    kept = revision.text(baseline, "baseline")
    if kept is None and not baseline.exists():
        raise InputError(f"Neither {revision} nor the working tree has the baseline {baseline}. Create and commit it.")
    old = None if kept is None else parsed(kept, f"{baseline} of {revision}")
    return rules, old, (*told, *_baseline_beside(old, baseline, revision)), revision.commit


def _policy(revision: Revision, path: Path) -> tuple[Policy, tuple[Notice, ...]]:
    """The revision's policy, and how the working tree's differs."""
    text = revision.text(path, "policy")
    if text is None:
        raise InputError(f"{revision} has no {path}. Commit the policy there first, or name the file that it has.")
    rules = Policy.parse(text, path)
    return rules, _policy_beside(rules, path, revision)


def _policy_beside(rules: Policy, path: Path, revision: Revision) -> tuple[Notice, ...]:
    """How the working tree's policy differs."""
    try:
        mine = Policy.read(path)
    except AuditkitError as error:
        return (Notice("policy", f"The working tree's policy is not that of {revision}, and does not judge: {error}"),)
    where = f"In the working tree's {path}, which does not judge ({revision} does)"
    return _told("policy", where, policy_changes(rules.to_dict(), mine.to_dict()))


def _baseline_beside(old: Baseline | None, path: Path, revision: Revision) -> tuple[Notice, ...]:
    """How the working tree's baseline differs."""
    about = f"The baseline {path} of the working tree"
    if old is None:
        return (
            Notice("baseline", f"{about} is not in {revision}, so it is not used: nothing is compared or accepted."),
        )
    if not path.exists():
        return (Notice("baseline", f"{about} is gone; that of {revision} is used."),)
    try:
        mine = read_baseline(path)
        rules = Policy.read(mine.policy)
    except AuditkitError as error:
        return (Notice("baseline", f"{about} is not that of {revision}, and is not used: {error}"),)
    if mine.hash == old.hash:
        return ()
    said = [*differences(mine.report, rules, old), *_acceptances(mine.accepted, old.accepted)]
    other = Notice("baseline", f"{about} is not that of {revision}, and is not used. What it has otherwise follows.")
    return (other, *_told("baseline", "In the working tree's baseline", said))


def _acceptances(new: Iterable[Acceptance], old: Iterable[Acceptance]) -> list[Notice]:
    was, now = ({(one.rule, one.key): one for one in some} for some in (old, new))
    said = []
    for which in dict.fromkeys((*was, *now)):
        before, after = was.get(which), now.get(which)
        if before != after:
            rule, key = which
            what = f"{rule} of {key.estimand}, {key.level} against {key.versus}"
            said.append(Notice("acceptance", f"{what}: {_answer(before)} there, {_answer(after)} here."))
    return said


def _answer(one: Acceptance | None) -> str:
    return "not accepted" if one is None else f"accepted by {one.owner} until {one.expires} ({one.reason})"


def _told(what: str, where: str, said: Iterable[Notice]) -> tuple[Notice, ...]:
    return tuple(Notice(what, f"{where}: {notice.sentence}") for notice in said)
