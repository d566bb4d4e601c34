"""The geometry of the bars that compare the numbers stated about one figure, drawn without scripts.

All bars of a figure share one scale, from a little below the least number to a little above the
greatest; the bar of a number without an upper bound reaches to the end of the scale.
"""

from collections.abc import Iterable
from typing import NamedTuple

from services.api.pages.names import Saying


#: The scale's length.
LENGTH = 100.0
#: Least width of a bar, that of an exact number.
DOT = 1.4
#: Margin at either end, as a share of the range in between.
ROOM = 0.08


class Bar(NamedTuple):
    """Where one number's bar begins, how long it is, and whether it has no upper end."""

    start: float
    length: float
    is_open: bool


class Scale(NamedTuple):
    """The scale that all bars of a figure share."""

    low: float
    high: float

    def bar(self, saying: Saying) -> Bar | None:
        """Return the bar of a number on the scale, null if no number was said.

        >>> Scale(100, 300).strip(Saying("200 or more", (), None, 200, None))
        Strip(start=50.0, length=50.0, is_open=True)
        """
        if saying.low is None:
            return None
        start = self._at(saying.low)
        if saying.high is None:
            return Bar(round(start, 2), round(LENGTH - start, 2), is_open=True)
        length = max(self._at(saying.high) - start, 0)
        # A dot is centred on its number.
        start = min(start, LENGTH - DOT) if length else start - DOT / 2
        return Bar(round(start, 2), round(max(length, DOT), 2), is_open=False)

    def _at(self, number: float) -> float:
        return min(max((number - self.low) / (self.high - self.low), 0), 1) * LENGTH


def scale_of(sayings: Iterable[Saying]) -> Scale | None:
    """Return the scale of a figure's numbers, null if they are all equal.

    >>> scale_of([Saying("5", (), None, 5, 5)])
    >>> scale_of([Saying("100", (), None, 100, 100), Saying("200 or more", (), None, 200, None)])
    Scale(low=92.0, high=208.0)
    """
    ends = {end for one in sayings for end in (one.low, one.high) if end}
    if len(ends) < 2:  # noqa: PLR2004  one number needs no scale
        return None
    room = (max(ends) - min(ends)) * ROOM
    return Scale(min(ends) - room, max(ends) + room)
