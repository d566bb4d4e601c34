"""Who says it: the reporting clause of a sentence, and whom it makes responsible.

A sentence's figures are the speaker's who is named with its verb of saying; of two, the one in the same
clause, else the nearest before. In a quotation, it is the speaker of its paragraph, else of the one before.
"This was reported by" speaks for what stands around it. Nobody else: the outlet.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.extraction.marking import Mark, MarkedText


_NEAR_BEFORE = 16
_NEAR_AFTER = 14
_BESIDE = 4


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


class ReportingVerb(NamedTuple):
    """A speaker with a verb of saying.

    Attributes:
        speaker: Who says it.
        place: Where the verb stands.
        governs: Whether it speaks for what stands around it: "this was reported by".
    """

    speaker: NamedSpeaker
    place: int
    governs: bool


class Attributions:
    """Who says what stands at each place of a text."""

    def __init__(self, marked: MarkedText, outlet: str) -> None:
        self._marked = marked
        self.outlet = NamedSpeaker(outlet, "media", "outlet")
        self._named = [speakers_named(marked, sentence) for sentence in marked.sentences]
        self.statements: list[list[ReportingVerb]] = []
        last: NamedSpeaker | None = None
        for number, sentence in enumerate(marked.sentences):
            said = self._statements(number, sentence, last)
            self.statements.append(said)
            last = said[-1].speaker if said else self._person_in(number) or last
        self._governing = [
            (number, said.speaker)
            for number, statements in enumerate(self.statements)
            for said in statements
            if said.governs
        ]

    def speaker_at(self, place: int, clause: range) -> NamedSpeaker:
        """Return who says what stands at a place."""
        number = self._marked.tokens[place].sentence
        said = self.statements[number]
        if said:
            within = [one for one in said if one.place in clause] or said
            before = [one for one in within if one.place <= place]
            return (before[-1] if before else within[0]).speaker
        if self._marked.tokens[place].is_quoted and (quoted := self._of_quotation(place)):
            return quoted
        if said_before := self._continued(number, place):
            return said_before
        return self._governed(number) or self.outlet

    def _person_in(self, number: int) -> NamedSpeaker | None:
        """Return who is named in a sentence and may be "he" of the next."""
        return next(
            (one for one in self._named[number] if one.mark and one.mark.kind == "speaker"), None
        )

    def _continued(self, number: int, place: int) -> NamedSpeaker | None:
        """Return who goes on to speak: of what was got in exchange, of what else, of "the 116" just named."""
        marked, sentence = self._marked, self._marked.sentences[number]
        beginning = min(sentence.start + _BESIDE, sentence.stop)
        if number and marked.has("in_turn", sentence.start, beginning):
            return next(
                (said[-1].speaker for said in reversed(self.statements[:number]) if said), None
            )
        is_also = marked.has("also", sentence.start, beginning)
        is_the = place == sentence.start + 1 and marked.words[sentence.start] == "the"
        if number and (is_also or is_the) and self.statements[number - 1]:
            return self.statements[number - 1][-1].speaker
        return None

    @cached_property
    def joint_sources(self) -> dict[str, NamedSpeaker]:
        """Return who confirms an exchange for each side, where one sentence names officials of several."""
        marked = self._marked
        for number, sentence in enumerate(marked.sentences):
            named = {
                one.party: one
                for one in self._named[number]
                if one.party in marked.ledger.side_codes and one.role != "other"
            }
            has_figure = any(
                one.start in sentence for one in marked.numbers if one.kind != "ordinal"
            )
            is_said = marked.has("say", sentence.start, sentence.stop)
            if len(named) > 1 and is_said and not has_figure:
                return named
        return {}

    @cached_property
    def only_source(self) -> NamedSpeaker | None:
        """Return who is quoted in a report that quotes nobody else."""
        speakers = {
            said.speaker.identity: said.speaker for some in self.statements for said in some
        }
        return next(iter(speakers.values())) if len(speakers) == 1 else None

    def _of_quotation(self, place: int) -> NamedSpeaker | None:
        """Return who is quoted: the speaker of the paragraph, else of the one before or after."""
        tokens = self._marked.tokens
        paragraph, own = tokens[place].paragraph, tokens[place].sentence
        by_paragraph: dict[int, list[tuple[int, NamedSpeaker]]] = {}
        for number, statements in enumerate(self.statements):
            at = tokens[self._marked.sentences[number].start].paragraph
            for said in statements:
                by_paragraph.setdefault(at, []).append((number, said.speaker))
        if inside := by_paragraph.get(paragraph):
            before = [speaker for number, speaker in inside if number < own]
            return before[-1] if before else inside[0][1]
        earlier = [at for at in by_paragraph if at < paragraph]
        if earlier:
            return by_paragraph[max(earlier)][-1][1]
        later = [at for at in by_paragraph if at > paragraph]
        return by_paragraph[min(later)][0][1] if later else None

    def _governed(self, number: int) -> NamedSpeaker | None:
        """Return who speaks for a sentence that names nobody."""
        if self.looks_back(number):
            return None
        for at, speaker in self._governing:
            if number <= at:
                return speaker if not any(self.statements[number:at]) else None
        if not self._governing:
            return None
        at, speaker = self._governing[-1]
        for between in range(at + 1, number):
            if self.looks_back(between):
                return None
            if said := self.statements[between]:
                speaker = said[-1].speaker
        return speaker

    def looks_back(self, number: int) -> bool:
        """Return whether a sentence tells of another time, itself or as those before it in its paragraph do."""
        marked = self._marked
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        for earlier in range(number, -1, -1):
            sentence = marked.sentences[earlier]
            is_own = earlier == number
            if marked.tokens[sentence.start].paragraph != paragraph:
                return False
            if not is_own and self.statements[earlier]:
                return False
            if is_background(marked, sentence):
                return True
        return False

    def _statements(
        self, number: int, sentence: range, last: NamedSpeaker | None
    ) -> list[ReportingVerb]:
        marked, named = self._marked, self._named[number]
        found: list[ReportingVerb] = []
        sayings = list(marked.marks("say", sentence.start, sentence.stop))
        this = next(iter(marked.marks("this_was_said", sentence.start, sentence.stop)), None)
        if this is not None and named and (sayings or this.start == sentence.start):
            return [ReportingVerb(named[0], this.start, governs=True)]
        for saying in sayings:
            speaker = _nearest(named, saying, marked)
            if speaker is not None:
                found.append(ReportingVerb(speaker, saying.start, governs=False))
        if not found:
            he = next(iter(marked.marks("says_he", sentence.start, sentence.stop)), None)
            if he is not None and last is not None and not named:
                found.append(ReportingVerb(last, he.start, governs=False))
        return found


def is_background(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence looks back: "previously", "the exchange before"."""
    return marked.has("background", sentence.start, min(sentence.start + 6, sentence.stop))


