"""The only logging set-up: structlog, one JSON object a line on stdout, in UTC.

One line for each batch handled, with everything on it; one for each refused claim; one entry a line
at `debug` alone. Event names are `noun.verb_past`. Core modules never log.

A line holds no local variables: they hold keys, headers and whole claims. What looks like a key or a
password is left out of its texts, it is bounded in size, and whatever a terminal would obey stands in it
as an escape.
"""

import json
import logging
import math
import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, TextIO

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from schemas.printable import printable


#: Longest line, in bytes.
LINE_BYTES_MAX = 16_384
#: Frames shown of a traceback: the outermost and the innermost half of as many.
FRAMES_MAX = 30
#: Secrets as an error's text may quote them: API keys, those of webhooks, headers with them, passwords in addresses.
_SECRET = re.compile(
    r"(\bexl_[0-9a-f]+_|\bwhsec_|\b(?:Bearer|Basic)\s+)[\w.~+/=-]+|(://[^/@\s:]*:)[^@\s/]+(?=@)",
    re.IGNORECASE,
)
#: Bits of the largest number that every reader of JSON can read.
_NUMBER_BITS = 64
#: Fields that stay on a line of which everything else was left out.
_KEPT = ("event", "level", "at", "worker", "ledger", "reader", "entry", "error")


class _Bounds(NamedTuple):
    """Most characters of a text, most items of a list or object, and deepest nesting."""

    characters: int
    items: int
    levels: int


#: What a line is cut to, the second where the first is not enough.
_GENEROUS, _NARROW = _Bounds(2_000, 60, 8), _Bounds(200, 12, 5)


def set_up_logging(level: str, *, stream: TextIO | None = None) -> None:
    """Send log lines of at least `level` to `stream` (stdout unless given) as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=FRAMES_MAX)),
            _line_of,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stdout),
        cache_logger_on_first_use=True,
    )


def logger_of(worker: str, ledger: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of one worker on one ledger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger.bind(worker=worker, ledger=ledger)


def _line_of(_: Any, __: str, fields: Mapping[str, Any]) -> str:
    """Write a line as JSON that is bounded and printable."""
    kept = {name: fields[name] for name in _KEPT if name in fields}
    fields = {**kept, **fields}
    # Most lines are of a few short texts and numbers, and one is written for each batch.
    line = _json_of(fields if _is_plain(fields) else _cut(fields, _GENEROUS))
    if len(line.encode()) > LINE_BYTES_MAX:
        line = _json_of(_cut(fields, _NARROW))
    if len(line.encode()) > LINE_BYTES_MAX:
        line = _json_of(_cut(kept, _NARROW) | {"cut": True})
    return line


def _is_plain(fields: Mapping[str, Any]) -> bool:
    """Return whether nothing is to be left out: no secret, no nesting, and all together within the bounds."""
    texts = [*fields]
    for value in fields.values():
        if type(value) is str:
            texts.append(value)
        elif type(value) is int:
            if value.bit_length() > _NUMBER_BITS:
                return False
        elif type(value) is float:
            if not math.isfinite(value):
                return False
        elif value is not None and type(value) is not bool:
            return False
    together = "\n".join(texts)
    return (
        len(fields) <= _GENEROUS.items
        and len(together) <= _GENEROUS.characters
        and _SECRET.search(together) is None
    )


def _json_of(fields: Mapping[str, Any]) -> str:
    return printable(json.dumps(fields, ensure_ascii=False, allow_nan=False))


def _cut(value: Any, bounds: _Bounds) -> Any:
    """Return a value that JSON can hold, with everything left out that is beyond the bounds."""
    match value:
        case None | bool():
            return value
        case int():
            bits = value.bit_length()
            return value if bits <= _NUMBER_BITS else f"a number of {bits} bits"
        case float():
            return value if math.isfinite(value) else str(value)
        case _:
            return _cut_inside(value, bounds)


def _cut_inside(value: Any, bounds: _Bounds) -> Any:
    inner = bounds._replace(levels=bounds.levels - 1)
    if isinstance(value, Mapping | list | tuple | set | frozenset) and not bounds.levels:
        return f"{len(value)} items"
    if isinstance(value, Mapping):
        items = list(value.items())[: bounds.items]
        return {_cut_text(str(name), bounds): _cut(item, inner) for name, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cut(item, inner) for item in list(value)[: bounds.items]]
    return _cut_text(value if isinstance(value, str) else str(value), bounds)


def _cut_text(text: str, bounds: _Bounds) -> str:
    over = len(text) - bounds.characters
    # Cut first, lest a megabyte be searched; a secret that is cut through is still one.
    text = _SECRET.sub(r"\1\2…", text[: bounds.characters])
    return text if over <= 0 else f"{text}… ({over} characters more)"
