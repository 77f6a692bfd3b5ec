"""A turn is as good as the gravest of its audit and its costs, and tells the one with the other."""

from __future__ import annotations

import itertools
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.comparing.recipes import recipe_changes
from auditkit.core.errors import InputError
from auditkit.core.estimate import LEVELS, Estimate
from auditkit.core.judgement import GRAVITY, Judgement, Notice, Outcome, Verdict
from auditkit.core.report import Recipe, Report
from auditkit.formats.costed import settling
from auditkit.lifecycle import turning
from auditkit.lifecycle.differing import unexpected
from auditkit.lifecycle.turning import Cost, Turn, read_turn, told_of
from tests.lifecycle.chained import curated, estimate, story
from tests.rendering import canned

Z90, Z95 = (NormalDist().inv_cdf((1 + level) / 2) for level in (0.90, 0.95))
SOME = estimate(1.0, 0.1)
small = st.floats(-1, 1, allow_nan=False)
positive = st.floats(0.001, 1)


def cost(value: float, error: float, margin: float | None = 0.03) -> Cost:
    return Cost("accuracy", SOME, SOME, estimate(value, error), margin)


def judged(outcome: Outcome) -> Judgement:
    return Judgement((Verdict("within", outcome, "It is so."),), {"rules": []}, "p" * 64, "r" * 64)


def turn(outcome: Outcome, *costs: Cost, before: Outcome = Outcome.FAIL) -> Turn:
    report = Report((), (), Recipe("hiring", 10, {}, (), {}, {}))
    return Turn("a change", report, report, judged(before), judged(outcome), costs)


COSTS = {
    Outcome.PASS: cost(0.0, 0.001),
    Outcome.FAIL: cost(0.3, 0.001),
    Outcome.INCONCLUSIVE: cost(0.02, 0.05),
    Outcome.NOT_ASSESSED: Cost("accuracy", SOME, SOME, Estimate.undefined("no rows"), 0.03),
}


@given(small, positive, positive)
def test_a_cost_is_judged_as_non_inferiority_is(value: float, error: float, margin: float) -> None:
    """Against the normal distribution itself: one-sided 5 % to pass, the 95 % interval wholly beyond to fail."""
    high, low = value + Z90 * error, value - Z95 * error
    if min(abs(high - margin), abs(low - margin)) < 1e-9:
        return
    wanted = Outcome.PASS if high < margin else Outcome.FAIL if low > margin else Outcome.INCONCLUSIVE
    found = cost(value, error, margin)
    assert found.outcome is wanted
    assert found.interval.low == pytest.approx(low)


@given(small, positive, positive)
def test_so_many_items_settle_an_open_cost_nine_times_in_ten(value: float, error: float, margin: float) -> None:
    """Of the normal losses that so many items would show, nine in ten are told from the margin."""
    found = cost(value, error, margin)
    if found.needed is None:
        hopeless = Z90 * error > 490 * abs(value - margin)  # more than a thousand million
        assert found.outcome is not Outcome.INCONCLUSIVE or hopeless
        return
    far, z, per_item = abs(margin - value), Z90 if value < margin else Z95, error * found.lost.n**0.5
    least, fewer = (NormalDist().cdf(far * n**0.5 / per_item - z) for n in (found.needed, 0.98 * found.needed - 1))
    assert fewer < 0.9 < least + 1e-9


def test_the_items_at_hand_say_how_many_settle_it_and_the_turn_keeps_it() -> None:
    plain = COSTS[Outcome.INCONCLUSIVE]
    open_ = replace(plain, settled_by=plain.lost.n + 49)
    assert plain.needed != open_.needed == plain.lost.n + 49
    told = json.loads(turn(Outcome.PASS, open_, COSTS[Outcome.PASS]).to_json())["costs"]
    assert told[0]["settled_by"] == plain.lost.n + 49
    assert "settled_by" not in told[1]
    assert [turning._cost_of(one) for one in told] == [open_, COSTS[Outcome.PASS]]


