"""What a log may be trimmed of: what lies sealed outside of the server, and behind every reader.

A part of the log that somebody still reads in the server stays there, and so does a tail of it, which
readers, pages and feeds are served from without opening a file.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import TypeAdapter

from schemas.erasure import ErasedWords
from schemas.events import WordsErased
from schemas.seal import Seal
from services.eventlog.chain import Head, fault_of, split
from services.eventlog.connection import Client
from services.eventlog.erasing import erased_at
from services.eventlog.losses import Losses
from services.eventlog.port import Entry, EventLog
from services.eventlog.readers import Readers
from services.eventlog.segments import is_left_of, sealed_entries
from services.eventlog.trimmed import groups_on_log, reader_checkpoints
from services.projection.store import ViewStore
from services.queries.as_of import entries_of
from services.runtime.snapshots import positions_of_snapshots


#: Events compared in one go, and moved out of the server by one script, which it answers nobody meanwhile.
STEP_COUNT = 5_000
_ERASED = TypeAdapter(WordsErased)


class Hold(NamedTuple):
    """What keeps events in the server: those behind a position."""

    position: int
    why: str


class EventsSealed(Protocol):
    """Where events lie sealed."""

    def between(self, first: int, last: int) -> Sequence[Entry]:
        """Return those of some positions, in order.

        Raises:
            LogDamagedError: They are not there.
        """
        ...


class UnprovenSegmentsError(Exception):
    """Segments do not hold what the log holds, so that nothing may be trimmed; the message says what differs."""


async def readers_on(client: Client, ledger: str, *, data_dir: Path) -> list[Hold]:
    """Return what readers of a log keep in the server.

    Args:
        client: Its server.
        ledger: The ledger's name.
        data_dir: Where this machine's workers keep their snapshots.

    Raises:
        LogUnavailableError: The server could not be reached.
    """
    holds = [
        Hold(position, f"{reader} has dealt with no more")
        for reader, position in (await reader_checkpoints(client, ledger)).items()
    ]
    store = ViewStore(client, ledger)
    current = await store.current()
    shown = await store.position(current) if current else None
    holds.append(Hold(shown or 0, f"the views ({current or 'none'}) show no more"))
    for group, position in (await groups_on_log(client, ledger)).items():
        holds.append(Hold(position, f"consumers of the group {group} were handed no more"))
    for reader, status in (await Readers(client, ledger).running()).items():
        if reader.partition(":")[0] in ("reconciliation", "projection"):
            where = f"process {status.pid} on {status.host}"
            holds.append(Hold(status.position, f"{reader} ({where}) has read no more"))
    for path, position in positions_of_snapshots(data_dir, ledger).items():
        holds.append(
            Hold(position, f"the snapshot {path} is of there, and a start reads on from it")
        )
    holds += [
        Hold(0, f"{loss}, not acknowledged (`exchange-ledger log acknowledge`)")
        for loss in await Losses(client, ledger).open()
    ]
    return holds


async def move_out(
    log: EventLog, segments: EventsSealed, *, trimmed: Head, until: int, is_tried: bool = False
) -> None:
    """Move events out of a log, once all of them were found in segments as the log holds them.

    Args:
        log: Which still holds all behind `trimmed` itself.
        segments: Its sealed segments.
        trimmed: Up to where it was trimmed.
        until: How far to go.
        is_tried: Whether to compare and move nothing.

    Raises:
        UnprovenSegmentsError: They do not hold them; nothing was moved.
        TrimRefusedError: The log is another one than was compared, or a reader has not dealt with all of them.
        LogDamagedError: A segment is gone or damaged, or the log is not whole.
        LogUnavailableError: The server could not be reached. A part may have been moved.
    """
    steps = proven_steps(log, segments, trimmed=trimmed, until=until)
    for place in [step async for step in steps]:
        if not is_tried:
            await log.trim(place)


async def proven_steps(
    log: EventLog, segments: EventsSealed, *, trimmed: Head, until: int
) -> AsyncIterator[Head]:
    """Compare segments with a log, and yield the places up to which they hold the same, byte for byte.

    Args:
        log: Which still holds all behind `trimmed` itself.
        segments: Its sealed segments.
        trimmed: Up to where it was trimmed.
        until: How far to go.

    Raises:
        UnprovenSegmentsError: They do not.
        SegmentError: A segment is gone or damaged.
        LogUnavailableError: The server could not be reached.
    """
    position, chain = trimmed
    while position < until:
        end = min(position + STEP_COUNT, until)
        held = await log.read(after=position, limit=end - position)
        sealed = segments.between(position + 1, end)
        if len(held) != len(sealed):
            raise UnprovenSegmentsError(
                f"expected positions {position + 1} to {end} in the log, found {len(held)} of them"
            )
        for entry, copy in zip(held, sealed, strict=True):
            chain = _proven(entry, copy, chain)
        position = end
        yield Head(position, chain)


def _proven(entry: Entry, copy: Entry, previous: str) -> str:
    """Return the chain value of an event that lies sealed as it is; refuse any other."""
    stored = split(entry.body)
    if stored is None or stored.chain is None or fault_of(stored, previous) is not None:
        raise UnprovenSegmentsError(
            f"expected an event at position {entry.position} that follows from the one before it, found "
            "another one (`exchange-ledger log verify` names what is wrong)"
        )
    if entry == copy:
        return stored.chain
    before = split(copy.body)
    if before is not None and before.chain == stored.chain and is_left_of(stored, before):
        raise UnprovenSegmentsError(
            f"expected the event at position {entry.position} as the log holds it, found words in the "
            "segments that were erased from the log since (`exchange-ledger log seal --renew` writes "
            "them anew)"
        )
    raise UnprovenSegmentsError(
        f"expected the event at position {entry.position} as the log holds it, found another one in the "
        "segments: they are another log's, or were sealed by an earlier version (`exchange-ledger log "
        "seal --renew` writes them anew)"
    )


async def erasures_of(log: EventLog) -> dict[int, ErasedWords]:
    """Return what was erased from a log, by the position of the event that says so."""
    found = {}
    async for entry in entries_of(log):
        if b'"type":"claim.erased"' in entry.body:
            found[entry.position] = _ERASED.validate_json(entry.body).data
    return found


async def kept_words(
    client: Client, log: EventLog, directory: Path, seals: Sequence[Seal]
) -> list[tuple[int, str]]:
    """Return where segments hold words that were erased from the log since: position, and file."""
    if not seals or not await erased_at(client, ledger_of(seals)):
        return []
    erased: dict[int, int] = {}
    for position, words in (await erasures_of(log)).items():
        erased |= {each.position: position for each in words.events}
    found = []
    for seal in seals:
        if not any(seal.first <= position <= seal.last for position in erased):
            continue
        for copy in sealed_entries(directory, [seal]):
            stored = split(copy.body)
            if stored is not None and stored.erased < erased.get(copy.position, 0):
                found.append((copy.position, seal.file))
    return found


def ledger_of(seals: Sequence[Seal]) -> str:
    """Return the ledger that seals are of."""
    return seals[0].ledger
