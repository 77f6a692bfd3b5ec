"""How a model is tuned: the method, how long, how fast, and what may be lost; checked before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from auditkit.core.errors import InputError, nearest

Method = Literal["lora", "full"]
RATES: Mapping[str, float] = {"lora": 3e-3, "full": 5e-4}
"""The rate that each method takes by default: the few numbers of an adapter bear, and need, a higher one."""


@dataclass(frozen=True)
class Settings:
    """The settings of a tuning; `margins` are by the name of a quality, "" for the headline.

    >>> Settings(method="full").rate_of, Settings(rate=0.01).rate_of
    (0.0005, 0.01)
    """

    method: Method = "lora"
    steps: int = 300
    rate: float | None = None
    batch: int = 32
    rank: int = 8
    seed: int = 0
    held_out: float = 0.1
    save_every: int | None = None
    modules: tuple[str, ...] = ()
    margins: Mapping[str, float] = field(default_factory=dict)
    faithful: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            known = get_args(Method)
            raise InputError(f'There is no method "{self.method}".{nearest(self.method, known)} Methods: lora, full.')
        for name in ("steps", "batch", "rank"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}. Give at least 1.")
        if not 0 < self.rate_of < 10:
            raise InputError(f"rate is {self.rate_of:g}. Give a small positive number, for example 0.001.")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}. Give at least 0.")
        if self.save_every is not None and self.save_every < 1:
            raise InputError(
                f"save_every is {self.save_every}. Give at least 1, or leave it out for a tenth of the steps."
            )
        if not 0 < self.held_out < 1:
            raise InputError(f"held_out is {self.held_out:g}. It is the share of rows kept from learning, from 0 to 1.")
        for name, margin in self.margins.items():
            if not 0 < margin < float("inf"):
                raise InputError(f"What {name or 'the quality'} may lose is a positive number; this is {margin:g}.")

    @property
    def rate_of(self) -> float:
        """The rate, by default that of the method."""
        return RATES[self.method] if self.rate is None else self.rate

    @property
    def every(self) -> int:
        """After how many steps the weights are kept and the held-out rows are looked at: a tenth, by default."""
        return max(self.steps // 10, 1) if self.save_every is None else self.save_every

    def to_dict(self) -> dict[str, Any]:
        """What decides the result, as JSON."""
        told = asdict(self) | {"rate": self.rate_of, "save_every": self.every, "modules": list(self.modules)}
        return told | {"margins": dict(self.margins), "faithful": dict(self.faithful)}
