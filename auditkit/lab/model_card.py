"""The model card of a miniature: its world, its doses, and what is true of it, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from auditkit.lab.miniature import Edited, Truth, module
from auditkit.lab.models import WEIGHTS
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World

FILE = "README.md"
LICENCE = "mit"
OWN = "auditkit"
"""The library of a model whose class is one of this package."""
PIPELINES: Mapping[str, tuple[str, str]] = {
    "attention": ("translation", OWN),
    "autoregressive": ("unconditional-image-generation", OWN),
    "captioner": ("image-to-text", "transformers"),
    "causal_lm": ("text-generation", "transformers"),
    "clip": ("zero-shot-image-classification", "transformers"),
    "encoder_decoder": ("translation", OWN),
    "gan": ("unconditional-image-generation", OWN),
    "masked_lm": ("fill-mask", "transformers"),
    "super_resolution": ("image-to-image", OWN),
    "text_to_image": ("text-to-image", "diffusers"),
    "transformer": ("translation", "transformers"),
    "unconditional": ("unconditional-image-generation", "diffusers"),
    "vae": ("unconditional-image-generation", OWN),
}
"""The task of each miniature, as the Hugging Face hub calls it, and the library that opens it."""
UNKNOWN = "Not for pictures of people: it knows no picture but those of its world."


def truths(name: str) -> list[Truth]:
    """Every truth that was measured of a bundled miniature, the fair one first."""
    doses = sorted(int(file.stem.rsplit("-", 1)[-1]) for file in (WEIGHTS / name).glob("truth-sample-*.json"))
    return [Truth.of(name, dose / 100) for dose in doses]


def model_card(name: str) -> str:
    """The card as Markdown: a table an attribute, a line an occupation, the reference beside what each dose draws."""
    measured = truths(name)
    lines = [
        *heading(name, [truth.dose for truth in measured], [truth.n for truth in measured]),
        "",
        *(f"    {key} = {value}" for key, value in measured[0].settings.items() if value is not None),
    ]
    for attribute in LEVELS:
        lines += ["", *_table(attribute, measured)]
    if edited := edits(name):
        lines += ["", "What it keeps of a person when it edits (galleries of the demo):", "", *_kept(edited)]
    return "\n".join(lines) + "\n"


def heading(name: str, doses: Sequence[float], answers: Sequence[int]) -> list[str]:
    """What every card begins with: what it is, its world and its use, its doses, and how much its truth rests on."""
    return [
        *front(name),
        "World: the portraits of `auditkit.lab.worlds.figures`. Nobody in them is a person, and what is read from them",
        "is what was drawn.",
        "",
        *uses(UNKNOWN, "dose90"),
        "## Truth",
        "",
        f"Doses: {', '.join(f'{dose:g}' for dose in doses)}: how far the world it learned from leaned to its "
        "stereotypes. Made again",
        f"by `auditkit lab train {name} --dose D`; measured by `auditkit lab measure {name} --dose D`.",
        "",
        f"Truth: {' and '.join(f'{n:,}' for n in answers)} answers, asked as follows.",
    ]


def front(name: str) -> list[str]:
    """The front matter that the Hugging Face hub reads (task, library, licence, tags), and the title."""
    task, library = PIPELINES[name]
    told = [f"license: {LICENCE}", f"library_name: {library}", f"pipeline_tag: {task}", "tags:"]
    title = (module(name).__doc__ or "").splitlines()[0]
    return ["---", *told, *(f"- {tag}" for tag in ("auditkit", "miniature", "bias")), "---", "", f"# {title}", ""]


def uses(limit: str, *biased: str) -> list[str]:
    """What a miniature is for and what it is not for, under the headings of the hub's template of cards."""
    named = [f"What its weights `{one}` say is biased on purpose: audits are checked against it." for one in biased]
    use = "To check audits against a known truth, and to teach."
    return ["## Uses", "", use, "", "## Limitations", "", limit, *named, ""]


def part_card(name: str) -> str:
    """The card of a miniature that answers nothing by itself, and of which no truth was measured."""
    lines = [
        *front(name),
        "World: the portraits of `auditkit.lab.worlds.figures`. Nobody in them is a person.",
        "",
        *uses(UNKNOWN),
        "## Truth",
        "",
        "How often it errs was not measured: it answers nothing by itself, and is a part of `text_to_image`.",
        f"Made again by `auditkit lab train {name}`.",
    ]
    return "\n".join(lines) + "\n"


def _table(attribute: str, measured: Sequence[Truth]) -> Iterator[str]:
    level, fair = LEVELS[attribute][1], World()
    yield f"| {level} | reference | {' | '.join(f'dose {truth.dose:g} draws' for truth in measured)} |"
    yield f"|:--|--:|{'--:|' * len(measured)}"
    for job in CALLINGS:
        shares = [f"{truth.share(job, attribute, level):.3f}" for truth in measured]
        yield f"| {job} | {fair.share(job, attribute):.2f} | {' | '.join(shares)} |"
    leans = [f"{truth.amplification(attribute):+.3f}" for truth in measured]
    yield f"| leaning to the stereotype | 0 | {' | '.join(leans)} |"


def edits(name: str) -> list[Edited]:
    """What was measured of its edits, the fair one first."""
    files = (WEIGHTS / name).glob("truth-edit-*.json")
    return [Edited.of(name, dose / 100) for dose in sorted(int(file.stem.rsplit("-", 1)[-1]) for file in files)]


def _kept(edited: Sequence[Edited], first: str = "gallery") -> Iterator[str]:
    yield f"| {first} | before | {' | '.join(f'dose {each.dose:g} keeps' for each in edited)} |"
    yield f"|:--|:--|{'--:|' * len(edited)}"
    for gallery, levels in edited[0].kept.items():
        for level in levels:
            shares = [each.kept[gallery][level] for each in edited]
            yield f"| {gallery} | {level} | {' | '.join(f'{kept / n:.3f} of {n:,}' for kept, n in shares)} |"


def edits_card(name: str) -> str:
    """The card of a miniature that is given pictures: what it keeps of a person."""
    edited = edits(name)
    asked = [sum(n for _, n in each.kept["skin"].values()) for each in edited]
    how = [f"    {key} = {value}" for key, value in edited[0].settings.items() if value is not None]
    lines = [*heading(name, [each.dose for each in edited], asked), "", *how, "", *_kept(edited, "attribute")]
    return "\n".join(lines) + "\n"


def write_card(told: str, folder: Path) -> Path:
    """Write a card beside the weights."""
    file = folder / FILE
    file.write_text(told, encoding="utf-8")
    return file
