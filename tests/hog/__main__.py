"""`make demo-hog`: the demonstration many times while its servers stall; act 1 has to finish each time."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hog.stalls import Stalls, busy

SLUICE = Path(sys.executable).parent / "sluice"


@dataclass(frozen=True)
class Run:
    """How one demonstration ended."""

    number: int
    code: int
    verdicts: tuple[str, ...]
    """By act; empty where the demonstration did not come to its end."""
    stalls: int
    seconds: float
    last: str
    """Its last line, where it did not come to its end."""

    @property
    def finished(self) -> bool:
        """Whether act 1 released its version to all traffic."""
        return self.verdicts[:1] == ("finish",)

    def line(self) -> str:
        """The row of the table."""
        verdicts = ", ".join(self.verdicts) or self.last
        return f"{self.number:4}  {self.code:4}  {self.stalls:6}  {self.seconds:7.1f}  {verdicts}"


def run(number: int, folder: Path, every: float) -> Run:
    """Run the demonstration once, with stalls."""
    directory = folder / str(number)
    log = folder / f"{number}.log"
    began = time.monotonic()
    with log.open("w") as output:
        command = [SLUICE, "demo", "--directory", directory, "--seed", str(number)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        with Stalls(process.pid, every, number) as stalls:
            code = process.wait()
    summary = directory / "summary.json"
    acts = json.loads(summary.read_text())["acts"] if summary.is_file() else []
    lines = log.read_text().strip().splitlines()
    return Run(
        number,
        code,
        tuple(act["verdict"] for act in acts),
        stalls.count,
        time.monotonic() - began,
        lines[-1] if lines else "",
    )


def main() -> int:
    """Print the table; 1 where an act 1 did not finish."""
    parser = argparse.ArgumentParser(prog="hog", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two stalls, on average")
    parser.add_argument("--busy", type=int, default=1, help="processes that take a processor each")
    parser.add_argument("--folder", type=Path, default=Path("build/hog"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(" run  exit  stalls  seconds  verdicts of the acts", flush=True)
    runs = []
    with busy(options.busy):
        for number in range(1, options.runs + 1):
            runs.append(run(number, options.folder, options.every))
            print(runs[-1].line(), flush=True)
    finished = sum(one.finished for one in runs)
    print(f"act 1 finished in {finished} of {len(runs)} runs")
    return 0 if finished == len(runs) else 1


if __name__ == "__main__":
    sys.exit(main())
