"""Labelling in a real browser: by the keyboard alone, and two people at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from auditkit.eliciting import elicit
from auditkit.lab.portraits import Noisy, Painter, World
from auditkit.labelling import SKIPPED, agreement, sample
from auditkit.labels import Label, Labels
from auditkit.probes import Occupations
from tests.dashboards.conftest import settled

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE = 60_000
OTHER = """
import sys, time
from pathlib import Path
from auditkit.labelling import label, sample
folder, rater = Path(sys.argv[1]), sys.argv[2]
tasks, at = sample(folder, "skin", 30, rater=rater), 0
while at < len(tasks) or not (folder.parent / "stop").exists():
    label(folder, tasks[at % len(tasks)], "skin", "lighter" if at % 3 else "darker", rater=rater)
    at += 1
for k, task in enumerate(tasks):
    label(folder, task, "skin", "lighter" if k % 3 else "darker", rater=rater)
print(at)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of 160 portraits."""
    folder = tmp_path_factory.mktemp("browser")
    asked = Occupations(("doctor", "nurse"), templates=4, repeats=20)
    elicit(asked, Painter(World(), side=32), Noisy("skin", {"darker": 0.3, "lighter": 0.1}), into=folder / "one")
    shutil.copytree(folder / "one", folder / "two" / "run")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, serve: Callable[[Path], AbstractContextManager[str]]) -> Iterator[str]:
    with serve(folder) as address:
        yield address


def opened(browser: Any, address: str, run: str) -> Any:
    """A page of a person of their own, on the form where they say who they are."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{address}/label?run={run}&attribute=skin")
    page.get_by_role("textbox", name="Your name or initials").wait_for()
    settled(page)
    return page


def at(page: Any, place: int, of: int, pause: int = 300) -> None:
    """Wait until so many are behind; then for as long as anybody looks at least."""
    page.get_by_text(f"{place:,} of {of:,} in this sitting").wait_for()
    settled(page)
    page.wait_for_timeout(pause)


def test_everything_is_done_without_a_mouse(browser: Any, address: str, folder: Path) -> None:
    run, page = folder / "one", opened(browser, address, "one")
    tasks = [task.answers[0] for task in sample(run, "skin", rater="Ada")]
    of = len(tasks)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Your name or initials":
            break
    page.keyboard.type("Ada 1")  # a figure in a name is no key
    page.keyboard.press("Enter")
    for place, key in enumerate("120"):
        at(page, place, of)
        page.keyboard.press(key)
    at(page, 3, of)
    told = dict(zip(tasks, ("darker", "lighter", "(missing)"), strict=False))
    assert Labels(run).of("skin") == [Label(a, "Ada 1", told[a]) for a in sorted(told)]
    page.keyboard.press("u")
    at(page, 2, of)
    page.keyboard.press("s")
    at(page, 3, of)
    page.get_by_role("textbox", name="Another level").focus()
    page.keyboard.type("2 or 1")
    page.keyboard.press("Enter")
    at(page, 4, of)
    page.keyboard.press("3")  # the level that was written has a key now, and nobody is in its field any more
    at(page, 5, of)
    told = {tasks[0]: "darker", tasks[1]: "lighter", tasks[2]: SKIPPED, tasks[3]: "2 or 1", tasks[4]: "2 or 1"}
    assert {one.answer: one.level for one in Labels(run).of("skin")} == told
    page.context.close()


def test_a_key_that_is_pressed_twice_labels_what_was_seen_alone(browser: Any, address: str, folder: Path) -> None:
    run, page = folder / "one", opened(browser, address, "one")
    page.get_by_role("textbox", name="Your name or initials").fill("Bo")
    page.keyboard.press("Enter")
    of = len(sample(run, "skin", rater="Bo"))
    at(page, 0, of)
    for place in (1, 2):
        page.keyboard.type("12")  # in one breath: a process that has to wait between two presses makes them two
        at(page, place, of, pause=1_000)
        assert [one.level for one in Labels(run).of("skin") if one.rater == "Bo"] == ["darker"] * place
    page.context.close()


def test_people_who_label_at_once_lose_nothing(browser: Any, address: str, folder: Path) -> None:
    """Two in two browsers, press after press, while two more processes write to the same file without a pause."""
    run = folder / "two" / "run"
    command = [sys.executable, "-c", OTHER, str(run)]
    others = [subprocess.Popen([*command, name], cwd=ROOT, stdout=subprocess.PIPE) for name in ("Cy", "Di")]
    try:
        people = {name: opened(browser, address, "two/run") for name in ("Ada", "Bo")}
        keys = {"Ada": [str(1 + k % 2) for k in range(12)], "Bo": [str(1 + (k % 4 == 0)) for k in range(12)]}
        for name, page in people.items():
            page.get_by_role("spinbutton", name="Answers of each level").fill("6")
            page.get_by_role("textbox", name="Your name or initials").fill(name)
            page.get_by_role("button", name="Begin").click()
        for k in range(12):
            for page in people.values():
                at(page, k, 12)
            for name, page in people.items():  # the second does not wait for the first
                page.keyboard.press(keys[name][k])
        for page in people.values():
            page.get_by_text("12 labelled, 0 skipped").wait_for()
    finally:
        (run.parent / "stop").touch()
        written = [int(other.communicate(timeout=60)[0]) for other in others]
    assert min(written) > 100, "they wrote all the while"
    levels = {"1": "darker", "2": "lighter"}
    told = {name: [levels[key] for key in keys[name]] for name in keys}
    told |= {name: ["lighter" if k % 3 else "darker" for k in range(60)] for name in ("Cy", "Di")}
    expected = {
        (task.answers[0], name): level
        for name, said in told.items()
        for task, level in zip(sample(run, "skin", len(said) // 2, rater="nobody yet"), said, strict=True)
    }
    assert {(one.answer, one.rater): one.level for one in Labels(run).of("skin")} == expected
    page = people["Ada"]
    page.get_by_role("button", name="Change", exact=True).click()
    alpha = agreement(run, "skin").value
    page.get_by_text(f"α is {alpha:.3f}".replace("-", "−")).wait_for()
    for page in people.values():
        page.context.close()
