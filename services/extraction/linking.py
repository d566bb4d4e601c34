"""What links the drafts of a report to others: the outlet it copies, and what stood there before it was edited."""

from collections.abc import Sequence

from schemas.claim import ClaimReference
from schemas.draft import DraftEvent
from schemas.ledger import LedgerConfiguration
from services.extraction.drafted import Drafted
from services.extraction.drafts import event_of, extract
from services.extraction.report import Report


def linked(
    drafts: Sequence[DraftEvent], report: Report, ledger: LedgerConfiguration
) -> list[DraftEvent]:
    """Return a report's drafts with whom they quote and what they revise.

    Of an edited page those that it did not make before: one that it makes no more is revised by the one that
    says another number of the same people by the same speaker.
    """
    if report.quoted_from is None and report.previous_text is None:
        return list(drafts)
    quoting = report.quoted_from if report.quoted_from != report.publisher else None
    now = [_changed(one, report, ledger, quoted_from=quoting) for one in drafts]
    before = _before(report, ledger, quoting)
    gone = [one for one in before if one.id not in {draft.id for draft in now}]
    known = {one.id for one in before}
    linked_now = []
    for draft in now:
        if draft.id in known:  # A person has had it for review.
            continue
        old = next((one for one in gone if _is_of(one, draft)), None)
        if old is None:
            linked_now.append(draft)
            continue
        gone.remove(old)
        revised = ClaimReference(source=old.source, id=old.id)
        linked_now.append(_changed(draft, report, ledger, revises=revised, reason="correction"))
    return linked_now


def _before(report: Report, ledger: LedgerConfiguration, quoting: str | None) -> list[DraftEvent]:
    """Return what the rules found in the page before it was edited."""
    if report.previous_text is None:
        return []
    earlier = report.model_copy(update={"text": report.previous_text, "previous_text": None})
    return [_changed(one, earlier, ledger, quoted_from=quoting) for one in extract(earlier, ledger)]


def _changed(
    draft: DraftEvent, report: Report, ledger: LedgerConfiguration, **fields: object
) -> DraftEvent:
    """Return a draft with some fields of its claim changed, and so with another id."""
    claim = draft.data.model_copy(update=fields)
    return event_of(Drafted(claim, draft.draft), report, ledger)


def _is_of(one: DraftEvent, other: DraftEvent) -> bool:
    """Return whether two drafts say how many of the same people by the same speaker."""
    claim, later = one.data, other.data
    return (claim.measure, claim.side, claim.category, claim.claimant, claim.modality) == (
        later.measure,
        later.side,
        later.category,
        later.claimant,
        later.modality,
    )
