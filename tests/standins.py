"""Stand-ins for `curl` and `redis-cli`, for machines that lack them: a few lines of HTTP and RESP.

They know the options that the quick starts in `docs` use, no more, and refuse any other.
`python -m tests.standins PROGRAM ARGUMENTS` runs one.
"""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.request import Request, urlopen


def curl(arguments: list[str]) -> None:
    """Send a request, and write the answer as it comes."""
    headers: dict[str, str] = {}
    data: bytes | None = None
    [*options, url] = arguments
    given = iter(options)
    for option in given:
        match option:
            case "-sS" | "-sN":
                pass
            case "-H":
                name, _, value = next(given).partition(": ")
                headers[name] = value
            case "--data-binary":
                data = _data(next(given))
            case _:
                raise SystemExit(f"curl: unknown option {option}")
    with urlopen(Request(url, data=data, headers=headers)) as response:
        while piece := response.read1():
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()


def redis_cli(arguments: list[str]) -> None:
    """Send a command to a server on a Unix socket, and write its answer as text, a part a line."""
    option, path, *command = arguments
    if option != "-s":
        raise SystemExit(f"redis-cli: unknown option {option}")
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        parts = [part.encode() for part in command]
        server.sendall(b"*%d\r\n" % len(parts))
        for part in parts:
            server.sendall(b"$%d\r\n%s\r\n" % (len(part), part))
        with server.makefile("rb") as answer:
            for line in _read(answer):
                sys.stdout.buffer.write(line + b"\n")


def _data(named: str) -> bytes:
    if named == "@-":
        return sys.stdin.buffer.read()
    if named.startswith("@"):
        return Path(named[1:]).read_bytes()
    return named.encode()


def _read(answer: BinaryIO) -> Iterator[bytes]:
    head = answer.readline().rstrip(b"\r\n")
    kind, rest = head[:1], head[1:]
    if kind == b"$":
        yield answer.read(int(rest) + 2)[:-2]
    elif kind == b"*":
        for _ in range(int(rest)):
            yield from _read(answer)
    elif kind == b"-":
        raise SystemExit(rest.decode())
    else:
        yield rest


if __name__ == "__main__":
    # As every program does: end quietly when the reader of the output has gone.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    {"curl": curl, "redis-cli": redis_cli}[sys.argv[1]](sys.argv[2:])
