"""`/v1/citation.bib`, `.json`, `.txt`: how a figure, a total, a chart or a whole ledger is cited."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from services.api.http.negotiation import etag_of as etag
from services.api.http.negotiation import has, send, unchanged
from services.api.http.problems import ProblemError, unknown
from services.api.http.query_parameters import CitationParameters
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.standing import standing_of
from services.api.http.state import state_of
from services.api.pages.cited import CHARTS, Cited, chart_cited, figure_cited, total_cited
from services.api.pages.names import DisplayNames
from services.api.views.live import Shown
from services.api.views.tables import View


router = APIRouter(include_in_schema=False)
Ending = Literal["bib", "json", "txt"]
_TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json",
    "txt": "text/plain; charset=utf-8",
}
_VIEWS: tuple[View, ...] = ("figures", "cumulative")


@router.get("/v1/citation.{ending}")
async def show_citation(
    request: Request,
    ending: Annotated[Ending, Path()],
    parameters: Annotated[CitationParameters, Query()],
) -> Response:
    """Return how something is cited, in the state it has at the times asked for."""
    state = state_of(request)
    ledger = state.ledger(parameters.ledger)
    await ledger.wait_for(parameters.min_position)
    shown = await ledger.read(_VIEWS, parameters.cut)
    tag = etag(request, ledger.name, shown.version, "html")
    if has(request, tag):
        return unchanged(tag, shown.version)
    cited = _find(shown, parameters, DisplayNames(ledger.configuration))
    standing = await standing_of(request, ledger, shown.version.position, parameters.cut)
    citation = standing.citation(cited.title, standing.page(cited.path, cited.anchor))
    text = {"bib": citation.bibtex, "json": citation.csl, "txt": citation.sentence}[ending]()
    mark_cacheable(request, Source(ledger, parameters.cut, shown.version))
    answer = send(
        f"{text.rstrip()}\n".encode(errors="replace"),
        "html",
        tag,
        [("Content-Disposition", f'inline; filename="{citation.key}.{ending}"')],
    )
    answer.headers["Content-Type"] = _TYPES[ending]
    return answer


def _find(shown: Shown, parameters: CitationParameters, names: DisplayNames) -> Cited:
    """Return what was asked for.

    Raises:
        ProblemError: There is none, or several things were asked for at once.
    """
    asked = [parameters.figure, parameters.total, parameters.chart]
    if len([one for one in asked if one is not None]) > 1:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "several things cited",
            "expected one of figure, total and chart, found several",
        )
    if parameters.figure is not None:
        rows = shown.tables["figures"].beginning(parameters.figure)
        if not rows:
            raise unknown("figure", parameters.figure)
        return figure_cited(rows[0].record, names)
    if parameters.total is not None:
        points = [row.record for row in shown.tables["cumulative"].rows]
        points = [
            point for point in points if (point.side, point.category) == (parameters.total, "all")
        ]
        if not points:
            raise unknown("total", parameters.total)
        return total_cited(points[-1], names)
    if parameters.chart is not None:
        if parameters.chart not in CHARTS:
            raise unknown("chart", parameters.chart)
        return chart_cited(parameters.chart)
    return Cited("All figures, claims and checks", "/", "", {})
