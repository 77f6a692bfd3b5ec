"""Names, questions and texts that designs in words are tried on, and the table of a run of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from auditkit.core.probe import Probe, Prompt
from auditkit.eliciting import elicit
from auditkit.probes import Match, Question, Text
from auditkit.targets import Function


def answers(probe: Probe, say, folder: Path, readers: Sequence = ()) -> pd.DataFrame:
    """The table of a run in which a function of the prompt answers."""

    def answer(prompts: Sequence[Prompt], seeds: Sequence[int]) -> list:
        return [say(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)]

    return elicit(probe, Function(answer, verb=probe.asks, title="told"), list(readers), into=folder).to_frame()


NAMES = {"woman": ["Ann", "Eve"], "man": ["Bob", "Ian"]}


SNOW = [Question("Is snow white?", ("yes", "no"), "yes"), Question("Is coal white?", ("yes", "no"), "no")]


def matches(n: int) -> list[Match]:
    return [
        Match(Text(f"machine text {k}", "machine", str(k % 3)), Text(f"human text {k}", "human", "1")) for k in range(n)
    ]
