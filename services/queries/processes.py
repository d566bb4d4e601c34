"""Whether a worker's processes live on one machine, however many ledgers they serve.

A probe of a container asks about its own process. Where ledgers are shared out, each process serves some of
them, others tomorrow, and may serve none: asking about every ledger would take longer the more there are, and
would tell of other containers. Whether a ledger is served is told by `status` and `/metrics`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.eventlog.connection import Client
from services.eventlog.leases import LEFT, Members
from services.eventlog.readers import Heartbeats, Readers
from services.queries.health import stage_of_reader


class ProcessesSeen(NamedTuple):
    """Processes of a part on one machine that did not say that they ended.

    Attributes:
        living: How many of them show that they live.
        silent: How many do not.
        age_seconds: Time since the last sign of life of any, null if there is none.
    """

    living: int
    silent: int
    age_seconds: float | None


async def look_at_processes(
    client: Client, part: str, *, host: str, ledgers: Sequence[str], is_sharing: bool
) -> ProcessesSeen:
    """Look at the processes of a part on one machine.

    Args:
        client: Of the server.
        part: Which worker.
        host: The machine, as its processes call it.
        ledgers: What they serve, where they do not share it out: each of them serves the first.
        is_sharing: Whether they share ledgers out.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    processes: list[tuple[str, int]] = []
    if is_sharing:
        for name, said in (await Members(client, part, "").read()).items():
            of, _, process = name.rpartition("-")
            if of == host and said != LEFT:
                processes.append((of, int(process)))
    else:
        for reader, status in (await Readers(client, ledgers[0]).read()).items():
            if stage_of_reader(reader) == part and status.host == host:
                # One that failed lives no more, and one that was asked to stop is none.
                processes += [(host, status.pid)] if status.state != "stopped" else []
    beats = await Heartbeats(client).of(processes)
    ages = [beat.age_seconds for beat in beats if beat is not None]
    living = sum(beat is not None and not beat.is_silent for beat in beats)
    return ProcessesSeen(living, len(processes) - living, min(ages, default=None))
