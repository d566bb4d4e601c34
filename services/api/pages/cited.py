"""What on a page can be cited by itself: figures, totals, charts, each with its place on a page."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from schemas.views import CumulativePoint, Figure
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import day, span


class Cited(NamedTuple):
    """One thing to be cited.

    Attributes:
        title: What it is, with its number if it is one.
        path: The page that it is on, behind what the ledger's addresses begin with.
        anchor: Where on that page.
        asked: How the API is asked for its citation.
    """

    title: str
    path: str
    anchor: str
    asked: Mapping[str, str]


#: The charts of the overview: what each shows, and where it stands.
CHARTS: Mapping[str, tuple[str, str]] = {
    "totals": ("How many came back in all, day by day", "curves"),
    "exchanges": ("How many came back, exchange by exchange", "timeline"),
}


def anchor_of(figure: Figure) -> str:
    """Return where a figure stands on the page of its exchange."""
    return "-".join(
        ("figure", figure.measure, figure.side, re.sub(r"\W+", "-", figure.category).strip("-"))
    )


def figure_cited(figure: Figure, names: DisplayNames) -> Cited:
    """Return how a figure is cited."""
    about = names.about(figure)
    when = f", {day(figure.date)}" if figure.date else ""
    number = span(figure.low, figure.best, figure.high)
    path = f"/exchanges/{quote(figure.exchange, safe='')}" if figure.exchange else "/"
    title = f"{about[:1].upper()}{about[1:]}{when}: {number}"
    return Cited(title, path, anchor_of(figure), {"figure": figure.id})


def total_cited(point: CumulativePoint, names: DisplayNames) -> Cited:
    """Return how the newest total of a side is cited."""
    name = names.side(point.side)
    number = span(point.low, point.best, point.high)
    return Cited(
        f"Back to {name} in all by {day(point.as_of)}: {number}",
        "/",
        f"total-{point.side}",
        {"total": point.side},
    )


def chart_cited(name: str) -> Cited:
    """Return how a chart is cited."""
    title, anchor = CHARTS[name]
    return Cited(f"{title} (chart)", "/", anchor, {"chart": name})
