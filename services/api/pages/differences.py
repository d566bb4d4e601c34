"""What changed between two places of the log, as people read it: exchange by exchange, the newest first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from schemas.answers import PlaceReached
from schemas.comparison import CheckState, ExchangeState, ExplainedDifference, OperationState
from schemas.ledger import LedgerConfiguration
from schemas.views import Check, Numbers
from schemas.vocabulary import CheckKind, first_day
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames
from services.api.pages.overview import Tables
from services.api.pages.phrases import count, ordinal, span
from services.api.pages.words import CAUSES, CHECKS, EXCHANGE_STATUSES, MEDIATORS, RESULTS, STATUSES
from services.api.views.between import Differences
from services.queries.headline_totals import EVERYBODY


#: Exchanges, totals and checks that are shown; the rest is read over the API.
SHOWN_COUNT_MAX = 60
#: Facts named at one row.
FACT_COUNT_MAX = 4


class StateShown(NamedTuple):
    """A row at one of the two places: its number or status, and what else is said of it."""

    main: str
    more: str = ""


class ChangeShown(NamedTuple):
    """One row that changed.

    Attributes:
        row: The difference, with what it follows from.
        about: What the row is about, in words.
        old: As it was, null if it was not there.
        new: As it is, null if it is no longer there.
        why: Why it changed, in a word; empty if no word is kept for it.
    """

    row: ExplainedDifference
    about: str
    old: StateShown | None
    new: StateShown | None
    why: str = ""


class ExchangeChanges(NamedTuple):
    """What changed about one exchange, or an operation of several days.

    Attributes:
        id: Its id.
        day: Its first day, null if no day is known.
        is_linked: Whether it has a page.
        own: What changed of itself, null if nothing did.
        figures: Its figures that changed.
    """

    id: str
    day: date | None
    is_linked: bool
    own: ChangeShown | None
    figures: tuple[ChangeShown, ...]


class TotalChanges(NamedTuple):
    """The points of one side's running total that changed, the newest first."""

    about: str
    points: tuple[tuple[date, ChangeShown], ...]


class DifferencesShown(NamedTuple):
    """What the page shows; each list with how many of it are left out."""

    start: PlaceReached
    end: PlaceReached
    recorded_count: int
    exchanges: tuple[ExchangeChanges, ...]
    totals: tuple[TotalChanges, ...]
    checks: tuple[ChangeShown, ...]
    counts: Mapping[str, int]
    left_out: tuple[int, int]


def differences_shown(
    found: Differences, tables: Tables, ledger: LedgerConfiguration
) -> DifferencesShown:
    """Put the page together."""
    rows: defaultdict[str, list[ExplainedDifference]] = defaultdict(list)
    for line in found.lines:
        row = ExplainedDifference.model_validate_json(line)
        rows[row.view].append(row)
    names = DisplayNames(ledger)
    known = {row.id for row in tables.exchanges} | {row.id for row in tables.operations}
    exchanges = _exchanges(rows, names, known)
    checks = _checks(rows["checks"], names, tables.checks)
    return DifferencesShown(
        found.start,
        found.end,
        found.recorded_count,
        tuple(exchanges[:SHOWN_COUNT_MAX]),
        tuple(_totals(rows["cumulative"], names)),
        tuple(checks[:SHOWN_COUNT_MAX]),
        {view: len(changed) for view, changed in rows.items()},
        (max(0, len(exchanges) - SHOWN_COUNT_MAX), max(0, len(checks) - SHOWN_COUNT_MAX)),
    )


def _exchanges(
    rows: Mapping[str, Sequence[ExplainedDifference]],
    names: DisplayNames,
    known: Collection[str],
) -> list[ExchangeChanges]:
    figures: defaultdict[str, list[ChangeShown]] = defaultdict(list)
    for row in rows["figures"]:
        why = CAUSES[row.cause].label if row.cause in CAUSES else ""  # type: ignore[index]
        change = ChangeShown(row, names.about_figure(row.id), _state(row.old), _state(row.new), why)
        figures[row.id.partition(":")[0]].append(change)
    own = {
        row.id: ChangeShown(row, "", _state(row.old), _state(row.new))
        for row in (*rows["exchanges"], *rows["operations"])
    }
    shown = [
        ExchangeChanges(about, _day(about), about in known, own.get(about), tuple(figures[about]))
        for about in {*figures, *own}
    ]
    return sorted(shown, key=lambda one: (one.day or date.min, one.id), reverse=True)


def _totals(rows: Iterable[ExplainedDifference], names: DisplayNames) -> list[TotalChanges]:
    points: defaultdict[tuple[str, str], list[tuple[date, ChangeShown]]] = defaultdict(list)
    for row in rows:
        side, _, rest = row.id.partition(":")
        category, _, as_of = rest.rpartition(":")
        change = ChangeShown(row, "", _state(row.old), _state(row.new))
        points[side, category].append((date.fromisoformat(as_of), change))
    return [
        TotalChanges(
            f"To {names.side(side)}, {names.category(category)}",
            tuple(sorted(found, key=lambda point: point[0], reverse=True)),
        )
        # Everybody first, then the groups of which most is told.
        for (side, category), found in sorted(
            points.items(), key=lambda item: (item[0][1] != EVERYBODY, -len(item[1]), item[0])
        )
    ]


def _checks(
    rows: Iterable[ExplainedDifference], names: DisplayNames, checks: Iterable[Check]
) -> list[ChangeShown]:
    known = {check.id: check for check in checks}
    kinds: Mapping[str, CheckKind] = {kind: kind for kind in CHECKS}
    shown = []
    for row in rows:
        check = known.get(row.id)
        kind = kinds.get(check.kind if check else row.id.partition(":")[0])
        about = CHECKS[kind].label if kind else row.id
        if check and check.side:
            about = f"{about}, {names.side(check.side)}"
        shown.append(ChangeShown(row, about, _state(row.old), _state(row.new)))
    # Those that do not add up, at either place, before the rest.
    return sorted(shown, key=lambda change: not _is_failure(change.row))


def _is_failure(row: ExplainedDifference) -> bool:
    return any(isinstance(one, CheckState) and one.result == "fail" for one in (row.old, row.new))


def _state(
    state: Numbers | ExchangeState | CheckState | OperationState | None,
) -> StateShown | None:
    match state:
        case None:
            return None
        case Numbers():
            return StateShown(span(state.low, state.best, state.high), STATUSES[state.status].label)
        case ExchangeState():
            numbers = [f"{ordinal(given.ordinal)} ({given.counter})" for given in state.ordinals]
            mediators = [MEDIATORS.get(code, code) for code in state.mediators]
            return StateShown(
                EXCHANGE_STATUSES[state.status].label, "; ".join((*numbers, *mediators))
            )
        case CheckState():
            return StateShown(
                RESULTS[state.result].label, gettext("%(number)s said", number=count(state.got))
            )
        case OperationState():
            return StateShown(EXCHANGE_STATUSES[state.status].label, ", ".join(state.phases))


def _day(about: str) -> date | None:
    try:
        return first_day(about)
    except ValueError:
        return None
