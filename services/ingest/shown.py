"""Show what was found in a refused event, short enough for a log line and harmless to a terminal."""

import json
import math
from typing import Any


#: Longest piece of a found value that a reason shows, in characters.
FOUND_CHARACTERS_MAX = 80


def shown(found: Any) -> str:
    """Show a value as JSON, short enough for a log line."""
    match found:
        case str():
            return shown_text(json.dumps(found[: FOUND_CHARACTERS_MAX + 1], ensure_ascii=False))
        case dict() | list():
            text = json.dumps(found, ensure_ascii=False)
            if len(text) <= FOUND_CHARACTERS_MAX:
                return shown_text(text)
            kind = "an object with {} names" if isinstance(found, dict) else "an array of {} items"
            return kind.format(len(found))
        case float() if math.isinf(found):
            return "a number beyond 64 bits"
        case int() if not isinstance(found, bool):
            digits = str(found)
            return digits if len(digits) <= FOUND_CHARACTERS_MAX else f"{len(digits)} digits"
        case _:
            return shown_text(json.dumps(found, default=str))


def shown_text(text: str) -> str:
    """Show a text with nothing in it that is not printable, cut where it is too long."""
    # Not only control characters: direction marks and the like would disturb a terminal too.
    printable = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in text
    )
    if len(printable) <= FOUND_CHARACTERS_MAX:
        return printable
    return f"{printable[: FOUND_CHARACTERS_MAX - 1]}…"
