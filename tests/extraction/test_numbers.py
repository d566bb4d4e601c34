"""Numbers in digits and words, in three languages."""

import pytest

from services.extraction.bounds import said_number
from services.extraction.marking import MarkedText
from services.extraction.numbers import numbers_in
from services.extraction.tokens import tokens_of
from services.extraction.words import words_of_language
from tests.extraction.made_up import made_up_ledger


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("en", "one hundred and twenty-three", [("cardinal", 123)]),
        (
            "en",
            "the forty-ninth, the 52nd, the 3-rd",
            [("ordinal", 49), ("ordinal", 52), ("ordinal", 3)],
        ),
        (
            "en",
            "three dozen, dozens, tens of thousands",
            [("cardinal", 36), ("vague", 24), ("vague", 10000)],
        ),
        (
            "en",
            "4.3 thousand, 1,081, 2 598",
            [("cardinal", 4300), ("cardinal", 1081), ("cardinal", 2598)],
        ),
        ("en", "a 25-year-old on an An-12 at 18:46 with 40% of it", []),
        ("en", "157-for-157", [("cardinal", 157), ("cardinal", 157)]),
        (
            "uk",
            "сто вісімдесят троє, двоє, шестеро",
            [("cardinal", 183), ("cardinal", 2), ("cardinal", 6)],
        ),
        ("uk", "4,3 тис. людей, дві сотні", [("cardinal", 4300), ("cardinal", 200)]),
        (
            "uk",
            "сорок дев’ятий, 50-ого, п'ятий",
            [("ordinal", 49), ("ordinal", 50), ("ordinal", 5)],
        ),
        (
            "ru",
            "сто, двадцать третий, 2,4 тысячи",
            [("cardinal", 100), ("ordinal", 23), ("cardinal", 2400)],
        ),
        ("ru", "сотни, 1 тыс., 24.02.2030", [("vague", 100), ("cardinal", 1000)]),
    ],
)
def test_numbers_are_found_in_digits_and_words(language, text, numbers):
    found = numbers_in(tokens_of(text), words_of_language(language))

    assert [(one.kind, one.value) for one in found] == numbers


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("well over 100 people", ("more_than", 100, None, None)),
        ("no fewer than 100 people", ("at_least", 100, None, None)),
        ("100 or more people", ("at_least", 100, None, None)),
        ("100+ people", ("at_least", 100, None, None)),
        ("between 100 and 150 people", ("range", 100, 100, 150)),
        ("100–150 people", ("range", 100, 100, 150)),
        ("as many as 100 people", ("exact", 100, None, None)),
        ("Borduria handed over 100 people", ("exact", 100, None, None)),
    ],
)
def test_the_words_beside_a_number_bound_it(text, bound):
    marked = MarkedText(text, ledger=made_up_ledger(), language="en")

    said = said_number(marked, marked.numbers[0])
    assert (said.bound, said.number.value, said.low, said.high) == bound
