"""The gate's page shows what the gate says of a policy, whatever is moved, and says it by the gate's own words."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import canned
import pytest
from streamlit.testing.v1 import AppTest

from auditkit import Judgement, Outcome, Policy, Report, audit, gate
from auditkit.baselining import create
from auditkit.core.judgement import Verdict
from auditkit.opening import read_report
from auditkit.rendering import csv_text, gravest, ranked, words
from auditkit.rules import Assessed, Enough, NoWorse, Ratio, Within
from dashboards.parts.gate.weighed import finding_rows
from tests.dashboards.conftest import settled

GAP = {"women": 400, "men": 460}


def hired(rows: int = 1_000, **selected: int) -> Report:
    groups = [level for level in selected for _ in range(rows)]
    outcome = [int(i < n) for n in selected.values() for i in range(rows)]
    return audit(group=groups, outcome=outcome, subject="Hiring")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports, and policies of every kind beside and above them."""
    place = tmp_path_factory.mktemp("gate")
    hired(**GAP).save(place / "a" / "report.json")
    hired(50, women=10, men=12).save(place / "few" / "report.json")
    for name in ("compas", "hostile"):
        report, judgement = canned.EVERY[name]()
        report.save(place / name / "report.json")
        (place / name / "judgement.json").write_text(judgement.to_json(), encoding="utf-8")
    (place / "strict.toml").write_text('inconclusive = "warn"\n[[rules]]\nrule = "within"\nmargin = 0.01\n')
    (place / "pyproject.toml").write_text('[tool.auditkit.gate]\ninconclusive = "warn"\n')
    (place / "broken.toml").write_text('[[rules]]\nrule = "withn"\n')
    (place / "torn.toml").write_text("[[rules]\n<script>")
    (place / "other.toml").write_text("line-length = 120\n")
    (place / "worse.toml").write_text('[[rules]]\nrule = "no_worse"\nmargin = 0.02\n')
    (place / "a" / "plan.toml").write_text(
        '[data]\npath = "a.csv"\n[roles]\ngroup = "g"\n[policy]\ninconclusive = "warn"\n'
    )
    os.symlink("/etc/hostname", place / "linked.toml")
    return place


def said_by(at: AppTest) -> str:
    """What the page says in HTML, without its tags."""
    return re.sub(r"<[^>]+>", " ", "\n".join(element.proto.body for element in at.get("html")))


def slider(at: AppTest, name: str) -> Any:
    return next(one for one in at.select_slider if one.label.replace("\\", "") == name)


def outcomes(report: Report, judgement: Judgement) -> dict[tuple[str, str, str], str]:
    """The verdict on every finding, by what a reader sees of it."""
    told = ranked(report, judgement)
    return {(words.comparison(f), f.estimand, f.attribute): words.outcome_word(gravest(vs)) for f, vs in told}


def hold(at: AppTest, report: Report, told: Judgement) -> None:
    """The page shows a judgement and no other."""
    said, rows = said_by(at), at.dataframe[0].value
    assert f"Exit code {told.exit_code}." in said
    findings = rows[rows["of"] != ""]
    seen = {(r["comparison"], r["of"], r["by"]): r["verdict"][2:] for _, r in findings.iterrows()}
    assert seen == outcomes(report, told)
    shown = re.search(r'ak-gate-verdict (\w+)"', "".join(element.proto.body for element in at.get("html")))
    assert shown is not None
    assert shown[1] == told.outcome.value.lower()


MOVES = [
    ("Largest difference", {"margin": 0.02}),
    ("Smallest ratio", {"at_least": 0.98}),
    ("Largest difference", {"margin": 0.4}),
    ("Smallest ratio", {"at_least": 0.5}),
    ("Least clusters", {"clusters": 50}),
    ("Least effective rows", {"n_eff": 1000}),
    ("Largest difference", {"margin": 0.06}),
    ("Least effective rows", {"n_eff": 0}),
]


