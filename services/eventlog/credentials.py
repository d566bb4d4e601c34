"""The store of API keys: one hash on the server, for all of its ledgers.

Only the SHA-256 of a key is stored. A key holds 256 random bits, so that a slow hash would protect
nothing more. Keys belong to no ledger and are not in the log: access is no fact about
exchanges, and a revoked key must be deleted.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import NamedTuple

from redis.exceptions import RedisError

from schemas.credentials import ApiKey, Role, StoredKey
from services.eventlog.connection import Client
from services.eventlog.port import LogUnavailableError


#: The hash that holds all keys: id to `StoredKey` as JSON. Outside every ledger's hash tag.
KEYS = "exl:keys"
#: How every key begins, so that one in a wrong place is recognised.
PREFIX = "exl"
#: Random bytes of a key's public and of its secret part.
ID_BYTES, SECRET_BYTES = 6, 32


class MadeKey(NamedTuple):
    """A new key: what is stored of it, and the key itself, which nobody can give again."""

    stored: StoredKey
    key: str


def make_key(
    name: str, role: Role, *, now: datetime, requests_per_minute: int | None = None
) -> MadeKey:
    """Make a key that nobody else has."""
    key_id = token_hex(ID_BYTES)
    key = f"{PREFIX}_{key_id}_{token_urlsafe(SECRET_BYTES)}"
    stored = StoredKey(
        id=key_id,
        name=name,
        role=role,
        created_at=now,
        requests_per_minute=requests_per_minute,
        digest=digest_of(key),
    )
    return MadeKey(stored, key)


def digest_of(key: str) -> str:
    """Return the digest that is stored in place of a key.

    >>> digest_of("a key")[:16]
    '8fa3aab2faa9b79e'
    """
    return sha256(key.encode(errors="surrogateescape")).hexdigest()


def id_in(key: str) -> str | None:
    """Return the public part of a key, null if it is none of ours.

    >>> id_in("exl_0f3c_secret")
    '0f3c'
    """
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    return key_id if prefix == PREFIX and secret else None


class KeyStore:
    """The API keys of one server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def add(self, stored: StoredKey) -> None:
        """Store a new key."""
        try:
            await self._client.hset(KEYS, stored.id, stored.model_dump_json())
        except RedisError as error:
            raise LogUnavailableError(f"write of {KEYS}: {error}") from error

    async def all(self) -> Mapping[str, StoredKey]:
        """Return all keys by their ids, the oldest first."""
        try:
            rows: dict[bytes, bytes] = await self._client.hgetall(KEYS)
        except RedisError as error:
            raise LogUnavailableError(f"read of {KEYS}: {error}") from error
        stored = (StoredKey.model_validate_json(row) for row in rows.values())
        return {key.id: key for key in sorted(stored, key=lambda key: (key.created_at, key.id))}

    async def remove(self, key_id: str) -> bool:
        """Remove a key; return whether there was one."""
        try:
            return bool(await self._client.hdel(KEYS, key_id))
        except RedisError as error:
            raise LogUnavailableError(f"write of {KEYS}: {error}") from error


def without_digest(stored: StoredKey) -> ApiKey:
    """Return a key without its digest, as it may be shown."""
    return ApiKey.model_validate(stored.model_dump(exclude={"digest"}))
