"""What a plan needs, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.core.need import Need
from auditkit.core.power import Power
from auditkit.formats.words import markdown


def needs_markdown(power: Power) -> str:
    """A table a detector, with what was supposed of its data, for an issue or a pull request.

    >>> told = needs_markdown(Power((), ("within: nothing matches.",), {}, (), 0, .95, 2.0))
    >>> print(told.split("\\n")[0])
    No verdict that this plan asks for can be planned.
    """
    return "\n".join(_lines(power)) + "\n"


def _lines(power: Power) -> Iterator[str]:
    for sentence in filter(None, (power.headline, power.tested, power.plan)):
        yield from (markdown(sentence), "")
    if power.silent:
        yield from ("**Never answered, whatever the data**", "", *(f"- {markdown(said)}" for said in power.silent), "")
    for title, world in power.worlds.items():
        yield from (f"### {markdown(title)}", "")
        own = [need for need in power.needs if need.title == title]
        if own:
            yield from (f"| verdict | {power.what} | of these | how often |", "|---|--:|---|---|")
            yield from (_row(power, need) for need in own)
            yield ""
        yield from (f"Supposed: {' '.join(map(markdown, world))}", "")
    yield from (f"- {markdown(note)}" for note in power.notes)


def _row(power: Power, need: Need) -> str:
    what = f"{need.estimand}, {need.limit}: {need.where}"
    if need.rows is None:
        return f"| {markdown(what)} | none | {markdown(need.why)} |  |"
    _, *parts, given = power.cells(need)
    beside = "; ".join(filter(None, (*parts, *power.beside(need))))
    return f"| {markdown(what)} | {need.rows:,} | {markdown(beside)} | {markdown(given)} |"
