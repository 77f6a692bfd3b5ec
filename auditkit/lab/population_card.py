"""The model card of a miniature that draws by itself: whom it draws, whom it has lost, and how fast it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditkit.lab.miniature import CARD
from auditkit.lab.model_card import heading
from auditkit.lab.models import WEIGHTS
from auditkit.lab.population import LOST, Population, tabled_share
from auditkit.lab.worlds.figures.people import LEVELS


def populations(name: str) -> list[Population]:
    """Every truth that was measured of a bundled miniature, the fair one first."""
    pattern = CARD.format("sample-*")
    doses = sorted(int(file.stem.rsplit("-", 1)[-1]) for file in (WEIGHTS / name).glob(pattern))
    return [Population.of(name, dose / 100) for dose in doses]


def population_card(name: str) -> str:
    """The card as Markdown: shares in the world, in what was shown and in what is drawn; and modes that are lost."""
    measured = populations(name)
    lines = [
        *heading(name, [one.dose for one in measured], [one.n for one in measured]),
        "",
        *(f"    {key} = {value}" for key, value in measured[0].settings.items() if value is not None),
        "",
        f"It draws {' and '.join(f'{one.per_second:,.0f}' for one in measured)} pictures a second on one processor of "
        "the machine that measured it.",
        "",
        *_shares(measured),
        "",
        *_lost(measured),
    ]
    return "\n".join(lines) + "\n"


def _shares(measured: Sequence[Population]) -> Iterator[str]:
    yield "| | the world | " + " | ".join(f"shown at {one.dose:g} | drawn at {one.dose:g}" for one in measured) + " |"
    yield f"|:--|--:|{'--:|--:|' * len(measured)}"
    for attribute, (_, tabled) in LEVELS.items():
        told = [f"{tabled_share(attribute, one.dose):.3f} | {one.share(attribute, tabled):.3f}" for one in measured]
        yield f"| {tabled} | {tabled_share(attribute, 0.0):.3f} | {' | '.join(told)} |"
    read = [f" | {one.readable('occupation'):.3f}" for one in measured]
    yield f"| occupation can be read | 1.000 | {' | '.join(f'1.000{share}' for share in read)} |"


def _lost(measured: Sequence[Population]) -> Iterator[str]:
    yield (
        f"Modes are hair and background together, 20 for either skin; lost is one that is drawn less than {LOST:g} "
        "times as often, among people of its skin, as the world has it."
    )
    yield ""
    for one in measured:
        for skin in LEVELS["skin"]:
            lost = one.lost(skin)
            named = ", ".join(f"{mode} ({ratio:.2f})" for mode, ratio in sorted(lost.items(), key=lambda pair: pair[1]))
            yield f"* Dose {one.dose:g}, {skin}: {f'{len(lost)} of 20 lost: {named}' if lost else 'none of 20 lost'}."
