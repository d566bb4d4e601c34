"""Step 2 of reconciliation.md §5: many reports, few voices.

* All claims of one speaker on one figure are one voice; its interval is their meet. Where outlets
  carry one speaker with different numbers of the same instant, the number most outlets carry is the
  speaker's and the others are misquotes; with no majority the voice contradicts itself and its
  interval is the hull. A number said long before or after the one most outlets carry is none of the same
  instant, and no misquote.
* Who says "at least 40" and is quoted with 40, and counts 52 exactly, was quoted with a floor: 40 or more. So is a
  part of everybody that is told by no name, and one of those whom its speaker counts as a whole too: "48 soldiers
  came; 41 came first".
* Numbers that a speaker numbers apart, as the 61st and the 62nd exchange, are of two exchanges of one
  day: together they are what came back that day.
* An outlet's own count that repeats, no earlier, what a better-placed speaker said exactly is that
  speaker's copy and no witness of its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from services.reconciliation.claims.interval import Interval, plus
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import (
    Standing,
    Voice,
    Voices,
    around,
    by_voice,
    common,
    said_of,
)
from services.reconciliation.rules.supersede import (
    SaidNumber,
    are_numbered_apart,
    still_replaced,
    supersede,
    word_of,
)


#: Outlets carry what was said at one instant within this time.
SAME_INSTANT_MAX = timedelta(hours=36)
#: The reason of a claim whose number is one of several that came back on one day.
ONE_OF_SEVERAL = "one-of-several-that-day"

#: The tier of go-betweens, and of parties that are in no side's camp.
GO_BETWEEN_TIER = 3
#: Tier from which on a speaker is an outlet or nobody in particular.
OUTLET_TIER = 5


def collapse(readings: Sequence[Reading], outgrown: Mapping[ClaimKey, Standing] = {}) -> Voices:
    """Collapse the claims on one figure into voices.

    Args:
        readings: Counting claims on one figure, in any order; those without a number form no voice.
        outgrown: Those that the speaker's later count of a part leaves.
    """
    heard = Voices()
    spoken_by = by_voice(readings)
    for spoken in spoken_by.values():
        numbered = [reading for reading in spoken if reading.tested is not None]
        numbered = _parts_as_floors(numbered)
        if len(numbered) > 1:
            numbered = _floors_as_such(numbered)
        replaced = supersede(numbered)
        if replaced and len(spoken_by) > 1:
            replaced = still_replaced(
                numbered, replaced, _said_by_others(spoken[0].voice, readings)
            )
        if outgrown:
            for reading in numbered:
                if reading.key in outgrown:
                    replaced.setdefault(reading.key, outgrown[reading.key])
        heard.standings |= replaced
        standing = [reading for reading in numbered if reading.key not in heard.standings]
        if standing:
            heard.voices.append(_voice(spoken[0], standing, heard.standings))
    heard.voices = _without_copies(heard.voices)
    return heard


def _floors_as_such(readings: list[Reading]) -> list[Reading]:
    """Return a speaker's claims, those that quote a floor of that speaker as an exact number as that floor."""
    floors = {number.low for number in _said(readings) if number.high is None and number.low}
    exact = {number.low for number in _said(readings) if number.is_exact}
    quoted = {Interval(number, number) for number in floors & exact if number < max(exact)}
    if not quoted:
        return readings
    return [_as_floor(reading) if reading.tested in quoted else reading for reading in readings]


def _parts_as_floors(readings: list[Reading]) -> list[Reading]:
    """Return a speaker's claims, those that count a part of those whom they name, or of everybody, as floors."""
    if not any(reading.is_breakdown for reading in readings):
        return readings
    most = max(
        (reading.tested.low for reading in readings if reading.tested and not reading.is_breakdown),
        default=0,
    )
    return [
        _as_floor(reading)
        if reading.is_breakdown
        and reading.tested is not None
        and reading.tested.is_exact
        and (reading.place == "all" or reading.tested.low < most)
        else reading
        for reading in readings
    ]


def _as_floor(reading: Reading) -> Reading:
    assert reading.tested is not None, "only what has a number quotes a floor"
    floor = Interval(reading.tested.low, None)
    return replace(reading, interval=floor, tested=floor)


def _said(readings: Iterable[Reading]) -> set[Interval]:
    return {reading.tested for reading in readings if reading.tested is not None}


