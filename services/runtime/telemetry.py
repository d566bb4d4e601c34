"""The only logging set-up: structlog, one JSON object a line on stdout, in UTC.

One line for each batch handled, with everything on it; one for each refused claim; one entry a line
at `debug` alone. Event names are `noun.verb_past`. Core modules never log.
"""

import logging
import sys
from typing import TextIO

import structlog


def set_up_logging(level: str, *, stream: TextIO | None = None) -> None:
    """Send log lines of at least `level` to `stream` (stdout unless given) as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stdout),
        cache_logger_on_first_use=True,
    )


def logger_of(worker: str, ledger: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of one worker on one ledger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger.bind(worker=worker, ledger=ledger)
