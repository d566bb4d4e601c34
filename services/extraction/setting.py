"""What is known of a report before its numbers are read."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.extraction.marking import MarkedText
from services.extraction.named_days import NamedDay
from services.extraction.speakers import Attributions


class Setting(NamedTuple):
    """What is known of a report before its numbers are read.

    Attributes:
        marked: Its text.
        days: The days it names.
        main: The day of the exchange that it is about, null if that is not known.
        published: The day it came out, null if that is not known.
        attribution: Who says what.
    """

    marked: MarkedText
    days: Sequence[NamedDay]
    main: NamedDay | None
    published: date | None
    attribution: Attributions

    @property
    def main_day(self) -> date | None:
        """The day of the exchange that it is about; of publication, if it names none."""
        return self.main.day if self.main else self.published
