"""The server's address with who connects, from settings that keep the two apart.

An address is often no secret and a password always is, so the password may stand in a file of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit


#: What may stand before the rest of an address.
SCHEMES = ("redis", "rediss", "unix")
#: What may stand behind its `?`, and what may there with `rediss://` alone.
OPTIONS = ("client_name", "db", "password", "username")
TLS_OPTIONS = (
    *("ssl_ca_certs", "ssl_ca_data", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname"),
    *("ssl_ciphers", "ssl_keyfile"),
)


def check_address(url: str) -> str:
    """Return an address of one server as it is.

    Raises:
        ValueError: It is none; the message holds no password.

    >>> check_address("rediss://ledger:secret@redis:6380/0")
    'rediss://ledger:secret@redis:6380/0'
    >>> check_address("http://redis")
    Traceback (most recent call last):
    ValueError: expected redis://, rediss:// or unix://, found http://
    """
    parts = urlsplit(url)
    if "://" not in url or parts.scheme not in SCHEMES:
        found = f"{parts.scheme}://" if "://" in url else "an address without one of them"
        several = (
            " (one server is served, by its own address: neither Sentinel nor Cluster is followed)"
            if parts.scheme.startswith("redis")
            else ""
        )
        raise ValueError(f"expected redis://, rediss:// or unix://, found {found}{several}")
    options = (*OPTIONS, *(TLS_OPTIONS if parts.scheme == "rediss" else ()))
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in options:
            raise ValueError(f"expected one of {', '.join(options)} behind the ?, found {name!r}")
        if name == "db" and not value.isdecimal():
            raise ValueError(f"expected a database's number as db, found {value!r}")
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("expected the path of a socket after unix://, found none")
        return url
    try:
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError("expected a port from 1 to 65535 behind the host, found another")
    database = parts.path.strip("/")
    if database and not database.isdecimal():
        raise ValueError(f"expected a database's number after the host, found {database!r}")
    return url


def with_credentials(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in whose `redis_url` are the user, the password and the certificate named beside it.

    Raises:
        ValueError: One is given twice, or without an address, or a file cannot be read.
    """
    settings = dict(given)
    url, user, password, authority = (
        settings.get(name) or None
        for name in ("redis_url", "redis_user", "redis_password_file", "redis_ca_file")
    )
    if url is None or not (user or password or authority):
        return settings
    secret = None if password is None else _secret_in(Path(password))
    settings["redis_url"] = _address(str(url), user, secret, authority)
    return settings


def _address(url: str, user: str | None, password: str | None, authority: object) -> str:
    """Return an address with a user, a password, and the file of who signed the server's certificate.

    >>> _address("rediss://redis:6379/0", "api", "a/b", "/run/secrets/authority")
    'rediss://api:a%2Fb@redis:6379/0?ssl_ca_certs=%2Frun%2Fsecrets%2Fauthority'
    >>> _address("unix:///run/s", "api", "x", None)
    'unix://api:x@/run/s'
    """
    parts = urlsplit(url)
    host, query = parts.netloc, parts.query
    if user or password:
        if "@" in host:
            raise ValueError(
                "expected the user in LEDGER_REDIS_URL or beside it, found it in both places"
            )
        host = f"{quote(user or '', safe='')}:{quote(password or '', safe='')}@{host}"
    if authority is not None:
        if parts.scheme != "rediss":
            raise ValueError(
                f"expected a rediss:// URL beside LEDGER_REDIS_CA_FILE, found {parts.scheme}://"
            )
        query = "&".join(filter(None, (query, urlencode({"ssl_ca_certs": str(authority)}))))
    written = urlunsplit((parts.scheme, host, parts.path, query, ""))
    # `urlunsplit` knows no host that is empty behind a user.
    return written if host in written else f"{parts.scheme}://{host}{parts.path}"


def _secret_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a password in {path}, found {type(error).__name__}") from None
