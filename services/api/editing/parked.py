"""Parked claims: why each was refused, mended and sent again, or set aside."""

import json
from collections.abc import Mapping
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from schemas.judgement import JudgedClaim
from schemas.submission import CaseDecided, Outcome
from schemas.views import ParkedClaim, Rejection
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in
from services.api.editing.queue import digest_of, published
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import keep
from services.api.editing.sessions import Editor
from services.api.http.problems import unknown
from services.api.http.state import LedgerState, state_of
from services.api.pages.tables import ledger_of
from services.eventlog.port import LogUnavailableError
from services.ingest.intake import Rejected, read_inbound
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: Claims on one page, and how many are looked through for them.
SHOWN_MAX = 50
EntryId = Annotated[str, Path(pattern=r"^[0-9]{1,20}-[0-9]{1,20}$")]


class ParkedForm(NamedTuple):
    """A parked claim as an editor mends it."""

    editor: Editor
    item: ParkedClaim
    given: Mapping[str, str]
    reasons: tuple[Rejection, ...]
    faults: Mapping[str, str]


@router.api_route("/editors/parked", methods=["GET", "HEAD"])
async def show_parked(request: Request) -> Response:
    """Show what was refused, and why."""
    editor = await signed_in(request)
    served = ledger_of(request)
    moderation = await served.moderation.read()
    found: list[ParkedClaim] = []
    async with aclosing(served.parked.found()) as claims:
        async for claim in claims:
            if moderation.decision_of("parked", claim.id) is None:
                found.append(claim)
            if len(found) == SHOWN_MAX:
                break
    count = await served.parked.count()
    return await show(request, "parked.html", editor=editor, parked=found, count=count)


@router.api_route("/editors/parked/{entry}", methods=["GET", "HEAD"])
async def show_one(request: Request, entry: EntryId) -> Response:
    """Show one parked claim, to be mended."""
    editor = await signed_in(request)
    found = await _found(ledger_of(request), entry)
    given = {"event": _indented(found), "why": ""}
    return await _page(request, ParkedForm(editor, found, given, found.reasons, {}))


@router.post("/editors/parked/{entry}")
async def mend(request: Request, entry: EntryId) -> Response:
    """Check a mended claim, show what it would change, send it; or set it aside."""
    fields = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, fields)
    served = ledger_of(request)
    found = await _found(served, entry)
    given = {name: fields.get(name, "") for name in ("event", "why")}
    form = ParkedForm(editor, found, given, found.reasons, {})
    step = fields.get("step", "look")
    if step != "look" and not given["why"]:
        return await _refused(request, form, why="expected words for whoever reads it later")
    if step == "aside":
        await _decide(served, form, "set_aside")
        return go_to(request, "/editors/parked")
    event = given["event"].encode(errors="replace")
    read = read_inbound(
        event, ledger=served.configuration, entry_bytes_max=served.destination.entry_bytes_max
    )
    if isinstance(read, Rejected):
        form = form._replace(reasons=read.reasons)
        return await _refused(request, form, event="expected an event that intake takes")
    if step != "save" or fields.get("looked") != digest_of(event):
        reaction = await reaction_shown(request, served, [event])
        return await _page(request, form, reaction=reaction, looked=digest_of(event))
    if faults := await published(served, event):
        return await _refused(request, form, **faults)
    with suppress(LogUnavailableError):
        # Where this API may not take it out it stays parked, and its decision says what became of it.
        await served.parked.discard([entry])
    identity = json.loads(event)
    claim = JudgedClaim(source=identity["source"], id=identity["id"])
    await _decide(served, form, "resubmitted", claim)
    return go_to(request, "/editors/parked")


async def _found(served: LedgerState, entry: str) -> ParkedClaim:
    found = await served.parked.get(entry)
    if found is None or (await served.moderation.read()).decision_of("parked", entry):
        raise unknown("parked claim", entry)
    return found


def _indented(found: ParkedClaim) -> str:
    try:
        return json.dumps(json.loads(found.raw), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return found.raw


async def _decide(
    served: LedgerState, form: ParkedForm, outcome: Outcome, claim: JudgedClaim | None = None
) -> None:
    decision = CaseDecided(
        id="",
        case="parked",
        about=form.item.id,
        outcome=outcome,
        who=form.editor.name,
        why=form.given["why"][:1_000],
        at=clock.now(),
        claim=claim,
    )
    await keep(served.moderation.stream, decision)


async def _refused(request: Request, form: ParkedForm, **faults: str) -> Response:
    return await _page(request, form._replace(faults=faults))


async def _page(
    request: Request,
    form: ParkedForm,
    *,
    reaction: ReactionShown | None = None,
    looked: str = "",
) -> Response:
    return await show(
        request,
        "parked_claim.html",
        status=HTTPStatus.BAD_REQUEST if form.faults else HTTPStatus.OK,
        **form._asdict(),
        reaction=reaction,
        looked=looked,
    )
