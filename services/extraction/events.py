"""What a text says of an exchange itself: the how-manieth, the largest, the first in months."""

import re
from collections.abc import Sequence

from services.extraction.bounds import ends_a_range, said_number
from services.extraction.clauses import clause_at
from services.extraction.dates import is_since
from services.extraction.joined_sides import BOTH, joined_sides
from services.extraction.marking import Mark, MarkedText
from services.extraction.modality import modality_of
from services.extraction.numbers import Number
from services.extraction.proposals import (
    EvidencePlace,
    Proposal,
    place_of,
    place_of_mark,
    wording_of,
)
from services.extraction.setting import Setting
from services.extraction.statements import is_background


_YEAR = re.compile(r"20\d\d|19\d\d")
_IS = frozenset((",", "was", "is", "marks", "marked", "being", "became", "–", "—", "-"))
_NEAR = 4
_NOT_BEFORE_EXCHANGE = (
    "people",
    "side_people",
    "in_turn",
    "not_people",
    "say",
    "to_place",
    "versus",
)
#: What may be the largest, and is no exchange.
_PLACES = frozenset(("prison", "jail", "city", "town", "camp", "airport"))
_SUMMED = (["to"], ["reached"], ["reaches"], ["at"], ["is"], ["was"], ["exceeds"], ["exceeded"])
#: What follows a place in a row that is of exchanges: "the second of such", "the second to have taken place".
_OF_SUCH = (["of", "such"], ["to", "have"], ["to", "take"])
_WINDOW_WORDS = 10
_WINDOW_BEFORE = 16


def events_in(setting: Setting) -> list[Proposal]:
    """Return the claims that a text makes of exchanges themselves, in its order."""
    found: list[Proposal] = []
    for number in setting.marked.numbers:
        proposal = _counted_exchanges(setting, number)
        if proposal is not None:
            found.append(proposal)
    for sentence in setting.marked.sentences:
        found += _superlatives(setting, sentence)
        found += _firsts(setting, sentence)
    return sorted(found, key=lambda one: one.at)


def _base(
    setting: Setting, start: int, end: int, rule: str, *, told_at: int | None = None
) -> Proposal:
    """Return what is common to claims of a wording; `told_at` is where the clause is that tells it, if elsewhere."""
    marked = setting.marked
    at = start if told_at is None else told_at
    clause = clause_at(marked, at)
    speaker = setting.attribution.speaker_at(at, clause)
    day, place = _day_of(setting, start)
    return Proposal(
        measure="exchange_ordinal",
        side=BOTH,
        category="unspecified",
        bound=None,
        value=None,
        speaker=speaker,
        modality=modality_of(marked, clause, start),
        wording=wording_of(marked, start, end),
        at=start,
        rule=rule,
        exchange_date=day,
        places=(
            place_of(marked, "quote", start, end),
            *place_of_mark(marked, "claimant", speaker.mark),
            *place,
        ),
    )


def _day_of(setting: Setting, start: int) -> tuple[str | None, tuple[EvidencePlace, ...]]:
    marked, sentence = setting.marked, setting.marked.sentence_at(start)
    for day in setting.days:
        if marked.has("background", start, day.start):
            break  # "the second this year: the previous one was on 15 January"
        if day.start in sentence and not day.is_month and not is_since(marked, day):
            return day.written, (place_of(marked, "exchange.date", day.start, day.end),)
    if is_background(marked, sentence) or setting.main_day is None:
        return None, ()
    if marked.has("that", sentence.start, sentence.start + 1):
        before = [
            day
            for day in setting.days
            if marked.tokens[day.start].sentence == marked.tokens[start].sentence - 1
        ]
        if len(before) == 1 and not is_since(marked, before[0]):
            day = before[0]
            return day.written, (place_of(marked, "exchange.date", day.start, day.end),)
    place = (
        (place_of(marked, "exchange.date", setting.main.start, setting.main.end),)
        if setting.main
        else ()
    )
    return setting.main_day.isoformat(), place


# The how-manieth, and how many.


