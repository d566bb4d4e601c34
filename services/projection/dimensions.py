"""What a figure is about: told by its id alone, but for events of earlier versions."""

import datetime as dt
from functools import lru_cache
from sys import intern

import msgspec

from schemas.decisions import ReconciledFigure
from schemas.vocabulary import DAY_MEASURES, FIGURE_MEASURES, figure_key, first_day


class FigureDimensions(msgspec.Struct, frozen=True, gc=False):
    """What a figure is about, and whether its id says all of it."""

    exchange: str | None
    date: dt.date | None
    measure: str
    side: str
    category: str
    are_in_id: bool


#: Measures of exchanges, not of days: their figures are nearly all there are.
_ABOUT_EXCHANGES = FIGURE_MEASURES - DAY_MEASURES


def dimensions_of(figure: str) -> FigureDimensions:
    """Return what a figure is about that is told by its id alone."""
    exchange, _, others = figure.partition(":")
    if parts := _exchange_figure_parts(others):
        measure, side, category = parts
        # By place: by name it takes twice as long.
        return FigureDimensions(
            intern(exchange),
            first_day(exchange),
            measure,
            side,
            category,
            True,  # noqa: FBT003
        )
    key = figure_key(figure)
    day = first_day(key.exchange) if key.exchange else key.day
    return FigureDimensions(
        key.exchange, day, key.measure, key.side, key.category, key.exchange is not None
    )


@lru_cache(maxsize=4096)
def _exchange_figure_parts(others: str) -> tuple[str, str, str] | None:
    """Read the id of an exchange's figure without the exchange: there are few of those."""
    measure, _, others = others.partition(":")
    side, _, category = others.partition(":")
    if measure in _ABOUT_EXCHANGES and side and category:
        return measure, side, category
    return None


def told_dimensions(data: ReconciledFigure) -> FigureDimensions:
    """Return what a figure is about that is told with all it is about."""
    exchange, day = data.exchange, data.date
    are_in_id = (
        exchange is not None
        and day is not None
        and exchange.startswith(day.isoformat())
        and data.figure.split(":", 3) == [exchange, data.measure, data.side, data.category]
    )
    return FigureDimensions(exchange, day, data.measure, data.side, data.category, are_in_id)
