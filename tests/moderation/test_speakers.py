"""Names of one speaker are found across alphabets and slips, and those of two are not."""

import pytest

from services.moderation.speakers import possible_duplicates


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Lubinets", "Lubinec"),
        ("Lubinets", "Лубінець"),
        ("Dmytro Lubinets", "Дмитро Лубинец"),
        ("Dmytro Lubinets", "D. Lubinets"),
        ("Dmytro Lubinets", "Lubinets"),
        ("Volodymyr Zelensky", "Володимир Зеленський"),
        ("Volodymyr Zelenskyy", "Volodymyr Zelenskiy"),
        ("Ministry of Defence", "Ministry of Defense"),
        ("Tatiana Moskalkova", "Татьяна Москалькова"),
    ],
)
def test_names_of_one_speaker_are_found(name, other):
    [pair] = possible_duplicates({name: 2, other: 1})

    assert (pair.name, pair.other) == (name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Dmytro Lubinets", "Oleh Lubinets"),
        ("Ivan Petrov", "Ivan Petrenko"),
        ("Iran", "Iraq"),
        ("Ministry of Defence", "Ministry of Justice"),
        ("Anna Kim", "Anna Kin"),
        ("", "123"),
    ],
)
def test_names_of_two_speakers_are_not(name, other):
    assert possible_duplicates({name: 2, other: 1}) == []