def _said_by_others(voice: str, readings: Iterable[Reading]) -> set[Interval]:
    """Return the exact numbers that speakers other than one and than outlets give."""
    beside = (
        reading for reading in readings if reading.voice != voice and reading.tier < OUTLET_TIER
    )
    return {number for number in _said(beside) if number.is_exact}


def _voice(first: Reading, readings: list[Reading], standings: dict[ClaimKey, Standing]) -> Voice:
    agreed = common(readings)
    if agreed is None:
        agreed = _added_apart(readings, standings)
    if agreed is None:
        majority = _most_carried(readings)
        if majority is not None:
            misquotes = _misquotes(readings, majority)
            standings |= dict.fromkeys(misquotes, Standing("excluded", f"misquote:{majority}"))
            readings = [reading for reading in readings if reading.key not in misquotes]
            agreed = common(readings)
    return Voice(
        name=first.voice,
        shown=first.speaker,
        camp=readings[0].camp,
        tier=min(reading.tier for reading in readings),
        interval=agreed if agreed is not None else around(readings),
        readings=tuple(readings),
        contradicts_itself=agreed is None,
    )


def _added_apart(
    readings: Sequence[Reading], standings: dict[ClaimKey, Standing]
) -> Interval | None:
    """Add the numbers that a speaker numbers apart; null where there are none such."""
    numbered: dict[SaidNumber, list[Reading]] = {}
    for reading in readings:
        if reading.stated_ordinal is not None:
            numbered.setdefault(word_of(reading), []).append(reading)
    words = [
        word
        for word in sorted(numbered, key=lambda word: word.ordinal or 0)
        if any(are_numbered_apart(word, other) for other in numbered)
    ]
    if len({word.ordinal for word in words}) != len(words) or not words:
        # One number of two exchanges: nobody knows which is meant.
        return None
    total = Interval(0, 0)
    for word in words:
        total = plus(total, word.interval)
        reason = Standing("active", ONE_OF_SEVERAL)
        standings |= dict.fromkeys((reading.key for reading in numbered[word]), reason)
    return total


def _misquotes(readings: Sequence[Reading], majority: int) -> set[ClaimKey]:
    """Return the claims of numbers that were first said in the time in which the majority's was."""
    first_said: dict[Interval, datetime] = {}
    carried: list[datetime] = []
    for reading in readings:
        assert reading.tested is not None, "only claims with a number form a voice"
        instant = reading.said[0]
        if reading.tested.holds(majority):
            carried.append(instant)
        elif reading.tested not in first_said or instant < first_said[reading.tested]:
            first_said[reading.tested] = instant
    first, last = min(carried), max(carried)
    same_time = {
        number
        for number, instant in first_said.items()
        # Instants are compared by their differences: the calendar's ends leave no room to move.
        if first - instant <= SAME_INSTANT_MAX and instant - last <= SAME_INSTANT_MAX
    }
    return {reading.key for reading in readings if reading.tested in same_time}


def _most_carried(readings: Sequence[Reading]) -> int | None:
    carriers = Counter(
        value
        for value, _ in {
            (reading.tested.low, reading.carrier)
            for reading in readings
            if reading.tested is not None and reading.tested.is_exact
        }
    )
    ranked = carriers.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):  # noqa: PLR2004  a tie
        return None
    return ranked[0][0]


def _without_copies(voices: Sequence[Voice]) -> list[Voice]:
    originals = sorted(
        (voice for voice in voices if voice.tier < OUTLET_TIER and voice.interval.is_exact),
        key=lambda voice: (voice.tier, voice.readings[0].said),
    )
    copies: dict[str, list[Reading]] = {}
    kept: list[Voice] = []
    for voice in voices:
        original = _original_of(voice, originals)
        if original is None:
            kept.append(voice)
        else:
            copies.setdefault(original.name, []).extend(voice.readings)
    return [
        replace(voice, readings=_in_order((*voice.readings, *copies[voice.name])))
        if voice.name in copies
        else voice
        for voice in kept
    ]


def _original_of(voice: Voice, originals: Sequence[Voice]) -> Voice | None:
    if voice.tier < OUTLET_TIER:
        return None
    for original in originals:
        repeats = voice.interval.holds(original.interval.low)
        if repeats and original.readings[0].said[0] <= voice.readings[0].said[0]:
            return original
    return None


def _in_order(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    return tuple(sorted(readings, key=said_of))
