"""Why answers cannot be used: of the refused, the failed and the unread the commonest reason, with one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from auditkit.core.generation import Generation
from auditkit.formats.words import count, short
from auditkit.lifecycle.prompting.bench import shown
from auditkit.runs import Run

MOST = 120


def unusable(run: Run, column: str) -> tuple[str, ...]:
    """A sentence for each way in which answers of a run are lost; `column` is what is to be read from each."""
    answers = run.store.span(0, len(run))
    refused, failed = [one for one in answers if one.refused], [one for one in answers if one.failed]
    told = [*_asked("Refused", refused, [one.refused for one in refused], len(answers))]
    told += _asked("Failed", failed, [one.failed for one in failed], len(answers))
    read = shown(run, column, 0, len(answers))
    lost = [value is None or value != value for value in read]
    unread = [one for one, none in zip(answers, lost, strict=True) if none and one.answered]
    return (*told, *_unread(unread, column, len(answers)))


def _asked(what: str, lost: Sequence[Generation], reasons: Sequence[str], asked: int) -> Iterator[str]:
    """How many, why most of them, and the question that was put to one of those."""
    for reason, times in Counter(reasons).most_common(1):
        one = lost[reasons.index(reason)]
        yield (
            f'{what}: {count(len(lost))} of {count(asked)}, {count(times)} of them with "{short(reason, MOST)}", '
            f'for example when asked "{short(one.text, MOST)}".'
        )


def _unread(lost: Sequence[Generation], column: str, asked: int) -> Iterator[str]:
    """How many, and what was answered most often where words were."""
    said = [one.output for one in lost if one.kind == "text"]
    told = f"Unread: of {count(len(lost))} of {count(asked)} answers the reader tells no {short(column, 40)}"
    for words, times in Counter(said).most_common(1):
        told += f', {count(times)} of them "{short(words, MOST)}"'
    if lost:
        yield f"{told}."
