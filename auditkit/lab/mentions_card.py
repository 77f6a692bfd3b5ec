"""The model card of the captioner: what it says of portraits and leaves unsaid, and what it guesses."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.lab.mentions import EXCESS, LEVELS_OF, NAME, SIGNED, Mentions
from auditkit.lab.model_card import heading
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.captioning import COVERS, NOTHING, guessed
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS


def mentions_card() -> str:
    """The card of the captioner as Markdown: what it says and leaves unsaid at each dose."""
    files = (WEIGHTS / NAME).glob("truth-caption-*.json")
    told = [Mentions.of(dose / 100) for dose in sorted(int(file.stem.rsplit("-", 1)[-1]) for file in files)]
    pictures = [2 * each.n for each in told]
    lines = [*heading(NAME, [each.dose for each in told], pictures)[:-1], *_explained(pictures), ""]
    lines += [f"| | {' | '.join(f'dose {each.dose:g}' for each in told)} |", f"|:--|{'--:|' * len(told)}"]
    lines += [f"| {what} | {' | '.join(values)} |" for what, values in _rows(told)]
    lines += [
        "",
        "Where skin is hidden, P(darker | skin is mentioned), and what it was in the captions it learned from:",
        "",
    ]
    heads = [f"dose {each.dose:g} | its data" for each in told]
    lines += [f"| | {' | '.join(heads)} |", f"|:--|{'--:|--:|' * len(told)}"]
    for job in CALLINGS:
        cells = [f"{each.guesses[job][0]:.3f} | {guessed(job, each.dose):.3f}" for each in told]
        lines.append(f"| {job} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _explained(pictures: Sequence[int]) -> list[str]:
    return [
        f"Truth: probabilities of all captions of the grammar, added up for {' and '.join(f'{n:,}' for n in pictures)} "
        "portraits in each",
        "way of hiding, every person once with lighter and once with darker skin. Nothing was drawn.",
    ]


def _rows(told: Sequence[Mentions]) -> list[tuple[str, list[str]]]:
    rows = [
        (f"P({name} is mentioned), {level}", [f"{each.mention[NOTHING][name][level][0]:.3f}" for each in told])
        for name in ("skin", "length")
        for level in LEVELS[name]
    ]
    rows += [(f"mention ratio, {name}", [f"{each.ratio(name):.2f}" for each in told]) for name in ("skin", "length")]
    for hidden in (NOTHING, *COVERS):
        where = "clear pictures" if hidden == NOTHING else f"{hidden} hidden"
        rows += [
            (f"{name} is right when said, {where}", [f"{each.right[hidden][name][0]:.3f}" for each in told])
            for name in LEVELS_OF
            if (name, hidden) != ("skin", "skin")
        ]
        flips = [f"{each.swapped[hidden]['occupation'][EXCESS][0]:.4f}" for each in told]
        rows.append((f"flips of the occupation beyond the baseline, skin swapped, {where}", flips))
    apart = [f"{each.swapped[NOTHING]['skin'][SIGNED][0]:+.3f}" for each in told]
    rows.append(("skin is mentioned, darker less lighter, the same person", apart))
    rows.append(("captions that are no sentence", [f"{each.outside:.5f}" for each in told]))
    return rows
