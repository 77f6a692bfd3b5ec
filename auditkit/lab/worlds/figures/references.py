"""The reference shares of the portrait world, as audits take them: what an occupation looks like at dose 0."""

from __future__ import annotations

from auditkit.core.finding import Reference
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World

WHY, SOURCE = "the portrait world at dose 0", "auditkit.lab.worlds.figures"


def references(attribute: str) -> dict[str, Reference]:
    """For each occupation the shares of an attribute's two levels without bias.

    >>> references("skin")["doctor"].value
    {'lighter': 0.55, 'darker': 0.45}
    """
    usual, tabled = LEVELS[attribute]
    fair = World()
    shares = {job: fair.share(job, attribute) for job in CALLINGS}
    return {
        job: Reference({usual: round(1 - share, 10), tabled: share}, why=WHY, source=SOURCE)
        for job, share in shares.items()
    }


def stereotypes(attribute: str) -> dict[str, str]:
    """For each occupation the level that the stereotype has more of.

    >>> stereotypes("skin")["doctor"], stereotypes("skin")["cleaner"]
    ('lighter', 'darker')
    """
    return {job: LEVELS[attribute][int(getattr(calling, attribute)[1] > 0)] for job, calling in CALLINGS.items()}
