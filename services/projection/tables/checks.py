"""Checks: the latest outcome of each."""

from collections.abc import Iterator

from msgspec import structs

from schemas.decisions import CheckResultDetail
from schemas.views import Check
from services.projection.encoding import Columns
from services.projection.support_index import Moment
from services.projection.tables.changed_rows import ChangedRows, KeysOfClaims
from services.projection.tables.claims import ClaimFold
from services.runtime.lazy_dict import LazyDict


class CheckFold:
    """The checks of one ledger."""

    def __init__(self, ledger: str, claims: ClaimFold) -> None:
        self._ledger = ledger
        self._claims = claims
        self._tested: LazyDict[str, CheckResultDetail] = LazyDict(16)
        self._keys = KeysOfClaims()
        self._rows = ChangedRows("checks")

    def evaluate(self, check: str, new: CheckResultDetail | None, at: Moment) -> None:
        """Take in a check's outcome, null if it was taken away."""
        old = self._tested.get(check)
        if old == new:
            return
        if old:
            self._keys.remove(old.claim, check)
            del self._tested[check]
        if new:
            assert self._claims.has(new.claim), (
                f"check {check} names position {new.claim}, where no claim was recorded"
            )
            self._tested[check] = new
            self._keys.add(new.claim, check)
        self._rows.touch(check, at)

    def rename(self, claim: int, at: Moment) -> None:
        """Note that a claim has another ref."""
        for key in self._keys.of(claim):
            self._rows.touch(key, at)

    def take(self) -> dict[str, bytes | None]:
        """Return the rows that changed since the last call, as they are stored."""
        return self._rows.take(self._row)

    def discard(self) -> None:
        """Take what changed for written."""
        self._rows.discard(self._tested.__contains__)

    def all(self) -> Iterator[Check]:
        """Return all checks, in order of id."""
        return self._rows.all(self._row)

    def _row(self, key: str, at: Moment) -> Columns | None:
        tested = self._tested.get(key)
        if tested is None:
            return None
        row = structs.asdict(tested)
        row.update(ledger=self._ledger, claim=self._claims.ref(tested.claim), position=at.position)
        return row
