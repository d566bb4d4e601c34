"""What the ledger's answer is: a plain function of a list of facts, without state.

    1  read each claim; find which are withdrawn, by publishers or by operators
    2  find which exchange each claim means
    3  reconcile each exchange and each stock by itself
    4  hold each side's running totals against the exchanges
    5  test ordinals, superlatives and gaps across exchanges

Order of arrival is never an input. Nothing here is kept from one call to the next, and nothing is fast:
the engine (`services.reconciliation.engine`) keeps the same answer up to date as facts arrive, and a
property test holds it to this one, row for row. A new rule is written here first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

import msgspec

from schemas.decisions import CheckResultDetail, FigureResult, IdentifiedExchange, PublishedTotal
from schemas.events import ClaimRetracted, JudgementMade, JudgementUndone, RecordedRetraction
from schemas.judgement import Judgement
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import CheckKind, FigureKey, figure_key
from services.log_events.facts import ClaimFact, Fact
from services.reconciliation.claims.reading import ClaimKey, ClaimReader, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing, said_of
from services.reconciliation.figures import figure_stock
from services.reconciliation.lookups import (
    ClaimTable,
    ExchangeList,
    ListedExchanges,
    RevisionTable,
    counted_days,
    day_before,
)
from services.reconciliation.operations import (
    figures_with_differences,
    reconcile_operation,
    remainders_of,
)
from services.reconciliation.policy import Policy, policy_of
from services.reconciliation.procedure import (
    TOGETHER,
    CheckSubject,
    ExchangeClaims,
    ExchangeInSeries,
    JudgedSubject,
    Member,
    Stand,
    check_detail,
    day_tested,
    figure_spoken_of,
    loose_standing,
    reconcile_exchange,
    stand_of,
    subject_of,
    totals_subject,
)
from services.reconciliation.rules.credibility import confirm
from services.reconciliation.rules.first_since import check_first_since
from services.reconciliation.rules.judgements import JudgementsInForce, find_in_force
from services.reconciliation.rules.mediated_count import check_mediated, listed_with
from services.reconciliation.rules.ordinal import (
    as_ordinal,
    bearing_on,
    check_ordinal,
    longest_chain,
    side_counted,
    speaks_of_order,
)
from services.reconciliation.rules.quotes import with_first_speaker
from services.reconciliation.rules.running_total import check_total, check_window, expect
from services.reconciliation.rules.silence import lapse, latest_day
from services.reconciliation.rules.sound_totals import (
    SoundTotals,
    closes_around,
    find_sound_totals,
)
from services.reconciliation.rules.sum_check import Count, Tested
from services.reconciliation.rules.superlative import Measured, check_superlative
from services.reconciliation.rules.total_series import (
    TotalsOfDay,
    is_counted_total,
    point_of_series,
    read_totals_of_day,
    series_start,
    total_standing,
)
from services.reconciliation.rules.which_exchange import (
    Meant,
    find_exchange,
)
from services.reconciliation.rules.withdrawal import as_it_revises, revise, ring_through


class Answer(msgspec.Struct):
    """Everything that follows from a list of facts.

    Attributes:
        exchanges: What is known of each exchange, by id.
        figures: The figures, by id.
        checks: The outcome of every identity that was tested, by id.
        totals: The points of the running totals, by side, category and day.
        stands: Where each claim stands, by log position.
    """

    exchanges: dict[str, IdentifiedExchange] = msgspec.field(default_factory=dict)
    figures: dict[str, FigureResult] = msgspec.field(default_factory=dict)
    checks: dict[str, CheckResultDetail] = msgspec.field(default_factory=dict)
    totals: dict[tuple[str, str, date], PublishedTotal] = msgspec.field(default_factory=dict)
    stands: dict[int, Stand] = msgspec.field(default_factory=dict)


def reconcile(facts: Iterable[Fact], ledger: LedgerConfiguration) -> Answer:
    """Return the ledger's answer to a list of facts, which may come in any order.

    Args:
        facts: Recorded claims, retractions and judgements; a repeated claim counts once.
        ledger: The ledger's configuration, its policy included.
    """
    return answer_and_series(facts, ledger)[0]


def answer_and_series(
    facts: Iterable[Fact], ledger: LedgerConfiguration
) -> tuple[Answer, ListedExchanges]:
    """Return the same, and what exchanges and operations add to the sides' series."""
    policy = policy_of(ledger.policy)
    given = _read(facts, ledger, policy)
    members = _match(given, policy)
    subjects: dict[str, list[Member]] = {name: [] for name in given.judgements.subjects()}
    for member in members:
        name = subject_of(member.reading, member.meant, ledger.side_codes)
        subjects.setdefault(name, []).append(member)
    answer = Answer()
    in_series: dict[str, ExchangeInSeries] = {}
    for name, claims in sorted(subjects.items()):
        if not name.startswith("totals:"):
            _reconcile_subject(name, claims, given, answer, in_series)
    operations = [name.removeprefix("operation:") for name in subjects if ".." in name]
    answer.figures |= figures_with_differences(operations, answer.figures, in_series)
    remainders = remainders_of(operations, answer.figures, in_series, ledger.side_codes)
    listed = ListedExchanges(in_series, remainders)
    for side in ledger.side_codes:
        claims = subjects.get(totals_subject(side), [])
        _hold_totals(side, claims, given, answer, listed)
    ordered = (member for member in members if speaks_of_order(member.reading))
    _test_order((member for member in ordered if member.in_force), given, answer, listed)
    return answer, listed


