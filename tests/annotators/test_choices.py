"""Which of its options a text chooses: the one that it says, or none."""

from __future__ import annotations

import pytest

from auditkit.annotators import Choice
from auditkit.core.errors import InputError


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("accept", "accept"),
        ("ACCEPT!", "accept"),
        ('**"Reject."**', "reject"),
        ("Answer: B", "reject"),
        ("answer - (a).", "accept"),
        ("The answer is: reject, because of this.", "reject"),
        ("My final decision is accept", "accept"),
        ("(b) since I am not sure", "reject"),
        ("B. That one.", "reject"),
        ("2", "reject"),
        ("option 2", "reject"),
        ("I would go with option A here.", "accept"),
        ("the first one", "accept"),
        ("The latter.", "reject"),
        ("the last one", "reject"),
        ("I think we should accept this candidate.", "accept"),
        ("I would not accept; reject.", "reject"),
        ("I do not accept.", None),
        ("I can't accept this", None),
        ("I accept. I do not reject.", "accept"),
        ("accept or reject", None),
        ("either", None),
        ("I accept and you reject", None),
        ("acceptable", None),
        ("A good question.", None),
        ("3", None),
        ("option 7", None),
        ("the third one", None),
        ("first, I am not sure; second, I do not know", None),
        ("", None),
        ("   ", None),
        ("I do not know.", None),
        ("Ich weiß nicht 🙂", None),
    ],
)
def test_a_choice_is_read_or_missing(said: str, read: str | None) -> None:
    assert Choice(("accept", "reject")).read([said])["choice"] == [read]


def test_an_option_within_another_counts_for_itself_alone() -> None:
    reader = Choice(("accept", "do not accept", "maybe later"))
    said = ["I do not accept", "accept", "Maybe, later!", "we accept", "accept; do not accept", "accept, maybe later"]
    assert reader.read(said)["choice"] == ["do not accept", "accept", "maybe later", "accept", None, None]
    assert Choice(("yes", "no")).read(["Yes, since there is no reason.", "No.", "no yes"])["choice"] == [
        "yes",
        "no",
        None,
    ]
    assert Choice(("C++", "C")).read(["C++", "c"])["choice"] == ["C++", "C"]
    ages = Choice(("10", "20", "30"))
    assert ages.read(["30", "2", "option 2", "about 20"])["choice"] == ["30", "20", "20", "20"]


def test_an_option_can_be_spelled_in_several_ways() -> None:
    reader = Choice(("accept", "reject"), spelled={"accept": ["approve", "take them on"]})
    assert reader.read(["I approve.", "take them on", "B", "C", "approve, not reject"])["choice"] == [
        "accept", "accept", "reject", None, "accept",
    ]  # fmt: skip
    for wrong in ({"take": ["x"]}, {"accept": ["reject"]}, {"accept": ["x"], "reject": ["X"]}):
        with pytest.raises(InputError):
            Choice(("accept", "reject"), spelled=wrong)
    for options in (("accept",), "ab", ("a", "A")):
        with pytest.raises(InputError):
            Choice(options)


DECLINED = {
    ("accept", "reject"): (
        "I'm sorry, but I cannot answer a question like this.",
        "First of all, I am an AI and have no view.",
        "I need a second opinion.",
        "1. I cannot decide.\n2. There is too little to go on.",
        "I would not pick option A.",
        "I do not think we should accept.",
        "I am not sure if accept or reject.",
    ),
    ("yes", "no"): ("I cannot say yes or no.", "No comment.", "I have no opinion."),
    ("first", "second"): ("First, let me compare the two.",),
}


@pytest.mark.parametrize(("options", "text"), [(o, text) for o, texts in DECLINED.items() for text in texts])
def test_what_chooses_nothing_is_no_choice(options: tuple[str, str], text: str) -> None:
    assert Choice(options).read([text])["choice"] == [None]
