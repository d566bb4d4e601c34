"""The event log on Redis ≥ 7.0 or Valkey ≥ 7.2: one stream, one script.

The append is one server-side script, so that the duplicates check, the positions, the entries and
the checkpoint are one step. It is safe to repeat: the client retries after a lost connection, and
what was already appended answers its old position.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from services.eventlog.chain import (
    CHAIN_DIGITS,
    SALT_BYTES,
    START,
    Head,
    chain_of,
    content_digest,
    fault_of,
    link,
    salted,
    split,
)
from services.eventlog.connection import Client, Script, reading_raw
from services.eventlog.erasing import Erasure, erase_words
from services.eventlog.keys import keys_of
from services.eventlog.memory import checkpoint_beyond
from services.eventlog.port import (
    EVENT_ID_DIGITS,
    Advance,
    Appended,
    BrokenChainError,
    CheckpointConflictError,
    Entry,
    HistoryLostError,
    LogDamagedError,
    LogUnavailableError,
    NewEvent,
    PlaceMovedOutError,
    UnchainedLogError,
)
from services.eventlog.seen import SeenHeads
from services.eventlog.trimmed import TrimmedPart


APPEND_SCRIPT = files("services.eventlog").joinpath("append.lua").read_text(encoding="utf-8")


#: What the append script answers when it refuses.
_CONFLICT, _OTHER_LOG, _DAMAGED, _UNCHAINED, _MOVED_OUT = -1, -2, -3, -4, -5


class RedisEventLog:
    """An `EventLog` in a Redis stream, entry id `<position>-0`, one field `event`.

    Attributes:
        seen: The places in the log that were read or appended here. Every append compares the last one
            with the log, so that what is appended follows from what is there.
        followed: The last place that was read in order. What is appended may rest on all up to there; it
            lies before the furthest place seen where others appended behind it, or this object did.
    """

    def __init__(  # noqa: PLR0913  each option has a default
        self,
        client: Client,
        ledger: str,
        *,
        history: str | None = None,
        replicas: int = 0,
        is_salted: bool = True,
        sealed: Path | None = None,
    ) -> None:
        """Prepare to read and append.

        Args:
            client: Of the server that has the log.
            ledger: Whose log.
            history: What an empty log names its history; null makes a new name.
            replicas: How many others must have what is appended before it is answered.
            is_salted: Whether new events get a salt, without which words that are erased can be guessed.
            sealed: The directory of its sealed segments, which hold what was trimmed; null for none.
        """
        self._trimmed = TrimmedPart(client, ledger, sealed)
        self._is_salted = is_salted
        self._history = history
        self._client = client
        self._ledger = ledger
        self._keys = keys_of(ledger)
        self._append = Script(client, APPEND_SCRIPT, replicas=replicas)
        self.seen, self.followed = SeenHeads(), START
        # Over the same connections; entries are taken as they come, with their one field.
        self._reading = reading_raw(client)

    async def append(self, events: Sequence[NewEvent], advance: Advance | None = None) -> Appended:
        """See `EventLog.append`."""
        known, followed = self.seen.last, self.followed
        places = [known, START if followed == known else followed]
        proven = linked(events, is_salted=self._is_salted)
        try:
            appended = await self._append_behind(places, events, proven, advance)
        except PlaceMovedOutError:
            places = await self._trimmed.comparable(places)
            appended = await self._append_behind(places, events, proven, advance)
        compared = known
        while self.seen.last != compared:
            # Noted meanwhile, by another append or a read: nobody compared it with the log of this answer.
            compared = self.seen.last
            await self.confirm_head()
        self.note(appended, known, proven.digests)
        return appended

    async def _append_behind(
        self,
        places: Sequence[Head],
        events: Sequence[NewEvent],
        proven: "Linked",
        advance: Advance | None,
    ) -> Appended:
        """Append, if the log still has two places.

        Raises:
            PlaceMovedOutError: They have to be compared elsewhere.
        """
        reader, expected, position, is_over_own = advance or ("", 0, 0, False)
        history = self._history or new_history()
        arguments = [reader, expected, position, int(is_over_own), history, *places[0], *places[1]]
        try:
            reply = await self._append(
                keys=[self._keys.log, self._keys.ids, self._keys.checkpoints],
                args=[*arguments, *event_arguments(events, proven)],
            )
        except RedisError as error:
            raise LogUnavailableError(
                f"append of {len(events)} events to {self._keys.log}: {error}"
            ) from error
        if reply[0] < 0:
            raise _refusal(reply, self._keys.log, known=places, advance=advance)
        last, position_before, repeated, chain, chain_before = reply
        numbers = dict(zip(repeated[::2], repeated[1::2], strict=True))
        before = Head(position_before, chain_before.decode())
        return _appended(len(events), before, numbers, Head(last, chain.decode()))

    def note(self, appended: Appended, known: Head, digests: Sequence[bytes]) -> None:
        """Note the places that an append has shown: where the log ended before it, and each event of it.

        Args:
            appended: What became of it.
            known: The last place seen when it was sent.
            digests: Of the content of each event.
        """
        # Whoever appends and does not read sees by this where others' events end between its own.
        if self.seen.last == known and all(appended.is_new) and digests:
            # Where it ended before lies behind all that was seen, or is the last of it: the server compared.
            self.seen.see_run(appended.before, digests, Head(appended.last, appended.chain))
            return
        if self.seen.last != known:
            # The answer came late: what was noted meanwhile may be of the log that came after this one.
            self.seen.doubt(after=known.position, before=appended.before.position)
        for head in _places(appended, digests):
            had = self.seen.at(head.position)
            if had is not None and had != head.chain:
                # The answer came late, and what was read meanwhile is of another log.
                raise HistoryLostError(head, last=self.seen.last.position, found=had)
            if head.position > self.seen.last.position:
                self.seen.see(head)

    async def erase(self, event: NewEvent, left: Mapping[int, bytes], *, last: Head) -> int:
        """See `EventLog.erase`."""
        arguments = event_arguments([event], linked([event], is_salted=self._is_salted))
        erasure = Erasure(left, last)
        return await erase_words(self._client, self._ledger, arguments, erasure, self._trimmed)

    async def trim(self, to: Head) -> int:
        """See `EventLog.trim`."""
        return await self._trimmed.trim(to)

    async def read(self, *, after: int, limit: int) -> Sequence[Entry]:
        """See `EventLog.read`."""
        moved: Sequence[Entry] = ()
        if after < self._trimmed.known:
            moved = await self._trimmed.read(after=after, limit=limit)
        is_missing = False
        while (rest := limit - len(moved)) > 0:
            behind = after + len(moved)
            entries = await self._in_stream(after=behind, limit=rest)
            if not entries or entries[0].position == behind + 1:
                return [*moved, *entries] if moved else entries
            # More was moved out since it was asked how much.
            more = await self._trimmed.read(after=behind, limit=rest)
            if not more and is_missing:
                return [*moved, *entries]
            # None: the server came back with what was moved out, or else it is missing, which others name.
            is_missing = not more
            moved = [*moved, *more]
        return moved

    async def _in_stream(self, *, after: int, limit: int) -> list[Entry]:
        try:
            # `min` is exclusive by naming the next position: positions are whole and gapless.
            rows = await self._reading.xrange(self._keys.log, min=f"{after + 1}-0", count=limit)
        except RedisError as error:
            raise LogUnavailableError(f"read of {self._keys.log}: {error}") from error
        if rows and rows[-1][0] != b"%d-0" % (after + len(rows)):
            return [Entry(position_of(entry_id), fields[1]) for entry_id, fields in rows]
        # No position is missing, so that none has to be read out of its entry's id.
        positions = range(after + 1, after + len(rows) + 1)
        return list(map(_entry, zip(positions, [fields[1] for _, fields in rows], strict=True)))

    async def last_position(self) -> int:
        """See `EventLog.last_position`."""
        # By its id: of a log that was trimmed, the length says less.
        try:
            last = await self._reading.xrevrange(self._keys.log, count=1)
        except RedisError as error:
            raise LogUnavailableError(f"end of {self._keys.log}: {error}") from error
        return position_of(last[0][0]) if last else 0

    async def chain_at(self, position: int) -> str | None:
        """See `EventLog.chain_at`."""
        entries = await self.read(after=position - 1, limit=1)
        return chain_of(entries[0].body) if entries and entries[0].position == position else None

    def follow(self, entries: Sequence[Entry]) -> None:
        """See `EventLog.follow`."""
        seen = self.seen
        for entry in entries:
            position, chain = entry.position, chain_of(entry.body)
            had = seen.at(position)
            if had is not None and had != chain:
                raise HistoryLostError(Head(position, had), last=entries[-1].position, found=chain)
            # What was appended meanwhile lies behind it: by the event before, it may be of another log.
            if had is None or seen.is_doubtful(position - 1):
                self._check_link(entry)
            if had is not None and not seen.is_doubtful(position):
                seen.trust(position - 1)
            if had is None:
                seen.see(Head(position, chain or ""))
                seen.doubt(after=position - 1, before=min(position + 1, seen.last.position))
            if position > self.followed.position:
                self.followed = Head(position, chain or "")

    def remember(self, heads: Sequence[Head]) -> None:
        """Note places that were found to be there, and not read through this object.

        Raises:
            HistoryLostError: Another event is known to stand at one of them.
        """
        for head in heads:
            had = self.seen.at(head.position)
            if had is not None and had != head.chain:
                raise HistoryLostError(head, last=self.seen.last.position, found=had)
            self.seen.see(head)

    def _check_link(self, entry: Entry) -> None:
        previous = self.seen.at(entry.position - 1)
        if previous is None:
            return
        stored = split(entry.body)
        if stored is None or fault_of(stored, previous) is not None:
            known = Head(entry.position - 1, previous)
            raise BrokenChainError(known, last=entry.position, found=None)

    async def confirm_head(self) -> None:
        """Compare the log with the last place seen in it.

        Raises:
            HistoryLostError: It is another log, or a shorter one.
            LogUnavailableError: The store could not be reached.
        """
        known = self.seen.last
        if known.position and (found := await self.chain_at(known.position)) != known.chain:
            raise HistoryLostError(known, last=await self.last_position(), found=found)

    async def checkpoint(self, reader: str) -> int:
        """See `EventLog.checkpoint`."""
        try:
            found = await self._client.hget(self._keys.checkpoints, reader)
        except RedisError as error:
            raise LogUnavailableError(f"checkpoint of {reader}: {error}") from error
        return int(found or 0)

    async def positions_of(self, event_ids: Sequence[str]) -> list[int | None]:
        """See `EventLog.positions_of`."""
        pipeline = self._client.pipeline(transaction=False)
        for event_id in event_ids:
            # The append script's bucket is the first 12 bits of the id: its first three digits.
            pipeline.hget(f"{self._keys.ids}{event_id[:3]}", bytes.fromhex(event_id))
        try:
            found = await pipeline.execute()
        except RedisError as error:
            raise LogUnavailableError(f"positions in {self._keys.log}: {error}") from error
        return [None if position is None else int(position) for position in found]


class Linked(NamedTuple):
    """What the chain is over for each of some events, and the event as it is stored behind its chain value."""

    digests: Sequence[bytes]
    bodies: Sequence[bytes]


def linked(events: Sequence[NewEvent], *, is_salted: bool = True) -> Linked:
    """Return the digests of events, each with a salt of its own unless it has one from another log."""
    if not is_salted or any(event.as_kept is not None for event in events):
        return _linked_as_kept(events, is_salted=is_salted)
    salts = secrets.token_bytes(SALT_BYTES * len(events))
    digits, starts = salts.hex().encode(), range(0, len(salts), SALT_BYTES)
    return Linked(
        [
            sha256(salts[at : at + SALT_BYTES] + event.body).digest()
            for at, event in zip(starts, events, strict=True)
        ],
        # What `salted` writes, for many at once.
        [
            b'"salt":"%b",%b' % (digits[2 * at : 2 * (at + SALT_BYTES)], event.body[1:])
            for at, event in zip(starts, events, strict=True)
        ],
    )


def _linked_as_kept(events: Sequence[NewEvent], *, is_salted: bool) -> Linked:
    digests, bodies = [], []
    for event in events:
        salt = secrets.token_hex(SALT_BYTES) if is_salted else ""
        kept = event.as_kept
        digests.append(content_digest(event.body, salt) if kept is None else kept.linked)
        bodies.append((salted(salt) if kept is None else kept.kept) + event.body[1:])
    return Linked(digests, bodies)


def event_arguments(events: Sequence[NewEvent], proven: Linked) -> list[bytes]:
    """Return the append script's arguments for events: all ids and digests in one, and each body."""
    for event in events:
        assert len(event.id) == EVENT_ID_DIGITS, f"event id {event.id!r} is not 32 digits"
    # The bucket's digits are the id's first ones. The server would take longer to make them of it.
    ids = [
        part
        for event, digest in zip(events, proven.digests, strict=True)
        for part in (event.id[:3].encode(), bytes.fromhex(event.id), digest)
    ]
    return [b"".join(ids), *proven.bodies]


