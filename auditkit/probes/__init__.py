"""What to ask: experimental designs, one a file, whose factors travel with every answer."""

from __future__ import annotations

from auditkit.probes.advice import Advice, Question
from auditkit.probes.associations import Associations
from auditkit.probes.bbq import Bbq
from auditkit.probes.captions import Captions
from auditkit.probes.coda import Coda
from auditkit.probes.continuations import Continuations
from auditkit.probes.counterfactuals import Counterfactuals
from auditkit.probes.edits import Edits, Start
from auditkit.probes.identities import Identities
from auditkit.probes.judging import Judging, Match, Text
from auditkit.probes.layouts.pairs import Pair
from auditkit.probes.minimal_pairs import MinimalPairs
from auditkit.probes.neutral import Neutral
from auditkit.probes.occupations import Occupations
from auditkit.probes.personas import Personas
from auditkit.probes.pronouns import Pronouns
from auditkit.probes.reconstruction import Reconstruction
from auditkit.probes.starts import starts
from auditkit.probes.super_resolution import SuperResolution
from auditkit.probes.swaps import Swaps
from auditkit.probes.translations import Translations
from auditkit.probes.unconditional import Unconditional
from auditkit.probes.winogender import Winogender, known
from auditkit.probes.word_sets import WordSets

__all__ = [
    "Advice",
    "Associations",
    "Bbq",
    "Captions",
    "Coda",
    "Continuations",
    "Counterfactuals",
    "Edits",
    "Identities",
    "Judging",
    "Match",
    "MinimalPairs",
    "Neutral",
    "Occupations",
    "Pair",
    "Personas",
    "Pronouns",
    "Question",
    "Reconstruction",
    "Start",
    "SuperResolution",
    "Swaps",
    "Text",
    "Translations",
    "Unconditional",
    "Winogender",
    "WordSets",
    "known",
    "starts",
]
