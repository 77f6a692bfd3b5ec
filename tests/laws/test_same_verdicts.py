"""The API, the command and the fixture say the same of every report, policy, baseline and state."""

from __future__ import annotations

import io
import json
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, cast
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reports
from auditkit import AuditkitError, gate
from auditkit.accumulating import State
from auditkit.cli import main
from auditkit.core.baseline import Baseline
from auditkit.core.finding import Finding, Margin
from auditkit.core.judgement import Judgement
from auditkit.core.report import Recipe, Report
from auditkit.pytest_plugin import Audit
from auditkit.pytest_plugin.ledger import Ledger
from auditkit.rules import NoWorse, Policy
from auditkit.sealing import seal


class Case(NamedTuple):
    """What is to be judged; `night` is a report that a state has seen already, where there is a state."""

    report: Report
    policy: Policy
    baseline: Baseline | None
    night: Report | None
    printed: str
    form: str


@st.composite
def cases(draw: st.DrawFn) -> Case:
    report = draw(reports.reports())
    compared = draw(st.booleans())
    policy = draw(reports.policies(compared))
    baseline = draw(reports.baselines(report, policy)) if compared else None
    night = draw(st.sampled_from([None, None, report, draw(reports.baselines(report, policy)).report]))
    printed = draw(st.sampled_from(["table", "json", "junit", "sarif", "md", "github"]))
    return Case(
        report, policy, baseline, night, printed, draw(st.sampled_from(["file", "pyproject", "object", "table"]))
    )


class Recorder:
    """Stands in for the ledger of a session: keeps the judgement of a test that fails, too."""

    policy, updating = None, False

    def __init__(self) -> None:
        self.judgements: list[Judgement] = []

    def record(self, report: Report, judgement: Judgement) -> None:
        self.judgements.append(judgement)


def by_the_api(case: Case, folder: Path) -> tuple[int, str]:
    state = None if case.night is None else State.read(folder / "api.json")
    try:
        judgement = gate(case.report, case.policy, baseline=case.baseline, state=state)
    except AuditkitError as error:
        return error.exit_code, ""
    return judgement.exit_code, judgement.to_json()


def by_the_command(case: Case, folder: Path, policy: Path) -> tuple[int, str, str]:
    args = ["gate", str(case.report.save(folder / "report.json")), "--policy", str(policy), "--format", case.printed]
    if case.baseline is not None:
        (folder / "baseline.json").write_text(case.baseline.to_json(), encoding="utf-8")
        args += ["--baseline", str(folder / "baseline.json")]
    if case.night is not None:
        args += ["--state", str(folder / "command.json")]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main(args)
    written = folder / "judgement.json"
    assert code != 4, err.getvalue()
    return code, written.read_text(encoding="utf-8") if written.exists() else "", out.getvalue()


def by_the_fixture(case: Case, folder: Path, policy: Any) -> tuple[bool, str]:
    recorder = Recorder()
    how: dict[str, Any] = {"baseline": None if case.baseline is None else folder / "baseline.json"}
    if case.night is not None:
        how["state"] = folder / "fixture.json"
    try:
        Audit(cast(Ledger, recorder)).require(case.report, policy, **how)
        passed = True
    except (AuditkitError, pytest.fail.Exception):
        passed = False
    return passed, "".join(judgement.to_json() for judgement in recorder.judgements)


def said_as_it_is_judged(printed: str, text: str, judgement: Judgement) -> bool:
    """What a printed format says of the outcome, where a machine reads it."""
    if printed == "json":
        return bool(json.loads(text)["outcome"] == judgement.outcome.value)
    if printed == "junit":
        root = ElementTree.fromstring(text)
        red = sum(int(root.get(what, "")) for what in ("failures", "errors"))
        return (red == 0) == judgement.passed and (root.get("failures") != "0") == (judgement.exit_code == 1)
    if printed == "sarif":
        levels = {result["level"] for result in json.loads(text)["runs"][0]["results"]}
        return ("error" in levels) != judgement.passed
    return True


