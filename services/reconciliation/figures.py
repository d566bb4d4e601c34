"""From the claims on one exchange to its figures: reconciliation.md §5, steps 1 to 8 and the lattice.

A pure function of the readings that mean the exchange. What one exchange's figures are depends on no
other exchange.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from schemas.decisions import Explanation, FigureResult
from schemas.judgement import Pin
from schemas.ledger import LedgerConfiguration
from schemas.vocabulary import Cause, FigureKey, FigureStatus, Flag
from services.reconciliation.claims.categories import place_of
from services.reconciliation.claims.interval import ANY, Interval, meet, plus, spell
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Heard, Standing, Voice, by_voice, said_of
from services.reconciliation.policy import Policy
from services.reconciliation.rules.best import find_best
from services.reconciliation.rules.breakdown_check import LIST_COUNT_MIN, Listed, check_breakdowns
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.core import find_core
from services.reconciliation.rules.credibility import confirm, credibility_of
from services.reconciliation.rules.drift import find_drift
from services.reconciliation.rules.pin import Pinned
from services.reconciliation.rules.place_unsaid import place_unsaid
from services.reconciliation.rules.propagate import Level, limits_of
from services.reconciliation.rules.scope import explain_scope
from services.reconciliation.rules.span import Span, find_span
from services.reconciliation.rules.status import judge
from services.reconciliation.rules.sum_check import Count, Tested, check_sum


#: How a number that the other counts leave is named beside speakers.
LEFT_OVER = "what the other counts leave"
#: How the sum of narrower counts is named beside speakers.
ADDED_UP = "what soldiers and civilians make"
WITHHELD = Explanation(code="withheld", text="the number was withheld")

ALL: Level = ("all", "all")
MILITARY: Level = ("military", "military")
CIVILIAN: Level = ("civilian", "civilian")


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
        """Let the pinned figures of a side, or of both, be what they were pinned at."""
        for key, pinned in self.pinned.items():
            if key.side == side:
                self.results[key] = pinned.result()

    def count(self, exchange: str, side: str, category: str = "all") -> Count | None:
        """Give a side's figure as a range and a best number, null if there is none.

        Where nobody counts everybody, the parts give a lower bound.
        """
        result = self.results.get(FigureKey(exchange, None, "returned", side, category))
        if result is not None and result.best is not None:
            return Count(Interval(result.low, result.high), result.best)
        return self.wholes.get(side) if category == ALL[0] else None

    def assumed(self, exchange: str, side: str, category: str = "all") -> Count | None:
        """Give the same, taking the counted parts for the whole where nobody counts everybody."""
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
        for key, pin in pins.items():
            level = (key.category, place_of(key.category, ledger))
            figured.pinned[key] = Pinned(pin, level, evidence.get(key))
    counting = _set_aside(readings, figured)
    for side in ledger.side_codes:
        returned = [
            reading
            for reading in counting
            if reading.measure == "returned" and reading.side == side
        ]
        if returned or any(key.side == side for key in figured.pinned):
            _figure_side(exchange, side, returned, figured, policy)
    _figure_total(exchange, counting, figured, ledger=ledger, policy=policy)
    figured.pin("both")
    return figured


def figure_stock(
    key: FigureKey, readings: Sequence[Reading], *, policy: Policy, pin: Pin | None = None
) -> Figured:
    """Reconcile the claims on one stock of people or one mediator's count, at one level."""
    figured = Figured()
    counting = _set_aside(readings, figured)
    if counting:
        figured.figure_of |= dict.fromkeys((reading.key for reading in counting), key)
        voices = _hear(counting, figured).voices
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


def _figure_side(
    exchange: str, side: str, returned: Sequence[Reading], figured: Figured, policy: Policy
) -> None:
    levels = _by_level(exchange, side, returned, figured, policy)
    heard = {level: _hear(spoken, figured) for level, spoken in levels.items()}
    own = {level: core_of(voices.voices) for level, voices in heard.items()}
    cores = {level: core for level, core in own.items() if core is not None}
    for key, pinned in figured.pinned.items():
        if key.side == side:
            levels.setdefault(pinned.level, [])
            cores[pinned.level] = pinned.interval
    limits = limits_of(cores, _services(heard))
    implied = _implied(side, heard, own.get(ALL), policy)
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
    counted = {level: spoken for level, spoken in levels.items() if level in cores}
    if ALL not in counted and limits[ALL].low:
        _compute_all(whole, counted, figured, limits[ALL], policy)
        if ALL in heard and (computed := figured.results[whole]).status == "computed":
            figured.results[whole] = replace(computed, reasons=(WITHHELD, *computed.reasons))


