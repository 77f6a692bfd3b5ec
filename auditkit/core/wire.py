"""Is everything in the file of a report of the kind that it should be?"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any, str], None]
HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Where a JSON text may hold half a surrogate pair, which is no character and has no place in a page or a file."""


MOST = 384 << 20
"""Bytes of memory that a text may become: a report of 5,000 findings takes about 50 MB."""
WEIGHTS = {"[": 88, "{": 200, ",": 44, '"': 25}
"""Bytes that a JSON text becomes for each of these signs, measured: a list, a table, a number, half a text."""
LONGEST = 64 << 20
"""Bytes of a file that is read at most, of whatever somebody else may have written."""
CELLS = 50_000
"""Cells that a report holds at most: of more it keeps none."""


class TooMuch(ValueError):
    """A text that would take more memory than anything that auditkit writes."""


def loaded(text: str) -> Any:
    """What a JSON text says; raises `ValueError` for NaN and infinity, which are no JSON, however they are written.

    >>> loaded("[1e999]")
    Traceback (most recent call last):
    ValueError: 1e999 is no finite number

    Half a surrogate pair becomes a question mark, as it does where a report is written.

    >>> loaded(r'["\\ud800", "\\ud83d\\ude00"]')
    ['?', '😀']
    """
    half = _halved(text)
    affordable(text, 2 if half else 1)
    told = json.loads(text, parse_constant=_finite, parse_float=_finite)
    return whole(told) if half else told


