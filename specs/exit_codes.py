"""The exit codes of `sluice` and of every program beside it, defined once."""

from __future__ import annotations

from typing import Final

SUCCESS: Final = 0
"""Nothing stops it."""
REFUSED: Final = 1
"""A finding fails or is inconclusive, or the gate has a problem with a release."""
BAD_INPUT: Final = 1
"""A file, an address or a repository cannot be used; the message names the remedy."""
WRONG_USAGE: Final = 2
"""An option or a command is not known; click exits with it by itself."""
CRASHED: Final = 3
"""A check or the program broke."""
INTERRUPTED: Final = 128 + 2
"""SIGINT came, as Ctrl-C sends it."""
TERMINATED: Final = 128 + 15
"""SIGTERM came, as CI sends it to cancel a job."""
