"""`/v1/cumulative`: how many came back to each side up to a day."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import CumulativePoint
from services.api.http.lists import Listing, answer_list
from services.api.http.query_parameters import CumulativeParameters


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
    """List running totals, in order of side, category and day."""
    return await answer_list(request, LISTING, parameters)
