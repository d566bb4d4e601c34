"""Which process serves which ledger: worked out by each process for itself, from what all of them announce."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b

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


def shared_out(
    ledgers: Collection[str], processes: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return which ledgers each process serves: as many as any other, and most of them the same as before.

    A ledger goes to the process that it fits best by a hash of both, unless that one has its share already.
    Who knows the same ledgers and processes finds the same.

    >>> shares = shared_out([f"l{number}" for number in range(9)], {"a": ["*"], "b": ["*"], "c": ["l1"]})
    >>> sorted(len(share) for share in shares.values())
    [1, 4, 4]
    """
    shares: dict[str, list[str]] = {name: [] for name in processes}
    able = {
        ledger: [
            name
            for name, patterns in processes.items()
            if any(fnmatchcase(ledger, pattern) for pattern in patterns)
        ]
        for ledger in ledgers
    }
    left = Counter(ledger for ledger, names in able.items() if names)
    # Those that few can serve come first: who could serve others as well has room for them.
    for ledger in sorted(left, key=lambda ledger: (len(able[ledger]), ledger)):
        names = able[ledger]
        fewest = min(len(shares[name]) for name in names)
        share = max(fewest + 1, -(-len(left) // len(processes)))
        open_to = [name for name in names if len(shares[name]) < share]
        shares[max(open_to, key=lambda name: _fit(ledger, name))].append(ledger)
    return shares


def _fit(ledger: str, process: str) -> bytes:
    return blake2b(f"{ledger} {process}".encode(), digest_size=8).digest()
