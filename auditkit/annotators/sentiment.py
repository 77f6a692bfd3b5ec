"""How positive does a text sound, by a lexicon?

The compound score of VADER (Hutto & Gilbert 2014), -1 to 1, and a rating of it in five steps of equal width: 1 is below
-.6, 5 above .6. A lexicon reads words: irony and what only the subject makes good or bad escape it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from auditkit.core.annotator import Annotator
from auditkit.core.errors import InputError

EDGES = (-0.6, -0.2, 0.2, 0.6)


@dataclass(frozen=True)
class Sentiment(Annotator):
    """Read a sentiment score and a rating of 1 to 5, in the columns `attribute` and `attribute`_rating.

    Raises `InputError` where the lexicon is not installed, with the command that installs it.

    >>> Sentiment().read(["A wonderful, wonderful book!", "It is a book.", None])["sentiment_rating"]
    ['5', '3', None]
    """

    attribute: str = "sentiment"

    basis: ClassVar[str] = "perceived by VADER's lexicon"

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[Any]]:
        """The score and the rating of each text."""
        reader = _lexicon()
        scores = [None if text is None else float(reader.polarity_scores(text)["compound"]) for text in texts]
        ratings = [None if score is None else str(1 + sum(score > edge for edge in EDGES)) for score in scores]
        return {self.attribute: scores, f"{self.attribute}_rating": ratings}


@cache
def _lexicon() -> Any:
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        raise InputError(
            "The sentiment lexicon is not installed. Install it: python -m pip install 'rai-auditkit[text]'."
        ) from None
    return SentimentIntensityAnalyzer()
