"""`/charts/totals.svg`, `.png`: charts as files; `/embed/totals`: a page that others may frame."""

import asyncio
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.api.http.negotiation import etag_of, has, send, unchanged
from services.api.http.problems import ProblemError, unknown
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.standing import standing_of
from services.api.http.state import LedgerState, state_of
from services.api.pages.chart_years import ChartParameters
from services.api.pages.cited import CHARTS, chart_cited
from services.api.pages.drawing import Chart, Picture, can_draw, draw
from services.api.pages.frame import Frame, context_of, frame_of, spoken_to
from services.api.pages.language import gettext, speaking, spoken
from services.api.pages.names import DisplayNames
from services.api.pages.overview import overview
from services.api.pages.rendering import EMBED_HEADERS, build, language_headers, render
from services.api.pages.tables import VIEWS, ledger_of, tables_of
from services.projection.store import Version


router = APIRouter(include_in_schema=False)
Parameters = Annotated[ChartParameters, Query()]
_METHODS = ["GET", "HEAD"]
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
#: A picture runs nothing and loads nothing, wherever it is opened.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class _ChartAsked(NamedTuple):
    # A request for a chart: its ledger, the version of its views, and the ETag of that.
    served: LedgerState
    version: Version
    etag: str


@router.api_route("/charts/{chart}.{form}", methods=_METHODS)
async def send_chart(
    request: Request,
    chart: Annotated[str, Path()],
    form: Annotated[Picture, Path()],
    parameters: Parameters,
) -> Response:
    """Send a chart as a picture; with `download`, to be kept as a file."""
    with speaking(spoken_to(request, parameters)):
        return await _send_chart(request, chart, form, parameters)


async def _send_chart(
    request: Request, chart: str, form: Picture, parameters: ChartParameters
) -> Response:
    asked = await _asked(request, chart, parameters)
    if has(request, asked.etag):
        return unchanged(asked.etag, asked.version, language_headers())
    served, years = asked.served, parameters.years
    shown = await served.read(VIEWS, parameters.cut)
    standing = await standing_of(request, served, shown.version.position, parameters.cut)
    cited = chart_cited(chart)
    citation = standing.citation(cited.title, standing.page(cited.path, cited.anchor))
    sides = list(DisplayNames(served.configuration).sides.values())

    is_narrow = "narrow" in request.query_params

    def make() -> bytes:
        found = overview(tables_of(shown), served.configuration)
        return draw(Chart(chart, found, citation, sides, years, is_narrow), form)

    async with state_of(request).making:
        body = await asyncio.to_thread(make)
    mark_cacheable(request, Source(served, parameters.cut, shown.version))
    how = "attachment" if "download" in request.query_params else "inline"
    name = f"{served.name}-{chart}-{shown.version.position}.{form}"
    answer = send(
        body,
        "html",
        etag_of(request, served.name, _as_made(shown.version), "html"),
        [
            ("Content-Disposition", f'{how}; filename="{name}"'),
            ("Content-Security-Policy", _PICTURE_POLICY),
            *language_headers(),
            # Others may show it, which is what it is for.
            ("Cross-Origin-Resource-Policy", "cross-origin"),
        ],
    )
    answer.headers["Content-Type"] = _TYPES[form]
    return answer


@router.api_route("/embed/{chart}", methods=_METHODS)
async def show_embed(
    request: Request, chart: Annotated[str, Path()], parameters: Parameters
) -> Response:
    """Show a chart with its source, for the pages of others to frame."""
    with speaking(spoken_to(request, parameters)):
        return await _show_embed(request, chart, parameters)


async def _show_embed(request: Request, chart: str, parameters: ChartParameters) -> Response:
    asked = await _asked(request, chart, parameters)
    if has(request, asked.etag):
        return unchanged(asked.etag, asked.version, language_headers())
    standing = await standing_of(request, asked.served, asked.version.position, parameters.cut)
    frame: Frame = frame_of(request, state_of(request), asked.served, parameters, standing)
    told = {"chart": chart, "title": gettext(CHARTS[chart][0]), "years": parameters.years}
    body = render("embed.html", context_of(frame, **told)).encode(errors="replace")
    mark_cacheable(request, Source(asked.served, parameters.cut, asked.version))
    return send(body, "html", asked.etag, (*EMBED_HEADERS, *language_headers()))


async def _asked(request: Request, chart: str, parameters: ChartParameters) -> _ChartAsked:
    """Return what was asked for.

    Raises:
        ProblemError: There is no such chart, or charts cannot be drawn here.
    """
    if chart not in CHARTS:
        raise unknown("chart", chart)
    if not can_draw():
        raise ProblemError(
            HTTPStatus.NOT_IMPLEMENTED,
            "charts not installed",
            "expected matplotlib on this server (the extra `charts`), found none",
        )
    served = ledger_of(request)
    version = await served.version(parameters.cut)
    return _ChartAsked(served, version, etag_of(request, served.name, _as_made(version), "html"))


def _as_made(version: Version) -> Version:
    return version._replace(generation=f"{version.generation}\0{build()}\0{spoken().language}")
