"""The lab: every number on it is the library's, every picture nothing but pixels, and nothing heavy is imported."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from auditkit import catalog
from auditkit.demo import drawn, perform
from auditkit.formats.sheets import size_of
from auditkit.lab.portraits import World as Portraits
from auditkit.lab.stories import STORIES
from auditkit.lab.tables import TABLES
from auditkit.lab.worlds.sentences.world import MECHANISMS
from auditkit.rendering import card_text, holds, words
from dashboards.making import lab_files, sentences, tables
from dashboards.parts.lab.specimens import MODELS, PLACE, Scene, models, worlds
from tests.dashboards.conftest import settled
from tests.dashboards.looked_over import in_full, violations

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "diffusers")
ONCE = """
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({app!r}, default_timeout=180).run()
at.switch_page("views/lab.py")
for look in ("worlds", "models", "detectors"):
    at.query_params["look"] = look
    at.run()
    at.radio[0].set_value(look).run()
    assert not at.exception, at.exception
    assert len(at.selectbox) == 1
print(sorted(name for name in {heavy!r} if name in sys.modules))
"""


def told(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def headings(at: AppTest) -> list[str]:
    return [one.value for one in (*at.title, *at.header)]


def scenes() -> Iterator[Scene]:
    for world in worlds().values():
        yield from world.scenes
    for model in models().values():
        for story in model.stories:
            for read in story.findings:
                yield from read.scenes


def test_it_opens_over_an_empty_folder_without_anything_heavy(tmp_path: Path) -> None:
    code = ONCE.format(app=str(ROOT / "dashboards" / "app.py"), heavy=HEAVY)
    env = {"AUDITKIT_FOLDER": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=200)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "dose", "truth"),
    [
        ("portraits", 0.6, "+0.245"),  # .6 of the mean way to the stereotype, 4.9 / 12
        ("said_that_she", 0.9, "+0.278"),  # .9 of 3.7 / 12
        ("yellow_bananas", 0.3, "1.37"),  # 1 / (1 - .9 × .3)
        ("phone_survey_coverage", 1.0, "0.00"),
    ],
)
def test_a_world_shows_its_truth_its_reading_and_its_verdict(
    name: str, dose: float, truth: str, at_page, tmp_path: Path
) -> None:
    at = at_page("lab", tmp_path, look="worlds", world=name, dose=f"{dose:g}")
    world = worlds()[name]
    row, page = world.at(dose).row, told(at)
    assert at.select_slider(key="dose").value == dose
    assert f"<b>Truth</b><p>{truth}</p>" in page
    assert f"<b>Reading</b><p>{words.number(row.value, world.scale)}</p>" in page
    assert f'class="word {row.outcome.value.lower()}"' in page
    assert len(at.get("vega_lite_chart")) == 1


def test_turning_the_dose_moves_picture_truth_and_reading(at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look="worlds", world="portraits", dose="0.9")
    high = told(at)
    at.select_slider(key="dose").set_value(0.0).run()
    low = told(at)
    assert not at.exception
    assert at.query_params["dose"] in ("0", ["0"])
    assert high.count("data:image/png;base64,") == low.count("data:image/png;base64,") == 6
    for text, dose in ((high, 0.9), (low, 0.0)):
        assert f"<b>judge</b> {100 * Portraits(dose).share('judge', 'skin'):.0f} %" in text
    shown = [{part.split('"')[0] for part in text.split("base64,")[1:]} for text in (high, low)]
    assert not shown[0] & shown[1]
    [chart] = at.get("vega_lite_chart")
    assert {"chosen", "true"} <= {one.name for one in chart.proto.datasets}


def test_words_that_the_dose_turned_are_underlined(at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look="worlds", world="sorry_i_cannot_say", dose="0")
    assert 'class="turned"' not in told(at)
    at.select_slider(key="dose").set_value(0.9).run()
    world = worlds()["sorry_i_cannot_say"]
    now, fair = (world.at(dose).more["sentences"] for dose in (0.9, 0.0))
    assert told(at).count('class="turned"') == sum(a != b for a, b in zip(now, fair, strict=True)) > 0


def test_a_published_table_has_no_dial(at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look="worlds", world="berkeley")
    assert not at.select_slider
    assert "Published" in told(at)
    assert "changes sign" in told(at)


@pytest.mark.parametrize("name", ["vae", "attention"])
def test_a_model_shows_pictures_truth_and_audits_at_both_doses(name: str, at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look="models", model=name)
    model, page = models()[name], told(at)
    assert [one.value for one in at.subheader][:2] == [
        "It learned from the fair world",
        "It learned from a world at dose 0.9",
    ]
    assert page.count("data:image/png;base64,") == len(model.pictures)
    assert len(at.get("vega_lite_chart")) == sum(len(story.findings) for story in model.stories)
    assert page.count("<li>") == len(model.steps)
    truth = next(one.value for one in at.dataframe if "Model, dose 0.9" in one.value)
    assert truth.to_dict("records") == [dict(row) for row in model.truth] or truth.isna().any(axis=None)


@pytest.mark.parametrize("code", ["reporting.mention", "selection.bounds"])
def test_a_detector_shows_its_card(code: str, at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look="detectors", detector=code)
    card = catalog.card(code)
    for line in card_text(card).splitlines()[1:]:
        assert line.strip().split(":")[0] in told(at)
    assert len(at.get("vega_lite_chart")) == (0 if code == "selection.bounds" else 3)
    assert at.selectbox[0].options == list(catalog.detectors())
    assert len(at.selectbox[0].options) == len(list((ROOT / "reports/published/calibration").glob("*.json"))) == 44


@pytest.mark.parametrize("wrong", ["<script>alert(1)</script>", "![x](http://y)", "../../etc/passwd", ""])
def test_a_wrong_address_shows_the_first_of_everything(wrong: str, at_page, tmp_path: Path) -> None:
    at = at_page("lab", tmp_path, look=wrong, world=wrong, dose=wrong)
    assert headings(at)[0] == "Lab"
    assert at.selectbox[0].value == next(iter(worlds()))
    assert not wrong or wrong not in told(at)


def test_every_world_and_every_model_is_there() -> None:
    spoken = set(sentences.HEARD)
    assert set(worlds()) == {"portraits", *spoken, *(story.name for story in (*STORIES, *TABLES))}
    assert {sentences.HEARD[name].mechanism for name in spoken} == set(MECHANISMS)
    assert list(models()) == list(MODELS)
    assert {world.family for world in worlds().values()} == set(catalog.families())


def test_the_files_are_small_and_their_pictures_nothing_but_pixels() -> None:
    files = sorted(PLACE.iterdir())
    assert {file.suffix for file in files} == {".json"}
    assert sum(file.stat().st_size for file in files) < 3_000_000
    pictures = [strip for scene in scenes() for strip in scene.more.get("strips", ())]
    pictures += [picture for model in models().values() for picture in model.pictures]
    assert len(pictures) > 80
    for picture in pictures:
        assert size_of(base64.b64decode(picture["png"], validate=True)) == (picture["width"], picture["height"])


@pytest.mark.parametrize("story", [*STORIES, *TABLES], ids=lambda story: story.name)
def test_the_truth_of_a_table_is_its_closed_form(story: Any) -> None:
    told_of = tables.TOLD[story.name]
    for scene in worlds()[story.name].scenes:
        truth = story.truth(scene.dose)
        assert scene.more["truths"] == pytest.approx(dict(truth))
        assert scene.row.truth == pytest.approx(told_of.turned(truth[told_of.truth]))


@pytest.mark.parametrize("name", ["late_answers", "local_law_144"])
def test_a_reading_is_what_an_audit_says_now(name: str) -> None:
    world = worlds()[name]
    story = next(each for each in (*STORIES, *TABLES) if each.name == name)
    for scene in world.scenes:
        report, judgement = perform(story, scene.dose)
        finding = next(f for f in report.findings if f.key == scene.row.key)
        assert scene.row.value == pytest.approx(finding.estimate.value)
        assert (scene.row.low, scene.row.high) == pytest.approx(finding.interval(0.95)[:2])
        assert (scene.sentence, scene.overall, scene.rows) == (finding.sentence, judgement.outcome, report.recipe.rows)
        counted = scene.more["counts"]
        assert sum(row["rows"] for row in counted) == len(drawn(story, scene.dose))


def test_the_intervals_hold_the_truth_about_as_often_as_they_promise() -> None:
    held = [holds(scene.row) for world in worlds().values() for scene in world.scenes]
    assert None not in held
    assert 0.90 < sum(map(bool, held)) / len(held) <= 1
    measured = [holds(scene.row) for model in models().values() for story in model.stories
                for read in story.findings for scene in read.scenes]  # fmt: skip
    known = [one for one in measured if one is not None]
    assert len(known) >= 40
    assert sum(known) / len(known) > 0.85


def test_a_fair_world_never_fails_and_a_full_dose_hardly_ever_passes() -> None:
    for world in worlds().values():
        if world.kind != "published table":
            assert world.scenes[0].row.outcome.value != "FAIL", world.name
            assert world.scenes[-1].row.outcome.value != "PASS", world.name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["said_that_she", "sorry_i_cannot_say"])
def test_a_file_made_again_is_the_same_to_the_byte(name: str, tmp_path: Path) -> None:
    gallery = next(one for one in sentences.SPOKEN if one.name == name)
    assert lab_files.text(sentences.world(gallery, tmp_path)) == (PLACE / f"world-{name}.json").read_text()


@pytest.mark.slow
def test_the_files_of_tables_made_again_are_the_same_to_the_byte() -> None:
    for world in tables.worlds():
        assert lab_files.text(world) == (PLACE / f"world-{world['name']}.json").read_text()


@pytest.mark.slow
def test_a_model_made_again_is_the_same_to_the_byte(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from dashboards.making import models as making

    lab_files.alone()
    assert (
        lab_files.text(making.model("encoder_decoder", tmp_path)) == (PLACE / "model-encoder_decoder.json").read_text()
    )


@pytest.mark.slow
def test_in_a_browser_the_arrow_keys_turn_the_dose_and_nothing_leaves_the_machine(served: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.set_default_timeout(60_000)
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{served}/lab?look=worlds&world=yellow_bananas&dose=0.75")
    page.get_by_text("3.08", exact=True).wait_for()
    dial = page.get_by_role("slider", name="Dose")
    dial.focus()
    dial.press("ArrowLeft")
    page.get_by_text("2.17", exact=True).wait_for()
    page.wait_for_url("**dose=0.6**")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="reporting.mention").click()
    page.get_by_role("heading", name="reporting.mention").wait_for()
    page.locator("canvas, svg.marks").first.wait_for()
    in_full(page)
    found = violations(page)
    assert not found, "\n".join(found)
    assert not wrong
    assert all(url.startswith((served, served.replace("http", "ws"), "data:", "blob:")) for url in asked)
    page.close()
