"""How hosts are asked: what their robots.txt allows, and no more than one request in some seconds each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.fetching.web import AGENT, FetchError, PrivateAddressError, Web
from services.runtime.optional import optional


#: Longest pause that a robots.txt is granted, in seconds; whoever wants more is left alone for this run.
DELAY_SECONDS_MAX = 60.0
#: How long what a robots.txt said holds, in milliseconds.
ROBOTS_MS = 3_600_000.0
_NOT_THERE = range(400, 500)


class RobotsForbidError(FetchError):
    """A host's robots.txt forbids an address."""


class _Robots(NamedTuple):
    rules: Any
    read_ms: float
    fault: str | None


class HostPacer:
    """Lets one request a host pass in some seconds.

    Args of its making are a stopwatch in milliseconds and how to wait, so that it can be tried without either.
    """

    def __init__(
        self,
        seconds: float,
        stopwatch_ms: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._stopwatch_ms = stopwatch_ms
        self._sleep = sleep
        self._free_ms: dict[str, float] = {}

    async def wait(self, host: str, *, delay_seconds: float = 0.0) -> None:
        """Wait until a host may be asked, and hold it for the next."""
        now = self._stopwatch_ms()
        free = max(now, self._free_ms.get(host, now))
        self._free_ms[host] = free + 1_000 * max(self._seconds, delay_seconds)
        if free > now:
            await self._sleep((free - now) / 1_000)


class Manners:
    """Asked before every request, redirects among them."""

    def __init__(self, robots: Web, pacer: HostPacer, stopwatch_ms: Callable[[], float]) -> None:
        """Prepare.

        Args:
            robots: By which robots.txt is fetched.
            pacer: When a host may be asked.
            stopwatch_ms: A stopwatch, in milliseconds.
        """
        self._web, self._pacer, self._stopwatch_ms = robots, pacer, stopwatch_ms
        self._protego = optional("protego", extra="scrape").Protego
        self._robots: dict[str, _Robots] = {}

    async def may_ask(self, url: str) -> None:
        """Wait until an address may be asked.

        Raises:
            FetchError: It may not.
        """
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        robots = await self._robots_of(root, parts.netloc)
        if robots.fault is not None:
            raise FetchError(f"robots.txt cannot be read: {robots.fault}")
        delay = float(robots.rules.crawl_delay(AGENT) or 0)
        if not robots.rules.can_fetch(url, AGENT) or delay > DELAY_SECONDS_MAX:
            raise RobotsForbidError("robots.txt forbids it")
        await self._pacer.wait(parts.netloc, delay_seconds=delay)

    async def _robots_of(self, root: str, host: str) -> _Robots:
        known = self._robots.get(root)
        if known is None or self._stopwatch_ms() - known.read_ms > ROBOTS_MS:
            await self._pacer.wait(host)
            known = await self._read(f"{root}/robots.txt")
            self._robots[root] = known
        return known

    async def _read(self, url: str) -> _Robots:
        """Return what a robots.txt says; one that is not there allows all, one out of reach nothing."""
        text, fault = "", None
        try:
            text = (await self._web.fetch(url)).text()
        except PrivateAddressError:
            raise
        except FetchError as error:
            if error.status not in _NOT_THERE:
                fault = str(error)
        return _Robots(self._protego.parse(text), self._stopwatch_ms(), fault)
