"""`/v1/cumulative`: how many came back to each side up to a day."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import CumulativePoint
from services.api.http.lists import Listing, answer_list
from services.api.http.made_rows import MadeRows, answer_made
from services.api.http.query_parameters import CumulativeParameters
from services.api.views.live import Shown
from services.api.views.tables import View
from services.queries.headline_totals import points_since
from services.queries.window_totals import window_totals


router = APIRouter(tags=["read"])
LISTING = Listing(
    "cumulative",
    {
        "side": lambda row: row.side,
        "category": lambda row: row.category,
        "status": lambda row: row.status,
    },
    lambda row: row.as_of,
)


@router.get("/v1/cumulative", response_model=Page[CumulativePoint])
async def list_cumulative(
    request: Request, parameters: Annotated[CumulativeParameters, Query()]
) -> Response:
    """List running totals, in order of side, category and day.

    They count from the day that the ledger opened; with `since`, from that day on, all rows at once.
    """
    if parameters.since is not None:
        return await answer_made(request, parameters, SINCE)
    return await answer_list(request, LISTING, parameters)


_VIEWS: tuple[View, ...] = ("headline", "cumulative", "claims")


def _since(
    shown: Shown, parameters: CumulativeParameters, ledger: str
) -> Sequence[CumulativePoint]:
    assert parameters.since is not None, "a window that begins nowhere"
    rows, points, claims = ([row.record for row in shown.tables[view].rows] for view in _VIEWS)
    windows = window_totals(points, claims)
    return [
        point
        for point in points_since(ledger, rows, parameters.since, windows)
        if parameters.side in (None, point.side)
        and parameters.category in (None, point.category)
        and parameters.status in (None, point.status)
        and (parameters.date_from or point.as_of) <= point.as_of
        and point.as_of <= (parameters.date_to or point.as_of)
    ]


SINCE = MadeRows(CumulativePoint, _VIEWS, _since)
