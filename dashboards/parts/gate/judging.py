"""What does a policy say of a report? The gate is asked, and its answer kept by what it was asked."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import streamlit as st

from auditkit import Judgement, Policy, Report, gate
from auditkit.baselining import Baseline
from dashboards.parts.opened import Opened


def judgement_of(found: Opened, policy: Policy, baseline: Baseline | None, today: date) -> Judgement:
    """The judgement of the gate itself; raises `AuditkitError` for a policy that cannot be asked of this report."""
    old = baseline.hash if baseline is not None else ""
    return _gate(found.digest, policy.hash, old, today, found.report, policy, baseline)


def command(report: Path, policy: Path | str, baseline: Path | None) -> str:
    """The command that judges likewise.

    >>> command(Path("r/report.json"), "gate.toml", None)
    'auditkit gate r/report.json --policy gate.toml'
    """
    against = [] if baseline is None else ["--baseline", str(baseline)]
    return shlex.join(["auditkit", "gate", str(report), "--policy", str(policy), *against])


@st.cache_resource(max_entries=64, show_spinner="Judging …")
def _gate(
    digest: str,
    policy_hash: str,
    baseline_hash: str,
    today: date,
    _report: Report,
    _policy: Policy,
    _baseline: Baseline | None,
) -> Judgement:
    return gate(_report, _policy, baseline=_baseline, today=today)
