"""The review of a report: its text with highlights, its drafts one by one, and an editor's decision on each.

Reports that the drafting worker has read wait here; any other is pasted, or fetched by its address.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.draft import DraftEvent
from schemas.report import ReportForReview
from schemas.submission import CaseDecided, Outcome
from services.api.editing.choices import claim_choices
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in, tables_now
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import change_reports, keep
from services.api.editing.review_decisions import (
    accept,
    correct,
    decision_on,
    event_of_draft,
    open_drafts,
    undo_last,
)
from services.api.editing.review_files import exported
from services.api.editing.reviewed import (
    NotReviewedError,
    Review,
    given_of,
    origin_of,
    review_of,
    review_of_waiting,
    waiting_review,
)
from services.api.editing.sessions import Editor
from services.api.http.state import LedgerState, state_of
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames
from services.api.pages.tables import ledger_of
from services.extraction.highlights import marked_text
from services.extraction.label_studio import for_review_of
from services.moderation.claims import FIELDS, fields_of
from services.moderation.review import DraftReaction, reaction_of
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: How many of the reports that wait are listed.
LISTED_MAX = 50


class DraftShown(NamedTuple):
    """A draft as it is shown.

    Attributes:
        number: Its number in the text.
        draft: It.
        origin: Who made it.
        reaction: What the ledger says of it.
        decision: What was decided of it, null if nothing.
    """

    number: int
    draft: DraftEvent
    origin: str
    reaction: DraftReaction
    decision: CaseDecided | None


class WaitingShown(NamedTuple):
    """A report that waits, and how many of its drafts nobody decided about."""

    found: ReportForReview
    open_count: int


@router.api_route("/review", methods=["GET", "HEAD"])
async def show_review(request: Request) -> Response:
    """Show the reports that wait and the form for another one, or the drafts of one that waits."""
    editor = await signed_in(request)
    entry = request.query_params.get("report", "")
    if entry:
        try:
            return await _page(request, await waiting_review(request, editor, entry))
        except NotReviewedError as error:
            return await _paste(request, editor, given_of({}), error.faults)
    given = given_of({})
    name = request.query_params.get("submission", "")
    found = (await ledger_of(request).moderation.read()).submission(name[:40])
    if found is not None:
        sent = found.submitted
        given |= {
            "report_text": sent.words,
            "report_url": sent.link or "",
            "report_outlet": sent.outlet or "",
            "report_published_at": sent.day.isoformat() if sent.day else "",
        }
    return await _paste(request, editor, given, {})


@router.post("/review")
async def review(request: Request) -> Response:
    """Show a report's drafts, decide about one of them, or take files in."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    step, _, name = form.get("step", "read").partition(":")
    try:
        if step == "import":
            return await _import(request, editor, form)
        found = await review_of(request, editor, form)
    except NotReviewedError as error:
        given = given_of(form) | {"tasks": form.get("tasks", "")}
        return await _paste(request, editor, given, error.faults)
    return await _step(request, found, form, step, name)


async def _step(
    request: Request, found: Review, form: Mapping[str, str], step: str, name: str
) -> Response:
    served = ledger_of(request)
    draft = found.draft(name)
    if step in ("edit", "new"):
        return await _edit(request, found, draft, {})
    if step == "correct":
        given = {field: form.get(field, "") for field in FIELDS}
        faults = await correct(served, found, draft, given, form)
        if faults:
            return await _edit(request, found, draft, faults, given)
        return await _page(request, found)
    if step in ("look", "export", "queue", "finish"):
        return await _aside(request, found, step)
    return await _page(request, found, fault=await _decide(served, found, form, step, draft))


async def _decide(
    served: LedgerState,
    found: Review,
    form: Mapping[str, str],
    step: str,
    draft: DraftEvent | None,
) -> str:
    """Decide about one draft, or all that are open; return why not, empty if it was done."""
    why = form.get("why", "")
    if step == "undo":
        return await undo_last(served, found)
    if step == "all":
        for one in open_drafts(found, await served.moderation.read()):
            if not one.draft.faults and (fault := await accept(served, found, one, why)):
                return fault
    elif step == "accept" and draft:
        return await accept(served, found, draft, why)
    elif step in ("reject", "aside") and draft:
        outcome: Outcome = "rejected" if step == "reject" else "set_aside"
        await keep(served.moderation.stream, decision_on(found, draft, outcome, why))
    return ""


