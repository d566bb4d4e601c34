"""`exchange-ledger status --part … --here` of a worker that is judged by its process alone."""

import socket
from collections.abc import Sequence

from schemas.record import Record
from services.cli.connect import connect_to_ledger
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    print_together,
    table_of,
    text_of,
    write_records,
)
from services.queries.processes import look_at_processes
from services.runtime.settings import Settings


class ProcessStatus(Record):
    """Whether a worker lives on this machine: `processes` that do, and what is wrong, a sentence each."""

    part: str
    host: str
    processes: int
    heartbeat_age_seconds: float | None
    healthy: bool
    problems: tuple[str, ...] = ()


COLUMNS: Sequence[TableColumn[ProcessStatus]] = (
    TableColumn("part", lambda found: found.part, is_id=True),
    TableColumn("host", lambda found: found.host),
    TableColumn("processes", lambda found: str(found.processes), is_number=True),
    TableColumn(
        "heartbeat",
        lambda found: "" if (age := found.heartbeat_age_seconds) is None else f"{age:.1f} s",
        is_number=True,
    ),
)


async def process_status(part: str, settings: Settings) -> ProcessStatus:
    """Return whether a worker lives on this machine.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    host = socket.gethostname()
    async with connect_to_ledger(settings.names[0], settings=settings) as connection:
        seen = await look_at_processes(
            connection.client,
            part,
            host=host,
            ledgers=settings.names,
            is_sharing=settings.is_sharing,
        )
    problems: list[str] = []
    if not seen.living:
        found = "none"
        if seen.age_seconds is not None:
            found = f"one without a sign of life for {seen.age_seconds:.0f} s"
        problems.append(f"expected a process of {part} that lives on {host}, found {found}")
    return ProcessStatus(
        part=part,
        host=host,
        processes=seen.living,
        heartbeat_age_seconds=None if seen.age_seconds is None else round(seen.age_seconds, 1),
        healthy=not problems,
        problems=tuple(problems),
    )


def write_process_status(found: ProcessStatus, form: Format | None) -> None:
    """Write it, as a table or in another form."""
    if choose_format(form) is Format.TABLE:
        problems = [text_of(problem, style="red") for problem in found.problems]
        print_together([table_of([found], COLUMNS), *problems])
    else:
        write_records(ProcessStatus, [found], (), form)
