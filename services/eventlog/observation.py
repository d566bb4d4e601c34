"""One look at a ledger from outside: what waits where, and what its readers said last.

Two round trips, reads alone. Ages are told by the server's clock where it stamped the entry, which are
those of the inbox; an event of the log bears the time of the fact at the root of its chain.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from redis.exceptions import RedisError, ResponseError

from schemas.webhook import DeliveryState
from services.eventlog.connection import Client
from services.eventlog.inbox import GROUP
from services.eventlog.keys import keys_of, lease_key, webhook_keys_of
from services.eventlog.leases import LEASED
from services.eventlog.port import LogUnavailableError
from services.eventlog.readers import Heartbeat, Heartbeats, ReaderStatus, statuses_of
from services.eventlog.redis_log import position_of
from services.eventlog.webhooks import states_of


#: Time after which an entry that was handed to a worker is worth a look, in milliseconds.
HELD_MS = 5_000
#: Most entries of the inbox looked at that were handed out and not acknowledged.
HELD_COUNT = 100


class HeldEntry(NamedTuple):
    """An entry of the inbox that was handed to a worker a while ago, and is not acknowledged."""

    consumer: str
    idle_seconds: float


class ServerMemory(NamedTuple):
    """What a server uses of its memory, in bytes; a maximum of 0 is none."""

    used: int
    maximum: int

    @property
    def is_full(self) -> bool:
        """Whether the server refuses what needs more."""
        return 0 < self.maximum <= self.used


class Observation(NamedTuple):
    """How a ledger was found.

    Attributes:
        inbox: Entries in the inbox, those handed out included.
        inbox_limit: How many it may hold, null if no ingest has ever said so.
        pending: Entries handed out and not acknowledged.
        parked: Parked claims.
        log: Last position of the log.
        decided: Position up to which reconciliation has dealt with it.
        shown: Position that the views stand for.
        readers: The last status of each reader.
        heartbeats: The last heartbeat of each reader's process.
        oldest_inbox: Age of the oldest entry of the inbox, in seconds.
        oldest_unread: Age of the oldest one that was handed to nobody.
        oldest_undecided: Age of the oldest event that reconciliation has not dealt with.
        oldest_unshown: Age of the oldest event that the views lack.
        held: Entries handed out a while ago.
        memory: The server's memory.
        holders: Which process has the lease of which stage.
        losses: Losses of the log that nobody took note of yet.
        deliveries: How the delivery of each webhook goes, by its id.
    """

    inbox: int = 0
    inbox_limit: int | None = None
    pending: int = 0
    parked: int = 0
    log: int = 0
    decided: int = 0
    shown: int = 0
    readers: Mapping[str, ReaderStatus] = {}
    heartbeats: Mapping[str, Heartbeat | None] = {}
    oldest_inbox: float | None = None
    oldest_unread: float | None = None
    oldest_undecided: float | None = None
    oldest_unshown: float | None = None
    held: tuple[HeldEntry, ...] = ()
    memory: ServerMemory = ServerMemory(0, 0)
    holders: Mapping[str, str] = {}
    losses: int = 0
    deliveries: Mapping[str, DeliveryState] = {}


class _Recorded(msgspec.Struct):
    """Of an event, when its fact was recorded; all else is left unread."""

    recorded_at: datetime


class _Noted(msgspec.Struct):
    """Of a loss, whether somebody took note of it."""

    acknowledged: dict[str, Any] | None = None


_RECORDED = msgspec.json.Decoder(_Recorded)
_NOTED = msgspec.json.Decoder(_Noted)


async def observe(client: Client, ledger: str, *, reader: str, shown: int) -> Observation:
    """Look at a ledger.

    Args:
        client: Its server.
        ledger: Its name.
        reader: Whose checkpoint tells what is decided.
        shown: Position that the views stand for.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    try:
        return await _observe(client, ledger, reader=reader, shown=shown)
    except RedisError as error:
        raise LogUnavailableError(f"look at ledger {ledger}: {error}") from error


