"""`POST /v1/extract`: drafts of claims from the text of one report; nothing is published or kept."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError

from schemas.answers import Drafts
from services.api.http.problems import ProblemError
from services.api.http.query_parameters import LedgerParameters
from services.api.http.request_bodies import EITHER, read_body, require_media_type
from services.api.http.state import state_of
from services.extraction.drafts import extract
from services.extraction.report import Report, first_fault


router = APIRouter(tags=["read"])
#: Longest text that is read in one request, in characters: a fifth of a second of processor time.
CHARACTERS_MAX = 20_000


@router.post("/v1/extract", response_model=Drafts)
async def extract_drafts(
    request: Request, parameters: Annotated[LedgerParameters, Query()]
) -> Response:
    """Read claims out of the text of a report, as drafts: events as they would be published.

    Rules in English, Ukrainian and Russian, with the words of the ledger's file. Each draft holds the words it
    rests on and what is wrong with it. Nothing is published and nothing is kept.
    """
    state = state_of(request)
    served = state.ledger(parameters.ledger)
    require_media_type(request, EITHER)
    report = _report_in(await read_body(request, state.settings))
    drafts = await asyncio.to_thread(extract, report, served.configuration)
    answer = Drafts(ledger=served.name, drafts=tuple(drafts))
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _report_in(body: bytes) -> Report:
    """Return the report of a body.

    Raises:
        ProblemError: It is none, or its text is too long.
    """
    try:
        report = Report.model_validate_json(body)
    except ValidationError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "no report", first_fault(error)) from None
    if len(report.text) > CHARACTERS_MAX:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "text too long",
            f"expected a text of at most {CHARACTERS_MAX} characters, found {len(report.text)}",
        )
    return report