@pytest.mark.parametrize("name", ["a", "few", "compas"])
def test_whatever_is_moved_the_verdict_is_that_of_the_gate(name: str, at_page, folder: Path) -> None:
    """One move after the other; the policy is put together here anew, rule by rule."""
    report = read_report(folder / name / "report.json")
    at = at_page("gate", folder, report=f"{name}/report.json", policy="default")
    hold(at, report, gate(report))
    seen, now = set(), {"margin": None, "at_least": None, "n_eff": 30, "clusters": 4}
    for what, moved in MOVES:
        slider(at, what).set_value(float(*moved.values())).run()
        now |= moved
        policy = Policy(
            (Within(now["margin"]), Ratio(now["at_least"]), Assessed(), Enough(now["n_eff"], now["clusters"]))
        )
        told = gate(report, policy)
        hold(at, report, told)
        assert Policy.parse(at.code[0].value, "gate.toml").hash == policy.hash
        seen.add((told.outcome, tuple(v.outcome for v in told.verdicts)))
    assert len(seen) >= 2, "a margin that changes nothing tests nothing"


def test_multiplicity_and_what_is_inconclusive_are_the_gates_too(at_page, folder: Path) -> None:
    report = read_report(folder / "few" / "report.json")
    at = at_page("gate", folder, report="few/report.json", policy="default")
    assert "Exit code 3." in said_by(at)
    at.radio[0].set_value("none").run()
    at.radio[1].set_value("warn").run()
    told = gate(report, Policy(multiplicity="none", inconclusive="warn"))
    assert told.exit_code == 0
    hold(at, report, told)
    assert "only warns" in said_by(at)


def test_the_address_moves_the_margins_and_what_it_does_not_know_moves_none(at_page, folder: Path) -> None:
    report, own = read_report(folder / "few" / "report.json"), Policy().hash[:8]
    asked = {
        f"within.margin.1.{own}": "0.4",
        f"enough.n_eff.4.{own}": "5",
        f"multiplicity.{own}": "none: each by itself",
    }
    at = at_page("gate", folder, report="few/report.json", policy="default", **asked)
    hold(at, report, gate(report, Policy((Within(0.4), Ratio(), Assessed(), Enough(5.0)), multiplicity="none")))
    strange = {f"within.margin.1.{own}": "9e999", f"multiplicity.{own}": "<script>"}
    at = at_page("gate", folder, report="few/report.json", policy="default", **strange)
    hold(at, report, gate(report))
    at = at_page("gate", folder, report="few/report.json", policy="strict.toml", **asked)
    hold(at, report, gate(report, folder / "strict.toml"))


def test_what_flips_is_marked_by_its_word_and_leads(at_page, folder: Path) -> None:
    at = at_page("gate", folder, report="a/report.json", policy="default")
    assert set(at.dataframe[0].value["change"]) == {"as before"}
    assert "No verdict changes." in said_by(at)
    slider(at, "Largest difference").set_value(0.5).run()
    rows = at.dataframe[0].value
    assert rows["change"].iloc[0] == "was Inconclusive"
    assert rows["verdict"].iloc[0] == "● Pass"
    assert "1 verdict changes: 1 from Inconclusive to Pass." in said_by(at)
    assert "Looser than the detector suggests: 0.05." in said_by(at)


def test_the_file_and_the_command_judge_likewise(at_page, folder: Path, tmp_path: Path) -> None:
    at = at_page("gate", folder, report="a/report.json", policy="strict.toml")
    assert at.query_params["policy"] == "strict.toml"
    argv = shlex.split(at.code[1].value)
    assert argv == ["auditkit", "gate", str(folder / "a/report.json"), "--policy", str(folder / "strict.toml")]
    slider(at, "Largest difference").set_value(0.1).run()
    assert shlex.split(at.code[1].value)[-1] == "gate.toml"
    (tmp_path / "gate.toml").write_text(at.code[0].value)
    hold(at, read_report(folder / "a/report.json"), gate(folder / "a/report.json", tmp_path / "gate.toml"))


def test_policies_are_found_and_no_other_file(at_page, folder: Path) -> None:
    at = at_page("gate", folder, report="compas/report.json")
    found = next(box for box in at.selectbox if box.label == "Policy")
    files = ["broken.toml", "pyproject.toml", "strict.toml", "torn.toml", "worse.toml", "a/plan.toml"]
    assert found.options == ["The policy that it was judged by", *files, "The default policy"]
    assert found.value == "judged"


@pytest.mark.parametrize(
    ("name", "why"),
    [("broken.toml", "Did you mean"), ("torn.toml", "is not TOML"), ("worse.toml", "needs a baseline report")],
)
def test_a_policy_that_cannot_judge_says_why(name: str, why: str, at_page, folder: Path) -> None:
    at = at_page("gate", folder, report="a/report.json", policy=name)
    assert why in said_by(at)
    assert not at.dataframe


