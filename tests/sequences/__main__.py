"""`python -m sequences N [FIRST]`: play the sequences FIRST (0) and following; exit code 1 if one breaks."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter

from sequences.play import EVENTS, play_some

AT_ONCE = 2 * (os.cpu_count() or 1)
"""Processes with a forge each: one that plays waits for an answer most of the time."""
A_FORGE = 20
"""Sequences on one forge."""


def main(number: int, first: int = 0) -> int:
    """Play them on a few forges at once, and say what was played."""
    events: Counter[str] = Counter()
    broken: list[int] = []
    began = time.monotonic()
    end = first + number
    parts = [range(start, min(start + A_FORGE, end)) for start in range(first, end, A_FORGE)]
    with multiprocessing.get_context("spawn").Pool(AT_ONCE) as pool:
        for done, (played, failed) in enumerate(pool.imap_unordered(play_some, parts), 1):
            events.update(played)
            broken += failed
            print("\n".join([*failed.values(), f"{min(done * A_FORGE, number)} of {number}"]), flush=True)
    counted = ", ".join(f"{events[name]} {name}" for name in EVENTS)
    print(
        f"{number} sequences in {time.monotonic() - began:.0f} s: {counted}; "
        f"{len(broken)} broken {sorted(broken)}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
