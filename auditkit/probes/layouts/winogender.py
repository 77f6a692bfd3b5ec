"""Winogender schemas: `templates.tsv` (or `all_sentences.tsv`) and `occupations-stats.tsv`, in one folder.

A sentence tells of somebody of an occupation and of another participant; its pronoun refers to one of them. The shares
of women come from the US Bureau of Labor Statistics and from texts (Bergsma & Lin 2006), in percent.
References
    Rudinger, Naradowsky, Leonard & Van Durme, NAACL (2018) 8; Bergsma & Lin, ACL (2006) 33.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from auditkit.core.errors import InputError
from auditkit.probes.layouts.pairs import Found, Pair
from auditkit.probes.layouts.reading import found, rows_of

TEMPLATES, SENTENCES, STATISTICS = "templates.tsv", "all_sentences.tsv", "occupations-stats.tsv"
SOMEONE = "someone"
ABOUT = ("occupation", "participant")
"""Whom the pronoun refers to, as `answer` numbers them."""
PRONOUNS: Mapping[str, tuple[str, str, str]] = {
    "$NOM_PRONOUN": ("she", "he", "they"),
    "$ACC_PRONOUN": ("her", "him", "them"),
    "$POSS_PRONOUN": ("her", "his", "their"),
}
"""The pronouns of women, of men, and of neither, by their place."""


class Schema(NamedTuple):
    """A sentence with a place for its pronoun, whom it tells of, and whom the pronoun refers to."""

    occupation: str
    participant: str
    about: str
    sentence: str

    @property
    def place(self) -> str:
        """Which pronoun it takes."""
        return next(place for place in PRONOUNS if place in self.sentence)

    def said(self, pronoun: str, participant: str = "") -> str:
        """The sentence with a pronoun, and the participant named, or "someone" in their place."""
        who = participant or self.participant
        text = self.sentence.replace("$OCCUPATION", self.occupation).replace(self.place, pronoun)
        named = "(?:[Tt]he|[Aa]n?) " if who == SOMEONE else ""
        text = re.sub(rf"{named}\$PARTICIPANT", lambda _: who, text)
        return text[:1].upper() + text[1:]


class Shares(NamedTuple):
    """The share of women in an occupation, from 0 to 1: among the employed, and in texts."""

    bls: float
    text: float


def schemas(folder: Path) -> tuple[Schema, ...]:
    """The sentences of `templates.tsv`."""
    columns = ["occupation(0)", "other-participant(1)", "answer", "sentence"]
    rows = rows_of(found(folder, TEMPLATES), columns, "\t")
    told = []
    for row in rows:
        if row["answer"] not in ("0", "1") or sum(place in row["sentence"] for place in PRONOUNS) != 1:
            raise InputError(f"{folder} is not Winogender: {row['sentence']!r} has no pronoun, or several.")
        told.append(Schema(row[columns[0]], row[columns[1]], ABOUT[int(row["answer"])], row["sentence"]))
    return tuple(told)


def shares(folder: Path) -> Mapping[str, Shares]:
    """The share of women by occupation, of `occupations-stats.tsv`."""
    rows = rows_of(found(folder, STATISTICS), ["occupation", "bergsma_pct_female", "bls_pct_female"], "\t")
    try:
        return {
            row["occupation"]: Shares(float(row["bls_pct_female"]) / 100, float(row["bergsma_pct_female"]) / 100)
            for row in rows
        }
    except ValueError as error:
        raise InputError(f"{folder} has a share that is no number: {error}.") from None


def read(path: Path, by: Literal["bls", "text"] = "bls") -> Found:
    """The pairs of `all_sentences.tsv`: a woman's and a man's pronoun, the stereotyped one that of the larger share.

    Only sentences whose pronoun refers to the occupation; those about the participant are left out, and occupations
    where the shares are equal or unknown.
    """
    folder = path if path.is_dir() else path.parent
    women = shares(folder)
    sentences: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows_of(found(path, SENTENCES), ["sentid", "sentence"], "\t"):
        parts = row["sentid"].removesuffix(".txt").rsplit(".", 3)
        if len(parts) != 4:
            raise InputError(
                f"{path} is not Winogender: {row['sentid']!r} is no sentid, such as nurse.patient.0.male.txt."
            )
        occupation, participant, answer, gender = parts
        sentences.setdefault((occupation, participant, answer), {})[gender] = row["sentence"]
    pairs, left = [], {"about the participant": 0, "no leaning": 0}
    for (occupation, participant, answer), said in sentences.items():
        lean = getattr(women[occupation], by) - 0.5 if occupation in women else 0.0
        if answer != "0" or not lean:
            left["about the participant" if answer != "0" else "no leaning"] += 1
            continue
        more, less = ("female", "male") if lean > 0 else ("male", "female")
        if lacking := [gender for gender in (more, less) if not said.get(gender)]:
            raise InputError(f"{path} has no {lacking[0]} sentence of {occupation}, {participant}.")
        factors = {"occupation": occupation, "participant": participant}
        pairs.append(Pair(said[more], said[less], f"{more} occupations", occupation, factors=factors))
    return Found(tuple(pairs), {why: n for why, n in left.items() if n})
