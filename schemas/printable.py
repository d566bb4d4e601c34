r"""Text that nothing obeys: what is not printable is written as JSON escapes it.

Claims come from others. A terminal obeys control characters (ESC, BEL, U+009B), and direction marks
(U+202A to U+202E, U+2066 to U+2069) let a text be read as another one. So whatever goes to a terminal or
into a log line passes through here. Inside a JSON string an escape says the same as the character.
"""

import re
import unicodedata


#: The characters that join or part letters of Persian, Hindi and others, and turn nothing around.
_JOINERS = "\u200c\u200d"
#: Likely unprintable: whatever is not ASCII text. Most texts are done with this one look.
_SUSPECT = re.compile(r"[^ -~]")
#: The one control character that JSON does not escape by itself.
_DELETE = "\x7f"


def printable(text: str) -> str:
    r"""Return a text with every character escaped that a terminal or a reader's eye may obey.

    >>> printable("a\x1b[2Jb\u202ec")
    'a\\u001b[2Jb\\u202ec'
    >>> printable("Лубінець: 230")
    'Лубінець: 230'
    """
    return text if text.isprintable() else _SUSPECT.sub(_escaped, text)


def printable_json(json: str) -> str:
    r"""Return JSON on one line, as a serializer wrote it, with every character escaped that is not printable.

    >>> printable_json('{"a":"b\u202ec"}')
    '{"a":"b\\u202ec"}'
    """
    # Most of it is ASCII, and looked through much sooner than one character after the other.
    return json if json.isascii() and _DELETE not in json else printable(json)


def printable_lines(text: str) -> str:
    r"""Return a text of several lines with everything escaped but the ends of the lines.

    >>> printable_lines("a\nb\r\n")
    'a\nb\\u000d\n'
    """
    return "\n".join(map(printable, text.split("\n")))


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    # All kinds of space are not printable to Python, but for the one of ASCII, and do no harm; the two
    # that end lines are no spaces to it.
    if character.isprintable() or character in _JOINERS or _is_space(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _is_space(character: str) -> bool:
    return unicodedata.category(character) == "Zs"
