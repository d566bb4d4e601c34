"""What an editor decides about the drafts of a report: accepted, corrected, rejected, left for later, undone.

Each decision is an event; a draft that is accepted is published as anybody's claim.
"""

import json
from collections.abc import Mapping

from schemas.claim import TEXT_CHARACTERS_MAX
from schemas.draft import DraftEvent
from schemas.judgement import JudgedClaim
from schemas.submission import CaseDecided, DecisionUndone, Outcome
from services.api.editing.queue import faults_of, published
from services.api.editing.recording import keep
from services.api.editing.reviewed import Review
from services.api.http.state import LedgerState
from services.api.pages.editing_words import REASONS
from services.moderation.claims import claim_event, retraction_event
from services.moderation.review import maker_of
from services.moderation.state import Moderation
from services.runtime import clock


def open_drafts(found: Review, moderation: Moderation) -> list[DraftEvent]:
    """Return the drafts of a report that nobody decided about."""
    return [one for one in found.drafts if moderation.decision_of("draft", one.id) is None]


def event_of_draft(found: Review, draft: DraftEvent, moderation: Moderation) -> bytes:
    """Return a draft as the event that is published: reviewed by the editor."""
    event = json.loads(draft.model_dump_json(exclude_none=True))
    event["data"]["extraction"]["reviewer"] = found.editor.name
    tries = moderation.attempts("draft", draft.id)
    if tries:
        # A claim that was taken back stays taken back: accepted once more, it is another one.
        event["id"] += f"-{tries + 1}"
    return json.dumps(event, ensure_ascii=False).encode()


async def accept(served: LedgerState, found: Review, draft: DraftEvent, why: str) -> str:
    """Publish a draft as it is; return why not, empty if it was."""
    moderation = await served.moderation.read()
    if moderation.decision_of("draft", draft.id) is not None:
        return ""
    event = event_of_draft(found, draft, moderation)
    if faults := await published(served, event):
        return "; ".join(f"{field or 'draft'}: {words}" for field, words in faults.items())
    await keep(served.moderation.stream, decision_on(found, draft, "accepted", why, event))
    return ""


async def correct(
    served: LedgerState,
    found: Review,
    draft: DraftEvent | None,
    given: Mapping[str, str],
    form: Mapping[str, str],
) -> Mapping[str, str]:
    """Publish a draft as an editor corrected it, or a claim that nobody drafted.

    Returns:
        Why not, by field of the form; empty if it was published.
    """
    moderation = await served.moderation.read()
    made = form.get("claim_id", "")[:40]
    tries = moderation.attempts("draft", made)
    event = claim_event(
        given,
        ledger=served.name,
        claim_id=f"review-{made}-{tries + 1}",
        who=found.editor.name,
        method="hand",
        drafted_by=(maker_of(draft) or "") if draft else "",
    )
    faults = faults_of(event, served) or await published(served, event)
    if faults:
        return faults
    identity = json.loads(event)
    decision = CaseDecided(
        id="",
        case="draft",
        about=draft.id if draft else made,
        outcome="corrected" if draft else "accepted",
        who=found.editor.name,
        why=form.get("why") or REASONS["corrected"],
        at=clock.now(),
        claim=JudgedClaim(source=identity["source"], id=identity["id"]),
        rule=maker_of(draft) if draft else None,
    )
    await keep(served.moderation.stream, decision)
    return {}


def decision_on(
    found: Review, draft: DraftEvent, outcome: Outcome, why: str, event: bytes | None = None
) -> CaseDecided:
    """Return the decision about a draft; `event` is the claim that was published, null for none."""
    identity = json.loads(event) if event else None
    return CaseDecided(
        id="",
        case="draft",
        about=draft.id,
        outcome=outcome,
        who=found.editor.name,
        why=(why or REASONS[outcome])[:TEXT_CHARACTERS_MAX],
        at=clock.now(),
        claim=JudgedClaim(source=identity["source"], id=identity["id"]) if identity else None,
        rule=maker_of(draft),
    )


async def undo_last(served: LedgerState, found: Review) -> str:
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
