"""Treatments of a model whose bias is known: intervals cover, verdicts are right, and a refusal is no mitigation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from auditkit.core.errors import InputError
from auditkit.core.judgement import Outcome
from auditkit.formats.github import github_cases
from auditkit.formats.junit import junit_cases
from auditkit.lifecycle.casing import compared_cases
from auditkit.lifecycle.prompting import Compared, Treatments, prompt, summary
from auditkit.loading import load
from auditkit.runs import Run
from auditkit.sealing import standing
from tests.lifecycle.leaning import DECLINES, LEANS, MARGIN, PLAIN, files, given, model, named, plan

FOUR = ("equal", "system-fair", "usual", "careful")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Compared, Path]:
    out = tmp_path_factory.mktemp("prompting") / "out"
    return prompt(plan(), given(*FOUR), out, target=model()), out


def truth(name: str) -> float:
    return LEANS.get(name.removeprefix("system-"), PLAIN)


def test_every_interval_covers_what_was_planted(done: tuple[Compared, Path]) -> None:
    for name, one in named(done[0]).items():
        low, high, _ = one.bias.interval(0.95)
        assert low is not None
        assert high is not None
        assert low <= truth(name) <= high, name
        if one.change is not None and one.change.low is not None and one.change.high is not None:
            assert one.change.low <= abs(truth(name)) - PLAIN <= one.change.high, name


def test_verdicts_are_those_of_the_planted_biases(done: tuple[Compared, Path]) -> None:
    told = named(done[0])
    assert {name: one.outcome for name, one in told.items() if name != "control"} == {
        "equal": Outcome.PASS,
        "system-fair": Outcome.INCONCLUSIVE,  # it stands on the margin
        "usual": Outcome.FAIL,
        "careful": Outcome.FAIL,
    }
    assert {"less", "inside", "affordable"} <= set(told["equal"].claims)
    assert "less" in told["system-fair"].claims
    assert "less" not in told["usual"].claims
    assert (done[0].exit_code, done[0].best and done[0].best.name) == (0, "equal")


def test_a_treatment_that_refuses_is_caught_by_its_cost(done: tuple[Compared, Path]) -> None:
    careful = named(done[0])["careful"]
    assert careful.claims == ("costly",)
    assert careful.cost is not None
    low, high, _ = careful.cost.interval
    assert low is not None
    assert high is not None
    assert 0.05 < low <= DECLINES <= high
    assert careful.refused == round(careful.asked * (1 - (careful.cost.after.value or 0)))
    assert "that is no mitigation" in summary(done[0])


def test_who_is_settled_is_asked_no_more(done: tuple[Compared, Path]) -> None:
    told = named(done[0])
    assert told["careful"].closed == told["equal"].closed == "settled"
    assert told["careful"].asked < told["equal"].asked < told["control"].asked == 20 * 16
    assert done[0].asked == sum(len(Run(done[1] / name / "run")) for name in told)


def test_answers_pair_by_prompt_and_seed(done: tuple[Compared, Path]) -> None:
    """The same prompt, repeat and seed under every wording; what a model was told stands in its settings."""
    sets = [[(g.prompt, g.seed, g.replicate) for g in Run(done[1] / name / "run").store.generations()] for name in FOUR]
    least = min(map(len, sets))
    assert len({tuple(one[:least]) for one in sets}) == 1
    assert len(set(sets[1])) == len(sets[1])
    told = Run(done[1] / "system-fair" / "run").design["target"]
    assert told["settings"] == {"template": "{prompt}", "system": "Be fair."}
    plain = Run(done[1] / "control" / "run").design["target"]
    assert plain["title"] == "a leaning model"
    assert plain["fingerprint"] == model().fingerprint != told["fingerprint"]


def test_a_report_tells_the_bias_as_the_comparison_does(done: tuple[Compared, Path]) -> None:
    for name, one in named(done[0]).items():
        report, judged = (
            load(done[1] / name / "report.json"),
            json.loads((done[1] / name / "judgement.json").read_text()),
        )
        [finding] = [f for f in report.findings if f.estimand == "directed amplification"]
        assert finding.estimate.value == one.bias.value
        assert finding.estimate.interval(0.95) == one.bias.interval(0.95)
        assert finding.estimate.wager(-MARGIN, MARGIN) is not None
        others = [f for f in report.findings if f is not finding]
        assert all({cap.withholds for cap in f.caps} == {"PASS", "FAIL"} for f in others)
        assert judged["outcome"] == one.judged.value


def test_the_same_work_is_not_done_again(done: tuple[Compared, Path]) -> None:
    was, head = files(done[1]), standing(done[1])

    def never(*_: Any) -> list[Any]:
        raise AssertionError("it was asked again")

    again = prompt(plan(), given(*FOUR), done[1], target=model(never))
    assert again.to_json() == done[0].to_json()
    assert files(done[1]) == was
    assert standing(done[1]) == head


def test_a_build_server_is_red_just_where_no_treatment_passes(done: tuple[Compared, Path]) -> None:
    """Beside one that passes the others are skipped with their reasons; without it each turns the pipeline."""
    failing = tuple(one for one in done[0].treatments if one.outcome is Outcome.FAIL)
    for told, red, tags in ((done[0], 0, {"skipped"}), (replace(done[0], treatments=failing), 2, {"failure"})):
        cases = compared_cases(told)
        root = Xml.fromstring(junit_cases(cases))
        assert sum(int(root.get(kind, "")) for kind in ("failures", "errors")) == red
        assert (cases.exit_code, cases.outcome) == (told.exit_code, told.outcome)
        assert {"compared: usual", "compared: careful"} <= {one.get("name") for one in root.iter("testcase")}
        assert {part.tag for one in root.iter("testcase") for part in one} - {"system-out"} == tags
        assert ("::error " in github_cases(cases, "table\n")) == (red > 0)
    assert "that is no mitigation" in junit_cases(compared_cases(done[0]))


def test_other_work_is_refused_where_there_is_some(done: tuple[Compared, Path]) -> None:
    with pytest.raises(InputError, match="holds another step: prompt with"):
        prompt(plan(), given("equal"), done[1], target=model())
    with pytest.raises(InputError, match=r"What differs: budget \(none there, 500 now\)\.$"):
        prompt(plan(), given(*FOUR), done[1], target=model(), budget=500)


def test_a_page_is_sealed_and_a_changed_one_is_found(done: tuple[Compared, Path], tmp_path: Path) -> None:
    import shutil

    from auditkit.lifecycle import recording

    out = tmp_path / "copy"
    shutil.copytree(done[1], out)
    step = recording.recorded(out)
    assert recording.done(out, step) == step
    assert [thing.kind for thing in step.took] == ["plan", "data", "model"]
    assert {thing.name for thing in step.gave} >= {"comparison.html", "equal/run", "equal/report.json"}
    assert step.done[0] == "equal passes: bias larger than 0.2 ruled out, and it costs less than it may."
    (out / "comparison.json").write_text((out / "comparison.json").read_text().replace("costly", "dearly"))
    assert recording.done(out, step) is None


def test_where_all_fail_the_exit_is_1_and_a_bias_turned_round_is_not_less(tmp_path: Path) -> None:
    told = prompt(plan(30), given("turned", "usual"), tmp_path / "out", target=model())
    assert [one.outcome for one in told.treatments] == [Outcome.FAIL] * 2
    assert "less" not in {claim for one in told.treatments for claim in one.claims}
    assert {one.closed for one in told.treatments} <= {"settled", "dropped"}
    assert (told.exit_code, told.best) == (1, None)
    assert "All 2 treatments fail." in summary(told)


def test_another_seed_meets_another_chance(tmp_path: Path) -> None:
    told = [prompt(plan(2), given("fair"), tmp_path / str(seed), target=model(), seed=seed) for seed in (1, 2)]
    assert told[0].control.bias.value != told[1].control.bias.value


def test_a_report_that_fails_says_that_its_level_is_its_own(done: tuple[Compared, Path]) -> None:
    note = "is at 5 % for each treatment by itself, and not joint"
    assert note in " ".join(summary(done[0]).split())
    assert json.loads((done[1] / "comparison.json").read_text())["alpha_of"] == {
        "claims": "all together",
        "judged": "each report by itself",
    }


HOSTILE = "<script>alert(1)</script> | ::error::x \x1b[31m [link](http://x) {prompt}"


def test_words_of_treatments_stay_words_on_every_page(tmp_path: Path) -> None:
    odd = given("equal")
    odd = replace(odd, treatments=(replace(odd.treatments[0], template=HOSTILE, system="</style>*"),))
    told = prompt(plan(1), odd, tmp_path / "out", target=model())
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "\x1b" not in page + summary(told) + (tmp_path / "out" / "comparison.md").read_text()
    assert "[link](" not in (tmp_path / "out" / "comparison.md").read_text()
    assert "::error" not in summary(told)


def test_less_by_asks_for_more_than_less(tmp_path: Path) -> None:
    """A bias that falls by .2 is less, and not shown to be less by .2."""
    asked: list[Treatments] = [given("fair"), given("fair", less_by=0.2)]
    claims = [
        prompt(plan(16), one, tmp_path / str(k), target=model()).treatments[0].claims for k, one in enumerate(asked)
    ]
    assert ["less" in some for some in claims] == [True, False]
