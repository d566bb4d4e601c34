"""Who says it: the reporting clause of a sentence, and whom it makes responsible.

A sentence's figures are the speaker's who is named with its verb of saying; of two, the one in the same
clause, else the nearest before. In a quotation, it is the speaker of its paragraph, else of the one before.
"This was reported by" speaks for what stands around it. Nobody else: the outlet.
"""

from collections.abc import Sequence
from functools import cached_property

from services.extraction.clause_speakers import (
    BULLETS,
    is_said_later,
    others_doing,
    quoted_at,
    speaker_of_list,
    speaker_of_us,
)
from services.extraction.dates import SentenceDays
from services.extraction.introduced import introduced_in, speakers_named
from services.extraction.joined_sides import joined_sides
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, publisher_named
from services.extraction.offices_of_names import offices_held, with_office
from services.extraction.report_sources import ReportSources
from services.extraction.statements import ReportingVerb, is_background, statements_in


_BESIDE = 4
_QUOTED_WORDS_MIN = 6
_INTRODUCTION_WORDS = 7
_DATELINE_WORDS = 10
#: Who speaks for a side without a name, and what leads to whose they are.
_OFFICIALS = frozenset(("officials", "authorities", "governments", "sources"))
_REPRESENTATIVES = frozenset(
    (
        *("представники", "посадовці", "чиновники", "представників", "посадовців", "чиновників"),
        *("представители", "чиновники", "представителей", "чиновников"),
    )
)
_HIM = frozenset(("he", "she"))
_OF_THEM = frozenset(("in", "from", "of"))


