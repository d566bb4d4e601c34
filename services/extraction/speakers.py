"""Who says it: the reporting clause of a sentence, and whom it makes responsible.

A sentence's figures are the speaker's who is named with its verb of saying; of two, the one in the same
clause, else the nearest before. In a quotation, it is the speaker of its paragraph, else of the one before.
"This was reported by" speaks for what stands around it. Nobody else: the outlet.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from services.extraction.dates import SentenceDays
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, speakers_named


_NEAR_BEFORE = 24
_NEAR_AFTER = 14
_BESIDE = 4
_QUOTED_WORDS_MIN = 6
_MEANS = frozenset(("by", "with", "through", "via", "from"))
_BEGINNING = 6
_NEW = frozenset(("new", "новый", "нового", "новий"))
_BEFORE_SAYING = frozenset((",", "–", "—", "-", "”", "»", '"'))
_BULLETS = frozenset("-–—•·*")


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

    def __init__(self, marked: MarkedText, outlet: str, days: SentenceDays | None = None) -> None:
        """Read who says what.

        Args:
            marked: The text.
            outlet: Who published it.
            days: Of which days its sentences tell.
        """
        self._marked = marked
        self._days = days or SentenceDays()
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
        if self.both_sides_say(number) is not None:
            return self.outlet
        if said:
            within = [one for one in said if one.place in clause] or said
            before = [one for one in within if one.place <= place]
            return (before[-1] if before else within[0]).speaker
        if self._is_in_quotation(place) and (quoted := self._of_quotation(place)):
            return quoted
        if said_before := self._continued(number, place):
            return said_before
        return self._governed(number) or self.outlet

    def named_in(self, number: int) -> list[NamedSpeaker]:
        """Return who is named in a sentence, in order."""
        return self._named[number]

    def both_sides_say(self, number: int) -> Mark | None:
        """Return the words that make both sides responsible for a sentence, each for its own people."""
        marked, sentence = self._marked, self._marked.sentences[number]
        for mark in marked.marks("both_sides", sentence.start, sentence.stop):
            after = marked.marks("say", mark.end, mark.end + _BESIDE - 1)
            acts = after and any(
                marked.has(kind, mark.end, after[0].start)
                for kind in ("people", "swap", "free", "give")
            )
            before = marked.marks("say", max(sentence.start, mark.start - _BESIDE), mark.start)
            if (after and not acts) or any(one.end == mark.start for one in before):
                return mark
        return None

    def _person_in(self, number: int) -> NamedSpeaker | None:
        """Return who is named in a sentence and may be "he" of the next."""
        return next(
            (one for one in self._named[number] if one.mark and one.mark.kind == "speaker"), None
        )

    def _continued(self, number: int, place: int) -> NamedSpeaker | None:
        """Return who goes on to speak: of what was got in exchange, of what else, of "the 116" just named."""
        marked, sentence = self._marked, self._marked.sentences[number]
        beginning = min(sentence.start + _BESIDE, sentence.stop)
        if marked.words[sentence.start] in _BULLETS:
            return self._of_list(number)
        if number and marked.has("in_turn", sentence.start, beginning):
            return next(
                (said[-1].speaker for said in reversed(self.statements[:number]) if said), None
            )
        is_also = marked.has("also", sentence.start, beginning)
        is_the = marked.words[sentence.start] == "the" and any(
            one.start == place == sentence.start + 1 for one in marked.numbers
        )
        is_then = _begins_with(marked, number, "then")
        if number and (is_also or is_the or is_then) and self.statements[number - 1]:
            return self.statements[number - 1][-1].speaker
        return None

    def _of_list(self, number: int) -> NamedSpeaker | None:
        """Return who gives the list whose line a sentence is: who spoke where it was begun with a colon."""
        marked = self._marked
        while number >= 0 and marked.words[marked.sentences[number].start] in _BULLETS:
            number -= 1
        if number < 0 or marked.words[marked.sentences[number].stop - 1] != ":":
            return None
        said = self.statements[number]
        return said[-1].speaker if said else None

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
            said.speaker.identity: said.speaker
            for number, some in enumerate(self.statements)
            if not is_background(self._marked, self._marked.sentences[number])
            and number not in self._days.elsewhen
            for said in some
            if said.speaker.party != "media" or said.speaker.mark
        }
        if any(one.party == "media" for one in speakers.values()):
            return None
        return next(iter(speakers.values())) if len(speakers) == 1 else None

    def _is_in_quotation(self, place: int) -> bool:
        """Return whether a place is within somebody's words; a few between marks are a name for something."""
        tokens = self._marked.tokens
        return tokens[place].is_quoted and any(
            all(tokens[at].is_quoted for at in range(start, start + _QUOTED_WORDS_MIN))
            for start in range(max(0, place - _QUOTED_WORDS_MIN + 1), place + 1)
            if start + _QUOTED_WORDS_MIN <= len(tokens)
        )

    def tells_of_an_exchange(self, speaker: NamedSpeaker) -> bool:
        """Return whether what a speaker says is of an exchange, or stands for what the text says of it."""
        return any(
            said.speaker.identity == speaker.identity and self._is_of_an_exchange(number)
            for number, some in enumerate(self.statements)
            for said in some
        )

    def _is_of_an_exchange(self, number: int) -> bool:
        sentence = self._marked.sentences[number]
        is_governing = any(one.governs for one in self.statements[number])
        return is_governing or any(
            self._marked.has(kind, sentence.start, sentence.stop)
            for kind in ("exchange", "swap", "free", "give", "get", "back")
        )

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
        sentence = self._marked.sentences[number]
        is_of_others = self._marked.has("says_after", sentence.start, sentence.stop)
        if self.looks_back(number) or self.is_own_word(number) or is_of_others:
            return None
        for at, speaker in self._governing:
            if number <= at:
                return speaker if not any(self.statements[number:at]) else None
        if not self._governing:
            return None
        at, speaker = self._governing[-1]
        for between in range(at + 1, number):
            if self.looks_back(between) or self.is_own_word(between):
                return None
            if said := self.statements[between]:
                speaker = said[-1].speaker
        return speaker

    def is_own_word(self, number: int) -> bool:
        """Return whether a paragraph up to a sentence begins so that the outlet adds something: "we add that"."""
        marked = self._marked
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        while number >= 0 and marked.tokens[marked.sentences[number].start].paragraph == paragraph:
            sentence = marked.sentences[number]
            if marked.has("own_word", sentence.start, sentence.start + 2):
                return True
            number -= 1
        return False

    def looks_back(self, number: int) -> bool:
        """Return whether a sentence tells of another time, itself or as those before it in its paragraph do."""
        marked = self._marked
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        if number and _begins_with(marked, number, "then"):
            return self.looks_back(number - 1)
        if number in self._days.own:
            return False
        for earlier in range(number, -1, -1):
            sentence = marked.sentences[earlier]
            is_own = earlier == number
            if marked.tokens[sentence.start].paragraph != paragraph:
                return False
            if not is_own and self.statements[earlier]:
                return False
            if is_background(marked, sentence) or earlier in self._days.past:
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
            speaker = _last_in_row(marked, named, this)
            return [ReportingVerb(speaker or named[0], this.start, governs=True)]
        if this is not None and this.start == sentence.start and _is_of_unknown(marked, sayings):
            return [ReportingVerb(self.outlet, this.start, governs=True)]
        for saying in sayings:
            if last is not None and _is_by_pronoun(marked, saying, sentence):
                # "she said that on the president's order": who was named before, not who is named in it
                found.append(ReportingVerb(last, saying.start, governs=False))
                continue
            is_alone = len(sayings) == 1
            if _is_of_wire(marked, saying, named) and (
                not is_alone or saying.end + 1 >= sentence.stop - 1
            ):
                continue
            before = found[-1].speaker if found else None
            speaker = _nearest(named, saying, marked, before)
            if speaker is not None:
                found.append(ReportingVerb(speaker, saying.start, governs=False))
        if not found and last is not None and not named:
            place = _said_by_the_same(marked, sentence)
            if place is not None:
                found.append(ReportingVerb(last, place, governs=False))
        return found


