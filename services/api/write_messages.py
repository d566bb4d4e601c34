"""Bring the catalogues of the pages' languages up to date with the messages of templates and code.

`python -m services.api.write_messages` adds what is missing, untranslated, and takes out what nobody asks for
any more; translators fill in what is empty. Tests fail as long as anything is.
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from services.api.http.languages import DEFAULT, LANGUAGES, Language
from services.api.pages import (
    claimants,
    editing_words,
    errors,
    fault_sentences,
    frame,
    names,
    sentences,
    words,
)
from services.api.pages.cited import CHARTS
from services.api.pages.language import LOCALES, TranslatedTexts, read_catalogue
from services.api.pages.lists import CLAIMED, LARGEST, LISTS, NEWEST, OLDEST, VOICES
from services.api.pages.rendering import HERE
from services.api.pages.routes import SPANS
from services.reconciliation.catalogue import GROUPS, RULES
from services.reconciliation.rules.explanations import CODES


#: A message, or its two English forms where it depends on a number.
Message: TypeAlias = str | tuple[str, ...]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plural": (2, 3)}
_METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
_HEADER = """\
# The pages in the language of this file, by their English words. Placeholders stay as they are.
# `python -m services.api.write_messages` brings the file up to date with the pages."""


@cache
def messages() -> tuple[Message, ...]:
    """Return all messages of the pages, each once, in the order in which they are found."""
    found = (*_written(), *filter(None, _of_vocabularies()))
    # A message that has a plural somewhere is asked for by its singular too.
    plurals = {one[0] for one in found if isinstance(one, tuple)}
    return tuple(dict.fromkeys(one for one in found if one not in plurals))


def catalogue_of(language: Language) -> Catalog:
    """Return the catalogue of a language with all messages: as translated so far, else empty."""
    known = read_catalogue(language)
    made = Catalog(
        locale=language,
        header_comment=_HEADER,
        project="exchange-ledger",
        version="pages",
        msgid_bugs_address="the project's issues",
        last_translator="the project",
        language_team="the project",
        creation_date=known.creation_date,
        revision_date=known.creation_date,
        fuzzy=False,
    )
    for message in messages():
        old = known.get(message)
        made.add(message, old.string if old is not None else None)
    return made


def main() -> None:
    """Write the catalogues."""
    for language in LANGUAGES:
        if language != DEFAULT:
            catalogue = catalogue_of(language)
            with (LOCALES / f"{language}.po").open("wb") as file:
                write_po(file, catalogue, width=110, omit_header=False)


def _written() -> Iterator[Message]:
    """Yield what templates and code name where they write it."""
    for place in (HERE, HERE.parent / "editing"):
        rows = extract_from_dir(str(place), _METHODS, _OPTIONS, KEYWORDS)
        for _, _, message, _, _ in sorted(rows, key=lambda row: (row[0], row[1])):
            yield message


def _of_vocabularies() -> Iterator[str]:
    """Yield what pages look up by the words of the vocabulary and the rules."""
    for module in (words, names, editing_words):
        for table in vars(module).values():
            if isinstance(table, TranslatedTexts):
                yield from table.english.values()
            elif isinstance(table, words.Word):
                yield from table.english
            elif isinstance(table, dict):
                for word in table.values():
                    if isinstance(word, words.Word):
                        yield from word.english
    yield from (code.meaning for code in CODES)
    yield from (title for title, _ in GROUPS)
    for rule in RULES:
        yield from (rule.name.replace("-", " ").capitalize(), rule.section, rule.sentence)
    yield from (title for title, _ in CHARTS.values())
    yield from (label for _, label in frame.PAGES)
    yield from (label for label, _ in SPANS)
    yield from LISTS.values()
    ways = (NEWEST, OLDEST, LARGEST, CLAIMED, VOICES, *claimants.WAYS)
    yield from (way.label for way in ways)
    for module in (editing_words, errors, fault_sentences):
        yield from module.messages()
    yield from sentences.messages()


if __name__ == "__main__":
    main()
