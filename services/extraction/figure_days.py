"""When a figure is of: the day of its exchange, the last day it counts in, and whether it is yet to come."""

from datetime import date, timedelta

from schemas.claim import Modality
from services.extraction.about_exchange import exchange_of_pair
from services.extraction.dates import (
    is_of_an_agreement,
    is_of_dateline,
    is_of_saying,
    is_of_telling,
    is_of_what_befell,
    is_since,
)
from services.extraction.listed_days import is_day_alone
from services.extraction.marking import Mark, MarkedText
from services.extraction.measures import is_earlier_this_year, is_listed_by_days, was_earlier
from services.extraction.modality import is_of_a_batch, modality_of
from services.extraction.named_days import NamedDay
from services.extraction.numbers import Number
from services.extraction.pairs import equal_pair
from services.extraction.proposals import EvidencePlace, place_of
from services.extraction.setting import Setting
from services.extraction.told import Told


_TO_DAY = frozenset(("to", "and", "-", "–", "—", "по", "до", "і", "та", "й", "и"))
#: How far behind "1000 for 1000" the deal may be named that is to bring it.
_ON = frozenset(("on", "about", "for"))
_PART_WORDS = 10
_DEAL_WORDS = 6
#: How far behind a day the number may stand that it leads to.
_JOINED_WORDS = 6
_AHEAD_WITHIN_SENTENCES = 2
#: Stages after which others are to come.
_FIRST_STAGES = 2
#: What a plan goes on with: "and receive 40", "а відпустити 40".
_AND = frozenset(("and", "а", "і", "й", "та", "и"))
_TO_DO = frozenset(("receive", "get", "free", "release", "return", "bring", "hand", "send", "give"))


def _is_of_more(told: Told, day: NamedDay) -> bool:
    """Return whether a day is of so many more: "freed 60 soldiers, and 40 more will be released on 12 May"."""
    marked, end = told.marked, told.said.end
    return any(
        end <= one.start < day.start
        and marked.words[one.end : one.end + 1] == ["more"]
        and marked.at("and", one.start - 1) is not None
        for one in marked.numbers
    )


def day_of(setting: Setting, told: Told) -> tuple[str | None, tuple[EvidencePlace, ...]]:
    """Return the day of the exchange that a number is about, and where it is said."""
    marked = setting.marked
    near = [
        day
        for day in setting.days
        if day.start in told.sentence
        and not is_day_alone(marked, day)
        and not is_since(marked, day)
        and not is_of_an_agreement(marked, day)
        and not is_of_what_befell(marked, day)
        and not _is_of_saying(setting, day)
        and not _is_of_more(told, day)
    ]
    near = [day for day in near if not is_of_dateline(marked, day)] or near
    # "said on Monday that it had brought 40 home in April"
    if any(is_of_saying(marked, day) for day in near):
        done = [day for day in near if not is_of_saying(marked, day)]
        near = [day for day in done if day.day != setting.published] or near
    modality = how_meant(setting, told)
    is_some_day = is_earlier_this_year(told) or _is_ago(told) or _is_some_time_before(told)
    is_some_day = is_some_day or is_listed_by_days(told)
    if modality == "denied" or (not near and is_some_day):
        return None, ()
    if was_earlier(told) or _is_of_a_stage(told) or _has_begun(told):
        return None, ()
    if modality == "planned":
        near = [
            _ahead(day, setting)
            for day in near
            if not _is_right_after_another(setting, told, day)
            and not _is_before_the_plan(setting, told, day)
            and not _is_of_saying_so(setting, told, day)
            and setting.published
            and (_is_yesterday(setting, day) or _ahead(day, setting).day >= setting.published)
        ]
    if modality == "asserted" and marked.has("already", *_span_of(told)):
        # "on Saturday and Sunday, and the first 40 have already come home"
        near = [day for day in near if setting.published is None or day.day <= setting.published]
    in_clause = [
        day
        for day in near
        if day.start in told.clause
        and not (len(near) > 1 and _is_of_another_number(setting, told, day))
    ]
    near = in_clause or [day for day in near if not _is_of_another_number(setting, told, day)]
    if near:
        # "307 on Saturday and 390 on Friday": of two as near the one behind the number
        day = min(
            in_clause or near,
            key=lambda one: (abs(one.start - told.said.start), one.start < told.said.start),
        )
        return day.written, _place_of_day(marked, day)
    if modality != "asserted":
        ahead = _day_to_come(setting, told)
        return (None, ()) if ahead is None else (ahead.written, _place_of_day(marked, ahead))
    if setting.attribution.looks_back(marked.tokens[told.said.number.start].sentence):
        return _day_before(setting, told)
    main = setting.main_day
    place = (
        (place_of(marked, "exchange.date", setting.main.start, setting.main.end),)
        if setting.main
        else ()
    )
    return (main.isoformat() if main else None), place


