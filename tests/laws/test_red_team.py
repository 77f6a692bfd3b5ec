"""Gaming edits, each made on a real repository whose honest gate is red: every one keeps or turns the exit code, or is
listed in the summary that a reviewer reads."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from auditkit import rendering
from auditkit.baselining import create, read_baseline
from auditkit.cli import main
from auditkit.core.report import Report
from auditkit.planning import read_plan
from auditkit.rules import Policy
from auditkit.running import run

POLICY = """inconclusive = "fail"
[[rules]]
rule = "within"
margin = 0.05
[[rules]]
rule = "ratio"
"""
PLAN = """[data]
path = "data.csv"
subject = "hiring"

[roles]
group = ["sex", "race"]
outcome = "hired"
prediction = "said"

[[detectors]]
code = "disparity.selection_rate"
favourable = "yes"

[[detectors]]
code = "disparity.error_rates"
positive = "yes"
metrics = ["accuracy"]
"""
COMPOSED = """[data]
path = "data.csv"

[roles]
group = "sex"

[[detectors]]
code = "selection.composition"
reference = { value = { f = 0.5, m = 0.5 }, why = "the town", source = "its census" }
"""
CROSSED = "crossed = true\n" + PLAN
PLANNED = PLAN + '\n[policy]\n[[policy.rules]]\nrule = "within"\nmargin = 0.05\n'
SHARED = PLAN.replace('prediction = "said"\n', 'prediction = "said"\nunit = "person"\nweight = "w"\n')


def people(bias: int, cell: int = 700) -> pd.DataFrame:
    """Six groups of sex and race; three in ten are hired, and of men `bias` in a hundred more. Men in m are said to be
    hired who are not."""
    rows = []
    for sex in "fm":
        for race in "xyz":
            hired = cell * (30 + bias * (sex == "m")) // 100
            wrong = cell * (10 + bias * (sex == "m")) // 100
            for i in range(cell):
                yes, errs = i < hired, (i * 7) % cell < wrong
                rows.append(
                    (
                        sex,
                        race,
                        "yes" if yes else "no",
                        "yes" if yes != errs else "no",
                        f"{sex}{race}{i % (cell // 2)}",
                        1 + i % 3,
                    )
                )
    return pd.DataFrame(rows, columns=["sex", "race", "hired", "said", "person", "w"])


@dataclass
class Desk:
    """A checkout: the plan, the data, the policy and the baseline, and what the gate says of them."""

    folder: Path
    policy: str = "policy.toml"
    revision: str | None = None

    def __getattr__(self, name: str) -> Path:
        files = {"data": "data.csv", "plan": "plan.toml", "rules": "policy.toml", "baseline": "auditkit.baseline.json"}
        return self.folder / files[name]

    @property
    def report(self) -> Path:
        return self.folder / "out" / "report.json"

    def rewrite(self, file: Path, old: str, new: str) -> None:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def table(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        change(pd.read_csv(self.data, dtype=str)).to_csv(self.data, index=False)

    def told(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Edit report.json by hand; it is not audited again."""
        self.audit()
        data = json.loads(self.report.read_text())
        change(data)
        self.report.write_text(json.dumps(data))

    def audit(self) -> None:
        if not self.report.exists():
            run(read_plan(self.plan))[0].save(self.report)

    def gate(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        """The exit code, and the summary in Markdown as a reader sees it."""
        self.audit()
        capsys.readouterr()
        args = ["gate", str(self.report), "--policy", str(self.folder / self.policy), "--format", "md"]
        args += ["--baseline", str(self.baseline)] + ([] if self.revision is None else ["--policy-from", self.revision])
        code = main(args)
        out, err = capsys.readouterr()
        return code, (out + err).replace("\\", "").replace("&lt;", "<")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def repository(folder: Path, plan: str, before: pd.DataFrame, after: pd.DataFrame, policy: str = POLICY) -> Path:
    """On main a world whose gate is green, with its baseline; in the working tree the one that is to be judged."""
    folder.mkdir()
    (folder / "policy.toml").write_text(policy)
    (folder / "plan.toml").write_text(plan)
    before.to_csv(folder / "data.csv", index=False)
    report, judgement = run(read_plan(folder / "plan.toml"))
    assert judgement.exit_code == 0
    (folder / "auditkit.baseline.json").write_text(create(report, Policy.read(folder / "policy.toml")).to_json())
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "a green gate")
    after.to_csv(folder / "data.csv", index=False)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _templates_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "_environment", cache(rendering._environment))
        yield


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home, fair, biased = tmp_path_factory.mktemp("repositories"), people(0), people(18)
    few_women = pd.concat([fair[fair.sex == "m"], fair[fair.sex == "f"].iloc[::3]])
    made = {
        "": (PLAN, fair, biased),
        "green": (PLAN, fair, fair),
        "composed": (COMPOSED, fair, few_women, '[[rules]]\nrule = "ratio"\n'),
        "crossed": (CROSSED, fair, biased),
        "planned": (PLANNED, fair, biased),
        "shared": (SHARED, fair, biased),
    }
    return {name: repository(home / f"w{name}", *parts) for name, parts in made.items()}