class _ReadFacts(NamedTuple):
    """The facts, read.

    Attributes:
        readings: Every claim once, in order of speech.
        withdrawn: The claims that are out of force, and why; what an operator says comes first.
        judgements: What operators judged.
        latest: The latest day on which a report of a claim in force came out, null if none is known.
        ledger: The ledger's configuration.
        policy: The constants.
    """

    readings: Sequence[Reading]
    withdrawn: Mapping[ClaimKey, Standing]
    judgements: JudgementsInForce
    latest: date | None
    ledger: LedgerConfiguration
    policy: Policy


# 1. Read each claim; find which are withdrawn.


def _read(facts: Iterable[Fact], ledger: LedgerConfiguration, policy: Policy) -> _ReadFacts:
    reader = ClaimReader(ledger, policy)
    made: list[Judgement] = []
    undone: set[str] = set()
    readings: dict[ClaimKey, Reading] = {}
    retractions: list[RecordedRetraction] = []
    for fact in sorted(facts, key=_position_of):
        match fact:
            case ClaimFact():
                reading = reader.read(fact.data, position=fact.position)
                readings.setdefault(reading.key, reading)
            case ClaimRetracted():
                retractions.append(fact.data)
            case JudgementMade():
                made.append(fact.data)
            case JudgementUndone():
                undone.add(fact.data.judgement)
            case _:
                pass  # An erasure: what is left of a claim means what the claim did.
    judgements = find_in_force(made, undone)
    known = RevisionTable(readings, retractions, judgements.excluded, ledger.trusted_publishers)
    revised = {key: revise(key, ring_through(key, known), known) for key in readings}
    spoken = [as_it_revises(reading, reading, revised[key]) for key, reading in readings.items()]
    withdrawn = {key: of.withdrawn for key, of in revised.items() if of.withdrawn is not None}
    in_order = sorted(spoken, key=said_of)
    withdrawn |= judgements.excluded
    latest = latest_day(reading for reading in in_order if reading.key not in withdrawn)
    return _ReadFacts(in_order, withdrawn, judgements, latest, ledger, policy)


_position_of = attrgetter("position")


# 2. Find which exchange each claim means.


def _match(given: _ReadFacts, policy: Policy) -> list[Member]:
    known = ClaimTable(
        given.readings, given.withdrawn, given.judgements, policy, given.ledger.side_codes
    )
    by_key = {reading.key: reading for reading in given.readings}
    members = []
    for reading in given.readings:
        placed = given.judgements.place(reading)
        if placed is not None:
            meant = Meant(placed.exchange, f"judged:{placed.judgement}")
        else:
            meant = find_exchange(reading, known)
        meant = given.judgements.resolve(meant)
        # Whom a claim quotes decides whose voice it is, not which exchange it means.
        spoken = with_first_speaker(reading, by_key.get, given.ledger)
        members.append(Member(spoken, meant, reading.key not in given.withdrawn))
    return members


# 3. Reconcile each exchange and each stock by itself.


