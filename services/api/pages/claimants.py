"""The claimants: whose word the ledger holds, and how their exact figures compare with its ranges."""

from collections import Counter, defaultdict
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, ReadModels, TrackRecord
from services.api.pages.names import DisplayNames, is_repeated, voice_of
from services.api.pages.overview import Tables
from services.queries.track_records import shown_names, track_records
from services.reconciliation.claims.canonical_text import canonical_text


#: Voices that are shown; the rest is read over the API.
VOICE_COUNT_MAX = 500


class ClaimantShown(NamedTuple):
    """One voice of one camp.

    Attributes:
        voice: Whose word it is.
        camp: Its camp, as people call it.
        offices: The offices it speaks from.
        is_repeated: Whether these are outlets' own words, taken to repeat it.
        claims: How many claims of it the ledger holds.
        record: How its exact figures compare, null if it gave none that can be compared.
    """

    voice: str
    camp: str
    offices: tuple[str, ...]
    is_repeated: bool
    claims: int
    record: TrackRecord | None


class Claimants(NamedTuple):
    """What the page shows, and how many voices are left out."""

    rows: tuple[ClaimantShown, ...]
    left_out: int


def claimants(tables: Tables, ledger: LedgerConfiguration) -> Claimants:
    """Put the page together."""
    names = DisplayNames(ledger)
    models = ReadModels(
        exchanges=tuple(tables.exchanges),
        figures=tuple(tables.figures.values()),
        cumulative=tuple(tables.cumulative),
        checks=tuple(tables.checks),
        claims=tuple(tables.claims.values()),
    )
    records = {
        (canonical_text(row.voice), row.camp): row for row in track_records(ledger.name, models)
    }
    said: defaultdict[tuple[str, str], list[ClaimView]] = defaultdict(list)
    # A speaker is one row, however reports spell the name.
    shown = shown_names(map(voice_of, tables.claims.values()))
    for claim in tables.claims.values():
        said[shown[canonical_text(voice_of(claim))], claim.camp or ""].append(claim)
    rows = [
        ClaimantShown(
            voice=names.called(voice),
            camp=names.camp(camp),
            offices=_offices(claims, names),
            is_repeated=all(is_repeated(claim) for claim in claims),
            claims=len(claims),
            record=records.get((canonical_text(voice), camp)),
        )
        for (voice, camp), claims in said.items()
    ]
    rows.sort(key=lambda row: (-(row.record.figures if row.record else 0), -row.claims, row.voice))
    return Claimants(tuple(rows[:VOICE_COUNT_MAX]), max(0, len(rows) - VOICE_COUNT_MAX))


def _offices(claims: list[ClaimView], names: DisplayNames) -> tuple[str, ...]:
    roles = Counter(claim.claimant.role for claim in claims)
    return tuple(names.office(role) for role, _ in roles.most_common())
