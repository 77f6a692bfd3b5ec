"""Does a picture still show what was asked for? Two runs, before and after, on the same prompts and seeds.

The audits before and after ask the same prompts with the same seeds. A factor of the design says what was asked
("occupation"), a reader of the plan what is seen ("occupation shown"): exactly where it is exact, else as perceived. A
picture that was refused, or that cannot be read, does not show it. Prompts are the items: the share of a prompt's
pictures that show what it asks, before minus after, by prompt, since one prompt's pictures share their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from auditkit.core.errors import ColumnError, InputError
from auditkit.lifecycle.turning import Cost
from auditkit.runs import Run, opened_run
from auditkit.stats.assurance import items_for
from auditkit.stats.noninferiority import mean_of_items

MARGIN = 0.05
"""How much of the share may be lost."""
Places = Mapping[tuple[str, int], tuple[str, bool, bool]]
"""By a prompt's key and a seed: the prompt, whether the target answered, and whether that shows what was asked."""


def faithful(before: Run | Path, after: Run | Path, asked: str, shown: str, margin: float | None = MARGIN) -> Cost:
    """How much less often pictures show what was asked: share before minus share after, paired by prompt and seed.

    `asked` is a factor of the probe and `shown` an attribute that an annotator reads, with the same levels. Answers on
    which the target raised before take no part; where it raised only after, what was asked is not shown. Raises
    `ColumnError` for a column that is not there and `InputError` where what is shown is never what is asked for in
    name, or where both runs share no prompt.
    """
    was, now = (_read(opened_run(run), asked, shown) for run in (before, after))
    both = [place for place, (_, answered, _) in was.items() if answered and place in now]
    if not both:
        raise InputError(f"The runs {before} and {after} have no prompt and seed in common: nothing can be compared.")
    number = {prompt: k for k, prompt in enumerate(dict.fromkeys(was[place][0] for place in both))}
    items = np.array([number[was[place][0]] for place in both])
    sides = [np.array([told[place][2] for place in both], float) for told in (was, now)]
    shares = [np.bincount(items, side) / np.bincount(items) for side in (*sides, sides[0] - sides[1])]
    name = f"pictures that show the {asked} asked for (share of pictures)"
    limits = ((0.0, 1.0), (0.0, 1.0), (-1.0, 1.0))
    first, last, lost = (mean_of_items(each, within=within) for each, within in zip(shares, limits, strict=True))
    enough = (None, None) if margin is None else items_for(margin, shares[2], within=limits[2])
    return Cost(name, first, last, lost, margin, True, *enough)


def _read(run: Run, asked: str, shown: str) -> Places:
    table = run.to_frame()
    for column, role in ((asked, "asked"), (shown, "shown")):
        if column not in table:
            raise ColumnError.missing(column, role, [str(name) for name in table.columns])
    levels = {str(level) for level in table[asked].dropna()}
    seen = {str(level) for level in table[shown].dropna()}
    if seen and not levels & seen:
        raise InputError(
            f'"{shown}" reads {_some(seen)}, and "{asked}" asks for {_some(levels)}: no picture could show what was '
            "asked. Give the reader the same levels."
        )
    named = zip(*(table[name] for name in ("prompt", "seed", asked, shown)), table["answered"].notna(), strict=True)
    return {
        (str(prompt), int(seed)): (str(prompt), bool(told), bool(told and was == now))
        for prompt, seed, was, now, told in named
    }


def _some(levels: set[str]) -> str:
    first = sorted(levels)
    return ", ".join(first[:4]) + (" and others" if len(first) > 4 else "")
