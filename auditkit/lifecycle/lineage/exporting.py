"""export(): a lineage in MLflow, a run for each step within one, on request and to the address that is named alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.core.lineage import Deed, Known, Lineage
from auditkit.core.manifest import digest
from auditkit.lifecycle.lineage.noting import artefacts, measured, named, settled, tags
from auditkit.rendering import lineage_formats

MISSING = "Logging to MLflow needs mlflow-skinny. Install it: python -m pip install 'rai-auditkit[mlflow]'."
EXPERIMENT, SAME = "auditkit", "auditkit.lineage"
PARENT, NAME = "mlflow.parentRunId", "mlflow.runName"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}
"""What MLflow is told while it logs: to speak with nobody else, and to take a folder where one is named."""
PATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
"""How long it tries, unless somebody has said so already."""
PARAMS, METRICS = 100, 1_000
"""How many of either a batch takes."""


class Logged(NamedTuple):
    """Where a lineage was logged: the experiment, the run that holds the others, and how many these are."""

    experiment: str
    parent: str
    children: int


def export(lineage: Lineage, folder: Path, uri: str, experiment: str = EXPERIMENT) -> Logged:
    """Log a lineage of a folder to an MLflow tracking address: a run for each step, nested under one.

    Settings are parameters, hashes and verdicts tags, estimates metrics with their 95 % bounds (`name`, `name.low`,
    `name.high`), reports and pages artefacts. The same lineage is logged once. Nothing is sent anywhere but to `uri`,
    and where that server keeps its artefacts.

    Raises `InputError` where `mlflow` is not installed, and where the address takes nothing.
    """
    with _quiet():
        client, amiss = _client(uri)
        try:
            return _logged(client, lineage, folder, experiment)
        except amiss as error:
            said = f"{type(error).__name__}: {_safe(error, uri)}"
            raise InputError(f"MLflow at {shown(uri)} took nothing: {said}") from None


def shown(uri: str) -> str:
    """An address without the name and password in it, and without what follows a question mark.

    >>> shown("https://ada:secret@host/mlflow")
    'https://host/mlflow'
    """
    return re.sub(r"//[^/@]*@", "//", uri.split("?")[0])


def _safe(error: Exception, uri: str) -> str:
    """What MLflow says, without a password that it repeats."""
    return shown(str(error).replace(uri, shown(uri)))[:300]


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow reads its settings from the environment; they are as they were afterwards."""
    told = QUIET | {name: value for name, value in PATIENT.items() if name not in os.environ}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _client(uri: str) -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise InputError(MISSING) from None
    try:
        return MlflowClient(tracking_uri=uri, registry_uri=uri), (MlflowException, OSError)
    except (MlflowException, OSError, ImportError) as error:
        hint = (
            " A database needs sqlalchemy and alembic beside it, which the whole of mlflow brings: pip install mlflow."
        )
        said = hint if re.match(r"sqlite|mysql|postgresql|mssql", uri) else _safe(error, uri)
        raise InputError(f"MLflow cannot log to {shown(uri)}: {said}") from None


def _logged(client: Any, lineage: Lineage, folder: Path, experiment: str) -> Logged:
    found = client.get_experiment_by_name(experiment)
    into = found.experiment_id if found else client.create_experiment(experiment)
    same = digest(lineage.to_json().encode())
    old = client.search_runs([into], f"tags.`{SAME}` = '{same}'", max_results=1)
    if old:
        return Logged(experiment, old[0].info.run_id, len(lineage.deeds))
    title = named(folder.resolve().name or "folder")
    head = {NAME: f"lineage of {title}", "auditkit.exit_code": str(lineage.exit_code)}
    parent = client.create_run(into, tags=head).info.run_id
    told = lineage_formats(lineage, title)
    for name, text in {"lineage.json": told["json"], "lineage.html": told["html"], "lineage.md": told["md"]}.items():
        client.log_text(parent, text, name)
    for deed in lineage.deeds:
        _step(client, into, parent, deed, lineage, folder)
    client.log_batch(parent, metrics=_metrics({"things": len(lineage.things), "flaws": len(lineage.flaws)}))
    client.set_tag(parent, SAME, same)  # last: a lineage that was logged in part is logged again
    client.set_terminated(parent)
    return Logged(experiment, parent, len(lineage.deeds))


def _step(client: Any, into: str, parent: str, deed: Deed, lineage: Lineage, folder: Path) -> None:
    by = {one.hash: one for one in lineage.things}
    took, gave = ([by[hash] for hash in some if hash in by] for some in (deed.took, deed.gave))
    head = {NAME: f"{named(deed.phase)} {named(deed.at)}", PARENT: parent, **tags(deed, took, gave)}
    run = client.create_run(into, tags=head).info.run_id
    _batches(client, run, settled(deed), measured(deed, gave, folder))
    _artefacts(client, run, deed, gave, folder)
    client.set_terminated(run)


def _batches(client: Any, run: str, params: Mapping[str, str], metrics: Mapping[str, float]) -> None:
    from mlflow.entities import Param

    listed = [Param(name, value) for name, value in params.items()]
    for k in range(0, len(listed), PARAMS):
        client.log_batch(run, params=listed[k : k + PARAMS])
    points = _metrics(metrics)
    for k in range(0, len(points), METRICS):
        client.log_batch(run, metrics=points[k : k + METRICS])


def _metrics(told: Mapping[str, float]) -> list[Any]:
    from mlflow.entities import Metric

    return [Metric(name, float(value), 0, 0) for name, value in told.items()]


def _artefacts(client: Any, run: str, deed: Deed, gave: Sequence[Known], folder: Path) -> None:
    for path, place in artefacts(deed, gave, folder):
        client.log_artifact(run, str(path), place or None)