def _day_to_come(setting: Setting, told: Told) -> NamedDay | None:
    """Return the day ahead on which the sentence before says that there is to be an exchange."""
    marked, own = setting.marked, setting.marked.tokens[told.said.start].sentence
    near = range(max(0, own - _AHEAD_WITHIN_SENTENCES), own)
    ahead = [
        day
        for day in setting.days
        if setting.published is not None
        and day.day > setting.published
        and marked.tokens[day.start].sentence in near
        and marked.has("exchange", *_span(marked.sentence_at(day.start)))
    ]
    return ahead[0] if ahead and len({day.day for day in ahead}) == 1 else None


def _place_of_day(marked: MarkedText, day: NamedDay) -> tuple[EvidencePlace, ...]:
    return (place_of(marked, "exchange.date", day.start, day.end),)


def _span(places: range) -> tuple[int, int]:
    return places.start, places.stop


def is_of_another_day(setting: Setting, told: Told, written: str | None) -> bool:
    """Return whether a number's own sentence begins with a day, and not the one of its whole."""
    sentence = told.sentence
    days = [
        day
        for day in setting.days
        if day.start in range(sentence.start, min(sentence.start + 3, told.said.start))
        and not day.is_month
        and not is_since(setting.marked, day)
    ]
    is_some_day = _is_some_time_before(told) and not days
    return written is not None and (
        is_some_day or (bool(days) and written not in {day.written for day in days})
    )


def _is_ago(told: Told) -> bool:
    """Return whether something was on a day that is told by how long ago it was: "two weeks ago"."""
    marked = told.marked
    return any(
        one.start in told.sentence
        and (span := marked.at("days_span", one.end)) is not None
        and (ago := marked.at("ago", span.end)) is not None
        # "three weeks after their last swap" is the swap's own day
        and not marked.has("background", ago.end, ago.end + 3)
        for one in marked.numbers
    )


def _is_some_time_before(told: Told) -> bool:
    """Return whether something was on a day that nobody names: "in recent weeks they have freed 8"."""
    marked, clause = told.marked, told.clause
    return any(
        # "30 captured last month came home"
        not any(
            marked.has(kind, max(clause.start, one.start - 3), one.start)
            for kind in ("seize", "befell")
        )
        for one in marked.marks("some_time", clause.start, clause.stop)
    )


def _is_of_another_number(setting: Setting, told: Told, day: NamedDay) -> bool:
    """Return whether a day after a number is that of the one before it: "60, after 307 on Saturday"."""
    between = range(told.said.end, day.start)
    after = range(day.end, day.end + 3)
    is_before_another = day.start > told.said.end and any(
        one.start < told.said.start for one in setting.days if one.start in told.sentence
    )
    # "391 on Monday, 308 on Tuesday and 304 on Wednesday"
    last = max(told.said.end, told.group.end)
    if day.start >= last and setting.marked.words[last : day.start] in ([], ["on"]):
        is_before_another = False
    if _begins_another(setting.marked, day) and day.start > told.said.end:
        after = range(day.end, day.end + _JOINED_WORDS)
        is_before_another = True
    return any(
        one.kind == "cardinal"
        # "52 on 29 October, on 3 November – 107"
        and (one.start in between or (is_before_another and one.start in after))
        and not is_in_a_day(setting, one)
        for one in setting.marked.numbers
    )


def _begins_another(marked: MarkedText, day: NamedDay) -> bool:
    """Return whether a day begins what is told next: "freed 14, and on 5 November they freed 25"."""
    start = day.start - (1 if marked.is_small("on", day.start - 1) else 0)
    return start > 1 and marked.at("and", start - 1) is not None and marked.words[start - 2] == ","


def _is_right_after_another(setting: Setting, told: Told, day: NamedDay) -> bool:
    """Return whether another number than one stands right before a day: "1,000, the first 390 on Friday"."""
    near = range(max(told.said.end, day.start - _DEAL_WORDS), day.start)
    return any(
        one.start in near and one.kind == "cardinal" and not is_in_a_day(setting, one)
        for one in setting.marked.numbers
    )


