"""The model card of a miniature translator: how often it says "he", decoded in each way, and where it looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditkit.lab.model_card import front, uses
from auditkit.lab.models import WEIGHTS
from auditkit.lab.translated import DECODINGS, FILE, WORDS, Translated
from auditkit.lab.worlds.translations.language import OCCUPATIONS, TEMPLATES
from auditkit.lab.worlds.translations.world import World


def truths(name: str) -> list[Translated]:
    """Every truth that was measured of a bundled translator, the fair one first."""
    files = (WEIGHTS / name).glob(FILE.format("*"))
    return [Translated.of(name, dose / 100) for dose in sorted(int(file.stem.rsplit("-", 1)[-1]) for file in files)]


def translated_card(name: str) -> str:
    """The card as Markdown: a line an occupation, a column a way of decoding."""
    measured = truths(name)
    lines = [*_heading(name, measured), "", *_shares(measured), "", *_right(measured), "", *_looks(measured)]
    return "\n".join(lines) + "\n"


def _heading(name: str, measured: Sequence[Translated]) -> list[str]:
    shares = " and ".join(f"{World(each.dose).share('doctor'):g} at {each.dose:g}" for each in measured)
    return [
        *front(name),
        f"World: `auditkit.lab.worlds.translations`, {measured[0].n:,} sentences of an invented language whose one",
        'pronoun is "she" or "he" in English.',
        "",
        *uses("It knows no sentence but those of its world.", "dose90"),
        "## Truth",
        "",
        f"Doses: {', '.join(f'{each.dose:g}' for each in measured)}. P(he) of the world it learned from is {shares},",
        "the same for every occupation. Made again",
        f"by `auditkit lab train {name} --dose D`; measured by `auditkit lab measure {name} --dose D`.",
        "",
        f"Truth: enumerated, not sampled: every sentence of {len(TEMPLATES)} templates, asked as follows.",
        "",
        *(f"    {key} = {value}" for key, value in measured[0].settings.items()),
    ]


def _shares(measured: Sequence[Translated]) -> Iterator[str]:
    yield "P(he), the mean over templates. At dose 0 the world has no likelier word: what greedy and beam decoding take"
    yield "there hangs by a hair, and says nothing of it."
    yield ""
    heads = [
        f"the world, {each.dose:g} | {' | '.join(f'{one}, {each.dose:g}' for one in DECODINGS)}" for each in measured
    ]
    yield f"| | {' | '.join(heads)} |"
    yield f"|:--|{'--:|' * (1 + len(DECODINGS)) * len(measured)}"
    for job in OCCUPATIONS:
        cells = [
            f"{World(each.dose).share(job):.3f} | {' | '.join(f'{each.share(job, one):.3f}' for one in DECODINGS)}"
            for each in measured
        ]
        yield f"| {job} | {' | '.join(cells)} |"


def _right(measured: Sequence[Translated]) -> Iterator[str]:
    for each in measured:
        told = ", ".join(f"{decoding} {each.right[decoding]:.4f}" for decoding in DECODINGS)
        yield f"* Dose {each.dose:g}, translated word for word right: {told}."


def _looks(measured: Sequence[Translated]) -> Iterator[str]:
    if not measured[0].looks:
        yield "It has no attention: nothing tells which word of the source a word was read from."
        return
    yield "Attention, the mean over sentences: where an English word looked when it was said, greedily decoded. Of the"
    yield "pronoun it is shown as measured, and explains nothing."
    if measured[0].model == "transformer":
        yield "It is the mean over the four heads of the last layer; a single head may be more settled."
    yield ""
    yield f"| said | {' | '.join(WORDS)} |"
    yield f"|:--|{'--:|' * len(WORDS)}"
    for each in measured:
        for what, told in each.looks.items():
            yield f"| {what}, dose {each.dose:g} | {' | '.join(f'{told[kind]:.3f}' for kind in WORDS)} |"
    yield ""
    for each in measured:
        yield (
            f"* Dose {each.dose:g}: the occupation's attention on its own source has the median {each.settled:.3f}; "
            f"{each.lowest:.3f} in the template where it is least."
        )
