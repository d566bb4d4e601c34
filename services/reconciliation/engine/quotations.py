"""Who speaks first in the claims that quote others, as claims arrive in any order."""

from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.engine.subjects import Subjects
from services.reconciliation.rules.quotes import quoted_claim, with_first_speaker


class Quotations:
    """The claims that quote others, as their own speakers say them, and who quotes whom."""

    def __init__(self, subjects: Subjects, ledger: LedgerConfiguration) -> None:
        self._subjects = subjects
        self._ledger = ledger
        self._own: dict[ClaimKey, Reading] = {}
        self._quoters: dict[ClaimKey, set[ClaimKey]] = {}

    def put(self, reading: Reading) -> Reading:
        """Take in a claim; return it as said by whoever speaks first in it."""
        quoted = quoted_claim(reading)
        if quoted is None:
            return reading
        self._own[reading.key] = reading
        self._quoters.setdefault(quoted, set()).add(reading.key)
        return with_first_speaker(reading, self.own_claim, self._ledger)

    def own_words(self, reading: Reading) -> Reading:
        """Return a claim as its own speaker says it."""
        return self._own.get(reading.key, reading)

    def renewed(self, key: ClaimKey) -> list[Reading]:
        """Return the claims that quote a new one, by however many others, if another speaks first now."""
        quoters = self._quoters.get(key)
        if quoters is None:
            return []
        found: dict[ClaimKey, Reading | None] = {}
        waiting = sorted(quoters)
        while waiting:
            quoter = waiting.pop()
            known = self._subjects.member(quoter)
            if quoter in found or known is None:
                continue
            waiting += sorted(self._quoters.get(quoter, ()))
            spoken = with_first_speaker(self._own[quoter], self.own_claim, self._ledger)
            found[quoter] = spoken if spoken != known.reading else None
        return [spoken for spoken in found.values() if spoken is not None]

    def own_claim(self, key: ClaimKey) -> Reading | None:
        """Return a claim as its own speaker says it, null if it is not known."""
        known = self._subjects.member(key)
        return self._own.get(key) or (known.reading if known else None)
