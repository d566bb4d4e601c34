"""`status`: health and lag of every ledger's stages, and what waits."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple, cast

import typer

from schemas.health import Stage, StageHealth
from schemas.record import Record
from services.cli.connect import (
    LedgerConnection,
    configuration_of,
    connect_to_ledger,
    settings_now,
)
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import OutputFormat
from services.cli.output import (
    Format,
    Shown,
    TableColumn,
    choose_format,
    print_together,
    shown_anew,
    table_of,
    text_of,
    write_records,
)
from services.cli.process_status import process_status, write_process_status
from services.eventlog.connection import Durability, durability_of
from services.eventlog.leases import LEASED
from services.eventlog.losses import Losses
from services.eventlog.port import LogUnavailableError
from services.eventlog.readers import ReaderStatus
from services.eventlog.sealed_events import SegmentError
from services.eventlog.trimmed import TrimmedPart
from services.eventlog.webhooks import WebhookStore
from services.ledgers import names_there_are
from services.queries.health import (
    LedgerSeen,
    look_at,
    running_readers,
    stage_of_reader,
    stages_of,
    state_of_reader,
)
from services.runtime.settings import Settings
from services.runtime.supervisor import WEBHOOKS
from services.webhooks.health import WebhookNotes, webhook_notes


#: Workers on which nothing of a ledger waits, so that their processes say all that there is to say.
WITHOUT_ENTRIES = ("webhooks", "releasing")
#: Pause between two looks of `--watch`, in seconds.
WATCH_SECONDS = 1.0


class StageName(StrEnum):
    """The parts that are deployed by themselves."""

    INGEST = "ingest"
    RECONCILIATION = "reconciliation"
    PROJECTION = "projection"
    DRAFTING = "drafting"
    WEBHOOKS = "webhooks"
    RELEASING = "releasing"
    API = "api"


class ReaderLine(Record):
    """How one reader is: `silent` is one whose process shows no sign of life.

    `lag` counts log events it has not dealt with; for ingest, inbox entries; for drafting, reports.
    """

    reader: str
    state: str
    position: int
    lag: int
    at: str
    where: str
    error: str | None
    heartbeat_age_seconds: float | None = None


class LedgerStatus(Record):
    """How one ledger is.

    `parked` claims wait for a person; `view` is the position readers of the views see. `pending` entries
    of the inbox are in a worker's hands. `problems` says what is wrong, one sentence each. Events up to
    position `trimmed` lie in sealed segments, and no longer in the server. `webhooks` names endpoints that
    take nothing, one sentence each, which is for their owners to mend.
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
    stages: tuple[StageHealth, ...] = ()
    pending: int = 0
    inbox_limit: int | None = None
    problems: tuple[str, ...] = ()
    trimmed: int = 0
    webhooks: tuple[str, ...] = ()


class StatusRow(NamedTuple):
    """A row of the table: a stage, and one of its readers if any ever ran."""

    stage: StageHealth
    reader: ReaderLine | None


def _state_shown(row: StatusRow) -> str:
    if row.reader is None or (row.stage.state == "stuck" and row.reader.state == "running"):
        return row.stage.state
    return row.reader.state


COLUMNS: Sequence[TableColumn[StatusRow]] = (
    TableColumn(
        "reader", lambda row: row.reader.reader if row.reader else row.stage.stage, is_id=True
    ),
    TableColumn("state", _state_shown),
    TableColumn("position", lambda row: str(row.stage.position), is_number=True),
    TableColumn("lag", lambda row: str(row.stage.lag), is_number=True),
    TableColumn("oldest", lambda row: _seconds(row.stage.oldest_waiting_seconds), is_number=True),
    TableColumn(
        "heartbeat",
        lambda row: _seconds(row.reader.heartbeat_age_seconds if row.reader else None),
        is_number=True,
    ),
    TableColumn("where", lambda row: row.reader.where if row.reader else ""),
    TableColumn("error", lambda row: (row.reader.error or "") if row.reader else ""),
)


def _server_of(stage: str) -> Callable[[LedgerStatus], str]:
    """Return what tells who serves a stage: who has its lease, or whose processes run."""

    def told(found: LedgerStatus) -> str:
        one = next(one for one in found.stages if one.stage == stage)
        running = [
            line.where.removeprefix("process ")
            for line in found.readers
            if stage_of_reader(line.reader) == stage and line.state == "running"
        ]
        return one.holder or ", ".join(running) or one.state

    return told


