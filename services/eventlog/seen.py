"""The places of a log that a process has seen: by them it finds out where another log departs from it.

All of the latest places are kept, and of earlier ones ever fewer, so that a log of any length costs
some hundred kilobytes, and the point of departure is known exactly where it is near the end.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from services.eventlog.chain import START, Head, link


#: How many of the latest places are all kept, at least.
LATEST_COUNT = 4_096
#: How many places are thinned out at once; one of them stays.
THINNED_COUNT = 256
#: Most earlier places that are kept; beyond that every second one goes.
EARLIER_COUNT = 1_024
#: How many of the latest places a process writes down for its next start. Of those before, each is
#: an eighth further back, which makes about a hundred places in all, some six kilobytes.
WRITTEN_COUNT = 64


class _Run(NamedTuple):
    """Places behind each other whose chain values are not worked out yet, from digests that follow `before`."""

    before: Head
    digests: Sequence[bytes]
    last: Head


class SeenHeads:
    """Places of one log.

    Attributes:
        last: The furthest place seen, before the first event if none was.
    """

    def __init__(self, heads: Sequence[Head] = ()) -> None:
        self.last = START
        self._latest: dict[int, str] = {}
        self._earlier: list[Head] = []
        self._doubtful: set[int] = set()
        # Whoever only appends, asks for hardly any of its places: they are worked out when somebody does.
        self._runs: deque[_Run] = deque()
        self._run_count = 0
        for head in heads:
            self.see(head)

    def at(self, position: int) -> str | None:
        """Return the chain value seen at one of the latest places, null if none was."""
        self._link_runs()
        return self._latest.get(position)

    def see(self, head: Head) -> None:
        """Note a place; what lies before all those that are kept whole is known well enough."""
        self._link_runs()
        if self._keep(head) and head.position > self.last.position:
            self.last = head

    def see_run(self, before: Head, digests: Sequence[bytes], last: Head) -> None:
        """Note places behind each other, of which none lies before the last one seen.

        Args:
            before: The place that the first one follows.
            digests: Of their events, at least one.
            last: The place of the last one.
        """
        self._runs.append(_Run(before, digests, last))
        self._run_count += len(digests)
        self.last = last
        while self._run_count - len(self._runs[0].digests) >= LATEST_COUNT:
            self._pass_over_run()

    def doubt(self, *, after: int, before: int) -> None:
        """Leave places in between out of what is told: they may be of another log than the last one."""
        self._link_runs()
        among = range(after + 1, before)
        few, many = sorted((among, self._latest), key=len)
        self._doubtful.update(at for at in few if at in many)

    def is_doubtful(self, position: int) -> bool:
        """Return whether a place may be of another log than the last one."""
        return position in self._doubtful

    def trust(self, position: int) -> None:
        """Take a place, and those right before it, for places of the last one's log after all: they lead to one."""
        while position in self._doubtful:
            self._doubtful.discard(position)
            position -= 1

    def all(self) -> list[Head]:
        """Return all places kept of the log of the last one, in ascending order."""
        self._link_runs()
        latest = sorted(self._latest.keys() - self._doubtful)
        return [*self._earlier, *(Head(at, self._latest[at]) for at in latest)]

    def few(self) -> list[Head]:
        """Return the places to be written down: the latest, and of earlier ones ever fewer."""
        heads = self.all()
        return [heads[-back] for back in reversed(_BACK) if back <= len(heads)]

    def _link_runs(self) -> None:
        """Work out the places of runs."""
        while self._runs:
            head, digests, last = self._runs.popleft()
            self._run_count -= len(digests)
            self._keep(head)
            for digest in digests:
                head = Head(head.position + 1, link(head.chain, digest))
                self._keep(head)
            assert head == last, f"expected digests that lead to {last}, found {head}"

    def _keep(self, head: Head) -> bool:
        position, chain = head
        if not chain or (self._earlier and position <= self._earlier[-1].position) or not position:
            return False
        self._latest[position] = chain
        if len(self._latest) == LATEST_COUNT + THINNED_COUNT:
            self._thin_out()
        return True

    def _pass_over_run(self) -> None:
        """Leave out the places of the oldest run but its last one, since more than enough were seen behind it."""
        while self._latest:
            self._thin_out()
        run = self._runs.popleft()
        self._run_count -= len(run.digests)
        self._add_earlier(run.last)

    def _thin_out(self) -> None:
        oldest = sorted(self._latest)[:THINNED_COUNT]
        self._add_earlier(Head(oldest[-1], self._latest[oldest[-1]]))
        for position in oldest:
            del self._latest[position]
        self._doubtful.intersection_update(self._latest)

    def _add_earlier(self, head: Head) -> None:
        self._earlier.append(head)
        if len(self._earlier) > EARLIER_COUNT:
            del self._earlier[1::2]


def _steps_back() -> tuple[int, ...]:
    """Return how far back from the last place those lie that are written down."""
    steps = list(range(1, WRITTEN_COUNT + 1))
    while steps[-1] < LATEST_COUNT + THINNED_COUNT + EARLIER_COUNT:
        steps.append(steps[-1] * 9 // 8)
    return tuple(steps)


_BACK = _steps_back()