@pytest.mark.parametrize(
    ("settled_by", "stays", "told"),
    [
        (None, None, "nine times in ten, if the loss stays what it is (100 now)."),
        (900, 500, "About 900 items in all would settle it, nine times in ten (100 now)."),
        (1_001, 500, "These are few to plan from: if the loss stayed what it is, 500 would do."),
        (1_001, 90, "These are few to plan from: they leave the loss itself open."),
        (1_001, None, "These are few to plan from: they leave the loss itself open."),
    ],
)
def test_a_number_is_told_with_how_sure_it_is(settled_by: int | None, stays: int | None, told: str) -> None:
    plain = replace(COSTS[Outcome.INCONCLUSIVE], lost=replace(COSTS[Outcome.INCONCLUSIVE].lost, n=100))
    open_ = replace(plain, settled_by=settled_by, if_it_stays=stays)
    assert settling(open_).endswith(told)
    assert open_.small is ("few to plan" in told)
    assert turning._cost_of(json.loads(json.dumps(turning._cost(open_)))) == open_
    assert not settling(COSTS[Outcome.PASS])


def test_without_a_margin_a_cost_is_told_and_not_judged() -> None:
    assert cost(0.3, 0.001, None).outcome is None
    assert COSTS[Outcome.NOT_ASSESSED].outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize("margin", [0.0, -0.1, float("inf"), float("nan")])
def test_a_margin_is_a_positive_number(margin: float) -> None:
    with pytest.raises(InputError, match="What accuracy may lose is a positive number"):
        cost(0.0, 0.1, margin)


@pytest.mark.parametrize(("audit", "paid"), [*itertools.product(Outcome, Outcome)])
def test_a_turn_is_the_gravest_and_green_only_where_both_are(audit: Outcome, paid: Outcome) -> None:
    assert COSTS[paid].outcome is paid
    found = turn(audit, COSTS[Outcome.PASS], COSTS[paid])
    assert found.outcome is min((audit, paid), key=GRAVITY.index)
    wanted = 1 if Outcome.FAIL in (audit, paid) else 0 if audit is paid is Outcome.PASS else 3
    assert found.exit_code == wanted


@pytest.mark.parametrize("costs", [(), (cost(0.0, 0.001, None),)])
def test_no_cost_that_was_judged_is_never_green(costs: tuple[Cost, ...]) -> None:
    found = turn(Outcome.PASS, *costs)
    assert (found.outcome, found.exit_code) == (Outcome.NOT_ASSESSED, 3)
    said = " ".join(turning.summary(found).split())
    assert "audit ◆ FAIL -> ● PASS, cost ◌ NOT " in said
    assert "and that is not a pass" in said


def test_a_policy_that_only_warns_opens_the_gate_and_changes_no_word() -> None:
    found = turn(Outcome.INCONCLUSIVE, COSTS[Outcome.PASS])
    found = replace(found, judged_after=replace(found.judged_after, warn=True))
    assert (found.outcome, found.exit_code) == (Outcome.INCONCLUSIVE, 0)
    assert replace(found, costs=()).exit_code == 3


def test_an_audit_that_passes_at_too_high_a_cost_says_which_of_both_fails() -> None:
    told = turn(Outcome.PASS, COSTS[Outcome.FAIL])
    assert turning.summary(told).startswith(
        "audit ◆ FAIL -> ● PASS, cost ◆ FAIL  a change\n  Audit PASS, cost FAIL: the audit goes from fail to pass, and "
    )
    assert "Audit ◆ Fail → ● Pass, cost ◆ Fail: a change" in turning.texts(told)["turn.md"]
    page = turning.page(told)
    assert "<title>Fail to pass, cost fail: a change</title>" in page
    assert '<p class="turned dear">' in page
    assert '<p class="turned dear">' not in turning.page(turn(Outcome.PASS, COSTS[Outcome.PASS]))


DONE = ("Rows were dropped: 7.", "Limit: it is unlawful in <b>some</b> ::uses.")


def test_what_was_done_and_its_limits_are_everywhere_unless_the_command_tells_them(folder: Path) -> None:
    told = replace(read_turn(folder), done=DONE)
    texts = turning.texts(told, {"rows.csv": "every row with its reason"})
    assert json.loads(texts["turn.json"])["done"] == list(DONE)
    for text in (texts["turn.md"], texts["turn.html"], turning.summary(told)):
        assert text.index("What was done") < text.index(DONE[0]) < text.index("What moved")
        assert "unlawful" in text
    assert "<b>some" not in texts["turn.md"] + texts["turn.html"]
    assert "::uses" not in turning.summary(told)
    assert '<a href="rows.csv">Every row with its reason</a>' in texts["turn.html"]
    assert "[every row with its reason](rows.csv)" in texts["turn.md"]
    assert "What was done" not in turning.summary(told, done=False)
    assert "What was done" not in turning.page(replace(told, done=()))


