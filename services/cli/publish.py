"""`publish`: add JSON lines to the inbox, and show what became of each line."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.record import Record
from schemas.views import Rejection
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName
from services.cli.output import (
    SummaryFormat,
    console_for_stderr,
    print_json,
    print_line,
    print_note,
)
from services.eventlog.connection import acknowledged_as
from services.eventlog.inbox import InboxFullError
from services.eventlog.parked import in_words
from services.eventlog.port import LogUnavailableError
from services.eventlog.redis_log import RedisEventLog
from services.queries.publishing import BATCH_COUNT, Destination, Fate, RoutedPublisher
from services.runtime import clock


#: How long a lost connection is retried, in seconds. A line sent twice is recorded once.
RETRY_SECONDS = 10.0
#: How long a full inbox is waited for, in seconds, and the pause between two tries.
ROOM_SECONDS = 60.0
ROOM_PAUSE_SECONDS = 0.2


class LineRejection(Record):
    """A line that was parked: its number in the file, from 1, and why."""

    line: int
    reasons: tuple[Rejection, ...]


class PublishSummary(Record):
    """What became of the lines published.

    `waiting` lines had not been taken up when the wait ended. `position` is the last position of the log
    that they went to, of several the first; `positions` has those of all.
    """

    published: int
    recorded: int
    duplicate: int
    rejected: int
    waiting: int
    position: int
    durability: str
    rejections: tuple[LineRejection, ...]
    positions: Mapping[str, int] = Field(default_factory=dict)


Progressed = Callable[[int], None]


def publish(
    path: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON lines, one event each; - is stdin.")
    ],
    *,
    ledger: LedgerName = None,
    wait: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="Longest wait for the lines' fate; 0 for none."
        ),
    ] = 30.0,
    wait_for_room: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="Longest wait for room while the inbox is full."
        ),
    ] = ROOM_SECONDS,
    form: Annotated[
        SummaryFormat,
        typer.Option("--format", help="The summary as text, or as JSON."),
    ] = SummaryFormat.TABLE,
) -> int:
    """Publish claims, and show what became of each line: recorded, duplicate or rejected.

    Without --ledger each line goes to the ledger that its subject names, of those in LEDGER_NAMES.
    While an inbox holds LEDGER_INBOX_MAX entries, waits until workers have taken some of them up.
    """
    published = asyncio.run(_publish_file(path, ledger, wait, wait_for_room))
    if form is SummaryFormat.JSON:
        print_json(published.model_dump_json())
    else:
        _show(published)
    return ExitCode.FAILED if published.rejected else ExitCode.DONE


async def publish_lines(
    lines: Iterable[bytes],
    connection: LedgerConnection,
    *,
    wait_seconds: float,
    room_seconds: float = ROOM_SECONDS,
    others: Sequence[Destination] = (),
    progressed: Progressed = lambda _: None,
) -> PublishSummary:
    """Publish lines and wait for their fate.

    Args:
        lines: One event each; blank ones are passed over, and counted for the line numbers alone.
        connection: The ledger.
        wait_seconds: Longest wait after the last line was published.
        room_seconds: Longest wait for room in a full inbox.
        others: Further ledgers, which lines go to that name them.
        progressed: Told how many bytes more were published.

    Raises:
        CommandError: The server went away or is full, or an inbox stayed full; what was published
            before is in the inbox.
    """
    publisher = RoutedPublisher([connection.destination, *others])
    numbers: list[int] = []
    room = _Room(room_seconds)
    try:
        for batch in _batches(lines):
            offers = publisher.offers([raw for _, raw in batch])
            await publisher.publish(offers, on_full=room.wait)
            room.found()
            numbers += (number for number, _ in batch)
            progressed(sum(len(raw) + 1 for _, raw in batch))
        fates = await publisher.fates(wait_seconds=wait_seconds)
        return await _summary(connection, numbers, fates, publisher.ledgers)
    except LogUnavailableError as error:
        raise CommandError(
            f"after {len(publisher)} lines published: {error} (publishing again does no harm)",
            ExitCode.OUT_OF_REACH,
        ) from error
    except InboxFullError as error:
        raise CommandError(
            f"after {len(publisher)} lines published: {error} for {room_seconds:g} s (is a worker "
            "running? publishing again does no harm)",
            ExitCode.FAILED,
        ) from error


class _Room:
    """Waits for room in a full inbox, for a bounded time, and says so."""

    def __init__(self, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._since_ms: float | None = None
        self._is_said = False

    def found(self) -> None:
        """Begin the time anew: there was room."""
        self._since_ms = None

    async def wait(self, full: InboxFullError) -> None:
        """Wait a moment.

        Raises:
            InboxFullError: There has been no room for too long.
        """
        if self._since_ms is None:
            self._since_ms = clock.stopwatch_ms()
        if clock.stopwatch_ms(self._since_ms) >= self._seconds_max * 1000:
            raise full
        if not self._is_said:
            self._is_said = True
            print_note(
                f"the inbox of {full.ledger} is full ({full.waiting:,} of {full.limit:,} entries): "
                f"waiting for room, up to {self._seconds_max:g} s at a time"
            )
        await asyncio.sleep(ROOM_PAUSE_SECONDS)


async def _summary(
    connection: LedgerConnection,
    numbers: Sequence[int],
    fates: Sequence[Fate],
    ledgers: Sequence[str],
) -> PublishSummary:
    counts = Counter(fate.outcome for fate in fates)
    to = ledgers or (connection.configuration.name,)
    positions = {name: await RedisEventLog(connection.client, name).last_position() for name in to}
    return PublishSummary(
        published=len(fates),
        recorded=counts["recorded"],
        duplicate=counts["duplicate"],
        rejected=counts["rejected"],
        waiting=counts["waiting"],
        position=positions[to[0]],
        durability=await acknowledged_as(connection.client, connection.settings.replicas_ack),
        rejections=tuple(
            LineRejection(line=number, reasons=fate.reasons)
            for number, fate in zip(numbers, fates, strict=True)
            if fate.outcome == "rejected"
        ),
        positions=positions,
    )


async def _publish_file(
    path: str, ledger: str | None, wait_seconds: float, room_seconds: float
) -> PublishSummary:
    with open_lines(path) as (lines, size), _progress_bar(size) as progressed:
        async with connect_to_ledger(ledger, retry_seconds=RETRY_SECONDS) as connection:
            others = () if ledger else connection.other_destinations()
            return await publish_lines(
                lines,
                connection,
                wait_seconds=wait_seconds,
                room_seconds=room_seconds,
                others=others,
                progressed=progressed,
            )


@contextmanager
def open_lines(path: str) -> Iterator[tuple[Iterable[bytes], int | None]]:
    """Open a file of lines, or stdin for `-`; yield its lines, and its size in bytes if known.

    Raises:
        CommandError: The file cannot be read.
    """
    if path == "-":
        yield sys.stdin.buffer, None
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115  closed below; the error is of opening alone
        size = Path(path).stat().st_size
    except OSError as error:
        raise CommandError(
            f"expected a file of JSON lines, found {path}: {error.strerror}"
        ) from error
    with file:
        yield file, size


def _batches(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    stripped = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(lines, 1))
    numbered = ((number, raw) for number, raw in stripped if raw.strip())
    while batch := list(islice(numbered, BATCH_COUNT)):
        yield batch


@contextmanager
def _progress_bar(size: int | None) -> Iterator[Progressed]:
    console = console_for_stderr()
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("publishing", total=size)
        yield lambda count: progress.advance(task, count)


def _show(published: PublishSummary) -> None:
    taken_up = published.published - published.waiting
    if published.waiting and not taken_up:
        print_line(f"published {published.published}, not yet taken up (is a worker running?)")
        return
    print_line(
        f"recorded {published.recorded}, duplicate {published.duplicate}, "
        f"rejected {published.rejected} of {published.published} lines "
        f"({published.durability}, {_shown_positions(published)})"
    )
    if published.waiting:
        print_line(f"{published.waiting} not yet taken up (is a worker running?)")
    for rejection in published.rejections:
        for reason in rejection.reasons:
            print_line(f"line {rejection.line} rejected: {in_words(reason)}")


def _shown_positions(published: PublishSummary) -> str:
    if len(published.positions) < 2:  # noqa: PLR2004  of one ledger there is nothing to tell apart
        return f"log at {published.position}"
    return ", ".join(f"{name} at {at}" for name, at in sorted(published.positions.items()))
