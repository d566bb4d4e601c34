"""What on a page can be cited by itself: figures, totals, charts, each with its place on a page."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from schemas.instants import in_utc
from schemas.views import CumulativePoint, Figure
from schemas.vocabulary import operation_days
from services.api.http.languages import DEFAULT
from services.api.pages.language import gettext, spoken
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import day, span
from services.release.citing import Citation, anchor_of_figure, instant_text


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
    return anchor_of_figure(figure.measure, figure.side, figure.category)


def figure_cited(figure: Figure, names: DisplayNames) -> Cited:
    """Return how a figure is cited."""
    about = names.about(figure)
    days = operation_days(figure.exchange) if figure.exchange else None
    when = f", {day(figure.date)}" if figure.date else ""
    if days is not None:
        when = f", {gettext('%(first)s to %(last)s', first=day(days[0]), last=day(days[1]))}"
    number = span(figure.low, figure.best, figure.high)
    path = f"/exchanges/{quote(figure.exchange, safe='')}" if figure.exchange else "/"
    title = f"{about[:1].upper()}{about[1:]}{when}: {number}"
    return Cited(title, path, anchor_of(figure), {"figure": figure.id})


def total_cited(point: CumulativePoint, names: DisplayNames) -> Cited:
    """Return how the newest total of a side is cited."""
    name = names.side(point.side)
    number = span(point.low, point.best, point.high)
    return Cited(
        gettext(
            "Back to %(side)s in all by %(day)s: %(number)s",
            side=name,
            day=day(point.as_of),
            number=number,
        ),
        "/",
        f"total-{point.side}",
        {"total": point.side},
    )


def chart_cited(name: str) -> Cited:
    """Return how a chart is cited."""
    title, anchor = CHARTS[name]
    named = gettext("%(title)s (chart)", title=gettext(title))
    return Cited(named, "/", anchor, {"chart": name})


def sentence(cited: Citation) -> str:
    """Return a citation for a bibliography that is written by hand, in the language of the page."""
    if spoken().language == DEFAULT:
        return cited.sentence()
    year = f" ({in_utc(cited.known).year})" if cited.known else ""
    licence = f" {gettext('Licence: %(name)s.', name=cited.licence.id)}" if cited.licence else ""
    data_set = gettext("data set")
    return (
        f"{cited.author}{year}. {cited.title}. {cited.container} [{data_set}], {version(cited)}. "
        f"{cited.url}.{licence}"
    )


def version(cited: Citation) -> str:
    """Return the state cited, in the language of the page."""
    if spoken().language == DEFAULT:
        return cited.version
    words = [gettext("log position %(number)s", number=cited.position)]
    if cited.known:
        words.append(gettext("as known on %(time)s", time=instant_text(cited.known)))
    if cited.asserted:
        words.append(gettext("as said by %(time)s", time=instant_text(cited.asserted)))
    return ", ".join(words)
