"""Operations: exchanges that took several days, and of which numbers are said as a whole."""

from datetime import date

from schemas.decisions import ListedCount
from schemas.headline import Claims
from schemas.record import Record
from schemas.vocabulary import ExchangeStatus


class Operation(Record, use_attribute_docstrings=True):
    """An exchange that took several days; each of its days is an exchange, and adds to totals.

    Its figures are what is said of all its days together. The operation itself adds what is counted of these
    and of none of its days, where a day has no number of its own.
    """

    ledger: str
    """The ledger's name: which pair of sides."""
    id: str
    """Its first and its last day, with two dots between them."""
    first_day: date
    """The day it began."""
    last_day: date
    """The day it ended."""
    status: ExchangeStatus
    """Whether it happened: as its days did, else as what is counted of it as a whole."""
    phases: tuple[str, ...]
    """Ids of the exchanges on its days; empty if nobody speaks of one of them."""
    claim_count: Claims
    """How many claims are at its figures."""
    figures: tuple[str, ...]
    """Ids of its figures."""
    listed: tuple[ListedCount, ...] = ()
    """What it adds to the sums of sides beside its days; empty for nothing."""
    position: int
    """The log position that last changed one of its figures."""
