"""The worlds hold what they say: large tables agree with the closed form, and a story's own size can decide."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
import pandas as pd
import pytest
import readings
import statsmodels.api as sm
from readings import RATIO, Estimates, mean
from scipy.integrate import quad
from scipy.stats import norm

from auditkit.lab.stories import STORIES
from auditkit.lab.story import Story

LARGE = 200_000


def book_reviews(t: pd.DataFrame) -> Estimates:
    share, se = mean(t["stars"].isin([1, 5]))
    return {"excess of extreme reviews": (share - 0.25, se)}


def sprockets(t: pd.DataFrame) -> Estimates:
    y, h, m = (t[name].eq("yes").to_numpy(float) for name in ("defective", "inspector", "model"))
    precision = [y[said == 1].mean() for said in (m, h)]
    influence = m * (y - precision[0]) / m.mean() - h * (y - precision[1]) / h.mean()
    return {
        "recall, model minus inspectors": mean((m - h)[y == 1]),
        "precision, model minus inspectors": (precision[0] - precision[1], mean(influence)[1]),
    }


def phone_survey_coverage(t: pd.DataFrame) -> Estimates:
    share, se = mean(t["product"].eq("competitor"))
    return {
        "total variation": (0.55 - share, se),
        "representation of competitor": (share / 0.55, se / 0.55),
        "representation of ours": ((1 - share) / 0.45, se / 0.45),
    }


def phone_survey_refusal(t: pd.DataFrame) -> Estimates:
    told: Estimates = {}
    for name, answer in (("refusal", "no"), ("response", "yes")):
        (a, sa), (b, sb) = (mean(t.loc[t["product"] == p, "responded"].eq(answer)) for p in ("competitor", "ours"))
        told[f"{name}, competitor in ratio to ours"] = (a / b, a / b * np.hypot(sa / a, sb / b))
    return told


def first_200(t: pd.DataFrame) -> Estimates:
    """Standardised differences, with the finite-population correction that a tenth of the frame calls for."""
    taken = t[t["selected"] == "yes"]
    told: Estimates = {}
    for name in ("enthusiasm", "spend", "age"):
        (centre, se), spread = mean(taken[name]), t[name].std()
        told[name] = ((centre - t[name].mean()) / spread, np.sqrt(0.9) * se / spread)
    return told


def academy_engineers(t: pd.DataFrame) -> Estimates:
    wide = t.assign(yes=t["decision"].eq("invite")).pivot(
        index="pair", columns=["engineer", "resume_academy"], values="yes"
    )
    gaps = {name: wide[name]["academy"].astype(float) - wide[name]["other"].astype(float) for name in ("A.", "B.")}
    return {"both": mean((gaps["A."] + gaps["B."]) / 2)} | {name: mean(gap) for name, gap in gaps.items()}


def outside_the_academy(t: pd.DataFrame) -> Estimates:
    slopes, areas = [], []
    for inside in ("yes", "no"):
        part = t[t["academy"] == inside]
        counts = pd.crosstab(part["score"], part["invited"])
        design = sm.add_constant((counts.index.to_numpy() - 5) / np.sqrt(2.5))
        fit = sm.GLM(counts[["yes", "no"]].to_numpy(), design, family=sm.families.Binomial()).fit()
        slopes.append((fit.params[1], fit.bse[1]))
        areas.append(delong(*(np.sort(part.loc[part["invited"] == said, "score"]) for said in ("yes", "no"))))
    return {
        f"{name}, inside minus outside": (a - b, np.hypot(sa, sb))
        for name, ((a, sa), (b, sb)) in (("slope", slopes), ("area", areas))
    }


def delong(invited: np.ndarray, rejected: np.ndarray) -> tuple[float, float]:
    """The area under the curve and its standard error (DeLong, DeLong & Clarke-Pearson 1988), from sorted scores."""
    lower, upper = (
        (np.searchsorted(b, a, "left") + np.searchsorted(b, a, "right")) / (2 * len(b))
        for a, b in ((invited, rejected), (rejected, invited))
    )
    return lower.mean(), np.sqrt(lower.var() / len(lower) + upper.var() / len(upper))


def head_shake(t: pd.DataFrame) -> Estimates:
    told = []
    for part in (t[t["region"] == "east"], t[t["region"] != "east"]):
        n = pd.crosstab(part["gesture"], part["meaning"])
        odds = log(n.loc["shake", "no"] * n.loc["nod", "yes"] / (n.loc["shake", "yes"] * n.loc["nod", "no"]))
        told.append(
            (odds, float((1 / n).to_numpy().sum()), *mean(part.loc[part["gesture"] == "shake", "meaning"] == "no"))
        )
    (a, va, p, sp), (b, vb, q, sq) = told
    return {
        "log odds ratio, east minus the rest": (a - b, np.sqrt(va + vb)),
        "shakes that mean no, east minus the rest": (p - q, np.hypot(sp, sq)),
    }


READ: dict[str, Callable[[pd.DataFrame], Estimates]] = readings.READ | {
    read.__name__: read
    for read in (
        book_reviews,
        sprockets,
        phone_survey_coverage,
        phone_survey_refusal,
        first_200,
        academy_engineers,
        outside_the_academy,
        head_shake,
    )
}
MARGINS: dict[str, dict[str, tuple[float, float]]] = readings.MARGINS | {
    "book_reviews": {"excess of extreme reviews": (-0.05, 0.05)},
    "sprockets": {f"{name}, model minus inspectors": (-0.05, 0.05) for name in ("recall", "precision")},
    "phone_survey_coverage": {
        "total variation": (-0.10, 0.10),
        "representation of competitor": RATIO,
        "representation of ours": RATIO,
    },
    "phone_survey_refusal": {f"{name}, competitor in ratio to ours": RATIO for name in ("refusal", "response")},
    "first_200": dict.fromkeys(("enthusiasm", "spend", "age"), (-0.1, 0.1)),
    "academy_engineers": dict.fromkeys(("both", "A.", "B."), (-0.05, 0.05)),
    "outside_the_academy": {
        "slope, inside minus outside": (-0.25, 0.25),
        "area, inside minus outside": (-0.05, 0.05),
    },
    "head_shake": {"log odds ratio, east minus the rest": (-log(1.5), log(1.5))},
}


@pytest.mark.parametrize("dose", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_large_table_agrees_with_the_truth(story: Story, dose: float) -> None:
    read = READ[story.name](story.draw(dose, LARGE, np.random.default_rng(20)))
    truth = story.truth(dose)
    assert set(read) == set(truth)
    assert all(0 <= se < 0.05 for _, se in read.values()), "a table this large leaves little room"
    off = {
        name: (value, truth[name]) for name, (value, se) in read.items() if abs(value - truth[name]) > 4 * se + 1e-12
    }
    assert not off


def large(name: str, dose: float = 0.0) -> pd.DataFrame:
    story = next(story for story in STORIES if story.name == name)
    return story.draw(dose, LARGE, np.random.default_rng(21))


def near(estimate: tuple[float, float], value: float) -> bool:
    return abs(estimate[0] - value) < 4 * estimate[1]


@pytest.mark.parametrize("dose", [0.0, 1.0])
def test_one_fifth_of_the_sprockets_is_defective_and_inspectors_stay_as_good(dose: float) -> None:
    t = large("sprockets", dose)
    assert near(mean(t["defective"].eq("yes")), 0.2)
    assert near(mean(t.loc[t["defective"] == "yes", "inspector"].eq("yes")), 0.9)
    assert near(mean(t.loc[t["inspector"] == "yes", "defective"].eq("yes")), 0.9)
    assert set(t["deployed"]) == {"model"}


@pytest.mark.parametrize("defective", ["yes", "no"])
def test_model_and_inspectors_err_together(defective: str) -> None:
    t = large("sprockets")
    part = t[t["defective"] == defective]
    together = np.corrcoef(part["model"].eq("yes"), part["inspector"].eq("yes"))[0, 1]
    assert together == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize(("product", "refusal"), [("ours", 0.30), ("competitor", 0.54)])
def test_own_customers_refuse_three_calls_in_ten(product: str, refusal: float) -> None:
    t = large("phone_survey_refusal", 1.0)
    assert near(mean(t.loc[t["product"] == product, "responded"].eq("no")), refusal)


def test_one_engineer_is_more_lenient_than_the_other() -> None:
    def invited(quality: float, leniency: float) -> float:
        return float(norm.pdf(quality, 0, 2) / (1 + np.exp(-quality - leniency)))

    t = large("academy_engineers")
    for name, leniency in (("A.", 0.3), ("B.", -0.3)):
        share = quad(invited, -20, 20, args=(leniency,))[0]
        assert near(mean(t.loc[t["engineer"] == name, "decision"].eq("invite")), share)


def test_pairs_differ_in_the_academy_alone() -> None:
    t = large("academy_engineers", 1.0)
    seen = t.groupby("pair").agg({"engineer": "nunique", "resume_academy": "nunique", "decision": "size"})
    assert (seen.to_numpy() == [2, 2, 4]).all()


@pytest.mark.parametrize("region", ["north", "south", "west"])
def test_elsewhere_a_shake_keeps_its_meaning(region: str) -> None:
    t = large("head_shake", 1.0)
    part = t[(t["region"] == region) & (t["gesture"] == "shake")]
    assert near(mean(part["meaning"].eq("no")), 0.8)


def judged(story: Story, dose: float, seed: int) -> str:
    """The outcome by normal intervals: 90 % inside every margin, or 99 % outside the headline's."""
    read = READ[story.name](story.draw(dose, None, np.random.default_rng(seed)))
    margins = MARGINS[story.name]
    ends = {name: (value - 1.645 * se, value + 1.645 * se) for name, (value, se) in read.items() if name in margins}
    if all(margins[name][0] < low and high < margins[name][1] for name, (low, high) in ends.items()):
        return "PASS"
    headline = next(iter(story.truth(dose)))
    value, se = read[headline]
    low, high = margins[headline]
    return "FAIL" if value - 2.576 * se > high or value + 2.576 * se < low else "INCONCLUSIVE"


@pytest.mark.parametrize("dose", ["0", "1"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_own_size_of_a_story_keeps_its_promise(story: Story, dose: str) -> None:
    outcomes = [judged(story, float(dose), seed) for seed in range(30)]
    assert outcomes.count(story.promises[dose]) >= 29
