"""Mend a stored log: its index, its checkpoints, entries that no log wrote, and events put back from a copy.

Nothing here makes an event up: what the chain does not prove is dropped, and what is dropped is named as
a loss. The mended log is written beside the old one and takes its place in one step. No worker may run
meanwhile.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from services.eventlog.chain import START, Head, chain_of, fault_of, split
from services.eventlog.connection import Client
from services.eventlog.keys import COPY_SECONDS, keys_of
from services.eventlog.losses import Loss, Losses
from services.eventlog.memory import checkpoint_beyond
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.eventlog.redis_log import position_of
from services.eventlog.sealed_events import SegmentError
from services.eventlog.segments import is_left_of
from services.eventlog.trimmed import TRIMMED, TRIMMED_CHAIN, TrimmedPart


#: Entries read or written in one go.
TOGETHER_COUNT = 500
#: Buckets that ids lie in: one for each beginning of three hexadecimal digits.
BUCKETS = tuple(f"{number:03x}" for number in range(16**3))


class Found(NamedTuple):
    """What a stored log holds.

    Attributes:
        bodies: The events that are proven, from position 1 without a gap, those that were trimmed included.
        rest: Entry ids and bodies that are not, in order: what stands behind a gap, or never was an event.
        last: The last position ever appended, as far as the store knows; 0 for none.
        trimmed: Up to where events were trimmed, which lie in sealed segments.
        missing: Why trimmed events are not among `bodies`; empty where they are.
    """

    bodies: Sequence[bytes]
    rest: Sequence[tuple[bytes, bytes]]
    last: int
    trimmed: Head = START
    missing: str = ""


class Repaired(NamedTuple):
    """What a repair did: each thing in words, and what was lost by it, null for nothing."""

    done: tuple[str, ...]
    loss: Loss | None


async def find_stored(client: Client, ledger: str, sealed: Path | None) -> Found:
    """Read a stored log whole, as far as the chain proves it; what was trimmed, from its sealed segments."""
    keys = keys_of(ledger)
    rest: list[tuple[bytes, bytes]] = []
    part = TrimmedPart(client, ledger, sealed)
    trimmed, missing = await part.end(), ""
    try:
        bodies = [body async for body in part.bodies()]
    except SegmentError as error:
        # Nothing behind them can be told from other events by its position alone.
        bodies, missing = [], str(error)
    previous = trimmed.chain if bodies else ""
    async for entry_id, fields in _entries(client, keys.log):
        body = fields.get(b"event", b"")
        stored = split(body)
        position = len(bodies) + 1
        is_next = entry_id == b"%d-0" % position and stored is not None
        if rest or not is_next or stored is None or fault_of(stored, previous) is not None:
            rest.append((entry_id, body))
            continue
        bodies.append(body)
        previous = stored.chain or ""
    ended = await client.hget(keys.checkpoints, "#last")
    places = [position_of(entry_id) for entry_id, body in rest if split(body) is not None]
    last = max([len(bodies), int(ended or 0), *places])
    return Found(bodies, rest, last, trimmed, missing)


async def _entries(client: Client, key: str) -> Any:
    after = "-"
    while rows := await client.xrange(key, min=after, count=TOGETHER_COUNT):
        for row in rows:
            yield row
        after = f"({rows[-1][0].decode()}"


class LogPlace(NamedTuple):
    """Where a log is.

    Attributes:
        client: Of the server.
        ledger: Whose log.
        sealed: The directory of its sealed segments.
    """

    client: Client
    ledger: str
    sealed: Path | None = None


async def repair(at: LogPlace, *, now: datetime, is_cut_allowed: bool) -> Repaired:
    """Mend what can be mended without a copy.

    Args:
        at: Whose log, and where.
        now: When a loss is noticed.
        is_cut_allowed: Whether events behind a gap may be dropped.

    Raises:
        LogDamagedError: Events are missing or altered, and what stands behind must not be dropped.
        LogUnavailableError: The server could not be reached.
    """
    client, ledger, _ = at
    found = await _reading(at)
    if found.missing:
        raise LogDamagedError(found.missing)
    kept = len(found.bodies)
    behind = [split(body) for _, body in found.rest]
    if any(behind) and not is_cut_allowed:
        raise LogDamagedError(
            f"expected the event of position {kept + 1}, found it gone or altered, and "
            f"{len(found.rest)} entries behind it (`log restore FILE` puts it back from an export, "
            f"`log repair --cut` goes on without positions {kept + 1} to {found.last})"
        )
    done = []
    if found.rest or 0 < kept == found.trimmed.position:
        await replace_log(client, ledger, found.bodies, trimmed=found.trimmed.position)
    if found.rest:
        done.append(f"{len(found.rest)} entries dropped behind position {kept}")
    loss = None
    if found.last > kept:
        loss = _lost(found, now)
        await Losses(client, ledger, sealed=at.sealed).add(loss)
        done.append(f"positions {kept + 1} to {found.last} are gone")
    done += await mend_surroundings(client, ledger, found.bodies)
    return Repaired(tuple(done), loss)


async def restore(at: LogPlace, copy: Sequence[bytes]) -> Repaired:
    """Put events back from a copy of the log, whose chain was proven.

    Events that the log holds past the end of the copy, and that continue it, stay. What was trimmed stays
    in its segments; where these are gone, all of it is put back into the server.

    Raises:
        LogDamagedError: The log holds another event than the copy at some position.
        LogUnavailableError: The server could not be reached.
    """
    client, ledger, _ = at
    found = await _reading(at)
    if found.missing and len(copy) < found.trimmed.position:
        raise LogDamagedError(
            f"expected an export up to position {found.trimmed.position} at least, found one up to "
            f"{len(copy)}: {found.missing}"
        )
    stored = dict(enumerate(found.bodies, 1)) | {
        position_of(entry_id): body for entry_id, body in found.rest if split(body) is not None
    }
    whole = list(copy)
    if found.missing:
        _refuse_other_chain(found.trimmed, copy)
    for place, body in sorted(stored.items()):
        if place <= len(copy):
            _refuse_other(place, body, copy[place - 1])
            if _is_left_of(body, copy[place - 1]):
                # What was erased since the copy was made does not come back.
                whole[place - 1] = body
        elif place == len(whole) + 1 and _continues(body, whole):
            whole.append(body)
    put_back = len(whole) - len(stored.keys() & set(range(1, len(whole) + 1)))
    dropped = len(stored.keys() - set(range(1, len(whole) + 1)))
    done = [f"{put_back} events put back, the log ends at position {len(whole)}"]
    if dropped:
        done.append(f"{dropped} events dropped that do not continue it")
    trimmed = 0 if found.missing else found.trimmed.position
    if found.missing:
        done.append(f"positions 1 to {found.trimmed.position} are in the server again")
    await replace_log(client, ledger, whole, trimmed=trimmed)
    done += await mend_surroundings(client, ledger, whole)
    return Repaired(tuple(done), None)


def _refuse_other(place: int, body: bytes, copied: bytes) -> None:
    stored = split(body)
    assert stored is not None, "only events are compared"
    # An altered event is what a copy is for: its content no longer fits its own chain value.
    _refuse_other_chain(Head(place, stored.chain or ""), [copied])


def _refuse_other_chain(place: Head, copy: Sequence[bytes]) -> None:
    """Refuse a copy whose event at a place, at the end of what is given of it, is another one."""
    copied = chain_of(copy[min(place.position, len(copy)) - 1])
    if copied != place.chain:
        raise LogDamagedError(
            f"expected chain value {copied} at position {place.position}, as the copy has it, found "
            f"{place.chain}: the log went on with other events (publish the copy's claims again)"
        )


def _is_left_of(body: bytes, copied: bytes) -> bool:
    stored, copy = split(body), split(copied)
    return stored is not None and copy is not None and is_left_of(stored, copy)


def _continues(body: bytes, whole: Sequence[bytes]) -> bool:
    stored = split(body)
    before = split(whole[-1]) if whole else None
    previous = before.chain if before and before.chain else ""
    return stored is not None and fault_of(stored, previous) is None


def _lost(found: Found, now: datetime) -> Loss:
    kept = len(found.bodies)
    since = json.loads(found.bodies[-1]).get("recorded_at") if found.bodies else None
    return Loss(
        id=f"{kept + 1}-{secrets.token_hex(4)}",
        first=kept + 1,
        last=found.last,
        since=None if since is None else datetime.fromisoformat(since),
        noticed_at=now,
        noticed_by=("operator",),
        chain="",
    )


async def _reading(at: LogPlace) -> Found:
    try:
        return await find_stored(*at)
    except RedisError as error:
        raise LogUnavailableError(f"read of {keys_of(at.ledger).log}: {error}") from error


async def replace_log(
    client: Client, ledger: str, bodies: Sequence[bytes], *, trimmed: int = 0
) -> None:
    """Put a log of these events, from position 1, in the place of the one that is there.

    Args:
        client: Of the server.
        ledger: Whose log.
        bodies: All its events.
        trimmed: Up to where they stay in sealed segments; where no event is behind it, all are written.
    """
    keys = keys_of(ledger)
    log, trimmed = keys.log, trimmed if trimmed < len(bodies) else 0
    copy = f"{log}:mended:{secrets.token_hex(4)}"
    try:
        for first in range(trimmed, len(bodies), TOGETHER_COUNT):
            pipeline = client.pipeline(transaction=False)
            for place, body in enumerate(bodies[first : first + TOGETHER_COUNT], first + 1):
                pipeline.xadd(copy, {"event": body}, id=f"{place}-0")
            pipeline.expire(copy, COPY_SECONDS)
            await pipeline.execute()
        pipeline = client.pipeline(transaction=True)
        if not trimmed:
            pipeline.hdel(keys.checkpoints, TRIMMED, TRIMMED_CHAIN)
        if bodies:
            pipeline.persist(copy)
            pipeline.rename(copy, log)
        else:
            pipeline.unlink(log)
        await pipeline.execute()
    except RedisError as error:
        raise LogUnavailableError(f"write of {log}: {error}") from error


async def mend_surroundings(client: Client, ledger: str, bodies: Sequence[bytes]) -> list[str]:
    """Make index, end and checkpoints fit the events of a log; return what was not so, in words."""
    keys, last = keys_of(ledger), len(bodies)
    ids = [bytes.fromhex(str(json.loads(body)["id"])) for body in bodies]
    done = []
    try:
        if differing := await _differing(client, keys.ids, ids):
            await _write_index(client, keys.ids, ids)
            done.append(f"index of ids made anew, {differing} were wrong")
        checkpoints = await client.hgetall(keys.checkpoints)
        for reader, found in checkpoints.items():
            if reader[:1] != b"#" and int(found) > last:
                await client.hset(keys.checkpoints, reader, last)
                done.append(f"checkpoint of {reader.decode()} set from {int(found)} to {last}")
        if checkpoints.get(b"#last", b"%d" % last) != b"%d" % last:
            done.append(f"end of the log set to {last}")
        await client.hset(keys.checkpoints, "#last", last)
    except RedisError as error:
        raise LogUnavailableError(f"repair of {keys.log}: {error}") from error
    return done


async def faults_around(client: Client, ledger: str, bodies: Sequence[bytes]) -> list[str]:
    """Return what does not fit the events of a log, in words: its end, its checkpoints, its index, its views.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    keys, last = keys_of(ledger), len(bodies)
    faults = []
    try:
        checkpoints = await client.hgetall(keys.checkpoints)
        ended = int(checkpoints.get(b"#last", last))
        if ended > last:
            faults.append(f"positions {last + 1} to {ended} were appended and are gone")
        for reader, found in sorted(checkpoints.items()):
            if reader[:1] != b"#" and int(found) > last:
                faults.append(checkpoint_beyond(reader.decode(), int(found), last))
        ids = [_id_of(body) for body in bodies]
        if differing := await _differing(client, keys.ids, [id_ for id_ in ids if id_]):
            faults.append(
                f"{differing} ids are missing in the index of ids, or wrong (`log repair` mends it)"
            )
    except RedisError as error:
        raise LogUnavailableError(f"proof of {keys.log}: {error}") from error
    return faults


