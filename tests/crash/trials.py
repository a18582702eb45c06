"""Ticks that are killed, what the remote has then, and the tick after them: `python -m crash.trials`."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from crash.ledger import Decided
from crash.nursery import Kill, Nursery, random_kill
from crash.report import Report, Row
from crash.stage import Ended, Stage, group_ended

TRIALS_A_STAGE = 25
"""Then all objects of the remote are checked, and a new one is begun."""
IN_A_ROW = 5
"""Ticks that are killed one after the other, at most, before one is let live."""
RESUME = 5.0
"""Seconds that the tick after a kill may take by itself (`own_time`)."""


def run(
    kills: int,
    seed: int,
    folder: Path,
    report: Report,
    *,
    progress: bool = False,
    patience: float = RESUME,
    seconds: float = math.inf,
) -> None:
    """Until so many ticks were killed, or so many seconds have gone; every problem is in the report.

    `patience` is in seconds: what the tick after a kill may take by itself.
    """
    end = time.monotonic() + seconds
    chance = random.Random(seed)
    nursery = Nursery()
    number = 0
    told = 0
    try:
        while report.total.kills < kills and time.monotonic() < end:
            number += 1
            place = folder / f"stage-{number}"
            place.mkdir()
            stage = Stage(place, nursery, kept=chance.random() < 0.5)
            try:
                for _ in range(TRIALS_A_STAGE):
                    if report.total.kills < kills and time.monotonic() < end:
                        row = [random_kill(chance) for _ in range(chance.randint(1, IN_A_ROW))]
                        trial(stage, row, report, patience)
                known = len(stage.ledger.problems)
                stage.ledger.check_objects()
                report.problems += [f"{place.name}: {one}" for one in stage.ledger.problems[known:]]
            finally:
                stage.close()
            if progress:
                new = [f"\n  {problem}" for problem in report.problems[told:]]
                print(f"seed {seed}: {report.total.kills} kills", *new, file=sys.stderr, flush=True)
                told = len(report.problems)
    finally:
        nursery.close()


def trial(stage: Stage, kills: Sequence[Kill], report: Report, patience: float) -> None:
    """Some kills in a row, and the tick after them."""
    due = stage.next()
    stage.ledger.read()
    known = len(stage.ledger.problems)
    orphans = len(stage.ledger.orphans)
    ended = [_killed(stage, kill, report) for kill in kills]
    name = _name(kills[-1], ended[-1])
    row = report.row(name)
    what = f"{name}: {', '.join(map(str, kills))}"
    resumed = stage.tick()
    if resumed.kind == "RemoteLocked":
        row.locks += 1
        if not _unlock(stage, resumed):
            report.problems.append(f"{what}: no lock and its age are named: {resumed}")
        resumed = stage.tick()
    if resumed.error is not None or resumed.took.code != 0 or resumed.own_seconds > patience:
        report.problems.append(f"{what}: the next tick: {resumed}")
    row.slowest = max(row.slowest, resumed.own_seconds)
    row.most_cpu = max(row.most_cpu, resumed.took.cpu_seconds)
    row.longest = max(row.longest, resumed.took.seconds)
    decided = stage.ledger.read()
    _compare(due, decided, resumed, row, what, report)
    row.orphans += len(stage.ledger.orphans) - orphans
    report.problems += [f"{what}: {problem}" for problem in stage.ledger.problems[known:]]
    leftovers = _leftovers(stage, ended)
    if leftovers:
        row.leftovers += 1
        report.problems.append(f"{what}: left behind: {leftovers}")


def _killed(stage: Stage, kill: Kill, report: Report) -> Ended:
    ended = stage.tick(kill)
    report.row(_name(kill, ended)).kills += ended.took.code < 0
    return ended


def _name(kill: Kill, ended: Ended) -> str:
    """The row of the table."""
    if ended.took.code == 0:
        return "not at all: the tick was faster"
    who = "with git" if kill.group else "alone"
    if kill.when == "time":
        return f"{who}, at any time"
    if kill.command:
        return f"{who}, in git {kill.command}"
    what = "an HTTP request" if kill.request else "a git command"
    return f"{who}, {kill.when} {what}"


def _compare(
    due: list[Decided], decided: list[Decided], resumed: Ended, row: Row, what: str, report: Report
) -> None:
    """Each decision that was due is on main once; what was due after it may be there, too."""
    for one in due:
        times = decided.count(one)
        row.lost += times == 0
        row.doubled += times > 1
        if times != 1:
            said = resumed.waits.get(f"{one.environment}/{one.model}", "nothing")
            report.problems.append(
                f"{what}: {one} was committed {times} times: {Counter(decided)}; the tick says: {said}"
            )


def _unlock(stage: Stage, resumed: Ended) -> bool:
    """Do as the error says: delete the locks that a killed git left in the remote; whether it named one."""
    locks = [path for path in stage.bare.rglob("*.lock") if str(path) in (resumed.error or "")]
    for path in [*locks, *stage.bare.rglob("*.lock")]:
        path.unlink(missing_ok=True)
    return bool(locks) and " old" in (resumed.error or "")


def _leftovers(stage: Stage, killed: Sequence[Ended]) -> list[str]:
    """What is left once all processes of the killed ticks have ended, and the gate was started once more."""
    if not stage.leftovers():
        return []
    until = time.monotonic() + 30
    while not all(map(group_ended, killed)) and time.monotonic() < until:
        time.sleep(0.01)
    stage.tick()
    return stage.leftovers()


def side_by_side(kills: int, seed: int, jobs: int, patience: float, seconds: float) -> Report:
    """As `run`, in so many processes, each with its own stages and a share of the kills.

    One gate at a time uses one processor, and half of it is its waiting for git.
    """
    shares = [kills // jobs + (number < kills % jobs) for number in range(jobs)]
    seeds = random.Random(seed).sample(range(1 << 32), jobs)
    # Forked, a share would have the other's open pipes.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        running = [
            pool.submit(_share, share, one, patience, seconds)
            for share, one in zip(shares, seeds, strict=True)
        ]
        return sum((one.result() for one in running), Report())


def _share(kills: int, seed: int, patience: float, seconds: float) -> Report:
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sluice-crash-") as folder:
        run(kills, seed, Path(folder), report, progress=True, patience=patience, seconds=seconds)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill the gate at every step, and see what is left.")
    parser.add_argument("kills", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="gates that are killed at a time")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no trial after so many")
    parser.add_argument(
        "--patience",
        type=float,
        default=RESUME,
        help="seconds that the next tick may take by itself: its CPU and its sleep",
    )
    options = parser.parse_args()
    began = time.monotonic()
    report = side_by_side(options.kills, options.seed, options.jobs, options.patience, options.seconds)
    print(report.table())
    print(f"{report.total.kills} kills in {time.monotonic() - began:.0f} s, {len(report.problems)} problems")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
