"""How answers are compressed: by zstd, Brotli or gzip, or where the extra is not installed by gzip alone."""

from importlib import import_module

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware


#: Smaller answers are sent as they are, in bytes.
COMPRESSED_BYTES_MIN = 1_024


def compressing() -> Middleware:
    """Return the middleware that compresses; streams of changes stay as they are."""
    try:
        library = import_module("starlette_compress")
    except ImportError:
        return Middleware(GZipMiddleware, minimum_size=COMPRESSED_BYTES_MIN)
    # A compressor for each of thousands of streams would take a hundred times the memory of the streams.
    library.remove_compress_type("text/event-stream")
    library.add_compress_type("text/csv")
    return Middleware(library.CompressMiddleware, minimum_size=COMPRESSED_BYTES_MIN)
