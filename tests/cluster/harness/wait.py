"""Waiting on a condition, with a limit and a text that says what was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooSlow(Exception):
    """A condition did not come true within its limit; says which one, and the last state that was seen."""


class NotYet(Exception):
    """Raised by a condition that wants its present state in the message, should the limit pass."""


def until(
    what: str,
    condition: Callable[[], T | None],
    seconds: float,
    every: float = 0.2,
    *,
    tolerate: tuple[type[Exception], ...] = (),
) -> T:
    """Ask `condition` every `every` seconds until it gives something (not None, not False); return that.

    A condition that raises `NotYet`, or one of `tolerate`, is asked again; the text of the exception is the
    state that the message shows. Raises `TooSlow` after `seconds`; the condition is asked at least once, and
    once more after the limit, so that a machine that stood still in between is not taken for a failure.
    """
    expected: tuple[type[Exception], ...] = (NotYet, *tolerate)
    end = time.monotonic() + seconds
    while True:
        last = time.monotonic() >= end
        try:
            value = condition()
            state = f"last seen: {value!r}"
        except expected as error:
            value, state = None, f"last seen: {error}" if str(error) else f"last seen: {type(error).__name__}"
        if value is not None and value is not False:
            return value
        if last:
            raise TooSlow(f"waited {seconds:g} s for {what}; {state}")
        time.sleep(every)