#: Of every ledger: a line each.
COLUMNS_OF_ALL: Sequence[TableColumn[LedgerStatus]] = (
    TableColumn("ledger", lambda found: found.ledger),
    TableColumn("events", lambda found: f"{found.events:,}", is_number=True),
    TableColumn("inbox", lambda found: f"{found.inbox:,}", is_number=True),
    TableColumn("view", lambda found: f"{found.view:,}", is_number=True),
    TableColumn("healthy", lambda found: "yes" if found.healthy else "no"),
    *(TableColumn(stage, _server_of(stage)) for stage in LEASED),
)


class _Question(NamedTuple):
    part: StageName | None
    here: bool
    is_all: bool = False

    def asks_for_process(self, settings: Settings) -> bool:
        """Return whether a worker is judged by its processes here, and no ledger is asked about."""
        if self.part is None or self.part is StageName.API:
            return False
        return self.part in WITHOUT_ENTRIES or (self.here and settings.is_sharing)

    def is_ours(self, status: ReaderStatus) -> bool:
        return not self.here or status.host == socket.gethostname()


def status(
    *,
    form: OutputFormat = None,
    part: Annotated[
        StageName | None, typer.Option(help="Judge this part alone, which must run.")
    ] = None,
    here: Annotated[
        bool,
        typer.Option(
            "--here",
            help="Judge the processes of this machine or container alone; a worker that shares ledgers "
            "out, by whether its process lives, whatever it serves.",
        ),
    ] = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Every ledger that there is, a line each, and which process serves it."
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every second, until Ctrl-C.")
    ] = False,
) -> int:
    """Show every ledger's log, inbox, parked claims and stages.

    Exits 0 if all is well; 1 if a stage failed, shows no sign of life, goes on to nothing while entries
    wait, or is not there and something waits for it, if the server's memory is full, or if the log lost
    events and nobody acknowledged it; 2 for wrong
    usage; 3 if the server is out of reach. With --watch: as it was at last.
    """
    asked = _Question(part, here, every)
    settings = settings_now()
    if part is not None and asked.asks_for_process(settings):
        if watch or every:
            raise CommandError(
                f"expected --part {part} alone: it is judged by its process, once",
                exit_code=ExitCode.WRONG_USAGE,
            )
        found = asyncio.run(process_status(part.value, settings))
        write_process_status(found, form)
        return ExitCode.DONE if found.healthy else ExitCode.FAILED
    if watch:
        return _watch(asked, form)
    statuses = asyncio.run(_statuses(asked))
    _write(statuses, form, asked)
    return _exit_code(statuses)


def _exit_code(statuses: Sequence[LedgerStatus]) -> int:
    return ExitCode.DONE if all(found.healthy for found in statuses) else ExitCode.FAILED


def _write(statuses: Sequence[LedgerStatus], form: Format | None, asked: _Question) -> None:
    if choose_format(form) is Format.TABLE:
        print_together(_shown(statuses, asked))
    else:
        write_records(LedgerStatus, statuses, (), form)


def _watch(asked: _Question, form: Format | None) -> int:
    """Show the status again and again; return the exit code of the last one."""
    exit_code: int = ExitCode.DONE
    is_table = choose_format(form) is Format.TABLE
    with shown_anew() as show:

        async def look() -> None:
            nonlocal exit_code
            while True:
                try:
                    statuses = await _statuses(asked)
                except (LogUnavailableError, CommandError) as error:
                    exit_code = getattr(error, "exit_code", ExitCode.OUT_OF_REACH)
                    show([text_of(str(error), style="red")])
                else:
                    exit_code = _exit_code(statuses)
                    if is_table:
                        show(_shown(statuses, asked))
                    else:
                        _write(statuses, form, asked)
                await asyncio.sleep(WATCH_SECONDS)

        try:
            asyncio.run(look())
        except KeyboardInterrupt:
            return exit_code
    return exit_code


async def _statuses(asked: _Question) -> list[LedgerStatus]:
    settings = settings_now()
    names = list(settings.names)
    if asked.is_all:
        names = names_there_are(settings.config_dir)
    async with connect_to_ledger(names[0], settings=settings) as first:
        durability = await durability_of(first.client)
        connections = [
            first._replace(configuration=configuration_of(name, settings)) for name in names
        ]
        return [await _status_of(connection, durability, asked) for connection in connections]


