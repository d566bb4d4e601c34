"""The largest exchange, and the first in a long time, in a text."""

import re
from collections.abc import Sequence

from services.extraction.dates import is_since
from services.extraction.event_claims import base_of
from services.extraction.joined_sides import BOTH, joined_sides
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, officials
from services.extraction.proposals import (
    Proposal,
    place_of_mark,
)
from services.extraction.setting import Setting


_YEAR = re.compile(r"20\d\d|19\d\d")
_NEAR = 4
_RETURN = frozenset(("return", "release", "repatriation", "homecoming"))
_CAPTIVES = frozenset(("prisoners", "captives", "pows", "hostages", "detainees"))
_IS = frozenset((",", "was", "is", "marks", "marked", "being", "became", "–", "—", "-"))
_CALLED = frozenset(("called", "described", "termed", "hailed"))
_LARGER = frozenset(("bigger", "larger"))
_ENDS = frozenset((",", ":"))
_MAY = frozenset(("could", "may", "might"))
#: What may be the largest, and is no exchange.
_OTHER_THINGS = frozenset(
    ("prison", "jail", "city", "town", "camp", "airport", "contribution", "contributions")
)
_WINDOW_WORDS = 10
_WINDOW_BEFORE = 16
_IT_BECAME = (["він", "став"], ["це", "став"], ["он", "стал"], ["это", "стал"])


def superlatives(setting: Setting, sentence: range) -> list[Proposal]:
    """Return the claims of a sentence that an exchange was the largest."""
    marked = setting.marked
    found = _none_larger(setting, sentence)
    for mark in marked.marks("largest", sentence.start, sentence.stop):
        after = range(mark.end, min(mark.end + _WINDOW_WORDS, sentence.stop))
        before = range(max(sentence.start, mark.start - _WINDOW_BEFORE), mark.start)
        if marked.words[max(0, mark.start - 1)] == "to" or _is_other_thing(marked, mark):
            continue  # "in order to record what they said of the exchange"
        exchanges = marked.marks("exchange", before.start, before.stop)
        if exchanges and marked.has("since", exchanges[-1].end, mark.start):
            before = range(mark.start, mark.start)  # "the first swap since the attack, the largest"
        is_by_number = marked.has("by_number", after.start, after.stop) and marked.has(
            "people", after.start, after.stop
        )
        is_by_number = is_by_number or _is_largest_number(marked, mark, after)
        of_exchange = ("exchange", "its_kind", "release")
        if _is_largest_thing(marked, mark, after):
            before = range(mark.start, mark.start)
        # "swapped 90 men each on Friday, the largest since May"
        is_apposed = (
            marked.at("since", mark.end) is not None
            and marked.words[mark.start - 2 : mark.start] == [",", "the"]
            and marked.has("swap", sentence.start, mark.start)
        )
        if not (is_by_number or is_apposed) and not any(
            marked.has(kind, span.start, span.stop)
            for span in (after, before)
            for kind in of_exchange
        ):
            continue
        start = mark.start
        if start >= sentence.start + 3 and marked.words[start - 3 : start] == ["one", "of", "the"]:
            start -= 3
        end = next((one.end for one in marked.marks("exchange", after.start, after.stop)), mark.end)
        base = base_of(setting, start, end, "largest-exchange")
        if _MAY & set(marked.words[max(sentence.start, start - _NEAR) : start]):
            base = base.but(modality="planned", exchange_date=None)  # "could become the largest"
        if (called := called_by(marked, mark)) is not None:
            places = (one for one in base.places if one.field != "claimant")
            base = base.but(
                speaker=called,
                places=(*places, *place_of_mark(marked, "claimant", called.mark)),
            )
        side, evidence = _of_one_side(marked, mark, sentence)
        getters = marked.marks("side_name", sentence.start, mark.start)
        if getters and _is_largest_number(marked, mark, after):
            side, evidence = getters[-1].value, getters[-1]  # those who came back to it
        found.append(
            base.but(
                measure="superlative",
                side=side,
                places=(*base.places, *place_of_mark(marked, "side", evidence)),
            )
        )
    return found


def _none_larger(setting: Setting, sentence: range) -> list[Proposal]:
    """Return the claim that an exchange was the largest, told by all the others: "no exchange has been bigger"."""
    marked = setting.marked
    for exchange in marked.marks("exchange", sentence.start + 1, sentence.stop):
        after = range(exchange.end, min(exchange.end + _WINDOW_WORDS, sentence.stop))
        larger = next((at for at in after if marked.words[at] in _LARGER), None)
        if larger is not None and marked.words[exchange.start - 1] == "no":
            base = base_of(setting, exchange.start - 1, larger + 1, "largest-exchange")
            return [base.but(measure="superlative")]
    return []


def called_by(marked: MarkedText, mark: Mark) -> NamedSpeaker | None:
    """Return the side whose word it is alone that an exchange is the largest: "in what Klow called the largest swap"."""
    start = mark.start - (marked.words[mark.start - 1] == "the")
    start -= marked.words[start - 1] == "as"
    if start < _NEAR or marked.words[start - 1] not in _CALLED:
        return None
    before = marked.marks("side_name", start - _NEAR, start - 1)
    is_its_word = bool(before) and before[-1].end == start - 1
    is_what = is_its_word and marked.words[before[-1].start - 1] == "what"
    return officials(marked.ledger, before[-1]) if is_what else None


