"""Whose people those are who are said to be from a country: "40 sailors from Syldavia were freed"."""

from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.joined_sides import side_at
from services.extraction.marking import Mark, MarkedText


#: Who got people back from a country had them in its captivity: "brought back 40 sailors from Syldavia".
_GOT_BACK = ("get", "back", "free", "release", "freed")
#: How far behind a country's name it may stand what of the country people are from.
_UNIT_WORDS = 4
_UNITS = frozenset(("brigade", "regiment", "battalion", "division", "army", "forces", "guard"))
_REGIONS = frozenset(("region", "regions", "oblast", "province", "area", "district"))
_OF_THEM = (["of", "them"], ["of", "whom"], ["of", "those"])


def with_home(marked: MarkedText, said: BoundedNumber, group: Group) -> Group:
    """Return people with the side whose they are, where it is told by the country that they are from."""
    if marked.language_code != "en" or group.side is not None or group.belongs is not None:
        return group
    end = max(said.end, group.end)
    is_its = marked.words[end : end + 1] == ["from"] and marked.at("its", end + 1) is not None
    if is_its and _REGIONS & set(marked.words[end + 2 : end + 2 + _UNIT_WORDS]):
        return group._replace(belongs="its")  # "got eight farmers from its coastal region"
    home = _home_of(marked, said, group)
    return group if home is None else group._replace(side=home.value, evidence=home)


def _home_of(marked: MarkedText, said: BoundedNumber, group: Group) -> Mark | None:
    is_bare = group.start == group.end
    end = max(said.end, group.end)
    is_of_them = marked.words[end : end + 2] in _OF_THEM
    end += 2 * is_of_them
    if marked.words[end : end + 1] != ["from"] or _are_got_back(marked, said.start):
        return None
    if is_of_them and (unit := _unit_at(marked, end + 1)) is not None:
        return unit
    side = side_at(marked, end + 1)
    if side is None or marked.words[side.end : side.end + 1] == ["to"]:
        return None  # "flew 40 captives from Klow to" the other side
    return side if not is_bare or is_of_them or _are_others_from(marked, side) else None


def _are_got_back(marked: MarkedText, start: int) -> bool:
    """Return whether those counted at a place are who somebody got back, or who came back: not those of a list."""
    first = marked.sentence_at(start).start
    parts = marked.marks("part", first, start)
    first = parts[-1].end if parts else first
    first = next((at + 1 for at in reversed(range(first, start)) if _leads(marked, at)), first)
    return any(
        # "let go by Ruritania were 40 people from Borduria"
        marked.words[one.end : one.end + 1] != ["by"]
        for kind in _GOT_BACK
        for one in marked.marks(kind, first, start)
    )


def _leads(marked: MarkedText, place: int) -> bool:
    """Return whether something new begins behind a word: "said that"."""
    return marked.words[place] == "that" or marked.words[place] in ";:"


def _unit_at(marked: MarkedText, place: int) -> Mark | None:
    """Return the side whose body stands at a place: "the Bordurian Harbour Regiment"."""
    owner = marked.at("side_owner", place + (marked.words[place : place + 1] == ["the"]))
    if owner is None:
        return None
    return owner if _UNITS & set(marked.words[owner.end : owner.end + _UNIT_WORDS]) else None


def _are_others_from(marked: MarkedText, side: Mark) -> bool:
    """Return whether a sentence tells of people from another side, too: "40 women from the one and 30 from the other".

    Where all are of one side, those are two of its towns, or places where they were captured.
    """
    sentence = marked.sentence_at(side.start)
    if marked.has("side_people", sentence.start, side.start):
        return False
    return any(
        one.value != side.value and "from" in marked.words[max(0, one.start - 2) : one.start]
        for one in marked.marks("side_name", sentence.start, sentence.stop)
    )
