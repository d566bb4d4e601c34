"""JSON on one line for every reader: what some take for the end of a line is escaped.

JSON may hold U+2028 and U+2029, which many programs split texts at beside line feeds. Both stand in JSON
inside strings alone, where an escape says the same.
"""


def one_line(json: str) -> str:
    r"""Return the same JSON without a character that may be taken for the end of a line.

    >>> one_line('{"name":"A\u2028B"}')
    '{"name":"A\\u2028B"}'
    """
    return json.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")
