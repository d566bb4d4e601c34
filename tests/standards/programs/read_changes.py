"""Follow changes with a client library for some seconds, and write what it hands on: `LIBRARY URL SECONDS`."""

import json
import os
import sys
from collections.abc import Iterator
from threading import Timer
from typing import Any

import httpx
from httpx_sse import connect_sse
from sseclient import SSEClient


def with_httpx_sse(http: httpx.Client, url: str) -> Iterator[Any]:
    with connect_sse(http, "GET", url) as source:
        yield from source.iter_sse()


def with_sseclient(http: httpx.Client, url: str) -> Iterator[Any]:
    with http.stream("GET", url) as answer:
        yield from SSEClient(answer.iter_bytes()).events()


library, url, seconds = sys.argv[1:]
follow = {"httpx-sse": with_httpx_sse, "sseclient": with_sseclient}[library]
# Counted from the first message, however long that takes to come.
end = Timer(float(seconds), os._exit, (0,))
for event in follow(httpx.Client(timeout=60), url):
    sys.stdout.write(json.dumps([event.event, event.id, event.data]) + "\n")
    sys.stdout.flush()
    if not end.is_alive():
        end.start()
