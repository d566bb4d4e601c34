"""Verbs of saying, and whom each makes responsible: the speaker in its clause, else the nearest before."""

from collections.abc import Sequence
from typing import NamedTuple

from services.extraction.marking import Mark, MarkedText
from services.extraction.named_as_means import (
    before_name,
    is_author,
    is_between,
    is_means,
    is_through,
)
from services.extraction.named_speakers import NamedSpeaker, officials


_NEAR_BEFORE = 24
_WILL = frozenset(("will", "would", "has", "had", "have", "is", "are", "was", "were", "must"))
_NEAR_AFTER = 14
_BESIDE = 4
#: How far behind a speaker another one may be joined.
_JOINED_WORDS = 3
#: How far before a verb of saying an office may stand, with a name between.
_NAME_WORDS = 6
_BEGINNING = 6
#: Who was named before, by an office alone: "the official added".
_THE_SAME = frozenset(("official", "representative", "lawmaker", "diplomat", "envoy", "negotiator"))
_NEW = frozenset(("new", "новый", "нового", "новий"))
_OF_WHICH = frozenset(("чем", "чём", "що"))
_HYPHENS = frozenset("-‑")
#: What a side has in an exchange, which tells nothing of the exchange itself.
_ROLE = frozenset(("part", "role"))
_TITLE_DASHES = frozenset("-–—")
_BEFORE_SAYING = frozenset((",", "–", "—", "-", "”", "»", '"'))


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


def statements_in(
    marked: MarkedText,
    sentence: range,
    named: Sequence[NamedSpeaker],
    last: NamedSpeaker | None,
) -> list[ReportingVerb]:
    """Return who says something in a sentence; `last` is who spoke or was named before."""
    found: list[ReportingVerb] = []
    sayings = _sayings(marked, sentence)
    these = marked.marks("this_was_said", sentence.start, sentence.stop)
    # "its part was reported by the agency"
    this = next((one for one in these if marked.words[one.start - 1] not in _ROLE), None)
    if this is not None and _by_each_side(marked, named, sentence):
        return [ReportingVerb(one, this.start, governs=False) for one in named]
    if this is not None and named and (sayings or this.start == sentence.start):
        # "an exchange with the Ruritanian side, as reported by the ministry" is reported by the latter
        behind = [one for one in named if one.mark and one.mark.start >= this.end]
        is_by = marked.words[this.end - 1] == "by" and bool(behind)
        speaker = _last_in_row(marked, behind if is_by else named, this)
        return [ReportingVerb(speaker or named[0], this.start, governs=True)]
    if this is not None and this.start == sentence.start and _is_of_unknown(marked, sayings):
        named = [_unknown(marked, this, sentence)]
        return [ReportingVerb(named[0], this.start, governs=True)]
    for saying in sayings:
        same = _said_before(marked, named, saying, sentence)
        if last is not None and same is not None:
            found.append(ReportingVerb(same.speaker or last, saying.start, governs=False))
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
    return found or _without_a_verb(marked, sentence, named, last)


def _without_a_verb(
    marked: MarkedText,
    sentence: range,
    named: Sequence[NamedSpeaker],
    last: NamedSpeaker | None,
) -> list[ReportingVerb]:
    """Return who speaks where no verb of saying has a speaker: who is named in a title, or who spoke before."""
    if named:
        titled = _named_in_title(marked, sentence, named)
        if titled is not None or not _begins_with_him(marked, sentence):
            return [titled] if titled is not None else []
    place = _said_by_the_same(marked, sentence) if last is not None else None
    return [ReportingVerb(last, place, governs=False)] if last and place is not None else []


