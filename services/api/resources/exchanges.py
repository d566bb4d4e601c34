"""`/v1/exchanges`: which exchanges there were."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import Exchange
from services.api.http.lists import Listing, answer_list, answer_row
from services.api.http.query_parameters import AsOfParameters, ExchangesParameters
from services.api.views.live import Shown
from services.api.views.tables import HeldRow
from services.queries.as_of import current_id


router = APIRouter(tags=["read"])
LISTING = Listing("exchanges", {"status": lambda row: row.status}, lambda row: row.date)


@router.get("/v1/exchanges", response_model=Page[Exchange])
async def list_exchanges(
    request: Request, parameters: Annotated[ExchangesParameters, Query()]
) -> Response:
    """List exchanges, in order of id, which begins with the day."""
    return await answer_list(request, LISTING, parameters)


@router.get("/v1/exchanges/{id}", response_model=Exchange)
async def get_exchange(
    request: Request,
    exchange: Annotated[str, Path(alias="id", description="Its id, or one it had before.")],
    parameters: Annotated[AsOfParameters, Query()],
) -> Response:
    """Return one exchange; a merged exchange is found by its old id too."""

    def find(shown: Shown) -> HeldRow | None:
        table = shown.tables["exchanges"]
        current = current_id(exchange, [row.record for row in table.rows])
        return next(iter(table.beginning(current or "")), None)

    return await answer_row(request, "exchanges", parameters, find)