def _begins_with(marked: MarkedText, number: int, kind: str) -> bool:
    """Return whether a sentence begins with a word of a kind."""
    return marked.at(kind, marked.sentences[number].start) is not None


def _is_by_pronoun(marked: MarkedText, saying: Mark, sentence: range) -> bool:
    before = range(max(sentence.start, saying.start - 1), saying.start)
    return any(
        one.end == saying.start for one in marked.marks("pronoun", before.start, before.stop)
    )


def _is_of_unknown(marked: MarkedText, sayings: Sequence[Mark]) -> bool:
    """Return whether somebody says something who is none of the ledger's: "this was reported by Kurier"."""
    return any(
        place < len(marked.words) and marked.words[place][0].isalpha() and marked.is_name(place)
        for place in (saying.end for saying in sayings)
    )


def _said_by_the_same(marked: MarkedText, sentence: range) -> int | None:
    """Return where somebody speaks who is named by a pronoun or an office alone: "he said"."""
    for he in marked.marks("says_he", sentence.start, sentence.stop):
        return he.start
    for saying in marked.marks("say", sentence.start, sentence.stop):
        beside = (max(sentence.start, saying.start - 2), min(saying.end + 1, sentence.stop))
        if marked.has("pronoun", *beside):
            return saying.start
    return None


