"""Which claims are taken back or corrected, as claims, retractions and revisions arrive in any order.

`rules.withdrawal` says what follows from them; here is what it reads, and which claims a change bears on.
"""

from collections.abc import Callable, Collection

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.rules.withdrawal import (
    UNREVISED,
    Revised,
    as_it_revises,
    may_retract,
    retracted_for,
    revise,
    ring_through,
)


class Withdrawals:
    """Retractions and revisions, and what follows from them: `rules.withdrawal.KnownRevisions`.

    Attributes:
        trusted: The publishers that may revise and retract what others published.
        standings: How each withdrawn claim stands, whether or not it has arrived.
    """

    def __init__(
        self,
        excluded: Collection[ClaimKey],
        trusted: Collection[str],
        find: Callable[[ClaimKey], Reading | None],
    ) -> None:
        """Begin without any.

        Args:
            excluded: The claims that operators excluded, now and whenever it is asked.
            trusted: The publishers that may revise and retract what others published.
            find: Finds the claims that were taken in, as their own speakers say them.
        """
        self.trusted = trusted
        self.standings: dict[ClaimKey, Standing] = {}
        self._excluded = excluded
        self._find = find
        self._arriving: Reading | None = None
        self._retracted: dict[ClaimKey, Standing] = {}
        self._others: dict[ClaimKey, set[str]] = {}
        self._revisers: dict[ClaimKey, set[ClaimKey]] = {}
        #: Claims that revise others, as they were recorded.
        self._own: dict[ClaimKey, Reading] = {}
        self._revised: dict[ClaimKey, Revised] = {}

    def put(self, reading: Reading) -> set[ClaimKey]:
        """Take in a new claim; return the claims, itself aside, that stand otherwise now."""
        self._arriving = reading
        if reading.revises is not None:
            self._own[reading.key] = reading
            self._revisers.setdefault(reading.revises, set()).add(reading.key)
        return self.renew(reading.key) - {reading.key}

    def retract(self, publisher: str, target: ClaimKey, reason: str | None) -> set[ClaimKey]:
        """Take in a retraction; return the claims that stand otherwise now."""
        if may_retract(publisher, target, self.trusted):
            self._retracted[target] = retracted_for(reason, self._retracted.get(target))
        else:
            self._others.setdefault(target, set()).add(publisher)
        return self.renew(target)

    def renew(self, key: ClaimKey) -> set[ClaimKey]:
        """Find anew what a change of a claim bears on; return the claims that stand otherwise now."""
        changed: set[ClaimKey] = set()
        if not self._is_connected(key):
            return changed
        rings: dict[ClaimKey, list[ClaimKey]] = {}
        for affected in self._affected_by(key):
            if affected not in rings:
                ring = self._ring_through(affected)
                rings |= dict.fromkeys([affected, *ring], ring)
            revised = revise(affected, rings[affected], self)
            if revised == self._revised.get(affected, UNREVISED):
                continue
            changed.add(affected)
            self._note(affected, revised)
        return changed

    def as_it_revises(self, reading: Reading) -> Reading:
        """Return a claim as its revision counts, with what is to be said of it."""
        own = self._own.get(reading.key)
        revised = self._revised.get(reading.key, UNREVISED)
        if own is None and revised.note == reading.revision_note:
            return reading
        return as_it_revises(reading, own, revised)

    # What `rules.withdrawal` reads.

    def claim(self, key: ClaimKey) -> Reading | None:
        """Return a claim as its own speaker says it, null if it is not known."""
        if self._arriving is not None and key == self._arriving.key:
            return self._arriving
        return self._own.get(key) or self._find(key)

    def counts(self, key: ClaimKey) -> bool:
        """Return whether what a claim says of another counts: nobody retracted or excluded it."""
        return key not in self._retracted and key not in self._excluded

    def revisers(self, key: ClaimKey) -> Collection[ClaimKey]:
        """Return the claims that say they revise a claim."""
        return self._revisers.get(key, ())

    def retracted(self, key: ClaimKey) -> Standing | None:
        """Return how a claim stands by retractions that take effect, null if there is none."""
        return self._retracted.get(key)

    def others_that_retract(self, key: ClaimKey) -> Collection[str]:
        """Return the publishers that retract a claim without effect."""
        return self._others.get(key, ())

    def _is_connected(self, key: ClaimKey) -> bool:
        """Return whether a claim speaks of another or is spoken of: nearly none does or is."""
        return (
            key in self._own
            or key in self._revisers
            or key in self._retracted
            or key in self._others
            or key in self._revised
        )

    def _affected_by(self, key: ClaimKey) -> list[ClaimKey]:
        """Return the claims that a change of a claim may bear on, itself first."""
        own, revisers = self._own.get(key), self._revisers.get(key, ())
        affected = dict.fromkeys((key, *sorted(revisers)))
        if own is not None and own.revises is not None:
            affected[own.revises] = None
        # Whether or not it counts any more: what was a circle may be none now.
        return list(affected | dict.fromkeys(self._ring_through(key, counts=True)))

    def _ring_through(self, key: ClaimKey, *, counts: bool = False) -> list[ClaimKey]:
        if key not in self._own or key not in self._revisers:
            return []
        return ring_through(key, self, counts=counts)

    def _note(self, key: ClaimKey, revised: Revised) -> None:
        if revised == UNREVISED:
            self._revised.pop(key, None)
        else:
            self._revised[key] = revised
        if revised.withdrawn is None:
            self.standings.pop(key, None)
        else:
            self.standings[key] = revised.withdrawn