@pytest.fixture
def desk(worlds: dict[str, Path], tmp_path: Path) -> Callable[[str], Desk]:
    def copied(name: str) -> Desk:
        shutil.copytree(worlds[name], tmp_path / "desk")
        return Desk(tmp_path / "desk")

    return copied


@pytest.mark.parametrize(("name", "code"), [("", 1), ("green", 0), ("composed", 1), ("crossed", 1), ("shared", 1)])
def test_the_honest_gate(name: str, code: int, desk: Callable[[str], Desk], capsys: pytest.CaptureFixture[str]) -> None:
    """Red where the world is biased; and where nobody edited anything nothing is listed, save that there are fewer
    women, and that rows that share people are worth less where these are treated alike."""
    at = desk(name)
    for at.revision in (None, "main"):
        exit_code, summary = at.gate(capsys)
        assert exit_code == code, summary
        assert ("What changed" in summary) == (name in ("composed", "shared")), summary


Edit = Callable[[Desk], None]


def loosened(d: Desk) -> None:
    d.rewrite(d.rules, "margin = 0.05", "margin = 0.5")
    d.rewrite(d.rules, 'rule = "ratio"', 'rule = "ratio"\nat_least = 0.1')


def loosened_beside_main(d: Desk) -> None:
    loosened(d)
    d.revision = "main"


def in_the_plan(d: Desk) -> None:
    """The plan holds its policy."""
    d.rewrite(d.plan, "margin = 0.05", "margin = 0.9")
    d.policy, d.revision = "plan.toml", "main"


def warned(d: Desk) -> None:
    """A gate that decides nothing, and only warns of it."""
    d.rewrite(d.rules, 'inconclusive = "fail"', 'inconclusive = "warn"')
    d.rules.write_text(d.rules.read_text() + '[[rules]]\nrule = "enough"\nn_eff = 100000\n')


def more_is_enough(d: Desk) -> None:
    d.rules.write_text(d.rules.read_text() + '[[rules]]\nrule = "enough"\nn_eff = 100000\n')


def uncorrected(d: Desk) -> None:
    d.rules.write_text('multiplicity = "none"\n' + d.rules.read_text())


def narrowed(d: Desk) -> None:
    d.rewrite(d.rules, "margin = 0.05", 'margin = 0.05\nestimand = "nothing*"')


def narrowed_to_what_passes(d: Desk) -> None:
    """Only the differences by race are looked at, and no ratio."""
    d.rules.write_text('[[rules]]\nrule = "ratio"\ncode = "selection.*"\n')


def without_rules(d: Desk) -> None:
    d.rules.write_text('[[rules]]\nrule = "assessed"\n')


def assessed_less(d: Desk) -> None:
    """The detectors that speak of bias are dropped, and nobody asks for them any more."""
    d.rules.write_text(d.rules.read_text() + '[[rules]]\nrule = "assessed"\ncodes = ["disparity.error_rates"]\n')
    d.rewrite(d.plan, '[[detectors]]\ncode = "disparity.selection_rate"\nfavourable = "yes"\n', "")