def _counted_exchanges(setting: Setting, number: Number) -> Proposal | None:
    marked = setting.marked
    if _counts_no_exchanges(setting, number):
        return None
    # "67 обмін" is the sixty-seventh
    is_place = number.kind == "ordinal" or (
        marked.at("one_exchange", number.end) is not None
        and marked.at("bound", number.start - 1) is None
    )
    exchange = _exchange_after(marked, number)
    sentence = marked.sentence_at(number.start)
    if exchange is None:
        exchange = (
            _exchange_left_out(marked, number, sentence)
            if is_place
            else _exchanges_numbered(marked, number, sentence)
        )
    if exchange is None or number.value < 2:  # noqa: PLR2004  the first is another claim
        return None
    end = exchange.end if exchange.start >= number.end else number.end
    said = said_number(marked, number)
    told_at = min(said.start, exchange.start)  # "this mediation, the fourteenth"
    base = _base(setting, said.start, end, "exchange-counted", told_at=told_at)
    is_mediated = _is_mediated(marked, number, end, base)
    since = _since(setting, sentence) if not is_mediated else None
    is_recent = bool(base.exchange_date) and is_place
    return base.but(
        measure="mediated_count" if is_mediated else "exchange_ordinal",
        side=None if is_mediated else BOTH,
        bound=said.bound,
        value=None if said.bound == "range" else number.value,
        low=said.low,
        high=said.high,
        modality="asserted",
        ordinal=number.value if is_place and not is_mediated else None,
        exchange_date=base.exchange_date if is_recent else None,
        since=since,
        as_of=setting.main_day if since else None,
        places=(*base.places, place_of(marked, "value", number.start, number.end)),
    )


def _counts_no_exchanges(setting: Setting, number: Number) -> bool:
    """Return whether a number is of a day, a year, a side or a part of an exchange, whatever exchange it stands before."""
    marked, start = setting.marked, number.start
    is_day = any(day.start <= start < day.end for day in setting.days)
    is_cardinal = number.kind == "cardinal"
    # "100 for 100", "day two of the swap"
    is_beside = is_cardinal and (
        marked.has("versus", max(0, start - 2), start)
        or (start > 0 and marked.at("stage", start - 1) is not None)
    )
    # "the two sides completed the swap"
    is_of_sides = marked.has("both_sides", max(0, start - 1), start + 1)
    # "the two exchanges" are those told of
    is_of_sides = is_of_sides or (
        is_cardinal and number.value == 2 and marked.words[max(0, start - 1)] == "the"  # noqa: PLR2004
    )
    is_year = _YEAR.fullmatch(marked.quote(start, number.end)) is not None
    is_bare_year = is_year and marked.at("bound", start - 1) is None  # "after the 2031 exchange"
    if ends_a_range(marked, number):
        return True
    return is_day or number.kind == "vague" or is_beside or is_of_sides or is_bare_year


def _exchange_after(marked: MarkedText, number: Number) -> Mark | None:
    stop = min(marked.sentence_at(number.start).stop, number.end + _NEAR)
    if number.kind == "ordinal" and (named := _named_after(marked, number)):
        return named
    for place in range(number.end, stop):
        if marked.at("besides_exchange", place) or marked.is_small("of_one", place):
            return None  # "a three-member delegation", "another 420 were returned outside of exchanges"
        if mark := marked.at("exchange", place):
            return mark
        is_end = not marked.words[place][0].isalnum() and marked.words[place] not in '-–”»"'
        is_turn = _turns(marked, place) or marked.is_small("not_before_people", place)
        if number.kind == "cardinal" and is_turn:
            return None
        if is_end or any(marked.at(kind, place) for kind in _NOT_BEFORE_EXCHANGE):
            return None
    return None


def _named_after(marked: MarkedText, number: Number) -> Mark | None:
    """Return an exchange right behind a place in a row: "the second release", "the third round of prisoner swaps"."""
    if marked.words[number.end : number.end + 2] == ["round", "of"]:
        place = number.end + 2
        # "the second round of hostage releases"
        named = marked.at("people", place)
        last = named.end if named else place
        return marked.at("exchange", place) or marked.at("release", last)
    return marked.at("release", number.end)


def _turns(marked: MarkedText, place: int) -> bool:
    """Return whether a word parts a number from an exchange: "101 in the exchange", "101 – on the day"."""
    return marked.words[place] in "–—" or marked.at("from_place", place) is not None


