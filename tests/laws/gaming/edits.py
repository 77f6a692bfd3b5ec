"""Gaming edits: what somebody might do to a plan, a policy, a baseline, the data or a report to have a green gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from auditkit.baselining import create, read_baseline
from auditkit.core.report import Report
from auditkit.rules import Policy
from tests.laws.gaming.desk import Desk, git

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
