"""Where reports are looked for: a TOML file of feeds, pages and exported channels."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from schemas.record import Record
from services.extraction.report import first_fault


#: Most pages of one feed, or messages of one channel, that one run reads unless the file says otherwise.
READ_MAX = 100
Address = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=4_000)]
Names = tuple[Annotated[str, Field(min_length=1)], ...]


class SourcesError(Exception):
    """The file is missing or wrong; the message says where."""


class _Source(Record):
    # What all kinds say: who publishes, in which language, and which of it is wanted.
    outlet: str | None = None
    lang: str | None = None
    words: Names = ()
    read_max: Annotated[int, Field(ge=1)] = READ_MAX

    def wants(self, text: str) -> bool:
        """Return whether a text has one of the words that are looked for, or none is."""
        folded = text.casefold()
        return not self.words or any(word.casefold() in folded for word in self.words)


class FeedSource(_Source):
    """A feed: each of its items that is wanted is a page to read.

    Attributes:
        url: Its address.
        outlet: Who publishes it, null for the host's name.
        lang: Its language, null to go by the letters.
        words: Beginnings of words, or parts: an item is wanted if its title or summary has one; none wants all.
        read_max: Most pages read in one run; the others wait for the next.
    """

    url: Address


class PageSource(_Source):
    """A page that is read in every run, such as a list of statements.

    Attributes:
        url: Its address.
    """

    url: Address


class TelegramSource(_Source):
    """A channel as Telegram's own program exports it: the file `result.json`.

    Attributes:
        file: Where it is, beside the file of sources.
        channel: The channel's name in addresses: `https://t.me/<channel>/1`.
    """

    file: str
    channel: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{3,64}$")]


class Sources(Record):
    """All sources of a file.

    Attributes:
        feeds: Feeds, RSS or Atom.
        pages: Single pages.
        telegram: Exported channels.
    """

    feeds: tuple[FeedSource, ...] = ()
    pages: tuple[PageSource, ...] = ()
    telegram: tuple[TelegramSource, ...] = ()


def read_sources(path: Path) -> Sources:
    """Read a file of sources.

    Raises:
        SourcesError: It cannot be read, or is wrong.
    """
    try:
        return Sources.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SourcesError(f"{path}: {first_fault(error)}") from None
    except OSError as error:
        found = error.strerror or error
        raise SourcesError(f"{path}: expected a file of sources, found {found}") from None
    except ValueError as error:
        raise SourcesError(f"{path}: expected a file of sources, found {error}") from None
