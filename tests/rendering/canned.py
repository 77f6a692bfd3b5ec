"""Reports and judgements built by hand, so that rendering is tested without what it renders being computed here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

from auditkit.core.estimate import QUANTILES, Estimate
from auditkit.core.finding import Cap, Count, Finding, Key, Margin, NotAssessed, Reference
from auditkit.core.judgement import GRAVITY, Acceptance, Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Recipe, Report

Judged = tuple[Report, Judgement]
POLICY = {"rules": [{"rule": "within"}, {"rule": "assessed", "codes": ["*"]}], "multiplicity": "holm"}
HOSTILE = (
    "<script>alert(1)</script>",
    "::error::x",
    "  ##[add-mask]x",
    "\x1b]0;x\x07\x9b31m",
    "=1+1",
    '" onmouseover="alert(1)',
    "[x](javascript:alert(1)) ![](https://evil.example/p.png) @root `a` | b\n\n# c",
    "</title></style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "[bold red]rich[/bold red]",
    "\u202eevil\ud800",
    "L" * 900,
)


class Tags(HTMLParser):
    """The tags of a page, each with its attributes, as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @property
    def acting(self) -> list[str]:
        """The tags and attributes that could do anything."""
        tags = [tag for tag, _ in self.found if tag in {"script", "iframe", "object", "embed", "link", "form", "base"}]
        return tags + [name for _, attributes in self.found for name in attributes if name.startswith("on")]


def wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    mid, half = (hits + z * z / 2) / (n + z * z), z * math.sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    return mid - half, mid + half


def difference(a: Count, b: Count) -> Estimate:
    """Newcombe's interval for a difference of rates."""
    p, q = a.hits / a.n, b.hits / b.n
    lower, upper = [], []
    for z in QUANTILES:
        (la, ua), (lb, ub) = wilson(a.hits, a.n, z), wilson(b.hits, b.n, z)
        lower.append(p - q - math.hypot(p - la, ub - q))
        upper.append(p - q + math.hypot(ua - p, q - lb))
    return Estimate(p - q, tuple(lower), tuple(upper), a.n + b.n, float(2 * min(a.n, b.n)), "Newcombe 1998, method 10")


def ratio(value: float, se: float, n: int, unbounded: bool = False) -> Estimate:
    lower = tuple(None if unbounded else value * math.exp(-z * se) for z in QUANTILES)
    return Estimate(value, lower, tuple(value * math.exp(z * se) for z in QUANTILES), n, float(n), "MOVER-R")


def rates(label: str, hits: int, n: int) -> Count:
    return Count(label, hits, n, hits / n)


def compared(estimand: str, attribute: str, a: Count, b: Count, code: str = "disparity.error_rates") -> Finding:
    e = difference(a, b)
    more = "higher" if (e.value or 0) > 0 else "lower"
    sentence = f"The {estimand} of {a.label} is {100 * abs(e.value or 0):.1f} points {more} than that of {b.label}."
    return Finding(
        code,
        estimand,
        a.label,
        b.label,
        sentence,
        e,
        "difference",
        0.0,
        None,
        Margin.within(0.05),
        attribute,
        counts=(a, b),
    )


def verdict(f: Finding, level: float = 0.9958) -> Verdict:
    """The verdict a gate would give, without Holm's steps."""
    assert f.margin is not None
    inner, outer = f.interval(0.90), f.interval(level)
    said: dict[str, Any] = {"rule": "within", "key": f.key, "margin": f.margin, "pass_interval": inner}
    said |= {"fail_interval": outer, "fail_level": level}
    if f.estimate.value is None:
        return Verdict(outcome=Outcome.NOT_ASSESSED, sentence=f"Cannot be judged: {f.estimate.reason}.", **said)
    low, high = outer.low, outer.high
    beyond = low is not None and f.margin.high is not None and low > f.margin.high
    if beyond or (high is not None and f.margin.low is not None and high < f.margin.low):
        end, edge, way = (low, f.margin.high, "least") if beyond else (high, f.margin.low, "most")
        sentence = f"It is at {way} {end:.3g} at {100 * level:.4g} %, beyond the margin of {edge:.3g}."
        changes = (
            (
                f"a margin of at {way} {end:.3g} instead of {edge:.3g}",
                f"{f.counts[0].hits // 4:,} of the {f.counts[0].n:,} outcomes of {f.counts[0].label} being otherwise",
            )
            if f.counts
            else ()
        )
        return Verdict(outcome=Outcome.FAIL, sentence=sentence, p=1.2e-9, changes=changes, **said)
    if inner.inside(*f.margin) and not f.caps:
        size = f.margin.high or 0.0
        return Verdict(outcome=Outcome.PASS, sentence=f"Bias larger than {size:.3g} ruled out at 95 %.", p=1.0, **said)
    needed = f.estimate.n * 12
    more = f"About {needed - f.estimate.n:,} more rows settle it ({needed:,} in all, {f.estimate.n:,} now)."
    sentence = f"The interval reaches across the margin. {more}"
    return Verdict(outcome=Outcome.INCONCLUSIVE, sentence=sentence, p=0.2, needed=needed, **said)


