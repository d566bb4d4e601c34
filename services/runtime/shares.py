"""Which process serves which ledger: worked out by each process for itself, from what all of them announce."""

from array import array
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b
from itertools import compress

from services.eventlog.leases import LEFT


#: Looks in a row at which a process says nothing new and is taken for dead. There are two each second.
SILENT_LOOKS = 6
#: Looks after which what a dead process said is removed.
FORGOTTEN_LOOKS = 120


class Peers:
    """The processes of a stage, as one of them has seen them.

    What counts is how often it looked, and not how much time has passed: one that was halted itself has looked
    no more often than it has seen the others move.

    >>> peers = Peers("a")
    >>> for number in range(7):
    ...     peers.look({"a": f"{number} *", "b": "7 yem-*", "c": "left"})
    ...     print(peers.living())
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',), 'b': ('yem-*',)}
    {'a': ('*',)}
    """

    def __init__(self, me: str) -> None:
        self._me = me
        self._looks = 0
        self._said: dict[str, str] = {}
        self._changed: dict[str, int] = {}

    def look(self, said: Mapping[str, str]) -> None:
        """Take in what each process says."""
        self._looks += 1
        for name, words in said.items():
            if self._said.get(name) != words:
                self._said[name] = words
                self._changed[name] = self._looks

    def is_living(self, name: str) -> bool:
        """Return whether a process may be living: one never seen before may, for some looks."""
        since = self._changed.setdefault(name, self._looks)
        return self._said.get(name) != LEFT and self._looks - since < SILENT_LOOKS

    def living(self) -> dict[str, tuple[str, ...]]:
        """Return the processes that live, each with the patterns of its ledgers."""
        return {
            name: tuple(self._said[name].partition(" ")[2].split(","))
            for name in sorted(self._said)
            if name == self._me or self.is_living(name)
        }

    def forgotten(self) -> list[str]:
        """Return the processes that left, or have been dead for long, and forget them."""
        gone = [
            name
            for name, words in self._said.items()
            if words == LEFT or self._looks - self._changed[name] >= FORGOTTEN_LOOKS
        ]
        for name in gone:
            del self._said[name], self._changed[name]
        return gone


def is_pattern(name: str) -> bool:
    """Return whether a ledger's name stands for several.

    >>> is_pattern("yem-*"), is_pattern("yem-hou")
    (True, False)
    """
    return any(sign in name for sign in "*?[")


def matching(patterns: Sequence[str], ledgers: Collection[str]) -> list[str]:
    """Return the ledgers that a pattern stands for; names written out first, as they are.

    >>> matching(["rus-ukr", "yem-*", "syr-*"], ["rus-ukr", "yem-hou", "yem-stc"])
    ['rus-ukr', 'yem-hou', 'yem-stc']
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        names = [name for name in sorted(ledgers) if fnmatchcase(name, pattern)]
        found |= dict.fromkeys(names if is_pattern(pattern) else [pattern])
    return list(found)


class Fits:
    """How well ledgers fit processes: a hash of both, kept from one time it is asked for to the next."""

    def __init__(self) -> None:
        self._ledgers: list[str] = []
        self._known: dict[str, array[int]] = {}

    def of(self, ledgers: list[str], processes: Collection[str]) -> dict[str, "array[int]"]:
        """Return for each process how well the ledgers fit it, in their order; forget all others."""
        if ledgers != self._ledgers:
            self._move_to(ledgers)
        known = self._known
        self._known = {
            name: known[name]
            if name in known
            else array("Q", (_fit(ledger, name) for ledger in ledgers))
            for name in processes
        }
        return self._known

    def _move_to(self, ledgers: list[str]) -> None:
        places = {ledger: place for place, ledger in enumerate(self._ledgers)}
        for name, fits in self._known.items():
            moved = (
                _fit(ledger, name) if (place := places.get(ledger)) is None else fits[place]
                for ledger in ledgers
            )
            self._known[name] = array("Q", moved)
        self._ledgers = ledgers


class Sharing:
    """What `shared_out` returns, worked out anew when a ledger or a process has come or gone."""

    def __init__(self) -> None:
        self._fits = Fits()
        self._asked: tuple[list[str], dict[str, tuple[str, ...]]] | None = None
        self._shares: dict[str, dict[str, None]] = {}

    def share_of(
        self, me: str, ledgers: list[str], processes: dict[str, tuple[str, ...]]
    ) -> Collection[str]:
        """Return the ledgers of one process, which can be looked up as in a set."""
        if (ledgers, processes) != self._asked:
            shares = shared_out(ledgers, processes, fits=self._fits)
            self._shares = {name: dict.fromkeys(share) for name, share in shares.items()}
            self._asked = (ledgers, processes)
        return self._shares[me]


def shared_out(
    ledgers: Collection[str], processes: Mapping[str, Sequence[str]], *, fits: Fits | None = None
) -> dict[str, list[str]]:
    """Return which ledgers each process serves: as many as any other, and most of them the same as before.

    A ledger goes to the process that it fits best by a hash of both, unless that one has its share already.
    Who knows the same ledgers and processes finds the same.

    >>> shares = shared_out([f"l{number}" for number in range(9)], {"a": ["*"], "b": ["*"], "c": ["l1"]})
    >>> sorted(len(share) for share in shares.values())
    [1, 4, 4]
    """
    ordered = sorted(ledgers)
    known = (fits or Fits()).of(ordered, processes)
    able = _able(ordered, processes)
    served = [place for place, names in enumerate(able) if names]
    # Those that few can serve come first: who could serve others as well has room for them.
    served.sort(key=lambda place: len(able[place]))
    even = -(-len(served) // len(processes))
    shares: dict[str, list[str]] = {name: [] for name in processes}
    for place in served:
        names = able[place]
        of_names = [known[name][place] for name in names]
        best = names[of_names.index(max(of_names))]
        # The one that fits best is full seldom; else nobody has to know how much the others have.
        if len(shares[best]) >= even:
            share = max(even, 1 + min(len(shares[name]) for name in names))
            open_to = [name for name in names if len(shares[name]) < share]
            best = max(open_to, key=lambda name: known[name][place])
        shares[best].append(ordered[place])
    return shares


def _able(ledgers: Sequence[str], processes: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return for each ledger the processes that can serve it: with their patterns, of which there are few."""
    with_patterns: dict[tuple[str, ...], list[str]] = {}
    for name, patterns in processes.items():
        with_patterns.setdefault(tuple(patterns), []).append(name)
    names_of: dict[tuple[bool, ...], tuple[str, ...]] = {}
    able = []
    for ledger in ledgers:
        fitting = tuple(
            any(fnmatchcase(ledger, pattern) for pattern in patterns) for patterns in with_patterns
        )
        if fitting not in names_of:
            of = [with_patterns[patterns] for patterns in compress(with_patterns, fitting)]
            names_of[fitting] = tuple(
                name for name in processes if any(name in some for some in of)
            )
        able.append(names_of[fitting])
    return able


def _fit(ledger: str, process: str) -> int:
    digest = blake2b(f"{ledger} {process}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
