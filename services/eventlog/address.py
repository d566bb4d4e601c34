"""The address of the servers that hold the ledgers: one server, those that Sentinels watch, or a cluster.

    redis://user:password@host:6379/0            one server; rediss:// behind TLS, unix:///path a socket
    redis+sentinel://host:26379,host:26379/name  the primary of service `name`, as these Sentinels know it
    redis+cluster://host:6379,host:6379          the cluster that these nodes belong to

`rediss+sentinel://` and `rediss+cluster://` speak TLS with every server, Sentinels included.
"""

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit


class Kind(StrEnum):
    """What an address leads to."""

    SERVER = "server"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


#: What may stand before the rest of an address.
SCHEMES = {
    "redis": Kind.SERVER,
    "rediss": Kind.SERVER,
    "unix": Kind.SERVER,
    "redis+sentinel": Kind.SENTINEL,
    "rediss+sentinel": Kind.SENTINEL,
    "redis+cluster": Kind.CLUSTER,
    "rediss+cluster": Kind.CLUSTER,
}
FORMS = "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
#: What may stand behind its `?`, and what may there with TLS alone.
OPTIONS = ("client_name", "db", "password", "username")
TLS_OPTIONS = (
    *("ssl_ca_certs", "ssl_ca_data", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname"),
    *("ssl_ciphers", "ssl_keyfile"),
)
SENTINEL_OPTIONS = ("sentinel_password", "sentinel_username")
#: The port of a host that names none.
PORTS = {Kind.SERVER: 6379, Kind.SENTINEL: 26379, Kind.CLUSTER: 6379}


class Address(NamedTuple):
    """Where the ledgers are, and as whom to connect.

    Attributes:
        kind: What it leads to.
        url: Of one server, as redis-py reads it; of others, that of the first host named, with who
            connects and how.
        hosts: Sentinels or nodes of a cluster, in the order to be asked.
        service: Name of the service that Sentinels watch.
        sentinel_user: User to ask Sentinels as.
        sentinel_password: That user's password.
    """

    kind: Kind
    url: str
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    sentinel_user: str | None = None
    sentinel_password: str | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether servers are spoken with behind TLS."""
        return self.url.startswith("rediss:")


def read_address(url: str) -> Address:
    """Read an address.

    Raises:
        ValueError: It is none; the message holds no password.

    >>> read_address("redis+sentinel://api:secret@one,two:26380/ledgers").hosts
    (('one', 26379), ('two', 26380))
    >>> read_address("redis+cluster://one:7000,two:7001?client_name=api").url
    'redis://one:7000?client_name=api'
    >>> read_address("redis+cluster://[::1]:7000,two").url
    'redis://[::1]:7000'
    >>> read_address("http://redis")
    Traceback (most recent call last):
    ValueError: expected redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://, found http://
    """
    parts = split_address(url)
    if "://" not in url or parts.scheme not in SCHEMES:
        found = f"{parts.scheme}://" if "://" in url else "an address without one of them"
        raise ValueError(f"expected {FORMS}, found {found}")
    kind, options = SCHEMES[parts.scheme], _options_in(parts.scheme, parts.query)
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("expected the path of a socket after unix://, found none")
        return Address(kind, url)
    user, at, named = parts.netloc.rpartition("@")
    hosts = tuple(_host_in(host, PORTS[kind]) for host in named.split(","))
    place = parts.path.strip("/")
    if kind is Kind.SERVER:
        if len(hosts) > 1:
            raise ValueError(
                f"expected one host after {parts.scheme}://, found {len(hosts)} (of Sentinels: "
                "redis+sentinel://HOST,HOST/SERVICE; of a cluster: redis+cluster://HOST,HOST)"
            )
        if place and not place.isdecimal():
            raise ValueError(f"expected a database's number after the host, found {place!r}")
        return Address(kind, url, hosts)
    if kind is Kind.SENTINEL and not place:
        raise ValueError("expected the name of a service after the Sentinels, /NAME, found none")
    if kind is Kind.CLUSTER and (place or options.get("db", "0") != "0"):
        raise ValueError("expected no database in the address of a cluster, which has one alone")
    host, port = hosts[0]
    of_data = {name: value for name, value in options.items() if name not in SENTINEL_OPTIONS}
    query = f"?{urlencode(of_data)}" if of_data else ""
    return Address(
        kind,
        f"{parts.scheme.partition('+')[0]}://{user}{at}{_in_brackets(host)}:{port}{query}",
        hosts,
        unquote(place),
        options.get("sentinel_username"),
        options.get("sentinel_password"),
    )


def split_address(url: str) -> SplitResult:
    """Return the parts of an address that may name several hosts, as its `netloc`.

    >>> split_address("redis+sentinel://api@one,[::1]:26380/ledgers?db=1").netloc
    'api@one,[::1]:26380'
    """
    scheme, behind, rest = url.partition("://")
    hosts = re.split("[/?#]", rest, maxsplit=1)[0]
    # `urlsplit` takes one host: some versions of it refuse a bracket behind a comma.
    parts = urlsplit(f"{scheme}{behind}{rest.removeprefix(hosts)}")
    return parts._replace(netloc=hosts)


def _options_in(scheme: str, query: str) -> dict[str, str]:
    """Return what stands behind the `?` of an address of that scheme."""
    known: tuple[str, ...] = OPTIONS
    if scheme.startswith("rediss"):
        known += TLS_OPTIONS
    if SCHEMES[scheme] is Kind.SENTINEL:
        known += SENTINEL_OPTIONS
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in options.items():
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)} behind the ?, found {name!r}")
        if name == "db" and not value.isdecimal():
            raise ValueError(f"expected a database's number as db, found {value!r}")
    return options


def _in_brackets(host: str) -> str:
    """Return a host as it stands before its port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _host_in(named: str, port: int) -> tuple[str, int]:
    """Return a host and its port, of `host`, `host:port` or `[address]:port`."""
    try:
        parts = urlsplit(f"//{named}")
    except ValueError:
        raise ValueError("expected host, host:port or [address]:port, found another") from None
    try:
        if parts.port is not None:
            port = parts.port
        is_port = port > 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("expected a port from 1 to 65535 behind the host, found another")
    return parts.hostname or "localhost", port
