"""The content of a release: read models, and the log that they follow from, at one position.

A current release holds one version of the views, and the log up to their position. A release of another
time holds what the reading commands show for it: with `known_on`, the events recorded by then; with
`asserted_by`, the log that today's rules make of the claims made by then, with positions of its own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.eventlog.port import EventLog
from services.projection.fold import assemble
from services.projection.joined import claims_at
from services.projection.store import ViewStore
from services.queries.as_of import Cut, entries_of, models_at
from services.queries.replay import replay


class Content(NamedTuple):
    """What a release holds.

    Attributes:
        configuration: The ledger.
        cut: The times it was cut off at.
        models: The read models.
        policy: What they were decided by.
        position: The position of the log that they stand for: its last event's.
        bodies: That log's events as JSON, in order.
    """

    configuration: LedgerConfiguration
    cut: Cut
    models: ReadModels
    policy: str
    position: int
    bodies: AsyncIterator[bytes]


async def content_of(
    store: ViewStore, log: EventLog, *, configuration: LedgerConfiguration, cut: Cut
) -> Content:
    """Return what a ledger holds now, or held at other times."""
    if cut == Cut():
        return await live_content(store, log, configuration=configuration)
    return await as_of_content(log, configuration=configuration, cut=cut)


async def live_content(
    store: ViewStore, log: EventLog, *, configuration: LedgerConfiguration
) -> Content:
    """Return what a ledger holds now: what its views show, however far the log is."""
    snapshot = await store.snapshot()
    claims = await claims_at(log, [standing.position for standing in snapshot.rows.claims])
    return Content(
        configuration=configuration,
        cut=Cut(),
        models=assemble(configuration, snapshot.rows, claims.__getitem__),
        policy=snapshot.policy or configuration.policy,
        position=snapshot.position,
        bodies=_up_to(log, snapshot.position),
    )


async def as_of_content(log: EventLog, *, configuration: LedgerConfiguration, cut: Cut) -> Content:
    """Return what a ledger held at another time; it is worked out in a thread."""
    bodies = [entry.body async for entry in entries_of(log)]
    return await asyncio.to_thread(content_at, bodies, configuration=configuration, cut=cut)


def content_at(bodies: Sequence[bytes], *, configuration: LedgerConfiguration, cut: Cut) -> Content:
    """Work out what a ledger held at another time from the events of a whole log."""
    if cut.asserted_by is None:
        assert cut.known_on is not None, "the content of another time without a time"
        kept = [body for body in bodies if recorded_at(body) <= cut.known_on]
        models = models_at(kept, ledger=configuration, cut=cut)
    else:
        replayed = replay(
            bodies, ledger=configuration, asserted_by=cut.asserted_by, known_on=cut.known_on
        )
        kept, models = replayed.log.bodies(), replayed.read_models
    return Content(
        configuration=configuration,
        cut=cut,
        models=models,
        policy=models.figures[-1].policy if models.figures else configuration.policy,
        position=int(json.loads(kept[-1])["position"]) if kept else 0,
        bodies=_each(kept),
    )


def recorded_at(body: bytes) -> datetime:
    """Return when the fact at the root of an event was recorded."""
    return datetime.fromisoformat(json.loads(body)["recorded_at"])


async def _up_to(log: EventLog, position: int) -> AsyncIterator[bytes]:
    async for entry in entries_of(log):
        if entry.position > position:
            return
        yield entry.body


async def _each(bodies: Sequence[bytes]) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
