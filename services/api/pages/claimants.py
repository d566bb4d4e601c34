"""The claimants: whose word the ledger holds, and how their exact figures compare with its ranges."""

from collections import Counter, defaultdict
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, ReadModels, TrackRecord
from services.api.pages.finding import (
    Findable,
    Finder,
    Finding,
    FindParameters,
    FormChoice,
    Sorting,
)
from services.api.pages.frame import Frame
from services.api.pages.names import DisplayNames, is_repeated, voice_of
from services.api.pages.overview import Tables
from services.queries.track_records import shown_names, track_records
from services.reconciliation.claims.canonical_text import canonical_text


#: Voices of one page.
VOICE_COUNT = 100
#: How they can be sorted.
WAYS = (
    Sorting("figures", "most exact figures first"),
    Sorting("claims", "most claims first"),
    Sorting("inside", "most in range first"),
    Sorting("name", "by name", is_descending=False),
)


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
    """What the page shows."""

    found: Finding
    offers: tuple[FormChoice, ...]


def claimants(
    tables: Tables, ledger: LedgerConfiguration, asked: FindParameters, frame: Frame
) -> Claimants:
    """Put the page together."""
    items = _findable(tables, ledger)
    finder = Finder(asked, frame)
    return Claimants(finder.finding(items, WAYS, size=VOICE_COUNT), finder.offers(items, {}, WAYS))


def _findable(tables: Tables, ledger: LedgerConfiguration) -> list[Findable]:
    """Return what each voice can be found by."""
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
    rows = {
        (voice, camp): ClaimantShown(
            voice=names.called(voice),
            camp=names.camp(camp),
            offices=_offices(claims, names),
            is_repeated=all(is_repeated(claim) for claim in claims),
            claims=len(claims),
            record=records.get((canonical_text(voice), camp)),
        )
        for (voice, camp), claims in said.items()
    }
    return [
        Findable(
            row,
            sides=[camp],
            claimants=[voice],
            text=" ".join((row.voice, row.camp, *row.offices)),
            order={
                "figures": (row.record.figures if row.record else 0, row.claims, row.voice),
                "claims": (row.claims, row.voice),
                "inside": (row.record.inside, row.voice) if row.record else None,
                "name": row.voice.casefold(),
            },
        )
        for (voice, camp), row in rows.items()
    ]


def _offices(claims: list[ClaimView], names: DisplayNames) -> tuple[str, ...]:
    roles = Counter(claim.claimant.role for claim in claims)
    return tuple(names.office(role) for role, _ in roles.most_common())