def _is_before_the_plan(setting: Setting, told: Told, day: NamedDay) -> bool:
    """Return whether a day is of what was done before a plan: "got 90 on Friday and expects to get 40"."""
    marked, start = setting.marked, told.sentence.start
    is_counted = any(
        one.start in range(start, day.start)
        and one.kind == "cardinal"
        and not is_in_a_day(setting, one)
        for one in marked.numbers
    )
    if is_of_a_batch(marked, range(told.said.start, told.said.end)):
        return True  # "on Friday turned six over, the first group of 14 due to be freed"
    return is_counted and marked.has("plan", day.end, told.said.start)


def _is_of_saying(setting: Setting, day: NamedDay) -> bool:
    """Return whether it was said on a day what was done on the report's own, which is before."""
    own = setting.main_day
    return own is not None and own < day.day and is_of_telling(setting.marked, day, setting.days)


def _is_of_saying_so(setting: Setting, told: Told, day: NamedDay) -> bool:
    """Return whether somebody said on a day what was to come: "on Tuesday they announced that they would free 40"."""
    marked = setting.marked
    plans = marked.marks("plan", day.end, told.clause.stop)
    if not plans or day.start > told.said.start:
        return False
    says = marked.marks("say", told.sentence.start, plans[0].start)
    if says and "that" in marked.words[day.end : plans[0].start] and says[0].end <= day.start:
        return True
    # "they said that on Friday they would free 40": that is the day of the plan
    return any(
        one.start >= day.end
        or (one.end >= day.start - 2 and "that" not in marked.words[one.end : day.start])
        for one in says
    )


def _span_of(told: Told) -> tuple[int, int]:
    return told.clause.start, told.clause.stop


def _is_yesterday(setting: Setting, day: NamedDay) -> bool:
    """Return whether what was planned was so for the day before: "the release scheduled for yesterday"."""
    return setting.marked.at("yesterday", day.start) is not None


def _ahead(day: NamedDay, setting: Setting) -> NamedDay:
    """Return the coming one of a weekday that something is planned for."""
    published = setting.published
    if (
        published is None
        or _is_yesterday(setting, day)
        or day.is_month
        or day.end - day.start > 1
        or day.day >= published
    ):
        return day
    return day._replace(day=day.day + timedelta(days=7))


def _day_before(setting: Setting, told: Told) -> tuple[str | None, tuple[EvidencePlace, ...]]:
    """Return the day that a passage that looks back is of: the last one it names before a number."""
    marked = setting.marked
    paragraph = marked.tokens[told.said.number.start].paragraph
    days = [
        day
        for day in setting.days
        if day.start < told.said.start
        and marked.tokens[day.start].paragraph == paragraph
        and not is_since(marked, day)
    ]
    days = [day for day in days if not is_of_an_agreement(marked, day)]
    if not days:
        days = [
            day
            for day in setting.days
            if day.start > told.said.start
            and marked.tokens[day.start].paragraph == paragraph
            and not is_since(marked, day)
        ][:1]
    if not days:
        return None, ()
    return days[-1].written, (place_of(marked, "exchange.date", days[-1].start, days[-1].end),)


def as_of(setting: Setting, told: Told) -> date | None:
    """Return the last day that a running total counts in: the one its sentence names, or publication."""
    marked = setting.marked
    stated = [
        day for day in setting.days if day.start in told.sentence and not is_since(marked, day)
    ]
    if stated:
        return stated[0].last_day
    return setting.published


def how_meant(setting: Setting, told: Told) -> Modality:
    """Return whether a figure is asserted, planned or denied."""
    if _is_closed(told):
        return "asserted"
    if _is_of_a_stage(told) or _is_of_a_deal(told) or _has_begun(told):
        return "planned"
    if _is_return_for_a_plan(told) or _goes_on_with_plan(told):
        return "planned"
    if (before := exchange_of_pair(told)) is not None:
        return modality_of(setting.marked, before, before.stop - 1)
    return modality_of(
        setting.marked, told.clause, told.said.number.start, max(told.said.end, told.group.end)
    )


def _is_of_a_stage(told: Told) -> bool:
    """Return whether so many each are what several days are to bring: "the second day of 1000 for 1000"."""
    marked = told.marked
    if _versus_behind(told) is None:
        return False
    return any(
        one.kind == "ordinal" and one.start in told.clause and marked.at("stage", one.end)
        for one in marked.numbers
    )


