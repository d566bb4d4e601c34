"""A report of one conflict told as another's: every name, number and day exchanged for an invented one."""

import re
from collections.abc import Mapping


#: Names of the shipped ledger's conflict, as English reports spell them, and what stands in their place.
#: Longer ones first: "Russian" is no "Russia" with two letters more.
NAMES: Mapping[str, str] = {
    "Ministry of Defense of the Russian Federation": "Bordurian Ministry of Defense",
    "United Arab Emirates": "San Theodoros",
    "UAE": "San Theodoros",
    "Volodymyr Zelensky": "Muskar Ottokar",
    "Zelenskyy": "Ottokar",
    "Zelensky": "Ottokar",
    "Dmytro Lubinets": "Milena Halambique",
    "Dmytro Lubenets": "Milena Halambique",
    "Lubinets": "Halambique",
    "Lubenets": "Halambique",
    "Ukrainians": "Syldavians",
    "Ukrainian": "Syldavian",
    "Ukraine": "Syldavia",
    "Russians": "Bordurians",
    "Russian": "Bordurian",
    "Russia": "Borduria",
    "Moscow": "Szohod",
    "Kyiv": "Klow",
    "Kiev": "Klow",
}
_NAME = re.compile("|".join(map(re.escape, NAMES)))


def exchanged(text: str, numbers: Mapping[str, str]) -> str:
    """Return a text with all names exchanged, and the numbers given for others.

    Args:
        text: A report in English.
        numbers: What stands in the place of each number, of digits or words, as they are written.
    """
    named = _NAME.sub(lambda found: NAMES[found[0]], text)
    number = re.compile(
        "|".join(rf"\b{re.escape(one)}\b" for one in sorted(numbers, key=len, reverse=True))
    )
    return number.sub(lambda found: numbers[found[0]], named) if numbers else named
