"""What a terminal or an eye may obey is escaped, and nothing else is."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from schemas.printable import printable, printable_lines


#: Letters, marks, numbers, signs and spaces do nothing; the two joiners belong to letters.
HARMLESS_KINDS = ("L", "M", "N", "P", "S", "Zs")
JOINERS = "\u200c\u200d"
OBEYED = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA0))),
    *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    *"\u061c\u200e\u200f\u2028\u2029\ufeff\udc9b\U000e0041",
]


def is_harmless(character: str) -> bool:
    return unicodedata.category(character).startswith(HARMLESS_KINDS) or character in JOINERS


def test_control_characters_and_direction_marks_are_escaped():
    for character in OBEYED:
        assert printable(character).isascii(), ascii(character)
        assert printable(character).isprintable(), ascii(character)


def test_what_people_write_stays_as_it_is():
    for text in (
        "Лубінець: 230 осіб",
        "אסירים",
        "می\u200cخواهم",
        "१२३ क्‍ष",
        "a\xa0b",
        "👨\u200d👩\u200d👧",
    ):
        assert printable(text) == text


@given(st.text(st.characters()))
def test_whatever_a_text_holds_is_harmless_afterwards_and_json_says_the_same(text):
    assert all(map(is_harmless, printable(text)))
    written = json.dumps(text, ensure_ascii=False)
    assert json.loads(printable(written)) == text
    assert printable_lines(text).count("\n") == text.count("\n")
