"""Reporting bias of translators, and how the way a translation is decoded makes nearly all of what was a little."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.finding import Reference
from auditkit.core.probe import Probe
from auditkit.core.target import Target
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, TRANSLATORS, Decoding, translator
from auditkit.lab.worlds.translations.language import ADJECTIVES, OCCUPATIONS, PRONOUNS, TEMPLATES, VERBS

TITLES: Mapping[str, tuple[str, str]] = {
    "encoder_decoder": (
        "Everything in one last state",
        "A recurrent network reads a sentence to its end, hands over what it has kept, and another one writes it in "
        "English. The language has no she and no he. English will have one.",
    ),
    "attention": (
        "Looking back at every word",
        "The same two networks, but the second may look back at every word of the first. The occupation looks at its "
        "own word. What does the pronoun look at?",
    ),
    "transformer": (
        "Nothing but attention",
        "A transformer does the same without any recurrence, each word of English looking at all the words before it "
        "and at all of the source.",
    ),
}


def probe(repeats: int = 3, variants: int = 6) -> Probe:
    """Twelve occupations in every sentence of the language, in so many fillings, so many times each."""
    from auditkit.probes import Translations

    others = {"adjective": tuple(ADJECTIVES.values()), "verb": tuple(VERBS.values())}
    asked = [re.sub(r"\{job\}", "{}", template.source) for template in TEMPLATES]
    return Translations(dict(OCCUPATIONS), asked, others, variants=variants, repeats=repeats)


def target(name: str, decoding: Decoding, dose: float) -> Target:
    """A translator at a dose, decoded in this way."""
    return translator(name, dose, decoding=decoding)


def readers() -> tuple[Annotator, ...]:
    """The pronoun of the translation, by its word."""
    from auditkit.annotators import PronounGender

    return (PronounGender(attribute="pronoun", pronouns={pronoun: (pronoun,) for pronoun in PRONOUNS}),)


def frequency(_: float) -> tuple[Detector, ...]:
    """How often it is he, against as many of either."""
    from auditkit.detectors import reporting

    alike = Reference(dict.fromkeys(PRONOUNS, 0.5), why="as many of either in the world", source="auditkit.lab")
    return (reporting.GeneratorFrequency(dict.fromkeys(OCCUPATIONS, alike), "he"),)


def decoded(_: float) -> tuple[Detector, ...]:
    """How much more often it is he where the likeliest translation is taken, and not a drawn one."""
    from auditkit.detectors import selection

    return (selection.Decoder(),)


def _frequency(name: str) -> Gallery:
    title, tale = TITLES[name]
    return Gallery(
        name=f"translated_{name}",
        title=title,
        family="reporting",
        tale=tale,
        planted="In what the translator read the pronoun is he in 60 of 100 translations, whatever the occupation.",
        doses=(STRONG, 0.0),
        probe=probe,
        target=partial(target, name, "sampled"),
        readers=readers,
        detectors=frequency,
        roles={"group": "pronoun", "context": "occupation"},
        promises={STRONG: "FAIL", 0.0: "PASS"},
    )


def _amplified(name: str) -> Gallery:
    return Gallery(
        name=f"amplified_{name}",
        title=f"{TITLES[name][0]}: the likeliest word, again and again",
        family="selection",
        tale=(
            "Sixty of a hundred is a little. A decoder that always takes the likeliest word makes a hundred of it: the "
            "model is the same, and what it says is not."
        ),
        planted="Sixty of a hundred translations with he; greedy decoding and beam search take the likelier one.",
        doses=(STRONG,),
        probe=partial(probe, 1, 1),
        target=partial(target, name, "sampled"),
        readers=readers,
        detectors=decoded,
        roles={"group": "pronoun", "context": "occupation", "item": "prompt"},
        promises={STRONG: "FAIL"},
        arm="ancestral",
        decoders={way: partial(target, name, way) for way in ("greedy", "beam")},
    )


TRANSLATED: Mapping[str, Gallery] = {name: _frequency(name) for name in TRANSLATORS}
"""How often a translator says he, drawn as it learned; a gallery for each."""
AMPLIFIED: Mapping[str, Gallery] = {name: _amplified(name) for name in TRANSLATORS}
"""How much oftener where it is decoded otherwise."""
