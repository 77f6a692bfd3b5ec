"""Calibration itself: the same figures whatever the workers, stopped or not, and promises that can be missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from auditkit import catalog, cli
from auditkit.calibrating import Planting, calibrate, plantings
from auditkit.certifying import bounds, in_doubt
from auditkit.core.card import Card, Reading, World
from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.estimate import estimates
from auditkit.core.evidence import Evidence, Tally
from auditkit.core.finding import Finding, Key, Margin
from auditkit.detectors.selection import Refusal
from auditkit.formats.calibration import card_text, figures
from auditkit.rendering import card_formats, card_table


@dataclass(frozen=True)
class Liar(Detector):
    """Is a coin fair? A detector whose intervals are a third as wide as they should be.

    >>> Liar().default_margin.high
    0.05
    """

    third: float = 1 / 3

    needs: ClassVar[tuple[str, ...]] = ("outcome",)
    subjects: ClassVar[tuple[str, ...]] = ("table",)
    default_margin: ClassVar[Margin] = Margin.within(0.05)
    nuisances: ClassVar[tuple[str, ...]] = ("a fair coin",)
    n_min: ClassVar[int] = 2_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell how far from one half."""
        assert isinstance(evidence, Tally)
        n = evidence.total
        p = float(evidence.where("outcome", "1").total / n)
        z = np.array([1.28, 1.64, 1.96, 2.33, 2.58, 2.81, 3.29, 3.72, 4.42])
        half = z * np.sqrt(p * (1 - p) / n) * self.third
        estimate = estimates(p - 0.5, p - 0.5 - half, p - 0.5 + half, n=n, n_eff=n, method="a lie")[0]
        return (Finding("tests.liar", "distance", "1", "half", "s", estimate, margin=self.default_margin),)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """A coin of .5 + .2 dose."""
        p = 0.5 if nuisance else 0.5 + 0.2 * dose
        heads = int(rng.binomial(n, p))
        cells = {("1",): heads, ("0",): n - heads}
        return Planted(Tally.of_cells(("outcome",), cells), {Key("tests.liar", "distance", "1", "half", ""): p - 0.5})


def worlds(detector: Detector) -> list[Planting]:
    return [p for p in plantings(detector) if p.dose in (0, 1) or p.kind == "edge"][:3]


def test_two_runs_agree_to_the_bit_whatever_the_workers() -> None:
    detector = Refusal()
    alone = calibrate(detector, 120, worlds=worlds(detector))
    together = calibrate(detector, 120, worlds=worlds(detector), workers=2)
    assert alone.to_json() == together.to_json()


def test_a_world_more_changes_no_other() -> None:
    detector = Refusal()
    few, many = (calibrate(detector, 60, worlds=worlds(detector)[:k]) for k in (1, 3))
    assert few.worlds[0] == many.worlds[0]


def test_what_was_stopped_goes_on(tmp_path: Path) -> None:
    detector, file = Refusal(), tmp_path / "partial"
    whole = calibrate(detector, 150, worlds=worlds(detector))
    seen: list[int] = []

    def stop(code: str, done: int, of: int) -> None:
        seen.append(of)
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(detector, 150, worlds=worlds(detector), partial=file, progress=stop)
    left: list[int] = []
    again = calibrate(
        detector, 150, worlds=worlds(detector), partial=file, progress=lambda code, done, of: left.append(of)
    )
    assert left[0] == seen[0] - 4
    assert again.to_json() == whole.to_json()


def test_what_another_version_measured_is_not_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "partial"
    file.write_text('"another"\n["dose 0|0|50", [[["x", "y", "z", "", ""], []]]]\n')
    detector = Refusal()
    card = calibrate(detector, 50, worlds=worlds(detector)[:1], partial=file)
    assert card.to_json() == calibrate(detector, 50, worlds=worlds(detector)[:1]).to_json()


def test_a_liar_is_found_out() -> None:
    card = calibrate(Liar(), 400)
    assert card.experimental
    assert {bound.promise for bound in card.misses} >= {"coverage", "false FAIL"}
    assert "Experimental" in card_text(card)
    honest = calibrate(Liar(third=1.0), 400)
    assert not honest.experimental, honest.misses
    assert {world.kind for world in honest.worlds} == {"dose", "edge", "nuisance"}
    assert figures(honest).full_fails == 1.0


