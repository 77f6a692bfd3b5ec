"""One reader a file: each turns texts into attributes that can be counted, and needs no model."""

from auditkit.annotators.sentiment import Sentiment
from auditkit.annotators.tfidf import Tfidf
from auditkit.annotators.words import Words

__all__ = ["Sentiment", "Tfidf", "Words"]
