"""The places of a log that a process has seen: by them it finds out where another log departs from it.

All of the latest places are kept, and of earlier ones ever fewer, so that a log of any length costs
some hundred kilobytes, and the point of departure is known exactly where it is near the end.
"""

from collections import deque
from collections.abc import Sequence

from services.eventlog.chain import START, Head


#: How many of the latest places are all kept.
LATEST_COUNT = 4_096
#: Most earlier places that are kept; beyond that every second one goes.
EARLIER_COUNT = 1_024
#: How many places a process writes down for its next start.
WRITTEN_COUNT = 48


class SeenHeads:
    """Places of one log, in ascending order."""

    def __init__(self, heads: Sequence[Head] = ()) -> None:
        self._latest: deque[Head] = deque(maxlen=LATEST_COUNT)
        self._earlier: list[Head] = []
        for head in heads:
            self.see(head)

    @property
    def last(self) -> Head:
        """The furthest place seen, before the first event if none was."""
        return self._latest[-1] if self._latest else START

    def see(self, head: Head) -> None:
        """Note a place; one that is not behind the furthest is known already."""
        if head.position <= self.last.position or not head.chain:
            return
        if len(self._latest) == LATEST_COUNT and self._latest[0].position % 256 == 0:
            self._earlier.append(self._latest[0])
            if len(self._earlier) > EARLIER_COUNT:
                del self._earlier[1::2]
        self._latest.append(head)

    def all(self) -> list[Head]:
        """Return all places kept, in ascending order."""
        return [*self._earlier, *self._latest]

    def few(self) -> list[Head]:
        """Return places ever further apart, the last one and those nearest to it among them."""
        heads = self.all()
        steps = [1 << exponent for exponent in range(WRITTEN_COUNT)]
        back = {len(heads) - step for step in steps if step <= len(heads)}
        return [heads[index] for index in sorted(back | ({0} if heads else set()))]