def is_background(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence looks back: "previously", "the exchange before"."""
    beginning = min(sentence.start + _BEGINNING, sentence.stop)
    backs = marked.marks("background", sentence.start, beginning)
    # "Earlier a new exchange took place" is the one the report is about.
    return bool(backs) and not (_NEW & set(marked.words[backs[0].end : backs[0].end + _BESIDE - 1]))


def _is_of_wire(marked: MarkedText, saying: Mark, named: Sequence[NamedSpeaker]) -> bool:
    """Return whether an outlet is quoted that quotes somebody: "said Ottokar, Kurier reports"."""
    known = {place for one in named if one.mark for place in range(one.mark.start, one.mark.end)}

    def is_unknown_name(place: int) -> bool:
        return marked.words[place][0].isalpha() and marked.is_name(place) and place not in known

    before, after = saying.start - 1, saying.end
    if before < 1 or after >= len(marked.words):
        return False
    if marked.words[before] == "," and is_unknown_name(after):
        return True
    return marked.words[before - 1] == "," and is_unknown_name(before)


def _nearest(
    named: Sequence[NamedSpeaker], saying: Mark, marked: MarkedText, last: NamedSpeaker | None
) -> NamedSpeaker | None:
    """Return who is named beside a verb of saying: before it, or where that is nobody, after it.

    Who has just spoken goes on, unless somebody is named right after the verb: "confirmed it, saying that".
    """
    sayings = marked.marks("say", max(0, saying.start - _NEAR_BEFORE), saying.start)
    since = max((one.end for one in sayings), default=0)
    before = [
        one
        for one in named
        if one.mark
        and max(since, saying.start - _NEAR_BEFORE) <= one.mark.start < saying.start
        # "with Ruritania reporting 270"
        and (one.mark.end == saying.start or not _is_means(marked, one.mark))
    ]
    after = [
        one
        for one in named
        if one.mark
        and saying.start <= one.mark.start < saying.end + _NEAR_AFTER
        # "officials confirmed that some were captured by the other side"
        and (one.mark.start <= saying.end + 2 or not _is_means(marked, one.mark))
        # "said it was the first since the president ordered"
        and not marked.has("since", saying.end, one.mark.start)
    ]
    is_after = marked.at("says_after", saying.start) is not None or _follows(marked, saying, after)
    if is_after and after:
        return _last_in_row(marked, after, saying)
    known = [one for one in before if one.mark and one.mark.kind not in ("side_name", "press")]
    if not before and last is not None:
        beside = [one for one in after if one.mark and one.mark.start <= saying.end + 1]
        return beside[0] if beside else last
    if known:
        return _of_several(marked, known, saying)
    return next(iter(before), None) or _last_in_row(marked, after, saying)


def _follows(marked: MarkedText, saying: Mark, after: Sequence[NamedSpeaker]) -> bool:
    """Return whether a speaker is named right behind what was said: "eight captives, said the agency"."""
    if not saying.start or marked.words[saying.start - 1] not in _BEFORE_SAYING:
        return False
    return any(one.mark and one.mark.start <= saying.end + 1 for one in after)


def _of_several(
    marked: MarkedText, known: Sequence[NamedSpeaker], saying: Mark
) -> NamedSpeaker | None:
    """Return which of those named before a verb speaks: the first, unless the last is beside it or of others."""
    first, last = known[0], known[-1]
    assert first.mark is not None, "those who are named before a verb have their words"
    assert last.mark is not None, "those who are named before a verb have their words"
    is_joined = marked.has("and", first.mark.end, last.mark.start)
    is_of_others = last.party != first.party and not is_joined
    is_beside = last.mark.kind == "speaker" and last.mark.end >= saying.start - 1
    is_same_party = last.party == first.party
    return last if is_of_others or (is_beside and is_same_party) else first


def _is_means(marked: MarkedText, mark: Mark) -> bool:
    """Return whether somebody is named as who did something: "a plane operated by the Red Cross"."""
    before = mark.start - 1
    if before > 0 and marked.words[before] == "the":
        before -= 1
    return before >= 0 and marked.words[before] in _MEANS


def _last_in_row(
    marked: MarkedText, after: Sequence[NamedSpeaker], saying: Mark
) -> NamedSpeaker | None:
    """Return the last of those named in a row: of "said the head of the intelligence service Ottokar" Ottokar."""
    place = saying.end
    found = next(iter(after), None)
    for one in after:
        assert one.mark is not None, "those who are named after a verb have their words"
        if {",", ".", ":", "–", "—", "and"} & set(marked.words[place : one.mark.start]):
            break
        if one.mark.kind == "speaker" or found is one:
            found, place = one, one.mark.end
    return found
