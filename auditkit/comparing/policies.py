"""What changed in a policy: rules, their margins and patterns, multiplicity, what inconclusive means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.comparing.tables import changed_fields, changes
from auditkit.core.judgement import Notice


def policy_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Notice, ...]:
    """Every change between two tables of a policy, a sentence each.

    >>> rule = {"rule": "within", "margin": 0.05, "code": "*"}
    >>> loose = {"rules": [{**rule, "margin": 0.5}], "multiplicity": "none"}
    >>> for notice in policy_changes({"rules": [rule], "multiplicity": "holm"}, loose):
    ...     print(notice.sentence)
    The policy's multiplicity was holm and is none.
    The rule within: margin was 0.05 and is 0.5.
    """
    was, now = ({name: part for name, part in table.items() if name != "rules"} for table in (old, new))
    said = [f"The policy's {what}." for what in changed_fields(was, now)]
    before, after = ([rule for rule in table.get("rules", ()) if isinstance(rule, Mapping)] for table in (old, new))
    return tuple(Notice("policy", sentence) for sentence in (*said, *changes(before, after, "rule", "rule")))