def _places(appended: Appended, digests: Sequence[bytes]) -> Iterator[Head]:
    """Yield the places that an append has shown, in order: each is bound to the one before."""
    yield appended.before
    chain = appended.before.chain
    for digest, position, is_new in zip(digests, appended.positions, appended.is_new, strict=True):
        if is_new:
            chain = link(chain, digest)
            yield Head(position, chain)
    yield Head(appended.last, appended.chain)


def _appended(count: int, before: Head, known: Mapping[int, int], head: Head) -> Appended:
    """Return the position of each of `count` events; those of `known` were appended earlier."""
    last, chain = head
    if not known:
        positions = tuple(range(before.position + 1, last + 1))
        return Appended(positions, (True,) * count, last, chain, before)
    new = iter(range(before.position + 1, last + 1))
    positions = tuple(known[number] if number in known else next(new) for number in range(count))
    is_new = tuple(number not in known for number in range(count))
    return Appended(positions, is_new, last, chain, before)


def _refusal(
    reply: Sequence[Any], log: str, *, known: Sequence[Head], advance: Advance | None
) -> Exception:
    """Return the error that a refusing answer of the append script stands for."""
    outcome, *found = reply
    if outcome == _CONFLICT:
        assert advance is not None, "a checkpoint was refused that was not to be moved"
        return CheckpointConflictError(advance.reader, expected=advance.expected, found=found[0])
    if outcome == _OTHER_LOG:
        last, chain, position = found
        place = next(head for head in known if head.position == position)
        return HistoryLostError(place, last=last, found=chain.decode())
    if outcome == _UNCHAINED:
        return UnchainedLogError(
            f"{log} was written before there was a chain: start the workers once, which give it one"
        )
    if outcome == _MOVED_OUT:
        return PlaceMovedOutError(known)
    assert outcome == _DAMAGED, f"expected an answer of the append script, found {reply}"
    return LogDamagedError(damage(log, *found, reader=advance.reader if advance else ""))


