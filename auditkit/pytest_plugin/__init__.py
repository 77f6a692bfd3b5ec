"""Bias as a test: fixtures, options and a marker for pytest. Nothing heavy is imported before a test asks for it.

`audit` audits and requires, `audit_baseline` is the committed baseline, `audit_seed` a seed for what is drawn; tests
that use one of them are marked `auditkit`. `assert_within` and `assert_impact_ratio` are imported from here.
"""

from __future__ import annotations

from typing import Any

import pytest

from auditkit.pytest_plugin.baselines import BaselineFile
from auditkit.pytest_plugin.ledger import Ledger
from auditkit.pytest_plugin.requiring import Audit, assert_impact_ratio, assert_within

__all__ = ["Audit", "assert_impact_ratio", "assert_within"]

LEDGER = pytest.StashKey[Ledger]()
FIXTURES = {"audit", "audit_baseline", "audit_seed"}
MARKER = "auditkit: bias as a test. Tests that use a fixture of auditkit have it by themselves: pytest -m auditkit"
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("report", {"metavar": "DIR", "help": "Write every judged report there, in a folder named by its test."}),
    ("baseline", {"metavar": "FILE", "help": "The baseline of audit_baseline (ini auditkit_baseline)."}),
    ("update-baseline", {"action": "store_true", "help": "Write the baseline anew from what the tests judge by it."}),
    ("seed", {"metavar": "N", "type": int, "help": "The value of audit_seed (ini auditkit_seed, default 0)."}),
)
INI = (
    ("auditkit_policy", "The policy of audit.require where a test gives none: a file, from the root folder.", None),
    ("auditkit_baseline", "The committed baseline, from the root folder.", "auditkit.baseline.json"),
    ("auditkit_seed", "The value of audit_seed.", "0"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options on the command line, and their keys in the ini file."""
    group = parser.getgroup("auditkit", "bias as a test")
    for name, how in OPTIONS:
        group.addoption(f"--auditkit-{name}", **how)
    for key, what, default in INI:
        parser.addini(key, what, default=default)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and open the ledger of this session."""
    config.addinivalue_line("markers", MARKER)
    here, root = config.invocation_params.dir, config.rootpath
    folder, baseline = config.getoption("--auditkit-report"), config.getoption("--auditkit-baseline")
    policy, usual = config.getini("auditkit_policy"), config.getini("auditkit_baseline")
    ledger = Ledger(
        config,
        None if not policy else root / policy,
        None if folder is None else here / folder,
        BaselineFile(root / usual if baseline is None else here / baseline),
        bool(config.getoption("--auditkit-update-baseline")),
    )
    config.stash[LEDGER] = ledger
    config.pluginmanager.register(ledger, "auditkit-ledger")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a fixture of auditkit, before `-m` chooses."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("auditkit")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say in words what two judgements or two outcomes do not share."""
    kinds = {type(side).__module__ for side in (left, right)}
    if op != "==" or kinds not in ({"auditkit.core.judgement"}, {"auditkit.core.outcome"}):
        return None
    from auditkit.pytest_plugin.telling import apart

    return apart(left, right)


@pytest.fixture(scope="session")
def audit(pytestconfig: pytest.Config) -> Audit:
    """Audit a table in a test, and require what a policy requires: `audit.require(audit(table, group=...))`."""
    return Audit(pytestconfig.stash[LEDGER])


@pytest.fixture(scope="session")
def audit_baseline(pytestconfig: pytest.Config) -> BaselineFile:
    """The committed baseline: `audit.require(report, baseline=audit_baseline)`, or `audit_baseline("loans")`."""
    return pytestconfig.stash[LEDGER].baseline


@pytest.fixture(scope="session")
def audit_seed(pytestconfig: pytest.Config) -> int:
    """The seed that `--auditkit-seed` or the ini file gives, for `elicit(..., seed=audit_seed)`."""
    given, usual = pytestconfig.getoption("--auditkit-seed"), pytestconfig.getini("auditkit_seed")
    try:
        return int(usual if given is None else given)
    except ValueError:
        raise pytest.UsageError(f"auditkit_seed is a whole number, and the ini file says {usual!r}.") from None
