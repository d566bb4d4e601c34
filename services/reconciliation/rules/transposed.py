"""Two digits in each other's place, one of the slips of reconciliation.md §5 step 11: 2,340 for 2,430.

Digits in any other order are no slip that people make, and among short numbers they meet by chance.
"""


def are_transposed(one: int, other: int) -> bool:
    """Return whether two numbers differ by two digits in each other's place, and by nothing else.

    >>> are_transposed(2340, 2430), are_transposed(312, 123), are_transposed(230, 230)
    (True, False, False)
    """
    written, meant = str(one), str(other)
    if len(written) != len(meant):
        return False
    pairs = [pair for pair in zip(written, meant, strict=True) if pair[0] != pair[1]]
    return len(pairs) == 2 and pairs[0] == pairs[1][::-1]  # noqa: PLR2004  two digits changed places
