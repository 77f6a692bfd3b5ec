"""One reader a file: each turns texts or pictures into attributes that can be counted.

Those that need a model are handed one: a hub id, a folder, a live object; a judge is handed a target.
"""

from auditkit.annotators.choice import Choice
from auditkit.annotators.embedding import Embedding
from auditkit.annotators.entailment import Entailment
from auditkit.annotators.human_labels import HumanLabels
from auditkit.annotators.judge import Judge
from auditkit.annotators.pronoun_gender import PronounGender
from auditkit.annotators.refusing import Refusing
from auditkit.annotators.sentence_vectors import SentenceVectors
from auditkit.annotators.sentiment import Sentiment
from auditkit.annotators.skin_tone import SkinTone
from auditkit.annotators.tfidf import Tfidf
from auditkit.annotators.thumbnail import Thumbnail
from auditkit.annotators.trained_probe import TrainedProbe
from auditkit.annotators.words import Words
from auditkit.annotators.zero_shot import ZeroShot

__all__ = [
    "Choice",
    "Embedding",
    "Entailment",
    "HumanLabels",
    "Judge",
    "PronounGender",
    "Refusing",
    "SentenceVectors",
    "Sentiment",
    "SkinTone",
    "Tfidf",
    "Thumbnail",
    "TrainedProbe",
    "Words",
    "ZeroShot",
]
