"""Leases: which process serves which stage of which ledger, and which processes there are.

A lease is a key of its ledger with its holder's name, for a time. It spares work that would be done twice and
protects nothing: two holders at once, such as one that was stopped and goes on, do no harm, because every
append and every write of views compares what it builds on (docs/decisions/0092).

The processes of a stage announce themselves in one hash, each with a number that it counts up: whose number
stands still is dead. No clock is compared with another one.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from redis.exceptions import RedisError

from services.eventlog.connection import Client
from services.eventlog.keys import lease_key, members_key
from services.eventlog.port import LogUnavailableError


LEASE_SCRIPT = files("services.eventlog").joinpath("lease.lua").read_text(encoding="utf-8")
#: How long a lease holds that nobody renews, in seconds. A process that is seen to be dead loses it sooner.
LEASE_SECONDS = 120.0
#: The stages whose processes take leases.
LEASED = ("ingest", "reconciliation", "projection")
#: What a process that leaves says instead of a number.
LEFT = "left"


class Leases:
    """The leases of one stage, as one process takes them."""

    def __init__(self, client: Client, stage: str, holder: str) -> None:
        self._client = client
        self._stage, self._holder = stage, holder

    async def take(self, ledgers: Mapping[str, str]) -> dict[str, str]:
        """Take or renew leases, each also from the holder named, who is dead (empty for none).

        Returns:
            Who holds each one now.

        Raises:
            LogUnavailableError: A server could not be reached; some may have been taken.
        """
        return await self._change(ledgers, milliseconds=round(LEASE_SECONDS * 1_000))

    async def give_back(self, ledgers: Sequence[str]) -> None:
        """Release leases, those that are held still.

        Raises:
            LogUnavailableError: A server could not be reached; they run out by themselves.
        """
        await self._change(dict.fromkeys(ledgers, ""), milliseconds=0)

    async def _change(self, ledgers: Mapping[str, str], *, milliseconds: int) -> dict[str, str]:
        if not ledgers:
            return {}
        pipeline = self._client.pipeline(transaction=False)
        for ledger, dead in ledgers.items():
            key = lease_key(ledger, self._stage)
            # Whole, not by its hash: in a pipeline a server that does not know it cannot be told in time.
            pipeline.execute_command("EVAL", LEASE_SCRIPT, 1, key, self._holder, milliseconds, dead)
        try:
            found = await pipeline.execute()
        except RedisError as error:
            raise LogUnavailableError(f"leases of {self._stage}: {error}") from error
        return {ledger: holder.decode() for ledger, holder in zip(ledgers, found, strict=True)}


class Members:
    """The processes of one stage that share ledgers out among them."""

    def __init__(self, client: Client, stage: str, name: str) -> None:
        self._client = client
        self._key, self._name = members_key(stage), name

    async def beat(self, said: str) -> dict[str, str]:
        """Announce this process, and return what each one said last.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hset(self._key, self._name, said)
        pipeline.hgetall(self._key)
        try:
            _, found = await pipeline.execute()
        except RedisError as error:
            raise LogUnavailableError(f"processes in {self._key}: {error}") from error
        return {name.decode(): value.decode() for name, value in found.items()}

    async def read(self) -> dict[str, str]:
        """Return what each process said last, and announce nothing.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            found = await self._client.hgetall(self._key)
        except RedisError as error:
            raise LogUnavailableError(f"processes in {self._key}: {error}") from error
        return {name.decode(): value.decode() for name, value in found.items()}

    async def leave(self) -> None:
        """Announce that this process is no more.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        await self.beat(LEFT)

    async def forget(self, names: Sequence[str]) -> None:
        """Remove processes that are no more.

        Raises:
            LogUnavailableError: The server could not be reached.
        """
        try:
            await self._client.hdel(self._key, *names)
        except RedisError as error:
            raise LogUnavailableError(f"processes in {self._key}: {error}") from error
