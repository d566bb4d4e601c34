"""What Redis needs after a start: its append-only file written anew, before more is appended to it.

A power cut may leave half of an append in the file, which stands there between MULTI and EXEC. Redis drops
that half from memory at the next start, but may leave the opened MULTI in the file; what is appended
afterwards is then read as part of it at the start after that, and acknowledged events are gone or take other
positions. Nothing that the server answers tells whether this happened, so the file is rewritten after every
start (docs/decisions/0071). Valkey cuts off the whole half, and is left alone.
"""

import asyncio
from enum import StrEnum
from typing import Any

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from services.eventlog.connection import Client, servers_of
from services.eventlog.port import LogUnavailableError


#: Pause between two looks at a rewrite that goes on, in seconds.
LOOK_SECONDS = 0.05
#: How long a rewrite may take before a worker gives up waiting, in seconds: a minute for some ten gigabytes.
REWRITE_SECONDS_MAX = 600.0


class Rewrite(StrEnum):
    """How far a server is: nothing to do, asked just now, or at it."""

    DONE = "done"
    ASKED = "asked"
    GOING_ON = "going-on"


class UnmendedServerError(Exception):
    """A Redis server's file was not rewritten since its start, and this user may not ask for it."""

    def __init__(self) -> None:
        super().__init__(
            "expected a Redis server whose append-only file was rewritten since its start, found one whose "
            "was not, and no permission to ask for it: half an append that a power cut left there would take "
            "acknowledged events along at the next start (BGREWRITEAOF by an operator, or for this user; "
            "LEDGER_ALLOW_LOSSY=1 starts all the same)"
        )


class NotRewrittenError(Exception):
    """A server's files were not written anew and still hold what is no longer stored; the message says why."""


async def ask_for_rewrite(client: Client) -> Rewrite:
    """Ask each Redis server to rewrite its file, unless it did so since its start; do not wait for the end.

    Returns:
        What has to be waited for, of several servers.

    Raises:
        UnmendedServerError: This user may not ask.
        LogUnavailableError: The server could not be reached.
    """
    try:
        async with servers_of(client) as servers:
            found = {await _ask_for_rewrite(server) for server in servers}
    except RedisError as error:
        raise LogUnavailableError(f"rewrite of the append-only file: {error}") from error
    return next((one for one in (Rewrite.ASKED, Rewrite.GOING_ON) if one in found), Rewrite.DONE)


async def _ask_for_rewrite(server: Client) -> Rewrite:
    try:
        info = await server.info("server", "persistence")
        if not needs_rewrite(info):
            return Rewrite.DONE
        if info["aof_rewrite_in_progress"] or info["aof_rewrite_scheduled"]:
            return Rewrite.GOING_ON
        await server.bgrewriteaof()
    except NoPermissionError as error:
        raise UnmendedServerError from error
    except ResponseError:
        # Another worker was quicker, or the server has to wait for another child.
        return Rewrite.GOING_ON
    return Rewrite.ASKED


async def rewrite_after_start(client: Client) -> bool:
    """Let a Redis server rewrite its file and wait for the end; return whether there was anything to do.

    Raises:
        UnmendedServerError: This user may not ask.
        LogUnavailableError: The server could not be reached, or could not do it.
    """
    waited, is_first = 0.0, True
    while await ask_for_rewrite(client) is not Rewrite.DONE:
        is_first = False
        if waited > REWRITE_SECONDS_MAX:
            raise LogUnavailableError(
                f"expected the server to rewrite its append-only file within {REWRITE_SECONDS_MAX:.0f} s, "
                "found it at that still, or unable to (its own log says why)"
            )
        await asyncio.sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS
    return not is_first


async def rewrite_now(client: Client) -> None:
    """Let a server write its files anew and wait for the end, so that what is no longer stored leaves them, too.

    Raises:
        NotRewrittenError: This user may not ask, or the server could not do it.
        LogUnavailableError: The server could not be reached.
    """
    try:
        info = await client.info("persistence")
        if info["aof_enabled"]:
            await _settle(client, "aof_rewrite_in_progress")
            await client.bgrewriteaof()
            await _settle(client, "aof_rewrite_in_progress")
        saves = await client.config_get("save")
        if saves.get("save"):
            await _settle(client, "rdb_bgsave_in_progress")
            await client.bgsave(schedule=True)
            await _settle(client, "rdb_bgsave_in_progress")
        info = await client.info("persistence")
    except (NoPermissionError, ResponseError) as error:
        raise NotRewrittenError(str(error)) from error
    except RedisError as error:
        raise LogUnavailableError(f"rewrite of the server's files: {error}") from error
    if info["aof_enabled"] and info["aof_last_bgrewrite_status"] != "ok":
        raise NotRewrittenError("its own log says why it failed")


async def _settle(client: Client, under_way: str) -> None:
    waited = 0.0
    while True:
        info = await client.info("persistence")
        if not info[under_way] and not info["aof_rewrite_scheduled"]:
            return
        if waited > REWRITE_SECONDS_MAX:
            raise NotRewrittenError(f"it was at it for {REWRITE_SECONDS_MAX:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS


def needs_rewrite(info: dict[str, Any]) -> bool:
    """Return whether a server may have the rest of a torn append in its file, by what INFO says.

    >>> after_start = {"redis_version": "7.0.15", "aof_enabled": 1, "aof_last_rewrite_time_sec": -1}
    >>> needs_rewrite(after_start)
    True
    >>> needs_rewrite(after_start | {"aof_last_rewrite_time_sec": 0, "aof_last_bgrewrite_status": "ok"})
    False
    >>> needs_rewrite(after_start | {"server_name": "valkey"})
    False
    """
    if info.get("server_name") == "valkey" or not info.get("aof_enabled"):
        return False
    is_rewritten = info["aof_last_rewrite_time_sec"] != -1
    return not (is_rewritten and info["aof_last_bgrewrite_status"] == "ok")
