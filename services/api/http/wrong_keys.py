"""How many wrong API keys are let through to be looked up: for each address, and from all together.

A right key is never held up by others' wrong ones: keys hold 256 random bits, so nobody guesses one, and
what is limited is the load and the noise. Counts begin anew each minute, so their number is bounded.
"""

from ipaddress import IPv6Address, ip_address
from math import ceil


#: Addresses counted apart in one minute; those beyond count towards the limit of all alone.
ADDRESSES_MAX = 10_000
#: How many times one address's limit all of them have together.
ALL_TOGETHER = 10
WINDOW_MS = 60_000.0
#: Bits of an IPv6 address that name a network; whoever has one has all addresses in it.
_NETWORK_BITS = 64


class WrongKeys:
    """The wrong keys of this minute."""

    def __init__(self, per_minute: int) -> None:
        """Begin to count.

        Args:
            per_minute: Most from one address; 0 sets no limit.
        """
        self._limit = per_minute
        self._counts: dict[str, int] = {}
        self._count = 0
        self._began_ms = 0.0

    def count(self, address: str, *, now_ms: float) -> int | None:
        """Count a wrong key; return after how many seconds to come back, null while within the limits."""
        if not self._limit:
            return None
        if now_ms - self._began_ms >= WINDOW_MS:
            self._counts.clear()
            self._count, self._began_ms = 0, now_ms
        network = network_of(address)
        if network in self._counts or len(self._counts) < ADDRESSES_MAX:
            self._counts[network] = self._counts.get(network, 0) + 1
        self._count += 1
        if (
            self._counts.get(network, 0) <= self._limit
            and self._count <= ALL_TOGETHER * self._limit
        ):
            return None
        return max(1, ceil((self._began_ms + WINDOW_MS - now_ms) / 1000))


def network_of(address: str) -> str:
    """Return what is counted as one: an address, of IPv6 its network.

    >>> network_of("2001:db8::1") == network_of("2001:db8::2")
    True
    """
    try:
        parsed = ip_address(address)
    except ValueError:  # A Unix socket has no addresses.
        return address
    if isinstance(parsed, IPv6Address):
        return f"{int(parsed) >> _NETWORK_BITS:x}"
    return address
