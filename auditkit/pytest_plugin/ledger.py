"""What the tests of a session judge: recorded with the test, told in the summary, written where a user wants it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from auditkit.pytest_plugin.baselines import BaselineFile, Claim

if TYPE_CHECKING:
    from auditkit.core.baseline import Baseline
    from auditkit.core.judgement import Judgement
    from auditkit.core.report import Report

LINE, OUTCOME, POLICY = "auditkit", "auditkit_outcome", "auditkit_policy"
CLAIMS = "auditkit_baselines"


@dataclass
class Ledger:
    """One session of pytest; where xdist works, every worker has its own and sends it to the controller."""

    config: pytest.Config
    policy: Path | None
    folder: Path | None
    baseline: BaselineFile
    updating: bool
    claims: list[Claim] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    item: pytest.Item | None = None

    def record(self, report: Report, judgement: Judgement) -> None:
        """Tell of a judgement: in the test's properties, which JUnit XML and xdist carry, and in a folder if wanted."""
        from auditkit.pytest_plugin.telling import summary

        told = [(LINE, line) for line in summary(report, judgement)]
        told += [(OUTCOME, judgement.outcome.value), (POLICY, judgement.policy_hash)]
        test, properties = ("", []) if self.item is None else (self.item.nodeid, self.item.user_properties)
        properties += told
        if self.folder is not None:
            nth = sum(name == OUTCOME for name, _ in properties)
            _keep(self.folder / folder_name(test, nth), report, judgement)

    def claim(self, file: BaselineFile, baseline: Baseline, changes: Sequence[str]) -> None:
        """Note what a baseline file is to hold when the session is over."""
        test = "" if self.item is None else self.item.nodeid
        self.claims.append(Claim(str(file.path), baseline.to_json(), test, changes))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Know which test judges."""
        token, self.item = OPEN.set(self), item
        try:
            return (yield)
        finally:
            self.item = None
            OPEN.reset(token)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what a test told, from whichever process it ran in."""
        if report.when == "teardown":
            self.lines += [(report.nodeid, str(text)) for name, text in report.user_properties if name == LINE]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of xdist wants to stand in baselines."""
        self.claims += [Claim(*claim) for claim in getattr(node, "workeroutput", {}).get(CLAIMS, ())]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the baselines; a worker leaves that to the controller."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[CLAIMS] = [list(claim) for claim in self.claims]
        elif self.updating:
            from auditkit.pytest_plugin.updating import written

            done, refused = written(self.claims)
            self.lines += [("", line) for line in (*done, *refused)]
            if refused:
                session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line a judged report, and what of it was accepted or only warned of."""
        if self.lines:
            from auditkit.pytest_plugin.telling import named

            terminalreporter.section("auditkit")
            for test, line in self.lines:
                where = named(test)
                terminalreporter.line(f"{line} ({where})" if where and not line.startswith(" ") else line)


OPEN: ContextVar[Ledger | None] = ContextVar("auditkit_ledger", default=None)
"""The ledger of the session whose test is running, for the assertions that are imported and no fixture."""


def folder_name(test: str, nth: int = 1) -> str:
    """A folder's name for the nth judgement of a test: no path and no reserved name, whatever the test is called.

    >>> folder_name("tests/test_hiring.py::test_it[../../etc]")
    'tests-test-hiring-py-test-it-etc-b00cd169'
    """
    words = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-")[-48:].strip("-") or "session"
    digest = hashlib.sha256(test.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{words}-{digest}" + (f"-{nth}" if nth > 1 else "")


def _keep(folder: Path, report: Report, judgement: Judgement) -> None:
    from auditkit.rendering import render
    from auditkit.running import PAGE, write
    from auditkit.sealing import seal

    texts = {"report.json": report.to_json(), "judgement.json": judgement.to_json()}
    texts |= {PAGE: render(report, judgement, "page")}
    write(folder, texts)
    seal(folder, texts, pages=[PAGE])
