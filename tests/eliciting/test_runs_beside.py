"""Several runs as one table: an arm each, and the readings of all."""

from __future__ import annotations

from pathlib import Path

import pytest

import auditkit
from auditkit.core.errors import InputError
from auditkit.detectors import reporting, selection
from auditkit.eliciting import elicit
from auditkit.lab.portraits import Exact, Painter, World
from auditkit.probes import Swaps, Unconditional
from auditkit.runs import Run, beside


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder, readers = tmp_path_factory.mktemp("runs"), Exact(("skin", "background"))
    worlds = {"real": World(), "generated": World(0.9)}
    return {
        name: elicit(Unconditional(300), Painter(world, side=32), readers, into=folder / name)
        for name, world in worlds.items()
    }


def test_every_row_keeps_its_arm_and_its_reader(runs: dict[str, Run]) -> None:
    table = beside(runs)
    assert table["arm"].value_counts().to_dict() == {"real": 300, "generated": 300}
    assert table.attrs["auditkit.perceived"] == dict.fromkeys(("skin", "background"), "read exactly from the drawing")
    assert table.loc[table["arm"] == "generated", "skin"].tolist() == runs["generated"].to_frame()["skin"].tolist()


def test_an_audit_of_runs_by_name_is_an_audit_of_their_table(runs: dict[str, Run]) -> None:
    learned = reporting.GeneratorFrequency(real="real", stereotype="lighter")
    by_name = auditkit.audit(runs, learned, group="skin")
    by_path = auditkit.audit({name: str(run.folder) for name, run in runs.items()}, learned, group="skin")
    by_table = auditkit.audit(beside(runs), learned, group="skin", arm="arm")
    assert by_name.findings == by_path.findings == by_table.findings
    [told] = [finding for finding in by_name.findings if finding.margin]
    assert told.versus == "real"
    lighter = beside(runs).groupby("arm")["skin"].apply(lambda read: (read == "lighter").mean())
    assert told.estimate.value == pytest.approx(lighter["generated"] - lighter["real"], abs=0.01)
    assert (
        by_name.recipe.subject
        == "real: the portrait world, unconditional, generated: the portrait world, unconditional"
    )


def test_a_decoder_sweep_is_runs_by_the_name_of_the_setting(runs: dict[str, Run]) -> None:
    report = auditkit.audit({"ancestral": runs["real"], "0.5": runs["generated"]}, selection.Decoder(), group="skin")
    assert {finding.level for finding in report.findings if finding.margin} == {"0.5"}


def test_a_factor_that_is_called_arm_is_not_overwritten(tmp_path: Path) -> None:
    swaps = Swaps(["a nurse with {}"], {"lighter": "lighter skin", "darker": "darker skin"}, repeats=1)
    run = elicit(swaps, Painter(), into=tmp_path)
    with pytest.raises(InputError, match='column "arm" already'):
        beside({"one": run, "two": run})
