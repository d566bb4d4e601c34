"""The language and the time zone that a page is written in.

Both are set for the time in which one request is answered, so that everything that writes words, numbers and
days need not be handed them. Where nothing is set, pages are English and times are UTC.

Messages are looked up in the catalogues beside this module (`locales/`, GNU gettext), by their English text;
one that a catalogue lacks is shown in English. `services.api.write_messages` brings catalogues up to date.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from typing_extensions import override

from services.api.http.languages import DEFAULT, Language


LOCALES = Path(__file__).parent / "locales"
UTC_ZONE = ZoneInfo("UTC")


class Spoken(NamedTuple):
    """What pages are written in: the language, and the time zone of their hours."""

    language: Language = DEFAULT
    zone: ZoneInfo = UTC_ZONE


_ENGLISH = Spoken()
_spoken: ContextVar[Spoken] = ContextVar("spoken", default=_ENGLISH)


def spoken() -> Spoken:
    """Return what is written in now."""
    return _spoken.get()


@contextmanager
def speaking(now: Spoken) -> Iterator[None]:
    """Write in a language and a time zone until the block ends."""
    token = _spoken.set(now)
    try:
        yield
    finally:
        _spoken.reset(token)


def read_catalogue(language: Language) -> Catalog:
    """Read the catalogue of a language as its file has it."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: Language) -> NullTranslations:
    """Return the messages of a language; read once."""
    if language == DEFAULT:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext(message: str, /, **values: object) -> str:
    """Return a message in the language of the page, with values put in.

    >>> gettext("at least %(low)s", low=201)
    'at least 201'
    """
    text = translations(_spoken.get().language).gettext(message) if message else ""
    return text % values if values else text


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return a message in the form that goes with a number, with values put in.

    >>> ngettext("%(num)s claim", "%(num)s claims", 1, num=1), ngettext("voice", "voices", 2)
    ('1 claim', 'voices')
    """
    text = translations(_spoken.get().language).ngettext(one, many, number)
    return text % values if values else text


_Key = TypeVar("_Key")


class TranslatedTexts(Mapping[_Key, str]):
    """Words by their keys, each read in the language of the page.

    >>> texts = TranslatedTexts({"UN": "the United Nations"})
    >>> texts["UN"], dict(texts)
    ('the United Nations', {'UN': 'the United Nations'})
    """

    def __init__(self, english: Mapping[_Key, str]) -> None:
        self.english = english

    @override
    def __getitem__(self, key: _Key) -> str:
        return gettext(self.english[key])

    @override
    def __iter__(self) -> Iterator[_Key]:
        return iter(self.english)

    @override
    def __len__(self) -> int:
        return len(self.english)
