"""What a worker remembers of the log over its own end: so that a shorter log is noticed at the next start.

Each kind of reader writes the places it has seen to a file of the data directory, for each ledger and
server one. At the start the log is compared with them before anything is read or written.
"""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from structlog.typing import FilteringBoundLogger

from services.eventlog.address import Kind, read_address
from services.eventlog.chain import Head
from services.eventlog.losses import find_loss
from services.eventlog.port import HistoryLostError
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.seen import SeenHeads
from services.runtime import clock
from services.runtime.embedded import recorded_url
from services.runtime.told import ToldLosses


class SeenFile:
    """The places of one log that one kind of reader has seen, on disk."""

    def __init__(self, data_dir: Path, *, ledger: str, reader: str, url: str) -> None:
        self._path = data_dir / "heads" / f"{ledger}.{reader}.{_server_of(url, data_dir)}.json"
        self._written = Head(0, "")

    def read(self) -> list[Head]:
        """Return the places last written, ascending; none if there are none, or none that can be read."""
        with suppress(OSError, ValueError, TypeError):
            return [Head(int(at), str(chain)) for at, chain in json.loads(self._path.read_bytes())]
        return []

    def write(self, seen: SeenHeads) -> None:
        """Write the places, unless nothing was seen since.

        Raises:
            OSError: The file cannot be written.
        """
        if seen.last == self._written:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(seen.few()), encoding="utf-8")
        fresh.replace(self._path)
        self._written = seen.last

    def remove(self) -> None:
        """Remove the file: what it says is known and told."""
        self._written = Head(0, "")
        self._path.unlink(missing_ok=True)


class History:
    """What one reader saw of a log, compared with what is there."""

    def __init__(
        self,
        log: RedisEventLog,
        probe: RedisEventLog,
        losses: ToldLosses,
        file: SeenFile,
        logger: FilteringBoundLogger,
    ) -> None:
        """Prepare to compare.

        Args:
            log: Through which the reader reads and appends; it notes what was seen.
            probe: The same log over a connection that does not wait.
            losses: Where what is gone is told.
            file: What this kind of reader saw before its last end.
            logger: For what is noticed.
        """
        self._log, self._probe, self._losses = log, probe, losses
        self._file, self._logger = file, logger
        self._others: list[Callable[[], Awaitable[None]]] = []

    async def compare(self, seen: Sequence[Head], reader: str) -> None:
        """Name what is gone of what was seen before this start; in this process (`seen`) or another.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        written, is_lost = self._file.read(), False
        if written and written[-1] in seen:
            # Of one history, so that few places far apart do not name more as lost than many do.
            seen = sorted({*written, *seen})
        else:
            # One after the other: places of different histories cannot be put in one order.
            is_lost = await self._name_loss(written, reader)
        if await self._name_loss(seen, reader) or is_lost:
            self._file.remove()

    async def report(self, known: Head, reader: str) -> None:
        """Name what is gone where something else than a reader saw it: views, or a snapshot."""
        await self._name_loss([known], reader)

    def also(self, confirm: Callable[[], Awaitable[None]]) -> None:
        """Compare something else, too, as often as the log: what a reader wrote may go back without it."""
        self._others.append(confirm)

    async def confirm(self) -> None:
        """Compare the log with the last place seen, and write down what was seen; tell again what was told.

        Raises:
            BeginAnewError: The log is another one, or a shorter one, or what a reader wrote is gone.
            LogUnavailableError: The server could not be reached.
        """
        await self._losses.confirm()
        for confirm in self._others:
            await confirm()
        known = self._log.seen.last
        if not known.position:
            return
        found = await self._probe.chain_at(known.position)
        if found != known.chain:
            raise HistoryLostError(known, last=await self._probe.last_position(), found=found)
        try:
            self._file.write(self._log.seen)
        except OSError as error:
            self._logger.warning("heads.unwritten", error=str(error))

    async def _name_loss(self, seen: Sequence[Head], reader: str) -> bool:
        while True:
            loss = await find_loss(self._log, seen, reader=reader, now=clock.now())
            if loss is None:
                self._log.remember(seen)
                return False
            # False: the log became shorter once more between the look at it and this.
            if await self._losses.add(loss):
                break
        # Not read again yet, and gone as well if the log becomes shorter once more.
        self._log.remember([head for head in seen if head.position < loss.first])
        self._logger.error("history.lost", error=str(loss), first=loss.first, last=loss.last)
        return True


def _server_of(url: str, data_dir: Path) -> str:
    """Name the server that an address leads to, without its credentials."""
    if url == recorded_url(data_dir):
        return "embedded"  # Its socket has a new name at every start.
    address = read_address(url)
    if address.kind is Kind.SERVER:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{parts.port}{parts.path}"
    else:
        place = f"{address.kind} {sorted(address.hosts)} {address.service}"
    return sha256(place.encode()).hexdigest()[:12]
