"""`/v1/submissions`: errors and missing reports that anybody submits, and that editors' keys read."""

import json
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from schemas.answers import Submissions
from schemas.submission import SubmissionReceipt
from services.api.editing.forms import PUBLIC_BYTES_MAX
from services.api.editing.submitting import read_submission, submit
from services.api.http.guard import address_of
from services.api.http.keys import Caller
from services.api.http.problems import ProblemError
from services.api.http.query_parameters import LIMIT, LIMIT_MAX, LedgerParameters
from services.api.http.request_bodies import EITHER, read_body, require_media_type
from services.api.http.roles import require_role
from services.api.http.state import state_of


router = APIRouter(tags=["answer"])
_UNCACHED = {"Cache-Control": "no-store"}


class SubmissionParameters(LedgerParameters):
    """Parameters of the list of submissions."""

    state: Annotated[
        Literal["open", "decided", "all"],
        Field(description="Those that nobody decided about, the others, or all."),
    ] = "open"
    after: Annotated[
        str | None, Field(max_length=40, description="The submission behind which to go on.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Most to list.")] = LIMIT


@router.post("/v1/submissions", response_model=SubmissionReceipt)
async def add_submission(
    request: Request, parameters: Annotated[LedgerParameters, Query()]
) -> Response:
    """Report an error in the ledger, or add a report that it lacks, for its editors to read.

    No key is needed. The same again is the same submission. Nothing changes before an editor has decided.
    """
    state = state_of(request)
    served = state.ledger(parameters.ledger)
    require_media_type(request, EITHER)
    bounded = state.settings.model_copy(update={"body_bytes_max": PUBLIC_BYTES_MAX})
    read = read_submission(_fields_in(await read_body(request, bounded)))
    if read.submitted is None:
        detail = "; ".join(f"{name or 'the whole'}: {words}" for name, words in read.faults.items())
        raise ProblemError(HTTPStatus.BAD_REQUEST, "no submission", detail)
    caller: Caller | None = request.state.caller
    counted = f"key {caller.key_id}" if caller else address_of(request.scope)
    receipt = await submit(request, served, read.submitted, counted=counted)
    return Response(receipt.model_dump_json(), media_type=EITHER, headers=_UNCACHED)


@router.get("/v1/submissions", response_model=Submissions)
async def list_submissions(
    request: Request, parameters: Annotated[SubmissionParameters, Query()]
) -> Response:
    """List what was submitted and what editors decided of it, the oldest first; needs an editor's key."""
    require_role(request, "editor")
    served = state_of(request).ledger(parameters.ledger)
    found = list((await served.moderation.read()).submissions())
    first = next((at for at, one in enumerate(found, 1) if one.id == parameters.after), 0)
    wanted = {"open": (True,), "decided": (False,), "all": (True, False)}[parameters.state]
    chosen = [one for one in found[first:] if (one.decision is None) in wanted]
    answer = Submissions(
        ledger=served.name,
        items=tuple(chosen[: parameters.limit]),
        has_more=len(chosen) > parameters.limit,
    )
    return Response(answer.model_dump_json(), media_type=EITHER, headers=_UNCACHED)


def _fields_in(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "no submission",
            "expected one JSON object, found something else",
        )
    return found
