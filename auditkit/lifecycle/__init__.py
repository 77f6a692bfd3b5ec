"""The loop that an audit stands in: discover, curate, tune, mitigate, prompt, monitor; lineage tells them as one chain.

Each phase takes things by their content, writes what it made with what it did (`step.json`), sealed for `verify`, and
tells the audit before and after. A phase that was stopped goes on; one that is asked for the same work again does
nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditkit.lifecycle import curating, discovering, lineage, mitigating, monitoring, prompting, tuning
    from auditkit.lifecycle.curating import curate
    from auditkit.lifecycle.discovering.discover import discover
    from auditkit.lifecycle.lineage import trace
    from auditkit.lifecycle.mitigating import mitigate, mitigate_table
    from auditkit.lifecycle.monitoring import monitor
    from auditkit.lifecycle.prompting import prompt
    from auditkit.lifecycle.tuning import tune

_HOME = {
    "curate": "curating",
    "discover": "discovering",
    "mitigate": "mitigating",
    "mitigate_table": "mitigating",
    "monitor": "monitoring",
    "prompt": "prompting",
    "trace": "lineage",
    "tune": "tuning",
}

__all__ = [
    "curate",
    "curating",
    "discover",
    "discovering",
    "lineage",
    "mitigate",
    "mitigate_table",
    "mitigating",
    "monitor",
    "monitoring",
    "prompt",
    "prompting",
    "trace",
    "tune",
    "tuning",
]


def __getattr__(name: str) -> Any:
    """Import a phase, or its function, when it is first asked for, so that the loop stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'auditkit.lifecycle' has no attribute {name!r}")
    home = import_module(f"auditkit.lifecycle.{_HOME.get(name, name)}")
    return getattr(home, name) if name in _HOME else home


def __dir__() -> list[str]:
    return __all__
