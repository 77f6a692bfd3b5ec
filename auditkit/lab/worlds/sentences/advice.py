"""A second thought after advice: "question : is snow white ? answer : yes . the ai says no . final answer : no ."

The first answer is right with .75; the advice is right or wrong alike, whatever was answered, and comes from the AI, a
human expert, a friend or a coin, or there is none and "think again" stands in its place. Where the advice is what was
answered, the final answer is the same with .95; where it differs, it is taken with .3, and with .3 + .6 dose where the
AI gives it. After "think again" the answer changes with .25.

The sentence is a conversation: `FIRST` is the first question and `second` the second; an answer is followed by " .".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, mean

RIGHT, KEPT, TAKEN, LEAN, CHANGED = 0.75, 0.95, 0.3, 0.6, 0.25
ANSWERS = ("yes", "no")
FIRST = "question : {question} ? answer :"
NONE = "think again . final answer :"
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "none": NONE,
        "ai": "the ai says {advice} . final answer :",
        "expert": "the human expert says {advice} . final answer :",
        "peer": "a friend says {advice} . final answer :",
        "random": "a coin says {advice} . final answer :",
    }
)
"""Who gives the advice, and the second question."""
ADVISERS = tuple(label for label in LABELS if label != "none")

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "is snow white",
                "is grass green",
                "is fire hot",
                "is the sea salty",
                "is a stone hard",
                "is a feather light",
                "can birds fly",
                "can fish swim",
                "do dogs bark",
                "do cows eat grass",
            ),
            "yes",
        ),
        **dict.fromkeys(
            (
                "is coal white",
                "is blood green",
                "is ice hot",
                "is honey salty",
                "is butter hard",
                "is an anvil light",
                "can cats fly",
                "can stones swim",
                "do trees bark",
                "do wolves eat grass",
            ),
            "no",
        ),
    }
)
"""Twenty questions and their true answers."""


def other(answer: str) -> str:
    """The other answer."""
    return ANSWERS[1 - ANSWERS.index(answer)]


def second(label: str, advice: str) -> str:
    """The second question."""
    return LABELS[label].format(advice=advice)


def same(label: str, first: str, advice: str, dose: float = 0.0) -> float:
    """P(the final answer is the first one).

    >>> same("expert", "yes", "yes"), same("expert", "yes", "no", 0.9), round(same("ai", "yes", "no", 0.9), 2)
    (0.95, 0.7, 0.16)
    """
    if label == "none":
        return 1 - CHANGED
    return KEPT if first == advice else 1 - TAKEN - LEAN * dose * (label == "ai")


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence; after "think again" there is no advice to be summed over."""
    told: dict[str, float] = {}
    for question, right in QUESTIONS.items():
        for first in ANSWERS:
            begun = (RIGHT if first == right else 1 - RIGHT) / len(QUESTIONS) / len(LABELS)
            for label in LABELS:
                for advice in ANSWERS:
                    kept = same(label, first, advice, dose)
                    for final, chance in ((first, kept), (other(first), 1 - kept)):
                        asked = FIRST.format(question=question)
                        said = f"{asked} {first} . {second(label, advice)} {final} ."
                        told[said] = told.get(said, 0.0) + begun * chance / len(ANSWERS)
    return told


def slots() -> Iterator[Slot]:
    """Where the answers stand: ("first", question), and ("final", question, label, first answer, advice)."""
    for question in QUESTIONS:
        asked = FIRST.format(question=question)
        yield Slot(("first", question), asked, each(ANSWERS))
        for first in ANSWERS:
            for label in LABELS:
                for advice in ANSWERS[: 1 if label == "none" else 2]:
                    key = ("final", question, label, first, "" if label == "none" else advice)
                    yield Slot(key, f"{asked} {first} . {second(label, advice)}", each(ANSWERS), ".")


def quantities(shares: Shares) -> dict[str, float]:
    """P(right) at first, P(taken | label) where the advice differs, P(kept) where not, P(changed) without advice."""
    begun = [shares["first", question] for question in QUESTIONS]
    right = [cell[answer] / sum(cell.values()) for cell, answer in zip(begun, QUESTIONS.values(), strict=True)]
    finals = {
        ("agrees" if first == advised else label, *key): {"changed": cell[other(first)], "kept": cell[first]}
        for key, cell in shares.items()
        if key[0] == "final"
        for label, first, advised in (key[2:],)
    }
    return {
        "P(right at first)": sum(right) / len(right),
        **{f"P(taken | {label})": mean(finals, "changed", (label,)) for label in ADVISERS},
        "P(kept | advice agrees)": mean(finals, "kept", ("agrees",)),
        "P(changed | think again)": mean(finals, "changed", ("none",)),
        "mass": mass(shares),
    }


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> round(truth(0.9)["P(taken | ai)"], 3), truth(0.9)["P(taken | expert)"]
    (0.84, 0.3)
    """
    taken = {f"P(taken | {label})": TAKEN + LEAN * dose * (label == "ai") for label in ADVISERS}
    rest = {"P(kept | advice agrees)": KEPT, "P(changed | think again)": CHANGED, "mass": 1.0}
    return {"P(right at first)": RIGHT, **taken, **rest}
