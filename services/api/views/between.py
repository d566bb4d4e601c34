"""What changed between two places of one ledger's log, computed like the views of another time."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.answers import PlaceReached
from schemas.comparison import ExplainedDifference
from schemas.ledger import LedgerConfiguration
from services.api.http.problems import wrong_parameter
from services.api.views.computations import Computations
from services.api.views.replayer import Replayer
from services.queries.between import Place, PlaceOrderError


#: The tables in the order of their differences.
ORDER = ("exchanges", "figures", "cumulative", "checks", "operations")


class Differences(NamedTuple):
    """What changed between two places.

    Attributes:
        start: The first place.
        end: The second.
        recorded_count: Claims, retractions and judgements recorded between the two.
        lines: The rows that differ as JSON, in order of table and id.
        keys: The place of each in that order.
    """

    start: PlaceReached
    end: PlaceReached
    recorded_count: int
    lines: Sequence[bytes]
    keys: Sequence[tuple[int, str]]

    def after(self, key: tuple[int, str] | None) -> int:
        """Return the index of the first row behind a key, which need not be there; 0 for none."""
        return 0 if key is None else bisect_right(self.keys, key)


class PlacesCompared:
    """What changed between places of one ledger's log."""

    def __init__(
        self, replayer: Replayer, ledger: LedgerConfiguration, computations: Computations
    ) -> None:
        self._replayer = replayer
        self._ledger = ledger
        self._computations = computations

    async def read(self, position: int, start: Place, end: Place) -> Differences:
        """Return what changed between two places, by the log up to a position.

        Raises:
            ProblemError: The places cannot be compared, or too many others are being worked out.
        """

        async def work_out() -> Differences:
            return _read(await self._replayer.ask_between(self._ledger, position, start, end))

        try:
            return await self._computations.get(position, (start, end), work_out)
        except PlaceOrderError as error:
            name = "to" if error.is_end else "from"
            raise wrong_parameter(name, expected=error.expected, found=error.found) from error


def _read(parts: Mapping[str, bytes]) -> Differences:
    start, end = map(PlaceReached.model_validate_json, parts["places"].splitlines())
    lines = parts["differences"].splitlines()
    rows = map(ExplainedDifference.model_validate_json, lines)
    keys = [(ORDER.index(row.view), row.id) for row in rows]
    return Differences(start, end, int(parts["recorded"]), lines, keys)
