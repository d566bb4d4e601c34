"""The API keys that are valid now.

Keys made by `exchange-ledger keys` are read from the server and cached for a second; those of the
settings are valid as long as the process runs. Digests are compared in constant time, and no key is
ever written anywhere.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import NamedTuple

from schemas.credentials import Role, StoredKey
from services.eventlog.connection import Client
from services.eventlog.credentials import KeyStore, digest_of, id_in
from services.runtime import clock
from services.runtime.settings import Settings


#: How long the stored keys are cached, in seconds.
KNOWN_SECONDS = 1.0
#: Compared with a key whose id is unknown, so that the comparison takes as long.
_NOBODY = "0" * 64
#: How the ids of the settings' keys begin. Those of stored keys are hexadecimal.
_SET = "set-"


class Caller(NamedTuple):
    """Whose key a request carries: its id, what it allows, and its own limit if it has one."""

    key_id: str
    role: Role
    requests_per_minute: int | None = None


class KeyRing:
    """The keys that are valid now."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._store = KeyStore(client)
        self._settings = settings
        self._stored: Mapping[str, StoredKey] = {}
        self._read_at_ms: float | None = None

    async def caller_of(self, key: str) -> Caller | None:
        """Return whose a key is, null if it is nobody's.

        Raises:
            LogUnavailableError: The server that knows could not be reached.
        """
        digest = digest_of(key)
        # All of them are compared, so that the time taken reveals nothing.
        known = [compare_digest(digest, one) for one in self._settings.publish_keys]
        if any(known):
            return Caller(f"{_SET}{known.index(True)}", "publisher")
        stored = (await self._all()).get(id_in(key) or "")
        if compare_digest(digest, stored.digest if stored else _NOBODY) and stored:
            return Caller(stored.id, stored.role, stored.requests_per_minute)
        return None

    async def stored(self, key_id: str) -> StoredKey | None:
        """Return a key that was made by `exchange-ledger keys` and is valid, null for none."""
        return (await self._all()).get(key_id)

    async def is_good(self, caller: Caller) -> bool:
        """Return whether a key that was valid still is."""
        return caller.key_id.startswith(_SET) or caller.key_id in await self._all()

    async def has_publisher(self) -> bool:
        """Return whether anybody can publish."""
        if self._settings.publish_keys:
            return True
        return any(stored.role == "publisher" for stored in (await self._all()).values())

    async def _all(self) -> Mapping[str, StoredKey]:
        now_ms = clock.stopwatch_ms()
        if self._read_at_ms is None or now_ms - self._read_at_ms > KNOWN_SECONDS * 1000:
            self._stored = await self._store.all()
            self._read_at_ms = now_ms
        return self._stored