def test_a_turn_that_was_written_without_what_was_done_is_read(folder: Path) -> None:
    file = folder / "turn.json"
    was = file.read_text()
    told = json.loads(was)
    del told["done"]
    file.write_text(json.dumps(told))
    try:
        assert read_turn(folder).done == ()
    finally:
        file.write_text(was)


def test_costs_without_a_margin_stand_in_one_table_with_one_sentence() -> None:
    open_ = [replace(cost(0.1 * k, 0.01, None), name=f"quality {k}") for k in (1, 2, 3)]
    told = turn(Outcome.PASS, COSTS[Outcome.PASS], *open_, replace(COSTS[Outcome.NOT_ASSESSED], margin=None))
    page, md, text = turning.page(told), turning.texts(told)["turn.md"], turning.summary(told)
    assert page.count('<table class="untaken">') == 1
    assert page.count('<table role="table" class="turn">') == 1
    for said in (page, md, text):
        assert said.count("No margin was set") == 1
        assert "quality 2" in said
        assert "undefined (no rows)" in said


def test_what_rounding_leaves_of_nothing_is_nothing() -> None:
    assert "1e-1" not in turning.summary(turn(Outcome.PASS, cost(1e-14, 1e-16)))


def sourced(title: str, mark: str, seed: str = "1") -> Recipe:
    run = {"title": title, "fingerprint": mark, "prompts": "p" * 64, "seed": seed}
    return Recipe(f"{title}, jobs", 10, {}, (), {}, {}, sources=(run,))


def test_only_what_a_change_is_not_there_to_change_is_a_difference() -> None:
    old, new, other = sourced("tiny", "a" * 64), sourced("tiny, tuned", "b" * 64), sourced("tiny, tuned", "b" * 64, "2")
    said = [one.sentence for one in unexpected(new, old, recipe_changes(new, old))]
    assert said == [
        "Before: tiny, jobs. After: tiny, tuned, jobs. "
        "Both were asked alike: by the same prompts, settings and readers."
    ]
    assert "seed was 1 and is 2" in " ".join(one.sentence for one in unexpected(other, old, recipe_changes(other, old)))
    assert unexpected(old, old, ()) == ()
    more = replace(new, rows=12, missing={"sex": 2}, sources=())
    less = replace(old, sources=())
    told = unexpected(more, less, (*recipe_changes(more, less), Notice("groups", "Gone from sex: x.")))
    assert [one.sentence for one in told] == [
        "Before: tiny, jobs. After: tiny, tuned, jobs.",
        "Before: 10 rows. After: 12.",
        "Without sex before: 0 of 10. After: 2 of 12.",
        "Gone from sex: x.",
    ]
    assert not [one for one in told if "baseline" in one.sentence]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curated(tmp_path_factory.mktemp("turn") / "story")


def test_what_was_written_is_read_again(folder: Path) -> None:
    found = read_turn(folder)
    assert turning.texts(found) == {name: (folder / name).read_text() for name in ("turn.json", "turn.md", "turn.html")}


def test_the_wire_format_tells_all(folder: Path) -> None:
    told, found = json.loads((folder / "turn.json").read_text()), read_turn(folder)
    assert (told["schema"], told["what"], told["outcome"]) == (1, "applicants, raked", "FAIL")
    assert told["before"]["report"] == found.judged_before.report_hash != told["after"]["report"]
    assert [one["key"] for one in told["moves"]] == [list(move.key) for move in found.moves]
    assert len(told["costs"][0]["lost"]["lower"]) == len(LEVELS)
    assert (told["costs"][0]["outcome"], told["costs"][0]["margin"]) == ("PASS", 0.2)


def broken(told: dict[str, Any], *path: Any, value: Any = None) -> dict[str, Any]:
    here = told = json.loads(json.dumps(told))
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    return told


