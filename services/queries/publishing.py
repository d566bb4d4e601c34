"""Publish events to the inbox, and find out what became of each.

Every event is published as it is: the ledger's intake decides, and what it refuses is parked with its
bytes. Intake is called here only for the id that an event would be recorded under, so that its fate can
be looked up: an id known before is a duplicate, a parked event is rejected, all others are recorded.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from typing_extensions import override

from schemas.events import EVENTS
from schemas.ledger import LedgerConfiguration
from schemas.views import Rejection
from services.eventlog.connection import Client
from services.eventlog.inbox import Inbox, InboxFullError, entry_urn
from services.eventlog.port import EVENT_ID_DIGITS
from services.eventlog.redis_log import RedisEventLog
from services.ingest.intake import Rejected, read_inbound
from services.runtime import clock


#: Events published in one round trip.
BATCH_COUNT = 500
#: Pause between two polls of the inbox, in seconds.
PAUSE_SECONDS = 0.05
#: Length of the digest that recognises an event by its bytes, in bytes.
DIGEST_BYTES = 16

#: What to do about a full inbox.
OnFull = Callable[[InboxFullError], Awaitable[None]]
Outcome = Literal["waiting", "recorded", "duplicate", "rejected"]


class Destination(NamedTuple):
    """The ledger that events are published into.

    Attributes:
        configuration: The ledger.
        client: Its server.
        entry_bytes_max: Largest event its intake accepts.
        inbox_max: Most entries that its inbox may hold.
        replicas: How many replicas have what is acknowledged.
        sealed: The directory of its sealed segments.
    """

    configuration: LedgerConfiguration
    client: Client
    entry_bytes_max: int
    inbox_max: int
    replicas: int = 0
    sealed: Path | None = None

    @property
    def log(self) -> RedisEventLog:
        """The ledger's event log."""
        return RedisEventLog(self.client, self.configuration.name, sealed=self.sealed)

    @property
    def inbox(self) -> Inbox:
        """The ledger's inbox and parked claims."""
        return Inbox(self.client, self.configuration.name, replicas=self.replicas)


class Offer(NamedTuple):
    """What intake makes of an event before it is published.

    Attributes:
        raw: The event as it came.
        event_id: The id it would be recorded under, null if intake refuses it.
        reasons: Why intake refuses it.
    """

    raw: bytes
    event_id: str | None
    reasons: tuple[Rejection, ...]


class Ticket(NamedTuple):
    """What is kept of a published event until its fate is known.

    Attributes:
        entry_id: Its entry in the inbox.
        event_id: The id it would be recorded under, null if intake refuses it.
        digest: Hash of its bytes.
    """

    entry_id: str
    event_id: str | None
    digest: bytes

    @override
    def __str__(self) -> str:
        """Write the ticket so that `read_ticket` reads it."""
        return f"{self.entry_id}.{self.digest.hex()}.{self.event_id or ''}".rstrip(".")


class Fate(NamedTuple):
    """What became of a published event.

    Attributes:
        outcome: `waiting` until a worker has taken it up.
        event_id: The id it is recorded under, null if it was refused as it came.
        position: Where its claim stands in the log, null if it does not.
        reasons: Why it was rejected.
    """

    outcome: Outcome
    event_id: str | None = None
    position: int | None = None
    reasons: tuple[Rejection, ...] = ()


def offer(raw: bytes, destination: Destination) -> Offer:
    """Ask intake what it would make of an event."""
    found = read_inbound(
        raw,
        ledger=destination.configuration,
        entry_bytes_max=destination.entry_bytes_max,
    )
    if isinstance(found, Rejected):
        return Offer(raw, None, found.reasons)
    return Offer(raw, found.event_id, ())


class _Addressed(msgspec.Struct):
    """Of an event, which ledger it is for; all else is left unread."""

    subject: str | None = None


_ADDRESSED = msgspec.json.Decoder(_Addressed)


def subject_of_event(raw: bytes) -> str | None:
    r"""Return the ledger that an event names, null if that cannot be read.

    >>> subject_of_event(b'{"subject": "aa-bb", "id": 7}'), subject_of_event(b"no event")
    ('aa-bb', None)
    >>> subject_of_event(b'{"subject": "\xff"}')
    """
    try:
        return _ADDRESSED.decode(raw).subject
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


_TICKET = re.compile(
    rf"(\d{{1,20}}-\d{{1,20}})\.([0-9a-f]{{{2 * DIGEST_BYTES}}})(?:\.([0-9a-f]{{{EVENT_ID_DIGITS}}}))?",
    re.ASCII,
)


