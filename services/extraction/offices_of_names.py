"""People of the ledger who hold another office in a report than the ledger knows of.

"The head of Ruritania's intelligence service, Rupert Hentzau": whoever is named beside a body or an office of the own
side speaks for it in that report, whatever the ledger lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker


#: How many words may stand between a body and a name, and between a name and its office.
_WORDS_BETWEEN_MAX = 7
_WORDS_BEHIND_MAX = 6
#: Letters of a surname that its endings leave alone.
_STEM_LETTERS = 5
_OF = frozenset(
    ("of", "the", "for", "(", ")", "chief", "head", "boss", "director", "з", "із", "питань", "по")
)
#: Offices of a side that somebody may hold; of others those of a body alone.
_OFFICES = ("president", "mod", "foreign_ministry", "ombudsman", "coordination_hq")

#: Who holds which office in a text, by the name that the ledger has.
Held = Mapping[str, NamedSpeaker]


class _Office(NamedTuple):
    mark: Mark
    role: str
    name: str | None


def offices_held(marked: MarkedText) -> Held:
    """Return which people of the ledger are named beside another office of their side, as holders of it."""
    found: dict[str, NamedSpeaker] = {}
    for sentence in marked.sentences:
        for mark in marked.marks("speaker", sentence.start, sentence.stop):
            known = marked.ledger.speakers[int(mark.value)]
            key = _key(marked, mark)
            is_of_a_side = known.party in marked.ledger.side_codes
            # a mediator's envoy is a mediator, whosever envoy he is
            if not (_is_person(marked, mark) and is_of_a_side) or key in found:
                continue
            if (office := _office_beside(marked, mark, sentence)) is None:
                continue
            name = office.name or marked.quote(mark.start, mark.end)
            held = NamedSpeaker(name, known.party, office.role)
            found[key] = held if office.role != known.role else _as_listed(marked, mark)
    return found


def with_office(
    marked: MarkedText, named: Sequence[NamedSpeaker], held: Held
) -> list[NamedSpeaker]:
    """Return those who are named in a sentence, each with the office that the text says."""
    return [
        held[key]._replace(mark=one.mark)
        if one.mark is not None
        and one.mark.kind == "speaker"
        and (key := _key(marked, one.mark)) in held
        and _is_person(marked, one.mark)
        else one
        for one in named
    ]


def _key(marked: MarkedText, mark: Mark) -> str:
    """Return by what a name is known again, whatever its ending."""
    return f"{mark.value} {marked.words[mark.start][:_STEM_LETTERS]}"


def _as_listed(marked: MarkedText, mark: Mark) -> NamedSpeaker:
    known = marked.ledger.speakers[int(mark.value)]
    return NamedSpeaker(known.name, known.party, known.role)


def _is_person(marked: MarkedText, mark: Mark) -> bool:
    """Return whether a speaker is named by a surname, and not as a body or by its letters."""
    quote = marked.quote(mark.start, mark.end)
    is_word = mark.end - mark.start == 1 and quote[0].isupper() and not quote.isupper()
    return is_word and not any(marked.at(kind, mark.start) for kind in ("office", "body"))


def _office_beside(marked: MarkedText, name: Mark, sentence: range) -> _Office | None:
    """Return the office that a name stands beside; of several in a row the body's, or else the first."""
    near = [
        one
        for one in _offices(marked, name, sentence)
        if _is_beside(marked, one.mark, name) and not _is_others(marked, one.mark, name)
    ]
    bodies = [one for one in near if marked.has("body", one.mark.start, one.mark.end)]
    return next(iter(bodies or near), None)


def _offices(marked: MarkedText, name: Mark, sentence: range) -> Iterator[_Office]:
    span = (
        max(sentence.start, name.start - 2 * _WORDS_BETWEEN_MAX),
        min(sentence.stop, name.end + _WORDS_BEHIND_MAX),
    )
    party = marked.ledger.speakers[int(name.value)].party
    bodies = [
        _Office(mark, known.role, known.name)
        for mark in marked.marks("speaker", *span)
        if not _is_person(marked, mark)
        and (known := marked.ledger.speakers[int(mark.value)]).party == party
    ]
    offices = [
        _Office(mark, mark.value, None)
        for mark in marked.marks("office", *span)
        # "a spokesman" speaks for whoever he does
        if (mark.value in _OFFICES or marked.has("body", mark.start, mark.end))
        and not any(one.mark.start <= mark.start < one.mark.end for one in bodies)
    ]
    yield from sorted((*bodies, *offices), key=lambda one: one.mark.start)


def _is_beside(marked: MarkedText, office: Mark, name: Mark) -> bool:
    """Return whether an office stands right before a name, or behind it and its comma."""
    if office.start >= name.end:
        is_behind = marked.words[name.end] == "," and office.start <= name.end + _WORDS_BEHIND_MAX
        # "Rupert Hentzau, the chief of the staff Ivan Rood"
        return is_behind and marked.words[office.end : office.end + 1] in ([","], [")"])
    between = range(office.end, name.start)
    is_row = all(
        marked.is_name(at)
        or marked.words[at] in _OF
        # "the head of the ministry's intelligence service, Rupert Hentzau"
        or (marked.words[at] == "," and at > name.start - 4)
        or any(marked.at(kind, at) for kind in ("office", "side_owner", "side_name", "body"))
        or any(one.start < at < one.end for one in marked.marks("office", office.end, name.start))
        for at in between
    )
    return is_row and len(between) <= _WORDS_BETWEEN_MAX


def _is_others(marked: MarkedText, office: Mark, name: Mark) -> bool:
    """Return whether an office beside a name is of another side, or somebody else's: "spoke with President"."""
    party = marked.ledger.speakers[int(name.value)].party
    first = marked.sentence_at(name.start).start
    near = (max(first, min(office.start, name.start) - 3), max(office.end, name.start) + 2)
    return any(
        one.value != party
        for kind in ("side_name", "side_owner")
        for one in marked.marks(kind, *near)
    ) or any(
        # another one's name between them
        office.start < one.start < name.start
        and one.value != name.value
        and _is_person(marked, one)
        for one in marked.marks("speaker", office.start, name.start)
    )
