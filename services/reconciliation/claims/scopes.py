"""Whom a speaker counts who does not say it, reconciliation.md §3: what the ledger's configuration says."""

from datetime import date

from schemas.ledger import LedgerConfiguration
from services.log_events.facts import FactClaim, FactExchange, FactPeriod
from services.reconciliation.claims.instants import published_on, zone_of
from services.reconciliation.claims.stated_days import StatedSpan, read_stated_date


def scope_of(claim: FactClaim, measure: str, ledger: LedgerConfiguration) -> str:
    """Return the category that a speaker counts: by the scopes of the ledger, else of the office, else everybody."""
    claimant = claim.claimant
    for scope in ledger.scopes:
        if (
            scope.party in ("*", claimant.party, ledger.camp_of(claimant.party))
            and scope.role in ("*", claimant.role)
            and scope.measure in ("*", measure)
            and (scope.since is None or _spoken_on(claim, ledger) >= scope.since)
        ):
            return scope.counts
    counts = (office.counts for office in ledger.offices if office.code == claimant.role)
    return next(counts, None) or "all"


def _spoken_on(claim: FactClaim, ledger: LedgerConfiguration) -> date:
    exchange = claim.exchange or FactExchange()
    period = claim.period or FactPeriod()
    stated = read_stated_date(exchange.date)
    day = stated.last if isinstance(stated, StatedSpan) else stated
    return day or period.as_of or published_on(claim, zone_of(ledger.time_zone)) or date.max
