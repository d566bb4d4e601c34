"""`/v1/checks`: identities that claims must satisfy, and whether they do."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import Check
from schemas.vocabulary import first_day
from services.api.http.lists import Listing, answer_list
from services.api.http.query_parameters import ChecksParameters


def _day(check: Check) -> date | None:
    if check.as_of is not None:
        return check.as_of
    return None if check.exchange is None else first_day(check.exchange)


router = APIRouter(tags=["read"])
LISTING = Listing(
    "checks",
    {
        "exchange": lambda row: row.exchange,
        "side": lambda row: row.side,
        "category": lambda row: row.category,
        "kind": lambda row: row.kind,
        "result": lambda row: row.result,
    },
    _day,
)


@router.get("/v1/checks", response_model=Page[Check])
async def list_checks(
    request: Request, parameters: Annotated[ChecksParameters, Query()]
) -> Response:
    """List checks, in order of id; the dates are those of the exchange or running total tested."""
    return await answer_list(request, LISTING, parameters)
