"""Acknowledgements that wait for replicas: what is acknowledged is on their disks too, and outlives a failover.

A server can wait for what came over the same connection alone, so that a write and the wait for it go together.
"""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoPermissionError, RedisError, ResponseError


#: How long replicas may take, in seconds.
REPLICAS_SECONDS = 3.0


class ReplicasMissingError(RedisError):
    """Too few replicas have what was written."""

    def __init__(self, wanted: int, found: int) -> None:
        super().__init__(
            f"expected {wanted} replicas to have it within {REPLICAS_SECONDS:g} s (LEDGER_REPLICAS_ACK), "
            f"found {found}: it stands on the primary, and is not acknowledged; repeating it is harmless"
        )


async def waits_for_disks(client: Any) -> bool:
    """Return whether the server can wait for files of replicas, and not for their memory alone."""
    try:
        await client.execute_command("WAITAOF", 1, 0, 1)
    except NoPermissionError:
        raise
    except ResponseError:
        return False  # Redis 7.0, or a server without a file of its own.
    return True


async def run_and_wait(
    client: Any, command: Sequence[Any], replicas: int, *, is_for_disks: bool
) -> Any:
    """Run a command that writes; return its answer once so many replicas have what it wrote.

    Raises:
        ReplicasMissingError: They do not have it in time.
    """
    milliseconds = int(REPLICAS_SECONDS * 1000)
    pipeline = client.pipeline(transaction=False)
    pipeline.execute_command(*command)
    if not is_for_disks:
        pipeline.execute_command("WAIT", replicas, milliseconds)
        answer, found = await pipeline.execute()
        if found < replicas:
            raise ReplicasMissingError(replicas, found)
        return answer
    # WAITAOF not alone: a replica that is asked in the moment of a write answers what was on its disk before,
    # and nobody asks it again for a second. When it has answered to WAIT, its disk has the write.
    pipeline.execute_command("WAIT", replicas, milliseconds // 2)
    pipeline.execute_command("WAITAOF", 1, replicas, milliseconds // 2)
    answer, _, (here, there) = await pipeline.execute()
    if there < replicas or not here:
        raise ReplicasMissingError(replicas, there)
    return answer


async def acknowledgement(client: Any, kind: str, replicas: int) -> str:
    """Return the class of what is acknowledged: what the server does with it, and how many others have it."""
    if not replicas:
        return kind
    place = "on-disk" if await waits_for_disks(client) else "in-memory"
    return f"{kind}+{place}-of-{replicas}-replica{'s' if replicas > 1 else ''}"
