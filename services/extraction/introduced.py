"""People whom no list names: introduced with an office once, and named by their surname from then on.

"The Syldavian negotiator, Laszlo Carreidas, said ... Carreidas added": whoever is named beside an office speaks for
its side, wherever the surname stands.
"""

from collections.abc import Iterator, Mapping, Sequence

from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, speakers_by_words


#: Words of a full name, at least and at most, its small words and hyphens among them.
_NAME_MIN, _NAME_MAX = 2, 6
_PARTICLES = frozenset(("al", "el", "bin", "bint", "ben", "ibn", "abu", "de", "van", "von"))
_HYPHENS = frozenset("-‑")
#: How far before an office a name may stand.
_BEFORE_WORDS = 5
#: Letters of the shortest surname that is told from other words.
_SURNAME_LETTERS = 4
#: How far behind a body's name its officer's may stand, in languages that put it there: "the staff for ... Ivan Petrenko".
_GAP_WORDS = 8

#: Who is introduced in a text, by surname.
Introduced = Mapping[str, NamedSpeaker]


def introduced_in(marked: MarkedText) -> Introduced:
    """Return who is introduced in a text with an office, by surname."""
    marks = {place for mark in marked.all_marks() for place in range(mark.start, mark.end)}
    found: dict[str, NamedSpeaker] = {}
    for sentence in marked.sentences:
        for speaker in speakers_by_words(marked, sentence):
            if speaker.mark is None or not _is_office(marked, speaker):
                continue
            name = _name_beside(marked, speaker.mark, sentence, marks)
            if name is not None:
                found.setdefault(marked.words[name.stop - 1], speaker._replace(mark=None))
    return found


def _is_office(marked: MarkedText, speaker: NamedSpeaker) -> bool:
    """Return whether an office is named, and not a group that a name may stand beside by chance."""
    mark = speaker.mark
    if mark is None or speaker.party == "media":
        return False
    is_listed = mark.kind == "speaker" and marked.has("office", mark.start, mark.end)
    return mark.kind == "office" or is_listed


def speakers_named(
    marked: MarkedText, sentence: range, introduced: Introduced
) -> list[NamedSpeaker]:
    """Return who is named in a sentence that may speak, in order; some of them by the surname alone."""
    found = speakers_by_words(marked, sentence)
    if not introduced:
        return found
    taken = {at for one in found if one.mark for at in range(one.mark.start, one.mark.end)}
    return sorted(
        (*found, *_by_surname(marked, sentence, introduced, taken)),
        key=lambda one: one.mark.start if one.mark else 0,
    )


def _by_surname(
    marked: MarkedText, sentence: range, introduced: Introduced, taken: set[int]
) -> Iterator[NamedSpeaker]:
    for place in sentence:
        speaker = introduced.get(marked.words[place])
        if speaker is not None and marked.is_name(place) and place not in taken:
            yield speaker._replace(mark=Mark("speaker", "introduced", place, place + 1))


def _name_beside(
    marked: MarkedText, office: Mark, sentence: range, marks: set[int]
) -> range | None:
    """Return the words of a name behind an office or before it, null where there is none."""
    after = office.end
    if marked.words[after : after + 1] == [","]:
        after += 1
    name = _name_from(marked, after, sentence.stop, marks)
    if name is None and marked.language_code != "en":
        name = _name_behind(marked, office, sentence, marks)
    if name is None and marked.language_code == "en":
        name = _name_between_commas(marked, office, sentence, marks)
    return name or _name_before(marked, office, sentence, marks)


def _name_behind(
    marked: MarkedText, office: Mark, sentence: range, marks: set[int]
) -> range | None:
    """Return a name that ends what a body is called: "secretary of the staff for prisoners (SP) Ivan Petrenko"."""
    for place in range(office.end, min(office.end + _GAP_WORDS, sentence.stop)):
        if marked.words[place] in (",", ".", ";", ":", "–", "—"):
            return None
        if marked.words[place - 1] == "(":
            continue
        if (name := _name_from(marked, place, sentence.stop, marks)) is not None:
            return name
    return None


def _name_between_commas(
    marked: MarkedText, office: Mark, sentence: range, marks: set[int]
) -> range | None:
    """Return a name that is set behind an office by commas: "the head of Cedria's press service, Ivan Rood, said"."""
    near = range(office.end, min(office.end + _GAP_WORDS, sentence.stop))
    comma = next((at for at in near if marked.words[at] == ","), None)
    if comma is None or marked.has("say", office.end, comma):
        return None
    name = _name_from(marked, comma + 1, sentence.stop, marks)
    is_closed = name is not None and marked.words[name.stop : name.stop + 1] == [","]
    return name if is_closed else None


def _name_before(
    marked: MarkedText, office: Mark, sentence: range, marks: set[int]
) -> range | None:
    """Return a name that an office stands behind: "Laszlo Carreidas, the Syldavian negotiator"."""
    commas = range(max(sentence.start, office.start - _BEFORE_WORDS), office.start)
    comma = next((at for at in reversed(commas) if marked.words[at] == ","), None)
    if comma is None or any(marked.at(kind, at) for kind in ("say", "and") for at in commas):
        return None
    for start in range(max(sentence.start, comma - _NAME_MAX), comma - 1):
        name = _name_from(marked, start, comma, marks)
        if name is not None and name.stop == comma:
            return name
    return None


def _name_from(marked: MarkedText, start: int, stop: int, marks: set[int]) -> range | None:
    """Return the words of a full name that begins at a place."""
    end = start
    while end < min(stop, start + _NAME_MAX) and _is_of_a_name(marked, end, marks):
        end += 1
    words: Sequence[str] = [word for word in marked.words[start:end] if word not in _HYPHENS]
    last = words[-1] if words else ""
    is_name = len(words) >= _NAME_MIN and last not in _PARTICLES and len(last) >= _SURNAME_LETTERS
    return range(start, end) if is_name and marked.words[end - 1] == last else None


def _is_of_a_name(marked: MarkedText, place: int, marks: set[int]) -> bool:
    word = marked.words[place]
    if place in marks:
        return False
    is_capital = word[0].isalpha() and marked.is_name(place) and len(word) > 1
    return is_capital or word in _PARTICLES or word in _HYPHENS
