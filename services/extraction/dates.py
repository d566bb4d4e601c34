"""Of which day a report is, and of which days its sentences tell: the days that it names, and what they are of."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.extraction.listed_days import is_day_alone
from services.extraction.marking import MarkedText
from services.extraction.named_days import BESIDE_THE_LAST, NamedDay
from services.extraction.numbers import Number


#: A day within so many words of the beginning may be the dateline's, and one within so many sentences
#: after it is rather the exchange's.
_DATELINE_WORDS = 8
_LEAD_SENTENCES = 4
_TOLD_WITHIN_SENTENCES = 2
_AGREED_BEFORE = 11
_BEFELL_BEFORE = 8
_SINCE_BEFORE = 16
#: "after one on 2 May", "после обмена 2 мая"
_AFTER = frozenset(("after", "following", "після", "после"))
_ONE_WORDS = 5
_DASHES = frozenset("-–—")
_FROM = frozenset(("since", "from", "з", "із", "с", "від", "от"))
#: Days that the day of an exchange may lie before the report's where it is named at once, and later on.
_LEAD_DAYS, _LATER_DAYS = 10, 3


def main_day(
    marked: MarkedText, days: Sequence[NamedDay], published: date | None
) -> NamedDay | None:
    """Return the day of the exchange that a report is about: the first it names, else its own.

    A day that something is counted since is none, nor one of a passage that looks back. The day in a
    dateline is that of the report: another one in its first sentences comes before it.
    """
    dateline: NamedDay | None = None
    for named in (one for one in days if not is_day_alone(marked, one)):
        sentence = marked.sentence_at(named.start)
        is_lead = marked.tokens[named.start].sentence <= _LEAD_SENTENCES
        limit = timedelta(_LEAD_DAYS if is_lead else _LATER_DAYS)
        is_far = published is not None and not timedelta(0) <= published - named.day <= limit
        if named.is_month or is_far or is_since(marked, named) or is_of_an_agreement(marked, named):
            continue
        is_of_none = is_of_what_befell(marked, named) or _is_of_a_truce(marked, sentence)
        if is_of_none or any(marked.at(kind, named.start) for kind in BESIDE_THE_LAST):
            continue
        if marked.has("background", sentence.start, named.start):
            continue
        if _is_of_another_exchange(marked, named) or _is_of_a_plan(marked, named, published):
            continue
        if _is_of_a_later_passage(marked, named, published):
            continue
        is_placed = named.start < _DATELINE_WORDS or _is_before_dash(marked, named)
        is_placed = is_placed or (is_lead and _tells_of_nobody(marked, sentence))
        if dateline is None and is_placed and named.day == published:
            dateline = named
            continue
        if dateline is not None and named.day == dateline.day and _is_before_colon(marked, named):
            continue
        if dateline is not None and marked.tokens[named.start].sentence > _LEAD_SENTENCES:
            break
        return (
            _day_of_count(marked, named, days, published)
            or _day_told_of(marked, named, days)
            or named
        )
    return dateline


def _day_of_count(
    marked: MarkedText, named: NamedDay, days: Sequence[NamedDay], published: date | None
) -> NamedDay | None:
    """Return the report's own day where people are counted on it, and nobody on the day that is named before."""
    if named.day == published or _counts_people(marked, marked.sentence_at(named.start)):
        return None
    return next(
        (
            one
            for one in days
            if one.start > named.start and one.day == published and not one.is_month
            # "today" of those who are quoted is the day they speak of
            if not marked.tokens[one.start].is_quoted
            if _counts_people(marked, sentence := marked.sentence_at(one.start))
            and not _tells_of_nobody(marked, sentence)
        ),
        None,
    )


def _counts_people(marked: MarkedText, sentence: range) -> bool:
    return any(_is_of_people(marked, one) for one in marked.numbers if one.start in sentence)


