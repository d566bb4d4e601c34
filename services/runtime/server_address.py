"""The server's address with who connects, from settings that keep the two apart.

An address is often no secret and a password always is, so the password may stand in a file of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from services.eventlog.address import read_address, split_address


def check_address(url: str) -> str:
    """Return an address of servers as it is.

    Raises:
        ValueError: It is none; the message holds no password.

    >>> check_address("rediss://ledger:secret@redis:6380/0")
    'rediss://ledger:secret@redis:6380/0'
    """
    read_address(url)
    return url


#: Settings that become options of an address, with the options' names; the others hold a path as well.
_ENCRYPTED = {
    "redis_ca_file": "ssl_ca_certs",
    "redis_cert_file": "ssl_certfile",
    "redis_key_file": "ssl_keyfile",
}
_SENTINEL = {
    "sentinel_user": "sentinel_username",
    "sentinel_password_file": "sentinel_password",
}


def with_credentials(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in whose `redis_url` are the users, passwords and certificates named beside it.

    Raises:
        ValueError: One is given twice, or beside an address it does not fit, or a file cannot be read.
    """
    settings = dict(given)
    url = settings.get("redis_url") or None
    named = ("redis_user", "redis_password_file", *_ENCRYPTED, *_SENTINEL)
    beside = {name: str(settings[name]) for name in named if settings.get(name)}
    if url is None or not beside:
        return settings
    for name in ("redis_password_file", "sentinel_password_file"):
        if name in beside:
            beside[name] = _secret_in(Path(beside[name]))
    settings["redis_url"] = _address(str(url), beside)
    return settings


def _address(url: str, beside: Mapping[str, str]) -> str:
    """Return an address with what was named beside it; of files with a password, the password.

    >>> beside = {"redis_user": "api", "redis_password_file": "a/b", "redis_ca_file": "/run/authority"}
    >>> _address("rediss://redis:6379/0", beside)
    'rediss://api:a%2Fb@redis:6379/0?ssl_ca_certs=%2Frun%2Fauthority'
    >>> _address("unix:///run/s", {"redis_user": "api", "redis_password_file": "x"})
    'unix://api:x@/run/s'
    >>> _address("redis+sentinel://one,two/ledgers", {"sentinel_password_file": "x"})
    'redis+sentinel://one,two/ledgers?sentinel_password=x'
    """
    parts = split_address(url)
    host = parts.netloc
    user, password = beside.get("redis_user"), beside.get("redis_password_file")
    if user or password:
        if "@" in host:
            raise ValueError(
                "expected the user in LEDGER_REDIS_URL or beside it, found it in both places"
            )
        host = f"{quote(user or '', safe='')}:{quote(password or '', safe='')}@{host}"
    options = _options(parts.scheme, beside, _ENCRYPTED, "rediss")
    options |= _options(parts.scheme, beside, _SENTINEL, "redis+sentinel")
    query = "&".join(filter(None, (parts.query, urlencode(options))))
    return f"{parts.scheme}://{host}{parts.path}{'?' if query else ''}{query}"


def _options(
    scheme: str, beside: Mapping[str, str], names: Mapping[str, str], wanted: str
) -> dict[str, str]:
    """Return the options among what was named beside an address, by their names in it."""
    options = {option: beside[name] for name, option in names.items() if name in beside}
    if options and wanted.removeprefix("redis+") not in scheme:
        first = next(name for name in names if name in beside).upper()
        raise ValueError(f"expected a {wanted}:// URL beside LEDGER_{first}, found {scheme}://")
    return options


def _secret_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a password in {path}, found {type(error).__name__}") from None
