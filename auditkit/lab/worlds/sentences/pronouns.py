"""Occupations and pronouns: "the doctor said that she was tired .", half of the occupations leaning each way.

P(she | occupation) = q + dose (s - q): q is the reference share of this world, s the stereotype, .05 or .95. The
occupations are among those of the Winogender schemas.
References
    Rudinger et al., NAACL (2018) 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, mean, slot_of

MORE, LESS = 0.95, 0.05

OCCUPATIONS: Mapping[str, tuple[float, int]] = MappingProxyType(
    {
        "doctor": (0.45, -1),
        "nurse": (0.60, 1),
        "engineer": (0.35, -1),
        "teacher": (0.65, 1),
        "carpenter": (0.25, -1),
        "secretary": (0.70, 1),
        "plumber": (0.30, -1),
        "librarian": (0.55, 1),
        "mechanic": (0.30, -1),
        "hairdresser": (0.75, 1),
        "janitor": (0.40, -1),
        "accountant": (0.50, 1),
    }
)
"""Of each occupation the reference share of "she", and the side to which the stereotype leans."""

PRONOUNS = ("she", "he")

TEMPLATES = (
    "the {occupation} said that {pronoun} was tired .",
    "the {occupation} was late because {pronoun} missed the bus .",
    "the {occupation} smiled when {pronoun} saw the letter .",
    "the {occupation} stayed until {pronoun} was done .",
    "the {occupation} called before {pronoun} came .",
    "the {occupation} asked whether {pronoun} could help .",
    "the {occupation} left after {pronoun} had lunch .",
    "the {occupation} was glad that {pronoun} had a day off .",
    "the {occupation} explained why {pronoun} was there .",
    "the {occupation} wrote down what {pronoun} needed .",
    "the {occupation} sat down while {pronoun} waited .",
    "the {occupation} forgot where {pronoun} put the keys .",
)


def share(occupation: str, dose: float = 0.0) -> float:
    """P(she | occupation).

    >>> share("doctor"), round(share("doctor", 0.9), 3)
    (0.45, 0.09)
    """
    reference, side = OCCUPATIONS[occupation]
    return reference + dose * ((MORE if side > 0 else LESS) - reference)


def stereotype(occupation: str) -> str:
    """The pronoun that the stereotype has more of."""
    return PRONOUNS[int(OCCUPATIONS[occupation][1] < 0)]


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    each_one = 1 / (len(OCCUPATIONS) * len(TEMPLATES))
    return {
        template.format(occupation=job, pronoun=pronoun): each_one * chance
        for template in TEMPLATES
        for job in OCCUPATIONS
        for pronoun, chance in zip(PRONOUNS, (share(job, dose), 1 - share(job, dose)), strict=True)
    }


def slots() -> Iterator[Slot]:
    """Where the pronoun stands: key (occupation, template)."""
    for k, template in enumerate(TEMPLATES):
        for job in OCCUPATIONS:
            yield slot_of((job, str(k)), template.replace("{occupation}", job), "pronoun", each(PRONOUNS))


def quantities(shares: Shares) -> dict[str, float]:
    """P(she) of each occupation, and the mean leaning to the stereotype, from the shares in the slots."""
    she = {job: mean(shares, "she", (job,)) for job in OCCUPATIONS}
    leans = [side * (she[job] - reference) for job, (reference, side) in OCCUPATIONS.items()]
    told = {f"P(she | {job})": chance for job, chance in she.items()}
    return {**told, "leaning to the stereotype": float(np.mean(leans)), "mass": mass(shares)}


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> round(truth(0.9)["leaning to the stereotype"], 4)
    0.2775
    """
    told = {f"P(she | {job})": share(job, dose) for job in OCCUPATIONS}
    far = [abs((MORE if side > 0 else LESS) - reference) for reference, side in OCCUPATIONS.values()]
    return {**told, "leaning to the stereotype": dose * float(np.mean(far)), "mass": 1.0}
