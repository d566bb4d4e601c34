"""What a process remembers while its readers begin anew: the places they saw, and for which reason they did.

A reader begins anew because the log is another one than it saw. If it meets the same contradiction every
time, nothing was lost since: the log does not follow from itself there, and no further beginning helps.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.eventlog.chain import Head
from services.eventlog.port import BeginAnewError, BrokenChainError, LogDamagedError
from services.runtime.told import KeptLosses


#: Beginnings in a row for one and the same reason, after which the log is taken for damaged. A server that goes
#: to and fro between two copies may give the same reason more than once.
SAME_REASON_MAX = 5


class _Broken(NamedTuple):
    # Behind which place the chain was broken at the last beginning, and at how many in a row.
    place: Head | None
    times: int


class Beginnings:
    """The beginnings of one process, for each of its ledgers."""

    def __init__(self) -> None:
        self._seen: dict[str, Sequence[Head]] = {}
        self._broken: dict[str, _Broken] = {}
        self._kept: dict[str, KeptLosses] = {}

    def note(self, ledger: str, error: BeginAnewError, seen: Sequence[Head]) -> None:
        """Note that a reader is to begin anew.

        Raises:
            LogDamagedError: It met the same broken chain too often in a row.

        >>> beginnings, broken = Beginnings(), BrokenChainError(Head(2, "ab"), last=9, found=None)
        >>> for _ in range(SAME_REASON_MAX):
        ...     beginnings.note("rus-ukr", broken, [])
        >>> beginnings.note("rus-ukr", BeginAnewError("the inbox is gone"), [])
        >>> for _ in range(SAME_REASON_MAX + 1):
        ...     beginnings.note("rus-ukr", broken, [])
        Traceback (most recent call last):
            ...
        services.eventlog.port.LogDamagedError: expected a log ... `log restore FILE` mends it)
        """
        place = error.known if isinstance(error, BrokenChainError) else None
        before = self._broken.get(ledger)
        times = before.times + 1 if before and before.place == place else 1
        self._broken[ledger] = _Broken(place, times)
        self._seen[ledger] = seen
        if place and times > SAME_REASON_MAX:
            raise LogDamagedError(
                f"expected a log that follows from itself, found the same contradiction at each of {times} "
                f"beginnings: {error} (`exchange-ledger log verify` names what is wrong, `log repair` or "
                "`log restore FILE` mends it)"
            ) from error

    def take_seen(self, ledger: str) -> Sequence[Head]:
        """Return the places seen before this beginning, once."""
        return self._seen.pop(ledger, ())

    def kept_losses(self, ledger: str) -> KeptLosses:
        """Return what this process told of losses."""
        return self._kept.setdefault(ledger, KeptLosses())
