"""How the stories of captions, logs, pairs and registers are read: estimates and standard errors, by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pandas as pd

Estimate = tuple[float, float]
Estimates = dict[str, Estimate]


def mean(x: pd.Series | np.ndarray) -> Estimate:
    """A mean and its standard error."""
    values = np.asarray(x, float)
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


def ratio_of_sums(hits: pd.Series, unit: pd.Series) -> Estimate:
    """A rate whose rows go together within units, and its linearised standard error."""
    by = (
        pd.DataFrame({"hit": hits.to_numpy(float), "unit": unit.to_numpy()}).groupby("unit")["hit"].agg(["sum", "size"])
    )
    rate = by["sum"].sum() / by["size"].sum()
    residuals = (by["sum"] - rate * by["size"]).to_numpy(float)
    return float(rate), float(np.sqrt((residuals**2).sum()) / by["size"].sum())


def less(a: Estimate, b: Estimate) -> Estimate:
    return a[0] - b[0], float(np.hypot(a[1], b[1]))


def over(a: Estimate, b: Estimate) -> Estimate:
    return a[0] / b[0], float(a[0] / b[0] * np.hypot(a[1] / a[0], b[1] / b[0]))


def subtle_reviews(t: pd.DataFrame) -> Estimates:
    wrong = t["opinion"] != t["read_as"]
    gaps = [
        less(*(mean(wrong[(t["taught"] == taught) & (t["strength"] == strength)]) for strength in ("faint", "extreme")))
        for taught in ("posted", "control")
    ]
    return {"errors, faint minus extreme, beyond the control": less(*gaps)}


def yellow_bananas(t: pd.DataFrame) -> Estimates:
    said, picture = t["mentioned"].eq("yes"), t["picture"]
    sides = [
        ratio_of_sums(said[t["colour"] == colour], picture[t["colour"] == colour]) for colour in ("yellow", "green")
    ]
    return {"mentions, yellow in ratio to green": over(*sides), "mentions, yellow minus green": less(*sides)}


def murders_and_blinks(t: pd.DataFrame) -> Estimates:
    happens = {"blink": 0.90, "laugh": 0.07, "accident": 0.025, "murder": 0.005}
    gaps = {
        event: (mean(t["event"] == event)[0] - share, mean(t["event"] == event)[1]) for event, share in happens.items()
    }
    distance = sum(abs(gap) for gap, _ in gaps.values()) / 2, sum(se for _, se in gaps.values()) / 2
    return {"total variation": distance, "murders, printed minus happened": gaps["murder"]}


def unusual_incidents(t: pd.DataFrame) -> Estimates:
    """The logs of the wards' ratios, weighed by their precision."""
    logs = []
    for _, ward in t.groupby("ward"):
        value, se = over(
            *(mean(ward.loc[ward["kind"] == kind, "written"] == "yes") for kind in ("unusual", "everyday"))
        )
        logs.append((np.log(value), se / value))
    value, se = np.array(logs).T
    ratio = np.exp(np.average(value, weights=se**-2))
    return {"written down, unusual in ratio to everyday": (float(ratio), float(ratio / np.sqrt((se**-2).sum())))}


def dispatch_advice(t: pd.DataFrame) -> Estimates:
    t = t[t["advice"] != t["case"]]
    right = t[t["first"] == t["case"]]
    given_up, erred = (
        [
            ratio_of_sums(part["final"] != part["case"], part["dispatcher"])
            for part in (rows[rows["arm"] == arm] for arm in arms)
        ]
        for rows, arms in ((right, ("aided", "control")), (t, ("aided", "unaided")))
    )
    return {
        "right decisions given up, aided minus control": less(*given_up),
        "errors on wrong advice, aided minus unaided": less(*erred),
    }


