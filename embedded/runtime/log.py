"""What the runtime says in its log."""

import contextlib
import sys

_MAX_CHARACTERS = 1_000


def say(message: str) -> None:
    """Write one line to standard error, cut at 1,000 characters: files that others wrote are quoted in it."""
    line = " ".join(message.splitlines())[:_MAX_CHARACTERS]
    with contextlib.suppress(OSError):  # a full disk must not end what goes on serving
        print(f"runtime: {line}", file=sys.stderr, flush=True)