_ONE_SIDES = frozenset(
    ("своей", "своєї", "его", "його", "их", "їх", "другой", "іншої", "одной", "однієї")
)


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
        self.outlet = publisher_named(marked.ledger, outlet)
        self._named = _all_named(marked)
        self.statements: list[list[ReportingVerb]] = []
        last: NamedSpeaker | None = None
        person: NamedSpeaker | None = None
        for number, sentence in enumerate(marked.sentences):
            is_noted = marked.words[sentence.start] == "it" and self._is_unsaid_background(number)
            before = _whom_he_is(marked, sentence, None if is_noted else last, person)
            said = statements_in(marked, sentence, self._named[number], before)
            self.statements.append(said)
            last = said[-1].speaker if said else _person_in(self._named[number]) or last
            person = last if last is not None and last.party != "media" else person
        self._governing = [
            (number, said.speaker)
            for number, statements in enumerate(self.statements)
            for said in statements
            if said.governs
        ]

    def _is_unsaid_background(self, number: int) -> bool:
        """Return whether a sentence goes on with background that nobody says: "As reported, 90 were. It is noted"."""
        if not number or self.statements[number - 1]:
            return False
        return is_background(self._marked, self._marked.sentences[number - 1])

    def speaker_at(self, place: int, clause: range) -> NamedSpeaker:
        """Return who says what stands at a place."""
        number = self._marked.tokens[place].sentence
        said = self.statements[number]
        is_known = bool(said) and self._marked.has("became_known", clause.start, place)
        if is_known or self.both_sides_say(number) is not None:
            return self.outlet
        if said and not is_said_later(self._marked, said, place, clause):
            return self._of_clause(number, place, clause)
        if _is_in_quotation(self._marked, place) and (
            quoted := quoted_at(self._marked, self.statements, place)
        ):
            return quoted
        if said_before := self._continued(number, place) or self._introduced(number):
            return said_before
        said_by_us = speaker_of_us(self._marked, self.statements, number)
        found = self._announced(number) or self._governed(number) or said_by_us
        if found is None and said:
            # with those words, so that who speaks behind them is not taken for who says so
            turn = Mark("break", "break", said[0].place, said[0].place + 1)
            return self.outlet._replace(mark=turn)
        return found or self.outlet

    def _of_clause(self, number: int, place: int, clause: range) -> NamedSpeaker:
        """Return who says what stands in a clause of a sentence that somebody says something in."""
        said = self.statements[number]
        within = [one for one in said if one.place in clause] or said
        cited = [one for one in within if self._marked.at("citing", one.place)]
        if cited and cited[-1].speaker.party != "media":
            return cited[-1].speaker  # "the agency said, citing Ottokar"
        if named := self._for_a_side(number, within):
            return named
        if (turn := others_doing(self._marked, place, clause, within)) is not None:
            # with its words, so that nobody else is taken for who says so
            return self.outlet._replace(mark=turn)
        before = [one for one in within if one.place <= place]
        is_before = not before and _is_said_before(self._marked, place, within[0])
        return self.outlet if is_before else (before[-1] if before else within[0]).speaker

    def _for_a_side(self, number: int, said: list[ReportingVerb]) -> NamedSpeaker | None:
        """Return who is named for a side's word: "Ruritania confirmed that. This was said by its president"."""
        marked = self._marked
        side = said[0].speaker.mark
        if len(said) > 1 or side is None or side.kind != "side_name":
            return None
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        return next(
            (
                speaker
                for at, speaker in self._governing
                if at > number
                and speaker.party == said[0].speaker.party
                and marked.tokens[marked.sentences[at].start].paragraph == paragraph
            ),
            None,
        )

    def named_in(self, number: int) -> list[NamedSpeaker]:
        """Return who is named in a sentence, in order."""
        return self._named[number]

    def both_sides_say(self, number: int) -> Mark | None:
        """Return the words that make both sides responsible for a sentence, each for its own people."""
        return _both_saying(self._marked, self._marked.sentences[number])

    def _continued(self, number: int, place: int) -> NamedSpeaker | None:
        """Return who goes on to speak: of what was got in exchange, of what else, of "the 116" just named."""
        marked, sentence = self._marked, self._marked.sentences[number]
        beginning = min(sentence.start + _BESIDE, sentence.stop)
        if marked.words[sentence.start] in BULLETS:
            return speaker_of_list(marked, self.statements, number)
        last = sentence.stop - (marked.words[sentence.stop - 1] == ".")
        turn = next(
            (
                one
                for one in marked.marks("in_turn", sentence.start, sentence.stop)
                # "Fourteen rebels were released in exchange."
                if one.start < beginning or one.end == last
            ),
            None,
        )
        if number and turn is not None:
            return self._in_turn(number, turn)
        is_also = marked.has("also", sentence.start, beginning) and not is_background(
            marked, sentence
        )
        is_the = marked.words[sentence.start] == "the" and any(
            one.start == place == sentence.start + 1 for one in marked.numbers
        )
        is_then = _begins_with(marked, number, "then")
        if number and (is_also or is_the or is_then) and self.statements[number - 1]:
            return self.statements[number - 1][-1].speaker
        return None

    def _in_turn(self, number: int, turn: Mark) -> NamedSpeaker | None:
        """Return who speaks of what came in return: who spoke of what it was for, if anybody did."""
        marked, before = self._marked, number - 1
        if marked.at("versus", turn.end) is not None:
            return None  # "in exchange for the captives"
        if self.looks_back(number):
            return self.statements[before][-1].speaker if self.statements[before] else None
        if not self.statements[before] and marked.has("so_far", *_span(marked.sentences[before])):
            return None  # what came in all is summed up by whoever writes
        return next((said[-1].speaker for said in reversed(self.statements[:number]) if said), None)

    def _announced(self, number: int) -> NamedSpeaker | None:
        """Return who announced without a number what a sentence counts, or what comes "in return" for it."""
        marked = self._marked
        if self.looks_back(number) or self.is_own_word(number) or not _counts(self._marked, number):
            return None
        after = number + 1
        if after < len(self.statements) and _begins_with(marked, after, "in_turn"):
            return _announced_around(marked, self.statements, number)
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        for earlier in range(number - 1, -1, -1):
            sentence, said = marked.sentences[earlier], self.statements[earlier]
            if marked.tokens[sentence.start].paragraph != paragraph:
                return self._of_heading(number)
            if said:
                is_news = any(
                    marked.has(kind, sentence.start, sentence.stop)
                    for kind in ("exchange", "swap", "details")
                )
                has_number = any(
                    one.start in sentence
                    and one.kind != "ordinal"
                    and one.start not in self._days.places
                    and not marked.has("exchange", one.end, one.end + 2)
                    for one in marked.numbers
                )
                return said[-1].speaker if is_news and not has_number else None
        return None

    def _of_heading(self, number: int) -> NamedSpeaker | None:
        """Return who announces in the heading, without a number, what the first paragraph counts."""
        heading, said = self._marked.sentences[0], self.statements[0]
        is_silent = not any(self.statements[1:number])
        has_number = any(one.start in heading for one in self._marked.numbers)
        if self._marked.words[heading.stop - 1] in ".!?…":
            return None
        return said[-1].speaker if said and is_silent and not has_number else None

    def _introduced(self, number: int) -> NamedSpeaker | None:
        """Return who says a paragraph that nobody is named in: who spoke right before it, up to a colon."""
        marked = self._marked
        paragraph = marked.tokens[marked.sentences[number].start].paragraph
        first = number
        while first and marked.tokens[marked.sentences[first - 1].start].paragraph == paragraph:
            first -= 1
        if not first or any(self.statements[first : number + 1]):
            return None
        before = self.statements[first - 1]
        is_begun = marked.words[marked.sentences[first - 1].stop - 1] == ":"
        return before[-1].speaker if is_begun and before else None

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
            # "as Kurier earlier reported, on 6 May" looks back all the same
            said = self.statements[earlier]
            if not is_own and any(one.speaker.party != "media" for one in said):
                return False
            if is_background(marked, sentence) or earlier in self._days.past:
                return True
        return False

    @cached_property
    def sources(self) -> ReportSources:
        """Whom the report rests on."""
        return ReportSources(self._marked, self._named, self.statements, self._days)


