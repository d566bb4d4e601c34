"""One address of the web, fetched: within limits of time, size and redirects, and never from a private network.

Every address is looked up here and connected to as it was looked up, again after each redirect, so that no
name can say one thing when it is checked and another when it is used.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import Any, NamedTuple, Self

from services.fetching.addresses import ANY_NETWORK, Network, may_be_asked
from services.fetching.unpacking import Body, TooLargeError, UnreadableBodyError
from services.runtime import clock
from services.runtime.optional import optional
from services.runtime.settings import Settings


#: Most redirects that are followed.
REDIRECTS_MAX = 5
OK, NOT_MODIFIED = 200, 304
_REDIRECTS = (301, 302, 303, 307, 308)
#: Statuses of what is not there, and is not asked for again for long.
GONE = (404, 410)
AGENT = "exchange-ledger"
#: How many connections a fetcher may have open.
CONNECTIONS_MAX = 20


#: What is awaited before a request to an address.
BeforeRequest = Callable[[str], Awaitable[None]]


class FetchError(Exception):
    """Nothing was fetched; the message says why, in a line.

    Attributes:
        status: What the server answered, null if it did not.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class PrivateAddressError(FetchError):
    """An address is one of a private network that is not allowed."""


class FetchLimits(NamedTuple):
    """How much may be fetched, and from where.

    Attributes:
        seconds: How long one address may take in all, redirects included.
        bytes_max: Largest body, unpacked or not.
        networks: Private networks that are asked too.
    """

    seconds: float
    bytes_max: int
    networks: Sequence[Network] = ()


class Fetched(NamedTuple):
    """What an address holds.

    Attributes:
        url: The address, after redirects.
        body: What it holds, empty if it did not change since it was last asked.
        media_type: Of which kind, in small letters, without parameters.
        charset: Its letters' encoding, null if it does not say.
        validators: What is sent along when it is asked again, so that it need not be sent anew.
        is_unchanged: Whether it is as it was.
    """

    url: str
    body: bytes
    media_type: str
    charset: str | None
    validators: Mapping[str, str]
    is_unchanged: bool = False

    def text(self) -> str:
        """Return the body as text, whatever it is."""
        try:
            return self.body.decode(self.charset or "utf-8", errors="replace")
        except LookupError:
            return self.body.decode(errors="replace")