def _by_level(
    exchange: str, side: str, returned: Sequence[Reading], figured: Figured, policy: Policy
) -> dict[Level, list[Reading]]:
    """Sort the claims on one side by the level at which they speak."""
    returned = place_unsaid(returned, policy)
    drifted = find_drift(returned)
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
    heard: Mapping[Level, Heard],
    figured: Figured,
    policy: Policy,
    *,
    is_implied: bool,
) -> None:
    """Say of everybody's figure which narrower counts it rests on, and which differ by scope alone."""
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


def _trust(whole: FigureKey, lists: Sequence[Listed], figured: Figured) -> None:
    """Raise a figure nobody else confirms where separately published parts make it (§6)."""
    result = figured.results.get(whole)
    if result is not None and any(
        listed.tested.result == "pass" and listed.tested.got == result.best for listed in lists
    ):
        figured.results[whole] = confirm(result)


def _implied(
    side: str, heard: Mapping[Level, Heard], whole: Interval | None, policy: Policy
) -> dict[Level, Voice]:
    """Give what the receiving side's counts say of a level without speaking of it."""
    if len(heard) == 1:
        return {}
    implied = _left_over(side, heard, policy)
    if (added_up := _added_up(side, heard, whole, policy)) is not None:
        implied[ALL] = added_up
    return implied


def _left_over(side: str, heard: Mapping[Level, Heard], policy: Policy) -> dict[Level, Voice]:
    """Give what the receiving side's other counts leave for soldiers and for civilians.

    Where its officials count everybody and one part, the other part is counted too, though nobody
    names it; against a counterparty's number that is a witness.
    """
    if ALL not in heard or (MILITARY not in heard and CIVILIAN not in heard):
        return {}
    official = {
        level: spoken
        for level, voices in heard.items()
        if (spoken := [voice for voice in voices.voices if voice.tier <= policy.counting_tier])
    }
    uncounted = [
        level for level in (MILITARY, CIVILIAN) if level in heard and level not in official
    ]
    if ALL not in official or not uncounted:
        return {}
    cores = {level: find_core(voices).interval for level, voices in official.items()}
    limits = limits_of(cores, _services(heard))
    return {
        level: Voice(
            name=LEFT_OVER,
            camp=side,
            tier=policy.counting_tier,
            interval=limits[level],
            readings=official[ALL][0].readings,
        )
        for level in uncounted
        if limits.get(level, ANY).is_exact
    }


def _added_up(
    side: str, heard: Mapping[Level, Heard], whole: Interval | None, policy: Policy
) -> Voice | None:
    """Give what better placed counts of soldiers and civilians make, where they rule out the whole.

    Whoever counts heads says more of everybody by counting soldiers than those who only repeat a
    number for everybody. Where nothing is ruled out, the lattice's bounds say the same.
    """
    soldiers, civilians = (
        [voice for voice in heard[level].voices if voice.tier <= policy.counting_tier]
        if level in heard
        else []
        for level in (MILITARY, CIVILIAN)
    )
    if whole is None or not soldiers:
        return None
    tier = min(voice.tier for voice in soldiers)
    if tier >= min(voice.tier for voice in heard[ALL].voices):
        return None
    core = find_core(soldiers).interval
    total = Interval(core.low, None)
    if civilians:
        apart = find_core(civilians).interval
        total = plus(core, apart) if core.is_exact and apart.is_exact else plus(total, apart)
    if meet(whole, total) is not None:
        return None
    return Voice(name=ADDED_UP, camp=side, tier=tier, interval=total, readings=soldiers[0].readings)


def _parts(figured: Figured, whole: FigureKey) -> tuple[str, ...]:
    """Name the narrower figures behind a lower bound: soldiers and civilians, else every part."""
    parts = [key for key in figured.results if key != whole and key[:4] == whole[:4]]
    partition = [key for key in parts if key.category in (MILITARY[0], CIVILIAN[0])]
    counted = _counted(figured, partition) or _counted(figured, parts)
    return tuple(sorted(str(key) for key in counted))


