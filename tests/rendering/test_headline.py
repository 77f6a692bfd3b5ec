"""The headline is honest: what somebody accepted is told as what it is, and never as ruled out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.finding import Key
from auditkit.core.judgement import Acceptance, Judgement, Outcome, Verdict
from auditkit.formats.headline import headline

FIRST, LAST = date(2027, 1, 31), date(2027, 6, 30)
MARKS = {"F": Outcome.FAIL, "I": Outcome.INCONCLUSIVE, "N": Outcome.NOT_ASSESSED, "P": Outcome.PASS}
PASSES = "Bias larger than the margin is ruled out at 95 % in "
SHOWS = "Bias larger than the margin shows in "


def verdict(mark: str, place: int) -> Verdict:
    """A capital is a verdict that nobody answers for; a small letter one that is accepted, the second until later."""
    key = Key("c", f"e{place}", "a", "b", "")
    accepted = Acceptance("within", key, "so", "I", LAST if place else FIRST) if mark.islower() else None
    return Verdict("within", MARKS[mark.upper()], "s", key, accepted=accepted)


def told(words: str) -> str:
    """The headline of findings, each a word of its verdicts' marks."""
    judged = [tuple(verdict(mark, place) for mark in word) for place, word in enumerate(words.split())]
    return headline(Judgement(tuple(v for some in judged for v in some), {}, "", "").outcome, judged)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("P P", f"{PASSES}both comparisons."),
        ("f P", f"{SHOWS}1 of 2 comparisons, and is accepted until 2027-01-31. {PASSES}the other one."),
        ("f P P", f"{SHOWS}1 of 3 comparisons, and is accepted until 2027-01-31. {PASSES}the other 2."),
        ("f", f"{SHOWS}the one comparison judged, and is accepted until 2027-01-31."),
        ("f f", f"{SHOWS}both comparisons, and is accepted until 2027-01-31, when the first of these expires."),
        ("fP", f"{SHOWS}the one comparison judged, and is accepted until 2027-01-31."),
        ("f F P", f"{SHOWS}1 of 3 comparisons. It shows in 1 more, and is accepted until 2027-01-31."),
        ("fF P", f"{SHOWS}1 of 2 comparisons."),
        (
            "f I P",
            f"{SHOWS}1 of 3 comparisons, and is accepted until 2027-01-31. "
            "These data cannot settle 1 of 3 comparisons; no other comparison fails.",
        ),
        (
            "fI P",
            f"{SHOWS}1 of 2 comparisons, and is accepted until 2027-01-31. "
            "These data cannot settle 1 of 2 comparisons; no other comparison fails.",
        ),
        (
            "i P",
            f"What these data cannot settle in 1 of 2 comparisons is accepted until 2027-01-31. {PASSES}the other one.",
        ),
        (
            "n P",
            f"What could not be assessed in 1 of 2 comparisons is accepted until 2027-01-31. {PASSES}the other one.",
        ),
    ],
)
def test_the_headline_of(words: str, said: str) -> None:
    assert told(words) == said


WORD = st.text(st.sampled_from("FINPfin"), min_size=1, max_size=3)


def counted(words: Sequence[str], marks: str) -> int:
    return sum(any(mark in word for mark in marks) for word in words)


@given(st.lists(WORD, min_size=1, max_size=6))
def test_no_fail_is_ever_hidden_and_none_is_ruled_out(words: list[str]) -> None:
    said = told(" ".join(words))
    fails = counted(words, "Ff")
    assert ("shows in" in said) == (fails > 0)
    assert "no comparison fails" not in said or not fails
    if PASSES in said:
        assert not counted(words, "FIN")
        passed = said.split(PASSES)[1]
        n = len(words) - counted(words, "fin")
        assert passed.startswith(("the other", "1 of")) or n == len(words)
        assert passed != "the other one." or n == 1
    for mark in "fin":
        only = [word for word in words if mark in word and mark.upper() not in word]
        assert "accepted until" in said or not only or counted(words, "FIN")
