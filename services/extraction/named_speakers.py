"""Who is named in a sentence that may speak: people and bodies of the ledger, offices beside a side, sides."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.extraction.bare_offices import holder_by_people, side_of_office
from services.extraction.marking import Mark, MarkedText
from services.extraction.speaking import speaks


_BESIDE = 4
_OF_THE = frozenset(("of", "the", "main"))
_FORMER = frozenset(("former", "ex", "late"))
_FORMER_WORDS = 2
#: Behind these words an office is none: "government prisoners", "the military prison", "an army plane".
_BESIDE_OFFICES = ("people", "captivity", "carrier")
_HYPHENS = frozenset("-‑")
#: How far behind an office its body may be named: "an official from the self-declared republic".
_BODY_WORDS = 8
_OF_BODY = frozenset(("of", "from", "for", "with"))
_MINISTRIES = ("mod", "foreign_ministry")


class NamedSpeaker(NamedTuple):
    """Who says something.

    Attributes:
        name: As the claim names it.
        party: Whom it speaks for.
        role: Its office.
        mark: The words that name it, null for the outlet.
    """

    name: str
    party: str
    role: str
    mark: Mark | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Who it is, wherever it is named."""
        return self.name, self.party, self.role


def speakers_by_words(marked: MarkedText, sentence: range) -> list[NamedSpeaker]:
    """Return who is named in a sentence by words of the lists, and may speak, in order."""
    ledger = marked.ledger
    found = [
        _of_another_side(marked, mark, sentence) or _known_speaker(ledger, mark)
        for mark in marked.marks("speaker", sentence.start, sentence.stop)
    ]
    for mark in marked.marks("party", sentence.start, sentence.stop):
        name = next(party.name for party in ledger.parties if party.code == mark.value)
        found.append(NamedSpeaker(name, mark.value, "other", mark))
    # "President" beside the president's name is the same person.
    taken = [one.mark for one in found if one.mark]
    for mark in marked.marks("office", sentence.start, sentence.stop):
        if mark.end < sentence.stop and (
            any(marked.at(kind, mark.end) for kind in _BESIDE_OFFICES)
            or marked.words[mark.end] in "-‑"
            or _is_of_people(marked, mark)
            # "бордурской стороне передали 40"
            or (marked.is_small("to_side", mark.start) and marked.at("give", mark.end))
        ):
            continue  # "government prisoners", "the government-held town", "the military prison"
        if any(_is_one_person(marked, one, mark) for one in taken) or _is_former(marked, mark):
            continue
        speaker = _of_office(marked, mark, sentence)
        if speaker is not None:
            found.append(speaker)
    taken = [one.mark for one in found if one.mark]
    found += [
        _mediator(marked, mark)
        for mark in marked.marks("mediator", sentence.start, sentence.stop)
        if speaks(marked, mark) and not any(one.start <= mark.start < one.end for one in taken)
    ]
    for mark in marked.marks("side_name", sentence.start, sentence.stop):
        if title := _outlet_named(marked, mark):
            found.append(title)
            continue
        if _is_named_beside(marked, mark, found) or _is_of_a_title(marked, mark, sentence):
            continue
        if speaks(marked, mark) and not _is_joined(marked, mark, sentence):
            found.append(officials(ledger, mark))
    found += [
        title
        for mark in marked.marks("side_owner", sentence.start, sentence.stop)
        if (title := _outlet_named(marked, mark)) is not None
    ]
    found += [
        officials(ledger, mark)
        for mark in marked.marks("side_people", sentence.start, sentence.stop)
        if mark.start == sentence.start and speaks(marked, mark)
    ]
    found += [
        officials(ledger, mark)
        for mark in marked.marks("side_force", sentence.start, sentence.stop)
        if marked.at("say", mark.end) and not _is_within(mark, taken)
    ]
    found += [
        NamedSpeaker(marked.quote(mark.start, mark.end), "media", "outlet", mark)
        for mark in marked.marks("press", sentence.start, sentence.stop)
        if not marked.at("office", mark.end)  # "a local official"
    ]
    # "Borduria's Sponsz-TV news channel" is no word of Sponsz's
    press = [one.mark for one in found if one.mark and one.mark.kind == "press"]
    found = [one for one in found if not _is_within(one.mark, press)]
    found.sort(key=lambda one: one.mark.start if one.mark else 0)
    return [one for one in found if not _is_of_a_body(marked, one, found)]


