"""Random reports, policies and baselines, as strange as they may lawfully be: hypothesis strategies for every law."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from auditkit.core.baseline import Baseline
from auditkit.core.estimate import LEVELS, QUANTILES, Estimate, Wager, estimates
from auditkit.core.finding import Cap, Count, Finding, Margin, NotAssessed, Reference, Scale
from auditkit.core.judgement import Acceptance, Outcome
from auditkit.core.report import Recipe, Report
from auditkit.rules import Assessed, Enough, NoWorse, Policy, Ratio, Rule, Within
from auditkit.stats.contrasts import mover_ratio, newcombe
from auditkit.stats.proportions import rates, wilson

HOSTILE = (
    "<script>alert(1)</script>",
    "\x1b[31mred\n::error::x",
    "  ##[add-mask]x",
    "=1+1|`x`",
    "]]>&\x00 c",
    "\u202eL" + "L" * 300,
    '"; rm -rf / # %0A::x',
)
HALF = "half a pair \ud800"  # in sentences alone: two names that a file cannot tell apart are one name there
CALIBRATED = ("disparity.selection_rate", "disparity.error_rates", "selection.refusal")
EXPERIMENTAL = ("their.own", HOSTILE[1])
BOUNDS = "selection.bounds"
NAMES = ("women", "men", "", "größer", *HOSTILE)
SEEN = ("*", "*", "*", "disparity.*", "their.own", "selection.refusal", "no such thing", "*rate*", "[", '"\\')


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Finite numbers, as often round ones as not."""
    return st.one_of(st.floats(low, high, width=32), st.integers(math.ceil(low), math.floor(high)).map(float))


def _names() -> st.SearchStrategy[str]:
    return st.sampled_from(NAMES)


@st.composite
def margins(draw: st.DrawFn, scale: Scale) -> Margin | None:
    """What a detector may suggest: both sides, one side, or nothing."""
    size = draw(st.sampled_from([0.02, 0.05, 0.1, 0.3]))
    if scale == "ratio":
        return draw(st.sampled_from([None, Margin.ratio(0.8), Margin(0.8, None), Margin(None, 1.25)]))
    sides = [None, Margin.within(size), Margin.at_most(size), Margin.at_least(-size), Margin.at_most(0.0)]
    return draw(st.sampled_from(sides))


def normal(value: float, error: float, n: int = 5_000) -> Estimate:
    """A value with bounds as far off as its standard error says."""
    lower, upper = (tuple(value + side * z * error for z in QUANTILES) for side in (-1, 1))
    return Estimate(value, lower, upper, n, float(n), "made up")


@st.composite
def curves(draw: st.DrawFn, scale: Scale) -> Estimate:
    """A value with bounds that widen with the level, may stop being known, and sit well inside or far outside."""
    spread = draw(st.sampled_from([0.0005, 0.0005, 0.0005, 0.005, 0.02, 0.2]))
    shift = draw(st.sampled_from([0.0, 0.0, 0.02, -0.06, 0.2, -0.5, 0.05]))
    known = [draw(st.sampled_from([*[len(LEVELS)] * 6, 6, 1, 0])) for _ in range(2)]
    value: float | None = shift if scale == "difference" else math.exp(shift)
    ends: list[tuple[float | None, ...]] = []
    for side, upto in zip((-1, 1), known, strict=True):
        ends.append(
            tuple(_end(scale, shift + side * z * spread) if k < upto else None for k, z in enumerate(QUANTILES))
        )
    n = draw(st.sampled_from([5_000, 700, 31, 3]))
    clusters = draw(st.sampled_from([None, None, None, 40, 3]))
    value = draw(st.sampled_from([value, value, value, None])) if known == [0, 0] else value
    reason = "nobody was at risk" if value is None else None
    return Estimate(value, ends[0], ends[1], n, n / draw(st.sampled_from([1, 1, 3, 100])), "made up", clusters, reason)