async def _observe(client: Client, ledger: str, *, reader: str, shown: int) -> Observation:
    keys = keys_of(ledger)
    first = client.pipeline(transaction=False)
    first.time()
    first.xlen(keys.inbox)
    first.get(keys.inbox_limit)
    first.xrange(keys.inbox, count=1)
    first.xinfo_groups(keys.inbox)
    first.xpending_range(keys.inbox, GROUP, min="-", max="+", count=HELD_COUNT, idle=HELD_MS)
    first.xlen(keys.rejected)
    first.hget(keys.checkpoints, reader)
    # By its id: of a log that was trimmed, the length says less.
    first.xrevrange(keys.log, count=1)
    first.hgetall(keys.readers)
    first.hvals(keys.losses)
    first.hgetall(webhook_keys_of(ledger).states)
    first.info("memory")
    for stage in LEASED:
        first.get(lease_key(ledger, stage))
    # An inbox that nobody has opened yet has no groups to ask about.
    found = await first.execute(raise_on_error=False)
    for answer in found:
        if isinstance(answer, RedisError) and not isinstance(answer, ResponseError):
            raise answer
    time, inbox, limit, oldest, groups, held, parked, decided, log, rows, losses, *rest = found
    states, memory, *leases = rest
    for answer in (time, inbox, parked, log, rows, *leases):
        if isinstance(answer, ResponseError):
            raise answer
    group = _group_in(groups)
    readers = statuses_of(rows)
    second = client.pipeline(transaction=False)
    second.xrange(keys.inbox, min=f"({_text(group['last-delivered-id'])}", count=1)
    second.xrange(keys.log, min=f"{int(decided or 0) + 1}-0", count=1)
    second.xrange(keys.log, min=f"{shown + 1}-0", count=1)
    unread, undecided, unshown = await second.execute()
    beats = await Heartbeats(client).read(list(readers.values()))
    now_ms = time[0] * 1000 + time[1] / 1000
    return Observation(
        inbox=inbox,
        inbox_limit=int(limit) if limit else None,
        pending=int(group["pending"]),
        parked=parked,
        log=position_of(log[0][0]) if log else 0,
        decided=int(decided or 0),
        shown=shown,
        readers=readers,
        heartbeats=dict(zip(readers, beats, strict=True)),
        oldest_inbox=_age_in_inbox(oldest, now_ms),
        oldest_unread=_age_in_inbox(unread, now_ms),
        oldest_undecided=_age_in_log(undecided, now_ms),
        oldest_unshown=_age_in_log(unshown, now_ms),
        held=_held(held),
        memory=_memory(memory),
        holders={stage: held.decode() for stage, held in zip(LEASED, leases, strict=True) if held},
        losses=_open_losses(losses),
        deliveries={} if isinstance(states, ResponseError) else states_of(states),
    )


def _group_in(groups: Any) -> Mapping[str, Any]:
    """Return the state of the group that ingest workers share; nothing was handed out without it."""
    found = [] if isinstance(groups, ResponseError) else groups
    named = [group for group in found if _text(group["name"]) == GROUP]
    return named[0] if named else {"pending": 0, "last-delivered-id": "0-0"}


def _held(rows: Any) -> tuple[HeldEntry, ...]:
    if isinstance(rows, ResponseError):
        return ()
    return tuple(
        HeldEntry(_text(row["consumer"]), row["time_since_delivered"] / 1000) for row in rows
    )


def _open_losses(rows: Any) -> int:
    if isinstance(rows, ResponseError):
        return 0
    return sum(_NOTED.decode(row).acknowledged is None for row in rows)


def _memory(info: Any) -> ServerMemory:
    # Hosted servers may forbid INFO.
    if isinstance(info, ResponseError):
        return ServerMemory(0, 0)
    return ServerMemory(int(info.get("used_memory", 0)), int(info.get("maxmemory", 0)))


def _age_in_inbox(rows: Any, now_ms: float) -> float | None:
    if not rows:
        return None
    return max(0.0, (now_ms - int(_text(rows[0][0]).partition("-")[0])) / 1000)


def _age_in_log(rows: Any, now_ms: float) -> float | None:
    """Return the age of the first of some events, 0 where it does not say when it was recorded."""
    if not rows:
        return None
    try:
        recorded = _RECORDED.decode(rows[0][1].get(b"event", b""))
    except msgspec.DecodeError:
        return 0.0
    return max(0.0, now_ms / 1000 - recorded.recorded_at.timestamp())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
