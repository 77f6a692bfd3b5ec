"""Do the intervals of the lifecycle's story cover the truth of the models that it makes? The models are asked.

    python -m tests.lifecycle.calibrate_lifecycle [FOLDER] [--pictures N] [--workers W]

The commands of auditkit/lifecycle/README.md are carried out, as they stand there. Then:

The text-to-image model: a pool is drawn of the tuned model, on the same prompts from another seed; and of each
occupation, and of their mean, it is told whether the 95 % interval of the audit after holds what the pool (10,000
pictures) shows. Before, the pool is that of the model's card.

The translator: its truth is enumerated, by asking it for the chance of either pronoun on every prompt of its audit, and
every interval of the audit after is held against that.

One interval in twenty may miss: it is an error where more miss than happens once in a thousand times, or where the
headline's 99 % interval does. What was made stays in FOLDER, by default `build/calibrated`, and is not made again.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from auditkit import catalog
from auditkit.core.finding import Finding
from auditkit.core.probe import Prompt
from auditkit.core.report import Report
from auditkit.core.target import Target
from auditkit.eliciting import Pace, elicit
from auditkit.lab.models import WEIGHTS
from auditkit.lab.portraits import OCCUPATIONS, World, stereotypes
from auditkit.lifecycle.tuning.targets import target_of, tuned
from auditkit.planning import Plan, named, read_plan, reader_of

STORY = Path(__file__).parents[2] / "auditkit" / "lifecycle" / "README.md"
WORDS, PICTURES = "found/transformer.dose90/plan.toml", "painters/text_to_image.dose90/plan.toml"
HEADLINE, GAP = "directed amplification", "share minus reference"
SEED, RARE = 20_240, 1e-3
"""The seed of the pool, which is no audit's; and how rare so many misses must be to be called an error."""


class Held(NamedTuple):
    """One interval beside the truth it should hold; `far` is a truth outside the 99 % interval too."""

    what: str
    truth: float
    told: float
    low: float
    high: float
    far: bool

    @property
    def holds(self) -> bool:
        """Whether the truth lies within."""
        return self.low <= self.truth <= self.high


def main() -> int:
    """Walk the story, draw the pool, print the tables; 1 where intervals miss too often."""
    asked = _asked()
    _walk(asked.folder)
    said = _pictures(asked.folder, asked.pictures, asked.workers) | _translations(asked.folder)
    for title, rows in said.items():
        print(f"\n{title}\n\n{_table(rows)}")
    wrong = [title for title, rows in said.items() if _wrong(rows)]
    print(f"\nIntervals miss the truth too often: {'; '.join(wrong)}." if wrong else "\nThe intervals hold the truth.")
    return int(bool(wrong))


def _asked() -> Any:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("build/calibrated"))
    parser.add_argument("--pictures", type=int, default=10_000, help="of the pool")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def _walk(folder: Path) -> None:
    """Carry out the commands of the story in a folder; what is done there already is not done again."""
    folder.mkdir(parents=True, exist_ok=True)
    blocks = re.findall(r"```bash\n(.*?)```", STORY.read_text(encoding="utf-8"), re.S)
    for command in "".join(blocks).splitlines():
        sys.stderr.write(f"{command}\n")
        done = subprocess.run([sys.executable, "-m", *shlex.split(command)], cwd=folder, stdout=subprocess.DEVNULL)
        if done.returncode in (2, 4):
            raise SystemExit(f"A command of the story could not be carried out: {command}")


def _pictures(folder: Path, n: int, workers: int) -> dict[str, list[Held]]:
    """The audits before and after of the text-to-image model, against the pool of its card and one of its own."""
    plan = read_plan(folder / PICTURES)
    assert plan.probe is not None
    own = tuned(plan, folder / "repainted" / "model", target_of(plan).title)
    prompts = len(list(catalog.probe(*named(plan.probe | {"repeats": 1}, "probe"))))
    probe = plan.probe | {"repeats": max(round(n / prompts), 1)}
    elicit = own.elicit.model_copy(update={"seed": SEED, "workers": workers})
    pool = _pool(own.model_copy(update={"probe": probe, "elicit": elicit}), folder / "pool")
    before, after = (_report(folder / "repainted" / side) for side in ("before", "after"))
    drawn = f"{prompts * probe['repeats']:,} pictures"
    return {
        "The text-to-image model before, against the pictures of its card": list(_held(before, _card())),
        f"The text-to-image model tuned, against {drawn}": list(_held(after, pool)),
    }


def _report(folder: Path) -> Report:
    return Report.from_json((folder / "report.json").read_text(encoding="utf-8"))


def _card() -> dict[str, float]:
    """P(darker | occupation) of the strong-dose model, as it was measured when it was made."""
    told = json.loads((WEIGHTS / "text_to_image" / "truth-sample-90.json").read_text(encoding="utf-8"))["counts"]
    return {job: told[job]["skin"]["darker"] / sum(told[job]["skin"].values()) for job in OCCUPATIONS}