def _is_named_beside(marked: MarkedText, side: Mark, found: Sequence[NamedSpeaker]) -> bool:
    """Return whether somebody of a side, or of none, is named beside its name."""
    return any(
        abs(one.mark.start - side.start) <= _BESIDE
        # "prisoners of the government, the rebels said"
        and (one.party == side.value or one.party not in marked.ledger.side_codes)
        for one in found
        if one.mark is not None and one.mark.kind != "side_name"
    )


def _is_of_people(marked: MarkedText, office: Mark) -> bool:
    """Return whether an office is the people who are counted: "64 military personnel", "94 Bordurian military"."""
    people, start = marked.at("people", office.start), office.start
    is_longer = people is not None and people.end > office.end
    is_owned = people is not None and marked.at("side_owner", start - 1) is not None
    return any(start - one.end in (*[0] * is_longer, *[1] * is_owned) for one in marked.numbers)


def _is_within(mark: Mark | None, others: Sequence[Mark]) -> bool:
    """Return whether some words are a part of others."""
    return mark is not None and any(
        one.start <= mark.start and mark.end <= one.end and one != mark for one in others
    )


def publisher_named(ledger: LedgerConfiguration, outlet: str) -> NamedSpeaker:
    """Return who speaks where nobody is quoted: the outlet, or the body of a side or mediator that it is."""
    marked = MarkedText(outlet, ledger=ledger, language="en")
    named = speakers_by_words(marked, marked.sentences[0]) if marked.tokens else []
    bodies = [
        one
        for one in named
        if one.role not in ("other", "outlet")
        and one.mark is not None
        and marked.has("office", one.mark.start, one.mark.end)
    ]
    if len(named) == len(bodies) == 1:
        return bodies[0]._replace(name=outlet, mark=None)
    return NamedSpeaker(outlet, "media", "outlet")


def _is_former(marked: MarkedText, office: Mark) -> bool:
    """Return whether an office is one that somebody held before: "former deputy president"."""
    before = marked.words[max(0, office.start - _FORMER_WORDS) : office.start]
    return bool(_FORMER & set(before)) and "," not in before


def _is_of_a_body(
    marked: MarkedText, ministry: NamedSpeaker, named: Sequence[NamedSpeaker]
) -> bool:
    """Return whether a ministry is named as the one that a body is of: "the ministry's intelligence directorate"."""
    mark = ministry.mark
    if mark is None or ministry.role not in _MINISTRIES:
        return False
    return any(
        one.mark is not None
        and one.role not in _MINISTRIES
        and marked.has("body", one.mark.start, one.mark.end)
        and _is_beside(marked, one.mark, mark)
        for one in named
    )


def _is_beside(marked: MarkedText, one: Mark, other: Mark) -> bool:
    """Return whether nothing stands between two names but whose the second is: "of the Ruritanian"."""
    first, second = sorted((one, other), key=lambda mark: mark.start)
    owners = ("side_owner", "side_name")
    return all(
        marked.words[at] in _OF_THE or any(marked.at(kind, at) for kind in owners)
        for at in range(first.end, second.start)
    )


def _is_one_person(marked: MarkedText, named: Mark, office: Mark) -> bool:
    """Return whether an office stands beside a name: "President Ottokar", but not "Ottokar and the ministry"."""
    if named.start >= office.end + _BESIDE - 1 or office.start >= named.end + _BESIDE - 1:
        return False
    first, second = sorted((named, office), key=lambda one: one.start)
    return not any(marked.at("and", place) for place in range(first.end, second.start))


def _mediator(marked: MarkedText, mark: Mark) -> NamedSpeaker:
    name = next(one.name for one in marked.ledger.mediators if one.code == mark.value)
    return NamedSpeaker(name, "mediator", "mediator", mark)


def _known_speaker(ledger: LedgerConfiguration, mark: Mark) -> NamedSpeaker:
    known = ledger.speakers[int(mark.value)]
    return NamedSpeaker(known.name, known.party, known.role, mark)


