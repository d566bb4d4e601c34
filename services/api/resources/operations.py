"""`/v1/operations`: exchanges that took several days, each as a whole."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.operation import Operation
from services.api.http.lists import Listing, answer_list, answer_row
from services.api.http.query_parameters import AsOfParameters, OperationsParameters
from services.api.views.live import Shown
from services.api.views.tables import HeldRow


router = APIRouter(tags=["read"])
LISTING = Listing("operations", {"status": lambda row: row.status}, lambda row: row.first_day)


@router.get("/v1/operations", response_model=Page[Operation])
async def list_operations(
    request: Request, parameters: Annotated[OperationsParameters, Query()]
) -> Response:
    """List operations of several days, in order of id, which begins with the first day."""
    return await answer_list(request, LISTING, parameters)


@router.get("/v1/operations/{operation}", response_model=Operation)
async def get_operation(
    request: Request,
    operation: Annotated[str, Path(description="Its id: the first and the last day.")],
    parameters: Annotated[AsOfParameters, Query()],
) -> Response:
    """Return one operation of several days."""

    def find(shown: Shown) -> HeldRow | None:
        return next(iter(shown.tables["operations"].beginning(operation)), None)

    return await answer_row(request, "operations", parameters, find)
