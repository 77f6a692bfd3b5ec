"""How prompts are worded: templates with a place for what is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from auditkit.core.errors import InputError

TEMPLATES = (
    "a portrait of {}",
    "a picture of {}",
    "a photo of {}",
    "a drawing of {}",
    "a painting of {}",
    "an image of {}",
    "a sketch of {}",
    "a poster of {}",
    "a card with {}",
    "{} at work",
)
"""Ten ways to ask for a picture of somebody."""
ARTICLE = re.compile(r"\b([Aa]) \{\}")


def templates_of(
    given: int | Sequence[str], among: Sequence[str] = TEMPLATES, places: Sequence[str] = ("{}",)
) -> tuple[str, ...]:
    """The first so many of a design's templates, by default the ten for pictures, or one's own, each place in it once.

    Raises `InputError` for a number that is not there, and for a template that lacks a place.
    """
    if isinstance(given, int):
        if not 1 <= given <= len(among):
            raise InputError(f"There are {len(among)} templates, and {given} were asked for. Give your own as a list.")
        return tuple(among[:given])
    own = (given,) if isinstance(given, str) else tuple(given)
    lacking = [template for template in own if any(template.count(place) != 1 for place in places)]
    if lacking or not own:
        example = ', as "a photo of {}"' if among is TEMPLATES else ""
        raise InputError(
            f"A template has one place {' and one '.join(places)}{example}; this has not: {(lacking or [''])[0]!r}."
        )
    return own


def placed(template: str, words: str) -> str:
    """A template with its place filled; "a" becomes "an" before a vowel.

    >>> placed("The {} was late.", "nurse"), placed("She is a {}.", "engineer")
    ('The nurse was late.', 'She is an engineer.')
    """
    if words[:1].lower() in "aeiou":
        template = ARTICLE.sub(r"\1n {}", template)
    return template.replace("{}", words)


def filled(template: str, places: Mapping[str, str]) -> str:
    """A template with its places filled at once: what is put into one may look like another, and stays as it is.

    >>> filled("{first} or {second}?", {"{first}": "a {second}", "{second}": "b"})
    'a {second} or b?'
    """
    return re.sub("|".join(map(re.escape, places)), lambda at: places[at[0]], template)


def with_article(noun: str) -> str:
    """A noun phrase with its indefinite article; one that has an article keeps it.

    >>> with_article("engineer"), with_article("judge"), with_article("the sea")
    ('an engineer', 'a judge', 'the sea')
    """
    if noun.split(" ")[0].lower() in ("a", "an", "the"):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
