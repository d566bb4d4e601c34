"""An append torn by a power cut: at how many places of the tear acknowledged events are gone two starts later.

    python -m tests.failure.torn --points 20

A server's file is cut inside its last append. It is started, five events are appended and acknowledged, it is
killed and started once more. Counted are cut points after which one of the five is gone or stands elsewhere:
as the server does by itself, and after what every worker asks for before it starts.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Sequence
from random import Random

from services.eventlog.connection import connect
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.rewriting import rewrite_after_start
from services.log_events.envelope import content_id
from tests.failure.real_servers import KINDS, RealServer, binary, torn_sizes, version


LEDGER = "torn"


def event(number: int) -> NewEvent:
    event_id = content_id(str(number))
    return NewEvent(event_id, json.dumps({"id": event_id, "n": number, "x": "y" * 100}).encode())


async def append(
    url: str, batches: Sequence[Sequence[int]], *, is_mended: bool = False
) -> dict[int, int]:
    """Append numbered events, each batch as one; return their positions."""
    client = connect(url, retry_seconds=0)
    try:
        if is_mended:
            await rewrite_after_start(client)
        log = RedisEventLog(client, LEDGER)
        positions: dict[int, int] = {}
        for numbers in batches:
            appended = await log.append([event(number) for number in numbers])
            positions |= dict(zip(numbers, appended.positions, strict=True))
        return positions
    finally:
        await client.aclose()


def held(server: RealServer) -> dict[int, int]:
    with server.client() as redis:
        rows = redis.xrange(f"exl:{{{LEDGER}}}:log")
    return {json.loads(fields[b"event"])["n"]: int(at.split(b"-")[0]) for at, fields in rows}


def bad_points(kind: str, count: int, *, is_mended: bool, seed: int = 1) -> list[int]:
    """Return the cut points, in bytes after the beginning of the last append, that lose acknowledged events."""
    origin = RealServer(kind, "always")
    try:
        origin.start()
        asyncio.run(append(origin.url, [[1, 2], [3, 4], [5, 6]]))
        begin = origin.tail().stat().st_size
        asyncio.run(append(origin.url, [[7, 8, 9]]))
        end = origin.tail().stat().st_size
        origin.kill()
        sizes = torn_sizes(begin, end, count, Random(seed))
        return [size - begin for size in sizes if _is_bad(origin, size, is_mended=is_mended)]
    finally:
        origin.remove()


def _is_bad(origin: RealServer, size: int, *, is_mended: bool) -> bool:
    server = RealServer(origin.kind, origin.fsync)
    try:
        shutil.copytree(origin.files, server.files)
        os.truncate(server.tail(), size)
        server.start()
        batches = [[20, 21], [22, 23], [24]]
        acknowledged = asyncio.run(append(server.url, batches, is_mended=is_mended))
        server.kill()
        server.start()
        found = held(server)
        return any(found.get(number) != at for number, at in acknowledged.items())
    finally:
        server.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    worst = 0
    for kind in KINDS:
        if binary(kind) is None:
            sys.stdout.write(f"{kind}: not on the path\n")
            continue
        for is_mended in (False, True):
            bad = bad_points(kind, arguments.points, is_mended=is_mended, seed=arguments.seed)
            how = "after what workers ask for" if is_mended else "by itself"
            sys.stdout.write(
                f"{version(kind)}, {how}: acknowledged events gone or moved at {len(bad)} of "
                f"{arguments.points} cut points\n"
            )
            worst = max(worst, len(bad) if is_mended else 0)
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
