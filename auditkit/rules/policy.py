"""A policy: the rules, how many comparisons are allowed for, and what an inconclusive verdict means to a pipeline."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from auditkit.core.errors import PolicyError, nearest
from auditkit.core.kinds import path_of, should_be
from auditkit.rules.assessed import Assessed
from auditkit.rules.enough import Enough
from auditkit.rules.no_worse import NoWorse
from auditkit.rules.ratio import Ratio
from auditkit.rules.rule import Rule
from auditkit.rules.within import Within
from auditkit.sealing import text_of

AnyRule = Within | Ratio | NoWorse | Assessed | Enough
KINDS: tuple[type[Rule], ...] = get_args(AnyRule)


@dataclass(frozen=True)
class Policy:
    """Rules and how they are applied.

    The default judges each finding by the margin its detector suggests, asks that everything was assessed, and gives no
    verdict on fewer than 30 effective rows or 4 clusters. `multiplicity="holm"` allows for all findings judged at once
    (Holm 1979); `inconclusive="warn"` lets a pipeline go on.

    >>> Policy.read({"rules": [{"rule": "within", "margin": .05}]}).rules[0].margin
    0.05
    """

    rules: tuple[Rule, ...] = (Within(), Ratio(), Assessed(), Enough())
    multiplicity: Literal["holm", "none"] = "holm"
    inconclusive: Literal["fail", "warn"] = "fail"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(map(_typed, self.rules)))
        for kind in (Assessed, Enough):  # no gate is green on absence because its policy forgot to ask
            if not any(isinstance(rule, kind) for rule in self.rules):
                object.__setattr__(self, "rules", (*self.rules, _typed(kind())))

    @classmethod
    def read(cls, source: Policy | Rule | Mapping[str, Any] | str | Path | None) -> Policy:
        """Read a policy from a TOML file (`[tool.auditkit.gate]` or the file itself), a table, one rule, or nothing.

        Raises `PolicyError` for a file that cannot be read, and for an unknown key with the nearest valid one.
        """
        if source is None:
            return cls()
        if isinstance(source, Policy):
            return source
        if isinstance(source, Rule):
            return cls((source,))
        if not isinstance(source, (Mapping, str, Path)):
            raise PolicyError(f"A policy is a file, a table or rules, and this is {type(source).__name__}.")
        return cls.from_dict(source if isinstance(source, Mapping) else _table(Path(source)))

    @classmethod
    def parse(cls, text: str, name: str | Path) -> Policy:
        """Read a policy from the text of a TOML file of this name; raises as `read` does."""
        return cls.from_dict(_parsed(text, Path(name)))

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Policy:
        """Validate a table."""
        known = [field.name for field in fields(cls)]
        for key in table:
            if key not in known:
                raise PolicyError(f'A policy has no key "{key}".{nearest(str(key), known)} Keys: {", ".join(known)}.')
        for key, choices in (("multiplicity", ("holm", "none")), ("inconclusive", ("fail", "warn"))):
            if table.get(key, choices[0]) not in choices:
                raise PolicyError(f"{key} is one of {', '.join(choices)}; the policy says {table[key]!r}.")
        rules = table.get("rules")
        if rules is None:
            return cls(**dict(table))
        if not isinstance(rules, (list, tuple)) or not rules:
            raise PolicyError(
                'rules is a list of tables, for example [{rule = "within", margin = 0.05}], and not empty.'
            )
        return cls(**{**table, "rules": tuple(_rule(item) for item in rules)})

    def to_dict(self) -> dict[str, Any]:
        """The table this policy is read from."""
        rules = [{"rule": rule.name, **_plain(asdict(rule))} for rule in self.rules]
        return {"rules": rules, "multiplicity": self.multiplicity, "inconclusive": self.inconclusive}

    @property
    def hash(self) -> str:
        """The policy's fingerprint: sha-256 of its canonical JSON."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()


def _rule(item: Any) -> Rule:
    """One rule from its table, validated by pydantic, unknown keys refused."""
    kinds = {kind.name: kind for kind in KINDS}
    if not isinstance(item, Mapping) or item.get("rule") not in kinds:
        given = item.get("rule") if isinstance(item, Mapping) else item
        raise PolicyError(f"{given!r} is not a rule.{nearest(str(given), kinds)} Rules: {', '.join(kinds)}.")
    kind = kinds[item["rule"]]
    known = [field.name for field in fields(kind)]
    for key in item:
        if key not in (*known, "rule"):
            raise PolicyError(f'{kind.name} has no key "{key}".{nearest(str(key), known)} Keys: {", ".join(known)}.')
    import pydantic

    try:
        return pydantic.TypeAdapter(kind).validate_python({k: v for k, v in item.items() if k != "rule"})
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        told = " ".join(filter(None, [path_of(first), should_be(first)]))
        raise PolicyError(f"The rule {kind.name} cannot be read: {told}.") from error


def _table(path: Path) -> Mapping[str, Any]:
    return _parsed(text_of(path, f"The policy {path}", PolicyError), path)


def _parsed(text: str, path: Path) -> Mapping[str, Any]:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of too many digits, and brackets within brackets
        raise PolicyError(f"The policy {path} is not TOML: {error}.") from error
    if path.name == "pyproject.toml" or "tool" in data:
        try:
            data = data["tool"]["auditkit"]["gate"]
        except (KeyError, TypeError):
            raise PolicyError(f"{path} has no table [tool.auditkit.gate]. Add one, or leave the policy out.") from None
    elif isinstance(data.get("policy"), dict):
        return dict(data["policy"])  # a plan holds its policy in a table of that name
    elif isinstance(data.get("roles"), dict):
        return {}  # a plan without one, which the default judges
    return data


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value is not None
    }


def _typed(rule: Rule) -> Rule:
    """The rule as it is read back from a file: a margin of 1 is the margin 1.0, with the same hash and sentences."""
    whole = {field.name: getattr(rule, field.name) for field in fields(rule) if "float" in str(field.type)}
    return replace(rule, **{name: float(value) for name, value in whole.items() if isinstance(value, int)})
