"""The review of a report: its text with highlights, its drafts one by one, and an editor's decision on each.

The report is not kept: its text goes back and forth with the form, and is read anew each time, which gives the
same drafts. What is kept is each decision, by the draft's id.
"""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from schemas.claim import TEXT_CHARACTERS_MAX
from schemas.draft import DraftEvent
from schemas.judgement import JudgedClaim
from schemas.submission import CaseDecided, DecisionUndone, Outcome
from services.api.editing.choices import claim_choices
from services.api.editing.forms import read_form
from services.api.editing.page import show, signed_form, signed_in, tables_now
from services.api.editing.queue import faults_of, published
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import keep
from services.api.editing.sessions import Editor
from services.api.http.state import LedgerState, state_of
from services.api.pages.names import DisplayNames
from services.api.pages.tables import ledger_of
from services.api.resources.extract import CHARACTERS_MAX
from services.extraction.drafts import extract
from services.extraction.highlights import marked_text
from services.extraction.report import Report, first_fault
from services.moderation.claims import FIELDS, claim_event, fields_of, retraction_event
from services.moderation.review import DraftReaction, reaction_of
from services.moderation.state import Moderation
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: What forms say of a report, in fields whose names begin so: those of a claim have some of the same names.
PREFIX = "report_"
REPORT_FIELDS = tuple(f"{PREFIX}{name}" for name in ("text", "url", "outlet", "published_at"))
#: The reasons that are kept where an editor gives none: one key decides.
_REASONS: Mapping[Outcome, str] = {
    "accepted": "the report says so",
    "corrected": "the report says so, otherwise than it was read",
    "rejected": "the report does not say so",
    "set_aside": "left for later",
}


class DraftShown(NamedTuple):
    """A draft, its number in the text, the ledger's reaction, and what was decided of it, null if nothing."""

    number: int
    draft: DraftEvent
    reaction: DraftReaction
    decision: CaseDecided | None


class Review(NamedTuple):
    """A report under review."""

    editor: Editor
    given: Mapping[str, str]
    report: Report
    drafts: tuple[DraftEvent, ...]

    def draft(self, name: str) -> DraftEvent | None:
        """Return the draft of an id, null for none."""
        return next((draft for draft in self.drafts if draft.id == name), None)


@router.api_route("/review", methods=["GET", "HEAD"])
async def show_review(request: Request) -> Response:
    """Show the form into which a report is pasted; one that was submitted fills it in."""
    editor = await signed_in(request)
    given = dict.fromkeys(REPORT_FIELDS, "")
    name = request.query_params.get("submission", "")
    found = (await ledger_of(request).moderation.read()).submission(name[:40])
    if found is not None:
        sent = found.submitted
        day = sent.day.isoformat() if sent.day else ""
        given |= {
            "report_text": sent.words,
            "report_url": sent.link or "",
            "report_outlet": sent.outlet or "",
            "report_published_at": day,
        }
    return await _paste(request, editor, given, {})


