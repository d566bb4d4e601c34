"""`/v1/summary`: a ledger in brief, and what the claims behind it cover."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.headline import Summary
from services.api.http.negotiation import choose_form, etag_of, has, send, unchanged
from services.api.http.query_parameters import AsOfParameters
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.state import state_of
from services.api.views.tables import View
from services.queries.coverage import coverage, summary
from services.runtime import clock


router = APIRouter(tags=["read"])
_VIEWS: tuple[View, ...] = ("cumulative", "headline", "claims")


@router.get("/v1/summary", response_model=Summary)
async def show_summary(
    request: Request, parameters: Annotated[AsOfParameters, Query()]
) -> Response:
    """Show the newest totals, and which days and times of day the claims cover."""
    form = choose_form(request, ("json",))
    ledger = state_of(request).ledger(parameters.ledger)
    await ledger.wait_for(parameters.min_position)
    asked = parameters.cut.asserted_by or parameters.cut.known_on
    today = (asked or clock.now()).date()
    shown = await ledger.read(_VIEWS, parameters.cut)
    # The age of the newest report changes with the day.
    version = shown.version._replace(generation=f"{shown.version.generation}\0{today}")
    etag = etag_of(request, ledger.name, version, form)
    if has(request, etag):
        return unchanged(etag, version)
    cumulative, rows, claims = ([row.record for row in shown.tables[view].rows] for view in _VIEWS)
    body = summary(
        ledger.configuration, version.position, cumulative, rows, coverage(claims, today)
    )
    day = today if asked is None else None
    mark_cacheable(request, Source(ledger, parameters.cut, shown.version, day))
    return send(body.model_dump_json().encode(), form, etag)
