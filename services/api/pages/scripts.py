"""The language of words that somebody else wrote, as far as their letters tell it."""

import re
import unicodedata


#: Letters that only one of the languages written in Cyrillic here has.
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_RUSSIAN = re.compile("[ыэъёЫЭЪЁ]")
#: Scripts by the first word of their letters' names.
_SCRIPTS = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "LATIN": "Latn",
}


def lang_of(text: str | None) -> str:
    """Return the language tag of a quote: by letters that tell it, else its script, else `und`.

    >>> lang_of("понад 200"), lang_of("більше двохсот"), lang_of("более двухсот, обмены"), lang_of("230")
    ('und-Cyrl', 'uk', 'ru', 'und')
    >>> lang_of("over 200"), lang_of("أكثر من")
    ('und-Latn', 'und-Arab')
    """
    words = text or ""
    if _UKRAINIAN.search(words) and not _RUSSIAN.search(words):
        return "uk"
    if _RUSSIAN.search(words) and not _UKRAINIAN.search(words):
        return "ru"
    letter = next((one for one in words if one.isalpha()), None)
    name = unicodedata.name(letter, "") if letter else ""
    script = _SCRIPTS.get(re.split(r"[ -]", name)[0])
    return f"und-{script}" if script else "und"