def _halved(text: str) -> bool:
    """Whether `HALF` is in a text: most texts hold nothing that begins it, which is soon seen."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return ("\\ud" in text or "\\uD" in text) and HALF.search(text) is not None


def affordable(text: str, times: int = 1) -> None:
    """Raise `TooMuch` for a text that would become more than `MOST` bytes, before anything is made of it.

    A short text of empty lists becomes thirty times its length, and somebody else may have written it.
    """
    if len(text) < MOST // 150:
        return
    # the text itself, what is made of its characters, and both again where the report is written
    whole = times * (3 * sys.getsizeof(text) + sum(text.count(sign) * each for sign, each in WEIGHTS.items()))
    if whole > MOST:
        told = f"{len(text):,} characters that would take about {whole >> 20:,} MB of memory"
        raise TooMuch(f"it has {told}, and {MOST >> 20:,} MB are the most")


def whole(told: Any) -> Any:
    """The same with every text made of characters alone, also those that name a part."""
    if isinstance(told, str):
        return told.encode("utf-8", "replace").decode("utf-8")
    if isinstance(told, list):
        return [whole(part) for part in told]
    if not isinstance(told, dict):
        return told
    table = {whole(name): whole(part) for name, part in told.items()}
    if len(table) != len(told):
        raise ValueError("two names differ only in half a surrogate pair, which is no character")
    return table


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits:.40} is no finite number")
    return number


def checked(report: Mapping[str, Any]) -> None:
    """Raise `ValueError` for the first part of a report, as plain dictionaries, that is of another kind.

    What is not there is not looked for: reading it says so.
    """
    _REPORT(report, "report")


def checked_judgement(judgement: Mapping[str, Any]) -> None:
    """Raise `ValueError` for the first part of a judgement, as plain dictionaries, that is of another kind.

    >>> checked_judgement({"policy": "gate.toml"})
    Traceback (most recent call last):
    ValueError: policy is 'gate.toml' and should be a table
    """
    _JUDGEMENT(judgement, "judgement")


def checked_estimate(estimate: Mapping[str, Any]) -> None:
    """Raise `ValueError` for the first part of an estimate, as plain dictionaries, that is of another kind."""
    _ESTIMATE(estimate, "estimate")


def _is(what: str, *types: type) -> Kind:
    def check(value: Any, where: str) -> None:
        if type(value) not in types:
            raise ValueError(f"{where} is {value!r:.40} and should be {what}")

    return check


def _number(value: Any, where: str) -> None:
    if type(value) not in (int, float) or not abs(value) < 1e300:  # its square root and its sums must be numbers too
        raise ValueError(f"{where} is {value!r:.40} and should be a finite number")


def _rows(value: Any, where: str) -> None:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{where} is {value!r:.40} and should be a number of rows")


def _or_none(kind: Kind) -> Kind:
    return lambda value, where: None if value is None else kind(value, where)


def _one_of(*known: str) -> Kind:
    def check(value: Any, where: str) -> None:
        if type(value) is not str or value not in known:
            raise ValueError(f"{where} is {value!r:.40} and should be one of {', '.join(known)}")

    return check


def _each(kind: Kind) -> Kind:
    def check(value: Any, where: str) -> None:
        _LIST(value, where)
        for part in value:
            kind(part, where)

    return check


def _few(kind: Kind) -> Kind:
    """A list with a part for each cell, of which there are not too many."""

    def check(value: Any, where: str) -> None:
        _LIST(value, where)
        if len(value) > CELLS:
            raise ValueError(f"{where} has {len(value):,} parts, and a report has {CELLS:,} cells at most")
        _each(kind)(value, where)

    return check


def _row(*kinds: Kind) -> Kind:
    """A list of exactly these."""

    def check(value: Any, where: str) -> None:
        _LIST(value, where)
        if len(value) != len(kinds):
            raise ValueError(f"{where} has {len(value)} parts and should have {len(kinds)}")
        for kind, part in zip(kinds, value, strict=True):
            kind(part, where)

    return check


def _table(kinds: Mapping[str, Kind]) -> Kind:
    def check(value: Any, where: str) -> None:
        _MAPPING(value, where)
        for name, kind in kinds.items():
            if name in value:
                kind(value[name], name)

    return check


def _named(kind: Kind) -> Kind:
    def check(value: Any, where: str) -> None:
        _MAPPING(value, where)
        for name, part in value.items():
            kind(part, f"{where}.{name:.40}")

    return check


def _margin(value: Any, where: str) -> None:
    _row(_or_none(_number), _or_none(_number))(value, where)
    if value[0] is None and value[1] is None:
        raise ValueError("a margin has no limit on either side, and lets everything pass")


def _reference(value: Any, where: str) -> None:
    (_named(_number) if isinstance(value, Mapping) else _number)(value, where)


_TEXT, _FLAG = _is("text", str), _is("true or false", bool)
_LIST, _MAPPING = _is("a list", list, tuple), _is("a table", dict)
_BOUNDS = _each(_or_none(_number))
_ESTIMATE = _table(
    {
        "value": _or_none(_number),
        "lower": _BOUNDS,
        "upper": _BOUNDS,
        "n": _rows,
        "n_eff": _number,
        "clusters": _or_none(_rows),
        "method": _TEXT,
        "reason": _or_none(_TEXT),
        "wagers": _each(_row(_or_none(_number), _or_none(_number), _number, _number)),
    }
)
_FINDING = _table(
    {
        **dict.fromkeys(("code", "estimand", "attribute", "level", "versus", "stratum", "sentence", "basis"), _TEXT),
        "estimate": _ESTIMATE,
        "scale": _one_of("difference", "ratio"),
        "null": _number,
        "null_expectation": _or_none(_number),
        "margin": _or_none(_margin),
        "reference": _or_none(_table({"value": _reference, "why": _TEXT, "source": _TEXT, "n": _or_none(_rows)})),
        "counts": _each(_row(_TEXT, _rows, _rows, _or_none(_number))),
        "caps": _each(_row(_one_of("PASS", "FAIL"), _TEXT)),
        "notes": _each(_TEXT),
        "recount": _FLAG,
    }
)
_RECIPE = _table(
    {
        "subject": _TEXT,
        "rows": _rows,
        "roles": _named(_each(_TEXT)),
        "detectors": _each(_table({"code": _TEXT})),
        "missing": _named(_rows),
        "versions": _named(_TEXT),
        "notes": _each(_TEXT),
        "sources": _each(_named(_TEXT)),
    }
)
_CELLS = _table(
    {
        "axes": _each(_TEXT),
        "names": _each(_TEXT),
        "levels": _each(_each(_TEXT)),
        "codes": _few(_each(_rows)),
        "n": _few(_rows),
        "weighted": _FLAG,
        "w": _few(_number),
        "w2": _few(_number),
        "top": _few(_number),
    }
)
_UNITS = _table(dict.fromkeys(("key", "digests", "cells"), _TEXT))
_REPORT = _table(
    {
        "recipe": _RECIPE,
        "findings": _each(_FINDING),
        "not_assessed": _each(_named(_TEXT)),
        "cells": _or_none(_CELLS),
        "units": _UNITS,
    }
)
_KEY = _row(*[_TEXT] * 5)
_END = _or_none(_number)
_INTERVAL = _or_none(_row(_END, _END, _number))
_OUTCOME = _one_of("PASS", "FAIL", "INCONCLUSIVE", "NOT_ASSESSED")
_VERDICT = _table(
    {
        "rule": _TEXT,
        "outcome": _OUTCOME,
        "sentence": _TEXT,
        "key": _or_none(_KEY),
        "margin": _or_none(_row(_END, _END)),
        **dict.fromkeys(("pass_interval", "fail_interval"), _INTERVAL),
        **dict.fromkeys(("fail_level", "p"), _END),
        "needed": _or_none(_rows),
        "changes": _each(_TEXT),
        "accepted": _table(
            {**dict.fromkeys(("rule", "reason", "owner", "expires"), _TEXT), "key": _KEY, "outcome": _OUTCOME}
        ),
    }
)
_JUDGEMENT = _table(
    {
        "outcome": _OUTCOME,
        "exit_code": _is("a whole number", int),
        "policy": _MAPPING,
        **dict.fromkeys(("policy_hash", "report_hash", "baseline_hash", "policy_from"), _TEXT),
        "warn": _FLAG,
        "verdicts": _each(_VERDICT),
        "unjudged": _each(_KEY),
        "experimental": _each(_TEXT),
        "notices": _each(_row(_TEXT, _TEXT)),
    }
)
