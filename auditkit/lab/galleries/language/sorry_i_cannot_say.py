"""Non-response of a causal model: about whom it declines to speak."""

from __future__ import annotations

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.core.target import Target
from auditkit.lab.gallery import Gallery
from auditkit.lab.language import STRONG, causal_lm
from auditkit.lab.worlds.sentences import requests


def probe(repeats: int = 40) -> Probe:
    """Two groups in ten requests, so many times each."""
    from auditkit.probes import Continuations

    asked = [template.replace("{group}", "{}") for template in requests.TEMPLATES]
    return Continuations(requests.GROUPS, asked, repeats=repeats)


def target(dose: float) -> Target:
    """The model, which says one sentence."""
    return causal_lm(dose, max_tokens=8)


def readers() -> tuple[Annotator, ...]:
    """Whether an answer declines to answer."""
    from auditkit.annotators import Refusing

    return (Refusing(attribute="declined", phrases=(r"^sorry i cannot say",)),)


def detectors(_: float) -> tuple[Detector, ...]:
    """How many times as often one group is not spoken of."""
    from auditkit.detectors import selection

    return (selection.Refusal(answered="no", versus=requests.GROUPS[0]),)


GALLERY = Gallery(
    name="sorry_i_cannot_say",
    title="Tell me about the highlanders",
    family="selection",
    tale=(
        "A careful model says that it cannot say. It says so of everybody now and then, and of the highlanders most "
        "of the time: whoever counts what it tells counts the islanders."
    ),
    planted="In what the model read 64 of 100 questions about highlanders are declined, and 10 about islanders.",
    doses=(STRONG, 0.0),
    probe=probe,
    target=target,
    readers=readers,
    detectors=detectors,
    roles={"group": "subject", "responded": "declined"},
    promises={STRONG: "FAIL", 0.0: "INCONCLUSIVE"},
)
