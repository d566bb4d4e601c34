"""Running totals: each as it was published and reconciled last."""

from collections.abc import Iterator

from msgspec import structs

from schemas.decisions import PublishedTotal, ReconciledTotal
from services.projection.encoding import Columns
from services.projection.rows import TotalRow, total_key
from services.projection.support_index import Moment
from services.projection.tables.changed_rows import ChangedRows, KeysOfClaims
from services.projection.tables.claims import ClaimFold


class TotalFold:
    """The running totals of one ledger."""

    def __init__(self, ledger: str, claims: ClaimFold) -> None:
        self._ledger = ledger
        self._claims = claims
        self._totals: dict[str, PublishedTotal] = {}
        self._keys = KeysOfClaims()
        self._rows = ChangedRows("totals")

    def reconcile(self, data: ReconciledTotal, at: Moment) -> None:
        """Take in a running total's new value, null if it was taken away."""
        key = total_key(side=data.side, category=data.category, as_of=data.as_of)
        old = self._totals.pop(key, None)
        if data.total:
            self._totals[key] = data.total
        if old == data.total:
            return
        for claim in old.claims if old else ():
            self._keys.remove(claim, key)
        for claim in data.total.claims if data.total else ():
            assert self._claims.has(claim), (
                f"total {key} names position {claim}, where no claim was recorded"
            )
            self._keys.add(claim, key)
        self._rows.touch(key, at)

    def rename(self, claim: int, at: Moment) -> None:
        """Note that a claim has another ref."""
        for key in self._keys.of(claim):
            self._rows.touch(key, at)

    def take(self) -> dict[str, bytes | None]:
        """Return the rows that changed since the last call, as they are stored."""
        return self._rows.take(self._row)

    def discard(self) -> None:
        """Take what changed for written."""
        self._rows.discard(self._totals.__contains__)

    def all(self) -> Iterator[TotalRow]:
        """Return all totals, in order of key."""
        return self._rows.all(self._row)

    def _row(self, key: str, at: Moment) -> Columns | None:
        published = self._totals.get(key)
        if published is None:
            return None
        row = structs.asdict(published)
        row.update(
            ledger=self._ledger,
            claims=sorted(self._claims.ref(claim) for claim in published.claims),
            position=at.position,
        )
        return row