def _nearest(
    named: Sequence[NamedSpeaker], saying: Mark, marked: MarkedText
) -> NamedSpeaker | None:
    """Return who is named beside a verb of saying: before it, or where that is nobody, after it."""
    sayings = marked.marks("say", max(0, saying.start - _NEAR_BEFORE), saying.start)
    since = max((one.end for one in sayings), default=0)
    before = [
        one
        for one in named
        if one.mark and max(since, saying.start - _NEAR_BEFORE) <= one.mark.start < saying.start
    ]
    after = [
        one
        for one in named
        if one.mark and saying.start <= one.mark.start < saying.end + _NEAR_AFTER
    ]
    is_after = marked.at("says_after", saying.start) is not None
    if is_after and after:
        return after[0]
    known = [one for one in before if one.mark and one.mark.kind != "side_name"]
    return next(iter(known or before or after), None)


def speakers_named(marked: MarkedText, sentence: range) -> list[NamedSpeaker]:
    """Return who is named in a sentence that may speak, in order."""
    ledger = marked.ledger
    found: list[NamedSpeaker] = []
    for mark in marked.marks("speaker", sentence.start, sentence.stop):
        known = ledger.speakers[int(mark.value)]
        found.append(NamedSpeaker(known.name, known.party, known.role, mark))
    for mark in marked.marks("party", sentence.start, sentence.stop):
        name = next(party.name for party in ledger.parties if party.code == mark.value)
        found.append(NamedSpeaker(name, mark.value, "other", mark))
    # "President" beside the president's name is the same person.
    taken = [one.mark for one in found if one.mark]
    for mark in marked.marks("office", sentence.start, sentence.stop):
        if any(
            one.start < mark.end + _BESIDE - 1 and mark.start < one.end + _BESIDE - 1
            for one in taken
        ):
            continue
        speaker = _of_office(marked, mark, sentence)
        if speaker is not None:
            found.append(speaker)
    taken = [one.mark for one in found if one.mark]
    for mark in marked.marks("side_name", sentence.start, sentence.stop):
        is_named = any(abs(one.start - mark.start) <= _BESIDE for one in taken)
        if not is_named and _speaks(marked, mark) and not _is_joined(marked, mark, sentence):
            found.append(_officials(ledger, mark))
    found.sort(key=lambda one: one.mark.start if one.mark else 0)
    return found


