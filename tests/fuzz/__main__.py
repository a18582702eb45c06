"""`make fuzz`: each parser for SECONDS (30) by atheris, guided by coverage, from the committed corpus.

`python -m fuzz SECONDS [TARGET...]`. Exits with 1 where a parser raised anything but its own error; the bytes
are then in build/fuzz. What it finds is added to the corpus, which `make test` replays.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
FOUND = ROOT / "build/fuzz"
LONGEST = 16_384
"""Bytes of an input."""
SLOWEST = 10
"""Seconds after which an input is a fault."""


def main(seconds: str, *names: str) -> int:
    """One process a target, as libFuzzer ends its own."""
    from fuzz.targets import TARGETS

    failed = []
    for name in names or TARGETS:
        command = [sys.executable, "-m", "fuzz", "--one", name, seconds]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, errors="replace"
        )
        lines = done.stderr.strip().splitlines()
        runs = next((line for line in reversed(lines) if line.startswith("Done ")), "")
        print(f"{name}: {runs or 'stopped'}", flush=True)
        if done.returncode:
            failed.append(name)
            print("\n".join(lines[-25:]))
    return 1 if failed else 0


def fuzz(name: str, seconds: str) -> None:
    """Feed one target until the time is over; does not return."""
    import atheris

    with atheris.instrument_imports(include=["sluicegate"]):
        from fuzz.targets import TARGETS

    kept = FOUND / name
    kept.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", "-seed=1")
    places = (str(kept), str(CORPUS / name), f"-artifact_prefix={FOUND}/{name}-")
    atheris.Setup([sys.argv[0], *places, *limits], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        fuzz(*sys.argv[2:4])
    sys.exit(main(*sys.argv[1:]))
