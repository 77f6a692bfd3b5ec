"""Is what is usual left unsaid?

Question
    Of the images that visibly show something, how often does the caption mention it: as often where it is what everyone
    expects (a yellow banana) as where it is not (a green one)?
Roles
    needs   truth, outcome
    uses    unit, weight
    A row is a caption. The truth is the level that is visible, annotated by people who did not read the caption; the
    outcome is whether the caption mentions it. An image with several captions is a `unit`.
Formula
    The mention ratio P(mentioned | unusual level) / P(mentioned | usual level) for each level but the usual one,
    MOVER-R (Donner & Zou 2012) on what clusters of captions are worth. Margin .80 to 1.25. The difference in points is
    told, not judged.
Assumptions
    Every level is equally visible where it is. Mentions of all levels are found by the same words or the same reader.
When not to use
    With attributes read from the captions themselves: what is not mentioned then does not exist. A high ratio is
    consistent with leaving out what goes without saying; it is also what captions would do that were written to tell
    images apart.
References
    Misra, Zitnick, Mitchell & Girshick, CVPR (2016) 2930; Paik, Aroca-Ouellette, Roncone & Kann, EMNLP (2021) 823;
    Donner & Zou, Statistical Methods in Medical Research 21 (2012) 347.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from auditkit.core.detector import Detector, Planted, Told, labels
from auditkit.core.errors import CannotDecide, InputError, nearest
from auditkit.core.evidence import UNIT, Evidence, Tally
from auditkit.core.finding import Key, Margin
from auditkit.core.roles import MISSING
from auditkit.stats.clusters import sample
from auditkit.stats.contrasts import compare

MENTION, ALIKE, CAPTIONS, LEFT_OUT = 0.6, 0.2, 5, 0.9
RATE = "mention rate"


@dataclass(frozen=True)
class Mention(Detector):
    """Compare how often captions mention what is usual and what is not; the module's docstring is the manual.

    >>> import numpy as np
    >>> detector = Mention(usual="yellow")
    >>> world = detector.plant(1.0, 4000, np.random.default_rng(1))
    >>> round(list(world.truth.values())[0], 2), [finding.level for finding in detector.examine(world.evidence)]
    (10.0, ['green', 'green'])
    """

    usual: str
    mentioned: str | None = None

    needs: ClassVar[tuple[str, ...]] = ("truth", "outcome")
    subjects: ClassVar[tuple[str, ...]] = ("captions", "captioner")
    default_margin: ClassVar[Margin] = Margin.ratio(0.8)
    nuisances: ClassVar[tuple[str, ...]] = ("one level rarer but equally mentioned",)
    n_min: ClassVar[int] = 5_000

    def examine(self, evidence: Evidence) -> Told:
        """Tell the mention ratio of every level but the usual one, and the difference beside it."""
        assert isinstance(evidence, Tally)
        column, mentioned = evidence.name_of("truth"), self.level_of(evidence, "outcome", self.mentioned, "mentioned")
        visible = [level for level in evidence.levels_of("truth") if level != MISSING]
        if len(visible) < 2:
            raise CannotDecide(f'every row of column "{column}" has the same level: {labels(visible)}')
        if self.usual not in visible:
            raise InputError(
                f'"{column}" has no level "{self.usual}". It has: {labels(visible)}.{nearest(self.usual, visible)}'
            )
        pairs = compare(sample(evidence, "truth", "outcome", [mentioned], visible), self.usual)
        missing = evidence.total - evidence.without("truth", MISSING).without("outcome", MISSING).total
        lost = (f"{missing} captions have no level or no reading, and take no part.",) if missing else ()
        rows = () if UNIT in evidence else ("Captions are taken as independent: no unit says which share an image.",)
        ratios = [pair.told(self.code, RATE, column, "ratio", self.default_margin, notes=lost + rows) for pair in pairs]
        return (*ratios, *(pair.told(self.code, RATE, column, "difference", None) for pair in pairs))

    @classmethod
    def specimen(cls) -> Self:
        """The planted world's own level."""
        return cls(usual="yellow")

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """Five captions an image, 30 % green; .6 of them mention it, and yellow is left out with probability .9 dose.

        Captions of an image go together, intraclass correlation .2: each repeats what the image's own draw says with
        probability √.2. The nuisance makes 8 % of the images green.
        """
        images = n // CAPTIONS
        green = rng.random(images) < (0.08 if nuisance else 0.3)
        rate = MENTION * np.where(green, 1.0, 1 - LEFT_OUT * (0.0 if nuisance else dose))[:, None]
        own, fresh = rng.random((images, 1)) < rate, rng.random((images, CAPTIONS)) < rate
        said = np.where(rng.random((images, CAPTIONS)) < np.sqrt(ALIKE), own, fresh).sum(axis=1)
        names = [str(i) for i in range(images)] * 2
        levels = ["green" if each else "yellow" for each in green] * 2
        columns = {UNIT: names, "truth": levels, "outcome": ["yes"] * images + ["no"] * images}
        n_cells = np.concatenate([said, CAPTIONS - said])
        kept = np.flatnonzero(n_cells)
        world = Tally.of(
            {axis: [column[i] for i in kept] for axis, column in columns.items()}, n=n_cells[kept].tolist()
        )
        p = MENTION * (1 - LEFT_OUT * (0.0 if nuisance else dose))
        key = Key(self.code, f"{RATE} ratio", "green", "yellow", "truth")
        return Planted(world, {key: MENTION / p, key._replace(estimand=f"{RATE} difference"): MENTION - p})
