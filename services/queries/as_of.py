"""How a ledger is read: as it is now, or as it was at another time.

Without a cut the current views are read. `known_on` folds the events the log held then, decisions
included: nothing is decided again, so the result is what was shown at that time. With `asserted_by`,
the claims made by then are reconciled again, in memory.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from msgspec import DecodeError
from pydantic import ValidationError

from schemas.decisions import Decision
from schemas.events import EVENTS, ClaimRecorded, Recorded
from schemas.ledger import LedgerConfiguration
from schemas.views import Exchange, Figure, ReadModels, Revision
from schemas.vocabulary import FigureStatus
from services.eventlog.port import Entry, EventLog, LogDamagedError
from services.log_events.identities import ClaimIdentity, decode_identity
from services.projection.fold import ReadModel, assemble
from services.projection.joined import claims_at
from services.projection.store import ViewStore
from services.queries.between import Between, Place, changes_between
from services.queries.cut_times import read_cut_time
from services.queries.history import changes_in, history
from services.queries.replay import replay


#: Events read in one go.
BATCH_COUNT = 1_000
#: Statuses of figures whose claims cannot all be true.
CLASHES: frozenset[FigureStatus] = frozenset({"contradicted", "disputed", "self_contradicted"})
#: Recorded events; a history parses only those decisions that name its figure.
_RECORDED = re.compile(rb'"type":"(?:claim\.recorded|claim\.retracted|judgement\.\w+)"')


class Cut(NamedTuple):
    """The two cut-off times; null means no cut."""

    asserted_by: datetime | None = None
    known_on: datetime | None = None


def read_place(text: str) -> Place:
    """Read a place: a position, a day (meant whole) or an instant with its offset.

    >>> read_place("754")
    Place(position=754, time=None)

    Raises:
        ValueError: It is none of them; the message says what was expected and found.
    """
    if text.isascii() and text.isdecimal():
        return Place(position=int(text))
    try:
        return Place(time=read_cut_time(text))
    except ValueError as error:
        raise ValueError(f"expected a log position, or a time; of a time: {error}") from None


async def entries_of(log: EventLog, *, after: int = 0) -> AsyncIterator[Entry]:
    """Yield all events of a log after a position, in order."""
    while entries := await log.read(after=after, limit=BATCH_COUNT):
        for entry in entries:
            yield entry
        after = entries[-1].position


async def bodies_of(log: EventLog, *, last: int | None = None) -> list[bytes]:
    """Return all events of a log as JSON, in order, or those up to a position.

    Raises:
        LogDamagedError: An event is missing.
    """
    bodies: list[bytes] = []
    async for entry in entries_of(log):
        if last is not None and entry.position > last:
            break
        if entry.position != len(bodies) + 1:
            raise LogDamagedError(
                f"expected an event at position {len(bodies) + 1}, found the next one at "
                f"{entry.position} (`exchange-ledger log restore FILE` mends it)"
            )
        bodies.append(entry.body)
    return bodies


async def live_models(
    store: ViewStore, log: EventLog, *, ledger: LedgerConfiguration, with_claims: bool
) -> ReadModels:
    """Return the read models as they stand; joining claims reads the log."""
    snapshot = await store.snapshot()
    rows = snapshot.rows if with_claims else snapshot.rows._replace(claims=())
    claims = await claims_at(log, [standing.position for standing in rows.claims])
    return assemble(ledger, rows, claims.__getitem__)


async def as_of_models(log: EventLog, *, ledger: LedgerConfiguration, cut: Cut) -> ReadModels:
    """Return the read models of another time; they are worked out in a thread."""
    bodies = await bodies_of(log)
    return await asyncio.to_thread(models_at, bodies, ledger=ledger, cut=cut)


def models_at(bodies: Iterable[bytes], *, ledger: LedgerConfiguration, cut: Cut) -> ReadModels:
    """Work out the read models of another time from the events of a whole log.

    Args:
        bodies: The log's events as JSON, in order of position.
        ledger: The ledger's configuration.
        cut: The times asked for, at least one.

    Raises:
        LogDamagedError: What stands in the log is no event.
    """
    with _events_alone(ledger.name):
        if cut.asserted_by is None:
            return _folded(bodies, ledger, cut)
        replayed = replay(bodies, ledger=ledger, asserted_by=cut.asserted_by, known_on=cut.known_on)
    return replayed.read_models


def between(
    bodies: Sequence[bytes], *, ledger: LedgerConfiguration, start: Place, end: Place
) -> Between:
    """Work out what changed between two places, from the events of a whole log.

    Raises:
        PlaceOrderError: The first lies behind the second, or one beyond the log's end.
        LogDamagedError: What stands in the log is no event.
    """
    with _events_alone(ledger.name):
        return changes_between(bodies, ledger=ledger, start=start, end=end)


@contextmanager
def _events_alone(ledger: str) -> Iterator[None]:
    """Raise what cannot be read in a log as that: damage, whose position another command names."""
    try:
        yield
    except (DecodeError, ValidationError) as error:
        raise LogDamagedError(
            f"expected events alone in the log of ledger {ledger}, found something else there "
            "(`exchange-ledger log verify` names the position)"
        ) from error


async def read_history(
    log: EventLog, figure: str, *, ledger: LedgerConfiguration, cut: Cut
) -> tuple[Revision, ...]:
    """Return every revision of a figure, in the log's order; empty if there never was such a figure."""
    bodies = await bodies_of(log)
    return await asyncio.to_thread(history_at, bodies, figure, ledger=ledger, cut=cut)


