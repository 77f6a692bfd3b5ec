"""Files that nobody's auditkit wrote: a forged judgement is not believed, and a page that fails says so kindly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from auditkit import Finding, Judgement, Outcome, Policy, Report, Verdict, audit, gate
from auditkit.cli import main
from auditkit.core.baseline import Baseline
from auditkit.core.finding import Key, Margin
from auditkit.core.judgement import Acceptance, Notice
from auditkit.opening import judged
from auditkit.rendering import summarise
from auditkit.sealing import seal
from dashboards.parts import kindly as kindness
from dashboards.parts import shelf
from dashboards.parts.overview import glimpses, history, listing
from dashboards.parts.overview.map import Mark, marks


@pytest.fixture(scope="module")
def biased() -> Report:
    """A report that the default policy fails."""
    return audit(group=["a", "b"] * 400, outcome=[1, 0, 1, 1, 1, 0, 1, 0] * 100)


def beside(folder: Path, report: Report, judgement: Judgement) -> Path:
    report.save(folder / "report.json")
    place = folder / "judgement.json"
    place.write_text(judgement.to_json(), encoding="utf-8")
    return place


def all_green(judgement: Judgement) -> Judgement:
    return replace(judgement, verdicts=tuple(replace(v, outcome=Outcome.PASS) for v in judgement.verdicts))


def test_an_honest_judgement_is_used_as_it_is(biased: Report, tmp_path: Path) -> None:
    for policy in (None, {"rules": [{"rule": "within", "margin": 0.9}], "inconclusive": "warn"}):
        honest = gate(biased, policy)
        assert judged(biased, beside(tmp_path, biased, honest)) == (honest, "")


def test_a_judgement_forged_green_is_judged_again_by_its_own_policy(biased: Report, tmp_path: Path) -> None:
    policy = {"rules": [{"rule": "within", "margin": 0.01}]}
    honest = gate(biased, policy)
    assert honest.outcome is Outcome.FAIL
    found, why = judged(biased, beside(tmp_path, biased, all_green(honest)))
    assert found == honest
    assert "judgement.json says PASS, and its own policy says FAIL of this report." in why


def test_a_single_verdict_turned_is_seen_though_the_whole_says_the_same(biased: Report, tmp_path: Path) -> None:
    honest = gate(biased)
    extra = Verdict("within", Outcome.PASS, "Ruled out.", honest.verdicts[0].key)
    found, why = judged(biased, beside(tmp_path, biased, replace(honest, verdicts=(*honest.verdicts, extra))))
    assert (found, bool(why)) == (honest, True)


KNEW: tuple[dict[str, Any], ...] = (
    {"baseline_hash": "b" * 64},
    {"notices": (Notice("state", "On this model 2 reports count."),)},
    {"baseline_hash": "b" * 64, "notices": (Notice("rows", "There are more rows."),)},
)


@pytest.mark.parametrize("known", KNEW)
def test_one_that_rests_on_what_is_not_here_is_believed_where_auditkit_wrote_it_alone(
    known: dict[str, Any], biased: Report, tmp_path: Path
) -> None:
    told = replace(all_green(gate(biased)), **known)
    place = beside(tmp_path, biased, told)
    found, why = judged(biased, place)
    assert found == gate(biased)
    assert found.outcome is Outcome.FAIL
    assert "judgement.json says PASS, and is not checked: it rests on a" in why
    assert "not here, and no manifest says that auditkit wrote it" in why
    seal(tmp_path, ["judgement.json"])
    assert judged(biased, place) == (told, "")
    place.write_text(told.to_json().replace('"warn": false', '"warn": true'), encoding="utf-8")
    found, why = judged(biased, place)
    assert (found, "is not as auditkit.manifest.json says" in why) == (gate(biased), True)


def test_of_one_that_comes_out_the_same_without_what_is_not_here_nothing_else_is_used(
    biased: Report, tmp_path: Path
) -> None:
    for known in KNEW:
        place = beside(tmp_path, biased, replace(gate(biased), **known))
        found, why = judged(biased, place)
        assert (found, "judgement.json says FAIL, and is not checked" in why) == (gate(biased), True)


def answered_for(verdict: Verdict) -> Verdict:
    assert verdict.key is not None
    until = date.today() + timedelta(90)
    return replace(verdict, accepted=Acceptance(verdict.rule, verdict.key, "forged", "Nobody", until, Outcome.FAIL))


FORGED: dict[str, Callable[[Judgement], Judgement]] = {
    "sentence": lambda told: replace(told, verdicts=tuple(replace(v, sentence="All is well.") for v in told.verdicts)),
    "interval": lambda told: replace(
        told, verdicts=tuple(replace(v, pass_interval=None, fail_interval=None) for v in told.verdicts)
    ),
    "needed": lambda told: replace(told, verdicts=tuple(replace(v, needed=7) for v in told.verdicts)),
    "unjudged": lambda told: replace(told, unjudged=(Key("a", "gap", "b", "c", "d"),)),
    "policy_from": lambda told: replace(told, policy_from="a" * 40),
    "order": lambda told: replace(told, verdicts=told.verdicts[::-1]),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_of_a_judgement_nothing_is_kept_but_its_policy(
    forge: Callable[[Judgement], Judgement], biased: Report, tmp_path: Path
) -> None:
    """Whoever leaves every outcome as it is could else say anything beside it."""
    honest = gate(biased, {"rules": [{"rule": "within", "margin": 0.01}]})
    assert (forged := forge(honest)) != honest
    assert judged(biased, beside(tmp_path, biased, forged)) == (honest, "")


def test_nobody_answers_for_a_verdict_that_a_forged_file_says_somebody_does(biased: Report, tmp_path: Path) -> None:
    honest = gate(biased)
    last = next(v for v in reversed(honest.verdicts) if v.outcome is Outcome.FAIL)
    forged = replace(honest, verdicts=tuple(answered_for(v) if v is last else v for v in honest.verdicts))
    assert judged(biased, beside(tmp_path, biased, forged))[0] == honest


def test_the_commit_of_a_policy_is_told_where_auditkit_wrote_it(biased: Report, tmp_path: Path) -> None:
    told = replace(gate(biased), policy_from="a" * 40)
    place = beside(tmp_path, biased, told)
    seal(tmp_path, ["judgement.json"])
    assert judged(biased, place) == (told, "")


def test_one_whose_baseline_lies_beside_it_is_judged_with_that(biased: Report, tmp_path: Path) -> None:
    """A failure that somebody answers for until next year passes with its baseline, and with no other."""
    until = date.today() + timedelta(90)
    failing = [one for one in gate(biased).verdicts if one.outcome is Outcome.FAIL]
    answered = tuple(Acceptance(one.rule, one.key, "a quota", "Ada", until, Outcome.FAIL) for one in failing if one.key)
    old = Baseline(biased, gate(biased).policy, answered)
    honest = gate(biased, baseline=old)
    assert honest.outcome is not Outcome.FAIL
    place, there = beside(tmp_path, biased, honest), tmp_path / "auditkit.baseline.json"
    assert judged(biased, place)[0].outcome is Outcome.FAIL
    there.write_text(old.to_json(), encoding="utf-8")
    assert judged(biased, place) == (honest, "")
    forged = beside(tmp_path, biased, all_green(honest))
    found, why = judged(biased, forged)
    assert (found, "its own policy says" in why) == (honest, True)
    there.write_text(Baseline(biased).to_json(), encoding="utf-8")
    assert judged(biased, beside(tmp_path, biased, honest))[0].outcome is Outcome.FAIL
    there.write_text("[" * 100_000, encoding="utf-8")
    assert judged(biased, place)[0].outcome is Outcome.FAIL


def test_a_forged_rest_is_green_neither_on_the_page_nor_where_it_is_shown(
    biased: Report, tmp_path: Path, at_page: Callable[..., AppTest], capsys: pytest.CaptureFixture[str]
) -> None:
    beside(tmp_path, biased, replace(all_green(gate(biased)), baseline_hash="b" * 64))
    for page in ("overview", "report"):
        at = at_page(page, tmp_path)
        told = " ".join(str(one.proto.body) for one in at.get("html"))
        assert "is not checked: it rests on a baseline (bbbbbbbbbbbb) that is not here" in told
        assert "word fail" in told
    assert main(["show", str(tmp_path / "report.json")]) == 0
    said = capsys.readouterr()
    assert "is not checked" in said.err
    assert "◆ Fail." in said.out
    assert main(["gate", str(tmp_path / "report.json"), "--out", str(tmp_path / "judged")]) == 1


@pytest.mark.parametrize(
    "policy",
    [
        {"rules": [{"rule": "within", "margin": 0.9}]},
        {},
        {"rules": [{"rule": "mine"}]},
        {"rules": "gate.toml"},
        {"rules": [{"rule": "within", "margin": "x"}]},
        {"rules": [{"rule": "within", "margin": 10**400}]},
        {"multiplicity": []},
        {"<b>": 1},
    ],
)
def test_a_policy_that_is_not_the_one_that_is_named_is_not_used(
    policy: dict[str, Any], biased: Report, tmp_path: Path
) -> None:
    forged = replace(all_green(gate(biased)), policy=policy, policy_hash="0" * 64, baseline_hash="b")
    found, why = judged(biased, beside(tmp_path, biased, forged))
    assert found == gate(biased)
    assert "holds no policy that this version reads" in why
    assert why.endswith("Judged by the default policy instead.")


def about(finding: Finding, code: str, outcome: Outcome) -> Verdict:
    return Verdict("within", outcome, "Told before.", finding.key._replace(code=code, level="gone"))


def marked(report: Report, judgement: Judgement, code: str, *outcomes: Outcome) -> dict[str, Mark]:
    more = tuple(about(report.findings[0], code, outcome) for outcome in outcomes)
    return marks(report, summarise(report, replace(judgement, verdicts=(*judgement.verdicts, *more))))


def test_a_verdict_on_what_is_told_no_more_only_makes_a_mark_worse(biased: Report) -> None:
    honest = gate(biased, {"rules": [{"rule": "within", "margin": 0.9}]})
    before = marked(biased, honest, "x")
    assert marked(biased, honest, "selection.frame", Outcome.PASS) == before
    assert "implicit" not in before
    assert marked(biased, honest, "implicit.proxy", Outcome.PASS) == before
    assert marked(biased, honest, "implicit.proxy", Outcome.FAIL)["implicit"].outcome is Outcome.FAIL
    assert marked(biased, honest, "disparity.selection_rate", Outcome.FAIL)["disparity"].outcome is Outcome.FAIL
    mute = replace(biased, findings=(), not_assessed=())
    asked = marks(mute, summarise(mute, replace(honest, verdicts=())))["disparity"]
    assert asked.outcome is Outcome.NOT_ASSESSED
    late = replace(honest, verdicts=(about(biased.findings[0], "disparity.selection_rate", Outcome.INCONCLUSIVE),))
    assert marks(mute, summarise(mute, late))["disparity"] == asked


def test_one_file_that_nobody_foresaw_does_not_take_the_list_down(
    biased: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise AssertionError("<b>")

    beside(tmp_path, biased, gate(biased))
    [entry] = shelf.shelf_of(tmp_path).reports
    sound = glimpses.look(entry)
    assert sound.told is not None
    monkeypatch.setattr(history, "read", fails)
    assert "The two cannot be compared (AssertionError: <b>)" in str(history.between(sound, sound))
    monkeypatch.setattr(listing, "glance", fails)
    assert "Cannot be shown: AssertionError: &lt;b&gt;" in listing.run_item(entry)
    monkeypatch.setattr(glimpses, "digest", fails)
    assert glimpses.look(entry).why.startswith("report.json is not as auditkit writes it (AssertionError: <b>)")
    monkeypatch.setattr(glimpses, "digest", lambda entry: "another")
    monkeypatch.setattr(glimpses, "read", fails)
    assert glimpses.look(entry).why.startswith("report.json is not as auditkit writes it (AssertionError: <b>)")


def test_a_part_that_is_redrawn_by_itself_fails_as_kindly_as_its_page(
    biased: Report, tmp_path: Path, at_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ratio of 9e299 is a number, and no picture can be made of it."""
    ratio = next(finding for finding in biased.findings if finding.scale == "ratio")
    huge = replace(ratio.estimate, value=9e299, lower=(9e299,) * 9, upper=(9e299,) * 9)
    strange = replace(biased, findings=(replace(ratio, estimate=huge, margin=Margin(9e299, None)),))
    at = at_page("overview", tmp_path)
    strange.save(tmp_path / "report.json")
    monkeypatch.delenv("AUDITKIT_DEBUG")
    at.switch_page("views/gate.py").run()
    for _ in range(2):
        told = "".join(str(one.proto.body) for one in at.get("html"))
        assert not at.exception
        assert told.count("Something here cannot be shown") == 1
        assert "OverflowError" in told
        assert [one.value for one in at.title] == ["Gate"]
        at.select_slider[0].set_value(float(at.select_slider[0].options[-1])).run()
    monkeypatch.setenv("AUDITKIT_DEBUG", "1")
    at.run()
    assert [one.message for one in at.exception] == ["math range error"]


