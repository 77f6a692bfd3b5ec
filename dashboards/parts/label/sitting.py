"""One person's way through a drawn sample, and the way back: what was looked at lies behind, the rest ahead.

A key that is pressed twice must not label what nobody has seen yet: every press names the turn that it belongs to. For
the sake of a key that is held down, one is not taken either that comes sooner than anybody looks at anything after the
press before it, or after the page was drawn.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from auditkit import AuditkitError
from auditkit.labelling import CANNOT_TELL as CANNOT_TELL
from auditkit.labelling import SKIPPED, Task, label

QUICKEST = 0.25
"""Seconds in which nobody looks at anything: the keyboard repeats a key that is held down faster than that."""


@dataclass
class Sitting:
    """What one rater is shown of a run: `ahead` in its order, `behind` with what was said of each, `SKIPPED` too.

    `turn` changes with every step; `problem` says why the last label could not be kept; `own` are levels that the rater
    wrote.
    """

    run: Path
    attribute: str
    rater: str
    ahead: list[Task]
    behind: list[tuple[Task, str]] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    turn: int = 0
    problem: str = ""
    stirred: float = float("-inf")

    @property
    def task(self) -> Task | None:
        """What to look at now; nothing where everything was."""
        return self.ahead[0] if self.ahead else None

    @property
    def done(self) -> int:
        """How many were labelled in this sitting."""
        return sum(said != SKIPPED for _, said in self.behind)

    @property
    def drawn(self) -> int:
        """How many there are to look at in this sitting."""
        return len(self.behind) + len(self.ahead)

    def say(self, turn: int, level: str) -> None:
        """Label what is shown, and go to the next."""
        if self.ahead and self._meant(turn) and self._kept(self.ahead[0], level):
            self._step(level)

    def skip(self, turn: int) -> None:
        """Leave what is shown for later, and keep that it was looked at: what is skipped is mostly hard."""
        self.say(turn, SKIPPED)

    def back(self, turn: int) -> None:
        """Take the last label back, and show what it was about again."""
        if not self.behind or not self._meant(turn):
            return
        task, _ = self.behind[-1]
        if self._kept(task, None):
            self.behind.pop()
            self.ahead.insert(0, task)
            self.turn += 1

    def again(self) -> None:
        """Show what was skipped once more."""
        self.ahead += [task for task, said in self.behind if said == SKIPPED]
        self.behind = [(task, said) for task, said in self.behind if said != SKIPPED]
        self.turn += 1

    def drawn_now(self) -> None:
        """Nobody can have looked yet: what is shown was drawn at this moment."""
        self.stirred = time.monotonic()

    def _step(self, said: str) -> None:
        self.behind.append((self.ahead.pop(0), said))
        self.turn += 1

    def _meant(self, turn: int) -> bool:
        """Whether a press is about what is shown, and not the echo of the press before."""
        before = self.stirred
        self.drawn_now()
        return turn == self.turn and self.stirred - before >= QUICKEST

    def _kept(self, task: Task, level: str | None) -> bool:
        """Whether a label was written; the sentence why not otherwise."""
        try:
            label(self.run, task, self.attribute, level, rater=self.rater)
        except (AuditkitError, OSError) as error:
            self.problem = str(error)
            return False
        self.problem = ""
        return True
