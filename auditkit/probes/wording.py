"""How prompts are worded: templates with a place for what is asked."""

from __future__ import annotations

from collections.abc import Sequence

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


def templates_of(given: int | Sequence[str]) -> tuple[str, ...]:
    """The first so many of the ten templates, or one's own, each with one place {}.

    Raises `InputError` for a number that is not there, and for a template without its place.
    """
    if isinstance(given, int):
        if not 1 <= given <= len(TEMPLATES):
            raise InputError(
                f"There are {len(TEMPLATES)} templates, and {given} were asked for. Give your own as a list."
            )
        return TEMPLATES[:given]
    own = (given,) if isinstance(given, str) else tuple(given)
    lacking = [template for template in own if template.count("{}") != 1]
    if lacking or not own:
        raise InputError(
            f'A template has one place {{}}, as "a photo of {{}}"; this has not: {(lacking or [""])[0]!r}.'
        )
    return own


def with_article(noun: str) -> str:
    """A noun phrase with its indefinite article; one that has an article keeps it.

    >>> with_article("engineer"), with_article("judge"), with_article("the sea")
    ('an engineer', 'a judge', 'the sea')
    """
    if noun.split(" ")[0].lower() in ("a", "an", "the"):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
