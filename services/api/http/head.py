"""HEAD of whatever can be read: the headers that GET would send, and no body."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Middleware that asks the application with GET and keeps the body back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; one for headers alone as the one that it stands for."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        has_begun = asyncio.Event()

        async def kept_back(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                has_begun.set()

        async def gone_then() -> Message:
            # A stream would go on for as long as somebody is there.
            await has_begun.wait()
            return {"type": "http.disconnect"}

        asked: Scope = {**scope, "method": "GET"}
        try:
            await self._app(asked, gone_then, kept_back)
        finally:
            # Requests are counted by route.
            scope["route"] = asked.get("route")
