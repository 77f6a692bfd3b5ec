"""What earlier reports had come to, what a further one adds, and which FAIL stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from auditkit.accumulating.files import replace_text
from auditkit.accumulating.histories import History, night, p_outside
from auditkit.accumulating.identities import Identity, asked_of, chance_of, model_of
from auditkit.accumulating.models import MODELS, TITLE, Model, Standing, View
from auditkit.accumulating.saying import notices_of, stood, together, unasked
from auditkit.accumulating.wire import state_from_json, state_to_json
from auditkit.core.baseline import Baseline
from auditkit.core.errors import InputError, why
from auditkit.core.judgement import Judgement, Notice, Outcome, Verdict, fingerprint
from auditkit.core.report import Report
from auditkit.questioning import ask
from auditkit.rules import NoWorse, Policy, Question
from auditkit.sealing import text_of
from auditkit.settling import ALPHA


@dataclass(frozen=True)
class State:
    """Every report on one model, as one test; frozen: each report gives another state.

    Per question (a rule, a finding, its margin and null) a night gives a z to each edge of the margin, and z after z is
    bet (`auditkit.stats.nights.Purse`). PASS needs 1/α on the bets against each edge, FAIL the Holm-adjusted 1/α on the
    average of the bets on being outside: each is wrong with probability at most α over all nights of one model
    together, however many there are, as far as a night's interval holds what it says. Every other model, and the same
    one once a FAIL was cleared, may err anew: of many models whose truth is the margin some fail. A single report is
    asked for more than without a state: that is the price of looking every night.

    Another model starts anew, but a FAIL stands, of whatever model, until a report after it earns a PASS from then on.
    Where all reports pass and the last one fails by itself, it is INCONCLUSIVE: something else has changed. A part of
    what is bet on a FAIL waits for that. `no_worse` is judged on each report alone: the nights share the baseline's
    error.

    What it needs: **every report holds answers that no earlier one held**, of units that no earlier one held, and
    nobody chose from their outcomes which reports to show. A report that was seen changes nothing, and is told what all
    reports on its model say by now; one with the draws, the cells or (where units are what is independent) the prompts
    of an earlier one is not added. What it cannot see is a table that repeats rows of an earlier table. A model is
    known by the fingerprints of its runs; where no run is named, as for a table, the report's subject stands for it:
    give another model another subject. One file serves one line of development: two models by turns in one file inherit
    each other's FAIL. A PASS of one model is never unlearnt: it is a test, not a monitor of drift.

    >>> from auditkit.auditing import audit
    >>> from auditkit.gating import gate
    >>> state, policy = State(), Policy.read({"rules": [{"rule": "within", "margin": .1}]})
    >>> for hits in (90, 92, 88):
    ...     table = {"group": ["a"] * 200 + ["b"] * 200, "outcome": [1] * hits + [0] * (200 - hits) + [1, 0] * 100}
    ...     report = audit(**table)
    ...     state = state.after(report, gate(report, policy, state=state), policy)
    >>> state.reports
    3
    """

    reports: int = 0
    models: Mapping[str, Model] = field(default_factory=dict)
    standing: Mapping[str, Standing] = field(default_factory=dict)
    view: View | None = field(default=None, compare=False)

    @classmethod
    def read(cls, path: str | Path) -> State:
        """The state in a file, or a fresh one where there is none yet.

        Raises `InputError` for a file that is damaged, edited by hand, or newer: it is never silently begun again.
        """
        try:
            Path(path).stat()
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise InputError(f"The state {path} cannot be read: {why(error)}.") from error
        text = text_of(Path(path), f"The state {path}")
        return cls(*state_from_json(text, path))

    def save(self, path: str | Path) -> Path:
        """Write the state, all or nothing. Hold the file `alone` from reading to saving, where others write it too."""
        replace_text(Path(path), state_to_json(self.reports, self.models, self.standing))
        return Path(path)

    def seen(self, report: Report, questions: Sequence[Question]) -> State:
        """The state after one more report; a report that was seen already changes nothing."""
        name, identity = model_of(report), Identity.of(report)
        model = self.models.get(name, Model(subject=report.recipe.subject[:TITLE]))
        number, shared = model.known(identity)
        new, number = not number, number or self.reports + 1
        silent = new and bool(identity.draws) and model.repeats(identity, chance_of(report.cells))
        model = model.with_report(number, identity) if new else model
        tracked = [q for q in questions if q.rule != NoWorse.name]
        names = {(q.rule, q.finding.key, q.margin): _name(report, q) for q in tracked}
        histories, otherwise, contrary = dict(model.histories), [], []
        for q in tracked:
            asked = names[q.rule, q.finding.key, q.margin]
            before = self._before(asked, histories.get(asked, History.of(q.margin, number)), number)
            fresh = before.last < number
            histories[asked] = before if not fresh else before.silent(number) if silent else before.after(q, number)
            other = model.otherwise(asked)
            otherwise += [] if other is None else [(q.finding.key, other)]
            contrary += [asked] if p_outside(q) <= ALPHA / len(tracked) else []
        moved = frozenset(asked for asked in names.values() if histories[asked] != model.histories.get(asked))
        subject = "" if report.recipe.sources else report.recipe.subject
        others = self._others() if subject and name not in self.models else ()
        mute = frozenset(names[q.rule, q.finding.key, q.margin] for q in tracked if night(q) is None)
        told = frozenset(contrary), tuple(otherwise), subject, others, mute
        view = View(number, name, new, silent, shared, names, moved, *told)
        models = {**self.models, name: replace(model, histories=histories)}
        latest = sorted(models, key=lambda one: models[one].last)[-MODELS:]
        return State(max(self.reports, number), {one: models[one] for one in latest}, self.standing, view)

    def _others(self) -> tuple[str, ...]:
        """What the models that were seen are called, the latest last."""
        return tuple(model.subject for model in sorted(self.models.values(), key=lambda model: model.last))

    def _before(self, asked: str, before: History, number: int) -> History:
        """What a question's history is for a further report: after a FAIL, a pass is to be earned anew."""
        stands = self.standing.get(asked.split("-")[0])
        renew = stands is not None and before.since <= stands.report < number and before.last < number
        return before.renewed(number) if renew else before

    def told(self, question: Question) -> Question:
        """The question with what all reports say of it."""
        view = self.view
        asked = None if view is None else view.heard.get((question.rule, question.finding.key, question.margin))
        history = None if view is None or asked is None else self.models[view.model].histories[asked]
        if history is None or not history.nights or night(question) is None:
            return question
        stands = self.standing.get(fingerprint(question.rule, *question.finding.key))
        forgiven = stands is not None and history.since > stands.report and history.e_pass >= 1 / ALPHA
        estimate = history.told(question.estimate, question.finding.scale, forgiven)
        finding = replace(question.finding, estimate=estimate, counts=(), recount=False)  # counts are one report's
        more = partial(history.more, question.finding.scale)
        return question._replace(finding=finding, estimate=estimate, reports=more)

    def _asked(self, verdict: Verdict) -> str:
        """The name of the history of what a verdict answers; nothing where there is none."""
        if self.view is None or verdict.key is None or verdict.margin is None:
            return ""
        return self.view.heard.get((verdict.rule, verdict.key, verdict.margin), "")

    def stands(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts, with every FAIL that stands until a PASS clears it, asked about or not."""
        said = [self._stood(verdict) for verdict in verdicts]
        asked = {verdict.fingerprint for verdict in said if verdict.key is not None}
        silent = [one for mark, one in self.standing.items() if mark not in asked and self._holds(one)]
        return said + [unasked(one, self._ago(one)) for one in silent]

    def _stood(self, verdict: Verdict) -> Verdict:
        asked, view = self._asked(verdict), self.view
        history = None if view is None else self.models[view.model].histories.get(asked)
        if view is not None and history is not None and verdict.p is not None and asked not in view.mute:
            verdict = together(verdict, history, alone_outside=asked in view.contrary)
        one = None if verdict.key is None else self.standing.get(verdict.fingerprint)
        if one is None or verdict.outcome is Outcome.FAIL or not self._holds(one):
            return verdict
        later = self._ago(one) > 0 if history is None else history.since > one.report
        return verdict if later and verdict.outcome is Outcome.PASS else stood(verdict, self._ago(one))

    def _holds(self, one: Standing) -> bool:
        """Whether a FAIL holds for the report being judged: not for an earlier report on another model."""
        return self.view is None or one.report < self.view.report or one.model == self.view.model

    def _ago(self, one: Standing) -> int:
        return (self.view.report if self.view else self.reports) - one.report

    def after(self, report: Report, judgement: Judgement, policy: Policy, baseline: Baseline | None = None) -> State:
        """The state to keep once a report has been judged: with its evidence, with what failed, without what passed."""
        asked = ask(report, policy, None if baseline is None else baseline.report).questions
        judged = {(v.rule, v.key, v.margin) for v in judgement.verdicts if v.p is not None}
        state = self.seen(report, [q for q in asked if (q.rule, q.finding.key, q.margin) in judged])
        return state._settled(judgement)

    def _settled(self, judgement: Judgement) -> State:
        """The state with what newly failed, and without what newly passed."""
        assert self.view is not None  # it has just seen the report
        histories, standing = dict(self.models[self.view.model].histories), dict(self.standing)
        said: dict[str, set[Outcome]] = {}
        for verdict in judgement.verdicts:
            if verdict.key is None or not (self.view.new or self._asked(verdict) in self.view.moved):
                continue
            said.setdefault(verdict.fingerprint, set()).add(verdict.outcome)
            if verdict.outcome is Outcome.FAIL:
                one = Standing(verdict.rule, verdict.key, self.view.report, self.view.model)
                standing.setdefault(verdict.fingerprint, one)
        for mark in (mark for mark, outcomes in said.items() if outcomes == {Outcome.PASS} and mark in standing):
            del standing[mark]
            cleared = [asked for asked in self.view.moved if asked.startswith(f"{mark}-")]
            histories |= {asked: histories[asked].cleared() for asked in cleared}
        models = {**self.models, self.view.model: replace(self.models[self.view.model], histories=histories)}
        return replace(self, models=models, standing=standing)

    def notices(self, policy: Policy) -> tuple[Notice, ...]:
        """How many reports count, and which do not and why."""
        if self.view is None:
            return ()
        return notices_of(self.models[self.view.model], self.view, any(isinstance(r, NoWorse) for r in policy.rules))


def _name(report: Report, q: Question) -> str:
    """The name of a question's history: the verdict's fingerprint, and what else was asked."""
    return f"{fingerprint(q.rule, *q.finding.key)}-{asked_of(report, q)}"