def group_dropped(d: Desk) -> None:
    d.table(lambda t: t[t.sex == "f"])


def race_dropped(d: Desk) -> None:
    d.table(lambda t: t[t.race != "z"])


def column_renamed(d: Desk) -> None:
    d.table(lambda t: t.rename(columns={"sex": "gender"}))
    d.rewrite(d.plan, '"sex"', '"gender"')


def column_dropped(d: Desk) -> None:
    d.rewrite(d.plan, '["sex", "race"]', '["race"]')


def level_renamed(d: Desk) -> None:
    d.table(lambda t: t.replace({"sex": {"m": "male"}}))


def groups_merged(d: Desk) -> None:
    d.table(lambda t: t.replace({"race": {"y": "x or y", "x": "x or y"}}))


def rows_fewer(d: Desk) -> None:
    d.table(lambda t: t.iloc[::100])


def rows_fewer_and_warned(d: Desk) -> None:
    rows_fewer(d)
    d.rewrite(d.rules, 'inconclusive = "fail"', 'inconclusive = "warn"')


def rows_repeated(d: Desk) -> None:
    """What is undecided is repeated until it passes."""
    d.table(lambda t: pd.concat([t] * 3))


def rows_missing(d: Desk) -> None:
    """Of the men who were hired too often nobody knows any more that they are men."""
    d.table(lambda t: t.assign(sex=t.sex.where((t.sex != "m") | (t.hired != "yes") | (t.index % 3 == 0))))


def rows_dropped_to_balance(d: Desk) -> None:
    d.table(lambda t: t[(t.sex != "m") | (t.hired != "yes") | (t.index % 5 < 3)])


def detector_dropped(d: Desk) -> None:
    start = d.plan.read_text().index('[[detectors]]\ncode = "disparity.error_rates"')
    d.plan.write_text(d.plan.read_text()[:start])


def metric_changed(d: Desk) -> None:
    d.rewrite(d.plan, 'metrics = ["accuracy"]', 'metrics = ["precision"]')


def favourable_changed(d: Desk) -> None:
    d.rewrite(d.plan, 'favourable = "yes"', 'favourable = "no"')


def described_only(d: Desk) -> None:
    """Against the highest group nothing is judged."""
    d.rewrite(d.plan, 'favourable = "yes"', 'favourable = "yes"\nversus = "highest"')


def reference_changed(d: Desk) -> None:
    d.rewrite(d.plan, "f = 0.5, m = 0.5", "f = 0.25, m = 0.75")


def uncrossed(d: Desk) -> None:
    d.rewrite(d.plan, "crossed = true\n", "")


def unit_dropped(d: Desk) -> None:
    d.rewrite(d.plan, 'unit = "person"\n', "")


def weight_dropped(d: Desk) -> None:
    d.rewrite(d.plan, 'weight = "w"\n', "")


def another_column(d: Desk) -> None:
    """What is judged is another column, in which everybody gets the same."""
    d.table(lambda t: t.assign(tidy=["yes" if i % 10 < 3 else "no" for i in range(len(t))]))
    d.rewrite(d.plan, 'prediction = "said"', 'prediction = "tidy"')


def findings_deleted(d: Desk) -> None:
    d.told(lambda r: r.update(findings=[f for f in r["findings"] if f["attribute"] != "sex"]))


def audit_rewritten(d: Desk) -> None:
    """Nothing in the report says that the other detector was ever asked."""

    def rewritten(r: dict[str, Any]) -> None:
        mine = "disparity.selection_rate"
        r["findings"] = [f for f in r["findings"] if f["code"] == mine and f["attribute"] == "race"]
        r["recipe"]["detectors"] = [one for one in r["recipe"]["detectors"] if one["code"] == mine]

    d.told(rewritten)


