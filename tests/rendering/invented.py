"""Judged reports that hypothesis makes: many findings at once, every text in them somebody's attack."""

from __future__ import annotations

from datetime import date
from random import Random

import canned
from hypothesis import strategies as st

from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import GRAVITY, Acceptance, Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Report

ATTACKS = (
    *canned.HOSTILE,
    "\x00\x0b\x1f\x7f\x85\x9b",
    "\ud800",
    "\ufffe\uffff\U0001ffff",
    "]]>",
    "<!--",
    "&#0;&x;",
    "<![CDATA[",
    "\u2028::warning::x\r\n::error::y\u2029",
    "%0A::error::z",
    "a\r::stop-commands::x",
    "{0} {1}",
    "%25%0D%3A%2C",
    "",
    " ",
)
TEXT = st.one_of(st.sampled_from(ATTACKS), st.text(st.characters(codec=None), max_size=40))


TEXTS = st.lists(TEXT, min_size=8, max_size=24)
SEEDS = st.integers(0, 2**32)


def judged(texts: list[str], seed: int, findings: int = 50) -> canned.Judged:
    """`findings` findings, each with one verdict, and a tenth as many verdicts that are about none."""
    dice = Random(seed)
    told = [_finding(dice, texts) for _ in range(findings)]
    verdicts = [_verdict(dice, texts, finding) for finding in told]
    verdicts += [_verdict(dice, texts, None) for _ in range(findings // 10)]
    notices = tuple(Notice(dice.choice(texts), dice.choice(texts)) for _ in range(dice.randrange(4)))
    ordered = tuple(sorted(verdicts, key=lambda v: GRAVITY.index(v.outcome)))
    hashes = [dice.choice(texts) for _ in range(4)]
    report = Report(tuple(told), (), canned.recipe(dice.choice(texts), 7, ("sex",)))
    said = Judgement(ordered, {}, hashes[0], hashes[1], (), dice.random() < 0.5, (), notices, *hashes[2:])
    return report, said


def _finding(dice: Random, texts: list[str]) -> Finding:
    value = dice.choice([None, -1e300, 0.0, 0.1, 1e-300, dice.uniform(-1, 1)])
    ends = (
        ((None,) * len(LEVELS),) * 2 if value is None else ((value - 0.1,) * len(LEVELS), (value + 0.1,) * len(LEVELS))
    )
    code, estimand, level, versus, sentence, attribute, stratum = (dice.choice(texts) for _ in range(7))
    scale = dice.choice(["difference", "ratio"])
    estimate = Estimate(value, *ends, n=dice.randrange(10**9), n_eff=1.0, method="m")
    return Finding(code, estimand, level, versus, sentence, estimate, scale, attribute=attribute, stratum=stratum)


def _verdict(dice: Random, texts: list[str], finding: Finding | None) -> Verdict:
    rule, sentence, change, reason, owner = (dice.choice(texts) for _ in range(5))
    outcome, key = dice.choice(list(Outcome)), finding and finding.key
    accepted = None
    if key is not None and outcome is not Outcome.PASS and dice.random() < 0.3:
        accepted = Acceptance(rule, key, f"so {reason}", f"I {owner}", date(2027, 1, 31))
    margin = dice.choice([None, Margin.within(0.05), Margin(None, None), Margin.ratio(0.8)])
    needed = dice.choice([None, 5, 10**12])
    return Verdict(rule, outcome, sentence, key, margin, needed=needed, changes=(change,), accepted=accepted)