def _counted(figured: Figured, keys: Iterable[FigureKey]) -> list[FigureKey]:
    """Give those figures for which somebody gave a usable number of people."""
    return [key for key in keys if figured.results[key].best]


def _hear(spoken: Sequence[Reading], figured: Figured) -> Heard:
    heard = collapse(spoken)
    figured.standings |= heard.standings
    for voice in heard.voices:
        for reading in voice.readings:
            figured.voice_of[reading.key] = voice.name
    return heard


def core_of(voices: Sequence[Voice]) -> Interval | None:
    """Give what the best-placed voices allow together, null if there is none."""
    return find_core(voices).interval if voices else None


def _services(heard: Mapping[Level, Heard]) -> int:
    """Give the greatest sum of disjoint services that one speaker counts."""
    sums: dict[str, int] = {}
    for (_, place), voices in heard.items():
        if place == "service":
            for voice in voices.voices:
                sums[voice.name] = sums.get(voice.name, 0) + voice.interval.low
    return max(sums.values(), default=0)


def figure_level(
    voices: Sequence[Voice],
    core: Interval | None,
    spoken: Sequence[Reading],
    limit: Interval,
    policy: Policy,
) -> FigureResult:
    """Reconcile one figure: the claims at one level, inside what the other levels allow.

    Args:
        voices: Its voices.
        core: What the best-placed of them allow together; null if there is no voice.
        spoken: The claims they were collapsed from, at least one.
        limit: What the other levels allow.
        policy: The constants.
    """
    revision, cause = _history(spoken)
    if core is None:
        return _withheld(limit, revision, cause)
    inside = meet(core, limit)
    interval = core if inside is None else inside
    best = find_best(voices, interval)
    span = find_span(voices, interval, limits=limit, policy=policy)
    verdict = judge(voices, best, policy)
    is_gap = inside is not None and interval.low > core.low
    flags: list[Flag] = ["category_gap"] if is_gap else []
    return FigureResult(
        low=span.low,
        best=best,
        high=span.high,
        claimed_low=span.claimed_low,
        claimed_high=span.claimed_high,
        status=verdict.status,
        credibility=credibility_of(verdict.status),
        flags=tuple(flags),
        obs_status=verdict.obs_status,
        reasons=_reasons(voices, best, span, policy, is_gap=is_gap),
        checks=(),
        basis=(),
        revision=revision,
        cause=cause,
    )


def _reasons(
    voices: Sequence[Voice], best: int | None, span: Span, policy: Policy, *, is_gap: bool
) -> tuple[Explanation, ...]:
    found: list[Explanation] = []
    if is_gap:
        sentence = f"a narrower count gives at least {span.low}"
        found.append(Explanation(code="category-gap", text=sentence))
    for voice in sorted(voices, key=lambda voice: (voice.tier, voice.name)):
        if voice in span.outside:
            sentence = f"{voice.name} says {spell(voice.interval)}"
            found.append(Explanation(code="disagrees", text=sentence))
        elif best is not None and voice.interval.high is None:
            sentence = f"{voice.name}'s {spell(voice.interval)} holds for {best}"
            found.append(Explanation(code="floor-met", text=sentence))
        if voice.contradicts_itself:
            sentence = f"{voice.name} is quoted with numbers that cannot all be true"
            found.append(Explanation(code="self-contradicted", text=sentence))
    return tuple(found[: policy.reasons_max])


def _history(spoken: Sequence[Reading]) -> tuple[int, Cause]:
    """Give how many different things were said about a figure, and why the last one was said.

    Both follow from the set of claims, not from the order in which they arrived.
    """
    in_order = sorted(spoken, key=said_of)
    statements = {(reading.voice, reading.tested) for reading in in_order}
    last = in_order[-1]
    cause: Cause = "further_report"
    if len(in_order) == 1:
        cause = "first_report"
    if last.revises is not None:
        cause = last.revision_reason or "correction"
    elif any(earlier.voice == last.voice and earlier.tested != last.tested for earlier in in_order):
        cause = "later_count"
    return len(statements), cause


