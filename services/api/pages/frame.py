"""What all pages share: the ledger, the time, and the addresses of links."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request

from schemas.ledger import LedgerConfiguration
from services.api.http.languages import (
    LANGUAGES,
    PARAMETER,
    Language,
    accepted_language,
    language_named,
)
from services.api.http.standing import StateCited
from services.api.http.state import AppState, LedgerState
from services.api.pages.canonical import without
from services.api.pages.cited import Cited
from services.api.pages.language import Spoken, gettext, spoken
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import instant
from services.api.pages.query_parameters import PageParameters, TimeField, time_field
from services.queries.as_of import Cut
from services.release.citing import Citation
from services.runtime import clock


#: How each language calls itself.
NAMES: Mapping[Language, str] = {"en": "English", "uk": "Українська", "ru": "Русский"}
#: The pages that every page leads to.
PAGES = (
    ("/", "Overview"),
    ("/exchanges", "Find"),
    ("/disagreements", "Disagreements"),
    ("/claimants", "Claimants"),
    ("/diff", "Changes"),
    ("/how", "How figures are made"),
    ("/reading", "How to read"),
)
#: What the form of times asks for itself.
_TIMES = frozenset(PageParameters.model_fields) - {PARAMETER}
#: The files of every table.
FILES = (("CSV", "csv"), ("Excel", "xlsx"), ("JSON", "json"), ("Parquet", "parquet"))


class Frame(NamedTuple):
    """What every template is given.

    Attributes:
        ledger: The ledger's name.
        names: How its sides and camps are called.
        base: What its pages' addresses begin with, empty for the first ledger's.
        path: This page's path.
        query: The times and the language asked for, as all links carry them.
        asked: Everything that the address asks for.
        spoken: The language and the time zone that the page is written in.
        zones: The time zones that days and hours may be of.
        cut: The times asked for.
        asserted: The first as a form shows it.
        known: The second likewise.
        ledgers: All ledgers served, by name, with their titles.
        position: The log position that the page stands for.
        state: The state that the page stands for, as citations name it.
        today: The day that the page is seen from: the present one, or that of the time asked for.
    """

    ledger: str
    names: DisplayNames
    base: str
    path: str
    query: str
    asked: tuple[tuple[str, str], ...]
    spoken: Spoken
    zones: tuple[str, ...]
    cut: Cut
    asserted: TimeField
    known: TimeField
    ledgers: Mapping[str, str]
    position: int
    state: StateCited
    today: date

    @property
    def is_live(self) -> bool:
        """Whether the page follows changes."""
        return self.cut == Cut()

    @property
    def times(self) -> str:
        """The times asked for, in words."""
        parts = []
        if self.cut.asserted_by:
            parts.append(gettext("as said by %(time)s", time=instant(self.cut.asserted_by)))
        if self.cut.known_on:
            parts.append(
                gettext("as this ledger knew it at %(time)s", time=instant(self.cut.known_on))
            )
        return ", ".join(parts)

    @property
    def languages(self) -> tuple[tuple[Language, str, str], ...]:
        """The languages: each one's code, how it calls itself, and this page's address in it."""
        return tuple((code, NAMES[code], self.in_language(code)) for code in LANGUAGES)

    @property
    def pages(self) -> tuple[tuple[str, str, str], ...]:
        """The ledger's pages: each one's path, its label, and its address at the same times."""
        return tuple((path, gettext(label), self.link(path)) for path, label in PAGES)

    @property
    def in_any_language(self) -> str:
        """The address of this page in whatever language its reader prefers."""
        kept = [item for item in self.asked if item[0] != PARAMETER]
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def in_language(self, language: Language) -> str:
        """Return the address of this page in a language."""
        kept = [item for item in self.asked if item[0] != PARAMETER]
        return f"{self.path}?{urlencode([*kept, (PARAMETER, language)])}"

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """The times and the language asked for, as the forms of other questions keep them."""
        return tuple(parse_qsl(self.query.removeprefix("?")))

    @property
    def beside_times(self) -> tuple[tuple[str, str], ...]:
        """What else the address asks for, as the form of times keeps it."""
        return tuple(item for item in self.asked if item[0] not in _TIMES)

    @property
    def own_language(self) -> Mapping[str, str]:
        """The language as the address names it, empty if it does not."""
        return {name: value for name, value in self.asked if name == PARAMETER and value in NAMES}

    def now(self, path: str, asked: Mapping[str, object] | None = None) -> str:
        """Return the address of a page that knows no other time."""
        given = {**(asked or {}), **self.own_language}
        return path + (f"?{urlencode(given)}" if given else "")

    def link(self, path: str) -> str:
        """Return the address of another page of the ledger, at the same times."""
        return f"{(self.base + path).rstrip('/') or '/'}{self.query}"

    @staticmethod
    def with_query(address: str, more: str) -> str:
        """Return an address that asks for more; the same if that is empty."""
        return f"{address}{'&' if '?' in address else '?'}{more}" if more else address

    def api(self, view: str, row: str = "", **more: str) -> str:
        """Return the address of the same data in the API: of a view, or of one row of it."""
        parameters: dict[str, str] = {"ledger": self.ledger, **more}
        for name, when in (
            ("as_asserted_by", self.cut.asserted_by),
            ("as_known_on", self.cut.known_on),
        ):
            if when:
                parameters[name] = when.isoformat()
        path = f"{view}/{quote(row, safe='')}" if row else view
        return f"/v1/{path}?{urlencode(parameters)}"

    def files(self, table: str, **more: str) -> tuple[tuple[str, str], ...]:
        """Return the files of a table of the API: how each is called, and its address."""
        return tuple((label, self.api(f"{table}.{ending}", **more)) for label, ending in FILES)

    def cite(self, cited: Cited) -> Citation:
        """Return how something is cited."""
        return self.state.citation(cited.title, self.state.page(cited.path, cited.anchor))


def frame_of(
    request: Request,
    state: AppState,
    served: LedgerState,
    parameters: PageParameters,
    standing: StateCited,
) -> Frame:
    """Make the frame of a request."""
    return Frame(
        ledger=served.name,
        names=DisplayNames(served.configuration),
        base=base_of(request, state),
        path=request.url.path,
        query=parameters.query,
        asked=tuple(request.query_params.multi_items()),
        spoken=spoken(),
        zones=_zones_of(served.configuration, parameters.time_zone.key),
        cut=parameters.cut,
        asserted=time_field(parameters.cut.asserted_by, parameters.time_zone),
        known=time_field(parameters.cut.known_on, parameters.time_zone),
        ledgers={name: ledger.configuration.title for name, ledger in state.ledgers.items()},
        position=standing.position,
        state=standing,
        today=(parameters.cut.asserted_by or parameters.cut.known_on or clock.now()).date(),
    )


def language_of(request: Request) -> Language:
    """Return the language of a request: the one its address names, else the one preferred."""
    preferred = ",".join(request.headers.getlist("accept-language"))
    return language_named(request.query_params.get(PARAMETER)) or accepted_language(preferred)


def spoken_to(request: Request, parameters: PageParameters) -> Spoken:
    """Return the language and the time zone that a page is written in: as asked, else as preferred.

    Raises:
        OtherAddressError: The address names a language that pages are not in.
    """
    named = request.query_params.get(PARAMETER)
    if named is not None and language_named(named) is None and request.method in ("GET", "HEAD"):
        raise without(request, PARAMETER)
    return Spoken(language_of(request), parameters.time_zone)


def _zones_of(ledger: LedgerConfiguration, asked: str) -> tuple[str, ...]:
    own = (side.time_zone for side in ledger.sides if side.time_zone)
    return tuple(dict.fromkeys(("UTC", ledger.time_zone, *own, *ledger.shown_time_zones, asked)))


def base_of(request: Request, state: AppState) -> str:
    """Return what the addresses of a request's ledger begin with."""
    first = request.url.path.split("/", 2)[1]
    return f"/{first}" if first in state.ledgers else ""


def context_of(frame: Frame, **more: Any) -> dict[str, Any]:
    """Return what a template is rendered with."""
    return {"frame": frame, "names": frame.names, **more}
