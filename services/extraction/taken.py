"""People who are held because somebody is said to have taken them: "Ruritania has captured 450 prisoners"."""

from services.extraction.told import Told


_HAS = frozenset(("has", "have", "had"))
_IT = frozenset(("it", "they"))
_TAKE = frozenset(("taken", "took", "take"))
_PRISONER = frozenset(("prisoner", "captive", "hostage"))
_ITS = frozenset(("its", "their"))
_TROOPS = frozenset(("troops", "forces", "soldiers", "army", "military"))
_CAPTIVES = ("unspecified",)


def has_taken(told: Told) -> bool:
    """Return whether a side has taken so many, where captives are counted, or others are said to be held."""
    marked, start, sentence = told.marked, told.said.start, told.sentence
    if marked.language_code != "en" or told.group.end == told.group.start:
        return False
    # "has taken 14 officials prisoner"
    after = marked.words[told.group.end - 1 : told.group.end + 2]
    if (marked.words[start - 1] in _TAKE and _PRISONER & set(after)) or _troops_took(told):
        return True
    taken = next(
        (
            one
            for one in marked.marks("seize", max(sentence.start, start - 3), start)
            if one.end == start and marked.words[one.start - 1] in _HAS
        ),
        None,
    )
    if taken is None or not marked.has("side_name", sentence.start, taken.start):
        return _says_it_took(told)
    are_captives = any(
        one.value in _CAPTIVES for one in marked.marks("people", told.said.end, told.group.end + 1)
    )
    has_acts = any(
        marked.has(kind, told.clause.start, told.clause.stop) for kind in ("give", "get", "free")
    )
    are_held = are_captives or marked.has("held", sentence.start, sentence.stop)
    return (are_held and not has_acts) or _says_it_took(told)


def _says_it_took(told: Told) -> bool:
    """Return whether a side says that it took so many of the other's soldiers: "Ruritania said it had captured 90"."""
    marked, start = told.marked, told.said.start
    if told.group.side not in marked.ledger.side_codes or told.speaker.party == told.group.side:
        return False
    taken = next((one for one in marked.marks("seize", start - 3, start) if one.end == start), None)
    if taken is None or told.speaker.party not in marked.ledger.side_codes:
        return False
    before = taken.start - (marked.words[taken.start - 1] in _HAS)
    if before < taken.start:
        # "officials have said its troops had captured 90"
        is_of_troops = marked.words[before - 2] in _ITS and marked.words[before - 1] in _TROOPS
        before -= 2 * is_of_troops or marked.words[before - 1] in _IT
        before -= marked.words[before - 1] == "that"
    return any(one.end == before for one in marked.marks("say", before - 2, before))


def _troops_took(told: Told) -> bool:
    """Return whether a side's troops are told to have taken so many of the other's: "in which its forces captured 90"."""
    marked, start = told.marked, told.said.start
    taken = next((one for one in marked.marks("seize", start - 3, start) if one.end == start), None)
    if taken is None or told.group.side not in marked.ledger.side_codes:
        return False
    if told.said.number.kind == "vague":
        return False
    side = next(iter(marked.marks("side_name", taken.start - 1, taken.start)), None)
    end = told.group.end
    # of "captured 62 soldiers, and 50 were swapped" the 62
    following = next((one.start for one in marked.numbers if one.start >= end), told.clause.stop)
    stop = min(following, told.clause.stop)
    are_free = any(marked.has(kind, end, stop) for kind in ("free", "back", "swap"))
    if side is not None:
        return side.value != told.group.side and not are_free
    troops = taken.start - 1 - (marked.words[taken.start - 1] in _HAS)
    owner = marked.at("side_owner", troops - 1)
    is_owned = owner.value != told.group.side if owner else marked.words[troops - 1] in _ITS
    return marked.words[troops] in _TROOPS and is_owned and not are_free
