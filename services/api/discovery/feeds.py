"""`/feeds/changes.atom` and `/feeds/exchanges.atom`: what is new in a ledger, for readers of feeds.

Both are of one ledger, as pages are (`/{ledger}/feeds/…`), and take the filters of the API's lists. They are
written in English, and in UTC.
"""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.views import ClaimView, Exchange, Figure
from schemas.vocabulary import ExchangeStatus, figure_key
from schemas.webhook import ChangeFilter
from services.api.discovery.atom import MEDIA_TYPE, AtomEntry, AtomFeed, urn
from services.api.discovery.changed_figures import ListedChange, changed_at, latest_changes
from services.api.http.negotiation import etag_of, has, send, unchanged
from services.api.http.query_parameters import Word
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.standing import author, origin_of
from services.api.http.state import LedgerState, state_of
from services.api.pages.cited import anchor_of, figure_cited
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import count, day
from services.api.pages.tables import ledger_of
from services.api.pages.words import CAUSES, EXCHANGE_STATUSES, MEDIATORS, STATUSES
from services.api.views.live import Shown
from services.api.views.tables import View
from services.queries.as_of import Cut
from services.release.citing import licence_of


router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "HEAD"]
_VIEWS: tuple[View, ...] = ("exchanges", "figures", "claims")
FEEDS: dict[Literal["changes", "exchanges"], str] = {
    "changes": "Changed figures",
    "exchanges": "New exchanges",
}
#: Entries of a feed unless asked for otherwise, and most that may be asked for.
ENTRIES, ENTRIES_MAX = 50, 500


