"""A lineage in MLflow: a run for each step within one, by names that it takes, and nowhere but where it was told."""

from __future__ import annotations

import builtins
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.core.lineage import Deed, Known, Lineage
from auditkit.core.report import Report
from auditkit.lifecycle.lineage import trace
from auditkit.lifecycle.lineage.exporting import EXPERIMENT, MISSING, QUIET, export, shown
from auditkit.lifecycle.lineage.noting import LONGEST, named
from tests.lifecycle.chained import story
from tests.rendering import canned

pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
TAKEN = re.compile(r"^[/\w.\-: ]*$")
"""What MLflow 3 takes as the name of a metric, a parameter or a tag (`mlflow.utils.validation`)."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("mlflow") / "story")


@pytest.fixture(scope="module")
def store(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The story, logged into a folder: its address, and the run that holds the others."""
    uri = (tmp_path_factory.mktemp("tracking") / "mlruns").as_uri()
    with pytest.MonkeyPatch.context() as patched:

        def refused(*args: Any, **kwargs: Any) -> None:
            raise AssertionError(f"the network was asked for {args[1:]}")

        patched.setattr(socket.socket, "connect", refused)
        patched.setattr(socket, "getaddrinfo", refused)
        yield uri, export(trace(whole), whole, uri).parent


@pytest.fixture
def client(store: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=store[0], registry_uri=store[0])


def runs(client: Any, parent: str) -> dict[str, Any]:
    """The runs within one, by the file of their step."""
    into = client.get_experiment_by_name(EXPERIMENT).experiment_id
    found = client.search_runs([into], f"tags.`mlflow.parentRunId` = '{parent}'")
    return {one.data.tags["auditkit.at"]: one for one in found}


def test_every_step_is_a_run_within_one(client: Any, store: tuple[str, str], whole: Path) -> None:
    found, lineage = runs(client, store[1]), trace(whole)
    assert set(found) == {deed.at for deed in lineage.deeds}
    assert {one.info.status for one in found.values()} == {"FINISHED"}
    names = {one.path for one in client.list_artifacts(store[1])}
    assert names == {"lineage.json", "lineage.html", "lineage.md"}
    place = client.download_artifacts(store[1], "lineage.json")
    assert Lineage.from_json(Path(place).read_text()) == lineage


def test_a_step_has_its_settings_hashes_estimates_and_costs(client: Any, store: tuple[str, str], whole: Path) -> None:
    step = runs(client, store[1])["tuned/step.json"]
    assert step.data.params == {"rank": "4"}
    hashes = {one.hash for one in trace(whole).things}
    told = {name: value for name, value in step.data.tags.items() if name.startswith(("took.", "gave."))}
    assert len(told) == 6
    assert set(told.values()) < hashes
    assert told["took.model.hub_tiny-c1442765"] == "b" * 64
    cost = {name: value for name, value in step.data.metrics.items() if name.startswith("cost.")}
    assert cost["cost.perplexity"] == pytest.approx(0.01)
    assert cost["cost.perplexity.low"] == pytest.approx(0.01 - 1.959964 * 0.004, abs=1e-6)
    assert cost["cost.perplexity.high"] == pytest.approx(0.01 + 1.959964 * 0.004, abs=1e-6)


def test_metrics_are_the_estimates_of_the_reports_with_their_bounds(
    client: Any, store: tuple[str, str], whole: Path
) -> None:
    step = runs(client, store[1])["tuned/step.json"]
    for side in ("before", "after"):
        report = Report.from_json((whole / "tuned" / side / "report.json").read_text())
        for finding in report.findings:
            [name] = [
                n
                for n in step.data.metrics
                if n.startswith(f"{side}.") and finding.estimand in n and n[-4:] != ".low" and n[-5:] != ".high"
            ]
            low, high, _ = finding.interval(0.95)
            got = [step.data.metrics[f"{name}{end}"] for end in ("", ".low", ".high")]
            assert got == pytest.approx([finding.estimate.value, low, high])


def test_a_gate_has_its_outcome_and_reports_lie_beside(client: Any, store: tuple[str, str]) -> None:
    found = runs(client, store[1])
    assert found["tuned/after/judgement.json"].data.tags["outcome"] == "PASS"
    assert found["tuned/before/judgement.json"].data.tags["outcome"] == "FAIL"
    step = found["tuned/step.json"].info.run_id
    assert {one.path for one in client.list_artifacts(step, "after")} == {"after/report.html", "after/report.json"}
    assert {"step.json", "turn.html", "turn.json", "turn.md"} <= {one.path for one in client.list_artifacts(step)}


def test_the_same_lineage_is_logged_once(client: Any, store: tuple[str, str], whole: Path) -> None:
    before = len(runs(client, store[1]))
    assert export(trace(whole), whole, store[0]).parent == store[1]
    assert len(runs(client, store[1])) == before


def test_the_environment_is_as_it_was(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    before = dict(os.environ)
    export(Lineage((Known("data", "a", "a" * 64),)), tmp_path, (tmp_path / "mlruns").as_uri())
    assert dict(os.environ) == before


def test_hostile_names_are_taken(tmp_path: Path) -> None:
    texts = [
        text.encode("utf-8", "replace").decode()
        for text in (*canned.HOSTILE, "..", ".", "a/../../b", "", "ü" * 400, "x" * 900)
    ]
    things = tuple(Known("data", text or "-", f"{k:064x}", text) for k, text in enumerate(texts))
    hashes = tuple(one.hash for one in things)
    deed = Deed("tune", "step.json", hashes[:8], hashes[8:], {text: text for text in texts}, tuple(texts))
    found = export(Lineage(things, (deed,)), tmp_path, (tmp_path / "mlruns").as_uri())
    assert found.children == 1
    assert {path.name for path in tmp_path.iterdir()} == {"mlruns"}
    for text in texts:
        assert TAKEN.match(named(text))
        assert "/" not in named(text)
        assert 0 < len(named(text)) <= LONGEST + 9
    assert len({named(text) for text in texts}) == len(texts)


def test_without_the_package_a_sentence_says_how_to_get_it(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "mlflow":
            raise ImportError(name)
        return real(name, *rest)

    for name in [name for name in sys.modules if name.split(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=re.escape(MISSING)):
        export(trace(whole), whole, "file:/nowhere")
    assert "python -m pip install 'rai-auditkit[mlflow]'" in MISSING


def test_an_address_that_takes_nothing_is_a_sentence(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert main(["lineage", str(whole), "--mlflow", (tmp_path / "file" / "mlruns").as_uri()]) == 2
    assert "MLflow " in capsys.readouterr().err
    assert main(["lineage", str(whole), "--mlflow", "odd://ada:secret@nowhere/x"]) == 2
    told = capsys.readouterr().err
    assert "secret" not in told
    assert "MLflow cannot log to odd://nowhere/x" in told


def test_the_command_says_where(whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(shutil.copytree(whole, tmp_path / "copy"))
    shutil.rmtree(root / "tuned")
    assert main(["lineage", str(root), "--mlflow", (tmp_path / "mlruns").as_uri()]) == 0
    assert re.search(r"experiment auditkit, run [0-9a-f]{32} with 5 in it\.", capsys.readouterr().err)
    assert shown("http://a:b@host/c") == "http://host/c"
