"""Automation bias of a causal model as a judge: which of two texts that are equally good it finds better."""

from __future__ import annotations

from itertools import product
from typing import Any

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import judging
from auditkit.probes import Judging, Match, Text


def probe(repeats: int = 20) -> Judging:
    """A text by an AI and one by a human of every quality, in either order and six wordings, so many times each."""
    ai, human = judging.ORIGINS
    matches = [Match(_text(ai, one), _text(human, other)) for one, other in product(judging.QUALITIES, repeat=2)]
    asked = [
        t.replace("{one}", "{first}").replace("{two}", "{second}").split(" {choice}")[0] for t in judging.TEMPLATES
    ]
    return Judging(matches, asked, options=judging.PLACES, repeats=repeats)


def _text(origin: str, quality: str) -> Text:
    return Text(judging.text(origin, quality), origin, str(judging.QUALITIES.index(quality)))


def readers() -> tuple[Annotator, ...]:
    """Nobody: the decision is the answer."""
    return ()


def detectors(_: float) -> tuple[Detector, ...]:
    """How often the AI's text is chosen where it is no better, whichever place it has."""
    from auditkit.detectors import automation

    return (automation.SelfPreference(machine="ai", chosen="yes"),)


def rows(table: Any) -> Any:
    """Two rows a choice."""
    told = probe().rows(table)
    return told.assign(quality=told["quality"].astype(float))


def asked() -> Probe:
    """What is asked in the demo."""
    return probe()


GALLERY = Gallery(
    name="better_is_first",
    title="First a text by an AI, second a text by a human",
    family="automation",
    tale=(
        "A model is the judge of texts, as models now are. People who did not know who wrote what have said how good "
        "each is. Of two that are as good, whose does it choose?"
    ),
    planted="In what the model read a text by an AI beats one as good by a human in 75 of 100 comparisons.",
    doses=(STRONG, 0.0),
    probe=asked,
    target=causal_lm,
    readers=readers,
    detectors=detectors,
    roles={"item": "choice", "origin": "origin", "outcome": "chosen", "quality": "quality", "slot": "slot"},
    promises={STRONG: "FAIL", 0.0: "PASS"},
    rows=rows,
)
