"""Reporting and selection bias of models that draw by themselves: whom, how often, and how many kinds of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.finding import Reference
from auditkit.core.probe import Probe
from auditkit.core.target import Target
from auditkit.lab.gallery import Gallery
from auditkit.lab.population import tabled_share
from auditkit.lab.portraits import FAMILIES, SMALL, STRONG, Painter, World

PICTURES: Mapping[str, int] = {"vae": 1_200, "gan": 1_200, "autoregressive": 1_200, "unconditional": 400}
"""As many as a minute allows: the diffusion model takes far longer over one."""
REAL = 1_000
FAIR: Mapping[str, str] = {"unconditional": "INCONCLUSIVE"}
"""What is said of a fair world's model where it is no PASS. This one takes eight steps, which are few: 58 % of what it
draws has darker skin, a bias that nobody planted, and 400 pictures do not settle whether that is beyond the margin."""
PLANTED = (
    "What it was shown has 36.5 % darker skin in place of half, and nine in ten of them have black or grey hair "
    "and the same background."
)
TITLES: Mapping[str, tuple[str, str]] = {
    "vae": (
        "Thirty-two numbers for everybody",
        "A variational autoencoder folds every portrait into thirty-two numbers and draws by making them up. Whoever "
        "is common has much room there, whoever is rare has little.",
    ),
    "gan": (
        "The forger and the expert",
        "A generator learns to paint what a discriminator takes for real. Nobody asks it to paint everybody.",
    ),
    "autoregressive": (
        "Word by word, a face",
        "A transformer writes portraits as sequences of 65 words, each the likeliest or nearly so after those before.",
    ),
    "unconditional": (
        "Out of the noise, the usual people",
        "A diffusion model takes noise off noise until a portrait is left. Unasked, it draws what it has seen.",
    ),
}


def probe(n: int) -> Probe:
    """So many pictures, and no word."""
    from auditkit.probes import Unconditional

    return Unconditional(n)


def readers() -> tuple[Annotator, ...]:
    """Skin, read exactly, and the colours of the pictures in small, for what is near to what."""
    from auditkit.annotators import Thumbnail
    from auditkit.lab.worlds.figures.reader import Exact

    return (Exact(("skin",)), Thumbnail(attribute="thumbnail"))


def detectors(dose: float) -> tuple[Detector, ...]:
    """How often, against the world and against what was shown; and whether every kind of either skin is drawn."""
    from auditkit.detectors import reporting, selection

    return (
        reporting.GeneratorFrequency(_shares(0.0), "lighter", real="real", against="the world"),
        reporting.GeneratorFrequency(_shares(dose), "lighter", real="real", against="what it was shown"),
        selection.Modes(ingroup="lighter"),
    )


def _shares(dose: float) -> Reference:
    darker = tabled_share("skin", dose)
    shares = {"lighter": round(1 - darker, 6), "darker": round(darker, 6)}
    return Reference(shares, why=f"the portrait world at dose {dose:g}", source="auditkit.lab.worlds.figures")


def reality(n: int = REAL) -> tuple[Probe, Target]:
    """So many people of the fair world, as small as the models draw them."""
    return probe(n), Painter(World(), side=SMALL, title="the fair world")


def _gallery(name: str) -> Gallery:
    title, tale = TITLES[name]
    return Gallery(
        name=f"nobody_asked_{name}",
        title=title,
        family="selection",
        tale=tale,
        planted=PLANTED,
        doses=(STRONG, 0.0),
        probe=partial(probe, PICTURES[name]),
        target=FAMILIES[name],
        readers=readers,
        detectors=detectors,
        roles={"group": "skin", "vector": "thumbnail"},
        promises={STRONG: "FAIL", 0.0: FAIR.get(name, "PASS")},
        beside={"real": reality},
    )


GALLERY_OF: Mapping[str, Gallery] = {name: _gallery(name) for name in FAMILIES}
"""A gallery for each family."""