def _reconcile_subject(
    name: str,
    members: Sequence[Member],
    given: _ReadFacts,
    answer: Answer,
    in_series: dict[str, ExchangeInSeries],
) -> None:
    readings = [member.reading for member in members if member.counts]
    judgements, ledger, policy = given.judgements, given.ledger, given.policy
    if name.startswith("loose:"):
        standings = {reading.key: loose_standing(reading) for reading in readings}
        _place(members, given, answer, standings=standings)
        return
    pins = judgements.pins_at(name)
    if name.startswith("operation:"):
        operation = name.removeprefix("operation:")
        in_force = [member for member in members if member.in_force]
        whole = reconcile_operation(operation, in_force, ledger=ledger, policy=policy)
        figured, exchange = whole.figured, None
        answer.checks |= {check.id: check for check in whole.checks}
    elif name.startswith("stock:"):
        key = figure_key(name.removeprefix("stock:"))
        figured = figure_stock(key, readings, policy=policy, pin=pins.get(key))
        exchange = None
    else:
        exchange = name
        other_days = (member.meant.other_day for member in members if member.meant.other_day)
        found = reconcile_exchange(
            name,
            ExchangeClaims(
                counting=readings,
                other_days={day.isoformat() for day in other_days},
                spoken_of=latest_day(readings),
            ),
            JudgedSubject(pins, judgements.aliases_of(name), judgements.phases_of(name)),
            ledger=ledger,
            policy=policy,
        )
        figured = found.figured
        answer.checks |= {check.id: check for check in found.checks}
        if found.header is not None and found.in_series is not None:
            answer.exchanges[name] = lapse(found.header, found.lapses_on, given.latest)
            in_series[name] = found.in_series
    answer.figures |= {str(key): result for key, result in figured.results.items()}
    _place(
        members,
        given,
        answer,
        exchange=exchange,
        standings=figured.standings,
        figure_of=figured.figure_of,
        voice_of=figured.voice_of,
    )


def _place(  # noqa: PLR0913  a claim stands by what became of it
    members: Iterable[Member],
    given: _ReadFacts,
    answer: Answer,
    *,
    standings: Mapping[ClaimKey, Standing],
    exchange: str | None = None,
    figure_of: Mapping[ClaimKey, FigureKey] = {},
    voice_of: Mapping[ClaimKey, str] = {},
) -> None:
    """Return where each claim of a subject stands."""
    for member in members:
        reading = member.reading
        key = reading.key
        standing = given.withdrawn.get(key) or standings.get(key, ACTIVE)
        figure = figure_of.get(key) or figure_spoken_of(reading, exchange)
        answer.stands[reading.position] = stand_of(
            member,
            exchange,
            standing=standing,
            figure=str(figure) if figure else None,
            voice=voice_of.get(key),
        )


# 4. Hold each side's running totals against the exchanges.


def _hold_totals(
    side: str,
    members: Sequence[Member],
    given: _ReadFacts,
    answer: Answer,
    listed: ListedExchanges,
) -> None:
    readings = [member.reading for member in members if member.in_force]
    starts = Counter(reading.since for reading in readings if reading.since is not None)
    by_day: dict[date, list[Reading]] = {}
    for reading in readings:
        if is_counted_total(reading) and reading.as_of is not None:
            by_day.setdefault(reading.as_of, []).append(reading)
    start = series_start(given.ledger.opened, starts)
    days = {
        day: read_totals_of_day(spoken, side=side, day=day, start=start, policy=given.policy)
        for day, spoken in sorted(by_day.items())
    }
    tested, expected = _test_totals(side, days, listed, given.policy)
    for exchange in tested.closed:
        _trust(FigureKey(exchange, None, "returned", side, "all"), answer)
    standings = {reading.key: total_standing(reading) for reading in readings}
    figure_of: dict[ClaimKey, FigureKey] = {}
    voice_of: dict[ClaimKey, str] = {}
    for day, found in days.items():
        standings |= found.standings
        figure_of |= found.figure_of
        voice_of |= found.voice_of
        checks = [
            check_detail(
                "running_total",
                reading.key,
                reading.position,
                tested.outcomes[reading.key],
                CheckSubject(side=side, category=reading.category, as_of=day),
            )
            for reading in by_day[day]
            if reading.key in tested.outcomes
        ]
        answer.checks |= {check.id: check for check in checks}
        ids = sorted(check.id for check in checks)
        for category, said in found.series.items():
            key = FigureKey(None, day, "cumulative_returned", side, category)
            known, is_base = expected[category, day]
            point = point_of_series(key, said, known, ids, given.policy, is_base=is_base)
            if point is not None:
                answer.totals[side, category, day] = point
    _place(members, given, answer, standings=standings, figure_of=figure_of, voice_of=voice_of)


class _TestedTotals(NamedTuple):
    """The outcome for every claimed total, and the exchanges that two totals close around."""

    outcomes: dict[ClaimKey, Tested]
    closed: set[str]


