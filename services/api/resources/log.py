"""`/v1/log`: the event log itself."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.events import Event
from schemas.one_line import one_line
from services.api.http.lists import link_to_next
from services.api.http.negotiation import choose_form, etag_of, has, send, unchanged
from services.api.http.query_parameters import LogParameters
from services.api.http.state import state_of
from services.projection.store import Version


router = APIRouter(tags=["read"])


@router.get("/v1/log", response_model=Page[Event])
async def list_log(request: Request, parameters: Annotated[LogParameters, Query()]) -> Response:
    """List events of the log in order of position; `next` is the `cursor`, or the `after`, of the next page.

    Null fields are left out, as the log holds them. `position` is the log's last.
    """
    form = choose_form(request, ("json",))
    ledger = state_of(request).ledger(parameters.ledger)
    await ledger.wait_for(parameters.min_position)
    last = await ledger.log.last_position()
    version = Version("log", last)
    etag = etag_of(request, ledger.name, version, form)
    if has(request, etag):
        return unchanged(etag, version)
    after = parameters.start
    limit = max(0, min(parameters.limit, last - after))
    entries = await ledger.log.read(after=after, limit=limit) if limit else ()
    is_more = bool(entries) and entries[-1].position < last
    headers = [("Link", link_to_next(request, str(entries[-1].position)))] if is_more else []
    body = b'{"ledger":"%s","position":%d,"items":[%s],"next":%s}' % (
        ledger.name.encode(),  # A ledger's name needs no escaping.
        last,
        b",".join(entry.body for entry in entries),
        b'"%d"' % entries[-1].position if is_more else b"null",
    )
    # Events stored before the log's writer escaped them may hold ends of lines.
    return send(one_line(body.decode()).encode(), form, etag, headers)
