"""The program's log: text for people or JSON lines for machines, always on standard error.

Modules call `logging.getLogger(__name__)`; the command alone decides, here, what is shown and how. Standard
output is left to what a command prints as its result.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, get_args

from sluicegate.ci.report.text_format import clean
from sluicegate.specs.redaction import redacted

LogFormat = Literal["text", "json"]
FORMATS: tuple[str, ...] = get_args(LogFormat)
OURS = "sluicegate"
"""The root of our loggers. What a library logs below a warning is not shown: its debug lines hold headers."""
LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
"""By how often `-v` was given."""
LONGEST_LINE = 4000
"""Characters of a line in text format."""


class StandardErrorHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is at that moment, since a progress bar replaces it for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; what cannot be written does not end the program."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


class TextFormatter(logging.Formatter):
    """`2026-03-01T12:00:00.000Z WARNING sluicegate.gate.daemon.loop: message`, any traceback indented below.

    A message quotes files and answers of others: control characters and line ends do not pass.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and one more for each line of a traceback."""
        head = f"{timestamp(record)} {record.levelname} {record.name}:"
        lines = [f"{head} {clean(redacted(record.getMessage()), LONGEST_LINE)}"]
        for line in traceback_lines(record):
            indent = len(line) - len(line.lstrip(" "))
            lines.append("    " + " " * indent + clean(line, LONGEST_LINE))
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC, RFC 3339), level, logger, message, and exception where there is one.

    ASCII alone, so no control character of a message reaches a terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        data = {
            "time": timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        traceback = traceback_lines(record)
        if traceback:
            data["exception"] = "\n".join(traceback)
        return json.dumps(data)


def timestamp(record: logging.LogRecord) -> str:
    """When the record was made, in UTC as RFC 3339 has it, to the millisecond."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def traceback_lines(record: logging.LogRecord) -> list[str]:
    """The lines of the exception that the record carries; none without one."""
    if not record.exc_info or record.exc_info[0] is None:
        return []
    text = logging.Formatter().formatException(record.exc_info)
    return redacted(text).splitlines()


_HANDLER = StandardErrorHandler()


def format_in_use() -> LogFormat:
    """How lines are written now."""
    return "json" if isinstance(_HANDLER.formatter, JsonFormatter) else "text"


def configure(log_format: LogFormat = "text", verbosity: int = 0) -> None:
    """Show warnings, with a verbosity of 1 information too, with 2 or more everything of our own modules.

    May be called again: the last call holds.
    """
    _HANDLER.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    if _HANDLER not in root.handlers:
        root.addHandler(_HANDLER)
    logging.getLogger(OURS).setLevel(LEVELS[min(verbosity, len(LEVELS) - 1)])
