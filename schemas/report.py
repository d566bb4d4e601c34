"""A report as it is sent to be read, and what waits for a person once it was.

The stream of reports holds the first, the stream of drafts the second: what the reader of both needs to decide.
"""

import json
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from schemas.draft import DraftEvent
from schemas.record import Record


#: Longest text that is read, in characters; what lies beyond is not.
TEXT_CHARACTERS_MAX = 100_000
#: The first and the last day that a report may have come out on; days are reckoned from it both ways.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
#: Longest address and name.
NAME_CHARACTERS_MAX = 1_000
URL_CHARACTERS_MAX = 4_000
_IDENTITY_CHARACTERS = 24


def _no_count(day: object) -> object:
    """Refuse a number, which would be read as seconds since 1970."""
    if isinstance(day, int | float):
        raise ValueError(f"expected a day as text, such as 2024-01-03, found {day}")  # noqa: TRY004  pydantic reads it
    return day


class SentReport(Record):
    """One report, as it is sent to be read.

    Attributes:
        text: As it was published, paragraphs on lines of their own.
        url: Its address, null if it has none.
        outlet: Who published it, null if that is not known.
        published_at: The day it came out; without it no weekday, and no "today", is a day.
        lang: Its language (`en`, `uk`, `ru`); null to go by its letters.
        subject: The ledger that it is read for, null for the one asked for.
        quoted_from: The outlet that it copies, null if its words are its own.
        previous_text: What stood at its address before it was edited, null if that is not known.
    """

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)]
    url: Annotated[str, Field(max_length=URL_CHARACTERS_MAX)] | None = None
    outlet: Annotated[str, Field(max_length=NAME_CHARACTERS_MAX)] | None = None
    published_at: Annotated[
        Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)] | None, BeforeValidator(_no_count)
    ] = None
    lang: str | None = None
    subject: str | None = None
    quoted_from: Annotated[str, Field(max_length=NAME_CHARACTERS_MAX)] | None = None
    previous_text: Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)] | None = None

    @property
    def identity(self) -> str:
        """What it is known by: where it stands and what it says. Sent again, it is the same report."""
        said = (self.url or self.outlet, self.text, self.quoted_from, self.previous_text)
        return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[
            :_IDENTITY_CHARACTERS
        ]


class ReportForReview(Record):
    """A report that was read, and waits for a person.

    Attributes:
        id: By which it is accepted or discarded; empty in the stream, where the entry's own id is it.
        read_at: When it was read.
        report: It.
        drafts: The claims read out of it, none of them published.
        notes: What is to be known beside them, such as why rules read it instead of a model.
    """

    id: str
    read_at: Annotated[datetime, AwareDatetime]
    report: SentReport
    drafts: tuple[DraftEvent, ...]
    notes: tuple[str, ...] = ()