def _is_largest_number(marked: MarkedText, mark: Mark, after: range) -> bool:
    """Return whether so many as never before are told to be free: "brought home a record number of 115 prisoners"."""
    act = marked.marks("get", max(0, mark.start - _NEAR), mark.start)
    is_number = marked.words[mark.end : mark.end + 2] == ["number", "of"]
    return is_number and bool(act) and marked.has("people", after.start, after.stop)


def _is_other_thing(marked: MarkedText, mark: Mark) -> bool:
    """Return whether a thing of a list is the largest: "were freed from the largest prison as part of a swap"."""
    is_place = bool(_OTHER_THINGS & set(marked.words[mark.end : mark.end + 1]))
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
    if marked.at("involve", mark.end) is not None:
        return BOTH, None  # "the largest involving Ruritanian civilians" tells whom it included
    ends = [at for at in after if marked.words[at] in _ENDS]
    after = range(after.start, ends[0] if ends else after.stop)
    named: Sequence[Mark] = [
        *marked.marks("side_owner", after.start, after.stop),
        *marked.marks("side_people", after.start, after.stop),
    ]
    for one in named:
        if marked.has("people", one.end, one.end + 2) and not joined_sides(marked, after):
            return one.value, one
    return BOTH, None


def firsts(setting: Setting, sentence: range) -> list[Proposal]:
    """Return the claim of a sentence that an exchange was the first in a time, none or one."""
    marked = setting.marked
    for mark in marked.marks("first_time", sentence.start, sentence.stop):
        if any(one.start < mark.start < one.end for one in marked.numbers):
            continue  # the thirty-first
        if marked.words[max(0, mark.start - 2) : mark.start] == ["since", "the"]:
            continue  # "27 since the first exchange in March 2030"
        near = range(mark.end, min(mark.end + 6, sentence.stop))
        exchange = next(iter(marked.marks("exchange", near.start, near.stop)), None)
        exchange = exchange or _return_of_captives(marked, near)
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
    return _none_such_since(setting, sentence)


def _return_of_captives(marked: MarkedText, near: range) -> Mark | None:
    """Return the words for a return of captives: "the first major return of captives since May"."""
    return next(
        (
            Mark("exchange", "exchange", at, at + 1)
            for at in near
            if marked.words[at] in _RETURN
            and marked.words[at + 1 : at + 2] == ["of"]
            and any(
                marked.words[one.start] in _CAPTIVES
                for one in marked.marks("people", at + 2, at + 4)
            )
        ),
        None,
    )


def _none_such_since(setting: Setting, sentence: range) -> list[Proposal]:
    """Return the claim that there was no exchange before one told of: "No such swap had been held since May"."""
    marked, start = setting.marked, sentence.start
    exchange = marked.at("exchange", start + 2)
    if exchange is None or marked.words[start : start + 2] != ["no", "such"]:
        return []
    since = marked.marks("since", exchange.end, min(exchange.end + _WINDOW_WORDS, sentence.stop))
    is_past = marked.words[exchange.end : exchange.end + 1] == ["had"]
    return [_first(setting, start, exchange.end)] if since and is_past else []


def _first(setting: Setting, start: int, end: int) -> Proposal:
    base = base_of(setting, start, end, "first-in-a-time")
    # "they did not come, said the Courier of the first exchange in months" denies nothing of it
    modality = "asserted" if base.modality == "denied" else base.modality
    return base.but(measure="first_since", modality=modality)


def _is_first_in_apposition(marked: MarkedText, first: Mark, sentence: range) -> bool:
    """Return whether an exchange told of just before is the first in a time: "an exchange, the first since May"."""
    joint = marked.words[max(0, first.start - 2) : first.start]
    if marked.language_code != "en" or joint[-1:] != ["the"] or joint[0] not in _IS:
        return False
    before = range(start_of_it(marked, sentence, first.start - _WINDOW_BEFORE), first.start)
    has_exchange = any(
        marked.has(kind, before.start, before.stop) for kind in ("exchange", "release", "swap")
    )
    of_kind = range(first.end, min(first.end + _NEAR, sentence.stop))
    is_limited = marked.at("since", first.end) is not None or (
        marked.words[first.end : first.end + 1] in (["in"], ["for"])
        and marked.has("span", first.end, min(first.end + _NEAR + 1, sentence.stop))
    )
    return has_exchange and (is_limited or marked.has("its_kind", of_kind.start, of_kind.stop))


def start_of_it(marked: MarkedText, sentence: range, start: int) -> int:
    """Return where a sentence begins, or the one before where it goes on with it: "It was the first since May"."""
    is_of_it = sentence.start > 0 and marked.words[sentence.start] in ("it", "this", "that")
    # "Обмін відбувся в п'ятницю. Він став 49-м"
    is_of_it = is_of_it or (
        sentence.start > 0 and marked.words[sentence.start : sentence.start + 2] in _IT_BECAME
    )
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