def read_ticket(text: str) -> Ticket | None:
    """Read a ticket as it was written, null if it is none.

    >>> ticket = Ticket("1704307571000-0", None, bytes(16))
    >>> read_ticket(str(ticket)) == ticket
    True
    """
    found = _TICKET.fullmatch(text)
    return found and Ticket(found[1], found[3], bytes.fromhex(found[2]))


class InboxPublisher:
    """Events on their way into one ledger, and what became of them.

    Attributes:
        tickets: One an event, in the order published.
    """

    def __init__(self, destination: Destination, *, traceparent: str | None = None) -> None:
        self._traceparent = traceparent
        self.tickets: list[Ticket] = []
        self._destination = destination
        self._ids: set[str] = set()
        self._known: set[str] = set()
        self._parked_before: str | None = None

    async def publish(self, offers: Sequence[Offer]) -> None:
        """Publish events as they are, in one round trip.

        Raises:
            InboxFullError: The inbox has no room for them; none was published.
            LogUnavailableError: The server went away; the batch may be in the inbox.
        """
        inbox, limit = self._destination.inbox, self._destination.inbox_max
        if self._parked_before is None:
            self._parked_before = await inbox.last_parked()
        await self._look_up([item.event_id for item in offers])
        entry_ids = await inbox.publish(
            [item.raw for item in offers], limit=limit, traceparent=self._traceparent
        )
        self.tickets += (
            Ticket(entry_id, item.event_id, _digest(item.raw))
            for item, entry_id in zip(offers, entry_ids, strict=True)
        )

    async def fates(self, *, wait_seconds: float) -> list[Fate]:
        """Wait until every event was taken up, at most `wait_seconds`; return what became of each."""
        waiting = await self._wait(wait_seconds)
        parked = await _parked_after(self._destination.inbox, self._parked_before or "0")
        positions = await self._positions()
        fates = []
        seen = set(self._known)
        for ticket in self.tickets:
            position = positions.get(ticket.event_id or "")
            if ticket.entry_id in waiting:
                fates.append(Fate("waiting", ticket.event_id))
            elif reasons := parked[ticket.digest]:
                fates.append(Fate("rejected", ticket.event_id, reasons=reasons.pop(0)))
            elif ticket.event_id is not None and ticket.event_id in seen:
                fates.append(Fate("duplicate", ticket.event_id, position))
            else:
                fates.append(Fate("recorded", ticket.event_id, position))
                seen.add(ticket.event_id or ticket.entry_id)
        return fates

    async def _look_up(self, event_ids: Sequence[str | None]) -> None:
        # Only an id's first event asks the log: afterwards the log may know it from that very event.
        fresh = list({event_id for event_id in event_ids if event_id} - self._ids)
        positions = await self._destination.log.positions_of(fresh)
        self._known |= {
            event_id
            for event_id, position in zip(fresh, positions, strict=True)
            if position is not None
        }
        self._ids |= set(fresh)

    async def _positions(self) -> dict[str, int | None]:
        ids = sorted(self._ids)
        return dict(zip(ids, await self._destination.log.positions_of(ids), strict=True))

    async def _wait(self, wait_seconds: float) -> set[str]:
        if not self.tickets:
            return set()
        inbox = self._destination.inbox
        first_id, last_id = self.tickets[0].entry_id, self.tickets[-1].entry_id
        deadline_ms = clock.stopwatch_ms() + wait_seconds * 1000
        while clock.stopwatch_ms() < deadline_ms:
            if not await inbox.is_waiting(first_id, last_id):
                return set()
            await asyncio.sleep(PAUSE_SECONDS)
        return await inbox.waiting_between(first_id, last_id)


