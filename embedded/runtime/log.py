"""The runtime's log: one line a record on standard error, which the process' starter sends to a file."""

import logging
import sys

_MAX_CHARACTERS = 1_000


class OneLine(logging.Formatter):
    """A record as one line, cut at 1,000 characters: files that others wrote are quoted in it."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return " ".join(super().format(record).splitlines())[:_MAX_CHARACTERS]


def configure() -> None:
    """Log from INFO up; a line that cannot be written (a full disk) is lost, and serving goes on."""
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("runtime: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
