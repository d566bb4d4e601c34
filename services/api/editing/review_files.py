"""A report under review as a file of Label Studio: what was drafted, and what an editor decided of it."""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus

from fastapi.responses import Response

from schemas.claim import Claim
from schemas.draft import DraftEvent
from schemas.views import ClaimView
from services.api.editing.review_decisions import open_drafts
from services.api.editing.reviewed import Review
from services.extraction.label_studio import task_of
from services.moderation.state import Moderation


#: What of a claim as views have it is what the claim says.
_SAID = (
    *("measure", "side", "category", "unit", "quantity", "wording", "period", "claimant"),
    *("reported_by", "url", "published_at", "modality", "lang"),
)


def exported(found: Review, moderation: Moderation, claims: Iterable[ClaimView]) -> Response:
    """Answer with a report as a file of one task.

    Its drafts are predictions; once none is open, what was accepted and corrected is an annotation.
    """
    accepted = None if open_drafts(found, moderation) else _accepted(found, moderation, claims)
    task = task_of(found.report, found.drafts, accepted)
    body = json.dumps([task], ensure_ascii=False, indent=1)
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", found.entry or found.report.identity)
    return Response(
        body.encode(errors="replace"),
        HTTPStatus.OK,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="report-{name}.json"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _accepted(
    found: Review, moderation: Moderation, claims: Iterable[ClaimView]
) -> list[DraftEvent]:
    by_name = {(claim.source, claim.id): claim for claim in claims}
    accepted = []
    for draft in found.drafts:
        decision = moderation.decision_of("draft", draft.id)
        if decision is None or decision.claim is None:
            continue
        published = by_name.get((decision.claim.source, decision.claim.id))
        if decision.outcome == "corrected" and published is not None:
            draft = draft.model_copy(update={"data": _as_published(draft.data, published)})  # noqa: PLW2901  as it stands now
        accepted.append(draft)
    return accepted


def _as_published(drafted: Claim, published: ClaimView) -> Claim:
    """Return a claim as an editor corrected it."""
    said = published.model_dump(mode="json")
    kept = drafted.model_dump(mode="json")
    corrected = {name: said[name] for name in _SAID if name in said}
    return Claim.model_validate_json(
        json.dumps(kept | corrected | {"exchange": said["stated_exchange"]})
    )
