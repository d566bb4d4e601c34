"""What the claims cover: the first and the last day, the newest report, and who states a time of day.

A report that names its day alone is published at some hour of it; a publisher puts noon or midnight for
it in the event's own time. So a claim says a time of day only where its `published_at` does, or where
the time it was said at is neither noon nor midnight.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from schemas.headline import Coverage, HeadlineRow, SideTotal, Summary
from schemas.instants import day_written, in_utc
from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, CumulativePoint
from schemas.vocabulary import CAME_BACK, exchange_day
from services.queries.as_of import Cut


#: Times that stand for a whole day.
_WHOLE_DAY = frozenset({time(0), time(12)})
_DAY_LENGTH = len("2024-01-03")


def states_time_of_day(claim: ClaimView) -> bool:
    """Return whether a claim says at what time of day it was made or published."""
    if claim.published_at is not None and len(claim.published_at) > _DAY_LENGTH:
        return True
    said = claim.asserted_at
    return said is not None and in_utc(said).timetz().replace(tzinfo=None) not in _WHOLE_DAY


def is_for_hour(cut: Cut) -> bool:
    """Return whether only what was said by some hour of a day is asked for."""
    return cut.asserted_by is not None and cut.asserted_by.time() != time.max


def untimed_note(cut: Cut, claims: Iterable[ClaimView]) -> str | None:
    """Return of how many claims nobody knows the hour, in words; null unless an hour is asked for."""
    if not is_for_hour(cut):
        return None
    claims = tuple(claims)
    untimed = sum(not states_time_of_day(claim) for claim in claims)
    return (
        f"{untimed} of the {len(claims)} claims made by then do not say their time of day: "
        "they are taken as made when their day began, or at its noon"
    )


def coverage(claims: Iterable[ClaimView], today: date) -> Coverage:
    """Return what claims cover, as seen on a day."""
    claims = tuple(claims)
    days = sorted(day for claim in claims if (day := _day_spoken_of(claim)) is not None)
    reports = [day for claim in claims if (day := _report_day(claim)) is not None]
    last = max(reports, default=None)
    timed = sum(map(states_time_of_day, claims))
    return Coverage(
        claims=len(claims),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        last_report=last,
        last_report_age_days=None if last is None else (today - last).days,
        with_time_of_day=timed,
        without_time_of_day=len(claims) - timed,
    )


def summary(
    ledger: LedgerConfiguration,
    position: int,
    points: Sequence[CumulativePoint],
    rows: Sequence[HeadlineRow],
    covered: Coverage,
) -> Summary:
    """Put a ledger's summary together."""
    newest = {point.side: point for point in points if point.category == "all"}
    return Summary(
        ledger=ledger.name,
        title=ledger.title,
        position=position,
        totals=tuple(
            SideTotal(
                side=point.side,
                category=point.category,
                as_of=point.as_of,
                low=point.low,
                best=point.best,
                high=point.high,
                status=point.status,
                listed=point.listed,
                gaps=gaps_of(side, rows),
            )
            for side in ledger.side_codes
            if (point := newest.get(side)) is not None
        ),
        coverage=covered,
    )


def gaps_of(side: str, rows: Iterable[HeadlineRow]) -> int:
    """Return of how many exchanges that took place nobody gives a number for a side."""
    return sum(row.side == side and row.status in CAME_BACK and row.best is None for row in rows)


def _day_spoken_of(claim: ClaimView) -> date | None:
    if claim.modality == "planned":
        return None
    if claim.exchange is not None:
        return exchange_day(claim.exchange)
    stated = claim.stated_exchange.date
    if isinstance(stated, date) and not isinstance(stated, datetime):
        return stated
    return claim.period.as_of


def _report_day(claim: ClaimView) -> date | None:
    if claim.published_at is not None:
        return day_written(claim.published_at)
    return None if claim.asserted_at is None else in_utc(claim.asserted_at).date()
