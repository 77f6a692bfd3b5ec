"""The roles a column can play: the only way a detector ever names data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from auditkit.core.arguments import Deed
from auditkit.core.errors import InputError, nearest
from auditkit.core.names import listed

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "group": "the attribute whose levels are compared",
        "outcome": "what happened, or the gold answer",
        "prediction": "what the model said",
        "score": "a number the model gave",
        "context": "the stratum a comparison is made within: department, occupation, concept",
        "unit": "what is independent of what: person, prompt, rater, document",
        "item": "the pair, vignette or candidate that several rows share",
        "weight": "how many people of the population a row stands for",
        "arm": "the experimental arm: control, unaided, paraphrase",
        "origin": "where a row comes from: real or generated, train or test",
        "selected": "whether the row was chosen from its frame",
        "responded": "whether the row answered",
        "position": "the order of arrival, or the number of the attempt",
        "frame": "whether the row is frame, sample or target",
        "rater": "who judged",
        "rater_group": "the group of the one who judged",
        "candidate_group": "the group of the one who was judged",
        "human": "what the human decided",
        "model": "what the model decided",
        "deployed": "which of them is in use: model, human or hybrid",
        "initial": "the decision before advice",
        "advice": "the advice",
        "final": "the decision after advice",
        "truth": "the gold answer in human-AI logs; the visible level in captions",
        "catch": "whether the row is a catch trial",
        "source_label": "who is said to have made it",
        "slot": "the position on the display",
        "intensity": "how strong the true opinion or property is",
        "quality": "a blind measure of quality",
        "feature": "a measured property",
        "evidence": "an individuating score",
        "checked": "a human's reading of an annotated attribute",
        "latency": "response time in milliseconds",
        "length": "how many tokens a text has",
        "text": "a text",
        "image": "an image",
        "vector": "an embedding",
    }
)
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "sensitive_features": "group",
        "y_true": "outcome",
        "y_pred": "prediction",
        "sample_weight": "weight",
    }
)
FIELDS = frozenset({"favourable", "positive", "versus", "within", "metrics", "reference"})
"""What people first try as roles; said apart, so that the answer helps."""
SEVERAL = frozenset({"group", "feature", "vector"})
MISSING = "(missing)"
UNTOLD = "(untold)"
"""The level in `checked` of what a human looked at, and which is not known all the same: it could not be told, was
skipped, or raters are even. It is no level of the attribute, and not the same as what nobody looked at."""


@dataclass(frozen=True)
class Roles:
    """Which columns play which role.

    >>> Roles.of(sensitive_features=["sex", "race"], outcome="hired")
    Roles(columns={'group': ('sex', 'race'), 'outcome': ('hired',)})
    """

    columns: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, **roles: str | list[str] | tuple[str, ...] | None) -> Roles:
        """Read the keywords of `audit`, refusing what is not a role.

        Raises `InputError` for an unknown role, a role given twice under its alias, or several columns
        for a role that takes one.
        """
        columns: dict[str, tuple[str, ...]] = {}
        for given, value in roles.items():
            if value is None:
                continue
            role = ALIASES.get(given, given)
            if role in FIELDS:
                raise InputError(
                    f'"{given}" is not a role but a detector\'s own field: pass the detector with it, for example ',
                    Deed(
                        f"[disparity.SelectionRate({given}={value!r})]",
                        f"{given} = {json.dumps(value, default=str)} in [[detectors]]",
                    ),
                    ".",
                )
            if role not in ROLES:
                known = [*ROLES, *ALIASES]
                raise InputError(f'"{given}" is not a role.{nearest(given, known)} Roles: {listed(list(ROLES))}.')
            if role in columns:
                raise InputError(f"The role {role} was given twice, once under its alias. Give it once.")
            columns[role] = _names(role, value)
        _refuse_two_parts(columns)
        return cls(columns)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, role: object) -> bool:
        return role in self.columns

    def __getitem__(self, role: str) -> tuple[str, ...]:
        return self.columns[role]


def _refuse_two_parts(columns: Mapping[str, tuple[str, ...]]) -> None:
    """A column compared with itself proves nothing; only a unit may play another part too."""
    taken: dict[str, str] = {}
    for role, names in columns.items():
        for name in names if role != "unit" else ():
            if name in taken:
                raise InputError(
                    f'The column "{name}" plays two roles, {taken[name]} and {role}: it would be compared with itself.'
                )
            taken[name] = role


def _names(role: str, value: Any) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if not names or any(not isinstance(name, str) or name == "" for name in names):
        raise InputError(f"The role {role} needs the name of a column, and got {value!r}.")
    if len(set(names)) < len(names):
        raise InputError(f"The role {role} names a column twice: {', '.join(names)}.")
    if len(names) > 1 and role not in SEVERAL:
        raise InputError(f"The role {role} takes one column, and got {len(names)}: {', '.join(names)}.")
    return names
