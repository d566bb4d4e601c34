"""Another address for what was asked: where a parameter names what is not there, its reader is sent on.

An address with a language that no page is in, or with a page of a list that does not exist, leads to the
address of what is shown in its place, so that nobody passes on one that says something else.
"""

from typing import cast
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response


class OtherAddressError(Exception):
    """What was asked for stands at another address.

    Attributes:
        address: The path and the query of that.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def without(request: Request, name: str) -> OtherAddressError:
    """Return what leads to the same address without a parameter."""
    kept = [item for item in request.query_params.multi_items() if item[0] != name]
    path = request.url.path
    return OtherAddressError(f"{path}?{urlencode(kept)}" if kept else path)


async def on_other_address(_: Request, error: Exception) -> Response:
    """Send the reader on; whoever keeps the answer would keep it after a further page came into being."""
    address = cast("OtherAddressError", error).address
    return RedirectResponse(address, 307, headers={"Cache-Control": "no-store"})
