"""Libraries that are installed by an extra, imported where they are first used."""

from importlib import import_module
from typing import Any


class MissingExtraError(ImportError):
    """A library is not installed; the message names the extra that brings it."""


def optional(name: str, *, extra: str) -> Any:
    """Return a library that comes with an extra.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"expected the extra `{extra}` (pip install 'exchange-ledger[{extra}]'), found no {name}"
        ) from error
