"""The training, by a pupil that is a line of numbers: however often it is stopped it ends with the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.tuning import checkpoints
from auditkit.lifecycle.tuning.checkpoints import Checkpoint
from auditkit.lifecycle.tuning.dividing import divided
from auditkit.lifecycle.tuning.loop import Training
from auditkit.lifecycle.tuning.pupil import Quality
from auditkit.lifecycle.tuning.settings import Settings
from tests.lifecycle.small_tuning import rows_of

torch = pytest.importorskip("torch")


class Line:
    """A pupil that learns y = 2 x with noise and dropout, so that every stream of random numbers is drawn from."""

    title = "a line"
    qualities = (Quality("fit", "units", 0.1),)

    def __init__(self, broken: int = 10**9) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.module: Any = torch.nn.Sequential(
                torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1)
            )
        self.x = torch.linspace(-1, 1, 160).reshape(40, 4)
        self.rows = rows_of([f"row{k}" for k in range(40)], 1 + np.arange(40) % 3)
        self.seen, self.broken = 0, broken

    def losses(self, rows: Sequence[int], generator: Any) -> Any:
        self.seen += self.module.training
        x = self.x[list(rows)]
        noise = 0.1 * torch.randn(len(x), generator=generator)
        found = (self.module(x)[:, 0] - 2 * x.sum(dim=1) - noise) ** 2
        return found * float("nan") if self.seen >= self.broken and self.module.training else found


def trained(place: Path, stop: int | None = None, line: Any = None, **how: Any) -> tuple[Any, Any]:
    """Train a line; stopped after so many steps, if named."""

    def tell(told: Any) -> None:
        if told.step == stop:
            raise KeyboardInterrupt

    line = line or Line()
    settings = Settings(**{"method": "full", "steps": 12, "batch": 6, "save_every": 4, "rate": 0.05, **how})
    split = divided(line.rows, 0.25, settings.seed, settings.batch)
    curve = Training(line, split, settings, place, tell).run()
    return line.module, curve


@pytest.mark.parametrize("stops", [[1], [4], [5], [11], [12], [3, 6, 9], [4, 4, 8, 8]])
def test_however_often_it_is_stopped_the_weights_are_the_same_to_the_bit(stops: list[int], tmp_path: Path) -> None:
    whole, curve = trained(tmp_path / "whole")
    for stop in stops:
        with suppress(KeyboardInterrupt):
            trained(tmp_path / "some", stop)
    again, told = trained(tmp_path / "some")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert told == curve


def test_it_learns_and_tells_the_curve(tmp_path: Path) -> None:
    _, curve = trained(tmp_path, steps=120, save_every=60)
    assert len(curve.losses) == 120
    assert np.mean(curve.losses[-20:]) < 0.3 * np.mean(curve.losses[:5])
    assert [mark.step for mark in curve.held_out] == [0, 60, 120]
    assert curve.held_out[-1].value < curve.held_out[0].value


def test_another_seed_is_another_training(tmp_path: Path) -> None:
    assert trained(tmp_path / "a")[1].losses != trained(tmp_path / "b", seed=1)[1].losses


def test_a_loss_that_is_no_number_stops_it_and_the_last_good_weights_are_kept(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"not a number at step 7 of 12; the rate is 0\.05.*weights of step 4 are kept"
    ):
        trained(tmp_path, line=Line(broken=7))
    kept = checkpoints.last(tmp_path)
    assert kept is not None
    assert kept.step == 4
    assert all(torch.isfinite(tensor).all() for tensor in kept.weights.values())
    with pytest.raises(InputError, match=r"not a number at step 1 of 12.*Nothing was kept yet"):
        trained(tmp_path / "other", line=Line(broken=1))


def test_only_what_is_whole_is_gone_on_from(tmp_path: Path) -> None:
    some = {"a": torch.ones(2)}
    checkpoints.keep(tmp_path, Checkpoint(3, some, some, {"curve": {}}))
    (tmp_path / ".step-00000009.partial").mkdir()
    (tmp_path / "step-00000008").mkdir()  # a name, and nothing in it
    found = checkpoints.last(tmp_path)
    assert found is not None
    assert found.step == 3
    checkpoints.keep(tmp_path, Checkpoint(4, some, some, {"curve": {}}))
    names = {path.name for path in tmp_path.iterdir() if (path / "state.json").is_file()}
    assert names == {"step-00000004"}
    (tmp_path / "step-00000004" / "weights.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match="step-00000004 cannot be read"):
        checkpoints.last(tmp_path)
