"""The command `monitor`: one look at a stream, for cron."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditkit.commands.answer import Answer, note
from auditkit.commands.printing import Format, Printable, Printed

if TYPE_CHECKING:
    from auditkit.lifecycle.monitoring import Standing

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="A folder of Parquet files, a SQLite database, a file of JSON lines, or - for standard input.",
        show_default=False,
    ),
]
WatchFile = Annotated[Path | None, typer.Option("--watch", metavar="WATCH.toml", help="The rules; see --example.")]
StateFile = Annotated[
    Path | None, typer.Option("--state", metavar="STATE.json", help="What is remembered, in a folder of its own.")
]
TableName = Annotated[str | None, typer.Option("--table", metavar="NAME", help="The table of a SQLite database.")]
Replay = Annotated[
    bool, typer.Option("--replay", help="The source gives all again: check what was kept, then skip it.")
]
Acknowledged = Annotated[
    str | None, typer.Option("--acknowledge", metavar="RULE", help="Answer for its alarm and begin a new watch of it.")
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why the alarm is acknowledged.")]
Owner = Annotated[str, typer.Option(metavar="NAME", help="Who answers for that.")]
Example = Annotated[bool, typer.Option("--example", help="Print a watch to start from.")]


def monitor(
    source: Source = None,
    watch: WatchFile = None,
    state: StateFile = None,
    table: TableName = None,
    format: Printed = "table",
    replay: Replay = False,
    acknowledge: Acknowledged = None,
    reason: Reason = "",
    owner: Owner = "",
    example: Example = False,
) -> Answer:
    """Watch a stream for a change, with error control: read what is new and say how every rule stands.

    A gap is that between people who arrive at about the same time. Two groups that come in turns are not assessed:
    nothing tells a gap from a rate that moves in step with the turns. Against "the rest", of three groups or more, it
    needs a mix of the rest that does not depend on who arrives next: while a turn of the groups takes over 200 events
    it is not assessed.

    Call it as often as you like; it may be killed at any moment.

    Exit codes: 0 no alarm, 1 an alarm until it is acknowledged, 2 unreadable input, 3 a rule has seen too little, its
    horizon is over, its groups come in turns, a value that it asks about never came or one came that it does not
    know, or a watch of units no longer tells new ones from known.
    """
    from auditkit.core.errors import InputError
    from auditkit.lifecycle import monitoring

    if example:
        return Answer(monitoring.first_watch())
    if watch is None or state is None:
        lacking = "--watch WATCH.toml" if watch is None else "--state DIR/state.json"
        raise InputError(
            f"What is watched for is missing: {lacking}. Start with: auditkit monitor --example > watch.toml"
        )
    if acknowledge is not None:
        stands = monitoring.acknowledge(watch, state, acknowledge, reason, owner)
        note(f"A new watch of {acknowledge} began after event {stands.events:,}.")
        if source is None:
            return Answer(_text(stands, format), stands.exit_code)
    elif reason or owner:
        raise InputError("--reason and --owner go with --acknowledge RULE.")
    if source is None:
        raise InputError(
            "No source was named. It is a folder, a database, a file of JSON lines, or - for standard input."
        )
    kept = _kept if source == "-" and format == "json" else None
    stands = monitoring.monitor(source, watch, state, table=table, replay=replay, kept=kept)
    return Answer(_text(stands, format), stands.exit_code)


def _text(stands: Standing, format: Format) -> str:
    from auditkit.lifecycle.monitoring.printing import cased, markdown
    from auditkit.lifecycle.monitoring.telling import told

    return Printable(lambda: told(stands), stands.to_json, lambda: markdown(stands), lambda: cased(stands)).printed(
        format
    )


def _kept(events: int) -> None:
    """Tell whoever feeds standard input how many events are on disk: those need not be given again."""
    sys.stdout.write(f'{{"kept": {events}}}\n')
    sys.stdout.flush()