def bounds_edited(d: Desk) -> None:
    def edited(r: dict[str, Any]) -> None:
        for f in r["findings"]:
            null = f["null"]
            f["estimate"] |= {"value": null, "lower": [null - 0.001] * 9, "upper": [null + 0.001] * 9}

    d.told(edited)


def flat(f: dict[str, Any]) -> None:
    """An interval of next to nothing about no bias."""
    null = f["null"]
    f["estimate"] |= {"value": null, "lower": [null - 0.001] * 9, "upper": [null + 0.001] * 9}


def bounds_edited_and_counts_disowned(d: Desk) -> None:
    d.told(lambda r: [(f.update(recount=False), flat(f)) for f in r["findings"]])


def bounds_edited_beside_three_counts(d: Desk) -> None:
    d.told(lambda r: [(f["counts"].append(f["counts"][-1]), flat(f)) for f in r["findings"]])


def bounds_edited_without_counts(d: Desk) -> None:
    d.told(lambda r: [(f.update(counts=[]), flat(f)) for f in r["findings"]])


def upper_bounds_alone(d: Desk) -> None:
    def edited(r: dict[str, Any]) -> None:
        for f in r["findings"]:
            f["margin"][0] = None
            f["estimate"] |= {"value": None, "lower": [None] * 9, "upper": [f["null"] + 0.001] * 9}

    d.told(edited)


def margin_without_sides(d: Desk) -> None:
    d.told(lambda r: [f.update(margin=[None, None]) for f in r["findings"]])


def one_sided(r: dict[str, Any]) -> None:
    for f in r["findings"]:
        below = f["estimate"]["value"] < f["null"]
        f["margin"] = [None, f["margin"][1]] if below else [f["margin"][0], None]


def told_twice(d: Desk) -> None:
    """What is compared with the baseline is its own; what is biased is judged on the side where it is not."""

    def edited(r: dict[str, Any]) -> None:
        one_sided(r)
        r["findings"] += json.loads(d.baseline.read_text())["report"]["findings"]

    d.told(edited)


def drowned(d: Desk) -> None:
    """Nothing of what changed finds room beside a subject of a million letters."""

    def edited(r: dict[str, Any]) -> None:
        one_sided(r)
        r["recipe"]["subject"] = "x" * 1_000_000

    d.told(edited)


def a_plain_report_for_a_baseline(d: Desk) -> None:
    """It names no policy, so that none is compared."""
    d.baseline.write_text(json.dumps(json.loads(d.baseline.read_text())["report"]))
    loosened(d)


def assessing_nothing(d: Desk) -> None:
    d.rules.write_text(d.rules.read_text() + '[[rules]]\nrule = "assessed"\ncodes = []\n')
    group_dropped(d)


def margin_in_the_report(d: Desk) -> None:
    """The report says that only an excess is a bias, or only what is far below."""

    def edited(r: dict[str, Any]) -> None:
        for f in r["findings"]:
            below = f["estimate"]["value"] < f["null"]
            f["margin"] = [None, f["margin"][1]] if below else [f["margin"][0], None]

    d.told(edited)


def withheld_in_the_report(d: Desk) -> None:
    d.rewrite(d.rules, 'inconclusive = "fail"', 'inconclusive = "warn"')
    d.told(lambda r: [f.update(caps=[["FAIL", "it is complicated"]]) for f in r["findings"]])


def silence_deleted(d: Desk) -> None:
    d.told(lambda r: r.update(findings=[], not_assessed=[]))


def baseline_edited(d: Desk) -> None:
    d.rewrite(d.baseline, '"rows": 4200', '"rows": 42')


def acceptance_written_in(d: Desk) -> None:
    data = json.loads(d.baseline.read_text())
    key = data["report"]["findings"][0]
    which = [key["code"], key["estimand"], key["level"], key["versus"], key["attribute"]]
    data["accepted"] = [{"rule": "within", "key": which, "reason": "r", "owner": "o", "expires": "2099-01-01"}]
    d.baseline.write_text(json.dumps(data))