def _end(scale: Scale, at: float) -> float:
    return at if scale == "difference" else math.exp(at)


@st.composite
def counted(draw: st.DrawFn, scale: Scale) -> tuple[Estimate, tuple[Count, Count]]:
    """Two counts and the interval that they make."""
    n, m = draw(st.integers(1, 3_000)), draw(st.integers(1, 3_000))
    x, y = draw(st.integers(0, n)), draw(st.integers(0, m))
    a, b = wilson(rates([x], [n])), wilson(rates([y], [m]))
    curve = newcombe(a, b) if scale == "difference" else mover_ratio(a, b)
    told = estimates(*curve, n=[n + m], n_eff=[float(min(n, m))], method="counted", reasons="nobody")[0]
    return told, (Count(draw(_names()), x, n, x / n), Count(draw(_names()), y, m, y / m))


@st.composite
def findings(draw: st.DrawFn, codes: Sequence[str] = (*CALIBRATED, *CALIBRATED, *EXPERIMENTAL)) -> Finding:
    """One finding, of either scale, with anything that a detector may attach to it."""
    scale: Scale = draw(st.sampled_from(["difference", "difference", "ratio"]))
    margin, counts = draw(margins(scale)), ()
    if recount := draw(st.booleans()):
        estimate, counts = draw(counted(scale))
    else:
        estimate = draw(curves(scale))
    if _seldom(draw) and estimate.value is not None and margin is not None:
        bets = draw(st.sampled_from([(25.0, 0.5), (1.0, 1.0), (0.5, 400.0), (0.0, 1e30)]))
        estimate = replace(estimate, wagers=(Wager(*margin, *bets),))
    caps = draw(
        st.sampled_from([(), (), (), (), (), (Cap("PASS", "few"),), (Cap("FAIL", HOSTILE[1]), Cap("PASS", "few"))])
    )
    attribute, stratum = draw(st.sampled_from([("sex", ""), ("sex", "age|old"), (HOSTILE[0], HOSTILE[2])]))
    estimand = draw(st.sampled_from(["rate difference", "rate ratio", "gap", HOSTILE[3]]))
    reference = draw(st.sampled_from([None, Reference(0.5, "a census", HOSTILE[0])]))
    return Finding(
        draw(st.sampled_from(codes)),
        estimand,
        draw(_names()),
        draw(_names()),
        draw(st.sampled_from(["One in two.", HALF, *HOSTILE])),
        estimate,
        scale,
        1.0 if scale == "ratio" else 0.0,
        None,
        margin,
        attribute,
        stratum,
        reference,
        counts=counts,
        caps=caps,
        recount=recount,
    )


def _apart(found: Sequence[Finding]) -> list[Finding]:
    """No two of one key, as `audit` sees to it."""
    return list({f.key: f for f in found}.values())


@st.composite
def reports(draw: st.DrawFn, most: int = 6) -> Report:
    """A report of up to so many findings, some with the worst case of those who did not answer beside them."""
    found = draw(st.lists(findings(), min_size=0 if _seldom(draw) else 1, max_size=most))
    bounded = [replace(f, code=BOUNDS, estimate=draw(curves(f.scale)), margin=None) for f in found[:1]]
    found = _apart(found + (bounded if _seldom(draw) else []))
    some = st.sampled_from([*CALIBRATED, *EXPERIMENTAL])
    silent = draw(st.lists(some.map(_silent), max_size=2)) if _seldom(draw) else []
    asked = draw(st.lists(some, max_size=2, unique=True)) if _seldom(draw) else []
    asked += [code for code in dict.fromkeys(f.code for f in found) if code not in asked]
    subject, note = draw(_names()), draw(_names())
    versions = {"auditkit": "0.1.0", "numpy": "2.4.0"}
    detectors = tuple({"code": code, "versus": note} for code in asked)
    recipe = Recipe(subject, 9_000, {"group": ("sex",)}, detectors, {"group (sex)": 3}, versions, (note,))
    return Report(tuple(found), tuple(silent), recipe)


