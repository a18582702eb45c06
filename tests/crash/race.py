"""Writers that race for one branch, with people who merge beside them: `python -m crash.race`.

Each writer is a process with a model of its own, whose canary it promotes by hand from 1 to 100 %, a commit
each. All write to one branch, so each one's commit makes every other begin again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from support.gate_scene import ENVIRONMENT, PEOPLE, Gateway, Scene
from support.specs import environment_yaml, model_yaml

from crash.ledger import Decided, Ledger
from crash.plumbing import seconds_a_commit
from sluicegate.gate.adapters.git.command import RaceLost
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.commands import Command
from sluicegate.gate.daemon.reconcile import execute


@dataclass
class Counted:
    """What one writer saw."""

    writer: int
    promotions: int
    attempts: int
    given_up: int
    seconds: float
    """From the common start to its last promotion."""


@dataclass
class Result:
    """The race, and what is wrong with what it left."""

    writers: list[Counted]
    merges: int
    seconds: float
    cpu: float
    """CPU seconds of all writers and of their git commands, with those that the remote runs for them."""
    lost: int
    doubled: int
    problems: list[str]
    plumbing: float
    """Seconds that one commit takes with git's own commands and nobody beside it."""

    @property
    def ok(self) -> bool:
        return not (self.lost or self.doubled or self.problems)

    def table(self) -> str:
        commits = sum(one.promotions for one in self.writers)
        attempts = sum(one.attempts for one in self.writers)
        ends = [one.seconds for one in self.writers]
        rows = {
            "writers": f"{len(self.writers)}",
            "promotions": f"{commits:,}",
            "people's merges beside": f"{self.merges}",
            "lost": f"{self.lost}",
            "doubled": f"{self.doubled}",
            "other problems": f"{len(self.problems)}",
            "commits a second": f"{commits / self.seconds:.1f}",
            "attempts a commit": f"{attempts / commits:.2f}",
            "commands repeated after ten losses": f"{sum(one.given_up for one in self.writers)}",
            "CPU seconds a commit": f"{self.cpu / commits:.3f}",
            "first, median, last writer done": f"{min(ends):.0f}, {median(ends):.0f}, {max(ends):.0f} s",
            "seconds a commit": f"{self.seconds / commits:.3f}",
            "bare plumbing, one writer alone": f"{self.plumbing:.3f}",
            "ratio": f"{self.seconds / commits / self.plumbing:.1f}",
        }  # fmt: skip
        width = max(len(name) for name in rows)
        return "\n".join(f"{name:{width}}  {value:>14}" for name, value in rows.items())


def race(writers: int, promotions: int, folder: Path) -> Result:
    """Run it; from a process without threads, for it forks."""
    scene = Scene(folder)
    models = [f"m{number}" for number in range(writers)]
    _prepare(scene, models)
    ledger = Ledger(scene.bare)
    ledger.read()
    scene.close()
    ledger.suspend()
    ready, go = os.pipe()
    processes = _Processes(scene.bare, folder, promotions, ready, go)
    racing = [_fork(partial(processes.promote, number, model)) for number, model in enumerate(models)]
    people = _fork(processes.merge)
    began, cpu_before = time.monotonic(), _cpu_of_children()
    os.close(go)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in racing]
    seconds, cpu = time.monotonic() - began, _cpu_of_children() - cpu_before
    processes.done.touch()
    os.waitpid(people, 0)
    counted = [
        Counted(**json.loads((folder / f"writer-{number}.json").read_text()))
        for number, code in enumerate(codes)
        if not code
    ]
    found = ledger.read()
    ledger.check_objects()
    ledger.close()
    expected = [
        Decided("production", model, "advance", f"{weight - 1} -> {weight}")
        for model in models
        for weight in range(1, promotions + 1)
    ]
    problems = ledger.problems
    problems += [f"writer {number} ended with {code}" for number, code in enumerate(codes) if code]
    if ledger.orphans:
        problems.append(f"{len(ledger.orphans)} records without a commit")
    return Result(
        counted,
        json.loads((folder / "merges.json").read_text()),
        seconds,
        cpu,
        lost=sum(one not in found for one in expected),
        doubled=len(found) - len(set(found)),
        problems=problems,
        plumbing=seconds_a_commit(folder / "plumbing", writers),
    )


def _prepare(scene: Scene, models: list[str]) -> None:
    """Every model has a stable version, and a canary at 0 %."""
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    for model in models:
        scene.release_version_1(model)
    scene.merge({f"models/{model}/model.yaml": model_yaml(model, version=2) for model in models})
    scene.tick()


def _cpu_of_children() -> float:
    """CPU seconds of the processes that this one waited for, and of those that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fork(action: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        action()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


class _Attempts(logging.Handler):
    """Counts the attempts that the gate logs as lost."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.lost += record.getMessage().startswith("attempt ")


@dataclass(frozen=True)
class _Processes:
    """What each process does once nobody holds the writing end of the pipe, `go`, any more."""

    bare: Path
    folder: Path
    promotions: int
    ready: int
    go: int

    @property
    def done(self) -> Path:
        """It is there once all writers are done."""
        return self.folder / "done"

    def promote(self, number: int, model: str) -> None:
        """One writer: from 1 % up, each weight until it is committed."""
        os.close(self.go)
        attempts = _Attempts()
        logger = logging.getLogger("sluicegate.gate.daemon.racing")
        logger.addHandler(attempts)
        logger.setLevel(logging.INFO)
        given_up = 0
        gateway = Gateway()
        with Repository(self.bare, self.folder / f"copy-{number}.git") as repository:
            os.read(self.ready, 1)
            began = time.monotonic()
            for weight in range(1, self.promotions + 1):
                command = Command("promote", "the race", weight)
                while True:
                    try:
                        execute(repository, "production", model, command, gateway, clock=_now)
                        break
                    except RaceLost:
                        given_up += 1
        seconds = time.monotonic() - began
        counted = Counted(
            number, self.promotions, self.promotions + attempts.lost + given_up, given_up, seconds
        )
        (self.folder / f"writer-{number}.json").write_text(json.dumps(asdict(counted)))

    def merge(self) -> None:
        """People: a commit, then a pause of some times what that took, whatever the machine's load."""
        os.close(self.go)
        merges = 0
        chance = random.Random(1)
        with Repository(self.bare, self.folder / "people-racing.git") as people:
            while not self.done.exists():
                began = time.monotonic()
                people.fetch()
                files = {"README.md": f"{merges}\n".encode()}
                sha = people.commit(people.tip("main"), files, "by people", _now(), PEOPLE)
                with contextlib.suppress(RaceLost):
                    people.push({"main": sha})
                    merges += 1
                    time.sleep(chance.uniform(5, 20) * (time.monotonic() - began))
        (self.folder / "merges.json").write_text(str(merges))


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description="Let writers race for one branch, and see what is left.")
    parser.add_argument("writers", type=int, nargs="?", default=32)
    parser.add_argument("promotions", type=int, nargs="?", default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluice-race-") as folder:
        result = race(options.writers, options.promotions, Path(folder))
    print(result.table())
    for problem in result.problems[:50]:
        print(f"  {problem}")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
