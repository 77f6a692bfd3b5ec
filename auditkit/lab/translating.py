"""The truth of a miniature translator, by asking it for every sentence of its language in each way of decoding."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Attention, Said
from auditkit.lab.language import TRANSLATORS, Decoding, translator
from auditkit.lab.translated import AFTER, BEFORE, DECODINGS, OCCUPATION, WORDS, Translated
from auditkit.lab.worlds.translations.language import (
    ADJECTIVES,
    OCCUPATIONS,
    PRONOUN,
    PRONOUNS,
    TEMPLATES,
    VERBS,
    Sentence,
    sentences,
)

if TYPE_CHECKING:
    from auditkit.targets import Seq2Seq

__all__ = ["TRANSLATORS", "enumerated", "measured", "translated"]

DIGITS, BATCH = 6, 304
CHOSEN: tuple[Decoding, ...] = ("greedy", "beam")
"""The decodings that give the same answer whatever the seed."""
KINDS = {
    PRONOUN: "pronoun",
    **dict.fromkeys(OCCUPATIONS.values(), "occupation"),
    **dict.fromkeys(ADJECTIVES.values(), "adjective"),
    **dict.fromkeys(VERBS.values(), "verb"),
    "<stop>": "end",
}


def measured(name: str, dose: float, out: Path) -> str:
    """Save the truth of a bundled translator in a folder; gives what to say of it."""
    truth = translated(name, dose)
    shares = ", ".join(f"{decoding} {truth.he(decoding):.3f}" for decoding in DECODINGS)
    return f"{truth.save(out)}: {truth.n:,} sentences; P(he) {shares}"


def translated(name: str, dose: float) -> Translated:
    """Ask a bundled translator for every sentence: the probability of both translations, and what decoding chooses."""
    return replace(enumerated(translator(name, dose), dose=dose), model=name)


def enumerated(target: Seq2Seq, decodings: Sequence[str] = DECODINGS, dose: float = 0.0) -> Translated:
    """The truth of any translator of the language, tuned ones too: sampled and, where named, otherwise decoded.

    The model is called by the target's title; `dose` is that of the world it learned from last.
    """
    every, asked = sentences(), replace(target, decoding="sampled")
    chances = np.array([_chances(asked, every, pronoun) for pronoun in PRONOUNS])
    shares = {"sampled": _by_occupation(every, (chances[1] / chances.sum(axis=0)).tolist())}
    right = {"sampled": round(float(chances.sum(axis=0).mean()), DIGITS)}
    answers = dict[str, list[Answer]]()
    for decoding in (each for each in CHOSEN if each in decodings):
        answers[decoding] = _generated(replace(target, decoding=decoding), every)
        said = [_pronoun(sentence, answer) for sentence, answer in zip(every, answers[decoding], strict=True)]
        shares[decoding] = _by_occupation(every, [None if one is None else float(one == "he") for one in said])
        right[decoding] = round(sum(one is not None for one in said) / len(said), DIGITS)
    settings = {key: value for key, value in asked.settings.items() if key in ("temperature", "max_tokens", "dtype")}
    settings |= {"beams": target.beams}
    looks = _attention(every, answers["greedy"]) if "greedy" in answers else {}
    return Translated(target.title, dose, len(every), asked.fingerprint, settings, shares, right, **looks)


def _chances(asked: Seq2Seq, every: Sequence[Sentence], pronoun: str) -> list[float]:
    """The probability of each translation with this pronoun: the product over its words and the stop."""
    prompts = [Prompt(sentence.said(pronoun), given=sentence.source) for sentence in every]
    found = [answer for part in _parts(prompts) for answer in asked.score(part, [0] * len(part))]
    return [math.exp(float(str(_said(answer).told["log_probability"]))) for answer in found]


def _generated(asked: Seq2Seq, every: Sequence[Sentence]) -> list[Answer]:
    prompts = [Prompt(sentence.source) for sentence in every]
    return [answer for part in _parts(prompts) for answer in asked.generate(part, [0] * len(part))]


def _parts(prompts: Sequence[Prompt]) -> Iterator[Sequence[Prompt]]:
    return (prompts[k : k + BATCH] for k in range(0, len(prompts), BATCH))


def _said(answer: Answer) -> Said:
    if not isinstance(answer, Said):
        raise TypeError(f"A translator answered {answer!r}.")
    return answer


def _pronoun(sentence: Sentence, answer: Answer) -> str | None:
    """Which translation an answer is, word for word: the one with "she" or the one with "he"; `None` for another."""
    return {sentence.said(pronoun): pronoun for pronoun in PRONOUNS}.get(_said(answer).text)


def _by_occupation(every: Sequence[Sentence], he: Sequence[float | None]) -> dict[str, list[float]]:
    """The mean of each template's sentences of an occupation, of those that were translated right."""
    cells: dict[tuple[str, int], list[float]] = {}
    for sentence, share in zip(every, he, strict=True):
        if share is not None:
            cells.setdefault((sentence.job, sentence.template), []).append(share)
    return {
        job: [round(float(np.mean(cells[job, number])), DIGITS) for number in range(len(TEMPLATES))]
        for job in OCCUPATIONS
    }


def _attention(every: Sequence[Sentence], answers: Sequence[Answer]) -> dict[str, Any]:
    """What greedy translations looked at: the fields of `Translated`, none of a model that attends to nothing."""
    looked = [_said(answer).attention for answer in answers]
    if looked[0] is None:
        return {}
    found: dict[str, list[Mapping[str, float]]] = {OCCUPATION: [], BEFORE: [], AFTER: []}
    own: dict[int, list[float]] = {}
    for sentence, attention in zip(every, looked, strict=True):
        assert attention is not None
        pronoun = BEFORE if TEMPLATES[sentence.template].pronoun_first else AFTER
        for row in _rows(attention, PRONOUNS):
            found[pronoun].append(row)
        for row in _rows(attention, (sentence.job,)):
            found[OCCUPATION].append(row)
            own.setdefault(sentence.template, []).append(row["occupation"])
    return {
        "looks": {what: _mean(rows) for what, rows in found.items()},
        "settled": round(float(np.median([share for part in own.values() for share in part])), DIGITS),
        "lowest": round(min(float(np.median(part)) for part in own.values()), DIGITS),
        "sums": max(abs(sum(row) - 1) for attention in looked if attention for row in attention.weights),
    }


def _rows(attention: Attention, words: Sequence[str]) -> Iterator[dict[str, float]]:
    """Where these English words looked: the attention on each kind of source word."""
    for word, weights in zip(attention.rows, attention.weights, strict=True):
        if word in words:
            told = dict.fromkeys(WORDS, 0.0)
            for column, weight in zip(attention.columns, weights, strict=True):
                told[KINDS.get(column, "other")] += weight
            yield told


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {kind: round(float(np.mean([row[kind] for row in rows])), DIGITS) for kind in WORDS}
