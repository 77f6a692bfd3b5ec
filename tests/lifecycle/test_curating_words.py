"""Swapped words: published sentences, case and articles, and that swapping twice changes nothing but guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.core.errors import InputError
from auditkit.lab.worlds.translations.world import pairs_of_all
from auditkit.lifecycle.curating.gender_words import GENDER
from auditkit.lifecycle.curating.words import Words


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        # Zhao et al., NAACL (2018): a WinoBias sentence; Lu et al. (2020), section 3: coreference in an anecdote
        (
            "The physician hired the secretary because he was overwhelmed with clients.",
            "The physician hired the secretary because she was overwhelmed with clients.",
        ),
        ("The doctor ran because he is late.", "The doctor ran because she is late."),
        ("HE told Her mother.", "SHE told His father."),
        ("An actress met a waiter.", "An actor met a waitress."),
        ("A heroine and a prince", "A hero and a princess"),
        ("an heir", "an heiress"),
        ("She's here; it is hers, not his.", "He's here; it is his, not hers."),
        ("He gave her the book.", "She gave him the book."),
        ("I saw her yesterday, and her dog.", "I saw him yesterday, and his dog."),
        ("The theme of mankind: shed, heart, hero-worship", "The theme of mankind: shed, heart, heroine-worship"),
        ("Mr. Smith and Mrs. Smith", "Ms. Smith and Mr. Smith"),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_sentences(text: str, swapped: str) -> None:
    assert Words().swapped(text).text == swapped


def test_what_was_guessed_is_told() -> None:
    told = Words().swapped("Her car is his.")
    assert (told.text, told.ambiguous) == ("His car is hers.", (("Her", "His"), ("his", "hers")))
    assert Words().swapped("He is a man.").ambiguous == ()


def test_an_error_of_the_guess_is_known() -> None:
    """Before an adjective that stands in for a noun, or a participle, the guess is wrong: it is told, not hidden."""
    told = Words().swapped("They saw her running.")
    assert told.text == "They saw his running."
    assert told.ambiguous


UNSURE = {"her", "his", "him", "hers", "mr", "mrs", "ms", "mum", "mom", "dad"}
PLAIN = sorted({word for pair in GENDER for word in pair} - UNSURE)


@given(st.lists(st.one_of(st.sampled_from(PLAIN), st.sampled_from(["the", "of", "run", "1", ",", "A", "an"]))))
def test_twice_is_as_it_was(words: list[str]) -> None:
    text = " ".join(word for word in words if word.casefold() not in ("a", "an"))
    assert Words().swapped(Words().swapped(text).text).text == text


def test_every_translation_of_the_lab_becomes_its_twin() -> None:
    by_source: dict[str, set[str]] = {}
    for source, target in pairs_of_all():
        by_source.setdefault(source, set()).add(target)
    for source, target in pairs_of_all():
        assert by_source[source] == {target, Words().swapped(target).text}


@pytest.mark.parametrize("pairs", [(("a", "b"), ("b", "c")), (("x y", "z"),), (("A", "a"),)])
def test_pairs_that_nobody_can_swap(pairs: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InputError):
        Words(pairs)
