"""Who speaks first in the claims that quote others, as claims arrive in any order."""

from collections.abc import Iterator

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
        return with_first_speaker(reading, self._find, self._ledger)

    def own_words(self, reading: Reading) -> Reading:
        """Return a claim as its own speaker says it."""
        return self._own.get(reading.key, reading)

    def renewed(self, key: ClaimKey) -> Iterator[Reading]:
        """Yield the claims that quote a new one, by however many others, if somebody else speaks in them now."""
        asked: set[ClaimKey] = set()
        waiting = sorted(self._quoters.get(key, ()))
        while waiting:
            quoter = waiting.pop()
            known = self._subjects.member(quoter)
            if quoter in asked or known is None:
                continue
            asked.add(quoter)
            waiting += sorted(self._quoters.get(quoter, ()))
            spoken = with_first_speaker(self._own[quoter], self._find, self._ledger)
            if spoken != known.reading:
                yield spoken

    def _find(self, key: ClaimKey) -> Reading | None:
        known = self._subjects.member(key)
        return self._own.get(key) or (known.reading if known else None)