def is_of_saying(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day stands right behind a verb of saying: "the Red Cross said on Thursday that"."""
    start = named.start - (1 if marked.is_small("on", named.start - 1) else 0)
    near = marked.marks("say", max(0, start - 4), start)
    # "in a statement issued on Monday"
    is_issued = start > 0 and marked.is_small("issued", start - 1)
    return marked.language_code == "en" and (is_issued or any(one.end == start for one in near))


def is_of_telling(marked: MarkedText, named: NamedDay, days: Sequence[NamedDay]) -> bool:
    """Return whether a day is one on which somebody told of something, as its sentence says."""
    own = marked.tokens[named.start].sentence
    return any(
        one.day == named.day and is_of_saying(marked, one)
        for one in days
        if marked.tokens[one.start].sentence == own
    )


def _day_told_of(marked: MarkedText, said: NamedDay, days: Sequence[NamedDay]) -> NamedDay | None:
    """Return the day before that a next sentence says something was done on, of which was told on a day."""
    own = marked.tokens[said.start].sentence
    if not is_of_telling(marked, said, days):
        return None
    for named in days:
        sentence = marked.sentence_at(named.start)
        distance = marked.tokens[named.start].sentence - own
        is_near = 0 <= distance <= _TOLD_WITHIN_SENTENCES and named.start > said.start
        is_before = timedelta(0) < said.day - named.day <= timedelta(_LATER_DAYS)
        if not is_near or named.is_month or not is_before or is_since(marked, named):
            continue
        if is_of_what_befell(marked, named) or is_of_an_agreement(marked, named):
            continue
        is_other = distance > 0 and _counts_people(marked, sentence)
        if is_other or marked.has("background", sentence.start, sentence.stop):
            continue
        acts = ("free", "give", "back")
        if any(
            marked.has(kind, max(sentence.start, named.start - 4), named.start) for kind in acts
        ):
            return named
    return None


def _is_of_a_truce(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence tells of a truce, and of nobody who came back: "a truce began on Friday"."""
    return marked.has("truce", sentence.start, sentence.stop) and _tells_of_nobody(marked, sentence)


def _tells_of_nobody(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence tells of no exchange, as the line does in which a report's own day stands."""
    acts = ("exchange", "swap", "free", "give", "get", "back")
    return not any(marked.has(kind, sentence.start, sentence.stop) for kind in acts)


def as_spoken(
    marked: MarkedText, days: Sequence[NamedDay], main: NamedDay | None
) -> list[NamedDay]:
    """Return days, of which "today" in somebody's words is the day of the exchange, if that is named otherwise."""
    return [
        day._replace(day=main.day)
        if main is not None
        and main.start < day.start
        and main.day < day.day
        and marked.at("today", day.start) is not None
        and marked.tokens[day.start].is_quoted
        else day
        for day in days
    ]


class SentenceDays(NamedTuple):
    """Of which days the sentences of a report tell, by their numbers.

    Attributes:
        elsewhen: Those that name days, and not the one of the report's exchange.
        past: Those of them that tell of an exchange before it.
        own: Those that name the day of the report's exchange.
        places: The words that name days, by their places.
    """

    elsewhen: frozenset[int] = frozenset()
    past: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()


def sentence_days(
    marked: MarkedText, days: Sequence[NamedDay], main: NamedDay | None, published: date | None
) -> SentenceDays:
    """Return of which days the sentences of a report tell."""
    named: dict[int, list[NamedDay]] = {}
    for day in days:
        named.setdefault(marked.tokens[day.start].sentence, []).append(day)
    places = frozenset(at for day in days for at in range(day.start, day.end))
    own_day = main.day if main is not None else published
    if own_day is None:
        return SentenceDays(places=places)
    own = {number for number, some in named.items() if own_day in {one.day for one in some}}
    past = {
        number
        for number, some in named.items()
        if number not in own and all(_is_past_exchange(marked, one, own_day) for one in some)
    }
    elsewhen = frozenset(named) - own if main is not None else frozenset()
    return SentenceDays(elsewhen, frozenset(past), frozenset(own), places)


def _is_past_exchange(marked: MarkedText, named: NamedDay, own_day: date) -> bool:
    """Return whether a day is one of an exchange before the report's own."""
    if named.last_day >= own_day or is_since(marked, named) or is_of_an_agreement(marked, named):
        return False
    sentence = marked.sentence_at(named.start)
    acts = ("exchange", "swap", "free", "give", "get", "back")
    return not is_of_what_befell(marked, named) and any(
        marked.has(kind, sentence.start, sentence.stop) for kind in acts
    )


def _is_of_another_exchange(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is of an exchange before: "the fifth was on 19 April", after "the sixth"."""
    if _is_of_the_one_before(marked, named):
        return True
    own = marked.sentence_at(named.start)
    before = _places_in_row(marked, range(own.start))
    places = _places_in_row(marked, own)
    return bool(before) and bool(places) and not places & before


def _is_of_the_one_before(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is that of an exchange which the report's own came after: "the second after one on 2 May"."""
    near = range(max(marked.sentence_at(named.start).start, named.start - _ONE_WORDS), named.start)
    after = next((at for at in near if marked.words[at] in _AFTER), None)
    return after is not None and (
        "one" in marked.words[after : named.start] or marked.has("exchange", after, named.start)
    )


def _is_of_a_later_passage(marked: MarkedText, named: NamedDay, published: date | None) -> bool:
    """Return whether a day before the report's is named far behind, with another number than those before."""
    sentence = marked.sentence_at(named.start)
    is_far = marked.tokens[named.start].sentence >= _LEAD_SENTENCES
    if published is None or named.day >= published or not is_far:
        return False
    people = [one for one in marked.numbers if _is_of_people(marked, one)]
    before = {one.value for one in people if one.start < sentence.start}
    own = {one.value for one in people if one.start in sentence}
    return bool(before) and bool(own) and not own & before


def _is_of_people(marked: MarkedText, number: Number) -> bool:
    return number.kind != "ordinal" and any(
        marked.has(kind, number.end, number.end + 2) for kind in ("people", "side_people")
    )


def _places_in_row(marked: MarkedText, words: range) -> set[int]:
    return {
        one.value
        for one in marked.numbers
        if one.kind == "ordinal"
        and one.start in words
        and marked.has("exchange", one.end, one.end + 3)
    }


def _is_of_a_plan(marked: MarkedText, named: NamedDay, published: date | None) -> bool:
    """Return whether somebody spoke on a day of what was to come: "on 5 May he said that it may be soon"."""
    sentence = marked.sentence_at(named.start)
    if published is None or named.day >= published or named.start > sentence.start + 1:
        return False
    said = marked.marks("say", named.end, sentence.stop)
    return bool(said) and marked.has("plan", said[0].end, sentence.stop)


def _is_before_colon(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is a dateline's once more: "Klow, May 10: "."""
    return marked.words[named.end : named.end + 1] == [":"]


def _is_before_dash(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is a dateline's behind a heading: "Klow, 9 May – "."""
    sentence = marked.sentence_at(named.start)
    is_early = named.start - sentence.start <= _DATELINE_WORDS // 2
    return is_early and bool(set("–—") & set(marked.words[named.end : named.end + 1]))


def is_of_dateline(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is that of an agency's dateline: "KLOW, May 9 (BTA) --"."""
    first, end = marked.sentence_at(named.start).start, named.end
    if marked.words[end : end + 1] == ["("] and marked.words[end + 2 : end + 3] == [")"]:
        end += 3
    is_dashed = bool(_DASHES & set(marked.words[end : end + 1]))
    is_led = marked.words[named.start - 1 : named.start] == [","]
    return is_dashed and is_led and named.start - first <= _DATELINE_WORDS // 2


def is_of_an_agreement(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is one that something was agreed on: "under the agreements of 16 May"."""
    start = max(marked.sentence_at(named.start).start, named.start - _AGREED_BEFORE)
    agreed = marked.marks("agreement", start, named.start)
    if agreed and marked.has("done", agreed[-1].end, named.start):
        return False  # "the swap, agreed upon in March, took place on Friday"
    return bool(agreed) and not any(
        one.kind == "cardinal"
        and agreed[-1].end <= one.start < named.start
        and not marked.at("span", one.end)
        for one in marked.numbers
    )


def is_of_what_befell(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day long past tells when somebody was captured, not when an exchange was."""
    if not named.is_month and named.end - named.start == 1:
        return False  # a weekday is not long past
    start = max(marked.sentence_at(named.start).start, named.start - _BEFELL_BEFORE)
    befell = marked.marks("befell", start, named.start)
    if not befell:
        return False
    acts = ("exchange", "swap", "free", "give", "get", "back")
    return not any(marked.has(kind, befell[-1].end, named.start) for kind in acts)


def is_since(marked: MarkedText, named: NamedDay) -> bool:
    """Return whether a day is one that something is counted from, and nothing is told to be of itself."""
    is_from = named.start > 0 and marked.words[named.start - 1] in _FROM
    is_of_occasion = is_from and any(
        marked.has(kind, max(0, named.start - 4), named.start) for kind in ("largest", "first_time")
    )
    if is_from and (named.is_month or is_of_occasion):
        return True
    if marked.at("when", named.end):
        return False
    before = max(marked.sentence_at(named.start).start, named.start - _SINCE_BEFORE)
    since = marked.marks("since", before, named.start)
    if not since or "," in marked.words[since[-1].end : named.start]:
        return False
    # "since the sides freed 70 in March": the day of that
    acts = ("free", "give", "get", "back", "swap")
    is_of_an_act = any(marked.has(kind, since[-1].end, named.start) for kind in acts)
    has_number = any(since[-1].end <= one.start < named.start for one in marked.numbers)
    return not (is_of_an_act and has_number)