def test_a_file_has_estimates_and_the_ends_of_their_intervals_as_numbers_of_their_own() -> None:
    """On the screen in words, in two columns; of an end that is open, and of a rule about no finding, nothing."""
    report = hired(**GAP)
    policy = Policy((Within(0.02), Assessed(("selection.coverage",))))
    shown = finding_rows(report, gate(report), gate(report, policy))
    told = list(csv.DictReader(io.StringIO(csv_text(finding_rows(report, gate(report), gate(report, policy), True)))))
    assert [row["comparison"] for row in told] == [row["comparison"] for row in shown]
    found = [row for row in told if row["of"]]
    spans = {f.estimand: (f.scale, f.estimate.value, *f.interval(0.95)[:2]) for f in report.findings}
    assert len(found) == len(spans) == 2
    for row in found:
        scale, *numbers = spans[row["of"]]
        assert row["scale"] == scale
        assert [float(row[name]) for name in ("estimate", "95 % low", "95 % high")] == pytest.approx(numbers)
    assert all(row["95 % interval"].startswith("[") and "[" not in row["estimate"] for row in shown if row["of"])
    alone = [row for row in told if not row["of"]]
    assert alone
    assert all(row["scale"] == row["estimate"] == row["95 % low"] == row["95 % high"] == "" for row in alone)


@pytest.mark.parametrize("asked", ["../../etc/passwd", "linked.toml", *canned.HOSTILE[:3]])
def test_a_policy_that_is_not_there_is_not_opened(asked: str, at_page, folder: Path) -> None:
    at = at_page("gate", folder, report="a/report.json", policy=asked)
    assert "There is no policy" in said_by(at)
    hold(at, read_report(folder / "a/report.json"), gate(folder / "a/report.json"))


def test_what_would_settle_it_is_told_by_effort(at_page, folder: Path) -> None:
    report = read_report(folder / "compas" / "report.json")
    at = at_page("gate", folder, report="compas/report.json", policy="default")
    rows = at.dataframe[1].value
    told = [v for v in gate(report).verdicts if v.outcome is Outcome.INCONCLUSIVE]
    counted = {finding.key: finding.estimate.n for finding in report.findings}
    more = sorted(max(v.needed - counted[v.key], 1) for v in told if v.needed is not None and v.key is not None)
    assert len(more) > 1
    assert [int(n) for n in rows["more rows"].dropna()] == more
    assert list(rows["what settles it"]) == [f"about {n:,} more" for n in more] + ["no realistic number"] * (
        len(told) - len(more)
    )


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    def all_files() -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }

    before = all_files()
    yield
    assert all_files() == before


def test_a_baseline_judges_and_says_what_is_accepted_and_until_when(at_page, tmp_path: Path) -> None:
    today, policy = date.today(), Policy((Within(0.02), NoWorse(0.2)))
    report, old = hired(women=300, men=460), hired(women=310, men=460)
    report.save(tmp_path / "r" / "report.json")
    (tmp_path / "p.toml").write_text(
        '[[rules]]\nrule = "within"\nmargin = 0.02\n[[rules]]\nrule = "no_worse"\nmargin = 0.2\n'
    )
    far = create(old, policy, accept=["failing"], reason="<b>a quota</b>", owner="Ada", expires=today, today=today)
    one = far.accepted[0]
    for name, days in (("late", -3), ("soon", 12), ("long", 400)):
        kept = replace(far, accepted=(replace(one, expires=today + timedelta(days)),))
        place = tmp_path / name / "auditkit.baseline.json"
        place.parent.mkdir()
        place.write_text(kept.to_json())
        id = f"{name}/auditkit.baseline.json"
        with unchanged(tmp_path):
            at = at_page("gate", tmp_path, report="r/report.json", policy="p.toml", baseline=id)
        told = gate(report, policy, baseline=kept)
        hold(at, report, told)
        assert (told.exit_code == 1) == (name == "late")
        row = at.dataframe[-1].value.iloc[0]
        assert (row["owner"], row["reason"]) == ("Ada", "<b>a quota</b>")
        assert row["expires"] == (today + timedelta(days)).isoformat()
        assert row["days left"] == days
        state = {-3: "expired 3 days ago", 12: "expires soon: 12 days left", 400: "400 days left"}[days]
        assert row["state"] == state
        assert row["covers"] == ("nothing" if days < 0 else "its verdict")
        assert all(words.plain(notice.sentence)[:40] in said_by(at).replace("&lt;", "<").replace("&gt;", ">")
                   for notice in told.notices)  # fmt: skip
        assert shlex.split(at.code[1].value)[-2:] == ["--baseline", str(place)]


