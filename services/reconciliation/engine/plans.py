"""Which exchanges have another status as the ledger's reports go on: plans lapse, the other side stays unsaid."""

from datetime import date

from schemas.decisions import IdentifiedExchange
from services.reconciliation.rules.silence import lapse


class WaitingPlans:
    """The exchanges of a ledger whose status silence changes, changed ones included, by the day of that."""

    def __init__(self) -> None:
        self._lapse_on: dict[str, date] = {}
        #: The day up to which silence was decided; null before the first decision.
        self._decided: date | None = None
        #: Exchanges that may stand in the log as they no longer are.
        self._unsettled: set[str] = set()

    def keep(
        self, exchange: str, header: IdentifiedExchange | None, lapses_on: date | None
    ) -> None:
        """Note on which day silence changes an exchange's status, null for never."""
        if header is None or lapses_on is None:
            self._lapse_on.pop(exchange, None)
        else:
            self._lapse_on[exchange] = lapses_on

    def as_of(
        self, exchange: str, header: IdentifiedExchange | None, latest: date | None
    ) -> IdentifiedExchange | None:
        """Return what is known of an exchange by the latest day of a report."""
        return header and lapse(header, self._lapse_on.get(exchange), latest)

    def update(self, latest: date | None) -> set[str]:
        """Return the exchanges that may have lapsed, or wait again, since what the log says of them."""
        if latest != self._decided:
            before, after = sorted((self._decided or date.min, latest or date.min))
            self._unsettled |= {
                exchange for exchange, day in self._lapse_on.items() if before < day <= after
            }
            self._decided = latest
        return set(self._unsettled)

    def settle(self, subject: str) -> None:
        """Note that the log says of an exchange what is so."""
        self._unsettled.discard(subject)
