"""Exchanges: what is known of each, how many claims mean it, and which figures it has."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import structs

from schemas.decisions import IdentifiedExchange
from schemas.views import Exchange
from services.projection.encoding import Columns
from services.projection.support_index import Moment
from services.projection.tables.changed_rows import ChangedRows


class _KnownExchange:
    """What was said of an exchange last, and what belongs to it."""

    __slots__ = ("claim_count", "figures", "identified")

    def __init__(self) -> None:
        self.identified: IdentifiedExchange | None = None
        self.claim_count = 0
        # Like most of what there is very often, a tuple: a set takes three times the memory.
        self.figures: tuple[str, ...] = ()


class ExchangeFold:
    """The exchanges of one ledger."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._known: defaultdict[str, _KnownExchange] = defaultdict(_KnownExchange)
        self._rows = ChangedRows("exchanges")

    def identify(self, exchange: str, identified: IdentifiedExchange | None, at: Moment) -> None:
        """Take in what is known of an exchange, null if it is no more."""
        known = self._known[exchange]
        if known.identified != identified:
            known.identified = identified
            self._rows.touch(exchange, at)

    def count_claims(self, gained: Mapping[str, int], at: Moment) -> None:
        """Add to how many claims mean each exchange."""
        for exchange, count in gained.items():
            if count:
                self._known[exchange].claim_count += count
                self._rows.touch(exchange, at)

    def move_figure(self, figure: str, left: str | None, entered: str | None, at: Moment) -> None:
        """Move a figure from one exchange to another, null for none."""
        if left == entered:
            return
        if left:
            known = self._known[left]
            known.figures = tuple([other for other in known.figures if other != figure])
            self._rows.touch(left, at)
        if entered:
            self._known[entered].figures += (figure,)
            self._rows.touch(entered, at)

    def take(self) -> dict[str, bytes | None]:
        """Return the rows that changed since the last call, as they are stored."""
        return self._rows.take(self._row)

    def discard(self) -> None:
        """Take what changed for written."""
        self._rows.discard(lambda key: self._known[key].identified is not None)

    def all(self) -> Iterator[Exchange]:
        """Return all exchanges, in order of id."""
        return self._rows.all(self._row)

    def _row(self, key: str, at: Moment) -> Columns | None:
        known = self._known[key]
        if known.identified is None:
            return None
        row = {"ledger": self._ledger, "id": key} | structs.asdict(known.identified)
        del row["exchange"]
        row.update(
            claim_count=known.claim_count,
            figures=tuple(sorted(known.figures)),
            position=at.position,
        )
        return row
