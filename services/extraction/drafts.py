"""Drafts: claims as events, each with the words it rests on and with what is wrong with it."""

import hashlib
import json
from collections.abc import Sequence

from schemas.claim import (
    UNITS,
    Claim,
    Claimant,
    ExchangeReference,
    Extraction,
    Period,
    Quantity,
)
from schemas.draft import DraftEvent, DraftNotes, EvidenceText
from schemas.ledger import LedgerConfiguration
from services.extraction.checker import checked
from services.extraction.drafted import Drafted
from services.extraction.proposals import Proposal
from services.extraction.proposer import propose
from services.extraction.report import Report


#: By whom a draft is made: the rules, at their version. A rule that reads a text anew is a new version.
METHOD = "rules@4"
_IDENTITY_CHARACTERS = 16


def extract(report: Report, ledger: LedgerConfiguration) -> list[DraftEvent]:
    """Return the drafts of a report, in the order of its text, checked."""
    return drafts_of(drafted_by_rules(report, ledger), report, ledger)


def drafted_by_rules(report: Report, ledger: LedgerConfiguration) -> list[Drafted]:
    """Return what the rules find in a report, not yet checked."""
    return [Drafted(claim_of(one, report), notes_of(one)) for one in propose(report, ledger)]


def drafts_of(
    proposed: Sequence[Drafted], report: Report, ledger: LedgerConfiguration
) -> list[DraftEvent]:
    """Return what was found in a report as drafts, checked, whoever found it."""
    return [event_of(one, report, ledger) for one in checked(proposed, report, ledger)]


def notes_of(proposal: Proposal) -> DraftNotes:
    """Return what the rules know of a claim beside it."""
    evidence = (
        EvidenceText(field=one.field, quote=one.quote, start=one.start, end=one.end)
        for one in proposal.places
    )
    return DraftNotes(rule=proposal.rule, evidence=tuple(evidence))


def claim_of(proposal: Proposal, report: Report) -> Claim:
    """Return what the rules propose as a claim."""
    quantity = None
    if proposal.bound is not None:
        quantity = Quantity(
            bound=proposal.bound, value=proposal.value, low=proposal.low, high=proposal.high
        )
    speaker = proposal.speaker
    return Claim(
        measure=proposal.measure,
        side=proposal.side,
        category=proposal.category,
        unit=UNITS.get(proposal.measure) if quantity else None,
        quantity=quantity,
        wording=proposal.wording,
        exchange=ExchangeReference(date=proposal.exchange_date, ordinal=proposal.ordinal),
        period=Period(
            since=proposal.since,
            as_of=proposal.as_of,
        ),
        claimant=Claimant(name=speaker.name, party=speaker.party, role=speaker.role),
        reported_by=report.publisher,
        url=report.url,
        published_at=report.published_at.isoformat() if report.published_at else None,
        mediators=proposal.mediators,
        modality=proposal.modality,
        lang=report.language,
        extraction=Extraction(method=METHOD),
    )


def event_of(drafted: Drafted, report: Report, ledger: LedgerConfiguration) -> DraftEvent:
    """Return a draft as an event whose identity follows from what it says and of which report."""
    source = f"urn:report:{_digest([report.url or report.text])}"
    said = drafted.claim.model_dump(
        mode="json", exclude={"extraction", "wording", "mediators", "lang"}
    )
    return DraftEvent(
        specversion="1.0",
        id=_digest([source, said]),
        source=source,
        type="exchange.claim.reported.v1",
        subject=ledger.name,
        datacontenttype="application/json",
        data=drafted.claim,
        draft=drafted.notes,
    )


def _digest(parts: object) -> str:
    written = json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.sha256(written).hexdigest()[:_IDENTITY_CHARACTERS]
