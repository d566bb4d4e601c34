"""How one ledger's sides, camps, groups of people and speakers are called on its pages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Exchange, Figure
from services.api.pages.phrases import allowed, ordinal
from services.api.pages.words import CAMPS, CATEGORIES, MEASURES, ROLES


class Saying(NamedTuple):
    """What one voice says about one figure, however many reports carry it.

    Attributes:
        voice: Whose word it is.
        camp: Its camp, as people call it.
        text: What it allows, as a number.
        reports: How many reports carry it.
        wording: The words of one of them.
    """

    voice: str
    camp: str
    text: str
    reports: int
    wording: str | None


class Names:
    """The words of one ledger's configuration."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        self.title = ledger.title
        self.sides = {side.code: side.name for side in ledger.sides}
        self.counted_by = {
            side.name: " and ".join(ROLES[role].label for role in side.competent_roles)
            for side in ledger.sides
        }

    def side(self, code: str | None) -> str:
        """Name a side."""
        if code == "both":
            return "both sides"
        return self.sides.get(code or "", code or "no side named")

    def camp(self, camp: str | None) -> str:
        """Name a camp."""
        if not camp:
            return "Nobody named"
        return CAMPS[camp].label if camp in CAMPS else self.side(camp)

    def category(self, category: str) -> str:
        """Name a group of people."""
        return CATEGORIES.get(category, category)

    def about(self, row: Figure | ClaimView) -> str:
        """Say what a figure or a claim is about, without its exchange."""
        group = self.category(row.category)
        match row.measure:
            case "returned" | "breakdown":
                return f"to {self.side(row.side)}, {group}"
            case "held":
                return f"{self.side(row.side)}’s people held, {group}"
            case "exchanged_total":
                return f"both sides together, {group}"
            case "cumulative_returned":
                return f"to {self.side(row.side)} in all so far, {group}"
            case measure:
                return next((words for name, words in MEASURES.items() if name == measure), measure)

    def ordinals(self, exchange: Exchange) -> str:
        """Say which exchange it is, by whose count."""
        return "; ".join(
            f"{ordinal(given.ordinal)} by the count of {self.camp(given.counter)}"
            for given in exchange.ordinals
        )

    def sayings(self, claims: Iterable[ClaimView]) -> tuple[Saying, ...]:
        """Put claims together by voice and number, those nearest to the count first."""
        groups: dict[tuple[str, str | None, int | None, int | None], list[ClaimView]] = {}
        for claim in sorted(claims, key=lambda claim: (claim.tier or 0, claim.position)):
            voice = claim.voice or claim.claimant.name
            groups.setdefault((voice, claim.camp, claim.low, claim.high), []).append(claim)
        return tuple(
            Saying(
                voice=voice,
                camp=self.camp(camp),
                text=allowed(low, high),
                reports=len(found),
                wording=next((claim.wording for claim in found if claim.wording), None),
            )
            for (voice, camp, low, high), found in groups.items()
        )


def chosen(refs: Sequence[str], claims: Mapping[str, ClaimView]) -> list[ClaimView]:
    """Give the claims of those refs; one that is not there any more is left out."""
    return [claims[ref] for ref in refs if ref in claims]