def _pool(plan: Plan, into: Path) -> dict[str, float]:
    """P(darker | occupation) of so many pictures of a plan's target."""
    assert plan.probe is not None
    assert plan.target is not None
    probe, target = catalog.probe(*named(plan.probe, "probe")), catalog.target(*named(plan.target, "target"))
    readers = [reader_of(one) for one in plan.annotators]
    how = plan.elicit.model_dump(exclude={"into"})
    table = elicit(probe, target, readers, into=into, progress=_told, **how).to_frame()
    read = table[table["skin"].notna()]
    shares: dict[str, float] = (read["skin"] == "darker").groupby(read["occupation"]).mean().to_dict()
    return shares


def _held(report: Report, shares: Mapping[str, float]) -> Iterator[Held]:
    """Each occupation's gap and the headline, beside what these shares of darker skin make of them."""
    gaps = {job: share - World().share(job, "skin") for job, share in shares.items()}
    sides = {job: 1 if level == "darker" else -1 for job, level in stereotypes("skin").items()}
    for finding in report.findings:
        job = finding.stratum.rpartition("|")[2]
        if finding.estimand == GAP:
            yield _beside(f"{job}, {finding.level}", gaps[job] if finding.level == "darker" else -gaps[job], finding)
        elif finding.estimand == HEADLINE:
            yield _beside(HEADLINE, sum(sides[job] * gap for job, gap in gaps.items()) / len(gaps), finding)


def _translations(folder: Path) -> dict[str, list[Held]]:
    """The audit after of the tuned translator, against the chances that it gives either pronoun."""
    from auditkit.lab.translating import enumerated
    from auditkit.targets import Seq2Seq

    plan = read_plan(folder / WORDS)
    own = Seq2Seq(folder / "tuned" / "model")
    he, rows = _he(plan, own), []
    for finding in _report(folder / "tuned" / "after").findings:
        job, side = finding.stratum.rpartition("|")[2], 1 if finding.level == "he" else -1
        if finding.estimand == HEADLINE:
            rows.append(_beside(HEADLINE, sum(he.values()) / len(he) - 0.5, finding))
        elif finding.estimand == GAP:
            rows.append(_beside(f"{job}, {finding.level}", (he[job] - 0.5) * side, finding))
    share = enumerated(own, ("sampled",)).he()
    return {f"The translator tuned, against its own chances; P(he) over all its sentences is {share:.3f}": rows}


def _he(plan: Plan, target: Target) -> dict[str, float]:
    """P(he | occupation) on the prompts of a plan, of the chances that a translator gives either pronoun."""
    from auditkit.lab.worlds.translations.world import by_source

    assert plan.probe is not None
    every = list(catalog.probe(*named(plan.probe, "probe")))
    chances = []
    for pronoun in ("she", "he"):
        asked = [Prompt(by_source()[one.text].said(pronoun), given=one.text) for one in every]
        said: Any = target.score(asked, [0] * len(every))
        chances.append([math.exp(answer.told["log_probability"]) for answer in said])
    shares: dict[str, list[float]] = {}
    for one, she, he in zip(every, *chances, strict=True):
        shares.setdefault(one.factors["occupation"], []).append(he / (she + he))
    return {job: sum(each) / len(each) for job, each in shares.items()}


def _beside(what: str, truth: float, finding: Finding) -> Held:
    low, high, _ = finding.interval(0.95)
    least, most, _ = finding.interval(0.99)
    told = finding.estimate.value
    if told is None or low is None or high is None or least is None or most is None:
        raise SystemExit(f"{what} has no interval, and there is nothing to hold against the truth.")
    return Held(what, truth, told, low, high, far=not least <= truth <= most)


def _wrong(rows: list[Held]) -> bool:
    """Whether more intervals miss than happens once in a thousand times, or the headline's does by far."""
    from scipy.stats import binom

    missed = sum(not row.holds for row in rows)
    often = bool(binom.sf(missed - 1, len(rows), 0.05) < RARE)
    return often or any(row.what == HEADLINE and row.far for row in rows)


def _table(rows: list[Held]) -> str:
    head = f"| {'':28} | {'truth':>7} | {'told':>7} | {'95 % interval':>16} | holds |"
    lines = [head, f"|:{'-' * 28}-|{'-' * 8}:|{'-' * 8}:|{'-' * 17}:|:-----:|"]
    for row in rows:
        span, holds = f"{row.low:+.3f} to {row.high:+.3f}", "yes" if row.holds else "NO"
        lines.append(f"| {row.what:28} | {row.truth:+7.3f} | {row.told:+7.3f} | {span:>16} | {holds:^5} |")
    return "\n".join(lines)


def _told(pace: Pace) -> None:
    left = "" if pace.left is None else f", {pace.left / 60:.1f} minutes left"
    sys.stderr.write(f"\r{pace.done:,} of {pace.wanted:,} pictures of the pool{left}   ")
    if pace.done >= pace.wanted:
        sys.stderr.write("\n")


if __name__ == "__main__":
    raise SystemExit(main())
