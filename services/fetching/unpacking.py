"""A body as it came, unpacked piece by piece and no further than a limit: a kilobyte may hold a gigabyte."""

import zlib


#: Reads what gzip and zlib write, whichever it is.
_EITHER = 47
_NOT_PACKED = ("", "identity")
_PACKED = ("gzip", "x-gzip", "deflate")


class TooLargeError(Exception):
    """More came than may come."""


class UnreadableBodyError(Exception):
    """A body cannot be unpacked; the message says why."""


class Body:
    """A body that grows up to a limit.

    Attributes:
        content: What is unpacked so far.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        """Prepare for a body.

        Raises:
            UnreadableBodyError: It is packed as was not asked for.
        """
        packing = encoding.strip().lower()
        if packing not in (*_NOT_PACKED, *_PACKED):
            raise UnreadableBodyError(f"expected a body packed with gzip, found {packing[:40]!r}")
        self._limit = limit
        self._unpacker = zlib.decompressobj(_EITHER) if packing in _PACKED else None
        self._has_begun = False
        self.content = bytearray()

    def add(self, piece: bytes) -> None:
        """Add a piece as it came.

        Raises:
            TooLargeError: There is more than the limit.
            UnreadableBodyError: It is not packed as it says.
        """
        if self._unpacker is None:
            self.content += piece
        else:
            self._unpack(piece)
        if len(self.content) > self._limit:
            raise TooLargeError

    def end(self) -> bytes:
        """Return the whole.

        Raises:
            UnreadableBodyError: It was cut short.
        """
        if self._unpacker is not None and self._has_begun and not self._unpacker.eof:
            raise UnreadableBodyError("expected a whole body, found one cut short")
        return bytes(self.content)

    def _unpack(self, piece: bytes) -> None:
        assert self._unpacker is not None, "only what is packed is unpacked"
        while piece and len(self.content) <= self._limit:
            self._has_begun = True
            if self._unpacker.eof:  # A further member: they stand one after the other.
                self._unpacker = zlib.decompressobj(_EITHER)
            try:
                self.content += self._unpacker.decompress(
                    piece, self._limit + 1 - len(self.content)
                )
            except zlib.error as error:
                raise UnreadableBodyError(f"expected a packed body, {error}") from None
            piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data