@router.post("/review")
async def review(request: Request) -> Response:
    """Show a report's drafts, or decide about one of them."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    given = {name: form.get(name, "") for name in REPORT_FIELDS}
    said = {name.removeprefix(PREFIX): text for name, text in given.items() if text}
    if len(given["report_text"]) > CHARACTERS_MAX:
        faults = {"report_text": f"expected at most {CHARACTERS_MAX:,} characters, found more"}
        return await _paste(request, editor, given, faults)
    try:
        report = Report.model_validate({"text": "", **said})
    except ValidationError as error:
        return await _paste(request, editor, given, {"": first_fault(error)})
    served = ledger_of(request)
    drafts = await asyncio.to_thread(extract, report, served.configuration)
    step, _, name = form.get("step", "read").partition(":")
    return await _step(request, Review(editor, given, report, tuple(drafts)), form, step, name)


async def _step(
    request: Request, found: Review, form: Mapping[str, str], step: str, name: str
) -> Response:
    served = ledger_of(request)
    why = form.get("why", "")
    draft = found.draft(name)
    if step in ("edit", "new"):
        return await _edit(request, found, draft, {})
    if step == "correct":
        return await _correct(request, found, form, draft)
    if step == "look":
        moderation = await served.moderation.read()
        waiting = [_event(found, one, moderation) for one in _open(found, moderation)]
        return await _page(request, found, await reaction_shown(request, served, waiting))
    fault = ""
    if step == "all":
        for one in _open(found, await served.moderation.read()):
            if not one.draft.faults:
                fault = fault or await _accept(served, found, one, why)
    elif step == "accept" and draft:
        fault = await _accept(served, found, draft, why)
    elif step in ("reject", "aside") and draft:
        outcome: Outcome = "rejected" if step == "reject" else "set_aside"
        await keep(served.moderation.stream, _decision(found, draft, outcome, why))
    elif step == "undo":
        fault = await _undo_last(served, found)
    return await _page(request, found, fault=fault)


def _open(found: Review, moderation: Moderation) -> list[DraftEvent]:
    return [one for one in found.drafts if moderation.decision_of("draft", one.id) is None]


def _event(found: Review, draft: DraftEvent, moderation: Moderation) -> bytes:
    """Return a draft as the event that is published: reviewed by the editor."""
    event = json.loads(draft.model_dump_json(exclude_none=True))
    event["data"]["extraction"]["reviewer"] = found.editor.name
    tries = moderation.attempts("draft", draft.id)
    if tries:
        # A claim that was taken back stays taken back: accepted once more, it is another one.
        event["id"] += f"-{tries + 1}"
    return json.dumps(event, ensure_ascii=False).encode()


async def _accept(served: LedgerState, found: Review, draft: DraftEvent, why: str) -> str:
    """Publish a draft as it is; return why not, empty if it was."""
    moderation = await served.moderation.read()
    if moderation.decision_of("draft", draft.id) is not None:
        return ""
    event = _event(found, draft, moderation)
    if faults := await published(served, event):
        return "; ".join(f"{field or 'draft'}: {words}" for field, words in faults.items())
    await keep(served.moderation.stream, _decision(found, draft, "accepted", why, event))
    return ""


async def _correct(
    request: Request, found: Review, form: Mapping[str, str], draft: DraftEvent | None
) -> Response:
    """Publish a draft as an editor corrected it, or a claim that nobody drafted."""
    served = ledger_of(request)
    given = {name: form.get(name, "") for name in FIELDS}
    moderation = await served.moderation.read()
    made = form.get("claim_id", "")[:40]
    tries = moderation.attempts("draft", made)
    event = claim_event(
        given,
        ledger=served.name,
        claim_id=f"review-{made}-{tries + 1}",
        who=found.editor.name,
        method="hand",
        drafted_by=(draft.draft.rule or "") if draft else "",
    )
    faults = faults_of(event, served) or await published(served, event)
    if faults:
        return await _edit(request, found, draft, faults, given)
    identity = json.loads(event)
    decision = CaseDecided(
        id="",
        case="draft",
        about=draft.id if draft else made,
        outcome="corrected" if draft else "accepted",
        who=found.editor.name,
        why=form.get("why") or _REASONS["corrected"],
        at=clock.now(),
        claim=JudgedClaim(source=identity["source"], id=identity["id"]),
        rule=draft.draft.rule if draft else None,
    )
    await keep(served.moderation.stream, decision)
    return await _page(request, found)


def _decision(
    found: Review, draft: DraftEvent, outcome: Outcome, why: str, event: bytes | None = None
) -> CaseDecided:
    identity = json.loads(event) if event else None
    return CaseDecided(
        id="",
        case="draft",
        about=draft.id,
        outcome=outcome,
        who=found.editor.name,
        why=(why or _REASONS[outcome])[:TEXT_CHARACTERS_MAX],
        at=clock.now(),
        claim=JudgedClaim(source=identity["source"], id=identity["id"]) if identity else None,
        rule=draft.draft.rule,
    )


async def _undo_last(served: LedgerState, found: Review) -> str:
    """Take the last decision about one of these drafts back; return why not, empty if it was."""
    moderation = await served.moderation.read()
    names = {draft.id for draft in found.drafts}
    last = next(
        (
            made.decision
            for made in moderation.decisions()
            if made.undone is None
            and (made.decision.case, made.decision.about in names) == ("draft", True)
        ),
        None,
    )
    if last is None:
        return "nothing was decided yet"
    why = "undone in review"
    if last.claim is not None:
        retraction = retraction_event(
            ledger=served.name,
            source=last.claim.source,
            claim_id=last.claim.id,
            retraction_id=f"{last.id}-undone",
            why=why,
        )
        if faults := await published(served, retraction):
            return "; ".join(faults.values())
    undone = DecisionUndone(decision=last.id, who=found.editor.name, why=why, at=clock.now())
    await keep(served.moderation.stream, undone)
    return ""


async def _paste(
    request: Request, editor: Editor, given: Mapping[str, str], faults: Mapping[str, str]
) -> Response:
    status = HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK
    return await show(
        request, "paste.html", status=status, editor=editor, given=given, faults=faults
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
        marked=marked_text(found.report.text, found.drafts),
        drafts=shown,
        focused=first,
        reaction=reaction,
        fault=fault,
    )
