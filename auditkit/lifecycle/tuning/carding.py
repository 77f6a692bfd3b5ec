"""The card of a tuned model: where it comes from, what was done to it, what that changed and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditkit.core.estimate import Estimate
from auditkit.core.step import Step
from auditkit.formats.words import markdown, number, outcome_word
from auditkit.lifecycle.tuning.curve import Curve
from auditkit.lifecycle.turning import Cost, Turn

FILE = "README.md"
STATED = ("license", "pipeline_tag", "library_name")
"""What holds of a tuned model as of its base."""
CARD = 1 << 20
"""Bytes of a base model's card that are looked at."""


def card(turn: Turn, step: Step, curve: Curve, base: str, stated: Mapping[str, str]) -> str:
    """The text of the README.md: front matter that the hub reads, then the audit before and after, and every cost.

    `stated` is what the base model's own card says of its licence, its task and the library that opens it.
    """
    licence = stated.get("license", "")
    settings, taken = step.settings, {one.kind: one for one in step.took}
    front = {
        "base_model": base,
        **{name: value for name, value in stated.items() if value},
        "tags": ["auditkit", "bias-evaluation", settings["method"]],
    }
    lines = ["---", *(f"{key}: {json.dumps(value)}" for key, value in front.items()), "---", ""]
    lines += [f"# {markdown(base)}, tuned", ""]
    lines += [
        f"Tuned by `auditkit tune`: {_method(settings)}. {outcome_word(turn.outcome)}, by policy and guard.",
        "",
    ]
    lines += [
        "| | |",
        "|:--|:--|",
        f"| base model | {markdown(base)} |",
        f"| its fingerprint | `{taken['model'].hash}` |",
        f"| licence of the base model | {markdown(licence) if licence else 'not stated where it was opened'} |",
        f"| data, SHA-256 | `{taken['data'].hash}` |",
        f"| plan | `{taken['plan'].hash}` |",
        *(f"| loss of held-out rows, after {mark.step} steps | {_mark(mark)} |" for mark in _ends(curve)),
        "",
        "## The audit before and after",
        "",
        *_audit(turn),
        "## What it cost",
        "",
        *_costs(turn.costs),
        "## What this does not say",
        "",
        "It was audited by one plan. What that did not ask is not known of this model, and bias within the margin was "
        "not ruled out. The uses, risks and limits of the base model are in its own card.",
        "",
    ]
    return "\n".join(lines)


def stated_in(folder: Path) -> Mapping[str, str]:
    """What the front matter of a folder's card says of `STATED`; nothing of what it does not state.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = (Path(place) / "README.md").write_text("---\\nlicense: mit\\n---\\nlicense: none of this\\n")
    ...     stated_in(Path(place))
    {'license': 'mit'}
    """
    try:
        with (folder / FILE).open(encoding="utf-8", errors="replace") as file:
            text = file.read(CARD)
    except OSError:
        return {}
    parts = text.split("---", 2)
    front = parts[1] if text.startswith("---") and len(parts) == 3 else ""
    told: dict[str, str] = {}
    for name, colon, value in (line.partition(":") for line in front.splitlines()):
        if colon and name in STATED:
            told.setdefault(name, value.strip().strip("\"'")[:80])
    return {name: told[name] for name in STATED if told.get(name)}


def _method(settings: Mapping[str, Any]) -> str:
    how = f"LoRA of rank {settings['rank']}, merged" if settings["method"] == "lora" else "all weights"
    pace = f"{settings['steps']} steps of {settings['batch']} rows, rate {settings['rate']:g}"
    return f"{how}, {pace}, seed {settings['seed']}"


def _ends(curve: Curve) -> list[Any]:
    return [curve.held_out[0], curve.held_out[-1]] if curve.held_out else []


def _mark(mark: Any) -> str:
    if mark.low is None or mark.high is None:
        return f"{mark.value:.4g}"
    return f"{mark.value:.4g} ({mark.low:.4g} to {mark.high:.4g} at 95 %)"


def _audit(turn: Turn) -> Iterator[str]:
    was = {finding.key: finding for finding in turn.before.findings}
    judged = {verdict.key for verdict in (*turn.judged_before.verdicts, *turn.judged_after.verdicts)}
    yield "| comparison | before | after |"
    yield "|:--|--:|--:|"
    for finding in turn.after.findings:
        if finding.key in judged and finding.key in was:
            sides = (_value(each.estimate, each.scale) for each in (was[finding.key], finding))
            name = ", ".join(filter(None, (finding.code, finding.estimand, finding.level, finding.stratum)))
            yield f"| {markdown(name)} | {' | '.join(sides)} |"
    yield ""
    words = (outcome_word(each.outcome) for each in (turn.judged_before, turn.judged_after))
    yield f"Values with their 95 % intervals. Judged before: {next(words)}; after: {next(words)}."
    yield ""


def _costs(costs: tuple[Cost, ...]) -> Iterator[str]:
    yield "| quality | before | after | lost | may be lost | |"
    yield "|:--|--:|--:|--:|--:|:--|"
    for cost in costs:
        sides = " | ".join([_value(cost.before, signed=False), _value(cost.after, signed=False), _value(cost.lost)])
        margin = "not judged" if cost.margin is None else f"{cost.margin:g}"
        yield f"| {markdown(cost.name)} | {sides} | {margin} | {outcome_word(cost.outcome)} |"
    yield ""


def _value(e: Estimate, scale: str = "difference", signed: bool = True) -> str:
    low, high, _ = e.interval(0.95)
    if e.value is None:
        return "undefined"
    if low is None or high is None:
        return f"{number(e.value, scale, signed)} (no interval)"
    return f"{number(e.value, scale, signed)} ({number(low, scale, signed)} to {number(high, scale, signed)})"