def _test_totals(
    side: str,
    days: Mapping[date, TotalsOfDay],
    listed: ListedExchanges,
    policy: Policy,
) -> tuple[_TestedTotals, dict[tuple[str, date], tuple[Count | None, bool]]]:
    """Test every claimed total of a side; return what each point should be, too, and whether it is a base."""
    found = _TestedTotals({}, set())
    expected: dict[tuple[str, date], tuple[Count | None, bool]] = {}
    for category in sorted({category for day in days.values() for category in day.series}):
        exchanges = listed.of((side, category))
        spoken = {day: of.series[category] for day, of in days.items() if category in of.series}
        totals = [total for day, said in spoken.items() if (total := said.as_total(day))]
        sound = find_sound_totals(totals, exchanges, policy)
        if category == "all":
            found.closed.update(_closed_around(sound, exchanges))
        for day in spoken:
            is_base = any(link.day == day for link in sound.links)
            expected[category, day] = expect(sound, exchanges, day), is_base
            for reading in days[day].tested_in(category):
                found.outcomes[reading.key] = check_total(reading, sound, exchanges, day, policy)
    for of in days.values():
        for reading in of.windows:
            exchanges = listed.of((side, reading.category))
            found.outcomes[reading.key] = check_window(reading, exchanges)
    return found, expected


def _closed_around(sound: SoundTotals, exchanges: ExchangeList) -> Iterable[str]:
    pairs = zip(sound.links, sound.links[1:], strict=False)
    closed = (closes_around(before, later, exchanges) for before, later in pairs)
    return (known.exchange for known in closed if known is not None)


def _trust(key: FigureKey, answer: Answer) -> None:
    """Raise a figure nobody else confirms that two running totals close around (§6)."""
    result = answer.figures.get(str(key))
    if result is not None:
        answer.figures[str(key)] = confirm(result)


# 5. Test ordinals, superlatives and gaps across exchanges.


def _test_order(
    members: Iterable[Member],
    given: _ReadFacts,
    answer: Answer,
    listed: ListedExchanges,
) -> None:
    in_series = listed.in_series
    for member in members:
        reading = as_ordinal(member.reading)
        exchange = member.meant.exchange or member.meant.operation
        known = in_series.get(exchange) if exchange else None
        day = day_tested(reading, exchange, known)
        if reading.modality != "asserted" or day is None:
            continue
        kind: CheckKind
        match reading.measure:
            case "exchange_ordinal":
                kind, tested = "ordinal", _test_ordinal(reading, day, in_series, given.policy)
            case "superlative":
                measures = _measures(reading, exchange, in_series, given.ledger.side_codes)
                kind, tested = "superlative", check_superlative(reading, measures)
            case "mediated_count":
                mediated = listed_with(reading, in_series.values(), day)
                kind, tested = "mediated_count", check_mediated(reading, mediated)
            case _:
                before = day_before(reading, day, listed, given.ledger.side_codes)
                kind, tested = (
                    "first_since",
                    check_first_since(reading, day=day, before=before, policy=given.policy),
                )
        side = reading.side if reading.side != "both" else None
        about = CheckSubject(exchange=exchange, side=side, as_of=day)
        check = check_detail(kind, reading.key, reading.position, tested, about)
        answer.checks[check.id] = check


def _test_ordinal(
    reading: Reading, day: date, in_series: Mapping[str, ExchangeInSeries], policy: Policy
) -> Tested:
    side = side_counted(reading)
    days = ExchangeList(in_series, (side, "all")).days() if side else counted_days(in_series)
    numbers = [
        (exchange, known.ordinals[reading.counter])
        for exchange, known in sorted(in_series.items())
        if known.is_counted and reading.counter in known.ordinals
    ]
    chain = longest_chain(numbers, policy)
    # A window starts after the ledger's first exchange.
    is_window = bool(reading.since is not None and days and reading.since > days[0])
    return check_ordinal(
        reading,
        listed_days=days,
        window=(reading.since if is_window else None, day),
        given=bearing_on(numbers, chain, reading.stated_date, day),
        policy=policy,
    )


def _measures(
    reading: Reading,
    exchange: str | None,
    in_series: Mapping[str, ExchangeInSeries],
    side_codes: Sequence[str],
) -> list[Measured]:
    known = in_series.get(exchange) if exchange else None
    if known is None or exchange is None:
        return []
    sides = side_codes if reading.side == "both" else (reading.side,)
    series = {f"returned to {side}": (side, "all") for side in sides}
    if reading.side == "both":
        series["both sides together"] = TOGETHER
    return [
        Measured(
            named,
            known.counts.get(name),
            ExchangeList(in_series, name).greatest_low(reading.since, known.day, exchange),
        )
        for named, name in series.items()
    ]
