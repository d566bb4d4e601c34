"""Who may use the HTTP API: API keys, of which only a hash is kept."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.record import Record


#: What a key allows: reading alone, publishing as well, deciding in the browser what is submitted, or having
#: changes sent to addresses of its own.
Role = Literal["reader", "publisher", "editor", "subscriber"]
#: Longest name of a key's owner.
NAME_CHARACTERS_MAX = 100


class ApiKey(Record):
    """A key, as whoever looks after keys sees it.

    Attributes:
        id: Its public part, by which it is named and revoked.
        name: Whose it is.
        role: What it allows.
        created_at: When it was made.
        requests_per_minute: Its own limit; null means that of the settings.
    """

    id: str
    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    role: Role
    created_at: datetime
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None


class StoredKey(ApiKey):
    """A key, as it is stored: `digest` is the SHA-256 of the whole key, 64 hexadecimal digits."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