def _of_another_side(marked: MarkedText, mark: Mark, sentence: range) -> NamedSpeaker | None:
    """Return who is meant by one side's office where the other side's name stands beside it."""
    party = marked.ledger.speakers[int(mark.value)].party
    office = marked.at("office", mark.start)
    if office is None or party not in marked.ledger.side_codes:
        return None
    beside = [
        marked.at("side_name", mark.end),
        marked.at("side_owner", mark.start - 1) if mark.start > sentence.start else None,
    ]
    if not any(one is not None and one.value != party for one in beside):
        return None
    return _of_office(marked, office, sentence)


def _outlet_named(marked: MarkedText, side: Mark) -> NamedSpeaker | None:
    """Return the outlet that a side's name is the beginning of: "The Ruritania Herald"."""
    title = marked.at("outlet_title", side.end)
    if title is None or not marked.is_name(title.start) or not speaks(marked, title):
        title = _outlet_kind(marked, side)
    if title is None:
        return None
    quote = marked.quote(side.start, title.end)
    return NamedSpeaker(quote, "media", "outlet", Mark("press", "press", side.start, title.end))


def _outlet_kind(marked: MarkedText, side: Mark) -> Mark | None:
    """Return what kind of outlet a side's name is said beside: "Borduria's Szohod-TV news channel reported"."""
    stop = side.end + _BESIDE
    kind = next(iter(marked.marks("outlet_kind", side.end, stop)), None)
    if kind is None or not (speaks(marked, kind) or _cites(marked, kind)):
        return None
    between = range(side.end, kind.start)
    is_name = all(marked.is_name(at) or marked.words[at] in _HYPHENS for at in between)
    return kind if is_name and len(between) > 0 else None


def _cites(marked: MarkedText, kind: Mark) -> bool:
    """Return whether an outlet quotes somebody: "the agency, citing an official, said"."""
    return marked.words[kind.end : kind.end + 1] == [","] and bool(
        marked.at("citing", kind.end + 1)
    )


def _is_of_a_title(marked: MarkedText, side: Mark, sentence: range) -> bool:
    """Return whether a side's name is part of an outlet's: "News Ruritania", "RTV-Borduria"."""
    before = side.start - 1
    if before == sentence.start or (before > sentence.start and marked.words[before - 1] == ","):
        return _is_agency(marked, side)
    if before <= sentence.start:
        return False
    if marked.words[before] in "-‑–":
        return marked.tokens[before].start == marked.tokens[before - 1].end
    return (
        marked.language_code != "en"
        and marked.words[before].isascii()
        and (marked.words[before].isalpha())
    )


