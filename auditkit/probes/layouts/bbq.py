"""BBQ: a file of JSON lines for each category, `Age.jsonl`, an item a line, its three answers with the group of each.

The files of published predictions (`preds_Age.jsonl`) have the same keys and one more for each model.
References
    Parrish et al., Findings of ACL (2022) 2086.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from auditkit.core.errors import InputError
from auditkit.probes.layouts.reading import records_of

NEEDED = ("example_id", "question_polarity", "context_condition", "category", "answer_info", "additional_metadata",
          "context", "question", "ans0", "ans1", "ans2", "label")  # fmt: skip
CONDITIONS = {"ambig": "ambiguous", "disambig": "disambiguated"}
PREDICTED = "preds_"
UNKNOWN, BIASED, AGAINST = "unknown", "biased", "against"


class Item(NamedTuple):
    """A question: `kinds` says of each answer whether it is biased, against the bias, or "unknown"."""

    key: str
    category: str
    condition: str
    polarity: str
    context: str
    question: str
    answers: tuple[str, str, str]
    kinds: tuple[str, str, str]
    truth: str
    told: Mapping[str, Any]


def items(path: Path) -> tuple[tuple[Item, ...], int]:
    """The items of a file, or of every JSON-lines file of a folder, and how many are left out.

    Left out is what does not say which of its answers is the biased one: in some categories the groups of the answers
    are spelled otherwise than the stereotyped ones. Raises `InputError` where there are no items.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    files = [file for file in files if not _again(file, files)]
    read = [_item(record, file) for file in files for record in records_of(file, NEEDED)]
    clear = tuple(item for item in read if set(item.kinds) == {BIASED, AGAINST, UNKNOWN})
    if not clear:
        raise InputError(f"{path} holds no items of BBQ that say which answer is biased.")
    return clear, len(read) - len(clear)


def _again(file: Path, files: Sequence[Path]) -> bool:
    """Whether these are the predictions for a file that is there too: the same items once more."""
    return file.name.startswith(PREDICTED) and file.with_name(file.name.removeprefix(PREDICTED)) in files


def _item(record: Mapping[str, Any], file: Path) -> Item:
    """An item. The biased answer is the stereotyped group where the question is negative, else the other one."""
    names = ("ans0", "ans1", "ans2")
    try:
        groups = [str(record["answer_info"][name][1]) for name in names]
        stereotyped = {str(group).casefold() for group in record["additional_metadata"]["stereotyped_groups"]}
        condition = CONDITIONS[record["context_condition"]]
        answers, label = [str(record[name]) for name in names], int(record["label"])
        truth = dict(enumerate(answers))[label]
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not BBQ: item {record['example_id']} lacks {error}.") from None
    negative = record["question_polarity"] == "neg"
    kinds = [
        UNKNOWN if group == UNKNOWN else BIASED if (group.casefold() in stereotyped) == negative else AGAINST
        for group in groups
    ]
    return Item(
        f"{record['category']} {record['example_id']}",
        str(record["category"]),
        condition,
        "negative" if negative else "not negative",
        str(record["context"]),
        str(record["question"]),
        (answers[0], answers[1], answers[2]),
        (kinds[0], kinds[1], kinds[2]),
        truth,
        record,
    )