def baseline_of_the_bias(d: Desk) -> None:
    """The baseline is made again of the biased report, and everything in it accepted for decades."""
    d.audit()
    report = Report.from_json(d.report.read_text())
    lasting = {"reason": "fine", "owner": "me", "expires": date(2099, 1, 1)}
    codes = ["disparity.selection_rate", "disparity.error_rates"]
    d.baseline.write_text(create(report, Policy.read(d.rules), accept=codes, **lasting).to_json())


def baseline_of_the_bias_beside_main(d: Desk) -> None:
    baseline_of_the_bias(d)
    d.revision = "main"


def accepted_and_put_off(d: Desk) -> None:
    """Main accepts nothing any more: what it accepts has expired. The working tree puts that off."""
    baseline_of_the_bias(d)
    good = read_baseline(d.baseline)
    d.baseline.write_text(
        replace(good, accepted=tuple(replace(a, expires=date(2026, 1, 1)) for a in good.accepted)).to_json()
    )
    git(d.folder, "commit", "-q", "-a", "-m", "accepted for a while")
    d.baseline.write_text(good.to_json())
    d.revision = "main"


def baseline_removed(d: Desk) -> None:
    d.baseline.unlink()


def baseline_removed_beside_main(d: Desk) -> None:
    d.baseline.unlink()
    loosened_beside_main(d)


def a_tag_named_main(d: Desk) -> None:
    loosened(d)
    git(d.folder, "checkout", "-q", "-b", "mine")
    git(d.folder, "commit", "-q", "-a", "-m", "loose")
    git(d.folder, "tag", "main")
    d.revision = "main"