class _FeedParameters(BaseModel):
    """Parameters of every feed; those that nobody here knows are refused, as by the API's lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=ENTRIES_MAX)] = ENTRIES

    @property
    def query(self) -> str:
        """The parameters that were given, as they stand in an address."""
        given = self.model_dump(exclude_unset=True, exclude_none=True)
        return f"?{urlencode(given)}" if given else ""


class ChangesFeedParameters(_FeedParameters, ChangeFilter):
    """Which changed figures a feed names."""

    def wants(self, change: ListedChange) -> bool:
        """Return whether a change is asked for."""
        figure = change.figure
        return self.takes(
            change.figure_id,
            status=figure.status if figure else None,
            cause=figure.cause if figure else None,
        )


class ExchangesFeedParameters(_FeedParameters):
    """Which exchanges a feed names."""

    status: ExchangeStatus | None = None
    mediator: Word | None = None

    def wants(self, exchange: Exchange) -> bool:
        """Return whether an exchange is asked for."""
        is_mediated = self.mediator is None or self.mediator in exchange.mediators
        return is_mediated and self.status in (None, exchange.status)


class _FeedAsked(NamedTuple):
    # A request for a feed: whose, which, with which parameters, and what addresses begin with.
    served: LedgerState
    name: Literal["changes", "exchanges"]
    query: str
    origin: str

    @classmethod
    def of(cls, request: Request, name: Literal["changes", "exchanges"], query: str) -> Self:
        return cls(ledger_of(request), name, query, origin_of(request, state_of(request)))

    @property
    def base(self) -> str:
        return f"{self.origin}/{self.served.name}"

    def feed(self, entries: list[AtomEntry], page: str) -> AtomFeed:
        configuration = self.served.configuration
        licence = licence_of(configuration.data_licence)
        return AtomFeed(
            id=urn(self.served.name, "feed", self.name) + self.query.replace("?", ":"),
            title=f"{FEEDS[self.name]}: {configuration.title}",
            author=author(),
            link=f"{self.base}/feeds/{self.name}.atom{self.query}",
            page=f"{self.base}{page}",
            rights=f"{licence.title} ({licence.url})" if licence else None,
            entries=entries,
        )


@router.api_route("/feeds/changes.atom", methods=_METHODS)
async def feed_of_changes(
    request: Request, parameters: Annotated[ChangesFeedParameters, Query()]
) -> Response:
    """Return the figures that changed last, one entry a change."""
    asked = _FeedAsked.of(request, "changes", parameters.query)
    if (known := await _known(request, asked.served)) is not None:
        return known
    shown = await asked.served.read(_VIEWS, Cut())
    figures: list[Figure] = [row.record for row in shown.tables["figures"].rows]
    changes = await latest_changes(
        asked.served.feed.changes, figures, parameters.wants, parameters.limit
    )
    names = DisplayNames(asked.served.configuration)
    entries = []
    for change in changes:
        recorded = None if change.figure else await asked.served.recorded_at(change.position)
        if (when := changed_at(change, recorded)) is not None:
            entries.append(_change_entry(asked, change, when, names))
    return _send(request, asked.feed(entries, "/diff"), asked.served, shown)


@router.api_route("/feeds/exchanges.atom", methods=_METHODS)
async def feed_of_exchanges(
    request: Request, parameters: Annotated[ExchangesFeedParameters, Query()]
) -> Response:
    """Return the exchanges that the ledger learned of last; one that changes keeps its entry."""
    asked = _FeedAsked.of(request, "exchanges", parameters.query)
    if (known := await _known(request, asked.served)) is not None:
        return known
    shown = await asked.served.read(_VIEWS, Cut())
    entries = _exchange_entries(asked, shown, parameters)
    return _send(request, asked.feed(entries[: parameters.limit], ""), asked.served, shown)


async def _known(request: Request, served: LedgerState) -> Response | None:
    """Return the answer to a reader who has the feed as it stands already, null to any other."""
    version = await served.version(Cut())
    etag = etag_of(request, served.name, version, "html")
    return unchanged(etag, version) if has(request, etag) else None


def _send(request: Request, feed: AtomFeed, served: LedgerState, shown: Shown) -> Response:
    mark_cacheable(request, Source(served, Cut(), shown.version))
    answer = send(feed.write(), "html", etag_of(request, served.name, shown.version, "html"))
    answer.headers["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
    return answer


def _change_entry(
    asked: _FeedAsked, change: ListedChange, when: datetime, names: DisplayNames
) -> AtomEntry:
    key = figure_key(change.figure_id)
    place = f"/exchanges/{quote(key.exchange, safe='')}" if key.exchange else ""
    figure = change.figure
    if figure is None:
        about = names.about_figure(change.figure_id)
        title = f"{about[:1].upper()}{about[1:]}: withdrawn"
        summary = "No report gives this number any more."
    else:
        title = figure_cited(figure, names).title
        place += f"#{quote(anchor_of(figure))}"
        summary = " ".join(
            (
                f"{STATUSES[figure.status].meaning}",
                f"{CAUSES[figure.cause].meaning}",
                *(f"{names.spelled(reason.text)}." for reason in figure.reasons),
                f"Log position {figure.position}, revision {figure.revision}.",
            )
        )
    categories = [("side", key.side), ("category", key.category), ("measure", key.measure)]
    return AtomEntry(
        id=urn(asked.served.name, "change", change.figure_id, change.position),
        title=title,
        link=f"{asked.base}{place}",
        updated=when,
        published=when,
        summary=summary,
        categories=(*categories, *((("status", figure.status),) if figure else ())),
    )


def _exchange_entries(
    asked: _FeedAsked, shown: Shown, parameters: ExchangesFeedParameters
) -> list[AtomEntry]:
    names = DisplayNames(asked.served.configuration)
    figures: dict[str, Figure] = {row.record.id: row.record for row in shown.tables["figures"].rows}
    claims: dict[str, list[ClaimView]] = defaultdict(list)
    for row in shown.tables["claims"].rows:
        if row.record.exchange is not None:
            claims[row.record.exchange].append(row.record)
    entries = [
        _exchange_entry(asked, row.record, (claims[row.record.id], figures), names)
        for row in shown.tables["exchanges"].rows
        if parameters.wants(row.record) and claims[row.record.id]
    ]
    return sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)


def _exchange_entry(
    asked: _FeedAsked,
    exchange: Exchange,
    known: tuple[list[ClaimView], dict[str, Figure]],
    names: DisplayNames,
) -> AtomEntry:
    claims, figures = known
    own = [figures[name] for name in exchange.figures if name in figures]
    returned = [
        figure for figure in own if (figure.measure, figure.category) == ("returned", "all")
    ]
    numbers = "; ".join(figure_cited(figure, names).title for figure in returned)
    mediators = ", ".join(MEDIATORS.get(code, code) for code in exchange.mediators)
    first = min(claim.recorded_at for claim in claims)
    status = EXCHANGE_STATUSES[exchange.status]
    parts = (
        status.meaning,
        f"{numbers}." if numbers else "",
        f"Mediated by {mediators}." if mediators else "",
        f"Reports that mean it: {count(exchange.claim_count)}.",
    )
    return AtomEntry(
        id=urn(asked.served.name, "exchange", exchange.id),
        title=f"Exchange of {day(exchange.date)}: {status.label}",
        link=f"{asked.base}/exchanges/{quote(exchange.id, safe='')}",
        updated=max((figure.as_known_on for figure in own), default=first),
        published=first,
        summary=" ".join(part for part in parts if part),
        categories=(
            ("status", exchange.status),
            *(("mediator", code) for code in exchange.mediators),
        ),
    )
