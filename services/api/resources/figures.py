"""`/v1/figures`: how many, between which bounds, and how sure."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import Figure
from services.api.http.lists import Listing, answer_list
from services.api.http.query_parameters import FiguresParameters


router = APIRouter(tags=["read"])
LISTING = Listing(
    "figures",
    {
        "exchange": lambda row: row.exchange,
        "side": lambda row: row.side,
        "category": lambda row: row.category,
        "measure": lambda row: row.measure,
        "status": lambda row: row.status,
    },
    lambda row: row.date,
)


@router.get("/v1/figures", response_model=Page[Figure])
async def list_figures(
    request: Request, parameters: Annotated[FiguresParameters, Query()]
) -> Response:
    """List figures, in order of id."""
    return await answer_list(request, LISTING, parameters)