def test_a_baseline_that_is_none_says_so(at_page, tmp_path: Path) -> None:
    hired(**GAP).save(tmp_path / "report.json")
    (tmp_path / "auditkit.baseline.json").write_text("{<script>")
    at = at_page("gate", tmp_path, report="report.json", baseline="auditkit.baseline.json")
    assert "This is not a baseline" in said_by(at)
    assert not at.dataframe


def test_a_hostile_report_is_judged_as_it_is(at_page, folder: Path) -> None:
    at = at_page("gate", folder, report="hostile/report.json", policy="default")
    report = read_report(folder / "hostile" / "report.json")
    assert f"Exit code {gate(report).exit_code}." in said_by(at)
    raw = "".join(element.proto.body for element in at.get("html"))
    assert "<script>" not in raw
    assert len(at.dataframe[0].value) >= len(report.findings)
    labels = [one.label for one in (*at.select_slider, *at.selectbox, *at.radio)]
    assert all(labels)
    assert not any("](" in one for one in labels)


def test_a_hostile_policy_is_only_text(at_page, tmp_path: Path) -> None:
    hired(**GAP).save(tmp_path / "report.json")
    code = "![x](http://evil.example/p.png)"
    (tmp_path / "p.toml").write_text(f'[[rules]]\nrule = "within"\nmargin = 0.1\ncode = "{code}"\n')
    at = at_page("gate", tmp_path, report="report.json", policy="p.toml")
    assert not any("](" in one.label for one in at.select_slider)
    told = gate(tmp_path / "report.json", tmp_path / "p.toml")
    assert told.outcome is Outcome.NOT_ASSESSED
    hold(at, read_report(tmp_path / "report.json"), told)
    assert isinstance(told.verdicts[0], Verdict)


ABOVE = ("Verdict", "Margins", "Finding by finding")
SCROLLED = '[data-testid="stDataFrame"] .dvn-scroller'


def hint(page: Any) -> float:
    """How visible it is that a table goes on to the right."""
    table = page.locator('[data-testid="stDataFrame"]').first
    return float(table.evaluate("one => getComputedStyle(one, '::after').opacity"))


@pytest.mark.slow
def test_a_key_moves_a_margin_and_the_verdict_follows(browser: Any, serve: Any, folder: Path) -> None:
    """In a real browser, by the keyboard alone; at the width of a telephone too."""
    report = read_report(folder / "a" / "report.json")
    with serve(folder) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/gate?report=a/report.json&policy=strict.toml")
        verdict = page.get_by_role("status").locator(".ak-gate-verdict")
        before = gate(report, folder / "strict.toml").outcome
        verdict.filter(has_text=words.outcome_word(before)).wait_for()
        settled(page)
        thumb = page.get_by_role("slider").first
        thumb.focus()
        for _ in range(40):
            page.keyboard.press("ArrowRight")
        page.get_by_text("Looser than the detector suggests").wait_for()
        after = gate(report, Policy((Within(float(thumb.get_attribute("aria-valuetext"))),))).outcome
        assert after is not before
        verdict.filter(has_text=words.outcome_word(after)).wait_for()
        assert page.evaluate("document.activeElement.type") == "range", "the key's place is kept"
        page.set_viewport_size({"width": 390, "height": 900})
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        heads = {name: page.get_by_role("heading", name=name, exact=True).bounding_box() for name in ABOVE}
        assert [heads[name]["y"] for name in ABOVE] == sorted(heads[name]["y"] for name in ABOVE)
        assert hint(page) == pytest.approx(1), "there is more to the right"
        page.locator(SCROLLED).first.evaluate("one => { one.scrollLeft = one.scrollWidth }")
        settled(page)
        assert hint(page) == pytest.approx(0), "and now there is not"
        page.close()
