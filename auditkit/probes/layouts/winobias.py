"""WinoBias: files named `pro_stereotyped_type1.txt.dev` and `anti_stereotyped_type1.txt.dev`, a sentence a line, with
[the occupation] and [the pronoun] that refers to it in brackets.

A sentence is paired with the line of the other file that differs in nothing but what is in brackets; those without such
a line are left out, and how many is told. The `category` is the type, the factor `occupation` the one referred to.
References
    Zhao, Wang, Yatskar, Ordonez & Chang, NAACL (2018) 15.
"""

from __future__ import annotations

import re
from pathlib import Path

from auditkit.core.errors import InputError
from auditkit.probes.layouts.pairs import Found, Pair
from auditkit.probes.layouts.reading import lines_of

PRO, ANTI = "pro_stereotyped", "anti_stereotyped"
BRACKETS, NUMBER = re.compile(r"\[([^\]]*)\]"), re.compile(r"^\d+\s+")
PRONOUNS = frozenset({"she", "her", "hers", "herself", "he", "him", "his", "himself"})


def read(path: Path) -> Found:
    """The pairs of a folder, or of one file with its counterpart beside it."""
    files = sorted(path.glob(f"{PRO}*")) if path.is_dir() else [path.with_name(path.name.replace(ANTI, PRO))]
    if not files or PRO not in files[0].name:
        raise InputError(f"{path} is not WinoBias: its files are named {PRO}_type1.txt.dev and {ANTI}_type1.txt.dev.")
    pairs: list[Pair] = []
    alone = 0
    for file in files:
        others = {_frame(line): line for line in lines_of(file.with_name(file.name.replace(PRO, ANTI)))}
        category = next((part for part in re.split(r"[_.]", file.name) if part.startswith("type")), "")
        for line in lines_of(file):
            other = others.get(_frame(line))
            if other is None or _said(other) == _said(line):
                alone += 1
                continue
            pairs.append(Pair(_said(line), _said(other), category, factors=_about(line)))
    return Found(tuple(pairs), {"without a counterpart": alone} if alone else {})


def _said(line: str) -> str:
    """The sentence without number and brackets; a blank before "'s" is the tokeniser's, and goes."""
    return NUMBER.sub("", line).replace("[", "").replace("]", "").replace(" 's", "'s")


def _frame(line: str) -> str:
    """The sentence with its pronouns left open, the brackets around other words aside."""

    def opened(at: re.Match[str]) -> str:
        return "[]" if at[1].casefold() in PRONOUNS else at[1]

    return " ".join(BRACKETS.sub(opened, NUMBER.sub("", line)).split())


def _about(line: str) -> dict[str, str]:
    """The occupation that the pronoun refers to."""
    named = [words for words in BRACKETS.findall(line) if words.casefold() not in PRONOUNS]
    return {"occupation": re.sub(r"^(the|an?)\s+", "", named[0], flags=re.IGNORECASE)} if named else {}