BREAKS = [
    (("costs",), None), (("costs", 0, "lost"), 7), (("costs", 0, "lost", "lower"), [1.0]), (("extra",), 1),
    (("costs", 0, "margin"), "x"),
    (("costs", 0, "lost", "value"), "<b>"), (("before",), []), (("before", "report"), "0" * 64),
    (("costs", 0, "extra"), 1), (("costs", 0, "margin"), -1), (("costs", 0, "lost", "wagers"), [[1]]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), BREAKS, ids=str)
def test_a_damaged_turn_is_a_sentence(path: tuple[Any, ...], value: Any, folder: Path) -> None:
    file = folder / "turn.json"
    was = file.read_text()
    file.write_text(json.dumps(broken(json.loads(was), *path, value=value)))
    try:
        with pytest.raises(InputError, match=r"turn\.json|may lose"):
            read_turn(folder)
    finally:
        file.write_text(was)


def test_the_page_shows_both_dots_of_each_finding_on_one_axis(folder: Path) -> None:
    found = read_turn(folder)
    told, page = told_of(found), turning.page(found)
    [shift] = told.shifts
    finding = {f.key: f for f in found.before.findings}[shift.figure.rows[0].key]
    assert shift.figure.rows[0].value == finding.estimate.value
    assert [row.label for row in shift.figure.rows] == ["before", "after"]
    for row, numbers in zip(shift.figure.rows, shift.numbers, strict=True):
        assert f'x="{100 * shift.figure.at(row.value):.2f}%"' in page
        assert numbers in page
    assert page.count('class="band"') >= 4  # two rows, the loss, the legend
    for word in ("Fail", "What it cost", "What this does not say", "not proof of none"):
        assert word in page
    assert 'href="before/report.html"' in page


def test_a_summary_is_plain_and_fits(folder: Path) -> None:
    text = turning.summary(read_turn(folder))
    assert text.startswith("◆ FAIL -> ◆ FAIL  applicants, raked\n  The audit stays fail, within what it may cost.\n")
    assert max(map(len, text.splitlines())) <= 100
    assert "of independent reports" in text
    assert re.search(r"before \+0\.\d+ \[.*\], after .*, margin ±0\.15", text)


@pytest.mark.parametrize("text", canned.HOSTILE)
def test_hostile_names_do_nothing(text: str) -> None:
    found = canned.compared("rate", "sex", canned.rates(text, 300, 400), canned.rates("f", 100, 400))
    report = Report((found,), (), replace(canned.recipe(text, 800, ("sex",))))
    verdict = canned.judgement([canned.verdict(found)])
    paid = replace(COSTS[Outcome.INCONCLUSIVE], name=text)
    told = Turn(text, report, report, verdict, verdict, (paid, COSTS[Outcome.NOT_ASSESSED]))
    page, texts, plain = turning.page(told), turning.texts(told), turning.summary(told)
    assert canned.Tags(page).acting == []
    for line in (*texts["turn.md"].splitlines(), *plain.splitlines()):
        assert "::" not in line
        assert "##[" not in line
        assert all(letter.isprintable() for letter in line.replace("\u200b", ""))
    assert "<script" not in texts["turn.md"]
    json.loads(texts["turn.json"])


def test_nothing_heavy_is_loaded_by_a_turn() -> None:
    import subprocess

    code = "import sys, auditkit.lifecycle.turning; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "pandas", "jinja2", "mlflow", "sklearn"} & set(loaded)


@pytest.mark.slow
def test_a_browser_shows_the_pages_on_a_desk_and_on_a_phone_and_fetches_nothing(tmp_path: Path) -> None:
    import shutil

    playwright = pytest.importorskip("playwright.sync_api")
    from auditkit.lifecycle.lineage import trace
    from auditkit.rendering import lineage_formats

    root = story(tmp_path / "story")
    (root / "lineage.html").write_text(lineage_formats(trace(root), "story")["html"], encoding="utf-8")
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        places = (root / "tuned" / "turn.html", root / "lineage.html")
        for place, (wide, scheme) in itertools.product(places, ((1080, "light"), (390, "dark"))):
            page = browser.new_page(viewport={"width": wide, "height": 900}, color_scheme=scheme)
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(place.as_uri())
            assert asked == [place.as_uri()]
            assert page.evaluate("document.documentElement.scrollWidth") <= wide
            assert page.locator("h1").bounding_box()["width"] > 0
            page.close()
        browser.close()