def history_at(
    bodies: Iterable[bytes], figure: str, *, ledger: LedgerConfiguration, cut: Cut
) -> tuple[Revision, ...]:
    """Work out a figure's revisions from the events of a whole log, as JSON in order of position."""
    name = json.dumps(figure, ensure_ascii=False).encode()
    return history(_events_naming(name, bodies, ledger, cut), figure)


def exchange_history_at(
    bodies: Iterable[bytes], exchange: str, *, ledger: LedgerConfiguration, cut: Cut
) -> tuple[Revision, ...]:
    """Work out the revisions of all figures that an exchange ever had, in the log's order."""
    start = f"{exchange}:"
    name = json.dumps(start, ensure_ascii=False)[:-1].encode()
    events = list(_events_naming(name, bodies, ledger, cut))
    figures = {
        change.figure
        for event in events
        for change in changes_in(event)
        if change.figure.startswith(start)
    }
    revisions = [revision for figure in figures for revision in history(events, figure)]
    return tuple(sorted(revisions, key=lambda revision: (revision.position, revision.figure)))


def side_figure(exchange: Exchange, side: str, figures: Mapping[str, Figure]) -> Figure | None:
    """Return the main figure of a side: of everybody, else of the soldiers."""
    returned = {figure.category: figure for figure in _returned(exchange, side, figures)}
    return returned.get("all") or returned.get("military")


def clashes_at(exchange: Exchange, side: str, figures: Mapping[str, Figure]) -> list[Figure]:
    """Return a side's clashing figures, those of narrower groups included."""
    return [figure for figure in _returned(exchange, side, figures) if figure.status in CLASHES]


def current_id(exchange: str | None, rows: Sequence[Exchange]) -> str | None:
    """Return the current id of an exchange: a merged exchange is found by its old id too."""
    for row in rows:
        if exchange in row.aliases:
            return row.id
    return exchange


def _returned(exchange: Exchange, side: str, figures: Mapping[str, Figure]) -> list[Figure]:
    known = [figures[figure] for figure in exchange.figures if figure in figures]
    return [figure for figure in known if (figure.measure, figure.side) == ("returned", side)]


def _events_naming(
    name: bytes, bodies: Iterable[bytes], ledger: LedgerConfiguration, cut: Cut
) -> Iterator[Recorded | Decision]:
    """Yield what was recorded by a cut, and the decisions whose JSON holds a name."""
    if cut.asserted_by is not None:
        log = replay(bodies, ledger=ledger, asserted_by=cut.asserted_by, known_on=cut.known_on).log
        bodies = log.bodies()
    for body in bodies:
        if not _RECORDED.search(body) and name not in body:
            continue
        event = EVENTS.validate_json(body)
        if cut.known_on is None or event.recorded_at <= cut.known_on:
            yield event


def _folded(bodies: Iterable[bytes], ledger: LedgerConfiguration, cut: Cut) -> ReadModels:
    assert cut.known_on is not None, "a fold without a time"
    model = ReadModel(ledger.name)
    claims: dict[int, ClaimRecorded] = {}
    for body in bodies:
        event = decode_identity(body)
        if event.recorded_at > cut.known_on:
            continue
        if isinstance(event, ClaimIdentity):
            claims[event.position] = ClaimRecorded.model_validate_json(body)
        model.fold(event)
    # Nobody stores rows that changed: each is made once, to be read.
    model.discard_changes()
    return model.read_models(ledger, claims.__getitem__)