EDITS: dict[str, tuple[str, Edit, int, tuple[str, ...]]] = {
    "loosen the margins": ("", loosened, 0, ("margin was 0.05 and is 0.5", "atleast was not set and is 0.1")),
    "loosen them where main judges": ("", loosened_beside_main, 1, ("does not judge", "margin was 0.05 and is 0.5")),
    "loosen the plan's policy": ("planned", in_the_plan, 1, ("does not judge", "margin was 0.05 and is 0.9")),
    "decide nothing and warn": ("", warned, 0, ("inconclusive was fail and is warn", "neff was 30 and is 100000")),
    "raise what is enough": ("", more_is_enough, 3, ("neff was 30 and is 100000",)),
    "allow for no multiplicity": ("", uncorrected, 1, ("multiplicity was holm and is none",)),
    "narrow a rule": ("", narrowed, 1, ("estimand was * and is nothing*",)),
    "narrow the rules to what passes": ("", narrowed_to_what_passes, 3, ("The rule within", "is gone")),
    "delete the rules": ("", without_rules, 3, ("The rule within", "The rule ratio", "is gone")),
    "drop a detector and do not ask for it": ("", assessed_less, 1, ("disparity.selectionrate", "no longer has *")),
    "drop one of two groups": ("", group_dropped, 3, ("has vanished", "Gone from sex: m")),
    "drop a group": ("", race_dropped, 1, ("has vanished", "Gone from race: z")),
    "drop a group of a green world": ("green", race_dropped, 3, ("has vanished", "Gone from race: z")),
    "rename a column": ("green", column_renamed, 3, ("has vanished", "was played by sex, race")),
    "drop a column": ("", column_dropped, 3, ("has vanished", "was played by sex, race and is played by race")),
    "rename a level": ("green", level_renamed, 3, ("has vanished", "New in sex: male")),
    "merge groups": ("green", groups_merged, 3, ("has vanished", "Gone from race: x, y", "New in race: x or y")),
    "lower n": ("", rows_fewer, 3, ("42 rows, and the baseline on 4,200", "Fewer rows by more than 10 %")),
    "lower n and warn": ("", rows_fewer_and_warned, 0, ("42 rows, and", "Too few rows", "fail and is warn")),
    "repeat the rows": ("green", rows_repeated, 0, ("12,600 rows, and the baseline on 4,200", "More rows")),
    "make rows missing": ("", rows_missing, 1, ("rows have no group (sex), and in the baseline 0",)),
    "drop rows until it balances": ("", rows_dropped_to_balance, 1, ("Fewer rows by more than 10 %: m of sex",)),
    "drop a detector": ("green", detector_dropped, 3, ("has vanished", "The detector disparity.errorrates")),
    "change the metric": ("green", metric_changed, 3, ("has vanished", "no longer has accuracy and now has precision")),
    "change what is favourable": ("", favourable_changed, 1, ("favourable was yes and is no",)),
    "compare so that nothing is judged": ("", described_only, 1, ("versus was not set and is highest",)),
    "change the reference": ("composed", reference_changed, 0, ("reference.value.f was 0.5 and is 0.25", "reference")),
    "switch crossed off": ("crossed", uncrossed, 1, ("has vanished", "No longer said of the data: Groups are crossed")),
    "drop the unit": ("shared", unit_dropped, 1, ("No column plays the role unit any more",)),
    "drop the weight": ("shared", weight_dropped, 1, ("No column plays the role weight any more",)),
    "judge another column": ("", another_column, 3, ("The role prediction was played by said",)),
    "delete findings from the report": ("", findings_deleted, 3, ("has vanished", "no longer tells 2 findings")),
    "delete a detector from the report": (
        "",
        audit_rewritten,
        3,
        ("has vanished", "The detector disparity.errorrates"),
    ),
    "edit the bounds": ("", bounds_edited, 3, ("was edited",)),
    "edit the bounds, and say that the counts do not make them": (
        "",
        bounds_edited_and_counts_disowned,
        0,
        ("was made by its counts alone and is not",),
    ),
    "edit the bounds beside three counts": ("", bounds_edited_beside_three_counts, 3, ("was edited",)),
    "edit the bounds and delete the counts": ("", bounds_edited_without_counts, 3, ("was edited",)),
    "leave upper bounds alone": ("", upper_bounds_alone, 3, ("was edited",)),
    "tolerate everything in the report": ("", margin_without_sides, 2, ("no limit on either side",)),
    "tell everything twice": ("", told_twice, 0, ("told more than once",)),
    "drown what changed": ("", drowned, 0, ("The subject was hiring", "was ±0.05 and is")),
    "put a plain report for the baseline": ("", a_plain_report_for_a_baseline, 0, ("no change of the policy",)),
    "ask that nothing is assessed": ("", assessing_nothing, 2, ("codes is empty",)),
    "edit the margins in the report": ("", margin_in_the_report, 0, ("margin that is suggested", "was ±0.05 and is")),
    "withhold verdicts in the report": ("", withheld_in_the_report, 0, ("withholds FAIL, since it is complicated",)),
    "empty the report": ("", silence_deleted, 3, ("has vanished",)),
    "edit the baseline": ("green", baseline_edited, 2, ("edited by hand",)),
    "write an acceptance into the baseline": ("", acceptance_written_in, 2, ("edited by hand",)),
    "accept it all": ("", baseline_of_the_bias, 0, ("accepted by me until 2099-01-01",)),
    "accept it all where main judges": (
        "",
        baseline_of_the_bias_beside_main,
        1,
        ("is not used", "accepted by me until"),
    ),
    "extend an expiry": ("", accepted_and_put_off, 1, ("until 2026-01-01", "accepted by me until 2099-01-01")),
    "remove the baseline": ("", baseline_removed, 2, ("There is no baseline",)),
    "remove it where main judges": ("", baseline_removed_beside_main, 1, ("is gone; that of main",)),
    "name a tag main": ("", a_tag_named_main, 2, ("more than one revision",)),
}


@pytest.mark.parametrize(("world", "edit", "code", "listed"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_turns_the_gate_or_is_listed(
    world: str,
    edit: Edit,
    code: int,
    listed: tuple[str, ...],
    desk: Callable[[str], Desk],
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = desk(world)
    edit(at)
    exit_code, summary = at.gate(capsys)
    assert exit_code == code, summary
    for words in listed:
        assert words in summary.replace("_", ""), summary


def test_there_are_enough_edits() -> None:
    assert len(EDITS) >= 40
    assert all(listed or code for _, _, code, listed in EDITS.values())
