"""Who speaks where a number's own clause names nobody: by a quotation, by "ours"; and what nobody says."""

from collections.abc import Sequence

from services.extraction.clauses import clauses_of
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker
from services.extraction.statements import ReportingVerb


BULLETS = frozenset("-–—•·*")
#: How far behind "and" a speaker may be named.
_JOINED_WORDS = 3
_MEANWHILE = frozenset(("while", "whereas", "though", "although", "тоді", "тогда"))


def is_said_later(
    marked: MarkedText, said: Sequence[ReportingVerb], place: int, clause: range
) -> bool:
    """Return whether somebody speaks only in a clause that turns to something else: "freed 60, while Klow said"."""
    if _is_joined_later(marked, said, place):
        return True
    later = clauses_of(marked, marked.sentence_at(clause.start))
    return all(
        one.place >= clause.stop
        and any(
            one.place in other
            and marked.words[other.start] in _MEANWHILE
            and one.speaker.mark is not None
            and one.speaker.mark.start in other
            for other in later
        )
        for one in said
    )


def _is_joined_later(marked: MarkedText, said: Sequence[ReportingVerb], place: int) -> bool:
    """Return whether somebody speaks only behind a comma and "and": "agreed to free 60, and a negotiator said that"."""
    if marked.language_code != "en" or len(said) != 1 or said[0].speaker.mark is None:
        return False
    start, verb = said[0].speaker.mark.start, said[0].place
    near = range(max(place + 1, start - _JOINED_WORDS), start)
    # "released 90, with the ministry saying that"
    word = "with" if marked.words[verb].endswith("ing") else "and"
    joint = [at for at in near if marked.words[at] == word and marked.words[at - 1] == ","]
    goes_on = marked.words[verb + 1 : verb + 2] not in ([","], ["."])
    return bool(joint) and verb > start and goes_on


def others_doing(
    marked: MarkedText, place: int, clause: range, said: Sequence[ReportingVerb]
) -> Mark | None:
    """Return what begins a clause on what the other side got, which nobody says: "while Klow brought 80 home"."""
    turn = marked.at("break", clause.start)
    side = marked.at("side_name", turn.end) if turn is not None else None
    is_alone = len(said) == 1 and said[0].place < clause.start
    if side is None or not is_alone or clause.stop < marked.sentence_at(place).stop:
        return None
    codes, party = marked.ledger.side_codes, said[0].speaker.party
    is_got = marked.has("get", side.end, place)
    return turn if is_got and party in codes and party != side.value else None


def speaker_of_us(
    marked: MarkedText, statements: Sequence[Sequence[ReportingVerb]], number: int
) -> NamedSpeaker | None:
    """Return who speaks of "ours": who is named as saying so in the same paragraph, behind it or before."""
    sentence = marked.sentences[number]
    if not marked.has("our", sentence.start, sentence.stop):
        return None
    paragraph = marked.tokens[sentence.start].paragraph

    def said_in(numbers: Sequence[int]) -> NamedSpeaker | None:
        for at in numbers:
            if marked.tokens[marked.sentences[at].start].paragraph != paragraph:
                return None
            if statements[at]:
                speaker = statements[at][-1].speaker
                return speaker if speaker.party in marked.ledger.side_codes else None
        return None

    after = range(number + 1, len(statements))
    return said_in(after) or said_in(range(number - 1, -1, -1))


def quoted_at(
    marked: MarkedText, statements: Sequence[Sequence[ReportingVerb]], place: int
) -> NamedSpeaker | None:
    """Return who is quoted at a place: the speaker of the paragraph, else of the one before or after."""
    tokens = marked.tokens
    paragraph, own = tokens[place].paragraph, tokens[place].sentence
    by_paragraph: dict[int, list[tuple[int, NamedSpeaker]]] = {}
    for number, some in enumerate(statements):
        at = tokens[marked.sentences[number].start].paragraph
        for said in some:
            by_paragraph.setdefault(at, []).append((number, said.speaker))
    if inside := by_paragraph.get(paragraph):
        before = [speaker for number, speaker in inside if number < own]
        return before[-1] if before else inside[0][1]
    earlier = [at for at in by_paragraph if at < paragraph]
    if earlier:
        return by_paragraph[max(earlier)][-1][1]
    later = [at for at in by_paragraph if at > paragraph]
    return by_paragraph[min(later)][0][1] if later else None


def speaker_of_list(
    marked: MarkedText, statements: Sequence[Sequence[ReportingVerb]], number: int
) -> NamedSpeaker | None:
    """Return who gives the list whose line a sentence is: who spoke where it was begun with a colon."""
    while number >= 0 and marked.words[marked.sentences[number].start] in BULLETS:
        number -= 1
    if number < 0 or marked.words[marked.sentences[number].stop - 1] != ":":
        return None
    said = statements[number]
    return said[-1].speaker if said else None