async def _status_of(
    connection: LedgerConnection, durability: Durability, asked: _Question
) -> LedgerStatus:
    name = connection.configuration.name
    found = await look_at(connection.client, name)
    seen = found.ledger
    stages = stages_of(
        found,
        stale_after_ms=connection.settings.stale_after_ms,
        is_ours=asked.is_ours,
        # One that is judged by its process does not come here.
        required=cast(Stage, asked.part.value) if asked.part else None,
    )
    problems = [stage.reason for stage in stages if stage.reason]
    if seen.memory.is_full and asked.part is None:
        problems.append(
            f"the server's memory is full ({seen.memory.used:,} of {seen.memory.maximum:,} bytes): "
            "it refuses writes"
        )
    part = TrimmedPart(connection.client, name, connection.segments)
    notes = WebhookNotes((), None)
    # A container is healthy all the same: restarting it brings nothing back.
    if asked.part is None:
        known = await WebhookStore(connection.client, name).known()
        is_delivering = bool(running_readers(WEBHOOKS, seen))
        notes = webhook_notes(known, is_delivering=is_delivering)
        problems += [notes.problem] if notes.problem else []
        try:
            await part.check()
        except SegmentError as error:
            problems.append(str(error))
        open_losses = await Losses(connection.client, name).open()
        problems += [
            f"{loss}: publish again or restore, then `log acknowledge {loss.id}`"
            for loss in open_losses
        ]
    return LedgerStatus(
        ledger=name,
        server="LEDGER_REDIS_URL" if connection.settings.redis_url else "embedded",
        durability=durability.kind,
        eviction=durability.eviction,
        events=seen.log,
        inbox=seen.inbox,
        parked=seen.parked,
        view=seen.shown,
        healthy=not problems,
        readers=tuple(_reader_lines(found, asked)),
        stages=stages,
        pending=seen.pending,
        inbox_limit=seen.inbox_limit,
        problems=tuple(problems),
        trimmed=part.known,
        webhooks=notes.endpoints,
    )


def _reader_lines(found: LedgerSeen, asked: _Question) -> Iterator[ReaderLine]:
    seen = found.ledger
    for reader, said in seen.readers.items():
        stage = stage_of_reader(reader)
        if not asked.is_ours(said) or asked.part not in (None, stage):
            continue
        beat = seen.heartbeats.get(reader)
        waiting = {
            "ingest": seen.inbox,
            "drafting": found.reports.waiting,
            **dict.fromkeys(("api", "webhooks", "releasing"), 0),
        }
        lag = waiting.get(stage, max(0, seen.log - said.position))
        yield ReaderLine(
            reader=reader,
            state=state_of_reader(reader, seen),
            position=said.position,
            lag=lag,
            at=said.at.isoformat(timespec="seconds"),
            where=f"process {said.pid} on {said.host}",
            error=said.error and f"{said.error} (at {said.entry})",
            heartbeat_age_seconds=None if beat is None else round(beat.age_seconds, 1),
        )


def _shown(statuses: Sequence[LedgerStatus], asked: _Question) -> list[Shown]:
    if asked.is_all:
        problems = [f"{found.ledger}: {text}" for found in statuses for text in found.problems]
        return [
            table_of(statuses, COLUMNS_OF_ALL),
            *(text_of(problem, style="red") for problem in problems),
        ]
    parts: list[Shown] = []
    for found in statuses:
        limit = "" if found.inbox_limit is None else f" of {found.inbox_limit:,}"
        parts.append(
            text_of(
                f"{found.ledger}: {found.events} events{_trimmed(found)}, view at {found.view}, "
                f"{found.inbox}{limit} in the inbox, {found.parked} parked "
                f"({found.server}, {found.durability}, {found.eviction})"
            )
        )
        parts.append(table_of(list(_rows(found)), COLUMNS))
        parts += [text_of(problem, style="red") for problem in found.problems]
        parts += [text_of(note, style="yellow") for note in found.webhooks]
    return parts


def _rows(found: LedgerStatus) -> Iterator[StatusRow]:
    for stage in found.stages:
        lines = [line for line in found.readers if stage_of_reader(line.reader) == stage.stage]
        yield from (StatusRow(stage, line) for line in lines)
        if not lines:
            yield StatusRow(stage, None)


def _trimmed(found: LedgerStatus) -> str:
    return f" ({found.trimmed} of them in sealed segments)" if found.trimmed else ""


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
