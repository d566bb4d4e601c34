"""`/v1/claims`: who said what, where it stands, and why."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.views import ClaimView
from services.api.http.lists import Listing, answer_list, answer_row
from services.api.http.query_parameters import AsOfParameters, ClaimsParameters
from services.api.views.live import Shown
from services.api.views.tables import HeldRow, HeldTable
from services.queries.days import day_of_claim


router = APIRouter(tags=["read"])
LISTING = Listing(
    "claims",
    {
        "exchange": lambda row: row.exchange,
        "side": lambda row: row.side,
        "category": lambda row: row.category,
        "measure": lambda row: row.measure,
        "state": lambda row: row.state,
        "claimant": lambda row: row.claimant.name,
        "outlet": lambda row: row.reported_by,
    },
    day_of_claim,
)


@router.get("/v1/claims", response_model=Page[ClaimView])
async def list_claims(
    request: Request, parameters: Annotated[ClaimsParameters, Query()]
) -> Response:
    """List claims, in order of ref; the dates are those on which they were said or reported."""
    return await answer_list(request, LISTING, parameters)


@router.get("/v1/claims/{ref:path}", response_model=ClaimView)
async def get_claim(
    request: Request,
    ref: Annotated[str, Path(description="How figures name it, or its publisher's `id@source`.")],
    parameters: Annotated[AsOfParameters, Query()],
) -> Response:
    """Return one claim in full, with its state."""
    return await answer_row(request, "claims", parameters, lambda shown: _find(shown, ref))


def _find(shown: Shown, ref: str) -> HeldRow | None:
    table = shown.tables["claims"]
    return next(iter(table.beginning(ref)), None) or _by_source(table, ref)


def _by_source(table: HeldTable, ref: str) -> HeldRow | None:
    # `id@source` names a claim also while no other publisher uses its id. Both may hold an @.
    for index, character in enumerate(ref):
        if character == "@":
            for row in table.beginning(ref[:index]):
                if row.record.source == ref[index + 1 :]:
                    return row
    return None