def reading(**figures: float) -> Reading:
    usual = {"replications": 1_000, "judged": 1_000, "passes": 0, "fails": 0, "open": 1_000, "false_passes": 0}
    usual |= {"false_fails": 0, "told": 1_000, "covered": 950, "mean_width": 0.1, "theta": 0.05}
    return Reading("gap", "a", "b", "", **{**usual, **figures}, first="")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "doubtful", "missed"),
    [
        ({}, False, False),
        ({"covered": 934}, True, False),
        ({"covered": 900}, False, True),
        ({"covered": 980}, True, False),
        ({"covered": 1_000}, False, True),
        ({"false_fails": 65}, False, False),
        ({"false_fails": 70}, True, False),
        ({"false_fails": 120}, False, True),
        ({"false_passes": 100}, False, True),
    ],
)
def test_a_promise_is_kept_in_doubt_or_missed(figures: dict[str, float], doubtful: bool, missed: bool) -> None:
    world = World("edge", "edge", 0.5, (reading(**figures),))
    card = Card("x.y", "0", "2", {}, 100, False, {}, ("gap", "a"), (world,), ())
    assert in_doubt(Liar(), world) is doubtful
    assert any(bound.missed for bound in bounds(card)) is missed
    generous = replace(card, conservative={"gap": "by construction"})
    if figures == {"covered": 1_000}:
        assert not any(bound.missed for bound in bounds(generous))


def test_power_may_not_fall_with_the_dose() -> None:
    doses = [(0.0, 0), (0.5, 900), (1.0, 960)]
    told = tuple(World(f"dose {d:g}", "dose", d, (reading(fails=k, theta=d),)) for d, k in doses)
    card = Card("x.y", "0", "2", {}, 100, False, {}, ("gap", "a"), told, ())
    assert not any(bound.missed for bound in bounds(card))
    fallen = replace(card, worlds=(*told[:2], World("dose 1", "dose", 1.0, (reading(fails=800, theta=1.0),))))
    assert {b.promise for b in bounds(fallen) if b.missed} == {"power grows", "power at full dose"}


def test_a_cards_formats_say_its_figures() -> None:
    card = calibrate(Liar(third=1.0), 60)
    told = card_formats(card)
    assert Card.from_json(told["json"]) == Card.from_json(card.to_json())
    assert "<svg" in told["html"]
    assert "<script" not in told["html"]
    assert "every promise" in told["html"].casefold()
    assert "| distance, 1 against half |" in told["md"]
    assert card_table([card]).count("\n") == 3


def test_a_third_partys_detector_is_calibrated_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known: Callable[[], dict[str, type[Detector]]] = catalog.detectors
    monkeypatch.setattr(catalog, "detectors", lambda: {**known(), "tests.liar": Liar})
    monkeypatch.setattr(Liar, "code", "tests.liar")
    monkeypatch.chdir(tmp_path)
    assert catalog.experimental("tests.liar")
    assert cli.main(["calibrate", "tests.liar", "--replications", "200"]) == 1
    assert "Experimental, missed" in capsys.readouterr().out
    folder = tmp_path / "reports" / "published" / "calibration"
    assert {file.name for file in folder.iterdir()} == {f"tests.liar.{ending}" for ending in ("json", "md", "html")}
    assert json.loads((folder / "tests.liar.json").read_text())["schema"] == 1
    card = catalog.card("tests.liar")
    assert card is not None
    assert card.experimental


def test_explain_prints_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "selection.refusal"]) == 0
    told = capsys.readouterr().out
    assert "Calibration\n" in told
    assert "holds the truth in" in told


@pytest.mark.parametrize(
    "forged",
    [
        lambda card: replace(card, bounds=()),
        lambda card: replace(card, bounds=(), worlds=()),
        lambda card: replace(card, code="selection.composition"),
        lambda card: replace(card, n=1),
    ],
)
def test_a_card_is_checked_and_not_believed(
    forged: Callable[[Card], Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: Callable[[], dict[str, type[Detector]]] = catalog.detectors
    monkeypatch.setattr(catalog, "detectors", lambda: {**known(), "tests.liar": Liar})
    monkeypatch.setattr(Liar, "code", "tests.liar")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports" / "published" / "calibration"
    folder.mkdir(parents=True)
    (folder / "tests.liar.json").write_text(forged(calibrate(Liar(), 200)).to_json())
    assert catalog.experimental("tests.liar")


def test_a_few_replications_certify_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = catalog.card("selection.refusal")
    assert card is not None
    assert not catalog.experimental("selection.refusal")
    few = calibrate(Refusal(), 20, worlds=worlds(Refusal()))
    monkeypatch.setattr(catalog, "card", lambda code: few)
    assert catalog.experimental("selection.refusal")