def _begins_with_him(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence begins with who spoke before, whoever it names: "за його словами, Сілдавія повернула"."""
    he = marked.at("says_he", sentence.start)
    return he is not None and marked.language_code != "en"


def _named_in_title(
    marked: MarkedText, sentence: range, named: Sequence[NamedSpeaker]
) -> ReportingVerb | None:
    """Return who says a title by a dash or a colon alone: "95 came home – Ottokar", "Ottokar: 95 came home"."""
    if not named or marked.has("say", sentence.start, sentence.stop):
        return None
    first, last = named[0], named[-1]
    stop = sentence.stop - (marked.words[sentence.stop - 1] == ".")
    if last.mark is not None and last.mark.end == stop:
        start = last.mark.start
        while start > sentence.start and marked.is_name(start - 1) and _is_word(marked, start - 1):
            start -= 1
        if start > sentence.start + 1 and marked.words[start - 1] in _TITLE_DASHES:
            return ReportingVerb(last, last.mark.start, governs=False)
    is_led = first.mark is not None and marked.words[first.mark.end : first.mark.end + 1] == [":"]
    if is_led and first.mark is not None:
        is_alone = all(marked.is_name(at) for at in range(sentence.start, first.mark.start))
        return ReportingVerb(first, first.mark.start, governs=False) if is_alone else None
    return None


def _is_word(marked: MarkedText, place: int) -> bool:
    return marked.words[place][0].isalpha()


def _sayings(marked: MarkedText, sentence: range) -> list[Mark]:
    """Return the verbs of saying of a sentence, without words that look like one."""
    return [
        one
        for one in marked.marks("say", sentence.start, sentence.stop)
        # "the United States helped"
        if not (marked.words[one.start] == "states" and marked.is_name(one.start))
        and not _is_in_a_compound(marked, one, sentence)
        # "has not commented", "has said nothing"
        and not (
            marked.words[one.start] == "commented" and marked.words[max(0, one.start - 1)] == "not"
        )
        and marked.words[one.end : one.end + 1] != ["nothing"]
    ]


def _is_in_a_compound(marked: MarkedText, saying: Mark, sentence: range) -> bool:
    """Return whether a hyphen joins a verb to another word: "the self-declared republic", but not "home", - he said."""
    start, tokens = saying.start, marked.tokens
    is_joined = start > sentence.start and marked.words[start - 1] in _HYPHENS
    return is_joined and tokens[start - 1].end == tokens[start].start


class _Same(NamedTuple):
    """Who goes on to speak: somebody of the same sentence, null for who spoke or was named before."""

    speaker: NamedSpeaker | None


def _said_before(
    marked: MarkedText, named: Sequence[NamedSpeaker], saying: Mark, sentence: range
) -> _Same | None:
    """Return who speaks by a pronoun, or as a spokesman of nobody who is named; null where neither does."""
    if _is_by_pronoun(marked, saying, sentence):
        return _Same(_before_pronoun(marked, named, saying, sentence))
    is_the_same = marked.words[max(0, saying.start - 2) : saying.start - 1] == ["the"] and (
        marked.words[saying.start - 1] in _THE_SAME
    )
    return _Same(None) if is_the_same or _is_by_bare_spokesman(marked, saying, named) else None


def _before_pronoun(
    marked: MarkedText, named: Sequence[NamedSpeaker], saying: Mark, sentence: range
) -> NamedSpeaker | None:
    """Return who of a sentence "he" is; of "she said that on the president's order" nobody who is named in it."""
    own = [
        one
        for one in named
        if one.mark
        and one.mark.kind in ("speaker", "office")
        and one.mark.end < saying.start - 1
        and (
            marked.has("say", sentence.start, one.mark.start)
            or _is_subject(marked, one.mark, sentence)
        )
    ]
    return own[-1] if own else None


def _by_each_side(marked: MarkedText, named: Sequence[NamedSpeaker], sentence: range) -> bool:
    """Return whether a sentence without a number says that each side announced an exchange."""
    codes = marked.ledger.side_codes
    parties = {one.party for one in named if one.role != "other"}
    has_number = any(one.start in sentence and one.kind != "ordinal" for one in marked.numbers)
    return not has_number and len(parties & set(codes)) > 1


def _is_subject(marked: MarkedText, name: Mark, sentence: range) -> bool:
    """Return whether a sentence begins with a name and tells of it: "The Ruritanian president praised X when he"."""
    before = marked.words[sentence.start : name.start]
    is_first = len(before) <= _BESIDE - 1 and not {",", "of", "on", "by", "from"} & set(before)
    return (
        marked.language_code == "en"
        and is_first
        and "when" in marked.words[name.end : sentence.stop]
    )


def _is_by_pronoun(marked: MarkedText, saying: Mark, sentence: range) -> bool:
    before = range(max(sentence.start, saying.start - 1), saying.start)
    is_beside = any(
        one.end == saying.start for one in marked.marks("pronoun", before.start, before.stop)
    )
    # "He urged the Ruritanian government to do so, noting that"
    is_participle = marked.language_code == "en" and marked.words[saying.start].endswith("ing")
    goes_on = is_participle and marked.words[saying.start - 1] == ","
    return is_beside or (goes_on and marked.at("pronoun", sentence.start) is not None)


def _is_of_unknown(marked: MarkedText, sayings: Sequence[Mark]) -> bool:
    """Return whether somebody says something who is none of the ledger's: "this was reported by Kurier"."""
    return any(
        place < len(marked.words)
        and marked.words[place][0].isalpha()
        and marked.is_name(place)
        and not any(marked.at(kind, place) for kind in ("speaker", "office", "mediator"))
        for saying in sayings
        for place in (saying.end, saying.end + 1)
    )


def _unknown(marked: MarkedText, this: Mark, sentence: range) -> NamedSpeaker:
    """Return who is no speaker of the ledger's: a side's officials where its name is said, else an outlet."""
    sides = [
        *marked.marks("side_owner", sentence.start, sentence.stop),
        *marked.marks("side_name", sentence.start, sentence.stop),
    ]
    if sides and marked.language_code == "en":
        return officials(marked.ledger, sides[0])
    quote = marked.quote(this.start, sentence.stop)
    mark = Mark("press", "press", this.start, sentence.stop)
    return NamedSpeaker(quote, "media", "outlet", mark)


def _said_by_the_same(marked: MarkedText, sentence: range) -> int | None:
    """Return where somebody speaks who is named by a pronoun or an office alone: "he said"."""
    for he in marked.marks("says_he", sentence.start, sentence.stop):
        # "arrived in the center of the town"
        if marked.words[he.end : he.end + 1] != ["of"]:
            return he.start
    for saying in marked.marks("say", sentence.start, sentence.stop):
        beside = (max(sentence.start, saying.start - 2), min(saying.end + 1, sentence.stop))
        if marked.has("pronoun", *beside) and not _is_some(marked, saying):
            return saying.start
    return None


def is_background(marked: MarkedText, sentence: range) -> bool:
    """Return whether a sentence looks back: "previously", "the exchange before"."""
    beginning = min(sentence.start + _BEGINNING, sentence.stop)
    backs = [
        one
        for one in marked.marks("background", sentence.start, beginning)
        # "in the last hours"
        if marked.at("span", one.end) is None
    ]
    # "Earlier a new exchange took place" is the one the report is about.
    return bool(backs) and not (_NEW & set(marked.words[backs[0].end : backs[0].end + _BESIDE - 1]))


def _is_of_wire(marked: MarkedText, saying: Mark, named: Sequence[NamedSpeaker]) -> bool:
    """Return whether an outlet is quoted that quotes somebody: "said Ottokar, Kurier reports"."""
    known = {place for one in named if one.mark for place in range(one.mark.start, one.mark.end)}

    def is_unknown_name(place: int) -> bool:
        is_name = marked.words[place][0].isalpha() and marked.is_name(place)
        # "the head of the council, Ivan Rood, stated Tuesday"
        is_name = is_name and marked.words[place] not in marked.language.weekdays
        # "Ottokar, said Ruritania had"
        is_side = any(marked.at(kind, place) for kind in ("side_name", "side_owner"))
        return is_name and place not in known and not is_side

    before, after = saying.start - 1, saying.end
    if before < 1 or after >= len(marked.words) or marked.words[saying.start] == "told":
        return False  # "the minister, Ivan Rood, told Kurier"
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
        and (one.mark.end == saying.start or not is_means(marked, one.mark))
    ]
    after = [
        one
        for one in named
        if one.mark
        and saying.start <= one.mark.start < saying.end + _NEAR_AFTER
        # "officials confirmed that some were captured by the other side"
        and not is_through(marked, one.mark)
        # "leaders hailed the exchange between the two"
        and not is_between(marked, saying, one.mark)
        and (
            one.mark.start <= saying.end + 2
            or before_name(marked, one.mark)
            < saying.end + marked.words[saying.end].startswith("by")
            or is_author(marked, one.mark)
            or not is_means(marked, one.mark)
        )
        # "said it was the first since the president ordered"
        and not marked.has("since", saying.end, one.mark.start)
    ]
    is_after = marked.at("says_after", saying.start) is not None or _follows(marked, saying, after)
    if is_after and after:
        return _last_in_row(marked, after, saying)
    if not before and last is None and _is_said_by_a_stranger(marked, saying):
        return None  # "Kurier reported that Borduria released 17"
    if not before and _is_said_by_some(marked, saying):
        return None
    known = [one for one in before if one.mark and one.mark.kind not in ("side_name", "press")]
    if not before and last is not None:
        beside = [one for one in after if one.mark and one.mark.start <= saying.end + 1]
        return beside[0] if beside else last
    if (apart := _set_apart(marked, before, saying)) is not None:
        known = [apart]
    if known:
        return _of_several(marked, known, saying)
    return next(iter(before), None) or _last_in_row(marked, after, saying)


