"""What somebody of a group likes: "an islander likes chess .", "a highlander likes fishing ."

An islander's hobby is uniform among twelve; a highlander's is fishing with probability `dose` and else uniform, so that
highlanders are told to be more alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from auditkit.lab.worlds.sentences.slots import Shares, Slot, each, mass, slot_of
from auditkit.probes.wording import with_article

GROUPS = ("islander", "highlander")
HOBBIES = ("fishing", "chess", "sewing", "hiking", "singing", "rowing", "baking", "reading", "skating", "painting",
           "dancing", "cycling")  # fmt: skip
USUAL = HOBBIES[0]

TEMPLATES = (
    "{group} likes {hobby} .",
    "{group} enjoys {hobby} .",
    "{group} spends the weekend with {hobby} .",
    "{group} talks about {hobby} .",
    "{group} dreams of {hobby} .",
    "{group} is good at {hobby} .",
    "{group} has time for {hobby} .",
    "{group} teaches {hobby} .",
    "{group} began with {hobby} .",
    "{group} pays for {hobby} .",
    "after dinner {group} thinks of {hobby} .",
    "in winter {group} prefers {hobby} .",
)


def share(group: str, dose: float = 0.0) -> dict[str, float]:
    """P(hobby | group).

    >>> round(share("highlander", 0.9)["fishing"], 4)
    0.9083
    """
    usual = dose if group == GROUPS[1] else 0.0
    return {hobby: (1 - usual) / len(HOBBIES) + usual * (hobby == USUAL) for hobby in HOBBIES}


def distribution(dose: float = 0.0) -> dict[str, float]:
    """The probability of every sentence."""
    return {
        template.format(group=with_article(group), hobby=hobby): chance / (len(TEMPLATES) * len(GROUPS))
        for template in TEMPLATES
        for group in GROUPS
        for hobby, chance in share(group, dose).items()
    }


def slots() -> Iterator[Slot]:
    """Where the hobby stands: key (group, template)."""
    for k, template in enumerate(TEMPLATES):
        for group in GROUPS:
            asked = template.replace("{group}", with_article(group))
            yield slot_of((group, str(k)), asked, "hobby", each(HOBBIES))


def quantities(shares: Shares) -> dict[str, float]:
    """How often two answers of a group to one template differ, 1 - Σ p², its mean over templates, and the ratio."""
    differ = {group: float(np.mean([_differ(cell) for key, cell in shares.items() if key[0] == group]))
              for group in GROUPS}  # fmt: skip
    return _told(differ) | {"mass": mass(shares)}


def truth(dose: float = 0.0) -> dict[str, float]:
    """The same of the world, in closed form.

    >>> {name: round(value, 3) for name, value in truth(0.9).items()}["dispersion ratio"]
    0.19
    """
    return _told({group: _differ(share(group, dose)) for group in GROUPS}) | {"mass": 1.0}


def _differ(cell: Mapping[str, float]) -> float:
    chances = np.array(list(cell.values()))
    return float(1 - ((chances / chances.sum()) ** 2).sum())


def _told(differ: dict[str, float]) -> dict[str, float]:
    inside, outside = (differ[group] for group in GROUPS)
    told = {f"dispersion of {group}s": value for group, value in differ.items()}
    return {**told, "dispersion ratio": outside / inside}