class RoutedPublisher:
    """Events on their way into the ledgers they name, and what became of them.

    An event that names none of them goes to the first, whose intake refuses and keeps it.
    """

    def __init__(
        self, destinations: Sequence[Destination], *, traceparent: str | None = None
    ) -> None:
        self._destinations = {one.configuration.name: one for one in destinations}
        self._first = destinations[0].configuration.name
        self._publishers = {
            name: InboxPublisher(one, traceparent=traceparent)
            for name, one in self._destinations.items()
        }
        self._routes: list[tuple[str, int]] = []

    def __len__(self) -> int:
        """Return how many events were published."""
        return len(self._routes)

    @property
    def ledgers(self) -> tuple[str, ...]:
        """The ledgers that events went to, those named first first."""
        return tuple(dict.fromkeys(name for name, _ in self._routes))

    @property
    def tickets(self) -> list[Ticket]:
        """One an event, in the order published."""
        return [self._publishers[name].tickets[place] for name, place in self._routes]

    def offers(self, raws: Sequence[bytes]) -> list[tuple[str, Offer]]:
        """Ask the intake of each event's ledger what it would make of it."""
        routed = ((self._ledger_of(raw), raw) for raw in raws)
        return [(name, offer(raw, self._destinations[name])) for name, raw in routed]

    async def check_room(self, raws: Sequence[bytes]) -> None:
        """Check that the inboxes have room for events, before any of them is published.

        Raises:
            InboxFullError: One has not.
        """
        for name, count in Counter(map(self._ledger_of, raws)).items():
            destination = self._destinations[name]
            await destination.inbox.check_room(count, limit=destination.inbox_max)

    async def publish(
        self, offers: Sequence[tuple[str, Offer]], *, on_full: OnFull | None = None
    ) -> None:
        """Publish events as they are, in one round trip a ledger.

        Args:
            offers: The events, each with its ledger.
            on_full: Waits until a full inbox may have room, or raises; null waits for nothing.

        Raises:
            InboxFullError: An inbox is full; the events for other ledgers may be in theirs.
            LogUnavailableError: The server went away; the batch may be in the inboxes.
        """
        by_ledger: defaultdict[str, list[Offer]] = defaultdict(list)
        routes = []
        for name, item in offers:
            routes.append((name, len(self._publishers[name].tickets) + len(by_ledger[name])))
            by_ledger[name].append(item)
        for name, items in by_ledger.items():
            await self._publish(name, items, on_full)
        self._routes += routes

    async def _publish(self, name: str, items: Sequence[Offer], on_full: OnFull | None) -> None:
        while True:
            try:
                return await self._publishers[name].publish(items)
            except InboxFullError as full:
                if on_full is None:
                    raise
                await on_full(full)

    async def fates(self, *, wait_seconds: float) -> list[Fate]:
        """Wait until every event was taken up, at most `wait_seconds`; return what became of each."""
        named = self.ledgers
        found = await asyncio.gather(
            *(self._publishers[name].fates(wait_seconds=wait_seconds) for name in named)
        )
        fates = dict(zip(named, found, strict=True))
        return [fates[name][place] for name, place in self._routes]

    def routes(self) -> list[str]:
        """Return the ledger that each event went to, in the order published."""
        return [name for name, _ in self._routes]

    def _ledger_of(self, raw: bytes) -> str:
        subject = subject_of_event(raw) if len(self._destinations) > 1 else None
        return subject if subject in self._destinations else self._first


async def fate_of(ticket: Ticket, destination: Destination) -> Fate | None:
    """Return what became of an event published earlier.

    Returns:
        Null if nothing is known of it: it was parked and then discarded or tried again, or it never
        was.
    """
    if await destination.inbox.is_waiting(ticket.entry_id, ticket.entry_id):
        return Fate("waiting", ticket.event_id)
    position = None
    if ticket.event_id is not None:
        [position] = await destination.log.positions_of([ticket.event_id])
    if position is not None:
        [entry] = await destination.log.read(after=position - 1, limit=1)
        if EVENTS.validate_json(entry.body).causationid == entry_urn(ticket.entry_id):
            return Fate("recorded", ticket.event_id, position)
    # Parked after it arrived, by the server's one clock: the search starts just before.
    arrived_ms = int(ticket.entry_id.partition("-")[0])
    parked = await _parked_after(destination.inbox, f"{max(0, arrived_ms - 1)}")
    if reasons := parked[ticket.digest]:
        return Fate("rejected", ticket.event_id, reasons=reasons[0])
    return None if position is None else Fate("duplicate", ticket.event_id, position)


async def _parked_after(
    inbox: Inbox, after: str
) -> defaultdict[bytes, list[tuple[Rejection, ...]]]:
    # Others may publish meanwhile: an event is recognised by its bytes.
    found: defaultdict[bytes, list[tuple[Rejection, ...]]] = defaultdict(list)
    while parked := await inbox.parked(after=after):
        for claim in parked:
            raw = bytes.fromhex(claim.raw) if claim.raw_encoding == "hex" else claim.raw.encode()
            found[_digest(raw)].append(claim.reasons)
        after = parked[-1].id
    return found


def _digest(raw: bytes) -> bytes:
    return sha256(raw).digest()[:DIGEST_BYTES]
