"""In which line of a ledger's file a field stands.

The parser knows no positions, but it writes a file as it was read: what is marked at a field stands at
that field's line.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table


_MARK = "\N{REPLACEMENT CHARACTER}here\N{REPLACEMENT CHARACTER}"


def line_of(path: Sequence[str | int], text: str) -> int:
    """Return the line of a field, else of the nearest table around it; the first line for none."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        return 1
    for length in range(len(path), 0, -1):
        marked = deepcopy(document)
        if _mark(marked, path[:length]):
            return tomlkit.dumps(marked).partition(_MARK)[0].count("\n") + 1
    return 1


def _mark(document: Any, path: Sequence[str | int]) -> bool:
    """Mark a field or a table; return whether it is there."""
    around: Any = document
    try:
        for part in path[:-1]:
            around = around[part]
        found = around[path[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    if isinstance(found, Table):
        found.comment(_MARK)
        return True
    if isinstance(found, list) and found and isinstance(found[0], Table):
        found[0].comment(_MARK)
        return True
    try:
        around[path[-1]] = _MARK
    except (TypeError, ValueError):
        return False
    return _MARK in tomlkit.dumps(document)
