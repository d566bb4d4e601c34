"""Sessions of editors in a browser, on the server: ended when they expire, on signing out, or with their key.

A session is known by the SHA-256 of the token that the browser keeps, so that whoever reads the server cannot
take one over.
"""

from hashlib import sha256
from secrets import token_urlsafe

from redis.exceptions import RedisError

from schemas.record import Record
from services.eventlog.connection import Client, write_refused
from services.eventlog.port import LogUnavailableError


PREFIX = "exl:sessions:"
TOKEN_BYTES = 32


class Session(Record):
    """A session: whose key opened it, and the word that forms of it carry."""

    key_id: str
    form_token: str


class OpenedSession(Record):
    """A new session, and the token that its browser keeps."""

    token: str
    session: Session


class SessionStore:
    """The sessions of one server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self, key_id: str, *, seconds: int) -> OpenedSession:
        """Open a session that ends by itself after some seconds."""
        token = token_urlsafe(TOKEN_BYTES)
        session = Session(key_id=key_id, form_token=token_urlsafe(TOKEN_BYTES))
        try:
            await self._client.set(_key_of(token), session.model_dump_json(), ex=seconds)
        except RedisError as error:
            raise write_refused(f"write of {PREFIX}*", error) from error
        return OpenedSession(token=token, session=session)

    async def find(self, token: str) -> Session | None:
        """Return the session of a token, null if there is none any more."""
        try:
            found = await self._client.get(_key_of(token))
        except RedisError as error:
            raise LogUnavailableError(f"read of {PREFIX}*: {error}") from error
        return None if found is None else Session.model_validate_json(found)

    async def close(self, token: str) -> None:
        """End a session."""
        try:
            await self._client.unlink(_key_of(token))
        except RedisError as error:
            raise write_refused(f"write of {PREFIX}*", error) from error


def _key_of(token: str) -> str:
    return PREFIX + sha256(token.encode(errors="surrogateescape")).hexdigest()