def _announced_around(
    marked: MarkedText, statements: Sequence[Sequence[ReportingVerb]], number: int
) -> NamedSpeaker | None:
    """Return who tells what others came for in return: who says so of the latter, or went on from the sentence before."""
    after, own = statements[number + 1], statements[number - 1] if number else []
    is_part = marked.at("part", marked.sentences[number].start) is not None
    if after and own and is_part and own[-1].speaker.party != after[-1].speaker.party:
        return own[
            -1
        ].speaker  # of one side, before it is told what the other one says it got for them
    return after[-1].speaker if after else None


def _is_said_before(marked: MarkedText, place: int, said: ReportingVerb) -> bool:
    """Return whether something else was said before what is told: "will free 40, after Klow announced that"."""
    mark = said.speaker.mark
    if mark is None or marked.language_code != "en" or not place < mark.start < said.place:
        return False
    first = mark.start - 1 - (marked.words[mark.start - 1] == "the")
    return marked.words[first] == "after"


def _both_saying(marked: MarkedText, sentence: range) -> Mark | None:
    """Return the words that make both sides responsible for a sentence, each for its own people."""
    for mark in marked.marks("both_sides", sentence.start, sentence.stop):
        if mark.start and (
            marked.words[mark.start - 1] in _ONE_SIDES or marked.at("side_owner", mark.start - 1)
        ):
            continue  # "for its part", "of the Ruritanian side"
        if marked.language_code != "en" and marked.words[mark.end : mark.end + 1] == [","]:
            continue  # "по 90 с каждой стороны, заявил Оттокар"
        after = marked.marks("say", mark.end, mark.end + _BESIDE - 1)
        acts = after and any(
            marked.has(kind, mark.end, after[0].start)
            for kind in ("people", "swap", "free", "give")
        )
        before = marked.marks("say", max(sentence.start, mark.start - _BESIDE), mark.start)
        if (after and not acts) or any(one.end == mark.start for one in before):
            return mark
    if (officials_of_both := _officials_of_both(marked, sentence)) is not None:
        return officials_of_both
    start = _after_introduction(marked, sentence)
    joined = joined_sides(marked, range(start, min(start + _BESIDE, sentence.stop)))
    if joined is not None and marked.has("say", joined.end, joined.end + _BESIDE - 1):
        return joined  # "Ruritania and Borduria announced"
    return None


