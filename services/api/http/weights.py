"""Headers that weigh words against each other: `Accept`, `Accept-Language`."""


def weights_of(header: str) -> dict[str, float]:
    """Return each word's weight from 0 to 1, in the header's order.

    >>> weights_of("text/html, application/json;q=0.5, */*;q=x")
    {'text/html': 1.0, 'application/json': 0.5, '*/*': 0.0}
    """
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        word, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if word:
            found[word] = max(weight, found.get(word, 0.0))
    return found