def _of_office(marked: MarkedText, office: Mark, sentence: range) -> NamedSpeaker | None:
    """Return who holds an office that is named, by the side or mediator named beside it."""
    start, end = (
        max(sentence.start, office.start - _BESIDE),
        min(sentence.stop, office.end + _BESIDE),
    )
    if marked.has("mediator", start, end):
        code = marked.marks("mediator", start, end)[0]
        name = next(one.name for one in marked.ledger.mediators if one.code == code.value)
        return NamedSpeaker(name, "mediator", "mediator", office)
    before = [
        *marked.marks("side_owner", start, office.start),
        *marked.marks("side_name", start, office.start),
    ]
    after = [
        *marked.marks("side_name", office.end, end),
        *marked.marks("side_force", office.end, end),
    ]
    side = max(before, key=lambda one: one.start) if before else next(iter(after), None)
    if side is None:
        return None if office.value == "other" else _known_holder(marked, office)
    if office.value == "other":
        return _officials(marked.ledger, side._replace(start=office.start, end=office.end))
    holders = [
        one for one in marked.ledger.speakers if (one.party, one.role) == (side.value, office.value)
    ]
    name = holders[0].name if holders else marked.quote(office.start, office.end)
    return NamedSpeaker(name, side.value, office.value, office)


def _known_holder(marked: MarkedText, office: Mark) -> NamedSpeaker | None:
    """Return who holds an office whose side is not said: who was last named that holds it."""
    held = [
        marked.ledger.speakers[int(mark.value)]
        for mark in marked.marks("speaker", 0, office.start)
        if marked.ledger.speakers[int(mark.value)].role == office.value
    ]
    holders = held or [one for one in marked.ledger.speakers if one.role == office.value]
    if not held and len({one.party for one in holders}) != 1:
        return None
    last = holders[-1] if held else holders[0]
    return NamedSpeaker(last.name, last.party, last.role, office)


def _speaks(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side itself is said to speak: "Ruritania said"."""
    for place in range(side.end, min(side.end + _BESIDE, len(marked.words))):
        if marked.at("say", place):
            return True
        if marked.words[place] == "," or marked.at("people", place):
            return False
    return False


def _is_joined(marked: MarkedText, side: Mark, sentence: range) -> bool:
    """Return whether two sides speak in one breath: then it is the outlet that says what both say."""
    return any(
        other.value != side.value and 0 < abs(other.start - side.start) <= _BESIDE - 1
        for other in marked.marks("side_name", sentence.start, sentence.stop)
    )


def _officials(ledger: LedgerConfiguration, side: Mark) -> NamedSpeaker:
    name = next(one.name for one in ledger.sides if one.code == side.value)
    return NamedSpeaker(f"{name} officials", side.value, "other", side)