def _withheld(limit: Interval, revision: int, cause: Cause) -> FigureResult:
    """Say that a number was withheld, and what the other levels give all the same."""
    is_bounded = limit.low > 0
    status: FigureStatus = "floor_only" if is_bounded else "undisclosed"
    gap = Explanation(code="category-gap", text=f"narrower counts give at least {limit.low}")
    return FigureResult(
        low=limit.low,
        best=limit.low if is_bounded else None,
        status=status,
        credibility=credibility_of(status),
        flags=("category_gap",) if is_bounded else (),
        obs_status="E" if is_bounded else "L",
        reasons=(WITHHELD, gap) if is_bounded else (WITHHELD,),
        checks=(),
        basis=(),
        revision=revision,
        cause=cause,
    )


def _compute_all(
    whole: FigureKey,
    levels: Mapping[Level, Sequence[Reading]],
    figured: Figured,
    limit: Interval,
    policy: Policy,
) -> None:
    """Nobody counts everybody: say what the counted parts give.

    Soldiers alone say nothing of others: no figure for everybody is made of them, and sums see a
    lower bound. Soldiers and civilians are the whole partition, and a part that is all that anybody
    announced is taken for the whole; both rest on an assumption, and say so.
    """
    keys = {level: whole._replace(category=level[0]) for level in levels}
    civilians = [keys[level] for level in sorted(levels) if level[1] == "within-civilian"]
    partition = [keys[level] for level in (MILITARY, CIVILIAN) if level in keys]
    if MILITARY in keys and CIVILIAN not in keys:
        # The only civilians anybody counts stand for all of them.
        partition += civilians if len(civilians) == 1 else []
    announced = [
        keys[level]
        for level, spoken in levels.items()
        if any(
            not reading.is_breakdown and reading.tier <= policy.counting_tier for reading in spoken
        )
    ]
    counted = _counted(figured, keys.values())
    if not counted:
        return
    best = max(limit.low, sum(figured.results[key].best or 0 for key in partition))
    figured.wholes[whole.side] = Count(Interval(limit.low, None), best)
    if partition == [keys.get(MILITARY)]:
        return
    partition = _counted(figured, partition)
    basis = partition if len(partition) > 1 else counted
    highs = [figured.results[key].high for key in basis]
    is_whole = len(partition) > 1 or bool(announced)
    high = None
    if is_whole and None not in highs:
        counts = [value for value in highs if value is not None]
        high = max(best, sum(counts) if len(partition) > 1 else max(counts))
    flags: tuple[Flag, ...] = ("category_gap",) if high is None else ("assumption_used",)
    sentence = f"nobody counts everybody; the parts that are counted make {limit.low}"
    figured.results[whole] = FigureResult(
        low=limit.low,
        best=best,
        high=high,
        status="computed",
        credibility=credibility_of("computed"),
        flags=flags,
        obs_status="E",
        reasons=(
            Explanation(code="category-gap", text=sentence + (" or more" if high is None else "")),
        ),
        checks=(),
        basis=tuple(sorted(str(key) for key in basis)),
        revision=max(figured.results[key].revision for key in basis),
        cause="further_report",
    )


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
    for reading in totals:
        figured.figure_of[reading.key] = key
        figured.sums[reading.key] = check_sum(reading, sides, said)
    if len(sides) == len(ledger.sides):
        for reading in totals:
            figured.standings[reading.key] = Standing("derived", "sum-of-both-sides")
        figured.results[key] = _computed_total(figured, sides)
    elif totals:
        voices = _hear([replace(reading, category=ALL[0]) for reading in totals], figured).voices
        figured.results[key] = figure_level(voices, core_of(voices), totals, ANY, policy)


def _computed_total(figured: Figured, sides: Mapping[str, Count]) -> FigureResult:
    whole = Interval(0, 0)
    for count in sides.values():
        whole = plus(whole, count.interval)
    sentence = " + ".join(f"{count.best} to {side}" for side, count in sides.items())
    return FigureResult(
        low=whole.low,
        best=sum(count.best for count in sides.values()),
        high=whole.high,
        status="computed",
        credibility=credibility_of("computed"),
        flags=(),
        obs_status="E",
        reasons=(Explanation(code="sum", text=sentence),),
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
