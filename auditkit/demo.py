"""The textbook stories come alive: each is drawn with its bias and without, audited, judged and told."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import catalog, families, translators
from auditkit.auditing import audit
from auditkit.core.judgement import Judgement, Outcome
from auditkit.core.report import Report
from auditkit.eliciting import elicit
from auditkit.gating import gate
from auditkit.lab.galleries import GALLERIES
from auditkit.lab.galleries.language import SPOKEN
from auditkit.lab.gallery import Gallery
from auditkit.lab.stories import STORIES
from auditkit.lab.story import Story
from auditkit.lab.tables import TABLES
from auditkit.rendering import Listed, index, render
from auditkit.running import write
from auditkit.runs import tabled

if TYPE_CHECKING:
    import pandas as pd

FAIR = "Nothing: the same world without the bias."
NEEDED = ("torch", "diffusers", "transformers", "PIL")
"""What the generative stories cannot do without."""
COMPARED = "Contact sheets, truths, amplification, lost modes and speed of five families, on common axes."
SPELLED = "Truths, audits, how decoding amplifies, what attention looks at and speed of three translators."
SHOWN = 4
"""Pictures of each cell that a report shows."""
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
    """Audit every story at dose 1 and at dose 0, the published tables, and the bundled generative models at their two
    doses; write a report of each and an index.

    `quick` keeps to stories about tables; so does a machine without the extra `models`: see `left_out`. `tell` hears of
    each scene when its report is written; the index comes last.
    """
    told = []
    for scene in (*_tables(out), *(() if quick or left_out() else _generative(out))):
        told.append(scene)
        if tell is not None:
            tell(scene)
    listed = [Listed(s.title, s.planted, s.found, s.outcome, f"{s.name}.html") for s in told]
    if not quick and not left_out():
        listed.append(Listed(families.TITLE, families.INTRO, COMPARED, None, "families.html"))
        listed.append(Listed(translators.TITLE, translators.INTRO, SPELLED, None, "translators.html"))
        pages = {"families.html": families.families(out), "translators.html": translators.translators(out)}
        write(out, pages)
    intro = INTRO if quick or not left_out() else f"{INTRO} {left_out()}"
    write(out, {"index.html": index(listed, title="The auditkit demo", intro=intro)})
    return tuple(told)


def left_out() -> str:
    """Which stories cannot be told on this machine, and the command that changes it; empty where all can."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    titles = ", ".join(gallery.title for gallery in (*GALLERIES, *SPOKEN))
    return (
        f"Not run, for want of {', '.join(missing)}: {titles}. "
        "Install what they need: python -m pip install 'rai-auditkit[models]'."
    )


def _tables(out: Path) -> Iterator[Scene]:
    for story, dose in staged():
        report, judgement = perform(story, dose)
        biased = bool(dose) or story in TABLES
        title = story.title if biased else f"{story.title}, without the bias"
        planted, promised = story.planted if biased else FAIR, story.promises[f"{dose:.0f}"]
        yield _written(out, named(story, dose), title, planted, promised, report, judgement)


def _generative(out: Path) -> Iterator[Scene]:
    """The stories about generative models: of pictures first, then of words, whose models are too small for threads."""
    import torch

    yield from exhibited(out, GALLERIES)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several would wait for one another longer than they work
    try:
        yield from exhibited(out, SPOKEN)
    finally:
        torch.set_num_threads(threads)


def exhibited(out: Path, galleries: Sequence[Gallery]) -> Iterator[Scene]:
    """Each gallery at each of its doses, its report written."""
    for gallery in galleries:
        for dose in gallery.doses:
            name = families.named(gallery, dose)
            report, judgement = exhibit(gallery, dose, out / "runs" / name)
            title = gallery.title if dose else f"{gallery.title}: the model that learned from the fair world"
            planted = gallery.planted if dose else FAIR
            yield _written(out, name, title, planted, gallery.promises[dose], report, judgement)


def _written(
    out: Path, name: str, title: str, planted: str, promised: str, report: Report, judgement: Judgement
) -> Scene:
    """The scene, once its report is on disk."""
    write(out, {f"{name}.json": report.to_json(), f"{name}.html": render(report, judgement, "page")})
    return Scene(name, title, planted, found(report, judgement), judgement.outcome, Outcome(promised))


def exhibit(gallery: Gallery, dose: float, into: Path) -> tuple[Report, Judgement]:
    """Ask the bundled model of a gallery, and what is beside it, read the answers, audit and judge them by the default
    policy."""
    readers = gallery.readers()
    runs = {gallery.arm: elicit(gallery.probe(), gallery.target(dose), readers, into=into)}
    for arm, decoder in gallery.decoders.items():
        runs[arm] = elicit(gallery.probe(), decoder(dose), readers, into=into.with_name(f"{into.name}-{arm}"))
    for arm, beside in gallery.beside.items():  # the same for every dose, and drawn once
        runs[arm] = elicit(*beside(), readers, into=into.parent / f"{gallery.family}-{arm}")
    data: Any = runs if len(runs) > 1 else runs[gallery.arm]
    data = gallery.rows(tabled(data)) if gallery.rows else data
    roles: dict[str, Any] = dict(gallery.roles)
    report = audit(data, list(gallery.detectors(dose)), subject=gallery.title, exemplars=SHOWN, **roles)
    return report, gate(report)


def staged() -> list[tuple[Story, float]]:
    """Every story with its bias and then without, then the published tables, which have no dose."""
    return [(story, dose) for story in STORIES for dose in (1.0, 0.0)] + [(story, 0.0) for story in TABLES]


def named(story: Story, dose: float) -> str:
    """The name of a scene's files."""
    return story.name if dose or story in TABLES else f"{story.name}-dose0"


def perform(story: Story, dose: float) -> tuple[Report, Judgement]:
    """Draw a story's table, audit it by the story's plan, and judge it by the default policy."""
    table = drawn(story, dose)
    detectors = [catalog.build(item["code"], {k: v for k, v in item.items() if k != "code"}) for item in story.plan]
    roles: dict[str, Any] = dict(story.roles)
    report = audit(table, detectors, subject=story.title, **roles)
    return report, gate(report)


def drawn(story: Story, dose: float) -> pd.DataFrame:
    """The table of a story at a dose.

    The seed is a digest of the story's name and dose, so that no other story can change what this one draws.
    """
    digest = hashlib.sha256(f"{story.name} {dose}".encode()).digest()
    return story.draw(dose, None, np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest[:8], "big"))))


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