def _exchanges_numbered(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return the exchanges whose number is told behind them: "the number of mediations reached 15", "swapped men 60 times"."""
    if marked.language_code != "en":
        return None
    start = said_number(marked, number).start
    if marked.words[number.end : number.end + 1] == ["times"]:
        acts = [
            one
            for one in marked.marks("swap", sentence.start, start)
            if marked.has("people", one.end, start) and marked.words[one.start].endswith("ed")
        ]
        return next(reversed(acts), None)
    if marked.words[start - 1 : start] not in _SUMMED or start == sentence.start:
        return None
    for asked in marked.marks("how_many", sentence.start, start):
        first = asked.end + (marked.words[asked.end] == "of")
        if marked.words[first - 1] != "of":
            continue  # "the overall number exchanged through mediation"
        stop = min(first + _NEAR - 1, start)
        exchange = next(iter(marked.marks("exchange", first, stop)), None)
        # "the number of captives exchanged through mediation"
        is_of_people = exchange is not None and any(
            marked.has(kind, first, exchange.start) for kind in ("people", "swap", "free", "back")
        )
        if exchange is not None and not is_of_people:
            return exchange
    return None


def _exchange_left_out(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return the exchange that a place in a row means without its name: "and the 52nd since"."""
    if number.end >= sentence.stop:
        return None
    if marked.words[number.start - 2 : number.start] == [",", "the"] and (
        mediated := _mark_ending(marked, "mediating", number.start - 2)
    ):
        return mediated  # "this mediation, the fourteenth, reflects"
    kinds = ("since", "this_year", "this_month", "this_week", "mediating")
    follows = any(marked.at(kind, number.end) for kind in kinds)
    # "став сьомим за два тижні"
    within = marked.at("within", number.end) if marked.language_code != "en" else None
    follows = follows or (
        within is not None
        and any(marked.has(kind, within.end, within.end + 2) for kind in ("days_span", "span"))
    )
    follows = follows or marked.words[number.end : number.end + 3] == ["of", "its", "kind"]
    follows = follows or marked.words[number.end : number.end + 2] in _OF_SUCH
    follows = follows or marked.words[number.end : number.end + 3] == ["of", "the", "war"]
    # "is the fifth in two weeks"
    follows = follows or (
        marked.words[number.end] == "in"
        and marked.has("days_span", number.end, min(number.end + _NEAR, sentence.stop))
    )
    before = (_start_of_it(marked, sentence, sentence.start), number.start)
    if marked.words[number.end] == "time":  # "swapped prisoners for the fourth time in a week"
        near = (max(sentence.start, number.start - _WINDOW_WORDS), number.start)
        return next(reversed(marked.marks("swap", *near)), None) or _done_that_time(
            marked, number, sentence
        )
    if not follows:
        return None
    found = marked.marks("exchange", *before) or marked.marks("release", *before)
    return next(reversed(found), None)


def _done_that_time(marked: MarkedText, number: Number, sentence: range) -> Mark | None:
    """Return what was done so often by now: "the 64th time since then that the two swapped captives"."""
    if marked.language_code != "en" or number.value == 1 or marked.words[number.start - 1] != "the":
        return None
    that = [at for at in range(number.end, sentence.stop) if marked.words[at] == "that"]
    done = (
        [
            one
            for kind in ("swap", "get", "back", "exchange")
            for one in marked.marks(kind, that[0], sentence.stop)
        ]
        if that
        else []
    )
    return done[0] if done and marked.has("people", that[0], sentence.stop) else None


def _mark_ending(marked: MarkedText, kind: str, place: int) -> Mark | None:
    near = marked.marks(kind, max(0, place - 4), place)
    return next((one for one in reversed(near) if one.end == place), None)


def _is_mediated(marked: MarkedText, number: Number, end: int, base: Proposal) -> bool:
    """Return whether exchanges are counted that somebody brought about."""
    near = range(max(0, number.start - 6), min(end + 6, len(marked.words)))
    words = marked.has("mediating", near.start, near.stop)
    return base.speaker.party == "mediator" or words


def _since(setting: Setting, sentence: range) -> object:
    marked = setting.marked
    for mark in marked.marks("since", sentence.start, sentence.stop):
        following = range(mark.start, min(mark.end + 8, sentence.stop))
        if any(marked.has(kind, following.start, following.stop) for kind in ("war", "start")):
            return marked.ledger.opened
    return None


# The largest, and the first in a long time.


def _superlatives(setting: Setting, sentence: range) -> list[Proposal]:
    marked = setting.marked
    found: list[Proposal] = []
    for mark in marked.marks("largest", sentence.start, sentence.stop):
        after = range(mark.end, min(mark.end + _WINDOW_WORDS, sentence.stop))
        before = range(max(sentence.start, mark.start - _WINDOW_BEFORE), mark.start)
        if marked.words[max(0, mark.start - 1)] == "to" or _is_largest_place(marked, mark):
            continue  # "in order to record what they said of the exchange"
        exchanges = marked.marks("exchange", before.start, before.stop)
        if exchanges and marked.has("since", exchanges[-1].end, mark.start):
            before = range(mark.start, mark.start)  # "the first swap since the attack, the largest"
        is_by_number = marked.has("by_number", after.start, after.stop) and marked.has(
            "people", after.start, after.stop
        )
        of_exchange = ("exchange", "its_kind", "release")
        if _is_largest_thing(marked, mark, after):
            before = range(mark.start, mark.start)
        if not is_by_number and not any(
            marked.has(kind, span.start, span.stop)
            for span in (after, before)
            for kind in of_exchange
        ):
            continue
        start = mark.start
        if start >= sentence.start + 3 and marked.words[start - 3 : start] == ["one", "of", "the"]:
            start -= 3
        end = next((one.end for one in marked.marks("exchange", after.start, after.stop)), mark.end)
        base = _base(setting, start, end, "largest-exchange")
        side, evidence = _of_one_side(marked, mark, sentence)
        found.append(
            base.but(
                measure="superlative",
                side=side,
                places=(*base.places, *place_of_mark(marked, "side", evidence)),
            )
        )
    return found


def _is_largest_place(marked: MarkedText, mark: Mark) -> bool:
    """Return whether a place is the largest: "were freed from the largest prison as part of a swap"."""
    is_place = bool(_PLACES & set(marked.words[mark.end : mark.end + 1]))
    return is_place and not marked.at("exchange", mark.end + 1)


def _is_largest_thing(marked: MarkedText, mark: Mark, after: range) -> bool:
    """Return whether something else than an exchange is the largest: "handed over in the largest town"."""
    kinds = ("exchange", "release")
    if mark.end >= after.stop or any(marked.has(kind, after.start, after.stop) for kind in kinds):
        return False
    is_word = marked.words[mark.end][0].isalpha() and marked.language_code == "en"
    is_plain = marked.is_small("after_largest", mark.end) or marked.at("since", mark.end)
    return is_word and not is_plain and not marked.at("its_kind", mark.end)


def _of_one_side(marked: MarkedText, mark: Mark, sentence: range) -> tuple[str, Mark | None]:
    """Return the side for whose people an exchange is the largest, `both` if for all."""
    after = range(mark.end, min(mark.end + _WINDOW_WORDS, sentence.stop))
    if "," in marked.words[after.start : after.stop]:
        after = range(after.start, marked.words.index(",", after.start))
    named: Sequence[Mark] = [
        *marked.marks("side_owner", after.start, after.stop),
        *marked.marks("side_people", after.start, after.stop),
    ]
    for one in named:
        if marked.has("people", one.end, one.end + 2) and not joined_sides(marked, after):
            return one.value, one
    return BOTH, None


def _firsts(setting: Setting, sentence: range) -> list[Proposal]:
    marked = setting.marked
    for mark in marked.marks("first_time", sentence.start, sentence.stop):
        if any(one.start < mark.start < one.end for one in marked.numbers):
            continue  # the thirty-first
        near = range(mark.end, min(mark.end + 6, sentence.stop))
        exchange = next(iter(marked.marks("exchange", near.start, near.stop)), None)
        if exchange is None and _is_first_in_apposition(marked, mark, sentence):
            return [_first(setting, mark.start, mark.end)]
        is_time = mark.end - mark.start > 1 or mark.value == "вперше"
        if exchange is None and not (
            is_time and _has_exchange(marked, _beside(marked, mark, sentence))
        ):
            continue
        if exchange is None and marked.has("our", mark.end, sentence.stop):
            continue  # "for the first time we have brought our women home"
        if exchange and _is_of_another_thing(marked, range(mark.end, exchange.start)):
            continue
        after = range(mark.start, min(mark.end + 16, sentence.stop))
        is_limited = _is_limited(marked, after) or _is_of_a_kind(marked, mark, exchange)
        if not is_limited and not _is_first_of_all(setting, sentence, exchange):
            continue
        return [_first(setting, mark.start, exchange.end if exchange else mark.end)]
    return []


def _first(setting: Setting, start: int, end: int) -> Proposal:
    base = _base(setting, start, end, "first-in-a-time")
    # "they did not come, said the Courier of the first exchange in months" denies nothing of it
    modality = "asserted" if base.modality == "denied" else base.modality
    return base.but(measure="first_since", modality=modality)


def _is_first_in_apposition(marked: MarkedText, first: Mark, sentence: range) -> bool:
    """Return whether an exchange told of just before is the first in a time: "an exchange, the first since May"."""
    joint = marked.words[max(0, first.start - 2) : first.start]
    if marked.language_code != "en" or joint[-1:] != ["the"] or joint[0] not in _IS:
        return False
    before = range(_start_of_it(marked, sentence, first.start - _WINDOW_BEFORE), first.start)
    has_exchange = any(
        marked.has(kind, before.start, before.stop) for kind in ("exchange", "release", "swap")
    )
    of_kind = range(first.end, min(first.end + _NEAR, sentence.stop))
    is_limited = marked.at("since", first.end) is not None or (
        marked.words[first.end : first.end + 1] == ["in"]
        and marked.has("span", first.end, min(first.end + _NEAR + 1, sentence.stop))
    )
    return has_exchange and (is_limited or marked.has("its_kind", of_kind.start, of_kind.stop))


def _start_of_it(marked: MarkedText, sentence: range, start: int) -> int:
    """Return where a sentence begins, or the one before where it goes on with it: "It was the first since May"."""
    is_of_it = sentence.start > 0 and marked.words[sentence.start] in ("it", "this", "that")
    return marked.sentence_at(sentence.start - 1).start if is_of_it else max(sentence.start, start)


def _is_of_a_kind(marked: MarkedText, first: Mark, exchange: Mark | None) -> bool:
    """Return whether an exchange is the first of a kind that is named: "the first all-female exchange"."""
    return exchange is not None and any(
        marked.is_small("of_a_kind", at) for at in range(first.end, exchange.start)
    )


def _is_of_another_thing(marked: MarkedText, between: range) -> bool:
    """Return whether something else is the first: "the first day of the exchange"; "this year" is nothing else."""
    years = [
        range(one.start, one.end) for one in marked.marks("this_year", between.start, between.stop)
    ]
    return any(
        marked.at("not_people", at)
        and not any(at in year for year in years)
        and not _YEAR.fullmatch(marked.words[at - 1])
        # "the first in two years large exchange", the word order of Russian
        and not any(one.end == at and one.kind == "cardinal" for one in marked.numbers)
        for at in between
    )


def _beside(marked: MarkedText, mark: Mark, sentence: range) -> range:
    """Return the words around some, up to a dash that sets others apart."""
    dashes = [place for place in sentence if marked.words[place] in "–—"]
    start = max((place for place in dashes if place < mark.start), default=sentence.start)
    stop = min((place for place in dashes if place >= mark.end), default=sentence.stop)
    return range(start, stop)


def _has_exchange(marked: MarkedText, sentence: range) -> bool:
    return any(marked.has(kind, sentence.start, sentence.stop) for kind in ("exchange", "swap"))


def _is_first_of_all(setting: Setting, sentence: range, exchange: Mark | None) -> bool:
    """Return whether the first exchange there was is told of with its day: "the first was on 24 March"."""
    marked = setting.marked
    return exchange is not None and any(
        day.start in sentence
        and not day.is_month
        and day.start > exchange.end
        and not is_since(marked, day)
        and day.day != setting.main_day
        for day in setting.days
    )


def _is_limited(marked: MarkedText, after: range) -> bool:
    """Return whether it is said in how long: "the first in three months", "the first since May"."""
    return any(
        marked.has(kind, after.start, after.stop) for kind in ("since", "this_year", "span")
    ) or any(_YEAR.fullmatch(marked.words[at]) for at in after)
