"""From the claims on one exchange to its figures: reconciliation.md §5, steps 1 to 8 and the lattice.

A pure function of the readings that mean the exchange. What one exchange's figures are depends on no
other exchange.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from schemas.claim import OF_WHOM_DEAD
from schemas.decisions import Explanation, FigureResult
from schemas.judgement import Pin
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import FREED_TO_THIRD, FigureKey, operation_days
from services.reconciliation.claims.categories import read_category
from services.reconciliation.claims.interval import ANY, Interval, plus
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing, Voices, by_voice, said_of
from services.reconciliation.policy import Policy
from services.reconciliation.rules.breakdown_check import (
    LIST_COUNT_MIN,
    Listed,
    check_breakdowns,
    check_part,
)
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.computed_whole import CountedPart, compute_whole
from services.reconciliation.rules.core import find_core
from services.reconciliation.rules.counted_apart import find_counted_apart
from services.reconciliation.rules.counted_beside import find_beside_kind, find_beside_soldiers
from services.reconciliation.rules.credibility import confirm, credibility_of
from services.reconciliation.rules.dead_within import are_dead, find_living
from services.reconciliation.rules.drift import find_drift, find_soldiers_alone
from services.reconciliation.rules.implied import find_implied, services_of
from services.reconciliation.rules.judgements import made_at
from services.reconciliation.rules.level import WITHHELD, core_of, figure_level
from services.reconciliation.rules.outgrown import find_below_part, find_outgrown
from services.reconciliation.rules.pin import Pinned
from services.reconciliation.rules.place_unsaid import place_unsaid
from services.reconciliation.rules.propagate import ALL, CIVILIAN, MILITARY, Level, limits_of
from services.reconciliation.rules.scope import explain_scope
from services.reconciliation.rules.sum_check import Count, Tested, check_sum
from services.reconciliation.rules.sum_told_as_part import find_sums_told_as_parts
from services.reconciliation.rules.told_by_total import tell_by_total


class Figured(msgspec.Struct, gc=False):
    """What became of the claims on one exchange (or on one day's stock).

    Attributes:
        results: Its figures.
        standings: Where each claim stands.
        figure_of: The figure at whose level each claim speaks.
        voice_of: The voice each counting claim belongs to, where it is not its own speaker's.
        sums: The outcome of each claimed total of both sides.
        lists: By side, the outcome of each speaker's complete list.
        wholes: By side, what the counted parts say of everybody where nobody counts everybody.
        pinned: The figures an operator pinned.
    """

    results: dict[FigureKey, FigureResult] = msgspec.field(default_factory=dict)
    standings: dict[ClaimKey, Standing] = msgspec.field(default_factory=dict)
    figure_of: dict[ClaimKey, FigureKey] = msgspec.field(default_factory=dict)
    voice_of: dict[ClaimKey, str] = msgspec.field(default_factory=dict)
    sums: dict[ClaimKey, Tested] = msgspec.field(default_factory=dict)
    lists: list[tuple[str, Listed]] = msgspec.field(default_factory=list)
    wholes: dict[str, Count] = msgspec.field(default_factory=dict)
    pinned: dict[FigureKey, Pinned] = msgspec.field(default_factory=dict)

    def pin(self, side: str) -> None:
        """Set the pinned figures of a side, or of both, to what they were pinned at."""
        for key, pinned in self.pinned.items():
            if key.side == side:
                self.results[key] = pinned.result()

    def count(self, exchange: str, side: str, category: str = "all") -> Count | None:
        """Return a side's figure as a range and a best number, null if there is none.

        Where nobody counts everybody, the parts give a lower bound.
        """
        result = self.results.get(FigureKey(exchange, None, "returned", side, category))
        if result is not None and result.best is not None:
            return Count(Interval(result.low, result.high), result.best)
        return self.wholes.get(side) if category == ALL[0] else None

    def assumed(self, exchange: str, side: str, category: str = "all") -> Count | None:
        """Return the same, taking the counted parts for the whole where nobody counts everybody."""
        count = self.count(exchange, side, category)
        if count is not None and category == ALL[0] and side in self.wholes:
            return Count(Interval(count.interval.low, count.best), count.best)
        return count


def figure_exchange(
    exchange: str,
    readings: Sequence[Reading],
    *,
    ledger: LedgerConfiguration,
    policy: Policy,
    pins: Mapping[FigureKey, Pin] | None = None,
) -> Figured:
    """Reconcile the claims that mean one exchange.

    Args:
        exchange: Its id.
        readings: Claims in force, in any order: retracted and explicitly revised ones are out.
        ledger: The sides.
        policy: The constants.
        pins: What an operator pinned of its figures.
    """
    figured = Figured()
    if pins:
        evidence = figure_exchange(exchange, readings, ledger=ledger, policy=policy).results
        for stated, pin in sorted(pins.items(), key=_pinned_at):
            category = read_category(stated.category, ledger)
            key = stated._replace(category=category.name)
            level = (category.name, category.place)
            figured.pinned[key] = Pinned(pin, level, evidence.get(key))
    counting = _set_aside(readings, figured)
    for side in ledger.side_codes:
        returned = [
            reading
            for reading in counting
            if reading.measure == "returned" and reading.side == side
        ]
        if returned or any(key.side == side for key in figured.pinned):
            _figure_side(exchange, side, returned, figured, ledger=ledger, policy=policy)
    _figure_thirds(exchange, counting, figured, policy)
    _figure_total(exchange, counting, figured, ledger=ledger, policy=policy)
    figured.pin("both")
    return figured


def _pinned_at(pinned: tuple[FigureKey, Pin]) -> tuple[object, str]:
    return made_at(pinned[1])


def figure_stock(
    key: FigureKey, readings: Sequence[Reading], *, policy: Policy, pin: Pin | None = None
) -> Figured:
    """Reconcile the claims on one stock of people or one mediator's count, at one level."""
    figured = Figured()
    counting = _set_aside(readings, figured)
    if counting:
        figured.figure_of |= dict.fromkeys((reading.key for reading in counting), key)
        voices = _collapse(counting, figured).voices
        figured.results[key] = figure_level(voices, core_of(voices), counting, ANY, policy)
    if pin is not None:
        figured.pinned[key] = Pinned(pin, ALL, figured.results.get(key))
        figured.pin(key.side)
    return figured


def _set_aside(readings: Iterable[Reading], figured: Figured) -> list[Reading]:
    """Step 4: plans, denials and sums are evidence of something else than a count."""
    counting = []
    for reading in readings:
        if reading.modality != "asserted":
            figured.standings[reading.key] = Standing("excluded", reading.modality)
        elif reading.is_derived:
            figured.standings[reading.key] = Standing("derived", "derived-from-other-claims")
        else:
            figured.standings[reading.key] = ACTIVE
            counting.append(reading)
    return counting


def _figure_side(  # noqa: PLR0913  a figure rests on the claims, the ledger and the policy
    exchange: str,
    side: str,
    returned: Sequence[Reading],
    figured: Figured,
    *,
    ledger: LedgerConfiguration,
    policy: Policy,
) -> None:
    returned = _set_dead_aside(exchange, side, returned, figured, policy)
    levels = _by_level(exchange, side, returned, figured, policy)
    outgrown = find_below_part(levels) | find_outgrown(levels)
    heard = {level: _collapse(spoken, figured, outgrown) for level, spoken in levels.items()}
    if outgrown and not heard[ALL].voices and all(reading.tested for reading in levels[ALL]):
        # Nobody's number for everybody is left, and nobody withheld it.
        del heard[ALL], levels[ALL]
    own = {level: core_of(voices.voices) for level, voices in heard.items()}
    cores = {level: core for level, core in own.items() if core is not None}
    for key, pinned in figured.pinned.items():
        if key.side == side and key.category != OF_WHOM_DEAD:
            levels.setdefault(pinned.level, [])
            cores[pinned.level] = pinned.interval
    limits = limits_of(cores, services_of(heard))
    beside, of_kind = find_beside_soldiers(levels), find_beside_kind(levels)
    if beside is not None or of_kind is not None:
        least = max(beside.whole if beside else 0, of_kind or 0, limits[ALL].low)
        limits[ALL] = Interval(least, None)
    implied = find_implied(side, heard, own.get(ALL), ledger=ledger, policy=policy)
    for level in sorted(heard):
        key = FigureKey(exchange, None, "returned", side, level[0])
        voices = heard[level].voices
        core = own.get(level)
        if level in implied:
            voices = [*voices, implied[level]]
            core = find_core(voices).interval
        limit = limits.get(level, ANY)
        figured.results[key] = figure_level(voices, core, levels[level], limit, policy)
    whole = FigureKey(exchange, None, "returned", side, ALL[0])
    if ALL in heard:
        _explain_whole(whole, heard, figured, policy, is_implied=ALL in implied)
    figured.pin(side)
    _check_lists(whole, levels, figured)
    _check_parts(whole, levels, figured)
    counted = {level: spoken for level, spoken in levels.items() if level in cores}
    if ALL not in counted and limits[ALL].low:
        _compute_whole(whole, counted, figured, limits[ALL], policy)
        if ALL in heard and (computed := figured.results[whole]).status == "computed":
            figured.results[whole] = replace(computed, reasons=(WITHHELD, *computed.reasons))


def _set_dead_aside(
    exchange: str, side: str, returned: Sequence[Reading], figured: Figured, policy: Policy
) -> Sequence[Reading]:
    """Figure the dead within a side's numbers by themselves; return the claims on the living."""
    dead = [reading for reading in returned if are_dead(reading)]
    if not dead:
        return returned
    key = FigureKey(exchange, None, "returned", side, OF_WHOM_DEAD)
    figured.figure_of |= dict.fromkeys((reading.key for reading in dead), key)
    voices = _collapse(dead, figured).voices
    figured.results[key] = figure_level(voices, core_of(voices), dead, ANY, policy)
    others = [reading for reading in returned if not are_dead(reading)]
    living = find_living(others, voices)
    figured.standings |= {key: found.standing for key, found in living.items()}
    return [living[reading.key].reading if reading.key in living else reading for reading in others]


def _by_level(
    exchange: str, side: str, returned: Sequence[Reading], figured: Figured, policy: Policy
) -> dict[Level, list[Reading]]:
    """Sort the claims on one side by the level at which they speak."""
    returned = place_unsaid(returned, policy)
    drifted = (
        find_sums_told_as_parts(returned) or find_drift(returned) or find_soldiers_alone(returned)
    )
    figured.standings |= dict.fromkeys(drifted, Standing("active", "category-drift"))
    levels: dict[Level, list[Reading]] = {}
    keys: dict[Level, FigureKey] = {}
    for reading in returned:
        read = drifted.get(reading.key, reading)
        level = (read.category, read.place)
        if level not in levels:
            levels[level] = []
            keys[level] = FigureKey(exchange, None, "returned", side, read.category)
        levels[level].append(read)
        figured.figure_of[read.key] = keys[level]
    return levels


def _explain_whole(
    whole: FigureKey,
    heard: Mapping[Level, Voices],
    figured: Figured,
    policy: Policy,
    *,
    is_implied: bool,
) -> None:
    """Add to everybody's figure which narrower counts it rests on, and which differ by scope alone."""
    result = figured.results[whole]
    flags = result.flags
    if is_implied:
        flags = ("category_gap" if result.high is None else "assumption_used", *flags)
    basis = _parts(figured, whole) if "category_gap" in flags else ()
    scopes: tuple[Explanation, ...] = ()
    if len(heard) > 1:
        agreed = {
            level: voices
            for level, voices in heard.items()
            if figured.results[whole._replace(category=level[0])].status != "disputed"
        }
        scopes = tuple(explain_scope(whole.side, result.best, agreed))
    if scopes:
        flags = (*flags, "scope_explained")
    if basis or scopes or flags != result.flags:
        figured.results[whole] = replace(
            result,
            basis=basis,
            flags=flags,
            reasons=(*scopes, *result.reasons)[: policy.reasons_max],
        )


def _check_lists(
    whole: FigureKey, levels: Mapping[Level, Sequence[Reading]], figured: Figured
) -> None:
    if len(levels) < LIST_COUNT_MIN:
        # A list is a whole and two parts at least, each at a level of its own.
        return
    counting = [
        reading
        for spoken in levels.values()
        for reading in spoken
        if figured.standings[reading.key].state == "active"
    ]
    found = [
        listed
        for _, spoken in sorted(by_voice(counting).items())
        for listed in check_breakdowns(spoken)
    ]
    figured.lists += [(whole.side, listed) for listed in found]
    _trust(whole, found, figured)


def _check_parts(
    whole: FigureKey, levels: Mapping[Level, Sequence[Reading]], figured: Figured
) -> None:
    """Hold each part against the figure of the whole, by the first claim that gives it too many."""
    result = figured.results.get(whole)
    if result is None or result.high is None:
        return
    for level, spoken in sorted(levels.items()):
        if level == ALL:
            continue
        found = (
            check_part(reading, Interval(result.low, result.high))
            for reading in sorted(spoken, key=said_of)
            if figured.standings[reading.key].state == "active"
        )
        listed = next((one for one in found if one is not None), None)
        if listed is not None:
            figured.lists.append((whole.side, listed))


def _trust(whole: FigureKey, lists: Sequence[Listed], figured: Figured) -> None:
    """Raise a figure nobody else confirms where separately published parts make it (§6)."""
    result = figured.results.get(whole)
    if result is not None and any(
        listed.tested.result == "pass" and listed.tested.got == result.best for listed in lists
    ):
        figured.results[whole] = confirm(result)


def _parts(figured: Figured, whole: FigureKey) -> tuple[str, ...]:
    """Return the narrower figures behind a lower bound: soldiers and civilians, else every part."""
    others = {whole.category, OF_WHOM_DEAD}
    parts = [key for key in figured.results if key.category not in others and key[:4] == whole[:4]]
    partition = [key for key in parts if key.category in (MILITARY[0], CIVILIAN[0])]
    counted = _counted(figured, partition) or _counted(figured, parts)
    return tuple(sorted(str(key) for key in counted))


def _counted(figured: Figured, keys: Iterable[FigureKey]) -> list[FigureKey]:
    """Return those figures for which somebody gave a usable number of people."""
    return [key for key in keys if figured.results[key].best]


def _collapse(
    spoken: Sequence[Reading],
    figured: Figured,
    outgrown: Mapping[ClaimKey, Standing] = {},
) -> Voices:
    heard = collapse(spoken, outgrown)
    figured.standings |= heard.standings
    for voice in heard.voices:
        for reading in voice.readings:
            figured.voice_of[reading.key] = voice.shown
    return heard


def _compute_whole(
    whole: FigureKey,
    levels: Mapping[Level, Sequence[Reading]],
    figured: Figured,
    limit: Interval,
    policy: Policy,
) -> None:
    """Nobody counts everybody: add what the counted parts give."""
    parts = {}
    for level, spoken in levels.items():
        key = whole._replace(category=level[0])
        parts[level] = CountedPart(key, figured.results[key], spoken)
    beside = find_beside_soldiers(levels)
    apart = find_counted_apart(levels)
    computed = compute_whole(parts, limit, policy, beside.level if beside else None, apart)
    if computed is not None:
        figured.wholes[whole.side] = computed.total
        result = computed.result
        # Parts of an operation make no whole of it: its days say more.
        if result is not None and operation_days(whole.exchange or "") is None:
            figured.results[whole] = result


def _figure_thirds(
    exchange: str, counting: Iterable[Reading], figured: Figured, policy: Policy
) -> None:
    """Figure who was set free to third countries: each category of each by itself, added to nothing."""
    said: dict[FigureKey, list[Reading]] = {}
    for reading in counting:
        if reading.measure == FREED_TO_THIRD:
            key = FigureKey(exchange, None, FREED_TO_THIRD, reading.side, reading.category)
            said.setdefault(key, []).append(reading)
            figured.figure_of[reading.key] = key
    for key, spoken in sorted(said.items()):
        voices = _collapse(spoken, figured).voices
        figured.results[key] = figure_level(voices, core_of(voices), spoken, ANY, policy)
    for key, pinned in figured.pinned.items():
        if key.measure == FREED_TO_THIRD:
            figured.results[key] = pinned.result()


def _figure_total(
    exchange: str,
    counting: Sequence[Reading],
    figured: Figured,
    *,
    ledger: LedgerConfiguration,
    policy: Policy,
) -> None:
    key = FigureKey(exchange, None, "exchanged_total", "both", ALL[0])
    totals = [reading for reading in counting if reading.measure == "exchanged_total"]
    sides = {
        side: count
        for side in ledger.side_codes
        if (count := figured.count(exchange, side)) is not None
    }
    said = {
        side: [reading for reading in counting if reading.side == side]
        for side in ledger.side_codes
    }
    is_complete = _are_complete(sides, said)
    if is_complete and totals:
        for whole, result in tell_by_total(totals, sides, figured.results).items():
            assert result.best is not None, "what a total tells is a number"
            figured.results[whole] = result
            figured.wholes.pop(whole.side, None)
            sides[whole.side] = Count(Interval(result.low, result.high), result.best)
    for reading in totals:
        figured.figure_of[reading.key] = key
        figured.sums[reading.key] = check_sum(reading, sides if is_complete else {}, said)
    if is_complete:
        for reading in totals:
            figured.standings[reading.key] = Standing("derived", "sum-of-both-sides")
        silent = [side for side in ledger.side_codes if side not in sides]
        figured.results[key] = _computed_total(figured, sides, silent)
    elif totals:
        voices = _collapse(
            [replace(reading, category=ALL[0]) for reading in totals], figured
        ).voices
        figured.results[key] = figure_level(voices, core_of(voices), totals, ANY, policy)


def _are_complete(sides: Mapping[str, Count], said: Mapping[str, Sequence[Reading]]) -> bool:
    """Return whether the figures of all sides are known that took part.

    Of more than two sides, those took part of whose people somebody speaks.
    """
    took_part = {
        side
        for side, spoken in said.items()
        if len(said) == 2 or any(reading.measure == "returned" for reading in spoken)  # noqa: PLR2004
    }
    return len(sides) > 1 and took_part <= set(sides)


def _computed_total(
    figured: Figured, sides: Mapping[str, Count], silent: Sequence[str]
) -> FigureResult:
    """Return the sum of the sides' numbers, and name the sides whose people nobody speaks of."""
    whole = Interval(0, 0)
    for count in sides.values():
        whole = plus(whole, count.interval)
    sentence = " + ".join(f"{count.best} to {side}" for side, count in sides.items())
    reasons = [Explanation(code="sum", text=sentence)]
    if silent:
        left_out = f"nobody speaks of people who came back to {', '.join(silent)}"
        reasons.append(Explanation(code="side-not-spoken-of", text=left_out))
    return FigureResult(
        low=whole.low,
        best=sum(count.best for count in sides.values()),
        high=whole.high,
        status="computed",
        credibility=credibility_of("computed"),
        flags=(),
        obs_status="E",
        reasons=tuple(reasons),
        checks=(),
        basis=tuple(
            str(key)
            for key in sorted(figured.results, key=str)
            if key.measure == "returned"
            and key.category in (ALL[0], MILITARY[0], CIVILIAN[0])
            and not (key.category != ALL[0] and _has_all(figured, key))
        ),
        revision=1,
        cause="further_report",
    )


def _has_all(figured: Figured, key: FigureKey) -> bool:
    return key._replace(category=ALL[0]) in figured.results
