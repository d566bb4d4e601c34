"""`/releases`: what was released, and where each file lies."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.api.http.negotiation import etag_of, has, send, unchanged
from services.api.http.standing import standing_of
from services.api.http.state import state_of
from services.api.pages.frame import context_of, frame_of, spoken_to
from services.api.pages.language import speaking, spoken
from services.api.pages.query_parameters import PageParameters
from services.api.pages.rendering import HEADERS, build, language_headers, render
from services.api.pages.tables import ledger_of
from services.queries.as_of import Cut


router = APIRouter(include_in_schema=False)


@router.api_route("/releases", methods=["GET", "HEAD"])
async def show_releases(
    request: Request, parameters: Annotated[PageParameters, Query()]
) -> Response:
    """Show the releases that are kept, the newest first."""
    state, served = state_of(request), ledger_of(request)
    releases = await asyncio.to_thread(served.releases.all)
    with speaking(spoken_to(request, parameters)):
        version = await served.version(Cut())
        sums = " ".join(one.sha256 + str(one.withdrawn) for one in releases)
        made_by = f"{version.generation}\0{build()}\0{spoken().language}\0{sums}"
        etag = etag_of(request, served.name, version._replace(generation=made_by), "html")
        if has(request, etag):
            return unchanged(etag, version, language_headers())
        standing = await standing_of(request, served, version.position, Cut())
        frame = frame_of(request, state, served, parameters, standing)
        body = render("releases.html", context_of(frame, releases=releases))
        return send(body.encode(errors="replace"), "html", etag, (*HEADERS, *language_headers()))
