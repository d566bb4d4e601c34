"""`/v1/remains`: the dead who were handed over, day by day."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.remains import RemainsDay
from services.api.http.made_rows import MadeRows, answer_made
from services.api.http.query_parameters import RemainsParameters
from services.api.views.live import Shown
from services.queries.remains import remains_days


router = APIRouter(tags=["read"])


@router.get("/v1/remains", response_model=Page[RemainsDay])
async def list_remains(
    request: Request, parameters: Annotated[RemainsParameters, Query()]
) -> Response:
    """List what is known of remains handed over, in order of side and day; all rows at once."""
    return await answer_made(request, parameters, MadeRows(RemainsDay, ("figures",), _rows))


def _rows(shown: Shown, parameters: RemainsParameters, _: str) -> Sequence[RemainsDay]:
    figures = [row.record for row in shown.tables["figures"].rows]
    return [
        row
        for row in remains_days(figures)
        if parameters.side in (None, row.side)
        and (parameters.since or row.date) <= row.date <= (parameters.until or row.date)
    ]