def _is_return_for_a_plan(told: Told) -> bool:
    """Return whether a number is what is to be given for others: "agreed to free 40, in exchange for A freeing 90"."""
    marked, start = told.marked, told.said.start
    turns = marked.marks("in_turn", told.clause.start, start)
    if not turns or marked.language_code != "en" or marked.words[turns[-1].end] != "for":
        return False
    turn = turns[-1]
    before = range(told.sentence.start, turn.start)
    last = next((one for one in reversed(marked.numbers) if one.start in before), None)
    is_other = any(marked.has(kind, turn.end, start) for kind in ("done", "say"))
    is_other = is_other or any(turn.end <= one.start < start for one in marked.numbers)
    return not is_other and (
        last is not None and modality_of(marked, before, last.start) == "planned"
    )


def _goes_on_with_plan(told: Told) -> bool:
    """Return whether a clause goes on with what was to be done: "was meant to hand over 90 and receive 40"."""
    marked, clause = told.marked, told.clause
    joint = clause.start + (marked.words[clause.start] == ",")
    first = joint + 1
    if clause.start == told.sentence.start or marked.words[joint] not in _AND:
        return False
    before = range(told.sentence.start, clause.start)
    last = next((one for one in reversed(marked.numbers) if one.start in before), None)
    verb = marked.words[first]
    is_to_do = verb in _TO_DO or verb.endswith(("ти", "ть"))
    is_planned = last is not None and modality_of(marked, before, last.start) == "planned"
    return is_to_do and first < told.said.start and is_planned


def _is_closed(told: Told) -> bool:
    """Return whether the last of several days is told as done: "the third part of 1000 for 1000 is completed"."""
    marked, clause = told.marked, told.clause
    if not _is_of_a_stage(told):
        return False
    stages = [
        one.value
        for one in marked.numbers
        if one.kind == "ordinal" and one.start in clause and marked.at("stage", one.end)
    ]
    is_closed = marked.has("closing", clause.start, clause.stop)
    return is_closed and max(stages) > _FIRST_STAGES


def _has_begun(told: Told) -> bool:
    """Return whether an exchange of so many each has only begun: "a 1000 for 1000 exchange began on Friday"."""
    marked, clause = told.marked, told.clause
    return _versus_behind(told) is not None and marked.has("begin", clause.start, clause.stop)


def _versus_behind(told: Told) -> Mark | None:
    marked, end = told.marked, told.said.number.end
    if (pair := equal_pair(marked, told.said.number)) is not None:
        return pair
    return marked.at("versus", end + (marked.words[end : end + 1] in (["-"], ["–"])))


def _is_of_a_deal(told: Told) -> bool:
    """Return whether so many each are what a deal names: "part of a 1000 for 1000 deal"."""
    marked, number = told.marked, told.said.number
    versus = number.end + (1 if marked.words[number.end : number.end + 1] in (["-"], ["–"]) else 0)
    after = range(versus, min(versus + _DEAL_WORDS, told.clause.stop))
    if marked.at("versus", versus) is not None and marked.has("agreement", after.start, after.stop):
        return True
    # "this is part of the 600 for 600 exchange"
    before = range(max(told.clause.start, number.start - _PART_WORDS), number.start)
    is_part = any(marked.words[at : at + 2] == ["part", "of"] for at in before)
    if is_part and _versus_behind(told) is not None:
        return True
    # "agreements on a release in the 600 for 600 format were reached"
    return _versus_behind(told) is not None and any(
        _ON & set(marked.words[one.end : one.end + 1])
        for one in marked.marks("agreement", told.clause.start, number.start)
    )


def is_in_a_day(setting: Setting, number: Number) -> bool:
    """Return whether a number belongs to a day: "9" of "9 May"."""
    return any(
        day.start <= number.start < day.end or _is_first_of_days(setting.marked, number, day)
        for day in setting.days
    )


def _is_first_of_days(marked: MarkedText, number: Number, day: NamedDay) -> bool:
    """Return whether a number is the first of several days: "from 23 to 25 May"."""
    is_between = day.start == number.end + 1 and number.value <= 31  # noqa: PLR2004
    is_between = is_between and not is_day_alone(marked, day)
    return is_between and marked.words[number.end] in _TO_DAY