def _id_of(body: bytes) -> bytes | None:
    try:
        return bytes.fromhex(str(json.loads(body)["id"]))
    except (ValueError, KeyError, TypeError):
        return None  # The proof of the event itself tells so.


async def _differing(client: Client, prefix: str, ids: Sequence[bytes]) -> int:
    expected = {id_: b"%d" % place for place, id_ in enumerate(ids, 1)}
    found: dict[bytes, bytes] = {}
    for buckets in _parts(BUCKETS):
        pipeline = client.pipeline(transaction=False)
        for bucket in buckets:
            pipeline.hgetall(f"{prefix}{bucket}")
        for rows in await pipeline.execute():
            found.update(rows)
    return sum(found.get(id_) != at for id_, at in expected.items()) + len(found.keys() - expected)


async def _write_index(client: Client, prefix: str, ids: Sequence[bytes]) -> None:
    for buckets in _parts(BUCKETS):
        await client.unlink(*[f"{prefix}{bucket}" for bucket in buckets])
    for first in range(0, len(ids), TOGETHER_COUNT):
        pipeline = client.pipeline(transaction=False)
        for place, id_ in enumerate(ids[first : first + TOGETHER_COUNT], first + 1):
            pipeline.hset(f"{prefix}{id_.hex()[:3]}", id_, place)
        await pipeline.execute()


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), TOGETHER_COUNT):
        yield names[first : first + TOGETHER_COUNT]
