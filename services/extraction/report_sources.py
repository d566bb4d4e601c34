"""Whom a report rests on: who confirms its exchange for each side, and its only source if it has one."""

from collections.abc import Sequence
from functools import cached_property

from services.extraction.dates import SentenceDays
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker
from services.extraction.statements import ReportingVerb, is_background


#: How far before a verb of saying "a" may stand, of somebody who is not named before.
_STRANGER_WORDS = 4


class ReportSources:
    """Whom a report rests on where a figure's own sentence quotes nobody."""

    def __init__(
        self,
        marked: MarkedText,
        named: Sequence[Sequence[NamedSpeaker]],
        statements: Sequence[Sequence[ReportingVerb]],
        days: SentenceDays,
    ) -> None:
        """Take what is known of a report's speakers.

        Args:
            marked: The text.
            named: Who is named in each sentence.
            statements: Who says something in each sentence.
            days: Of which days its sentences tell.
        """
        self._marked = marked
        self._named = named
        self._statements = statements
        self._days = days

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
            for number, some in enumerate(self._statements)
            if not is_background(self._marked, self._marked.sentences[number])
            and number not in self._days.elsewhen
            for said in some
            if said.speaker.party != "media" or said.speaker.mark
        }
        if any(one.party == "media" for one in speakers.values()) or self._quotes_a_stranger:
            return None
        return next(iter(speakers.values())) if len(speakers) == 1 else None

    @cached_property
    def _quotes_a_stranger(self) -> bool:
        """Return whether somebody is quoted whom the ledger does not know: "a monitor said", "Yahya told"."""
        marked = self._marked
        return marked.language_code == "en" and any(
            self._is_strange(mark)
            for number, sentence in enumerate(marked.sentences)
            if not self._statements[number] and not is_background(marked, sentence)
            for mark in marked.marks("say", sentence.start, sentence.stop)
        )

    def _is_strange(self, saying: Mark) -> bool:
        marked, place = self._marked, saying.start - 1
        sentence = marked.sentence_at(saying.start)
        if place < sentence.start or not marked.words[place][0].isalpha():
            return False
        near = range(max(sentence.start, saying.start - _STRANGER_WORDS), saying.start)
        is_some = any(marked.words[at] in ("a", "an") for at in near)
        return is_some or (marked.is_name(place) and place > sentence.start)

    def tells_of_an_exchange(self, speaker: NamedSpeaker) -> bool:
        """Return whether what a speaker says is of an exchange, or stands for what the text says of it."""
        return any(
            said.speaker.identity == speaker.identity and self._is_of_an_exchange(number)
            for number, some in enumerate(self._statements)
            for said in some
        )

    def counts_otherwise(self, speaker: NamedSpeaker, place: int, value: int | None) -> bool:
        """Return whether a speaker is quoted elsewhere with numbers of people of whom one is none."""
        marked = self._marked
        paragraph = marked.tokens[place].paragraph
        if any(
            said.speaker.identity == speaker.identity
            and marked.tokens[said.place].paragraph == paragraph
            for some in self._statements
            for said in some
        ):
            return False
        counted = {
            one.value
            for number, some in enumerate(self._statements)
            if not any(
                marked.has(kind, marked.sentences[number].start, marked.sentences[number].stop)
                for kind in ("background", "so_far", "since")
            )
            for said in some
            if said.speaker.identity == speaker.identity and not said.governs
            for one in marked.numbers
            if one.start in marked.sentences[number]
            and one.kind == "cardinal"
            and any(marked.at(kind, one.end) for kind in ("people", "side_people", "side_owner"))
        }
        return bool(counted) and value not in counted

    def _is_of_an_exchange(self, number: int) -> bool:
        sentence = self._marked.sentences[number]
        is_governing = any(one.governs for one in self._statements[number])
        return is_governing or any(
            self._marked.has(kind, sentence.start, sentence.stop)
            for kind in ("exchange", "swap", "free", "give", "get", "back")
        )