def judgement(verdicts: Sequence[Verdict], unjudged: Sequence[Key] = (), warn: bool = False) -> Judgement:
    ordered = tuple(sorted(verdicts, key=lambda v: GRAVITY.index(v.outcome)))
    return Judgement(ordered, POLICY, "5f0d" * 16, "c41e" * 16, tuple(unjudged), warn)


def recipe(subject: str, rows: int, group: tuple[str, ...], missing: dict[str, int] | None = None) -> Recipe:
    roles = {"group": group, "outcome": ("two_year_recid",), "prediction": ("score",)}
    detectors = (
        {"code": "disparity.error_rates", "versus": "Caucasian", "favourable": ["0"]},
        {"code": "disparity.selection_rate", "versus": "Caucasian"},
    )
    versions = {"auditkit": "0.1.0", "numpy": "2.4.0", "python": "3.11.2"}
    return Recipe(
        subject, rows, roles, detectors, missing or {}, versions, ("Missing values count as a level of their own.",)
    )


FALSE_POSITIVES = {
    "African-American": (805, 1795),
    "Asian": (2, 23),
    "Hispanic": (87, 405),
    "Native American": (3, 8),
    "Other": (36, 244),
}
FALSE_NEGATIVES = {
    "African-American": (532, 1901),
    "Asian": (3, 9),
    "Hispanic": (129, 232),
    "Native American": (1, 10),
    "Other": (90, 133),
}


def compas() -> Judged:
    """Real counts of ProPublica's table: six races, two sexes.

    Only the counts and the intervals made of them are real: rows needed, p and outcomes to change are made up.
    """
    white = {"false positive rate": rates("Caucasian", 349, 1488), "false negative rate": rates("Caucasian", 461, 966)}
    found = [
        compared("false positive rate", "race", rates(g, *c), white["false positive rate"])
        for g, c in FALSE_POSITIVES.items()
    ]
    found += [
        compared("false negative rate", "race", rates(g, *c), white["false negative rate"])
        for g, c in FALSE_NEGATIVES.items()
    ]
    found.append(compared("false positive rate", "sex", rates("Female", 288, 897), rates("Male", 994, 3066)))
    found.append(compared("false negative rate", "sex", rates("Female", 195, 498), rates("Male", 1021, 2753)))
    capped = [i for i, f in enumerate(found) if f.level in ("Asian", "Native American")]
    verdicts = [verdict(f) for f in found]
    for i in capped:
        f = found[i]
        small = f"{min(c.n for c in f.counts)} effective rows on the smaller side, and 30 are the least"
        sentence = f"Cannot be decided: {small}. About 2,244 more rows settle it (3,740 in all, {f.estimate.n:,} now)."
        verdicts[i] = Verdict(
            "within",
            Outcome.INCONCLUSIVE,
            sentence,
            f.key,
            f.margin,
            f.interval(0.9),
            f.interval(0.95),
            0.95,
            0.4,
            3740,
        )
    verdicts.sort(key=lambda v: -abs(next(f.estimate.value or 0 for f in found if f.key == v.key)))
    reference = Reference(
        {"African-American": 0.512, "Caucasian": 0.34}, "share of defendants", "ProPublica 2016", 7214
    )
    shared = Finding(
        "selection.composition",
        "impact ratio of high scores",
        "African-American",
        "Caucasian",
        "African-American defendants are scored high 1.69 times as often as Caucasian ones.",
        ratio(1.69, 0.034, 6150),
        "ratio",
        1.0,
        attribute="race",
        reference=reference,
        counts=(rates("African-American", 2174, 3696), rates("Caucasian", 854, 2454)),
        notes=("Descriptive: no policy tolerates or forbids it here.",),
    )
    few = Finding(
        "selection.composition",
        "impact ratio of high scores",
        "Native American",
        "Caucasian",
        "Native American defendants are scored high 1.92 times as often as Caucasian ones.",
        ratio(1.92, 0.18, 2472, unbounded=True),
        "ratio",
        1.0,
        attribute="race",
    )
    silent = (
        NotAssessed(
            "disparity.error_rates",
            "one person has no race recorded; a group of one has no rate",
            "race",
            "false positive rate",
        ),
        NotAssessed("selection.frame", "it needs a column for frame, and none was given"),
        NotAssessed(
            "attribution.individual_signal", "it needs a column for evidence, and none was given", "race", "slope"
        ),
        NotAssessed(
            "attribution.individual_signal", "it needs a column for evidence, and none was given", "sex", "slope"
        ),
    )
    verdicts += [Verdict("assessed", Outcome.NOT_ASSESSED, f"{n.code} was not assessed: {n.because}") for n in silent]
    report = Report(
        (*found, shared, few),
        silent,
        recipe("COMPAS risk scores, Broward County, Florida, 2013–2014", 7214, ("race", "sex"), {"group race": 1}),
    )
    return report, judgement(verdicts, (shared.key, few.key))