def holds(case: Case) -> list[str]:
    """Hold one case to the law, and say of what kind it was."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        head = "[tool.auditkit.gate]" if case.form == "pyproject" else ""
        file = folder / ("pyproject.toml" if head else "policy.toml")
        file.write_text(reports.toml(case.policy.to_dict(), head), encoding="utf-8")
        if case.night is not None:
            seen = State.read(folder / "none.json")
            with suppress(AuditkitError):
                judged = gate(case.night, case.policy, baseline=case.baseline, state=seen)
                seen = seen.after(case.night, judged, case.policy, case.baseline)
            for name in ("api.json", "command.json", "fixture.json"):
                seen.save(folder / name)
        code, told = by_the_api(case, folder)
        commanded, written, printed = by_the_command(case, folder, file)
        given_as = {"object": case.policy, "table": case.policy.to_dict()}.get(case.form, file)
        passed, recorded = by_the_fixture(case, folder, given_as)
        assert commanded == code
        assert passed == (code == 0)
        assert written == told
        assert recorded == told
        if case.night is not None:
            assert kept(folder / "command.json") == kept(folder / "fixture.json")
        if not told:
            return ["refused"]
        judgement = Judgement.from_json(told)
        assert judgement.exit_code == code
        assert said_as_it_is_judged(case.printed, printed, judgement)
        return kinds(judgement)


def kinds(judgement: Judgement) -> list[str]:
    said = {judgement.outcome.value, f"exit {judgement.exit_code}"}
    said |= {name for name in ("accepted", "experimental", "notices", "unjudged") if getattr(judgement, name)}
    said |= {f"{verdict.rule} {verdict.outcome}" for verdict in judgement.verdicts}
    return sorted(said | {"a FAIL stands" for verdict in judgement.verdicts if STOOD in verdict.sentence})


def kept(state: Path) -> bytes:
    return state.read_bytes() if state.exists() else b""


STOOD = "no later evidence has passed it"
REACHED = ("PASS", "FAIL", "INCONCLUSIVE", "NOT_ASSESSED", "exit 0", "exit 1", "exit 3", "accepted")
REACHED += ("experimental", "notices", "unjudged", "no_worse INCONCLUSIVE")
REACHED += tuple(f"{rule} {said}" for rule in ("within", "ratio") for said in ("PASS", "FAIL", "INCONCLUSIVE"))
HOW = settings(
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a case of four parts takes longer than to read it
)


def told(value: float, error: float) -> Report:
    estimate = reports.normal(value, error)
    found = Finding(reports.CALIBRATED[0], "gap", "a", "b", "A gap.", estimate, margin=Margin.within(0.05))
    return Report((found,), (), Recipe(f"{value}", 5_000, {}, (), {}, {}))


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (
            Case(told(0.5, 0.01), Policy((NoWorse(0.05),)), Baseline(told(0, 0.01)), None, "junit", "file"),
            "no_worse FAIL",
        ),
        (
            Case(told(0, 0.01), Policy((NoWorse(1),)), Baseline(told(0, 0.01)), None, "sarif", "pyproject"),
            "no_worse PASS",
        ),
        (Case(told(0.06, 0.5), Policy(), None, told(0.5, 0.001), "json", "file"), "a FAIL stands"),
        (Case(told(0, 0.01), Policy((NoWorse(1),)), None, None, "table", "file"), "refused"),
    ],
)
def test_what_is_seldom_drawn(case: Case, kind: str) -> None:
    assert kind in holds(case)


def test_a_report_that_was_changed_since_it_was_written_is_refused_by_all(tmp_path: Path) -> None:
    path = told(0.2, 0.001).save(tmp_path / "report.json")
    seal(tmp_path, ["report.json"])
    assert main(["gate", str(path)]) == gate(path).exit_code == 1
    with pytest.raises(pytest.fail.Exception, match=r"^FAIL: gap, a against b; 0\.2, exit code 1"):
        Audit().require(path)
    path.write_text(path.read_text().replace("5000", "5001"))
    assert main(["gate", str(path)]) == 2
    for judge in (gate, Audit().require):
        with pytest.raises(AuditkitError, match="is not as"):
            judge(path)


@given(cases())
@settings(HOW, max_examples=50)
def test_the_api_the_command_and_the_fixture_say_the_same(case: Case) -> None:
    holds(case)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_they_say_the_same_of_five_hundred_reports_and_policies() -> None:
    seen: Counter[str] = Counter()

    @given(cases())
    @settings(HOW, max_examples=500)
    def each(case: Case) -> None:
        seen.update(holds(case))

    each()
    assert all(seen[kind] for kind in REACHED), seen
