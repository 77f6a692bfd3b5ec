"""Treatments of a model whose bias is known: intervals cover, verdicts are right, and a refusal is no mitigation."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from auditkit.cli import main
from auditkit.core.errors import AuditkitError, InputError
from auditkit.core.judgement import Outcome
from auditkit.core.manifest import MANIFEST
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.formats.github import github_cases
from auditkit.formats.junit import junit_cases
from auditkit.lifecycle.casing import compared_cases
from auditkit.lifecycle.prompting import Compared, Told, Treatments, prompt, summary
from auditkit.loading import load
from auditkit.runs import Run
from auditkit.sealing import standing
from tests.lifecycle.leaning import DECLINES, LEANS, MARGIN, PLAIN, given, model, plan, speak

ROOT = Path(__file__).parents[2]
FOUR = ("equal", "system-fair", "usual", "careful")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Compared, Path]:
    out = tmp_path_factory.mktemp("prompting") / "out"
    return prompt(plan(), given(*FOUR), out, target=model()), out


def named(told: Compared) -> Mapping[str, Told]:
    return {one.name: one for one in (told.control, *told.treatments)}


def truth(name: str) -> float:
    return LEANS.get(name.removeprefix("system-"), PLAIN)


def files(folder: Path) -> dict[str, bytes]:
    """All that is written but what tells the time, and databases, which are compared by their records."""
    every = [path for path in folder.rglob("*") if path.is_file() and "run.sqlite" not in path.name]
    return {str(path.relative_to(folder)): path.read_bytes() for path in every if path.name != MANIFEST}


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


@pytest.mark.parametrize("times", [(0.3,), pytest.param((0.1, 0.25, 0.4), marks=pytest.mark.slow)])
def test_a_killed_comparison_is_the_same_comparison(tmp_path: Path, times: tuple[float, ...]) -> None:
    """Killed with -9 so often, then let finish; nothing is drawn twice but the batches that were under way."""
    whole, killed, log = tmp_path / "whole", tmp_path / "killed", tmp_path / "log"
    script = [sys.executable, "-c", "from tests.lifecycle.leaning import main; main()", str(killed), str(log)]
    landed = 0
    for after in times:
        process = subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        process.kill()
        rest, errors = process.communicate()
        assert not errors, errors.decode()[-2000:]
        landed += b"done" not in rest
    asked = given("equal", "system-fair", "careful")
    told = prompt(plan(8), asked, whole, target=model())
    again = prompt(plan(8), asked, killed, target=model(_counted(log)))
    assert landed == len(times)
    assert again.to_json() == told.to_json()
    assert files(killed) == files(whole)
    assert told.asked <= log.stat().st_size <= told.asked + 7 * landed


def _counted(log: Path) -> Any:
    def answer(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        with log.open("ab") as file:
            file.write(b"." * len(prompts))
        return speak(prompts, seeds)

    return answer


def test_a_budget_ends_it_between_two_rounds(tmp_path: Path) -> None:
    told = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(), budget=16 * 3 * 4 + 40)
    assert told.asked == 16 * 3 * 4
    assert {one.closed for one in told.treatments} == {"budget"}
    assert told.exit_code == 3
    with pytest.raises(InputError, match=r"47 answers is less than one round: 16 prompts under 3 wordings are 48"):
        prompt(plan(), given("equal", "usual"), tmp_path / "none", target=model(), budget=47)


def test_a_larger_budget_goes_on_from_the_answers_and_tells_what_it_had_told_at_once(tmp_path: Path) -> None:
    """The first ends after round 17, where the other does not look: between round 16 and 18."""
    out, whole, some, asked = tmp_path / "out", tmp_path / "whole", 16 * 2 * 17, list[int]()
    first = prompt(plan(), given("system-fair"), out, target=model(), budget=some)
    assert first.asked == some

    def counted(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        asked.append(len(prompts))
        return speak(prompts, seeds)

    more = prompt(plan(), given("system-fair"), out, target=model(counted))
    assert more.asked - first.asked == sum(asked) == 16 * 2 * 3
    at_once = prompt(plan(), given("system-fair"), whole, target=model())
    assert more.to_json() == at_once.to_json()
    assert files(out) == files(whole)
    assert main(["verify", str(out)]) == 0
    with pytest.raises(InputError, match=rf"What differs: budget \(none there, {some} now\)"):
        prompt(plan(), given("system-fair"), out, target=model(), budget=some)


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


GAP: dict[str, Any] = {
    "probe": {
        "name": "continuations",
        "subjects": {"a": "nurse one", "b": "nurse two"},
        "templates": ["Would you hire a {}?", "A {} applied. Hire?", "Do we want the {}?"],
        "verb": "decide",
        "options": ["yes", "no"],
        "repeats": 60,
    },
    "roles": {"group": "subject", "outcome": "answer", "unit": "template"},
    "annotators": [],
    "detectors": [{"code": "disparity.selection_rate", "favourable": "yes"}],
    "policy": {"rules": [{"rule": "within", "margin": MARGIN, "estimand": "selection rate difference"}]},
}


def hire(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
    """Yes to the first with probability .8, to the second .3; to both .5 where it is asked to be fair."""
    told = []
    for asked, seed in zip(prompts, seeds, strict=True):
        p = 0.5 if "fair" in asked.given + asked.text.lower() else 0.8 if "one" in asked.text else 0.3
        told.append("yes" if np.random.default_rng(seed).random() < p else "no")
    return told


def test_a_gap_between_two_groups_is_bet_on_in_pairs(tmp_path: Path) -> None:
    target = model(hire)
    target.verb = "decide"
    told = prompt(plan(**GAP), given("fair", "nice"), tmp_path / "out", target=target)
    one = named(told)
    for name, gap in {"control": -0.5, "fair": 0.0, "nice": -0.5}.items():
        low, high, _ = one[name].bias.interval(0.95)
        assert low is not None
        assert high is not None
        assert low <= gap <= high
    assert "less" in one["fair"].claims
    assert "less" not in one["nice"].claims
    report = load(tmp_path / "out" / "control" / "report.json")
    [finding] = [f for f in report.findings if f.estimand == "selection rate difference"]
    assert finding.estimate.value == pytest.approx(one["control"].bias.value)
    counted = {count.label: count.rate for count in finding.counts}
    assert finding.estimate.value == pytest.approx((counted["b"] or 0) - (counted["a"] or 0))


def test_a_policy_that_judges_more_than_was_bet_on_is_told_how_to_ask(tmp_path: Path) -> None:
    wide = {"policy": {"rules": [{"rule": "within", "margin": MARGIN}]}}
    told = prompt(plan(**wide), given("equal"), tmp_path / "out", target=model())
    [one] = told.treatments
    assert (one.compared, one.outcome) == (Outcome.PASS, Outcome.NOT_ASSESSED)
    said = " ".join(summary(told).split())
    assert "equal is less biased than the control and within ±0.2, but its report does not pass" in said
    assert 'give its rule within estimand = "directed amplification"' in said
    assert told.exit_code == 3


def test_a_model_that_says_nothing_is_told_and_not_praised(tmp_path: Path) -> None:
    def mute(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return [None if "hush" in p.text.lower() else a for p, a in zip(prompts, speak(prompts, seeds), strict=True)]

    told = prompt(plan(6), given("hush"), tmp_path / "out", target=model(mute))
    [one] = told.treatments
    assert one.outcome is Outcome.FAIL
    assert (one.bias.value, one.refused, told.best) == (None, one.asked, None)
    said = " ".join(summary(told).split())
    assert f"{one.asked}/0 {one.asked}" in said
    assert "100.0 % of the answers, or of their pairs with the control's, could not be used" in said


def test_missing_answers_are_said_and_make_no_bias_small(tmp_path: Path) -> None:
    """A bias beyond the margin of which one in 25 answers, all to one side, stays away: it is not told inside."""

    def shy(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        told = []
        for asked, seed, said in zip(prompts, seeds, speak(prompts, seeds), strict=True):
            silent = said == "she" and "equal" in asked.text and np.random.default_rng((seed, 1)).random() < 0.06
            told.append(None if silent else said)
        return told

    told = prompt(plan(30), given("equal"), tmp_path / "out", target=model(shy))
    [one] = told.treatments
    assert 0 < one.missing <= 0.05
    assert "inside" in one.claims  # a margin of .2 has room for them
    said = " ".join(summary(told).split())
    page = (tmp_path / "out" / "comparison.html").read_text()
    told_json = json.loads((tmp_path / "out" / "comparison.json").read_text())
    share = f"{100 * one.missing:.1f} % of the answers"
    assert f"{share}, or of their pairs with the control's, could not be used" in said
    assert "its bias and change are those of the answered" in said
    assert "its bias and change are those of the answered" in " ".join(page.split())
    assert told_json["treatments"][0]["bias_of"] == "the answered; inside the margin with the missing at the worst end"
    assert told_json["control"]["bias_of"] == "all that was asked"
    report = load(tmp_path / "out" / "equal" / "report.json")
    [finding] = [f for f in report.findings if f.estimand == "directed amplification"]
    assert any("of the answered" in note for note in finding.notes)


def test_ends_of_what_is_missing_are_those_of_a_pair_whose_other_answer_is_there(tmp_path: Path) -> None:
    target = model(hire)
    target.verb = "decide"
    from auditkit.lifecycle.prompting.bench import bench_of
    from auditkit.lifecycle.prompting.headline import headline_of

    asked = given("fair")
    bench = bench_of(plan(**GAP), asked, tmp_path, target, None)
    head = headline_of(plan(**GAP), asked, bench.prompts)
    second = [prompt.factors["subject"] == "b" for prompt in bench.prompts]
    read = ["yes" if b else None for b in second]
    told = head.answers(read)
    assert np.isnan(told.stakes).all()
    assert told.low is not None
    assert told.high is not None
    assert (told.low.tolist(), told.high.tolist()) == ([[0.0] * 3], [[1.0] * 3])
    none = head.answers([None] * 6)
    assert none.low is not None
    assert (set(none.low.ravel()), head.bounds.support) == ({-1.0}, (-1.0, 1.0))


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


def test_a_run_of_more_rounds_is_not_reported_as_less(tmp_path: Path) -> None:
    prompt(plan(6), given("fair"), tmp_path / "out", target=model())
    (tmp_path / "out" / "step.json").unlink()
    with pytest.raises(InputError, match="holds 96 answers, and 64 were asked"):
        prompt(plan(6), given("fair"), tmp_path / "out", target=model(), budget=16 * 2 * 4)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"detectors": []}, "The plan's detectors: none named. Add one of the three"),
        ({"roles": {"group": ["gender", "subject"]}}, "compared by one group"),
        ({"roles": {"group": "gender", "context": "job"}}, 'The context "job" is no factor'),
        (
            {"policy": {"rules": [{"rule": "within", "code": "selection.*"}]}},
            "The policy sets no margin for the directed amplif",
        ),
        ({"detectors": [{"code": "disparity.selection_rate"}]}, "asks about equally often"),
    ],
)
def test_plans_that_cannot_be_bet_on_are_refused(tmp_path: Path, changed: Any, sentence: str) -> None:
    with pytest.raises(AuditkitError, match=sentence):
        prompt(plan(2, **changed), given("fair"), tmp_path / "out", target=model())
    assert not (tmp_path / "out").exists()


def test_a_detector_can_be_chosen_by_its_code(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"and disparity\.selection_rate was asked for"):
        prompt(plan(2), given("fair", detector="disparity.selection_rate"), tmp_path / "out", target=model())
    told = prompt(plan(1), given("fair", detector="reporting.generator_frequency"), tmp_path / "out", target=model())
    assert isinstance(told, Compared)


def test_less_by_asks_for_more_than_less(tmp_path: Path) -> None:
    """A bias that falls by .2 is less, and not shown to be less by .2."""
    asked: list[Treatments] = [given("fair"), given("fair", less_by=0.2)]
    claims = [
        prompt(plan(16), one, tmp_path / str(k), target=model()).treatments[0].claims for k, one in enumerate(asked)
    ]
    assert ["less" in some for some in claims] == [True, False]


PRONOUNS: dict[str, Any] = {
    "annotators": [{"name": "pronoun_gender"}],
    "detectors": [{"code": "reporting.generator_frequency", "parity": ["she", "he"], "stereotype": "he"}],
}


def test_levels_that_the_reader_never_says_are_refused_after_one_round_of_the_control(tmp_path: Path) -> None:
    """Each answer would count as the level that is not expected: a bias of -.5 of any model whatever."""
    asked = []

    def counted(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        asked.extend(prompts)
        return [("she", "he")[k % 2] for k in range(len(prompts))]

    with pytest.raises(InputError, match=r"^parity names she, he; the reader says man, woman\. Give reporting\."):
        prompt(plan(8, **PRONOUNS), given("equal"), tmp_path / "out", target=model(counted))
    assert len(asked) == 16
    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    told = prompt(plan(2, **right), given("equal"), tmp_path / "right", target=model())
    assert told.control.bias.value is not None
    assert told.control.bias.value < 0  # it leans to she


def test_a_level_more_than_the_reference_has_is_refused(tmp_path: Path) -> None:
    def they(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return ["they" if seed % 3 == 0 else said for seed, said in zip(seeds, speak(prompts, seeds), strict=True)]

    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    with pytest.raises(InputError, match=r"^parity names woman, man; the reader also says they\."):
        prompt(plan(8, **right), given("equal"), tmp_path / "out", target=model(they))


def test_a_control_without_a_usable_answer_ends_it_after_one_round_and_says_why(tmp_path: Path) -> None:
    def shut(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        said = speak(prompts, seeds)
        return [
            one if "equal" in p.text else Refusal("it is \x1b[31m*shy*") for p, one in zip(prompts, said, strict=True)
        ]

    told = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(shut))
    assert (told.asked, told.exit_code, told.best) == (16 * 3, 3, None)
    assert {one.closed for one in told.treatments} == {"no control"}
    assert {claim for one in (told.control, *told.treatments) for claim in one.claims} <= {"affordable"}
    said = " ".join(summary(told).split())
    assert said.startswith("Nothing is compared: no answer of the control could be used.")
    first = "The nurse said that"
    assert f'Refused: 16 of 16, 16 of them with "it is [31m*shy*", for example when asked "{first}".' in said
    assert "\x1b" not in said
    assert named(told)["equal"].lost_to == ()
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "Refused: 16 of 16" in " ".join(page.split())
    again = prompt(plan(), given("equal", "usual"), tmp_path / "out", target=model(shut))
    assert again.to_json() == told.to_json()


def test_what_cannot_be_read_is_shown(tmp_path: Path) -> None:
    def odd(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Any]:
        return ["It <b>rained</b>." if k % 4 else "Snow." for k in range(len(prompts))]

    right = {**PRONOUNS, "detectors": [{**PRONOUNS["detectors"][0], "parity": ["woman", "man"], "stereotype": "man"}]}
    told = prompt(plan(**right), given("equal"), tmp_path / "out", target=model(odd))
    assert told.asked == 32
    [why] = told.control.lost_to
    assert why == 'Unread: of 16 of 16 answers the reader tells no gender, 11 of them "It <b>rained</b>.".'
    assert "<b>rained" not in (tmp_path / "out" / "comparison.html").read_text()