def _seldom(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 4)) == 4


def _silent(code: str) -> NotAssessed:
    return NotAssessed(code, HOSTILE[1], "sex", "rate difference")


@st.composite
def rules(draw: st.DrawFn, against: bool) -> Rule:
    """Any rule with any fields; `against` a baseline also no_worse."""
    code, estimand = draw(st.sampled_from(SEEN)), draw(st.sampled_from(["*", "*", "rate ratio", "*rate*"]))
    kinds = ["within", "ratio", "assessed", "enough", *["no_worse"] * (5 * against)]
    kind = draw(st.sampled_from(kinds))
    if kind == "within":
        return Within(draw(st.sampled_from([None, 0.05, 0.1, 0.4])), code, estimand)
    if kind == "ratio":
        return Ratio(draw(st.sampled_from([None, 0.5, 0.8, 0.95])), code, estimand)
    if kind == "no_worse":
        return NoWorse(draw(st.sampled_from([0.01, 0.05, 1])), code, estimand)
    if kind == "assessed":
        return Assessed(tuple(draw(st.lists(st.sampled_from(SEEN), min_size=1, max_size=2))))
    return Enough(draw(st.sampled_from([0, 5, 30, 200.5])), draw(st.integers(0, 5)))


@st.composite
def policies(draw: st.DrawFn, against: bool = False) -> Policy:
    """Any policy: the default, or some rules; now and then no_worse without a baseline, which is refused."""
    given = draw(st.lists(rules(against or (_seldom(draw) and _seldom(draw))), min_size=int(against), max_size=3))
    how = {"multiplicity": draw(st.sampled_from(["holm", "none"]))}
    how |= {"inconclusive": draw(st.sampled_from(["fail", "warn"]))}
    chosen = () if _seldom(draw) else Policy().rules
    return Policy((*chosen, *given) or Policy().rules, **how)  # type: ignore[arg-type]


@st.composite
def baselines(draw: st.DrawFn, report: Report, policy: Policy) -> Baseline:
    """What a report may be compared with: its own past, with findings gone, new or shifted, and some of it accepted."""
    past = [f for f in report.findings if not (_seldom(draw) and _seldom(draw))]
    past = [replace(f, estimate=draw(curves(f.scale))) if _seldom(draw) else f for f in past]
    past = _apart(past + (draw(st.lists(findings(), max_size=1)) if _seldom(draw) else []))
    recipe = replace(report.recipe, rows=draw(st.sampled_from([9_000, 100])))
    told = replace(report, findings=tuple(past), recipe=recipe)
    table = draw(st.sampled_from([None, policy.to_dict(), Policy().to_dict()]))
    accepted = [_accepted(draw, f) for f in past if draw(st.integers(0, 2)) == 0] if table is not None else []
    return Baseline(told, table, tuple(accepted))


def _accepted(draw: st.DrawFn, finding: Finding) -> Acceptance:
    usual = "within" if finding.scale == "difference" else "ratio"
    rule = draw(st.sampled_from([usual, usual, "no_worse"]))
    day = draw(st.sampled_from([date(2999, 1, 31), date(2999, 1, 31), date(2001, 1, 31)]))
    was = draw(st.sampled_from([Outcome.FAIL, Outcome.FAIL, Outcome.INCONCLUSIVE]))
    return Acceptance(rule, finding.key, HOSTILE[0], HOSTILE[1], day, was)


def toml(table: Mapping[str, Any], head: str = "") -> str:
    """A policy's table as TOML."""
    parts = [f"{key} = {_value(value)}" for key, value in table.items() if key != "rules"]
    listed = ", ".join(f"{{{', '.join(f'{k} = {_value(v)}' for k, v in rule.items())}}}" for rule in table["rules"])
    return "\n".join([head, *parts, f"rules = [{listed}]", ""])


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
