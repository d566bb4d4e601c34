"""Which addresses are the public internet's: what a page points to must not lead into one's own network."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


Network = IPv4Network | IPv6Network
#: Every address there is, for whoever allows all.
ANY_NETWORK: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))


#: IPv4 addresses written as IPv6 ones by a translator (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether an address is one of the public internet.

    >>> [is_public(one) for one in ("203.0.114.1", "127.0.0.1", "10.1.2.3", "169.254.169.254")]
    [True, False, False, False]
    >>> [is_public(one) for one in ("2a00::1", "::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1%1")]
    [True, False, False, False, False]
    """
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address):
        within = known.ipv4_mapped or known.sixtofour
        if known in _TRANSLATED:
            within = IPv4Address(int(known) & 0xFFFF_FFFF)
        if within is not None:
            known = within
        elif known.teredo is not None:
            return False
    return known.is_global and not known.is_multicast and not known.is_reserved


def may_be_asked(address: str, allowed: Sequence[Network]) -> bool:
    """Return whether an address is a public one, or in a network that is allowed by name.

    >>> may_be_asked("127.0.0.1", (ip_network("127.0.0.1/32"),)), may_be_asked("127.0.0.2", ())
    (True, False)
    """
    known = ip_address(address.partition("%")[0])
    return is_public(address) or any(known in network for network in allowed)
