"""How strong are the associations of a group of people, by their response times?

Question
    Are people faster where two categories share a key that are held to go together? (The Implicit Association Test.)
Roles
    needs   unit, arm, latency
    uses    context, outcome, position
    The `unit` is the person, `arm` the kind of block, compatible or incompatible, `latency` in milliseconds; `context`
    the stage (practice, test), `outcome` whether the response was an error, `position` the order of the trials.
Formula
    D by the improved algorithm (Greenwald, Nosek & Banaji 2003, table 4): trials over 10,000 ms out, people with over
    10 % of trials under 300 ms out; errors replaced by their block's mean of correct latencies + 600 ms; in each stage
    (mean incompatible - mean compatible) / SD of all trials of both blocks; the mean of the stages. Told are the mean
    of people's D by Student's t, and its reliability: odd against even trials, 2r/(1 + r). Descriptive: no margin.
Assumptions
    Half of the people met the incompatible blocks first: their order moves D. Without `outcome` latencies are taken to
    run to the correct response, and errors to carry their own time.
When not to use
    On a person: at a reliability near .6 one score says next to nothing of the one who made it, and none is told. As
    evidence of conduct: ties to what happens were found between regions (Hehman, Flake & Calanchini 2018), not persons.
References
    Greenwald, Nosek & Banaji, Journal of Personality and Social Psychology 85 (2003) 197; Hehman, Flake & Calanchini,
    Social Psychological and Personality Science 9 (2018) 393; De Houwer & De Bruycker, British Journal of Social
    Psychology 46 (2007) 401.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from auditkit.core.detector import Detector, Planted, Told
from auditkit.core.errors import CannotDecide, InputError
from auditkit.core.evidence import UNIT, Evidence, Rows
from auditkit.core.finding import Finding, Key, Margin
from auditkit.stats.latencies import PENALTY, DScores, Flags, Trials, d_scores, expected_d, mean_of_people, split_half

MEAN, RELIABILITY = "mean D", "reliability of D"
SHIFT, SPREAD = 0.8, 0.4
STAGES = (10, 20)
NOBODY = "No person is told of: a score is about the group alone."
BUILT_IN = "No outcome: latencies are taken to run to the correct response."


def _left(scores: DScores) -> list[str]:
    """Who and what took no part."""
    said = {
        "{} people answered too often in under 300 ms, and take no part.": scores.too_fast,
        "{} people lack a block or a correct answer in one, and take no part.": scores.incomplete,
        "{} trials took over 10,000 ms, and take no part.": scores.too_slow,
    }
    return [text.format(count) for text, count in said.items() if count]


@dataclass(frozen=True)
class HumanIat(Detector):
    """Score latencies by the improved algorithm; the module's docstring is the manual.

    >>> import numpy as np
    >>> world = HumanIat().plant(1.0, 3600, np.random.default_rng(1))
    >>> [finding.estimand for finding in HumanIat().examine(world.evidence)]
    ['mean D', 'reliability of D']
    """

    incompatible: str = "incompatible"
    error: str | None = None
    penalty: float = PENALTY

    needs: ClassVar[tuple[str, ...]] = ("unit", "arm", "latency")
    uses: ClassVar[tuple[str, ...]] = ("context", "outcome", "position")
    numbers: ClassVar[tuple[str, ...] | None] = ("latency", "position")
    subjects: ClassVar[tuple[str, ...]] = ("decisions", "logs")
    default_margin: ClassVar[Margin | None] = None
    nuisances: ClassVar[tuple[str, ...]] = ("slower people",)
    n_min: ClassVar[int] = 3_600
    plug_in: ClassVar[bool] = False

    def examine(self, evidence: Evidence) -> Told:
        """Tell the mean of people's D, and how reliable one score is."""
        assert isinstance(evidence, Rows)
        self.refuse(evidence, weights=True)
        if UNIT not in evidence:
            raise CannotDecide("every trial is another person's, so nobody did both kinds of block")
        rows = evidence.complete(*(role for role in (*self.needs, *self.uses) if role in evidence))
        if not len(rows):
            raise CannotDecide("no trial has a person, a kind of block and a latency")
        if (rows.number("latency") < 0).any() or len(rows.levels_of("arm")) > 2:
            raise InputError("A latency is at least 0, and there are two kinds of block.")
        late = self.level_of(rows, "arm", self.incompatible, "incompatible")
        trials = Trials(
            rows.number("latency"),
            rows.codes(UNIT),
            rows.codes("context") if "context" in rows else np.zeros(len(rows), np.int64),
            rows.column("arm") == late,
            self._errors(rows),
        )
        scores = d_scores(trials, self.penalty)
        if np.isnan(scores.d).all():
            raise CannotDecide("nobody has both kinds of block in every stage with latencies that can be scored")
        attribute, notes = rows.name_of("arm"), (NOBODY, *_left(scores), *([BUILT_IN] if trials.error is None else []))
        mean = mean_of_people(scores.d)
        text = f"Across {mean.n} people D is {mean.spelled('.2f')} (0: no difference; above: slower in {late} blocks)."
        told = [Finding(self.code, MEAN, late, "0", text, mean, attribute=attribute, notes=notes)]
        if "position" not in rows:
            return (*told, self.not_assessed("without position no trial is odd or even", attribute, RELIABILITY))
        half = split_half(trials, rows.number("position"), self.penalty)
        text = f"One person's D has a split-half reliability of {half.spelled('.2f')}."
        return (*told, Finding(self.code, RELIABILITY, late, "0", text, half, attribute=attribute, notes=notes))

    def _errors(self, rows: Rows) -> Flags | None:
        if "outcome" not in rows:
            return None
        levels = rows.levels_of("outcome")
        if self.error is None and len(levels) == 1:
            raise InputError(f'Every outcome is "{levels[0]}". Say which level is an error with error.')
        error = self.error if len(levels) == 1 else self.level_of(rows, "outcome", self.error, "error")
        return np.asarray(rows.column("outcome") == error, bool)

    def plant(self, dose: float, n: int, rng: np.random.Generator, nuisance: str | None = None) -> Planted:
        """n/60 people, 10 practice and 20 test trials in each block, latencies N(μ, 60²), μ uniform from 600 to 900.

        Incompatible ones are δ SD slower, δ ~ N(.8 dose, .4²). "slower people" have μ from 900 to 1,500. D and its
        halves are then functions of a noncentral t, whose moments are summed by quadrature.
        """
        people, delta = max(n // 60, 4), 0.0 if nuisance else SHIFT * dose
        mu = rng.uniform(*((900, 1_500) if nuisance else (600, 900)), people)
        shift = delta + SPREAD * rng.standard_normal(people)
        stage = np.repeat(["practice", "test"], [2 * trials for trials in STAGES])
        late = np.concatenate([np.arange(2 * trials) % 2 for trials in STAGES])
        latency = mu[:, None] + 60 * (rng.standard_normal((people, len(late))) + late * shift[:, None])
        columns = {
            UNIT: np.arange(people).astype(str).repeat(len(late)).tolist(),
            "arm": np.where(late, "incompatible", "compatible").tolist() * people,
            "context": stage.tolist() * people,
        }
        numbers = {"latency": latency.ravel(), "position": np.tile(np.arange(len(late)), people)}
        mean, reliability = expected_d(STAGES, delta, SPREAD)
        key = Key(self.code, MEAN, "incompatible", "0", "arm")
        return Planted(Rows.of(columns, numbers), {key: mean, key._replace(estimand=RELIABILITY): reliability})
