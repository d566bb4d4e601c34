"""The pages on which anybody reports an error, or adds a report that the ledger lacks."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.submission import SubmissionKind
from services.api.editing.forms import PUBLIC_BYTES_MAX, read_form
from services.api.editing.page import go_to, show
from services.api.editing.submitting import read_submission, submit
from services.api.http.guard import address_of
from services.api.http.problems import ProblemError
from services.api.http.state import state_of
from services.api.pages.tables import ledger_of


router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]
#: What a page's address may say of what it is about.
About = Annotated[str, Query(max_length=300)]
#: The fields of the forms; the last is for programs that fill in whatever there is.
FIELDS = ("words", "about", "link", "number", "speaker", "outlet", "day")
TRAP = "homepage"
_NO_FAULTS: Mapping[str, str] = {}


@router.api_route("/report-error", methods=_METHODS)
async def show_error_form(request: Request, about: About = "") -> Response:
    """Show the form on which to report an error."""
    return await _form(request, "error", {"about": about}, _NO_FAULTS)


@router.api_route("/add-report", methods=_METHODS)
async def show_report_form(request: Request, about: About = "") -> Response:
    """Show the form on which to add a report."""
    return await _form(request, "report", {"about": about}, _NO_FAULTS)


@router.post("/report-error")
async def take_error(request: Request) -> Response:
    """Take an error that was reported."""
    return await _take(request, "error")


@router.post("/add-report")
async def take_report(request: Request) -> Response:
    """Take a report that was added."""
    return await _take(request, "report")


@router.api_route("/submitted", methods=_METHODS)
async def show_submitted(
    request: Request, reference: Annotated[str, Query(alias="id", max_length=40)] = ""
) -> Response:
    """Show that a submission arrived."""
    known = reference if re.fullmatch(r"[0-9a-f]{16}", reference) else ""
    return await show(request, "submitted.html", reference=known)


async def _take(request: Request, kind: SubmissionKind) -> Response:
    state = state_of(request)
    form = await read_form(request, state.settings, bytes_max=PUBLIC_BYTES_MAX)
    given = {name: form[name] for name in FIELDS if form.get(name)}
    if form.get(TRAP):
        faults = {TRAP: "leave this field empty; programs fill it in, and people do not see it"}
        return await _form(request, kind, given, faults, status=HTTPStatus.BAD_REQUEST)
    read = read_submission({"kind": kind, **given})
    if read.submitted is None:
        return await _form(request, kind, given, read.faults, status=HTTPStatus.BAD_REQUEST)
    try:
        receipt = await submit(
            request, ledger_of(request), read.submitted, counted=address_of(request.scope)
        )
    except ProblemError as error:
        status = HTTPStatus(error.problem.status)
        answer = await _form(request, kind, given, {"": error.problem.detail}, status=status)
        answer.headers.update(error.headers)
        return answer
    return go_to(request, f"/submitted?id={receipt.id}")


async def _form(
    request: Request,
    kind: SubmissionKind,
    given: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return await show(
        request,
        "contribute.html",
        status=status,
        kind=kind,
        given=dict.fromkeys(FIELDS, "") | dict(given),
        faults=faults,
        trap=TRAP,
    )
