"""`/v1/headline`: what each exchange adds for each side, to be summed over any days."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Page
from schemas.headline import HeadlineRow, HeadlineTotal
from services.api.http.made_rows import MadeRows, answer_made
from services.api.http.query_parameters import HeadlineParameters
from services.api.views.live import Shown
from services.queries.headline_totals import headline_totals, rows_between


router = APIRouter(tags=["read"])


@router.get("/v1/headline", response_model=Page[HeadlineRow] | Page[HeadlineTotal])
async def list_headline(
    request: Request, parameters: Annotated[HeadlineParameters, Query()]
) -> Response:
    """List what each exchange adds for each side, in order of exchange and side; all rows at once.

    With `by`, list their sums by year or month instead, of everybody and of groups.
    """
    if parameters.by is not None:
        return await answer_made(
            request, parameters, MadeRows(HeadlineTotal, ("headline", "figures"), _totals)
        )
    return await answer_made(request, parameters, MadeRows(HeadlineRow, ("headline",), _rows))


def _rows(shown: Shown, parameters: HeadlineParameters, _: str) -> Sequence[HeadlineRow]:
    wanted = parameters.category
    return [row for row in _inside(shown, parameters) if wanted in (None, row.category)]


def _totals(shown: Shown, parameters: HeadlineParameters, _: str) -> Sequence[HeadlineTotal]:
    assert parameters.by is not None, "sums of no period"
    figures = [row.record for row in shown.tables["figures"].rows]
    rows = _inside(shown, parameters)
    return headline_totals(rows, figures, parameters.by, category=parameters.category)


def _inside(shown: Shown, parameters: HeadlineParameters) -> Sequence[HeadlineRow]:
    rows = [row.record for row in shown.tables["headline"].rows]
    inside = rows_between(rows, parameters.since, parameters.until)
    return [row for row in inside if parameters.side in (None, row.side)]
