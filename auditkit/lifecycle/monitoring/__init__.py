"""monitor: watch a stream of decisions or generations for a change, with error control, and say when it began.

A watch (`WATCH.toml`) names its rules; `monitor` reads what is new, bets on it and keeps everything in one small file.
A run folder that grows is a source too: `sqlite:///RUN/run.sqlite?table=generations&json=record`, where a column such
as `factors.gender` is a factor of the record.
"""

from auditkit.lifecycle.monitoring.standing import Line, Standing
from auditkit.lifecycle.monitoring.telling import acknowledged, evidence, headline, promise, sentences
from auditkit.lifecycle.monitoring.watch import Watch, first_watch, read_watch
from auditkit.lifecycle.monitoring.watched import Watched, read_watched
from auditkit.lifecycle.monitoring.watching import acknowledge, monitor

__all__ = [
    "Line",
    "Standing",
    "Watch",
    "Watched",
    "acknowledge",
    "acknowledged",
    "evidence",
    "first_watch",
    "headline",
    "monitor",
    "promise",
    "read_watch",
    "read_watched",
    "sentences",
]
