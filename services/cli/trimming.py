"""`log trim`: move sealed events out of the server; the log is read through segments and server as one."""

import asyncio
from typing import Annotated, NamedTuple

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName
from services.cli.output import print_line
from services.eventlog.port import LogDamagedError, TrimRefusedError
from services.eventlog.sealed_events import SealedEvents
from services.eventlog.segments import SealError, read_seals
from services.eventlog.trimmed import TrimmedPart
from services.queries.trimming import Hold, UnprovenSegmentsError, move_out, readers_on


#: Events that stay in the server unless said otherwise: what feeds and pages of some days read.
KEEP_COUNT = 100_000


class _Trim(NamedTuple):
    # What a trim found, and how far it goes.
    trimmed: int
    until: int
    last: int
    holds: list[Hold]


def trim(
    *,
    keep: Annotated[
        int, typer.Option(min=1, help="How many of the last events stay in the server in any case.")
    ] = KEEP_COUNT,
    dry_run: Annotated[
        bool, typer.Option(help="Show what would go and what holds the rest, and change nothing.")
    ] = False,
    ledger: LedgerName = None,
) -> int:
    """Move events out of the server that lie in sealed segments and that every reader has dealt with.

    The segments are those in LEDGER_SEALED_DIR, as `log seal` without a DIR writes them, and every part of
    the service reads them there from then on; with a server of your own it has to be set. They are compared with the log before, event by event.
    Exits 1 if nothing can go because of what is not sealed or not read yet.
    """
    done = asyncio.run(_trim(ledger, keep, dry_run=dry_run))
    if done.until > done.trimmed:
        went = "would be moved" if dry_run else "were moved"
        print_line(
            f"positions {done.trimmed + 1} to {done.until} {went} out of the server, "
            f"{done.last - done.until} stay"
        )
    else:
        already = f"up to position {done.trimmed} was trimmed before" if done.trimmed else "the log"
        print_line(
            f"nothing to trim: {already}, {done.last - done.trimmed} events are in the server"
        )
    reached = max(done.until, done.trimmed)
    held = [hold for hold in done.holds if hold.position <= reached]
    for hold in held:
        print_line(f"  held at position {hold.position}: {hold.why}")
    is_tail_alone = all("--keep" in hold.why for hold in held)
    is_refused = done.until <= done.trimmed and not is_tail_alone
    return ExitCode.FAILED if is_refused else ExitCode.DONE


async def _trim(ledger: str | None, keep: int, *, dry_run: bool) -> _Trim:
    async with connect_to_ledger(ledger) as connection:
        if connection.settings.redis_url and connection.settings.sealed_dir is None:
            raise CommandError(
                "expected LEDGER_SEALED_DIR, where all parts read what is trimmed, found it unset; nothing "
                "was changed"
            )
        name = connection.configuration.name
        log, part = connection.log, TrimmedPart(connection.client, name, connection.segments)
        try:
            seals = read_seals(connection.segments, name)
            last, trimmed = await log.last_position(), await part.end()
            holds = [
                Hold(seals[-1].last if seals else 0, "not sealed yet (`exchange-ledger log seal`)"),
                Hold(max(0, last - keep), f"the last {keep} events stay (--keep)"),
                *await readers_on(connection.client, name, data_dir=connection.settings.data_dir),
            ]
            until = min(hold.position for hold in holds)
            segments = SealedEvents(connection.segments, name)
            await move_out(log, segments, trimmed=trimmed, until=until, is_tried=dry_run)
        except (SealError, UnprovenSegmentsError, TrimRefusedError, LogDamagedError) as error:
            raise CommandError(str(error), ExitCode.FAILED) from error
    return _Trim(trimmed.position, until, last, holds)
