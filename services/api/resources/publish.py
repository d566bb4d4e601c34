"""`POST /v1/claims` and `/v1/claims/batch`: events into the inbox; `/v1/fates`: what became of each.

Intake is called here only to report early what it will refuse. Every event goes to the inbox as it is,
so that a refused one is parked with its bytes, as on any other way in.
"""

import asyncio
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from schemas.answers import Publication, PublishedClaim
from services.api.http.problems import ProblemError, unknown
from services.api.http.query_parameters import LedgerParameters, ReadParameters
from services.api.http.request_bodies import events_in, media_type_of, read_body
from services.api.http.state import LedgerState, state_of
from services.eventlog.inbox import InboxFullError
from services.log_events.trace_context import traceparent_in
from services.queries.publishing import (
    BATCH_COUNT,
    Fate,
    Offer,
    RoutedPublisher,
    Ticket,
    fate_of,
    read_ticket,
)


router = APIRouter(tags=["publish"])
#: When to publish again to an inbox that is full, in seconds: a worker takes thousands of entries in it.
RETRY_AFTER_SECONDS = 2
_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?:$|[,;\s])', re.IGNORECASE)


@router.post("/v1/claims/batch", response_model=Publication, status_code=HTTPStatus.ACCEPTED)
async def publish_batch(
    request: Request, parameters: Annotated[LedgerParameters, Query()]
) -> Response:
    """Publish an array of events; otherwise as `POST /v1/claims`, which takes the same.

    It is an operation of its own so that each media type has one shape, as generated clients need.
    """
    return await publish_claims(request, parameters)


@router.post("/v1/claims", response_model=Publication, status_code=HTTPStatus.ACCEPTED)
async def publish_claims(
    request: Request, parameters: Annotated[LedgerParameters, Query()]
) -> Response:
    """Publish one event; with `Prefer: wait=N`, return what became of each.

    Every event goes to its ledger's inbox as it is: the ledger of the parameter, else that which its
    `subject` names, else the first, which refuses an event for a ledger that is not served. 202 names where each fate is found, 200 the fates
    themselves. An array of events is taken too, as `application/cloudevents-batch+json` or
    `application/json`. The attributes of one event may come in `ce-*` headers (CloudEvents' binary mode), its
    `data` as `application/json`. The same `source` and `id` again is the same claim: publishing twice does no harm.
    """
    state = state_of(request)
    served = state.ledger(parameters.ledger)
    media_type = media_type_of(request.headers)
    body = await read_body(request, state.settings)
    # More than an inbox holds would never find room in it.
    count_max = min(state.settings.publish_count_max, state.settings.inbox_max)
    events = await asyncio.to_thread(
        events_in, request.headers, media_type, body, count_max=count_max
    )
    wait_seconds = _wait_seconds(request, state.settings.publish_wait_seconds)
    others = [one.destination for one in state.ledgers.values() if one is not served]
    publisher = RoutedPublisher(
        [served.destination, *(() if parameters.ledger else others)],
        traceparent=traceparent_in(request.headers.get("traceparent")),
    )
    offers = await _publish(publisher, events)
    fates = [Fate("waiting", item.event_id, reasons=item.reasons) for item in offers]
    if wait_seconds is not None:
        found = await publisher.fates(wait_seconds=wait_seconds)
        fates = [
            told if one.outcome == "waiting" else one
            for one, told in zip(found, fates, strict=True)
        ]
    if len(publisher.ledgers) == 1:
        served = state.ledger(publisher.ledgers[0])
    return await _answer(served, publisher, fates, wait_seconds)


async def _publish(publisher: RoutedPublisher, events: Sequence[bytes]) -> list[Offer]:
    """Publish events; return what intake makes of each.

    Raises:
        ProblemError: An inbox has no room. It says how many were published all the same.
    """
    offers: list[Offer] = []
    try:
        await publisher.check_room(events)
        for first in range(0, len(events), BATCH_COUNT):
            batch = await asyncio.to_thread(publisher.offers, events[first : first + BATCH_COUNT])
            await publisher.publish(batch)
            offers += (item for _, item in batch)
    except InboxFullError as full:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "inbox full",
            f"{full}; publish the same again later, which does no harm",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            ledger=full.ledger,
            published=len(publisher),
        ) from full
    return offers


@router.get("/v1/fates/{fate}", response_model=PublishedClaim)
async def get_fate(
    request: Request,
    fate: Annotated[str, Path(description="As given when the claim was published.")],
    parameters: Annotated[ReadParameters, Query()],
) -> Response:
    """Return what became of a published event."""
    served = state_of(request).ledger(parameters.ledger)
    ticket = read_ticket(fate)
    if ticket is None:
        raise unknown("fate", fate)
    await served.wait_for(parameters.min_position)
    found = await fate_of(ticket, served.destination)
    if found is None:
        raise unknown("fate", fate)
    return Response(
        _told(0, ticket, found, served.name).model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _wait_seconds(request: Request, seconds_max: float) -> float | None:
    """Return how long the publisher would wait for fates, null if it would not."""
    found = _WAIT.search(", ".join(request.headers.getlist("prefer")))
    return min(float(found[1]), seconds_max) if found else None


async def _answer(
    served: LedgerState, publisher: RoutedPublisher, fates: list[Fate], wait_seconds: float | None
) -> Response:
    published = zip(publisher.tickets, fates, publisher.routes(), strict=True)
    items = tuple(
        _told(index, ticket, fate, ledger) for index, (ticket, fate, ledger) in enumerate(published)
    )
    publication = Publication(
        ledger=served.name,
        position=await served.log.last_position(),
        durability=await served.durability(),
        items=items,
    )
    headers = {"Cache-Control": "no-store"}
    if items:
        headers["Location"] = items[0].fate
    if wait_seconds is not None:
        headers["Preference-Applied"] = f"wait={wait_seconds:g}"
    is_settled = wait_seconds is not None and all(fate.outcome != "waiting" for fate in fates)
    return Response(
        publication.model_dump_json(),
        status_code=HTTPStatus.OK if is_settled else HTTPStatus.ACCEPTED,
        media_type="application/json",
        headers=headers,
    )


def _told(index: int, ticket: Ticket, fate: Fate, ledger: str) -> PublishedClaim:
    return PublishedClaim(
        index=index,
        event=fate.event_id,
        outcome=fate.outcome,
        position=fate.position,
        reasons=fate.reasons,
        fate=f"/v1/fates/{ticket}?ledger={ledger}",
        ledger=ledger,
    )
