"""`publish`: JSON lines into the inbox, and what became of each line.

Every line is published as it is: the ledger's intake is the judge, and what it refuses is parked with
its bytes. The same intake is asked here only for the id a line would be recorded under, so that its
fate can be looked up: known before is a duplicate, parked is rejected, the rest is recorded.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.record import Record
from schemas.views import Rejection
from services import clock
from services.cli.options import LedgerName
from services.cli.outcome import CommandError, Outcome
from services.cli.output import SummaryFormat
from services.cli.reach import Reached, reach
from services.cli.rejected import sentence
from services.eventlog.connection import durability_of
from services.eventlog.port import LogUnavailableError
from services.ingest.intake import Accepted, read_inbound


#: Lines published in one round trip.
BATCH_COUNT = 500
#: Pause between two looks at the inbox, in seconds.
PAUSE_SECONDS = 0.05
#: How long a lost connection is retried, in seconds. A line sent twice is recorded once.
RETRY_SECONDS = 10.0


class RejectedLine(Record):
    """A line that was parked: its number in the file, from 1, and why."""

    line: int
    reasons: tuple[Rejection, ...]


class Published(Record):
    """What became of the lines published.

    `waiting` lines had not been taken up when the wait ended. `position` is the log's last position.
    """

    published: int
    recorded: int
    duplicate: int
    rejected: int
    waiting: int
    position: int
    durability: str
    rejections: tuple[RejectedLine, ...]


class _Ticket(NamedTuple):
    # What is kept of a published line until its fate is known.
    number: int
    event_id: str | None
    digest: bytes
    entry_id: str


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
    form: Annotated[
        SummaryFormat,
        typer.Option("--format", help="The summary as text, or as JSON."),
    ] = SummaryFormat.TABLE,
) -> int:
    """Publish claims, and say what became of each line: recorded, duplicate or rejected."""
    published = asyncio.run(_publish_file(path, ledger, wait))
    if form is SummaryFormat.JSON:
        print(published.model_dump_json())
    else:
        _show(published)
    return Outcome.FAILED if published.rejected else Outcome.DONE


class Publication:
    """Lines on their way into one ledger, and what became of them.

    Attributes:
        count: How many lines were published.
    """

    def __init__(self, reached: Reached) -> None:
        self.count = 0
        self._reached = reached
        self._tickets: list[_Ticket] = []
        self._ids: set[str] = set()
        self._known: set[str] = set()
        self._parked_before: str | None = None

    async def publish(self, batch: Sequence[tuple[int, bytes]]) -> None:
        """Publish numbered lines as they are, in one round trip.

        Raises:
            LogUnavailableError: The server went away; the batch may be in the inbox.
        """
        if self._parked_before is None:
            self._parked_before = await self._reached.inbox.last_parked()
        event_ids = [self._event_id(raw) for _, raw in batch]
        await self._look_up(event_ids)
        entry_ids = await self._reached.inbox.publish([raw for _, raw in batch])
        self._tickets += (
            _Ticket(number, event_id, _digest(raw), entry_id)
            for (number, raw), event_id, entry_id in zip(batch, event_ids, entry_ids, strict=True)
        )
        self.count = len(self._tickets)

    async def fates(self, *, wait_seconds: float) -> Published:
        """Wait until every line was taken up, at most `wait_seconds`; say what became of each."""
        waiting = await self._wait(wait_seconds)
        settled = [ticket for ticket in self._tickets if ticket.entry_id not in waiting]
        parked = await self._parked_since()
        rejections = []
        recorded, duplicate = 0, 0
        seen = set(self._known)
        for ticket in settled:
            if reasons := parked[ticket.digest]:
                rejections.append(RejectedLine(line=ticket.number, reasons=reasons.pop(0)))
            elif ticket.event_id is not None and ticket.event_id in seen:
                duplicate += 1
            else:
                recorded += 1
                seen.add(ticket.event_id or ticket.entry_id)
        return Published(
            published=self.count,
            recorded=recorded,
            duplicate=duplicate,
            rejected=len(rejections),
            waiting=len(self._tickets) - len(settled),
            position=await self._reached.log.last_position(),
            durability=(await durability_of(self._reached.client)).kind,
            rejections=tuple(rejections),
        )

    def _event_id(self, raw: bytes) -> str | None:
        found = read_inbound(
            raw,
            ledger=self._reached.configuration,
            entry_bytes_max=self._reached.settings.entry_bytes_max,
        )
        return found.event_id if isinstance(found, Accepted) else None

    async def _look_up(self, event_ids: Sequence[str | None]) -> None:
        # Only an id's first line asks the log: afterwards the log may know it from that very line.
        fresh = list({event_id for event_id in event_ids if event_id} - self._ids)
        positions = await self._reached.log.positions_of(fresh)
        self._known |= {
            event_id
            for event_id, position in zip(fresh, positions, strict=True)
            if position is not None
        }
        self._ids |= set(fresh)

    async def _wait(self, wait_seconds: float) -> set[str]:
        if not self._tickets:
            return set()
        first_id, last_id = self._tickets[0].entry_id, self._tickets[-1].entry_id
        deadline_ms = clock.stopwatch_ms() + wait_seconds * 1000
        while clock.stopwatch_ms() < deadline_ms:
            if not await self._reached.inbox.is_waiting(first_id, last_id):
                return set()
            await asyncio.sleep(PAUSE_SECONDS)
        return await self._reached.inbox.waiting_between(first_id, last_id)

    async def _parked_since(self) -> defaultdict[bytes, list[tuple[Rejection, ...]]]:
        # Others may publish meanwhile: a line is recognised by its bytes.
        found: defaultdict[bytes, list[tuple[Rejection, ...]]] = defaultdict(list)
        after = self._parked_before or "0"
        while parked := await self._reached.inbox.parked(after=after):
            for claim in parked:
                raw = (
                    bytes.fromhex(claim.raw) if claim.raw_encoding == "hex" else claim.raw.encode()
                )
                found[_digest(raw)].append(claim.reasons)
            after = parked[-1].id
        return found


async def publish_lines(
    lines: Iterable[bytes],
    reached: Reached,
    *,
    wait_seconds: float,
    progressed: Progressed = lambda _: None,
) -> Published:
    """Publish lines and wait for their fate.

    Args:
        lines: One event each; blank ones are passed over, and counted for the line numbers alone.
        reached: The ledger.
        wait_seconds: Longest wait after the last line was published.
        progressed: Told how many bytes more were published.

    Raises:
        CommandError: The server went away; what was published before is in the inbox.
    """
    publication = Publication(reached)
    try:
        for batch in _batches(lines):
            await publication.publish(batch)
            progressed(sum(len(raw) + 1 for _, raw in batch))
        return await publication.fates(wait_seconds=wait_seconds)
    except LogUnavailableError as error:
        raise CommandError(
            f"after {publication.count} lines published: {error} (publishing again does no harm)",
            Outcome.OUT_OF_REACH,
        ) from error


async def _publish_file(path: str, ledger: str | None, wait_seconds: float) -> Published:
    with open_lines(path) as (lines, size), _progress_bar(size) as progressed:
        async with reach(ledger, retry_seconds=RETRY_SECONDS) as reached:
            return await publish_lines(
                lines, reached, wait_seconds=wait_seconds, progressed=progressed
            )


@contextmanager
def open_lines(path: str) -> Iterator[tuple[Iterable[bytes], int | None]]:
    """Open a file of lines, or stdin for `-`; give its lines, and its size in bytes if known.

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


def _digest(raw: bytes) -> bytes:
    return sha256(raw).digest()[:16]


@contextmanager
def _progress_bar(size: int | None) -> Iterator[Progressed]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("publishing", total=size)
        yield lambda count: progress.advance(task, count)


def _show(published: Published) -> None:
    taken_up = published.published - published.waiting
    if published.waiting and not taken_up:
        print(f"published {published.published}, not yet taken up (is a worker running?)")
        return
    print(
        f"recorded {published.recorded}, duplicate {published.duplicate}, "
        f"rejected {published.rejected} of {published.published} lines "
        f"({published.durability}, log at {published.position})"
    )
    if published.waiting:
        print(f"{published.waiting} not yet taken up (is a worker running?)")
    for rejection in published.rejections:
        for reason in rejection.reasons:
            print(f"line {rejection.line} rejected: {sentence(reason)}")