async def _aside(request: Request, found: Review, step: str) -> Response:
    """Do what decides about no draft: look, export, hand on to the worker, or finish."""
    served = ledger_of(request)
    moderation = await served.moderation.read()
    waiting = open_drafts(found, moderation)
    if step == "look":
        additions = [event_of_draft(found, one, moderation) for one in waiting]
        return await _page(request, found, await reaction_shown(request, served, additions))
    if step == "export":
        return exported(found, moderation, (await tables_now(served)).claims.values())
    if step == "queue":
        settings = state_of(request).settings
        await change_reports(
            served.reports.add(
                [found.report],
                limit=settings.drafts_max,
                bytes_max=settings.entry_bytes_max,
                again=True,
            )
        )
        notice = gettext("The report waits for the drafting worker, and then here.")
        return await _paste(request, found.editor, given_of({}), {}, notice)
    if waiting and found.entry:
        fault = f"expected a decision on each draft, found {len(waiting)} open"
        return await _page(request, found, fault=fault)
    if found.entry:
        await change_reports(served.reports.done([found.entry]))
    following = await served.reports.for_review(after=found.entry or "0", limit=1)
    following = following or await served.reports.for_review(limit=1)
    return go_to(request, f"/review?report={following[0].id}" if following else "/review")


async def _import(request: Request, editor: Editor, form: Mapping[str, str]) -> Response:
    """Take in what people annotated in Label Studio, and show the first report of it."""
    served = ledger_of(request)
    try:
        reports = for_review_of(form.get("tasks", ""), served.configuration, clock.now())
    except ValueError as error:
        raise NotReviewedError({"tasks": str(error)}) from error
    ids = await change_reports(
        served.reports.add_for_review(reports, limit=state_of(request).settings.drafts_max)
    )
    shown = [one.model_copy(update={"id": name}) for one, name in zip(reports, ids, strict=True)]
    return await _page(request, review_of_waiting(editor, shown[0]))


async def _paste(
    request: Request,
    editor: Editor,
    given: Mapping[str, str],
    faults: Mapping[str, str],
    notice: str = "",
) -> Response:
    served = ledger_of(request)
    moderation = await served.moderation.read()
    found = await served.reports.for_review(limit=LISTED_MAX)
    waiting = [
        WaitingShown(
            one,
            sum(moderation.decision_of("draft", draft.id) is None for draft in one.drafts),
        )
        for one in found
    ]
    return await show(
        request,
        "paste.html",
        status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK,
        editor=editor,
        given={"tasks": "", **given},
        faults=faults,
        waiting=waiting,
        counts=await served.reports.counts(),
        notice=notice,
    )


async def _edit(
    request: Request,
    found: Review,
    draft: DraftEvent | None,
    faults: Mapping[str, str],
    given: Mapping[str, str] | None = None,
) -> Response:
    served = ledger_of(request)
    if given is None:
        report = found.report
        blank = dict.fromkeys(FIELDS, "") | {"measure": "returned", "category": "all"}
        blank |= {"modality": "asserted", "bound": "exact", "url": report.url or ""}
        blank |= {"reported_by": report.outlet or "", "lang": report.language}
        blank |= {"published_at": report.published_at.isoformat() if report.published_at else ""}
        given = fields_of(draft.data) if draft else blank
    by_hand = f"{clock.now():%Y%m%d%H%M%S%f}"
    return await show(
        request,
        "review_edit.html",
        status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK,
        editor=found.editor,
        report=found.given,
        draft=draft,
        claim_id=draft.id if draft else by_hand,
        given=given,
        faults=faults,
        choices=claim_choices(served.configuration, DisplayNames(served.configuration)),
    )


async def _page(
    request: Request, found: Review, reaction: ReactionShown | None = None, *, fault: str = ""
) -> Response:
    served = ledger_of(request)
    moderation = await served.moderation.read()
    claims = (await tables_now(served)).claims.values()
    shown = [
        DraftShown(
            number,
            draft,
            origin_of(draft),
            reaction_of(draft, claims, served.configuration),
            moderation.decision_of("draft", draft.id),
        )
        for number, draft in enumerate(found.drafts, start=1)
    ]
    first = next((one.number for one in shown if one.decision is None), 0)
    return await show(
        request,
        "review.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        editor=found.editor,
        given=found.given,
        report=found.report,
        notes=found.notes,
        is_waiting=bool(found.entry),
        marked=marked_text(found.report.text, found.drafts),
        drafts=shown,
        focused=first,
        reaction=reaction,
        fault=fault,
    )
