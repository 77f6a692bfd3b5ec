"""The textbook stories come alive: each is drawn with its bias and without, audited, judged and told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditkit import catalog
from auditkit.auditing import audit
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.gating import gate
from auditkit.lab.stories import STORIES
from auditkit.lab.story import Story
from auditkit.lab.tables import TABLES
from auditkit.rendering import Listed, index, render
from auditkit.running import write

FAIR = "Nothing: the same world without the bias."
INTRO = "Worlds whose bias is known, because it was put there, and tables whose figures somebody else published."


@dataclass(frozen=True, slots=True)
class Scene:
    """A story at one dose: what was planted, what was found, and whether the verdict is the promised one."""

    name: str
    title: str
    planted: str
    found: str
    outcome: Outcome
    promised: Outcome

    @property
    def kept(self) -> bool:
        """Whether the audit said what the plant promises."""
        return self.outcome is self.promised

    def __str__(self) -> str:
        verdict = f"{self.outcome}, as promised" if self.kept else f"{self.outcome}, but {self.promised} was promised"
        return f"{self.title}\n  planted  {self.planted}\n  found    {self.found}\n  verdict  {verdict}"


def demo(out: Path, quick: bool = False, tell: Callable[[Scene], None] | None = None) -> tuple[Scene, ...]:
    """Audit every story at dose 1 and at dose 0, and the published tables; write a report of each and an index.

    `quick` keeps to stories about tables; so far there are no others. `tell` hears of each scene when its report is
    written; the index comes last.
    """
    told = []
    for story, dose in staged():
        report, judgement = perform(story, dose)
        name = named(story, dose)
        write(out, {f"{name}.json": report.to_json(), f"{name}.html": render(report, judgement, "page")})
        scene = Scene(
            name,
            story.title if dose or story in TABLES else f"{story.title}, without the bias",
            story.planted if dose or story in TABLES else FAIR,
            found(report, judgement),
            judgement.outcome,
            Outcome(story.promises[f"{dose:.0f}"]),
        )
        told.append(scene)
        if tell is not None:
            tell(scene)
    listed = [Listed(s.title, s.planted, s.found, s.outcome, f"{s.name}.html") for s in told]
    write(out, {"index.html": index(listed, title="The auditkit demo", intro=INTRO)})
    return tuple(told)


def staged() -> list[tuple[Story, float]]:
    """Every story with its bias and then without, then the published tables, which have no dose."""
    return [(story, dose) for story in STORIES for dose in (1.0, 0.0)] + [(story, 0.0) for story in TABLES]


def named(story: Story, dose: float) -> str:
    """The name of a scene's files."""
    return story.name if dose or story in TABLES else f"{story.name}-dose0"


def perform(story: Story, dose: float) -> tuple[Report, Judgement]:
    """Draw a story's table, audit it by the story's plan, and judge it by the default policy.

    The seed is a digest of the story's name and dose, so that no other story can change what this one draws.
    """
    digest = hashlib.sha256(f"{story.name} {dose}".encode()).digest()
    rng = np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:8], "big")))
    table = story.draw(dose, None, rng)
    detectors = [catalog.build(item["code"], {k: v for k, v in item.items() if k != "code"}) for item in story.plan]
    roles: dict[str, Any] = dict(story.roles)
    report = audit(table, detectors, subject=story.title, **roles)
    return report, gate(report)


def found(report: Report, judgement: Judgement) -> str:
    """The sentence that tells the report best.

    The leading finding of the gravest verdict, and a change of sign where there is one; where none was judged, a
    ratio, which is what regulations ask for.
    """
    told = {finding.key: finding for finding in report.findings}
    keys = [verdict.key for verdict in judgement.verdicts if verdict.outcome is judgement.outcome]
    leading = [told[key] for key in keys if key in told] or sorted(report.findings, key=lambda f: f.scale != "ratio")
    turned = [finding for finding in report.findings if "changes sign" in finding.sentence]
    if not leading:
        return judgement.verdicts[0].sentence if judgement.verdicts else "Nothing."
    return " ".join(dict.fromkeys(finding.sentence for finding in (leading[0], *turned[:1])))
