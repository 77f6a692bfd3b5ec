"""A world of applicants: those who deserve an invitation are as many in every group, and fewer women of them get one.

Four in ten of every gender and race are qualified. Of those eight in ten are invited, of the others two in ten; at dose
1 only half as many of the qualified women. Race has no part in it. Of a few nobody knows the race, or wrote down
whether they were qualified; who they are is chance.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

GENDERS: Mapping[str, float] = {"female": 0.5, "male": 0.5}
RACES: Mapping[str, float] = {"asian": 0.2, "black": 0.25, "white": 0.55}
WRONGED = "female"
YES, NO = "invited", "rejected"
QUALIFIED, RIGHT, WRONG, LESS = 0.4, 0.8, 0.2, 0.4
"""The share that is qualified, how many of those and of the others are invited, and what dose 1 takes from `RIGHT`."""
UNKNOWN: Mapping[str, float] = {"race": 0.03, "qualified": 0.05}
"""The share of rows in which a column is empty."""


def applicants(dose: float, n: int, rng: np.random.Generator) -> list[dict[str, str]]:
    """One row an applicant: id, gender, race, qualified and decision (invited or rejected; empty is missing).

    >>> [list(row) for row in applicants(0.9, 1, np.random.default_rng(1))]
    [['applicant', 'gender', 'race', 'qualified', 'decision']]
    """
    gender = rng.choice(list(GENDERS), n, p=list(GENDERS.values()))
    race = rng.choice(list(RACES), n, p=list(RACES.values()))
    able = rng.random(n) < QUALIFIED
    invited = rng.random(n) < np.where(able, RIGHT - LESS * dose * (gender == WRONGED), WRONG)
    told = {
        "applicant": [f"a{k:05}" for k in range(1, n + 1)],
        "gender": gender.tolist(),
        "race": np.where(rng.random(n) < UNKNOWN["race"], "", race).tolist(),
        "qualified": np.where(rng.random(n) < UNKNOWN["qualified"], "", np.where(able, YES, NO)).tolist(),
        "decision": np.where(invited, YES, NO).tolist(),
    }
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]


def truth(dose: float) -> Mapping[str, float]:
    """What is so in the world: the rates of men against those of women, and one race's less another's.

    >>> {name: round(value, 3) for name, value in truth(0.9).items()}["selection rate, male less female"]
    0.144
    """
    invited = QUALIFIED * RIGHT + (1 - QUALIFIED) * WRONG
    return {
        "selection rate, male less female": QUALIFIED * LESS * dose,
        "selection rate, male over female": invited / (invited - QUALIFIED * LESS * dose),
        "true positive rate, male less female": LESS * dose,
        "false positive rate, male less female": 0.0,
        "any rate, one race less another": 0.0,
    }


def card(dose: float, n: int, seed: int) -> str:
    """What stands beside the table, as Markdown: what was planted, and what each column holds."""
    race, qualified = (100 * UNKNOWN[column] for column in ("race", "qualified"))
    planted = "".join(f"| {what} | {value:.3f} |\n" for what, value in truth(dose).items())
    return f"""# Applicants of a made-up world

{n:,} rows, dose {dose:g}, seed {seed}: nobody in it exists. What is so in the world, before chance drew the rows:

| | truth |
|:--|--:|
{planted}
`applicant` is an id. `qualified` is what a panel decided that took its time, and `decision` what was decided:
{YES} or {NO}. Empty are {race:g} % of `race` and {qualified:g} % of `qualified`, by chance.
"""
