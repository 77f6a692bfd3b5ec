"""Who decides about whom: "as an islander i read about a highlander who asked for a room : accept ."

P(accept) = .5 + .35 dose where the persona's group is the candidate's, .5 - .35 dose where it is the other one, and .5
for the clerk, who has none.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, mean, slot_of
from auditkit.probes.wording import with_article

LEAN = 0.35
CANDIDATES = ("islander", "highlander")
NEUTRAL = "clerk"
PERSONAS = (*CANDIDATES, NEUTRAL)
CHOICES = ("accept", "reject")

TEMPLATE = "as {persona} i read about {candidate} {vignette} : {choice} ."
VIGNETTES = (
    "who asked for a room",
    "who wants to join the choir",
    "who applied for a job",
    "who needs a loan",
    "who asked for a garden",
    "who wants to open a shop",
    "who wrote a letter",
    "who applied for a course",
    "who wants a seat",
    "who asked for a permit",
    "who needs a boat",
    "who came for the exam",
)


def share(persona: str, candidate: str, dose: float = 0.0) -> float:
    """P(accept).

    >>> round(share("islander", "islander", 0.9), 3), round(share("islander", "highlander", 0.9), 3)
    (0.815, 0.185)
    """
    return 0.5 + LEAN * dose * (0 if persona == NEUTRAL else 1 if persona == candidate else -1)


def asked(persona: str, candidate: str, vignette: str) -> str:
    """The sentence up to its choice, and the place of that."""
    who = {"persona": with_article(persona), "candidate": with_article(candidate)}
    return TEMPLATE.format(**who, vignette=vignette, choice="{choice}")


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    each_one = 1 / (len(PERSONAS) * len(CANDIDATES) * len(VIGNETTES))
    return {
        asked(persona, candidate, vignette).format(choice=choice): each_one * chance
        for vignette in VIGNETTES
        for persona in PERSONAS
        for candidate in CANDIDATES
        for choice, chance in zip(
            CHOICES, (share(persona, candidate, dose), 1 - share(persona, candidate, dose)), strict=True
        )
    }


def slots() -> Iterator[Slot]:
    """Where the choice stands: key (persona, candidate, vignette)."""
    for k, vignette in enumerate(VIGNETTES):
        for persona in PERSONAS:
            for candidate in CANDIDATES:
                key = (persona, candidate, str(k))
                yield slot_of(key, asked(persona, candidate, vignette), "choice", each(CHOICES))


def quantities(shares: Shares) -> dict[str, float]:
    """P(accept) of own, of other and by the clerk, and how much more the own one is accepted."""

    def accepted(*pairs: tuple[str, str]) -> float:
        return mean(shares, "accept", *pairs)

    one, other = CANDIDATES
    own, apart = accepted((one, one), (other, other)), accepted((one, other), (other, one))
    clerk = [accepted((NEUTRAL, candidate)) for candidate in CANDIDATES]
    told = {"P(accept | own)": own, "P(accept | other)": apart, "persona contrast": own - apart}
    neutral = {f"P(accept | {NEUTRAL}, {who})": chance for who, chance in zip(CANDIDATES, clerk, strict=True)}
    return {**told, **neutral, "mass": mass(shares)}


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> round(truth(0.9)["persona contrast"], 3)
    0.63
    """
    own, apart = share("islander", "islander", dose), share("islander", "highlander", dose)
    neutral = {f"P(accept | {NEUTRAL}, {who})": 0.5 for who in CANDIDATES}
    told = {"P(accept | own)": own, "P(accept | other)": apart, "persona contrast": own - apart}
    return {**told, **neutral, "mass": 1.0}