class Web:
    """Fetches addresses one by one; a context manager that closes its connections."""

    def __init__(self, limits: FetchLimits, *, before: BeforeRequest | None = None) -> None:
        """Prepare.

        Args:
            limits: How much may be fetched.
            before: Awaited before every request, redirects among them; may refuse it by a `FetchError`. How
                long it takes is not counted.
        """
        self._limits = limits
        self._before = before
        self._httpx = optional("httpx", extra="scrape")
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

    async def fetch(self, url: str, *, validators: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an address.

        Args:
            url: It.
            validators: Those of the last time, null for a first time.

        Raises:
            FetchError: It cannot or may not be fetched.
        """
        try:
            return await self._follow(url, validators or {})
        except (TimeoutError, self._httpx.TimeoutException):
            raise FetchError(f"no whole answer within {self._limits.seconds:g} s") from None
        except TooLargeError:
            raise FetchError(f"more than {self._limits.bytes_max:,} bytes") from None
        except UnreadableBodyError as error:
            raise FetchError(str(error)) from None
        except self._httpx.InvalidURL:
            raise FetchError("expected an address of the web") from None
        except (self._httpx.HTTPError, OSError, UnicodeError, ValueError) as error:
            raise FetchError(f"out of reach: {type(error).__name__}") from None

    async def _follow(self, url: str, validators: Mapping[str, str]) -> Fetched:
        at, left_ms = self._httpx.URL(url), 1_000 * self._limits.seconds
        for _ in range(REDIRECTS_MAX + 1):
            at = at.copy_with(fragment=None)
            if self._before is not None and at.scheme in ("http", "https"):
                await self._before(str(at))
            began = clock.stopwatch_ms()
            async with asyncio.timeout(max(0.0, left_ms) / 1_000):
                answer = await self._ask(at, validators)
            left_ms -= clock.stopwatch_ms(began)
            if isinstance(answer, Fetched):
                return answer
            at = at.join(answer)
        raise FetchError(f"more than {REDIRECTS_MAX} redirects")

    async def _ask(self, url: Any, validators: Mapping[str, str]) -> Fetched | str:
        """Ask one address; return what it holds, or where it redirects to."""
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError(f"expected an address of the web, found {str(url)[:100]}")
        if url.userinfo:
            raise FetchError("expected an address without a password")
        address = await looked_up(
            url.host, url.port or (443 if url.scheme == "https" else 80), self._limits.networks
        )
        request = self._client.build_request(
            "GET",
            url.copy_with(host=address),
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": AGENT,
                "Accept-Encoding": "gzip",
                "Accept": "text/html, application/xhtml+xml, application/xml, text/*;q=0.8, */*;q=0.1",
                **validators,
            },
            extensions={"sni_hostname": url.host, "timeout": dict(self._client.timeout.as_dict())},
        )
        response = await self._client.send(request, stream=True)
        try:
            return await self._read(str(url), response)
        finally:
            await response.aclose()

    async def _read(self, url: str, response: Any) -> Fetched | str:
        status, headers = response.status_code, response.headers
        if status in _REDIRECTS and headers.get("location"):
            return str(headers["location"])
        kept = {
            "If-None-Match": headers.get("etag"),
            "If-Modified-Since": headers.get("last-modified"),
        }
        validators = {name: value for name, value in kept.items() if value}
        if status == NOT_MODIFIED:
            return Fetched(url, b"", "", None, validators, is_unchanged=True)
        if status != OK:
            raise FetchError(f"answered {status}", status=status)
        body = Body(headers.get("content-encoding", ""), self._limits.bytes_max)
        read = 0
        async for piece in response.aiter_raw():
            read += len(piece)
            if read > self._limits.bytes_max:
                raise TooLargeError
            body.add(piece)
        media_type, _, _ = headers.get("content-type", "").partition(";")
        return Fetched(
            url, body.end(), media_type.strip().lower(), response.charset_encoding, validators
        )


async def looked_up(
    host: str, port: int, networks: Sequence[Network], *, setting: str = "LEDGER_FETCH_PRIVATE"
) -> str:
    """Return the address of a host, if all that its name stands for may be asked.

    Raises:
        PrivateAddressError: One is of a private network that is not among those; the setting allows some.
        FetchError: The name stands for none.
    """
    loop = asyncio.get_running_loop()
    try:
        rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError(f"no address of {host}") from None
    found = [str(row[4][0]) for row in rows]
    refused = [one for one in found if not may_be_asked(one, networks)]
    if refused:
        named = host if host == refused[0] else f"{host}, which is {refused[0]},"
        raise PrivateAddressError(f"{named} is of a private network ({setting} allows some)")
    return found[0]


def guarded_client(httpx: Any, *, seconds: float, connections_max: int) -> Any:
    """Return a client for addresses that others chose: none of its own proxies, redirects or old connections.

    Args:
        httpx: The library, which an extra brings.
        seconds: How long each of its steps may take.
        connections_max: How many connections it may have open.
    """
    # No connection is used twice: on one address two names may answer, each with its own certificate.
    return httpx.AsyncClient(
        timeout=seconds,
        verify=_certificates(httpx),
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=connections_max, max_keepalive_connections=0),
    )


@cache
def _certificates(httpx: Any) -> Any:
    """Return whose certificates are believed, read once: that takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)


def limits_of(settings: Settings, *, allows_private: bool = False) -> FetchLimits:
    """Return the limits that the settings say."""
    return FetchLimits(
        settings.fetch_seconds,
        settings.fetch_bytes_max,
        ANY_NETWORK if allows_private else settings.fetch_private,
    )