def _officials_of_both(marked: MarkedText, sentence: range) -> Mark | None:
    """Return the words for officials of both sides who say something: "Ruritanian and Bordurian officials said"."""
    for first in (
        *marked.marks("side_owner", sentence.start, sentence.stop),
        *marked.marks("side_name", sentence.start, sentence.stop),
    ):
        joined = joined_sides(marked, range(first.start, min(first.end + _BESIDE, sentence.stop)))
        if joined is None or joined.start != first.start:
            continue
        before = marked.words[: joined.start][-2:]
        after = next(iter(marked.words[joined.end : joined.end + 1]), "")
        is_theirs = bool(before) and before[0] in _OFFICIALS and before[-1] in _OF_THEM
        is_named = after in _OFFICIALS
        end = joined.end + is_named
        cited = marked.marks("says_after", max(sentence.start, joined.start - 4), joined.start)
        is_cited = bool(cited) and cited[-1].end >= joined.start - 2 * is_theirs
        if marked.language_code != "en" and before[-1:] and before[-1] in _REPRESENTATIVES:
            # "повідомили представники" of both
            is_theirs = marked.has("say", max(sentence.start, joined.start - 6), joined.start)
            is_cited = is_theirs
        is_said = marked.has("say", end, min(end + 2, sentence.stop)) or is_cited
        if is_said and (is_theirs or is_named):
            return joined
    return None


def _after_introduction(marked: MarkedText, sentence: range) -> int:
    """Return where a sentence begins to tell: behind the comma of "In a further step, A and B announced"."""
    near = range(sentence.start, min(sentence.start + _INTRODUCTION_WORDS, sentence.stop))
    dateline = range(sentence.start, min(sentence.start + _DATELINE_WORDS, sentence.stop))
    dash = next((at for at in dateline if marked.words[at] in "—–"), None)
    if dash is not None and not marked.has("say", sentence.start, dash):
        return dash + 1  # "KLOW, Syldavia — Syldavia and Borduria said"
    comma = next((at for at in near if marked.words[at] == ","), None)
    is_led = marked.is_small("in", sentence.start) or marked.words[sentence.start] == "on"
    return comma + 1 if comma is not None and is_led else sentence.start


def _all_named(marked: MarkedText) -> list[list[NamedSpeaker]]:
    """Return who is named in each sentence, in order."""
    introduced, held = introduced_in(marked), offices_held(marked)
    return [
        with_office(marked, speakers_named(marked, sentence, introduced), held)
        for sentence in marked.sentences
    ]


def _whom_he_is(
    marked: MarkedText, sentence: range, before: NamedSpeaker | None, person: NamedSpeaker | None
) -> NamedSpeaker | None:
    """Return who may go on: "The secretary said so. He spoke in Klow, Kurier reports. He added": not Kurier."""
    is_press = before is not None and before.party == "media"
    is_him = bool(_HIM & set(marked.words[sentence.start : sentence.stop]))
    return person or before if is_press and is_him else before


def _person_in(named: Sequence[NamedSpeaker]) -> NamedSpeaker | None:
    """Return who is named in a sentence and may be "he" of the next."""
    return next((one for one in named if one.mark and one.mark.kind == "speaker"), None)


def _span(sentence: range) -> tuple[int, int]:
    return sentence.start, sentence.stop


def _begins_with(marked: MarkedText, number: int, kind: str) -> bool:
    """Return whether a sentence begins with a word of a kind."""
    return marked.at(kind, marked.sentences[number].start) is not None


def _counts(marked: MarkedText, number: int) -> bool:
    """Return whether a sentence counts people."""
    sentence = marked.sentences[number]
    return any(
        one.start in sentence
        and one.kind != "ordinal"
        and any(marked.has(kind, one.end, one.end + 4) for kind in ("people", "side_people"))
        for one in marked.numbers
    )


def _is_in_quotation(marked: MarkedText, place: int) -> bool:
    """Return whether a place is within somebody's words; a few between marks are a name for something."""
    tokens = marked.tokens
    return tokens[place].is_quoted and any(
        all(tokens[at].is_quoted for at in range(start, start + _QUOTED_WORDS_MIN))
        for start in range(max(0, place - _QUOTED_WORDS_MIN + 1), place + 1)
        if start + _QUOTED_WORDS_MIN <= len(tokens)
    )
