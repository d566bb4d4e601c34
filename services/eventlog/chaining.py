"""Add history and chain values to a log that was written before there was a chain, once.

Every event keeps its position and its content, byte for byte; only the members that the log itself puts
in front are added (`services.eventlog.chain`). The chained log is written beside the old one and takes
its place in one step, if nothing was appended meanwhile; so a crash at any point leaves the old log,
and a copy that the server removes by itself within an hour. For as long as that takes the log is in
memory twice.
"""

import secrets
from importlib.resources import files
from typing import Any

from redis.exceptions import RedisError

from services.eventlog.chain import split, store
from services.eventlog.connection import Client, Script
from services.eventlog.keys import COPY_COUNT, COPY_SECONDS, keys_of
from services.eventlog.port import Entry, LogDamagedError, LogUnavailableError
from services.eventlog.redis_log import RedisEventLog, new_history


#: How often the log may move on while the last events are copied.
TRIES_MAX = 50
_DONE, _BY_ANOTHER = 1, 0

ADOPT_SCRIPT = files("services.eventlog").joinpath("adopt.lua").read_text(encoding="utf-8")


async def is_unchained(client: Client, ledger: str) -> bool:
    """Return whether a log has events and its last one carries no chain value."""
    log = RedisEventLog(client, ledger)
    last = await log.last_position()
    return last > 0 and await log.chain_at(last) is None


async def chain_log(client: Client, ledger: str) -> int:
    """Chain a log; return how many events were chained here, 0 if it needed nothing.

    Raises:
        LogDamagedError: A position is missing, or an event was not written by a log.
        LogUnavailableError: The server could not be reached, or kept appending.
    """
    if not await is_unchained(client, ledger):
        return 0
    copy = _Copy(client, ledger)
    adopt = Script(client, ADOPT_SCRIPT)
    keys = keys_of(ledger)
    try:
        for _ in range(TRIES_MAX):
            await copy.catch_up()
            done = await adopt(keys=[keys.log, copy.key, keys.checkpoints], args=[copy.position])
            if done == _DONE:
                return copy.position
            if done == _BY_ANOTHER:
                await client.unlink(copy.key)
                return 0
    except RedisError as error:
        raise LogUnavailableError(f"chaining of {keys.log}: {error}") from error
    raise LogUnavailableError(
        f"chaining of {keys.log}: expected a log that stands still for a moment, found it moved on "
        f"{TRIES_MAX} times"
    )


class _Copy:
    """A chained copy of a log under way.

    Attributes:
        key: Where it is written.
        position: The last position copied.
    """

    def __init__(self, client: Client, ledger: str) -> None:
        self.key = f"{keys_of(ledger).log}:chaining:{secrets.token_hex(4)}"
        self.position = 0
        self._client = client
        self._log = RedisEventLog(client, ledger)
        self._chain = new_history()

    async def catch_up(self) -> None:
        """Copy what the log holds after the last position copied."""
        while entries := await self._log.read(after=self.position, limit=COPY_COUNT):
            pipeline: Any = self._client.pipeline(transaction=False)
            for entry in entries:
                pipeline.xadd(self.key, {"event": self._chained(entry)}, id=f"{entry.position}-0")
            pipeline.expire(self.key, COPY_SECONDS)
            await pipeline.execute()

    def _chained(self, entry: Entry) -> bytes:
        stored = split(entry.body)
        if stored is None or entry.position != self.position + 1:
            raise LogDamagedError(
                f"expected an event at position {self.position + 1}, found {entry.position} with "
                f"{entry.body[:40]!r} (`exchange-ledger log verify` names what is wrong)"
            )
        body, self._chain = store(entry.position, self._chain, stored.content)
        self.position = entry.position
        return body
