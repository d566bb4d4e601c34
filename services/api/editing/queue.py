"""The queue: what was submitted, read by an editor, and accepted or rejected.

What is accepted becomes a claim through the ordinary intake. An editor sees how the figures would react before
anything is saved, and only what was looked at can be saved.
"""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from schemas.claim import TEXT_CHARACTERS_MAX
from schemas.judgement import JudgedClaim
from schemas.submission import CaseDecided, Outcome, SubmissionState
from schemas.views import Rejection
from services.api.editing.choices import claim_choices
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in, tables_now
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import keep, publish
from services.api.editing.sessions import Editor
from services.api.http.problems import ProblemError, unknown
from services.api.http.state import LedgerState, state_of
from services.api.pages.names import DisplayNames
from services.api.pages.tables import ledger_of
from services.eventlog.inbox import InboxFullError
from services.ingest.intake import Rejected, read_inbound
from services.moderation.claims import EDITORS, FIELDS, claim_event, field_of, prefilled
from services.moderation.state import Moderation
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: Submissions on one page.
SHOWN_MAX = 50


class CaseForm(NamedTuple):
    """A submission as an editor fills it in: the fields, and what is wrong with them."""

    editor: Editor
    item: SubmissionState
    given: Mapping[str, str]
    faults: Mapping[str, str] = MappingProxyType({})


SubmissionId = Annotated[str, Path(max_length=40)]


@router.api_route("/editors", methods=["GET", "HEAD"])
async def show_queue(request: Request) -> Response:
    """Show what waits."""
    editor = await signed_in(request)
    served = ledger_of(request)
    waiting = (await served.moderation.read()).open()
    return await show(
        request, "queue.html", editor=editor, waiting=waiting[:SHOWN_MAX], count=len(waiting)
    )


@router.api_route("/editors/submissions/{submission}", methods=["GET", "HEAD"])
async def show_submission(request: Request, submission: SubmissionId) -> Response:
    """Show one submission, and what an editor can do about it."""
    editor = await signed_in(request)
    served = ledger_of(request)
    found = await _found(served, submission)
    claims = (await tables_now(served)).claims.values()
    known = [(one.claimant.name, one.claimant.party, one.claimant.role) for one in claims]
    given = prefilled(found.submitted, served.configuration, known)
    return await _page(request, CaseForm(editor, found, given | {"why": ""}))


@router.post("/editors/submissions/{submission}")
async def decide_submission(request: Request, submission: SubmissionId) -> Response:
    """Show how the figures would react, save, or reject."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    served = ledger_of(request)
    found = await _found(served, submission)
    case = CaseForm(editor, found, {name: form.get(name, "") for name in (*FIELDS, "why")})
    if found.decision is not None:
        return await _page(request, case, status=HTTPStatus.CONFLICT)
    step = form.get("step", "look")
    if step != "look" and not case.given["why"]:
        faults = {"why": "expected words for whoever reads it later"}
        return await _refused(request, case, faults)
    if step == "reject":
        await _decide(served, case, "rejected")
        return go_to(request, "/editors")
    return await _accept(request, case, form)


async def _accept(request: Request, case: CaseForm, form: Mapping[str, str]) -> Response:
    served = ledger_of(request)
    claim_id = _claim_id(await served.moderation.read(), case.item)
    event = claim_event(
        case.given,
        ledger=served.name,
        claim_id=claim_id,
        who=case.editor.name,
        method="submission",
        submission=case.item.id,
    )
    if faults := faults_of(event, served):
        return await _refused(request, case, faults)
    looked = digest_of(event)
    if form.get("step") != "save" or form.get("looked") != looked:
        reaction = await reaction_shown(request, served, [event])
        return await _page(request, case, reaction=reaction, looked=looked)
    if faults := await published(served, event):
        return await _refused(request, case, faults)
    await _decide(served, case, "accepted", claim=JudgedClaim(source=EDITORS, id=claim_id))
    return go_to(request, "/editors")


async def _refused(request: Request, case: CaseForm, faults: Mapping[str, str]) -> Response:
    return await _page(request, case._replace(faults=faults), status=HTTPStatus.BAD_REQUEST)


async def published(served: LedgerState, event: bytes) -> Mapping[str, str]:
    """Publish an event; return why intake refused it, by field of the form.

    Raises:
        ProblemError: The inbox is full, or nobody has taken it up yet.
    """
    try:
        fate = await publish(served, event)
    except InboxFullError as error:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "inbox full", f"{error}; nothing was decided"
        ) from error
    if fate.outcome == "waiting":
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "nobody takes claims in",
            "expected a worker to take the claim in, found none at work: it waits in the inbox; save again "
            "once a worker runs, which does no harm",
        )
    return _by_field(fate.reasons)


def faults_of(event: bytes, served: LedgerState) -> Mapping[str, str]:
    """Return what intake would refuse of an event, by field of the form."""
    read = read_inbound(
        event, ledger=served.configuration, entry_bytes_max=served.destination.entry_bytes_max
    )
    return _by_field(read.reasons) if isinstance(read, Rejected) else {}


def digest_of(event: bytes) -> str:
    """Return what tells that an event is the one that was looked at."""
    return sha256(event).hexdigest()[:32]


def _by_field(reasons: tuple[Rejection, ...]) -> Mapping[str, str]:
    faults: dict[str, str] = {}
    for reason in reasons:
        words = f"expected {reason.expected}, found {reason.found}"
        field = field_of(reason.pointer)
        faults.setdefault(field, words if field else f"{reason.pointer}: {words}")
    return faults


def _claim_id(moderation: Moderation, found: SubmissionState) -> str:
    # A claim that was taken back stays taken back: accepted once more, it is another one.
    tries = moderation.attempts("submission", found.id)
    return found.id if not tries else f"{found.id}-{tries + 1}"


async def _found(served: LedgerState, submission: str) -> SubmissionState:
    found = (await served.moderation.read()).submission(submission)
    if found is None:
        raise unknown("submission", submission)
    return found


async def _decide(
    served: LedgerState, case: CaseForm, outcome: Outcome, claim: JudgedClaim | None = None
) -> None:
    decision = CaseDecided(
        id="",
        case="submission",
        about=case.item.id,
        outcome=outcome,
        who=case.editor.name,
        why=case.given["why"][:TEXT_CHARACTERS_MAX],
        at=clock.now(),
        claim=claim,
    )
    await keep(served.moderation.stream, decision)


async def _page(
    request: Request,
    form: CaseForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    reaction: ReactionShown | None = None,
    looked: str = "",
) -> Response:
    served = ledger_of(request)
    figures = (await tables_now(served)).figures
    return await show(
        request,
        "submission.html",
        status=status,
        **form._asdict(),
        figure=figures.get(form.item.submitted.about or ""),
        reaction=reaction,
        looked=looked,
        choices=claim_choices(served.configuration, DisplayNames(served.configuration)),
    )
