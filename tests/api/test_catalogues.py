"""The catalogues of the pages' languages: complete, in agreement with the English messages, plurals right."""

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest

from services.api.http.languages import DEFAULT, LANGUAGES, Language
from services.api.pages import phrases, words
from services.api.pages.language import Spoken, read_catalogue, speaking, translations
from services.api.pages.names import DisplayNames
from services.api.pages.rendering import HERE
from services.api.pages.sentences import is_known, translated_sentence
from services.api.write_messages import catalogue_of, messages
from services.ledgers import load_ledger


OTHERS: tuple[Language, ...] = tuple(one for one in LANGUAGES if one != DEFAULT)
PLACES = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|</?\w+[^<>]*>|https?:\S+")
CODE = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:aria-label|alt|placeholder|title)="([^"]*)"')
LETTERS = re.compile(r"[A-Za-z]{2}")
#: One of each kind that rules write at the shipped claims.
SENTENCES = (
    (Path(__file__).parents[1] / "data" / "sentences-of-rules.txt").read_text("utf-8").splitlines()
)


def texts(found: str | Sequence[str] | None) -> tuple[str, ...]:
    return (found or "",) if isinstance(found, str | None) else tuple(found)


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_each_message_of_the_pages_and_no_other(language):
    found = {one.id for one in read_catalogue(language) if one.id}

    assert found == {one.id for one in catalogue_of(language) if one.id}
    assert len(found) == len(messages())


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_in_all_forms_with_its_placeholders(language):
    catalogue = read_catalogue(language)

    assert catalogue.num_plurals == 3
    for message in catalogue:
        if not message.id:
            continue
        forms = texts(message.string)
        assert len(forms) == (3 if message.pluralizable else 1), message.id
        assert not message.fuzzy, message.id
        for form in forms:
            assert form.strip(), message.id
            assert sorted(PLACES.findall(form)) == sorted(PLACES.findall(texts(message.id)[-1]))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 exchange", "2 exchanges", "5 exchanges", "21 exchanges", "1,011 exchanges"]),
        ("uk", ["1 обмін", "2 обміни", "5 обмінів", "21 обмін", "1\N{NO-BREAK SPACE}011 обмінів"]),
        ("ru", ["1 обмен", "2 обмена", "5 обменов", "21 обмен", "1\N{NO-BREAK SPACE}011 обменов"]),
    ],
)
def test_each_number_takes_its_own_form(language, said):
    with speaking(Spoken(language)):
        found = [
            phrases.plural(number, "%(num)s exchange", "%(num)s exchanges")
            for number in (1, 2, 5, 21, 1011)
        ]

    assert found == said


@pytest.mark.parametrize(
    "path", sorted((HERE / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_a_template_holds_no_words_of_its_own(path: Path):
    bare = CODE.sub(" ", path.read_text(encoding="utf-8"))
    # What is shown to be copied is code, and keys are called what stands on them.
    bare = re.sub(r"<(code|kbd)>.*?</\1>", "", bare, flags=re.DOTALL)
    # Attributes that a macro gives stand outside of an element.
    outside = re.sub(r'\b[a-z-]+="[^"]*"', "", re.sub(r"<[^<>]*>", "\n", bare))
    shown = [*outside.splitlines(), *READ_ALOUD.findall(bare)]

    assert [text.strip() for text in shown if LETTERS.search(re.sub(r"&\w+;", "", text))] == []


@pytest.mark.parametrize("text", SENTENCES)
def test_each_kind_of_sentence_that_rules_wrote_has_a_pattern(text):
    assert is_known(text)


def test_a_rules_sentence_keeps_its_numbers_in_another_language():
    told = "478 = 248 + 230, Volodymyr Zelensky's 230 (all) taken for UA"
    with speaking(Spoken("uk")):
        names = DisplayNames(load_ledger("rus-ukr"))
        shown = names.spelled(told)
        day = names.spelled("the 130 of 2024-01-03 are not counted in it")

    assert (
        shown == "478 = 248 + 230; число 230 (Володимир Зеленський, усі) взято для сторони Україна"
    )
    assert day == "130 (3 січ. 2024) у ньому не враховано"
    assert translated_sentence(told, str) == told


@pytest.mark.parametrize("language", OTHERS)
def test_all_words_of_the_vocabulary_are_in_the_language_of_the_page(language):
    tables = [found for found in vars(words).values() if isinstance(found, dict)]
    found = [word for table in tables for word in table.values() if isinstance(word, words.Word)]
    with speaking(Spoken(language)):
        shown = [(word.label, word.meaning) for word in found]

    assert len(shown) > 50
    assert [text for text in chain(*shown) if re.search(r"[A-Za-z]{3}", text)] == []
    assert translations(language).gettext("Disagreements") != "Disagreements"