def damage(log: str, kind: bytes, last: int, *found: Any, reader: str = "") -> str:
    """Return what is wrong with a stored log, and which command mends it."""
    match kind:
        case b"entries":
            length, trimmed, last_id = found
            return (
                f"expected {log} to hold every position from {trimmed + 1} to its last, found "
                f"{length} entries and {last_id.decode()} as the last id: entries were removed or "
                "added by hand (`exchange-ledger log verify` names them, `log repair` or "
                "`log restore FILE` mends it)"
            )
        case b"end":
            return (
                f"expected {log} to end at position {found[0]}, which was appended, found {last}: "
                "entries were removed by hand (`exchange-ledger log restore FILE` puts them back, "
                "`log repair` goes on without them)"
            )
        case b"checkpoint":
            return (
                f"{checkpoint_beyond(reader, found[0], last)} "
                "(`exchange-ledger log repair` sets it to the end)"
            )
        case _:
            return (
                f"expected the index of event ids to know what {log} holds, at position {last} it "
                "does not: entries of the index were removed (`exchange-ledger log repair` makes "
                "it anew)"
            )


def new_history() -> str:
    """Return the name of a history that nobody had before."""
    return secrets.token_hex(CHAIN_DIGITS // 2)


#: Make an entry of a pair, without a call of Python's own for each: a long log has millions.
_entry: Callable[[tuple[int, bytes]], Entry] = partial(tuple.__new__, Entry)


def position_of(entry_id: bytes) -> int:
    """Return the position that an entry id carries.

    >>> position_of(b"812-0")
    812
    """
    return int(entry_id.split(b"-", 1)[0])


def entry_of(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """Make an entry of what the server gives.

    >>> entry_of(b"812-0", {b"event": b"{}"})
    Entry(position=812, body=b'{}')
    """
    return Entry(position_of(entry_id), fields[b"event"])