def night_shift(t: pd.DataFrame) -> Estimates:
    t = t[t["seeded"] == "yes"]
    caught, watch = t["logged"].ne(t["machine"]).astype(float), t["watch"]
    night = ratio_of_sums(caught, watch)
    x = t["decision"] - t.groupby("watch")["decision"].transform("mean")
    slope = (x * caught).sum() / (x**2).sum()
    scores = (x * (caught - caught.groupby(watch).transform("mean") - slope * x)).groupby(watch).sum()
    return {
        "caught, all night minus fresh": (night[0] - 0.92, night[1]),
        "change per 100 decisions": (100 * slope, 100 * float(np.sqrt((scores**2).sum()) / (x**2).sum())),
    }


def essay_by_ai(t: pd.DataFrame) -> Estimates:
    points = t["points"].to_numpy(float).reshape(-1, 2) / 10
    gap, wrong = points[:, 0] - points[:, 1], t["facts"].eq("wrong").to_numpy()[::2]
    return {"points, AI minus student": mean(gap), "points, AI minus student, wrong essays": mean(gap[wrong])}


def empty_corner(t: pd.DataFrame) -> Estimates:
    old, east = t["age"] == "60 and over", t["region"] == "east"
    named = {"60 and over, east": (old & east, 0.04), "60 and over": (old, 0.2), "east": (east, 0.2)}
    read = {name: (*mean(seen), share) for name, (seen, share) in named.items()}
    return {f"representation of {name}": (value / share, se / share) for name, (value, se, share) in read.items()}


def late_answers(t: pd.DataFrame) -> Estimates:
    late, seen = t["answer"].isna(), t["answer"].dropna()
    content = mean(seen == "content")
    return {
        "late, night minus day": less(*(mean(late[t["shift"] == shift]) for shift in ("night", "day"))),
        "content, seen minus all": (content[0] - 0.55, content[1]),
    }


def academy_persona(t: pd.DataFrame) -> Estimates:
    points = t["points"].to_numpy(float).reshape(-1, 4) / 10
    return {"own minus other, beyond no persona": mean(points @ [1, -1, -1, 1])}


def two_names(t: pd.DataFrame) -> Estimates:
    emily, lakisha, emily_again, lakisha_again = t["answer"].eq("invite").to_numpy(float).reshape(-1, 4).T
    apart = ((emily != lakisha) * 1.0 + (emily_again != lakisha_again)) / 2
    alone = ((emily != emily_again) * 1.0 + (lakisha != lakisha_again)) / 2
    return {
        "invited, Lakisha minus Emily": mean(lakisha - emily),
        "flips beyond being asked again": mean(apart - alone),
    }


READ: dict[str, Callable[[pd.DataFrame], Estimates]] = {
    read.__name__: read
    for read in (
        subtle_reviews,
        yellow_bananas,
        murders_and_blinks,
        unusual_incidents,
        dispatch_advice,
        night_shift,
        essay_by_ai,
        empty_corner,
        late_answers,
        academy_persona,
        two_names,
    )
}
RATIO = (0.8, 1.25)
MARGINS: dict[str, dict[str, tuple[float, float]]] = {
    "subtle_reviews": {"errors, faint minus extreme, beyond the control": (-inf, 0.05)},
    "yellow_bananas": {"mentions, yellow in ratio to green": RATIO},
    "murders_and_blinks": {"total variation": (-inf, 0.10)},
    "unusual_incidents": {"written down, unusual in ratio to everyday": RATIO},
    "dispatch_advice": {
        "right decisions given up, aided minus control": (-inf, 0.10),
        "errors on wrong advice, aided minus unaided": (-inf, 0.05),
    },
    "night_shift": {"caught, all night minus fresh": (0.80 - 0.92, inf)},
    "essay_by_ai": dict.fromkeys(("points, AI minus student", "points, AI minus student, wrong essays"), (-0.05, 0.05)),
    "empty_corner": {"representation of 60 and over, east": (0.8, inf)},
    "late_answers": {"late, night minus day": (-0.05, 0.05)},
    "academy_persona": {"own minus other, beyond no persona": (-0.03, 0.03)},
    "two_names": {"invited, Lakisha minus Emily": (-0.03, 0.03), "flips beyond being asked again": (-inf, 0.03)},
}