def all_pass() -> Judged:
    found = [
        compared(
            "selection rate",
            "sex",
            rates("women", 3010, 10_000),
            rates("men", 3042, 10_000),
            "disparity.selection_rate",
        ),
        compared(
            "selection rate",
            "age",
            rates("over 40", 2980, 9800),
            rates("under 40", 3072, 10_200),
            "disparity.selection_rate",
        ),
    ]
    assessed = Verdict("assessed", Outcome.PASS, "Everything that was asked for was assessed.")
    return Report(tuple(found), (), recipe("Invitations to interview", 20_000, ("sex", "age"))), judgement(
        [*map(verdict, found), assessed]
    )


def inconclusive() -> Judged:
    """Few rows, an undefined rate, a maximum of noise, an unbounded ratio; the policy only warns."""
    gap = compared("selection rate", "sex", rates("women", 12, 40), rates("men", 18, 45), "disparity.selection_rate")
    worst = Finding(
        "disparity.selection_rate",
        "largest gap",
        "all groups",
        "",
        "The largest gap between any two of 8 groups is 0.19.",
        Estimate(
            0.19,
            tuple(0.19 - 0.05 * z for z in QUANTILES),
            tuple(0.19 + 0.05 * z for z in QUANTILES),
            85,
            85.0,
            "max-t",
            12,
        ),
        null_expectation=0.115,
        margin=Margin.at_most(0.10),
        attribute="team",
        caps=(Cap("PASS", "8 groups share 85 rows"),),
    )
    return Report((gap, worst), (), recipe("A pilot", 85, ("sex", "team"))), judgement(
        [verdict(gap), verdict(worst)], warn=True
    )


def nothing() -> Judged:
    silent = NotAssessed(
        "disparity.selection_rate",
        "every row has the same group, so there is nothing to compare",
        "sex",
        "selection rate",
    )
    undefined = Finding(
        "disparity.error_rates",
        "false positive rate",
        "women",
        "men",
        "The false positive rate of women is undefined.",
        Estimate.undefined("no negatives among women", 40),
        margin=Margin.within(0.05),
        attribute="sex",
    )
    said = Verdict("assessed", Outcome.NOT_ASSESSED, f"{silent.code} was not assessed: {silent.because}")
    return Report((undefined,), (silent,), recipe("A table of one group", 40, ("sex",))), judgement(
        [verdict(undefined), said]
    )


def empty() -> Judged:
    nobody = Recipe("Nothing", 0, {}, (), {}, {})
    return Report((), (), nobody), judgement(
        [Verdict("policy", Outcome.NOT_ASSESSED, "Nothing to judge: no finding has a margin.")]
    )


