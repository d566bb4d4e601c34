"""Whose ministry it is where its side is not said."""

from services.extraction.bare_offices import holder_by_people
from services.extraction.marking import MarkedText
from tests.extraction.made_up import made_up_ledger


def holder_in(text):
    ledger = made_up_ledger()
    marked = MarkedText(text, ledger=ledger, language="en")
    office = marked.marks("office", 0, len(marked.words))[0]
    return holder_by_people(marked, office, ledger.speakers)


def test_it_is_of_the_side_whose_people_alone_came_home():
    holder = holder_in("The defense ministry said that 40 Bordurian soldiers had come home.")

    assert holder is not None
    assert holder.party == "BO"


def test_who_hands_people_over_is_not_told_by_them():
    assert (
        holder_in("The defense ministry said that 40 Bordurian soldiers were handed over.") is None
    )
