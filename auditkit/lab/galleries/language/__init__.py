"""Stories about models of language: one a file, each a bundled miniature at two doses of a bias that was put there."""

from __future__ import annotations

from auditkit.lab.galleries.language import (
    all_of_them_fish,
    as_an_islander,
    behind_the_curtain,
    better_is_first,
    kind_goes_with,
    one_word_swapped,
    said_that_she,
    somebody_drowned,
    sorry_i_cannot_say,
    the_ai_says_no,
    translated,
    we_and_they,
    what_goes_without_saying,
)
from auditkit.lab.gallery import Gallery

SPOKEN: tuple[Gallery, ...] = (
    said_that_she.GALLERY,
    one_word_swapped.GALLERY,
    somebody_drowned.GALLERY,
    we_and_they.GALLERY,
    as_an_islander.GALLERY,
    all_of_them_fish.GALLERY,
    sorry_i_cannot_say.GALLERY,
    the_ai_says_no.GALLERY,
    the_ai_says_no.RELIED,
    better_is_first.GALLERY,
    kind_goes_with.GALLERY,
    what_goes_without_saying.GALLERY,
    behind_the_curtain.GALLERY,
    *translated.TRANSLATED.values(),
    *translated.AMPLIFIED.values(),
)
"""In the order in which they are told."""

__all__ = ["SPOKEN"]