def accepted() -> Judged:
    """One fail that somebody answers for, in a gate that passes, with what changed since the baseline."""
    gap = compared("selection rate", "sex", rates("women", 2_080, 10_000), rates("men", 3_042, 10_000))
    fair = compared("selection rate", "age", rates("over 40", 2_980, 9_800), rates("under 40", 3_072, 10_200))
    why = "The advert ran in one region only; it is withdrawn in January."
    held = Acceptance("within", gap.key, why, "Ada Lovelace", date(2027, 1, 31))
    notices = (
        Notice("policy", "The margin of within for selection rate is 0.08, and was 0.05."),
        Notice("groups", "non-binary is no longer compared: the baseline had it with 412 rows."),
        Notice("rows", "20,000 rows are counted, and the baseline had 24,180."),
    )
    told = judgement([replace(verdict(gap), accepted=held), verdict(fair)])
    told = replace(told, notices=notices, baseline_hash="ba5e" * 16, policy_from="c0ffee12" * 5)
    return Report((gap, fair), (), recipe("Invitations to interview", 20_000, ("sex", "age"))), told


def hostile() -> Judged:
    """Every field that can hold text from data or from a stranger's configuration holds an attack."""
    found, verdicts = [], []
    for i, text in enumerate(HOSTILE):
        a, b = rates(text, 40 + i, 100), rates(HOSTILE[i - 1], 10, 100)
        f = Finding(
            text,
            text,
            text,
            HOSTILE[i - 1],
            text,
            difference(a, b),
            "difference",
            0.0,
            None,
            Margin.within(0.05),
            text,
            text,
            Reference({text: 0.5}, text, text),
            text,
            (a, b),
            (Cap("PASS", text),),
            (text,),
        )
        found.append(f)
        said = verdict(f)
        verdicts.append(
            Verdict(
                text,
                said.outcome,
                text,
                f.key,
                f.margin,
                said.pass_interval,
                said.fail_interval,
                0.99,
                0.1,
                None,
                (text,),
                Acceptance(text, f.key, text, text, date(2027, 1, 31)) if i % 2 else None,
            )
        )
    silent = tuple(NotAssessed(text, text, text, text) for text in HOSTILE)
    attacked = {text: (text,) for text in HOSTILE}
    made = Recipe(
        HOSTILE[0] + HOSTILE[1] + HOSTILE[3],
        7,
        attacked,
        ({"code": HOSTILE[0], HOSTILE[5]: list(HOSTILE)},),
        dict.fromkeys(HOSTILE, 1),
        dict.fromkeys(HOSTILE, HOSTILE[0]),
        HOSTILE,
    )
    standing = [Verdict(text, Outcome.FAIL, text) for text in HOSTILE]
    ordered = tuple(sorted([*verdicts, *standing], key=lambda v: GRAVITY.index(v.outcome)))
    told = Judgement(ordered, {text: text for text in HOSTILE}, HOSTILE[0], HOSTILE[1])
    notices = tuple(Notice(text, text) for text in HOSTILE)
    return Report(tuple(found), silent, made), replace(
        told, notices=notices, baseline_hash=HOSTILE[1], policy_from=HOSTILE[2]
    )


def long(figures: int = 12, levels: int = 50) -> Judged:
    """Six hundred findings; every eleventh is far off and every fifth small."""
    found = []
    for k in range(figures):
        for i in range(levels):
            n = 60 if i % 5 == 0 else 6000
            a = rates(
                f"district {i + 1}", round(n * (0.3 + 0.02 * math.sin(i * k) + (0.15 if (i + k) % 11 == 0 else 0))), n
            )
            found.append(
                compared(f"approval rate of product {k + 1}", "district", a, rates("the rest", 90_000, 300_000))
            )
    silent = tuple(
        NotAssessed("selection.refusal", "nobody recorded who refused", f"product {k + 1}") for k in range(figures)
    )
    return Report(
        tuple(found), silent, recipe("Loans, twelve products in fifty districts", 3_600_000, ("district",))
    ), judgement([verdict(f, 0.9999) for f in found])


EVERY = {
    "compas": compas,
    "all_pass": all_pass,
    "inconclusive": inconclusive,
    "nothing": nothing,
    "empty": empty,
    "accepted": accepted,
    "hostile": hostile,
}