def failing(page: str, titled: bool, tmp_path: Path) -> AppTest:
    """The dashboard with a page that fails, before its title or after it."""
    lines = [
        "import streamlit as st",
        "def show():",
        f"    {'st.title(0)' if titled else 'pass'}",
        f"    {page}",
        "show()",
    ]
    file = tmp_path / "page.py"
    file.write_text("\n".join(lines), encoding="utf-8")
    script = f"import runpy\nfrom dashboards.app import kindly\nkindly(lambda: runpy.run_path({str(file)!r}))"
    return AppTest.from_string(script, default_timeout=180).run()


@pytest.mark.parametrize("titled", [True, False])
def test_a_page_that_fails_says_so_kindly_under_one_title(
    titled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(kindness.DEBUG, raising=False)
    at = failing("raise KeyError('secret')", titled, tmp_path)
    assert not at.exception
    assert len(at.title) == 1
    told = "".join(element.proto.body for element in at.get("html"))
    assert "This page cannot show what is in this folder: <code>KeyError</code>." in told
    assert "secret" not in told
    monkeypatch.setenv(kindness.DEBUG, "1")
    assert failing("raise KeyError('secret')", titled, tmp_path).exception


def test_to_stop_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kindness.DEBUG, raising=False)
    at = failing("st.stop()", True, tmp_path)
    assert not at.exception
    assert not at.get("html")


def test_half_a_surrogate_in_a_report_shows_on_every_page(
    biased: Report, tmp_path: Path, at_page: Callable[..., AppTest]
) -> None:
    beside(tmp_path, biased, gate(biased)).unlink()
    place = tmp_path / "report.json"
    data = json.loads(place.read_text(encoding="utf-8"))
    data["cells"]["axes"][0] = data["cells"]["names"][0] = "sex\ud800"
    for finding in data["findings"]:
        finding["attribute"] = finding["stratum"] = "sex\ud800"
    place.write_text(json.dumps(data), encoding="ascii")
    assert Policy.from_dict(gate(place).policy) == Policy()
    for page in ("overview", "report", "gate", "compare"):
        at_page(page, tmp_path)
