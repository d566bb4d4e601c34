"""`/v1/diff`: what changed between two places of the log, why, and by which claims."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import DifferencesPage
from services.api.http.lists import link_to_next, read_key, write_cursor
from services.api.http.negotiation import choose_form, etag_of, has, send, unchanged
from services.api.http.query_parameters import DiffParameters
from services.api.http.state import state_of
from services.api.views.between import Differences
from services.projection.store import Version


router = APIRouter(tags=["read"])
_LIST = "diff"


@router.get("/v1/diff", response_model=DifferencesPage)
async def list_differences(
    request: Request, parameters: Annotated[DiffParameters, Query()]
) -> Response:
    """List the rows that two places of the log do not share, in order of table and id.

    Both are shown as they were at the time: nothing is decided again.
    """
    form = choose_form(request, ("json",))
    ledger = state_of(request).ledger(parameters.ledger)
    after = read_key(parameters.cursor, _LIST, (int, str))
    await ledger.wait_for(parameters.min_position)
    # The ETag stands for all parameters, so for both places; the answer is the log's, up to its end.
    version = Version(_LIST, await ledger.log.last_position())
    etag = etag_of(request, ledger.name, version, form)
    if has(request, etag):
        return unchanged(etag, version)
    found = await ledger.between.read(version.position, *parameters.places)
    first = found.after(after)
    last = first + parameters.limit
    cursor = write_cursor(_LIST, found.keys[last - 1]) if last < len(found.keys) else None
    headers = [("Link", link_to_next(request, cursor))] if cursor else []
    body = _written(found, slice(first, last), cursor, (ledger.name, version.position))
    return send(body, form, etag, headers)


def _written(
    found: Differences, shown: slice, cursor: str | None, answered: tuple[str, int]
) -> bytes:
    ledger, position = answered
    return (
        b'{"ledger":%s,"position":%d,"items":[%s],"next":%s,"start":%s,"end":%s,'
        b'"recorded":%d,"differing":%d}'
        % (
            json.dumps(ledger).encode(),
            position,
            b",".join(found.lines[shown]),
            json.dumps(cursor).encode(),
            found.start.model_dump_json().encode(),
            found.end.model_dump_json().encode(),
            found.recorded_count,
            len(found.lines),
        )
    )
