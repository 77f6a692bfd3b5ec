"""What is known of one model: which reports count, and what each question has come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from auditkit.accumulating.histories import History
from auditkit.accumulating.identities import Identity
from auditkit.core.finding import Key, Margin

REPORTS = 2_000
"""The reports of a model that are remembered one by one; five years of nights."""
RARE = 1e-4
"""Fresh draws that repeat earlier counts are taken for the same answers where chance would do so less often. It is
small because groups of a fixed size agree more often than is reckoned."""
TITLE = 100
"""The letters of a subject that are kept, to name a model by."""
MODELS = 50
"""The models that are remembered, the latest ones."""


class Standing(NamedTuple):
    """A FAIL that nothing has cleared: the rule, the finding, the number of the report, and its model."""

    rule: str
    key: Key
    report: int
    model: str


class View(NamedTuple):
    """The report that is being judged: its number and model, whether it is new, whether it says nothing although it is
    new, and what it shares with an earlier one; the history of each question by rule, finding and margin, which of them
    it added to, which of them it fails by itself, and which were judged otherwise before; what stands for its model
    where no run is named; then, where the model is new, the subjects of the others, the latest last; and the
    questions to which the report says nothing."""

    report: int
    model: str
    new: bool
    silent: bool
    shared: str
    heard: Mapping[tuple[str, Key, Margin], str]
    moved: frozenset[str]
    contrary: frozenset[str]
    otherwise: tuple[tuple[Key, History], ...]
    subject: str
    others: tuple[str, ...] = ()
    mute: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Model:
    """The reports on a model by number, the history of each question, `fingerprint-what else was asked`, and what it is
    called: the subject of its first report."""

    reports: Mapping[int, Identity] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    subject: str = ""

    @property
    def last(self) -> int:
        """The number of its last report."""
        return max(self.reports, default=0)

    def known(self, identity: Identity) -> tuple[int, str]:
        """The number of the report that this one is, or shares evidence with, and what; 0 where there is none."""
        for report, other in self.reports.items():
            if other.digest == identity.digest:
                return report, ""
        for report, other in self.reports.items():
            if shared := identity.shared(other):
                return report, shared
        return 0, ""

    def repeats(self, identity: Identity, chance: float) -> bool:
        """Whether fresh draws tell what earlier ones told, cell by cell, when chance would do that less often than
        `RARE`; `chance` is how often two samples agree so."""
        equal = [other.cells == identity.cells for _, other in sorted(self.reports.items(), reverse=True)]
        running = next((i for i, same in enumerate(equal) if not same), len(equal))
        return any(equal) and min(chance * len(equal), chance**running if running else 1.0) < RARE

    def with_report(self, report: int, identity: Identity) -> Model:
        """The model with one more report; the oldest of very many is forgotten."""
        reports = {**self.reports, report: identity}
        return replace(self, reports={n: reports[n] for n in sorted(reports)[-REPORTS:]})

    def otherwise(self, name: str) -> History | None:
        """The longest history of the same finding under the same rule, judged otherwise."""
        mark = name.split("-")[0]
        others = [h for n, h in self.histories.items() if n.startswith(f"{mark}-") and n != name]
        return max(others, key=lambda history: history.nights, default=None)
