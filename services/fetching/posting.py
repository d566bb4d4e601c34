"""One request with a body of ours to an address that others chose: within limits, and never to a private network.

The status is all that is read of the answer. Redirects are not followed: they would lead where nobody has looked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from services.fetching.addresses import Network, is_public
from services.fetching.web import AGENT, FetchError, guarded_client, looked_up
from services.runtime.optional import optional


#: How many requests may be on their way at a time.
CONNECTIONS_MAX = 100


class PostLimits(NamedTuple):
    """How long a request may take, and to where it may go.

    Attributes:
        seconds: From looking its address up to the head of the answer.
        networks: Private networks that it may go to, without TLS too.
        setting: What allows some, as messages name it.
    """

    seconds: float
    networks: Sequence[Network]
    setting: str


class PostAnswer(NamedTuple):
    """What an address answered: its status, and after how many seconds it wants to be asked again, null if not said."""

    status: int
    retry_after: float | None


class Poster:
    """Sends requests one by one; a context manager that closes its connections."""

    def __init__(self, limits: PostLimits) -> None:
        """Prepare."""
        self._limits = limits
        self._httpx = optional("httpx", extra="webhooks")
        self._client = guarded_client(
            self._httpx, seconds=limits.seconds, connections_max=CONNECTIONS_MAX
        )

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def check(self, url: str) -> None:
        """Look an address up, without asking it anything.

        Raises:
            FetchError: It may not be asked, or is not there.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._address_of(self._httpx.URL(url))
        except TimeoutError:
            raise FetchError(f"no address within {self._limits.seconds:g} s") from None
        except (self._httpx.InvalidURL, ValueError):
            raise FetchError("expected an address of the web") from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostAnswer:
        """Send a body to an address, and return what it answered.

        Raises:
            FetchError: It may not be asked, is not there, or did not answer in time.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._post(self._httpx.URL(url), body, headers)
        except (TimeoutError, self._httpx.TimeoutException):
            raise FetchError(f"no answer within {self._limits.seconds:g} s") from None
        except self._httpx.InvalidURL:
            raise FetchError("expected an address of the web") from None
        except (self._httpx.HTTPError, OSError, UnicodeError, ValueError) as error:
            raise FetchError(f"out of reach: {type(error).__name__}") from None

    async def _post(self, url: Any, body: bytes, headers: Mapping[str, str]) -> PostAnswer:
        address = await self._address_of(url)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address, fragment=None),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": AGENT,
                "Content-Type": "application/json",
                **headers,
            },
            extensions={"sni_hostname": url.host, "timeout": dict(self._client.timeout.as_dict())},
        )
        response = await self._client.send(request, stream=True)
        try:
            return PostAnswer(response.status_code, _seconds_in(response.headers))
        finally:
            await response.aclose()

    async def _address_of(self, url: Any) -> str:
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise FetchError("expected an address of the web, without a password")
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await looked_up(url.host, port, self._limits.networks, setting=self._limits.setting)
        if url.scheme == "http" and is_public(found):
            raise FetchError("expected https:// outside of private networks, found http://")
        return found


def _seconds_in(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a `Retry-After` names; a date in it is not read."""
    said = headers.get("retry-after", "").strip()
    return float(said) if said.isdecimal() and len(said) <= len("86400") else None
