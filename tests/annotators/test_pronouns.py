"""Whom a text's pronouns speak of: one gender, or nobody that can be told."""

from __future__ import annotations

import pytest

from auditkit.annotators import PronounGender
from auditkit.core.errors import InputError


@pytest.mark.parametrize(
    ("said", "read", "first"),
    [
        ("she", "woman", "woman"),
        ("HIS", "man", "man"),
        ("herself was late", "woman", "woman"),
        ("she met him", None, "woman"),
        ("he told her that he was late", None, "man"),
        ("they said that she was late", "woman", "they"),
        ("They left their bags.", "they", "they"),
        ("The shed is theirs", "they", "they"),
        ("the heron", None, None),
        ("he's late", "man", "man"),
        ("", None, None),
        ("(other)", None, None),
    ],
)
def test_pronouns_are_read_where_one_gender_is_said(said: str, read: str | None, first: str | None) -> None:
    assert PronounGender().read([said])["gender"] == [read]
    assert PronounGender(first=True).read([said])["gender"] == [first]


def test_pronouns_of_other_languages() -> None:
    reader = PronounGender("genre", pronouns={"femme": ["elle", "elles"], "homme": ["il", "ils"]})
    assert reader.read(["Elle est médecin.", "ils", "on"])["genre"] == ["femme", "homme", None]
    for wrong in ({"a": ["x"]}, {"a": ["x"], "b": ["X"]}, {"a": "x", "b": ["y"]}):
        with pytest.raises(InputError):
            PronounGender(pronouns=wrong)
