"""All decisions, by whom and why; and undoing them, with what that would change."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from schemas.submission import CaseDecided, DecisionUndone
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in
from services.api.editing.queue import published
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import append, keep
from services.api.editing.sessions import Editor
from services.api.http.problems import unknown
from services.api.http.state import LedgerState, state_of
from services.api.pages.editing_words import CASES, KINDS, OUTCOMES
from services.api.pages.fault_sentences import translated_fault
from services.api.pages.tables import ledger_of
from services.eventlog.port import NewEvent
from services.moderation.claims import retraction_event
from services.queries.judging import Attribution, JudgementError, lines_of, prepare_undoing
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: Of each kind, how many are shown, the newest first.
SHOWN_MAX = 100
Kind = Annotated[Literal["decision", "judgement"], Path()]
Name = Annotated[str, Path(max_length=64)]


class Undoing(NamedTuple):
    """What is to be undone.

    Attributes:
        words: What was decided, in words.
        who: By whom.
        why: Why.
        decision: The decision, null for a judgement that nothing led to.
        judgement: The judgement that is taken back with it, null for none.
    """

    words: str
    who: str
    why: str
    decision: CaseDecided | None
    judgement: str | None


@router.api_route("/editors/decisions", methods=["GET", "HEAD"])
async def show_decisions(request: Request) -> Response:
    """Show what was decided, the newest first."""
    editor = await signed_in(request)
    served = ledger_of(request)
    recorded = await served.judgements.read()
    judgements = lines_of(recorded, await served.store.standings())
    return await show(
        request,
        "decisions.html",
        editor=editor,
        decisions=(await served.moderation.read()).decisions()[:SHOWN_MAX],
        judgements=judgements[::-1][:SHOWN_MAX],
    )


@router.api_route("/editors/undo/{kind}/{name}", methods=["GET", "HEAD"])
async def show_undoing(request: Request, kind: Kind, name: Name) -> Response:
    """Show what undoing a decision would change."""
    editor = await signed_in(request)
    return await _page(request, editor, await _found(request, kind, name))


@router.post("/editors/undo/{kind}/{name}")
async def undo(request: Request, kind: Kind, name: Name) -> Response:
    """Undo a decision, and what it led to."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    served = ledger_of(request)
    found = await _found(request, kind, name)
    if not form.get("why"):
        faults = {"why": "expected words for whoever reads it later"}
        return await _page(request, editor, found, faults=faults)
    attribution = Attribution(editor.name, form["why"][:1_000], clock.now())
    if (event := await _judgement_undone(served, found, attribution)) is not None:
        await append(served, served.fresh_log(), event)
    if found.decision is not None:
        retraction = _retraction(served, found.decision, attribution.why)
        if retraction and (refused := await published(served, retraction)):
            return await _page(request, editor, found, faults=refused)
        await keep(
            served.moderation.stream,
            DecisionUndone(decision=found.decision.id, **attribution._asdict()),
        )
    return go_to(request, "/editors/decisions")


async def _found(request: Request, kind: str, name: str) -> Undoing:
    served = ledger_of(request)
    moderation = await served.moderation.read()
    if kind == "decision":
        made = moderation.decision(name)
        if made is None or made.undone is not None:
            raise unknown("decision in force", name)
        one = made.decision
        return Undoing(
            f"{CASES[one.case]} {one.about}: {OUTCOMES[one.outcome]}",
            one.who,
            one.why,
            one,
            one.judgement,
        )
    recorded = await served.judgements.read()
    lines = lines_of(recorded, await served.store.standings())
    line = next((each for each in lines if each.id == name and each.state != "undone"), None)
    if line is None:
        raise unknown("judgement in force", name)
    led = [made for made in moderation.decisions() if made.decision.judgement == name]
    decision = next((made.decision for made in led if made.undone is None), None)
    words = f"{KINDS[line.kind]}. {line.about}: {translated_fault(line.says)}"
    return Undoing(words, line.who, line.why, decision, name)


async def _judgement_undone(
    served: LedgerState, found: Undoing, attribution: Attribution
) -> NewEvent | None:
    if found.judgement is None:
        return None
    recorded = await served.judgements.read()
    try:
        return prepare_undoing(found.judgement, attribution, recorded, served.name).event
    except JudgementError:
        # It stands in no log any more that this API reads.
        return None


def _retraction(served: LedgerState, decision: CaseDecided, why: str) -> bytes | None:
    if decision.claim is None:
        return None
    return retraction_event(
        ledger=served.name,
        source=decision.claim.source,
        claim_id=decision.claim.id,
        retraction_id=f"{decision.id}-undone",
        why=why,
    )


async def _page(
    request: Request, editor: Editor, found: Undoing, faults: Mapping[str, str] | None = None
) -> Response:
    served = ledger_of(request)
    attribution = Attribution(editor.name, "to be looked at", clock.now())
    additions = []
    if (event := await _judgement_undone(served, found, attribution)) is not None:
        # In a replay the place in the file counts, not the position.
        additions.append(b'{"position":1,' + event.body[1:])
    if found.decision and (retraction := _retraction(served, found.decision, "to be looked at")):
        additions.append(retraction)
    reaction: ReactionShown | None = None
    if additions:
        reaction = await reaction_shown(request, served, additions)
    return await show(
        request,
        "undo.html",
        status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK,
        editor=editor,
        undoing=found,
        faults=faults or {},
        given={"why": ""},
        reaction=reaction,
    )
