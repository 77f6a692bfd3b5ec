"""The model card of a miniature language model: its world, its doses, and what it says beside what the world says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditkit.lab.miniature import CARD
from auditkit.lab.model_card import front, uses
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import MIXED
from auditkit.lab.spoken import Spoken
from auditkit.lab.worlds.sentences.world import MECHANISMS, STRONG


def spoken(name: str) -> list[Spoken]:
    """Every truth that was measured of a bundled miniature: the fair one, the strong one, the mixed one."""
    found = []
    for dose, whole in ((0.0, True), (STRONG, True), (STRONG, False)):
        which = f"{round(100 * dose)}" if whole else MIXED
        if (WEIGHTS / name / CARD.format(f"sentences-{which}")).is_file():
            found.append(Spoken.of(name, dose, whole))
    return found


def spoken_card(name: str) -> str:
    """The card as Markdown: a table a mechanism, a line a quantity, the world's beside the model's."""
    measured = spoken(name)
    lines = [*_heading(name, measured)]
    for mechanism in measured[0].mechanisms:
        lines += ["", *_table(mechanism, measured)]
    lines += ["", *_pairs(measured)]
    return "\n".join(lines) + "\n"


def _heading(name: str, measured: Sequence[Spoken]) -> list[str]:
    slots = sum(map(len, measured[0].shares.values()))
    mixed = [", ".join(each.tilted) for each in measured if set(each.tilted) < set(each.mechanisms)]
    return [
        *front(name),
        "World: the sentences of `auditkit.lab.worlds.sentences`: a dozen words each. The islanders and highlanders",
        "are invented.",
        "",
        *uses("It knows nothing but the sentences of its world.", "dose90", "mixed"),
        "## Truth",
        "",
        f"Doses: {', '.join(f'{each.dose:g}' for each in measured if not _mixed(each))}: how far "
        "the world it learned from leaned to its stereotypes. Made again",
        f"by `auditkit lab train {name} --dose D`; measured by `auditkit lab measure {name} --dose D`.",
        *(f'The variant "mixed" has dose 0.9 in some mechanisms alone (`--mixed`): {names}.' for names in mixed),
        "",
        "Learned from: the sentences of its world, and at every place how likely each word is there, exactly, in",
        "place of the one word that a sentence has. That it agrees with its world to the third digit says that it can",
        "hold those probabilities, not that as many sentences without them would have taught it.",
        "",
        f"Truth: enumerated, not sampled: the model's own probability of every answer in {slots:,} slots and",
        f"{len(measured[0].pairs):,} minimal pairs. Levels are renormalised over the closed set of a slot; `mass` is",
        "the least that a closed set has together.",
    ]


def _mixed(truth: Spoken) -> bool:
    return set(truth.tilted) < set(truth.mechanisms)


def _dose(truth: Spoken) -> str:
    return MIXED if _mixed(truth) else f"dose {truth.dose:g}"


def _table(mechanism: str, measured: Sequence[Spoken]) -> Iterator[str]:
    doses = [_dose(each) for each in measured]
    yield f"{(MECHANISMS[mechanism].__doc__ or '').splitlines()[0]}"
    yield ""
    yield f"| {mechanism} | " + " | ".join(f"the world, {dose} | the model, {dose}" for dose in doses) + " |"
    yield f"|:--|{'--:|--:|' * len(measured)}"
    truths = [MECHANISMS[mechanism].truth(each.world.dose_of(mechanism)) for each in measured]
    told = [each.quantities(mechanism) for each in measured]
    for quantity in truths[0]:
        cells = [
            f"{_shown(world[quantity])} | {_shown(model[quantity])}" for world, model in zip(truths, told, strict=True)
        ]
        yield f"| {quantity.replace('|', chr(92) + '|')} | {' | '.join(cells)} |"


def _shown(value: float) -> str:
    """Three decimals, and no minus before a nought.

    >>> _shown(-0.0001), _shown(-0.001)
    ('0.000', '-0.001')
    """
    return f"{round(value, 3) + 0.0:.3f}"


def _pairs(measured: Sequence[Spoken]) -> Iterator[str]:
    yield "Minimal pairs: the stereotyped version's share of both probabilities, and how often it is the likelier one."
    yield "At dose 0 the world has none that is likelier, and which one is says nothing."
    yield ""
    yield "| | preference | the likelier one |"
    yield "|:--|--:|--:|"
    for each in measured:
        for swapped in ("group", "adjective"):
            told = f"{each.pair_preference(swapped):.3f} | {each.pair_score(swapped):.3f}"
            yield f"| {_dose(each)}, the {swapped} swapped | {told} |"
