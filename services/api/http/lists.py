"""How the rows of a list are found: filtered, and cut into pages.

A cursor holds the key of the last row of a page, so the next page begins after that key whether or not
the row still exists, and new rows appear on the page where their key belongs.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response

from schemas.ledger import LedgerConfiguration
from services.api.http.negotiation import (
    choose_form,
    etag_of,
    has,
    send,
    unchanged,
)
from services.api.http.problems import unknown, wrong_parameter
from services.api.http.query_parameters import LIMIT, AsOfParameters, ListParameters
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.row_answers import FoundRows, answer_rows, is_whole
from services.api.http.state import state_of
from services.api.views.live import Shown
from services.api.views.tables import ROW_TYPES, HeldRow, Key, View
from services.queries.as_of import Cut, current_id
from services.queries.coverage import is_for_hour, states_time_of_day
from services.queries.days import is_between


class Listing(NamedTuple):
    """One list: its view, and how its rows are filtered.

    Attributes:
        view: The rows.
        fields: Filters that ask for one value: the parameter, and what of a row it is compared with.
        day: The day of a row that `date_from` and `date_to` look at, null if it has none.
    """

    view: View
    fields: dict[str, Callable[[Any], object]]
    day: Callable[[Any], date | None]


class Paged(NamedTuple):
    """The rows of one page, and the cursor of the next one."""

    rows: Sequence[HeldRow]
    next: str | None


async def answer_list(request: Request, listing: Listing, parameters: ListParameters) -> Response:
    """Answer a page of a list."""
    state = state_of(request)
    form = choose_form(request)
    ledger = state.ledger(parameters.ledger)
    check_side(parameters, ledger.configuration)
    after = read_key(parameters.cursor, listing.view, ROW_TYPES[listing.view].types)
    await ledger.wait_for(parameters.min_position)
    version = await ledger.version(parameters.cut)
    etag = etag_of(request, ledger.name, version, form)
    if has(request, etag):
        return unchanged(etag, version)
    views: list[View] = [listing.view]
    if getattr(parameters, "exchange", None):
        views.append("exchanges")
    if is_for_hour(parameters.cut):
        views.append("claims")
    shown = await ledger.read(views, parameters.cut)
    limit = (
        len(shown.tables[listing.view].rows) if is_whole(request, form, parameters.limit) else None
    )
    page = _page(shown, listing, parameters, after, limit or parameters.limit or LIMIT)
    found = FoundRows(
        ledger=ledger,
        cut=parameters.cut,
        version=shown.version,
        record=ROW_TYPES[listing.view].record,
        rows=page.rows,
        next=page.next,
        untimed=untimed_in(shown, parameters.cut),
    )
    return await answer_rows(request, found, form)


async def answer_row(
    request: Request,
    view: View,
    parameters: AsOfParameters,
    find: Callable[[Shown], HeldRow | None],
) -> Response:
    """Answer one row.

    Raises:
        ProblemError: There is none of that id.
    """
    form = choose_form(request, ("json",))
    ledger = state_of(request).ledger(parameters.ledger)
    await ledger.wait_for(parameters.min_position)
    shown = await ledger.read([view], parameters.cut)
    row = find(shown)
    if row is None:
        raise unknown(view.removesuffix("s"), next(iter(request.path_params.values())))
    etag = etag_of(request, ledger.name, shown.version, form)
    # Only what is there can be unchanged.
    if has(request, etag):
        return unchanged(etag, shown.version)
    mark_cacheable(request, Source(ledger, parameters.cut, shown.version))
    return send(row.json, form, etag)


def write_cursor(name: str, key: Key) -> str:
    """Write the cursor of what follows a row of the list of a name."""
    text = json.dumps([name, *key], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode(errors="surrogatepass")).decode().rstrip("=")


def read_key(cursor: str | None, name: str, types: Sequence[type]) -> Any:
    """Read a cursor of the list of a name, whose keys are of the given types; null for none.

    Raises:
        ProblemError: It is none of that list.
    """
    if cursor is None:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, Base64Error, RecursionError):
        parts = None
    is_ours = isinstance(parts, list) and [type(part) for part in parts[1:]] == list(types)
    if not is_ours or parts[0] != name:
        raise wrong_parameter(
            "cursor", expected="the `next` of a page of the same list", found=cursor
        )
    return tuple(parts[1:])


def check_side(parameters: AsOfParameters, ledger: LedgerConfiguration) -> None:
    """Check that the side asked for is one of the ledger's.

    Raises:
        ProblemError: It is not.
    """
    side = getattr(parameters, "side", None)
    known = (*ledger.side_codes, "both")
    if side is not None and side not in known:
        raise wrong_parameter("side", expected=f"one of {', '.join(known)}", found=side)


def _page(
    shown: Shown, listing: Listing, parameters: ListParameters, after: Key | None, limit: int
) -> Paged:
    table = shown.tables[listing.view]
    wanted = {
        name: found for name in listing.fields if (found := getattr(parameters, name)) is not None
    }
    if "exchange" in wanted:
        exchanges = [row.record for row in shown.tables["exchanges"].rows]
        wanted["exchange"] = current_id(wanted["exchange"], exchanges)
    rows: list[HeldRow] = []
    for row in table.rows[table.after(after) :]:
        if not _is_wanted(row.record, listing, parameters, wanted):
            continue
        if len(rows) == limit:
            return Paged(rows, write_cursor(listing.view, rows[-1].key))
        rows.append(row)
    return Paged(rows, None)


def _is_wanted(
    record: Any, listing: Listing, parameters: ListParameters, wanted: dict[str, object]
) -> bool:
    if any(listing.fields[name](record) != value for name, value in wanted.items()):
        return False
    return is_between(listing.day(record), parameters.date_from, parameters.date_to)


def untimed_in(shown: Shown, cut: Cut) -> int | None:
    """Return how many claims do not say their time of day; null unless an hour is asked for."""
    if not is_for_hour(cut):
        return None
    return sum(not states_time_of_day(row.record) for row in shown.tables["claims"].rows)


def link_to_next(request: Request, cursor: str | None) -> str:
    """Return the `Link` header of the page that follows."""
    url = request.url.include_query_params(cursor=cursor)
    return f'<{url.path}?{url.query}>; rel="next"'
