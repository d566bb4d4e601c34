"""Whose people "ours" and "its own" are."""

from collections.abc import Sequence

from services.extraction.acts import is_in_dative
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import SideReading, Told, other_side


_DASHES = frozenset("-–—")
_TOLD = frozenset(("told", "informed", "assured", "promised"))
_NOT_OWNERS = ("from_place", "since")
#: How far behind a number those whom it counts may be named.
_COUNTED_WORDS = 1


def belonging(told: Told) -> SideReading | None:
    """Return whose people "ours" and "its own" are."""
    ledger, marked = told.marked.ledger, told.marked
    ours = told.speaker.mark if told.group.belongs == "our" else _among_ours(told)
    is_ours = ours is not None or told.group.belongs == "our"
    if is_ours and told.speaker.party in ledger.side_codes:
        return _of_those_told(told) or SideReading((told.speaker.party,), ours)
    if (own := _of_those_saying(told)) is not None:
        return own
    if told.group.belongs == "its":
        named = [
            *marked.marks("side_name", told.sentence.start, told.said.start),
            *marked.marks("side_owner", told.sentence.start, told.said.start),
        ]
        if marked.language_code != "en":
            named += marked.marks("side_people", told.sentence.start, told.said.start)
            # "передав 40 бордурських військових, отримав 42 своїх"
            uncounted = [one for one in named if not _is_of_counted(marked, one)]
            # "ми віддали 90 бордурців і забрали 103 своїх" are of who says so
            is_of_speaker = told.speaker.party in ledger.side_codes
            named = uncounted if uncounted or is_of_speaker else named
        else:
            # "handed over 40 Bordurian captives and got 42 of its own back"
            named = [
                one for one in named if one.kind == "side_name" or not _is_of_counted(marked, one)
            ] or named
        # "got 20 of its own from Ruritania", "the largest since Ruritania invaded" are not Ruritania's
        named = [
            one
            for one in named
            if not any(one.start and marked.at(kind, one.start - 1) for kind in _NOT_OWNERS)
            and not (marked.language_code != "en" and is_in_dative(marked, one))
            and not _is_whom_given(marked, one)
        ] or named
        acts = [
            one.start
            for kind in ("give", "get", "free", "swap")
            for one in marked.marks(kind, told.clause.start, told.said.start)
        ]
        # "Сілдавія повернула 40 своїх, Бордурія – 20 своїх"
        end = told.said.start - (marked.words[told.said.start - 1] in _DASHES)
        if marked.language_code != "en" and (beside := [one for one in named if one.end == end]):
            named = beside
            acts = []
        # "Ruritania traded 40 Bordurians with 20 of its prisoners"
        named = [one for one in named if acts and one.end <= max(acts)] or named
        if named and _is_speakers_own(told, named):
            return SideReading((told.speaker.party,), told.speaker.mark)
        if named:
            last = max(named, key=lambda one: one.start)
            return SideReading((last.value,), last)
        if told.speaker.party in ledger.side_codes:
            return SideReading((told.speaker.party,), told.speaker.mark)
    return None


def _is_speakers_own(told: Told, named: Sequence[Mark]) -> bool:
    """Return whether one side tells of its people what the other did: "They said that Klow had given back 40 of its men"."""
    marked, start, party = told.marked, told.said.start, told.speaker.party
    acts = [one for one in marked.marks("give", max(0, start - 3), start) if one.end == start]
    if marked.language_code != "en" or not acts or party not in marked.ledger.side_codes:
        return False
    first = acts[0].start
    giver = max(named, key=lambda one: one.start)
    is_doer = giver.value != party and giver.end in (first, first - 1)
    return is_doer and told.speaker.mark is not None and told.speaker.mark.end <= giver.start


def _of_those_saying(told: Told) -> SideReading | None:
    """Return the side of who says so of "their" people: "Ottokar said that 95 of their soldiers had been freed"."""
    marked, speaker, start = told.marked, told.speaker, told.said.start
    is_theirs = marked.words[told.said.end : told.said.end + 2] == ["of", "their"]
    if not is_theirs or speaker.mark is None or speaker.party not in marked.ledger.side_codes:
        return None
    sayings = marked.marks("say", max(told.sentence.start, speaker.mark.end), start)
    is_open = bool(sayings) and not any(
        marked.has(kind, sayings[-1].end, start) for kind in ("side_name", "side_people")
    )
    return SideReading((speaker.party,), speaker.mark) if is_open else None


def _of_those_told(told: Told) -> SideReading | None:
    """Return the side that the other one told of "our" people: "The Bordurian side told us it would free 40 of our men"."""
    marked, speaker = told.marked, told.speaker
    other = other_side(marked.ledger, speaker.party)
    if speaker.mark is None or other is None or told.group.belongs != "our":
        return None
    between = range(speaker.mark.end, told.said.start)
    us = next((at for at in between if marked.words[at] == "us"), None)
    if us is None or marked.words[us - 1] not in _TOLD:
        return None
    return SideReading((other,), Mark("our", "our", us, us + 1))


def _is_whom_given(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is whom so many were given: "handed Ruritania 40 captives, and got 51 of its own"."""
    is_behind = any(
        one.end == side.start for one in marked.marks("give", side.start - 3, side.start)
    )
    return is_behind and any(one.start == side.end for one in marked.numbers)


def _is_of_counted(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is named as whose people a number counts."""
    return any(
        one.kind == "cardinal" and side.start - _COUNTED_WORDS <= one.end <= side.start
        for one in marked.numbers
    )


def _among_ours(told: Told) -> Mark | None:
    """Return the words for "ours" where a number is of some of them: "among our people, four from the coast"."""
    marked, start = told.marked, told.said.start
    if told.group.end > told.group.start:
        return None
    parts = marked.marks("part", told.sentence.start, start)
    near = (max(told.sentence.start, parts[-1].start - 1), start) if parts else (0, 0)
    return next(iter(marked.marks("our", *near)), None)
