"""Given these reports, what does the ledger say? A few words over the replay of a whole ledger."""

from datetime import datetime
from typing import Any

from schemas.ledger import LedgerConfiguration
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.builders import reported


#: Publishers: one that the ledger's file trusts to correct others, and one that it does not.
TRUSTED = "urn:test:trusted"
OTHER = "urn:test:other"
LEDGER: LedgerConfiguration = load_ledger("rus-ukr").model_copy(
    update={"trusted_publishers": (TRUSTED,)}
)

OMBUDSMAN = {"name": "Dmytro Lubinets", "party": "UA", "role": "ombudsman"}
HEADQUARTERS = {"name": "Coordination HQ", "party": "UA", "role": "coordination_hq"}
PRESIDENT = {"name": "Volodymyr Zelensky", "party": "UA", "role": "president"}
MINISTRY = {"name": "Ministry of Defence", "party": "RU", "role": "mod"}
MEDIATOR = {"name": "UAE Ministry of Foreign Affairs", "party": "mediator", "role": "mediator"}
OUTLET = {"name": "An outlet", "party": "media", "role": "outlet"}


class Ledger:
    """What the ledger says after some reports."""

    def __init__(self, lines: list[bytes], *, asserted_by: datetime | None = None) -> None:
        self.replayed = replay(lines, ledger=LEDGER, asserted_by=asserted_by)
        assert not self.replayed.rejections, self.replayed.rejections
        self.models = self.replayed.read_models

    def figure(self, figure: str) -> Figure:
        return {known.id: known for known in self.models.figures}[figure]

    def has(self, figure: str) -> bool:
        return any(known.id == figure for known in self.models.figures)

    def claim(self, claim: str) -> ClaimView:
        return {known.ref: known for known in self.models.claims}[claim]

    def exchange(self, exchange: str) -> Exchange:
        return {known.id: known for known in self.models.exchanges}[exchange]

    def check_of(self, claim: str) -> Check:
        [found] = [known for known in self.models.checks if known.claim == claim]
        return found

    def total(self, side: str, as_of: str, category: str = "all") -> CumulativePoint:
        [found] = [
            point
            for point in self.models.cumulative
            if (point.side, point.as_of.isoformat(), point.category) == (side, as_of, category)
        ]
        return found


def given(*reports: bytes) -> Ledger:
    return Ledger(list(reports))


def numbers(found: Figure | CumulativePoint) -> tuple[int, int | None, int | None, str]:
    return found.low, found.best, found.high, found.status


def said(claim_id: str, value: int, **more: Any) -> bytes:
    """A report that so many came back to Ukraine, by its ombudsman unless said otherwise."""
    return reported(claim_id, value=value, **more)


def on(day: str, **more: Any) -> dict[str, Any]:
    """Where and when a report stands that states the day of its exchange."""
    return {"exchange": {"date": day} | more, "published_at": day, "time": f"{day}T18:00:00Z"}


def undated(day: str, **more: Any) -> dict[str, Any]:
    """Where and when a report stands that was published on a day and states none."""
    return {"exchange": {"date": None} | more, "published_at": day, "time": f"{day}T18:00:00Z"}


def total(claim_id: str, value: int, as_of: str, **more: Any) -> bytes:
    """A report of a running total since the war began."""
    return counted_since("2022-02-24", claim_id, value, as_of, **more)


def counted_since(since: str | None, claim_id: str, value: int, as_of: str, **more: Any) -> bytes:
    """A report of how many came back in all since a day."""
    return reported(
        claim_id,
        measure="cumulative_returned",
        value=value,
        exchange={"date": None},
        period={"since": since, "as_of": as_of},
        published_at=as_of,
        time=f"{as_of}T20:00:00Z",
        **more,
    )
