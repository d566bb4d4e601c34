"""`status`: health and lag of every ledger's readers, and what waits."""

import asyncio
from collections.abc import Sequence

from schemas.record import Record
from services.cli.connect import LedgerConnection, connect_to_ledger, settings_now
from services.cli.exit_code import ExitCode
from services.cli.options import OutputFormat
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    print_dim,
    print_line,
    write_records,
    write_table,
)
from services.eventlog.connection import durability_of
from services.eventlog.readers import Readers
from services.projection.store import ViewStore
from services.runtime import clock


class ReaderLine(Record):
    """How one reader is: `silent` is one that should have spoken and has not.

    `lag` counts log events it has not dealt with; for ingest, inbox entries.
    """

    reader: str
    state: str
    position: int
    lag: int
    at: str
    where: str
    error: str | None


class LedgerStatus(Record):
    """How one ledger is.

    `parked` claims wait for a person; `view` is the position readers of the views see.
    """

    ledger: str
    server: str
    durability: str
    eviction: str
    events: int
    inbox: int
    parked: int
    view: int
    healthy: bool
    readers: tuple[ReaderLine, ...]


COLUMNS: Sequence[TableColumn[ReaderLine]] = (
    TableColumn("reader", lambda line: line.reader),
    TableColumn("state", lambda line: line.state),
    TableColumn("position", lambda line: str(line.position), is_number=True),
    TableColumn("lag", lambda line: str(line.lag), is_number=True),
    TableColumn("last word", lambda line: line.at),
    TableColumn("where", lambda line: line.where),
    TableColumn("error", lambda line: line.error or ""),
)


def status(*, form: OutputFormat = None) -> int:
    """Show every ledger's log, inbox, parked claims and readers.

    Exits 1 if a reader failed, went silent, or stopped with something left to do; 3 if the server is
    out of reach.
    """
    statuses = asyncio.run(_statuses())
    if choose_format(form) is Format.TABLE:
        for found in statuses:
            _show(found)
    else:
        write_records(LedgerStatus, statuses, (), form)
    return ExitCode.DONE if all(found.healthy for found in statuses) else ExitCode.FAILED


async def _statuses() -> list[LedgerStatus]:
    found = []
    for name in settings_now().names:
        async with connect_to_ledger(name) as connection:
            found.append(await _status_of(connection))
    return found


async def _status_of(connection: LedgerConnection) -> LedgerStatus:
    name = connection.configuration.name
    durability = await durability_of(connection.client)
    events = await connection.log.last_position()
    waiting = await connection.inbox.waiting()
    readers = await _readers(connection, events=events, waiting=waiting)
    return LedgerStatus(
        ledger=name,
        server="LEDGER_REDIS_URL" if connection.settings.redis_url else "embedded",
        durability=durability.kind,
        eviction=durability.eviction,
        events=events,
        inbox=waiting,
        parked=await connection.inbox.parked_count(),
        view=await ViewStore(connection.client, name).position() or 0,
        healthy=is_healthy(readers),
        readers=tuple(readers),
    )


def is_healthy(readers: Sequence[ReaderLine]) -> bool:
    """Return whether every kind of reader runs, or has stopped with nothing left to do.

    Several processes may share a kind (`ingest:<process>`): one that was killed, or failed and was
    started again, is no fault while another runs. A kind that never ran is missing, not ill.
    """
    running = {_kind(line) for line in readers if line.state == "running"}
    return all(
        _kind(line) in running or (line.state == "stopped" and line.lag == 0) for line in readers
    )


def _kind(line: ReaderLine) -> str:
    return line.reader.partition(":")[0]


async def _readers(connection: LedgerConnection, *, events: int, waiting: int) -> list[ReaderLine]:
    statuses = await Readers(connection.client, connection.configuration.name).read()
    now = clock.now()
    return [
        ReaderLine(
            reader=reader,
            state="silent" if said.is_silent(now) else said.state,
            position=said.position,
            lag=waiting if reader.startswith("ingest") else max(0, events - said.position),
            at=said.at.isoformat(timespec="seconds"),
            where=f"process {said.pid} on {said.host}",
            error=said.error and f"{said.error} (at {said.entry})",
        )
        for reader, said in statuses.items()
    ]


def _show(found: LedgerStatus) -> None:
    print_line(
        f"{found.ledger}: {found.events} events, view at {found.view}, {found.inbox} in the inbox, "
        f"{found.parked} parked ({found.server}, {found.durability}, {found.eviction})"
    )
    if found.readers:
        write_table(found.readers, COLUMNS)
    else:
        print_dim("no worker has run yet")