def _set_apart(
    marked: MarkedText, before: Sequence[NamedSpeaker], saying: Mark
) -> NamedSpeaker | None:
    """Return the side that commas set apart with a verb: "the captives of the government, the rebels said, are"."""
    last = before[-1] if before else None
    mark = last.mark if last is not None else None
    if mark is None or mark.kind != "side_name" or mark.end != saying.start:
        return None
    first = mark.start - 1 - (marked.words[mark.start - 1] == "the")
    is_apart = marked.words[first] == "," and marked.words[saying.end : saying.end + 1] == [","]
    return last if is_apart and marked.language_code == "en" else None


def _is_said_by_some(marked: MarkedText, saying: Mark) -> bool:
    """Return whether officials speak of whom it is not told whose they are: "officials said, prompting the president"."""
    before = max(0, saying.start - 2)
    return marked.words[before : saying.start] in ([",", "officials"], [",", "authorities"])


def _is_said_by_a_stranger(marked: MarkedText, saying: Mark) -> bool:
    """Return whether a name that the ledger does not know stands before "reported that"."""
    before = saying.start - 1
    if marked.language_code != "en" or before <= marked.sentence_at(saying.start).start:
        return False
    if _is_some(marked, saying):
        return True
    is_that = marked.words[saying.end : saying.end + 1] == ["that"]
    kinds = ("speaker", "office", "side_name", "side_owner", "side_people", "mediator", "party")
    is_known = any(
        one.end > before for kind in kinds for one in marked.marks(kind, before - 4, before + 1)
    )
    is_name = marked.words[before][0].isalpha() and marked.is_name(before)
    return is_that and is_name and not is_known


