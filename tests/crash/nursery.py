"""A process with the gate loaded and no threads, which forks one child a tick: `python -m crash.nursery`.

Each line of its input is a `Tick` and perhaps a `Kill`, as JSON; it answers with two lines: the child's
process id, and how it ended and what it took, as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crash import own_time
from crash.own_time import Took
from sluicegate.gate.adapters import scrape, sources  # noqa: F401 - loaded once, for all children
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon import reconcile
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.errors import SluiceError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Kill:
    """SIGKILL at a step: `before`, `in` or `after` a git command or a request, or at a `time`.

    The command is the `number`-th of the tick (from 1), or the first whose name is `command`; the request is
    the `request`-th. `in` a command, and at a time, it comes after `seconds`. `group` kills git as well.
    """

    when: str
    group: bool
    number: int = 0
    request: int = 0
    command: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Tick:
    """One `sluice gate tick` at a moment; `result` is the file that gets its outcome."""

    remote: str
    cache: str | None
    temporary: str
    now: str
    result: str


class Nursery:
    """The process, from the harness' side."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    def start(self, tick: Tick, kill: Kill | None) -> int:
        """Start a tick; its process id, which is its process group's too."""
        assert self._process.stdin is not None
        words = {"tick": asdict(tick), "kill": None if kill is None else asdict(kill)}
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> Took:
        """Wait for its end."""
        return Took(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery died"
        return line

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    warm = False
    for line in sys.stdin:
        words = json.loads(line)
        if not warm:
            _warm(Tick(**words["tick"]))
            gc.freeze()  # else the first collection in each child copies every page that the fork shares
            warm = True
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            _run(Tick(**words["tick"]), Kill(**words["kill"]) if words["kill"] else None)
        print(child, flush=True)
        # The harness answers its requests.
        print(json.dumps(asdict(own_time.wait(child, [os.getppid()]))), flush=True)


def _warm(tick: Tick) -> None:
    """Evaluate once, so that what is made at the first use is not made in each child."""
    now = datetime.fromisoformat(tick.now)
    with Repository(tick.remote) as repository:
        reconcile.plan(repository, clock=lambda: now)


def _run(tick: Tick, kill: Kill | None) -> None:
    """The child: one tick, then its end."""
    sys.stdin.close()
    os.environ["TMPDIR"] = tick.temporary
    tempfile.tempdir = None
    code = 1
    try:
        if kill is not None:
            _install(kill)
        Path(tick.result).write_text(json.dumps(_outcome(tick)))
        code = 0
    finally:
        os._exit(code)


def _outcome(tick: Tick) -> dict[str, Any]:
    now = datetime.fromisoformat(tick.now)
    try:
        with Repository(tick.remote, Path(tick.cache) if tick.cache else None) as repository:
            outcomes = reconcile.tick(repository, clock=lambda: now)
    except SluiceError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return {"waits": {f"{one.environment}/{one.model}": _why(one) for one in outcomes if one.commit is None}}


def _why(outcome: Outcome) -> str:
    return outcome.problem or ("nothing is said" if outcome.decision is None else outcome.decision.reason)


def _install(kill: Kill) -> None:
    """Make this process kill itself at that step."""

    def die() -> None:
        if kill.group:
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    if kill.when == "time":
        threading.Timer(kill.seconds, die).start()
        return
    begin = subprocess.Popen.__init__
    end = subprocess.Popen.__exit__
    seen = [0]
    chosen: list[subprocess.Popen[bytes]] = []

    def started(self: Any, words: list[str], *rest: Any, **options: Any) -> None:
        seen[0] += 1
        hit = kill.command in words if kill.command else seen[0] == kill.number
        if hit and not chosen:
            chosen.append(self)
            if kill.when == "before":
                die()
            if kill.when == "in":
                threading.Timer(kill.seconds, die).start()
        begin(self, words, *rest, **options)

    def ended(self: Any, *error: Any) -> None:
        end(self, *error)
        if kill.when == "after" and self in chosen:
            die()

    subprocess.Popen.__init__ = started  # type: ignore[method-assign]
    subprocess.Popen.__exit__ = ended  # type: ignore[method-assign]


def random_kill(chance: random.Random) -> Kill:
    """Any step, in any way."""
    group = chance.random() < 0.5
    where = chance.choice(["command", "command", "request", "named command", "time"])
    if where == "time":
        return Kill("time", group, seconds=chance.uniform(0, 0.4))
    if where == "named command":
        command = chance.choice(["push", "push", "push", "fetch", "fast-import", "update-ref"])
        return Kill("in", group, command=command, seconds=chance.uniform(0, 0.15))
    if where == "request":
        return Kill(chance.choice(["before", "after"]), group, request=chance.randint(1, 2))
    when = chance.choice(["before", "in", "after"])
    return Kill(when, group, number=chance.randint(1, 10), seconds=chance.uniform(0, 0.01))


if __name__ == "__main__":
    main()
