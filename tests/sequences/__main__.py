"""`python -m sequences N [FIRST]`: play the sequences FIRST (0) and following; exit code 1 if one breaks."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sequences.play import EVENTS, Broken, play
from sequences.world import PEOPLE
from sluicegate.embedded.forge import Forge


def main(number: int, first: int = 0) -> int:
    """Play them on one forge, and say what was played."""
    events: Counter[str] = Counter()
    broken = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Forge(Path(folder, "forge"), PEOPLE) as forge:
        for seed in range(first, first + number):
            try:
                events.update(play(forge, seed))
            except Broken as error:
                broken.append(seed)
                print(error, flush=True)
    counted = ", ".join(f"{events[name]} {name}" for name in EVENTS)
    print(f"{number} sequences in {time.monotonic() - began:.0f} s: {counted}; {len(broken)} broken {broken}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