def _is_by_bare_spokesman(marked: MarkedText, saying: Mark, named: Sequence[NamedSpeaker]) -> bool:
    """Return whether "spokesman N.N. announced" stands without whose he is: of whom was quoted before."""
    near = (max(0, saying.start - _NAME_WORDS), saying.start)
    bare = [one for one in marked.marks("office", *near) if one.value == "other"]
    bare = [one for one in bare if marked.words[one.start].startswith("spokes")]
    if not bare or marked.has("say", bare[-1].end, saying.start):
        return False
    is_owned = any(one.mark and one.mark.start >= bare[-1].start for one in named)
    is_between = all(marked.is_name(at) for at in range(bare[-1].end, saying.start))
    return not is_owned and is_between


def _is_some(marked: MarkedText, saying: Mark) -> bool:
    """Return whether somebody speaks who was not told of before, and has no office: "where a doctor said"."""
    near = range(max(marked.sentence_at(saying.start).start, saying.start - 3), saying.start - 1)
    some = [at for at in near if marked.words[at] in ("a", "an")]
    kinds = ("office", "speaker", "mediator", "side_name", "press", "say")
    return bool(some) and not any(marked.has(kind, some[-1], saying.start) for kind in kinds)


def _follows(marked: MarkedText, saying: Mark, after: Sequence[NamedSpeaker]) -> bool:
    """Return whether a speaker is named right behind what was said: "eight captives, said the agency"."""
    if not saying.start or marked.words[saying.start - 1] not in (*_BEFORE_SAYING, *_OF_WHICH):
        return False
    return any(
        one.mark
        and (
            (one.mark.start <= saying.end + 1 and not _will_do(marked, one.mark))
            # ", announced Ivan Rood, spokesman for Borduria's government"
            or (one.mark.kind == "speaker" and _is_full_name(marked, saying.end, one.mark.start))
        )
        for one in after
    )


def _will_do(marked: MarkedText, name: Mark) -> bool:
    """Return whether it is told what somebody named behind a verb will do, or did: "says the government will free"."""
    near = marked.words[name.end : name.end + _BESIDE]
    stop = next(
        (at for at, word in enumerate(near) if word in (",", ".", "who", "that")), len(near)
    )
    return marked.language_code == "en" and bool(_WILL & set(near[:stop]))


def _is_full_name(marked: MarkedText, start: int, stop: int) -> bool:
    """Return whether some words are names alone."""
    return stop - start <= _NAME_WORDS and all(
        marked.is_name(at) or marked.words[at] in _HYPHENS for at in range(start, stop)
    )


def _of_several(
    marked: MarkedText, known: Sequence[NamedSpeaker], saying: Mark
) -> NamedSpeaker | None:
    """Return which of those named before a verb speaks: the first, unless the last is beside it or of others."""
    first, last = known[0], known[-1]
    assert first.mark is not None, "those who are named before a verb have their words"
    assert last.mark is not None, "those who are named before a verb have their words"
    near = min(last.mark.start, first.mark.end + _JOINED_WORDS)
    is_joined = marked.has("and", first.mark.end, near)
    is_of_others = last.party != first.party and not is_joined
    is_beside = last.mark.kind == "speaker" and last.mark.end >= saying.start - 1
    is_same_party = last.party == first.party
    return last if is_of_others or (is_beside and is_same_party) else first


def _last_in_row(
    marked: MarkedText, after: Sequence[NamedSpeaker], saying: Mark
) -> NamedSpeaker | None:
    """Return the last of those named in a row: of "said the head of the intelligence service Ottokar" Ottokar."""
    place = saying.end
    found = next(iter(after), None)
    for one in after:
        assert one.mark is not None, "those who are named after a verb have their words"
        between = (place, one.mark.start)
        if {",", ".", ":", "–", "—"} & set(marked.words[slice(*between)]) or marked.has(
            "and", *between
        ):
            break
        if one.mark.kind == "speaker" or found is one:
            found, place = one, one.mark.end
    return found
