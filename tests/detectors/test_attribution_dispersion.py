"""Dispersion by hand, what it withholds and why, and prompts that stand for others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from auditkit import audit
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import Rows
from auditkit.core.finding import Reference
from auditkit.core.judgement import Outcome
from auditkit.core.roles import MISSING
from auditkit.detectors.attribution import Dispersion
from auditkit.gating import alone

IN = Dispersion(ingroup="in")


def withheld(finding):
    return {cap.because.split(" ", 4)[3] for cap in finding.caps}, {cap.withholds for cap in finding.caps}


def completions(out, inner, prompts=1):
    """The same completions of each group to each prompt."""
    columns = {
        "group": (["out"] * len(out) + ["in"] * len(inner)) * prompts,
        "prediction": [*out, *inner] * prompts,
        "context": np.repeat(np.arange(prompts), len(out) + len(inner)).astype(str).tolist(),
    }
    return Rows.of(columns)


def test_completions_by_hand():
    """aab differ in 2 of 3 pairs; abcc in 5 of 6."""
    (finding,) = IN.examine(completions("aab", "abcc", prompts=12))
    assert finding.estimate.value == pytest.approx((2 / 3) / (5 / 6))
    assert (finding.estimand, finding.level, finding.versus) == ("dispersion ratio, prediction", "out", "in")
    assert finding.caps == ()
    assert "These prompts only." in finding.notes


def test_fewer_than_ten_prompts_decide_nothing():
    (finding,) = IN.examine(completions("aab" * 40, "abcc" * 40, prompts=9))
    assert {cap.withholds for cap in finding.caps} == {"PASS", "FAIL"}
    assert "9 of the 10 prompts" in finding.caps[0].because
    assert alone(finding) is Outcome.INCONCLUSIVE
    (finding,) = IN.examine(completions("aab" * 40, "abcc" * 40, prompts=10))
    assert finding.caps == ()


def test_scores_of_people_need_no_prompts():
    rng = np.random.default_rng(1)
    score = np.concatenate([rng.standard_normal(400) * 0.3, rng.standard_normal(400)])
    rows = Rows.of({"group": ["out"] * 400 + ["in"] * 400}, {"score": score})
    (finding,) = IN.examine(rows)
    assert finding.caps == ()
    assert alone(finding) is Outcome.FAIL


def without(world, *roles):
    rows = world.evidence
    columns = {axis: rows.column(axis).tolist() for axis in rows.axes if axis not in roles}
    numbers = {role: value for role, value in rows.numbers.items() if role not in roles}
    return Rows.of(columns, numbers, measured={role: rows.measured[role] for role in numbers})


def one_encoder(rows, keep="wide"):
    chosen = [i for i, name in enumerate(rows.measured["vector"]) if name.startswith(keep)]
    columns = {axis: rows.column(axis).tolist() for axis in rows.axes}
    numbers = {**rows.numbers, "vector": rows.numbers["vector"][:, chosen]}
    return Rows.of(columns, numbers, measured={**rows.measured, "vector": [f"{keep}.{i}" for i in chosen]})


def test_one_encoder_alone_decides_nothing_and_a_second_or_a_completion_beside_it_does():
    world = IN.plant(1.0, 1200, np.random.default_rng(2))
    vectors = without(world, "score", "prediction")
    (alone_,) = IN.examine(one_encoder(vectors))
    assert "one encoder" in alone_.caps[0].because
    assert alone(alone_) is Outcome.INCONCLUSIVE
    for rows in (vectors, one_encoder(without(world, "score")), one_encoder(without(world, "prediction"))):
        first, second = IN.examine(rows)
        assert (first.caps, second.caps) == ((), ())
        assert alone(first) is Outcome.FAIL


def test_measures_that_do_not_agree_leave_the_encoder_undecided_and_the_completions_as_they_are():
    compressed, fair = (IN.plant(dose, 1200, np.random.default_rng(3)).evidence for dose in (1.0, 0.0))
    columns = {axis: compressed.column(axis).tolist() for axis in ("group", "context", "prediction")}
    order = np.lexsort((fair.column("context"), fair.column("group")))
    place = np.lexsort((columns["context"], columns["group"]))
    vector = np.empty_like(fair.numbers["vector"])
    vector[place] = fair.numbers["vector"][order]
    mixed = one_encoder(Rows.of(columns, {"vector": vector}, measured=fair.measured))
    encoder, completion = IN.examine(mixed)
    assert encoder.estimate.value > 0.8 > completion.estimate.value
    assert "do not agree" in encoder.caps[0].because
    assert completion.caps == ()
    assert alone(completion) is Outcome.FAIL


def test_a_reference_is_divided_by_and_an_estimated_one_withholds():
    rows = completions("aab" * 20, "abcc" * 20, prompts=12)
    (plain,) = IN.examine(rows)
    real = Reference(0.8, why="captions that people wrote of both", source="a survey")
    (over,) = Dispersion(ingroup="in", reference=real).examine(rows)
    assert over.estimate.value == pytest.approx(plain.estimate.value / 0.8)
    assert over.caps == ()
    (unsure,) = Dispersion(ingroup="in", reference=Reference(0.8, "w", "s", n=500)).examine(rows)
    assert {cap.withholds for cap in unsure.caps} == {"PASS", "FAIL"}
    with pytest.raises(InputError, match="one positive number"):
        Dispersion(ingroup="in", reference=Reference({"a": 1.0}, "w", "s")).examine(rows)


def test_prompts_that_are_units_stand_for_others_and_other_units_are_refused():
    rows = IN.plant(0.5, 1200, np.random.default_rng(4)).evidence
    columns = {axis: rows.column(axis).tolist() for axis in rows.axes}
    prompts = Rows.of({**columns, "unit": [f"u{p}" for p in columns["context"]]}, rows.numbers, measured=rows.measured)
    found = IN.examine(prompts)
    assert {finding.estimate.clusters for finding in found} == {10}
    assert all("Prompts stand for others like them." in finding.notes for finding in found)
    for finding, fixed in zip(found, IN.examine(rows), strict=True):
        assert finding.estimate.value == pytest.approx(fixed.estimate.value)
    people = Rows.of({**columns, "unit": [str(i % 40) for i in range(1200)]}, rows.numbers, measured=rows.measured)
    with pytest.raises(CannotDecide, match="units share rows"):
        IN.examine(people)


def test_what_is_missing_is_left_out_and_said():
    whole = completions("aabb" * 10, "abcc" * 10, prompts=10)
    columns = {axis: whole.column(axis).tolist() for axis in whole.axes}
    more = {**columns, "prediction": columns["prediction"] + [MISSING] * 3}
    more["group"], more["context"] = columns["group"] + ["out"] * 3, columns["context"] + ["0"] * 3
    (before,), (after,) = IN.examine(whole), IN.examine(Rows.of(more))
    assert after.estimate == before.estimate
    assert "3 rows have no prediction, and take no part." in after.notes


def test_what_decides_nothing_says_why():
    with pytest.raises(CannotDecide, match="vector, score or prediction"):
        IN.examine(Rows.of({"group": ["out", "in"]}))
    with pytest.raises(InputError, match="Say which with ingroup"):
        Dispersion().examine(completions("aab", "abcc"))
    with pytest.raises(CannotDecide, match="nothing can be compared"):
        IN.examine(completions("", "abcc"))
    (finding,) = IN.examine(completions("abc", "aaa", prompts=10))
    assert "alike" in finding.estimate.reason
    (finding,) = IN.examine(completions("a", "abc", prompts=10))
    assert finding.estimate.value is None


def test_every_out_group_is_compared_with_the_in_group_through_the_front_door():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "who": np.resize(["us", "them", "others"], 900),
            "prompt": np.repeat(np.arange(10), 90),
            "bert": [list(v) for v in rng.standard_normal((900, 4))],
            "said": rng.choice(["a", "b", "c"], 900),
        }
    )
    report = audit(frame, Dispersion(ingroup="us"), group="who", context="prompt", vector="bert", prediction="said")
    told = {(f.estimand, f.level) for f in report.findings}
    assert told == {(f"dispersion ratio, {r}", who) for r in ("vector", "prediction") for who in ("them", "others")}
    assert not any(f.caps for f in report.findings)
