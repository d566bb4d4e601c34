"""How rows are answered that are made of views on request: all at once, in every form of a list."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from schemas.one_line import one_line
from services.api.http.lists import check_side, untimed_in
from services.api.http.negotiation import choose_form, etag_of, has, unchanged
from services.api.http.query_parameters import AsOfParameters
from services.api.http.row_answers import FoundRows, answer_rows
from services.api.http.state import state_of
from services.api.views.live import Shown
from services.api.views.tables import HeldRow, View
from services.queries.coverage import is_for_hour


P = TypeVar("P", bound=AsOfParameters)


class MadeRows(NamedTuple, Generic[P]):
    """Rows that are made of views: what one is, of which views, and how, with the ledger's name."""

    record: type[BaseModel]
    views: Sequence[View]
    make: Callable[[Shown, P, str], Sequence[BaseModel]]


async def answer_made(request: Request, parameters: P, rows: MadeRows[P]) -> Response:
    """Answer rows made of views."""
    form = choose_form(request)
    ledger = state_of(request).ledger(parameters.ledger)
    check_side(parameters, ledger.configuration)
    await ledger.wait_for(parameters.min_position)
    version = await ledger.version(parameters.cut)
    etag = etag_of(request, ledger.name, version, form)
    if has(request, etag):
        return unchanged(etag, version)
    timed: tuple[View, ...] = ("claims",) if is_for_hour(parameters.cut) else ()
    shown = await ledger.read([*rows.views, *timed], parameters.cut)
    found = rows.make(shown, parameters, ledger.name)
    answered = FoundRows(
        ledger=ledger,
        cut=parameters.cut,
        version=shown.version,
        record=rows.record,
        rows=[HeldRow((), row, one_line(row.model_dump_json()).encode()) for row in found],
        next=None,
        untimed=untimed_in(shown, parameters.cut),
    )
    return await answer_rows(request, answered, form)