def _is_agency(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side's name ends that of an agency: "Kurier Ruritania reports"."""
    before = side.start - 1
    marks = ("office", "side_owner", "speaker", "part", "to_place", "from_place", "in_turn", "also")
    is_known = any(marked.at(kind, before) for kind in marks)
    reports = marked.words[side.end : side.end + 1] in (["reports"], ["reported"])
    is_name = marked.is_name(before) and marked.words[before].isalpha()
    return marked.language_code == "en" and is_name and reports and not is_known


def _of_office(marked: MarkedText, office: Mark, sentence: range) -> NamedSpeaker | None:
    """Return who holds an office that is named, by the side or mediator named beside it."""
    start, end = (
        max(sentence.start, office.start - _BESIDE),
        min(sentence.stop, office.end + _BESIDE),
    )
    if marked.language_code == "en" and office.end < sentence.stop:
        end = _end_of_body(marked, office, sentence, end)
    owner = _owner_in_front(marked, office)
    if owner is None and _is_mediators(marked, office, start, end):
        mediator = marked.marks("mediator", start, end)[0]
        return _mediator(marked, mediator)._replace(mark=office)
    before = [
        *marked.marks("side_owner", start, office.start),
        *marked.marks("side_name", start, office.start),
    ]
    after = _sides_after(marked, office, end)
    if marked.language_code == "en":
        # "between them and Ruritania, the foreign ministry said"
        before = [one for one in before if not _is_parted(marked, one, office)]
    # "from Ruritanian captivity, but the president": those words are no part of the office's name
    before = [one for one in before if not _parts(marked, range(one.end, office.start))]
    if office.value == "other":
        # "in a swap with Ruritania, an official said"
        before = [one for one in before if "," not in marked.words[one.end : office.start]]
    side = max(before, key=lambda one: one.start) if before else next(iter(after), None)
    if office.value == "ministry":
        return _of_ministry(marked, office, _owner_beside(marked, office, sentence))
    if office.value == "side":
        owner = _owner_beside(marked, office, sentence)
        return officials(marked.ledger, owner) if owner is not None else None
    if (own := side_of_office(marked, office)) is not None:
        side = Mark("side_owner", own, office.start, office.end)
    if side is None:
        return None if office.value == "other" else _known_holder(marked, office)
    if office.value == "other":
        return officials(marked.ledger, side._replace(start=office.start, end=office.end))
    return _holder(marked, office, side, office.value)


def _sides_after(marked: MarkedText, office: Mark, end: int) -> list[Mark]:
    """Return the sides named behind an office as those whose it may be."""
    after = [
        *marked.marks("side_name", office.end, end),
        *marked.marks("side_force", office.end, end),
    ]
    if marked.has("body", office.start, office.end):
        # "the intelligence directorate of Ruritania's defence ministry"
        after += marked.marks("side_owner", office.end, end)
    if marked.language_code != "en":
        return after
    is_of_body = "".join(marked.words[office.end : office.end + 1]) in _OF_BODY
    # "a spokesman for Ruritania's defence ministry" is the ministry's
    if is_of_body and all(one.value == "other" for one in marked.marks("office", office.end, end)):
        # "an official with the Ruritanian delegation"
        after += marked.marks("side_owner", office.end, end)
    return [
        one
        for one in after
        # "government envoys and rebels met"
        if not _are_two(marked, range(office.end, one.start))
        # "officials said 40 separatists"
        and not any(_says(marked, at) for at in range(office.end, one.start))
    ]


def _is_mediators(marked: MarkedText, office: Mark, start: int, end: int) -> bool:
    """Return whether a mediator is named beside an office, and no side before it: "of the rebel delegation in Cedria"."""
    mediator = next(iter(marked.marks("mediator", start, end)), None)
    if mediator is None:
        return False
    kinds = ("side_owner", "side_name", "mediating")
    return not any(marked.has(kind, office.end, mediator.start) for kind in kinds)


def _end_of_body(marked: MarkedText, office: Mark, sentence: range, end: int) -> int:
    """Return where what an office is of ends: "an official from the self-declared Ruritanian republic"."""
    if marked.words[office.end] not in _OF_BODY:
        return end
    stop = min(office.end + _BODY_WORDS, sentence.stop)
    is_turn = (
        at
        for at in range(office.end, stop)
        if marked.words[at] in (",", "and") or _says(marked, at)
    )
    return max(end, next(is_turn, stop))


def _says(marked: MarkedText, place: int) -> bool:
    """Return whether a verb of saying stands at a place, and no part of "self-declared"."""
    return marked.at("say", place) is not None and marked.words[place - 1] not in _HYPHENS


def _owner_in_front(marked: MarkedText, office: Mark) -> Mark | None:
    """Return the side whose office is called so right before it: "the Ruritanian delegation in" a mediator's town."""
    near = (max(0, office.start - _BESIDE), office.start)
    before = (*marked.marks("side_owner", *near), *marked.marks("side_name", *near))
    return next((one for one in before if one.end == office.start), None)


def _is_parted(marked: MarkedText, side: Mark, office: Mark) -> bool:
    """Return whether a comma and "the" part a side's name from an office of somebody else."""
    between = marked.words[side.end : office.start]
    return any(list(between[at : at + 2]) == [",", "the"] for at in range(len(between)))


def _are_two(marked: MarkedText, between: range) -> bool:
    """Return whether words between an office and a side tell of two, and not of that side's office."""
    return any(marked.at("and", at) or marked.words[at] == "," for at in between)


def _parts(marked: MarkedText, between: range) -> bool:
    """Return whether words part a side's name from an office: people, captivity or an act told of."""
    return any(
        marked.at(kind, at) for at in between for kind in ("captivity", "people", "back", "say")
    )


def _owner_beside(marked: MarkedText, office: Mark, sentence: range) -> Mark | None:
    """Return the side whose an office is said to be by the word before it or after it."""
    before = [
        *marked.marks("side_owner", sentence.start, office.start),
        *marked.marks("side_name", sentence.start, office.start),
    ]
    after = marked.at("side_name", office.end)
    return next((one for one in before if one.end == office.start), after)


def _of_ministry(marked: MarkedText, office: Mark, side: Mark | None) -> NamedSpeaker | None:
    """Return whose ministry speaks where it is called no more: the last one named, of that side."""
    ledger = marked.ledger
    is_alone = side is not None or any(
        marked.has("say", *near)
        for near in ((max(0, office.start - 3), office.start), (office.end, office.end + 2))
    )
    if not is_alone:
        return None  # "the Ministry for" something
    mediator = _mediators_ministry(marked, office) if side is None else None
    for mark in reversed(marked.marks("speaker", 0, office.start)):
        known = ledger.speakers[int(mark.value)]
        if mediator is not None and mediator.start > mark.start:
            break
        is_ministry = known.role in _MINISTRIES
        if is_ministry and (side is None or known.party == side.value):
            return NamedSpeaker(known.name, known.party, known.role, office)
    if mediator is not None:
        return _mediator(marked, mediator)._replace(mark=office)
    if side is None:
        before = _ministry_before(marked, office)
        return before._replace(mark=office) if before is not None else None
    return _holder(marked, office, side, "mod")


def _ministry_before(marked: MarkedText, office: Mark) -> NamedSpeaker | None:
    """Return the ministry that was last named by its office and its side: "Borduria's Defence Ministry"."""
    for mark in reversed(marked.marks("office", 0, office.start)):
        if mark.value in _MINISTRIES:
            return _of_office(marked, mark, marked.sentence_at(mark.start))
    return None


def _mediators_ministry(marked: MarkedText, office: Mark) -> Mark | None:
    """Return the mediator whose ministry was named last: "the ministry" after "the Foreign Ministry of Cedria"."""
    for mark in reversed(marked.marks("office", 0, office.start)):
        if mark.value in _MINISTRIES:
            beside = marked.marks("mediator", max(0, mark.start - _BESIDE), mark.end + _BESIDE)
            if not beside and not _owner_beside(marked, mark, marked.sentence_at(mark.start)):
                # "Cedria announced an exchange. The Ministry of Foreign Affairs said"
                beside = [
                    one
                    for one in marked.marks("mediator", 0, mark.start)
                    if one.start == marked.sentence_at(one.start).start or speaks(marked, one)
                ][-1:]
            return next(iter(beside), None)
    return None


def _holder(marked: MarkedText, office: Mark, side: Mark, role: str) -> NamedSpeaker:
    holders = [one for one in marked.ledger.speakers if (one.party, one.role) == (side.value, role)]
    name = holders[0].name if holders else marked.quote(office.start, office.end)
    return NamedSpeaker(name, side.value, role, office)


def _known_holder(marked: MarkedText, office: Mark) -> NamedSpeaker | None:
    """Return who holds an office whose side is not said: who was last named that holds it."""
    before = office.start - 1
    is_of_a_name = (
        marked.language_code == "en"
        and before >= 0
        and (marked.is_name(before) and before != marked.sentence_at(office.start).start)
    )
    if is_of_a_name and marked.at("speaker", before) is None:
        return None  # "the Cedrian president"
    held = [
        marked.ledger.speakers[int(mark.value)]
        for mark in marked.marks("speaker", 0, office.start)
        if marked.ledger.speakers[int(mark.value)].role == office.value
    ]
    holders = held or [one for one in marked.ledger.speakers if one.role == office.value]
    last = holders[-1] if held else next(iter(holders), None)
    if not held and len({one.party for one in holders}) != 1:
        last = holder_by_people(marked, office, holders)
    if last is None:
        return None
    return NamedSpeaker(last.name, last.party, last.role, office)


def _is_joined(marked: MarkedText, side: Mark, sentence: range) -> bool:
    """Return whether two sides speak in one breath: then it is the outlet that says what both say."""
    return any(
        other.value != side.value
        and 0 < abs(other.start - side.start) <= _BESIDE - 1
        # "Ruritania says Borduria holds 90"
        and not marked.has("say", min(side.end, other.end), max(side.start, other.start))
        for other in marked.marks("side_name", sentence.start, sentence.stop)
    )


def officials(ledger: LedgerConfiguration, side: Mark) -> NamedSpeaker:
    """Return those who speak for a side, whose name or whose value is in a mark."""
    name = next(one.name for one in ledger.sides if one.code == side.value)
    return NamedSpeaker(f"{name} officials", side.value, "other", side)
