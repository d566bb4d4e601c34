"""Which claims their publishers took back or corrected, as retractions and revisions arrive."""

from collections.abc import Collection

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.rules.withdrawal import retracted_for, why_withdrawn


class Withdrawals:
    """Retractions and revisions, and what follows from them; `rules.withdrawal` says what.

    Attributes:
        standings: How each withdrawn claim stands, whether or not it has arrived.
    """

    def __init__(self, excluded: Collection[ClaimKey]) -> None:
        """Begin without any.

        Args:
            excluded: The claims that operators excluded, now and whenever it is asked.
        """
        self.standings: dict[ClaimKey, Standing] = {}
        self._excluded = excluded
        self._retracted: dict[ClaimKey, Standing] = {}
        self._revisers: dict[ClaimKey, set[ClaimKey]] = {}

    def revise(self, reading: Reading) -> ClaimKey | None:
        """Take in a claim that may revise another; return the claim that stands otherwise now."""
        if reading.revises is None or reading.revises == reading.key:
            return None
        self._revisers.setdefault(reading.revises, set()).add(reading.key)
        return self.renew(reading.revises)

    def retract(self, target: ClaimKey, reason: str | None) -> bool:
        """Take in a retraction; return whether it says anything new."""
        known = self._retracted.get(target)
        why = retracted_for(reason, known)
        self._retracted[target] = why
        return why != known

    def renew(self, key: ClaimKey) -> ClaimKey | None:
        """Find anew how a claim stands; return it if that is otherwise than before, else null."""
        revisers = (
            reviser
            for reviser in self._revisers.get(key, ())
            if reviser not in self._retracted and reviser not in self._excluded
        )
        why = why_withdrawn(self._retracted.get(key), revisers)
        if why == self.standings.get(key):
            return None
        if why is None:
            del self.standings[key]
        else:
            self.standings[key] = why
        return key
