"""A real remote with two models in two environments, a gateway over HTTP, people who merge, and one gate."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from support.clock import START
from support.repositories import bare_repository
from support.specs import environment_yaml, model_yaml

from crash.gateway import Gateway
from crash.ledger import Decided, Ledger
from crash.nursery import Kill, Nursery, Tick
from crash.own_time import Took
from sluicegate.gate.adapters.git.folder_lock import NAME
from sluicegate.gate.adapters.git.names import ZERO, branch_ref
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.daemon.reconcile import plan

MODELS = ("m", "n")
ENVIRONMENTS = ("staging", "production")
PEOPLE = ("A Person", "person@example.org")
STEP = timedelta(seconds=120)
"""How far the clock goes between two trials."""


@dataclass(frozen=True)
class Ended:
    """A tick that ended: its process id, how it ended and what it took, the words of its error.

    `waits` has why nothing was committed, by `ENVIRONMENT/MODEL`.
    """

    process: int
    took: Took
    error: str | None = None
    kind: str | None = None
    waits: dict[str, str] = field(default_factory=dict)

    @property
    def own_seconds(self) -> float:
        """What it took by itself: its CPU, that of its git commands, and the time in which it slept."""
        return self.took.cpu_seconds + self.took.asleep


class Stage:
    """Begin, then `next` for each trial; `close` at the end."""

    def __init__(self, folder: Path, nursery: Nursery, *, kept: bool) -> None:
        self.folder = folder
        self.nursery = nursery
        self.bare = bare_repository(folder / "remote.git")
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.cache = folder / "cache.git" if kept else None
        self.now = START
        self.people = Repository.in_place(self.bare)
        self._oracle = Repository(self.bare, folder / "oracle.git")
        self.gateway = Gateway(self.bare, ENVIRONMENTS, MODELS)
        self.ledger = Ledger(self.bare)
        self._version = 0
        self._victim = 0
        self._known = threading.Event()
        before = None
        for name in ENVIRONMENTS:
            url = f"{self.gateway.url}/{name}"
            text = environment_yaml(name, url=url, after=before)
            self.merge({f"environments/{name}/environment.yaml": text})
            before = name
        self.merge_versions()

    def close(self) -> None:
        self.gateway.close()
        self.people.close()
        self._oracle.close()
        self.ledger.close()

    def merge(self, changes: dict[str, bytes]) -> None:
        """A commit by people, in the remote itself."""
        tip = self.people.tip_now(MAIN)
        sha = self.people.commit(tip, changes, "by people", self.now, PEOPLE)
        self.people.git.update_refs([(branch_ref(MAIN), sha, tip or ZERO)])

    def merge_versions(self) -> None:
        """People merge the next version of every model."""
        self._version += 1
        self.merge(
            {
                f"models/{name}/model.yaml": model_yaml(name, self._version, margin=0.05, steps="[10, 100]")
                for name in MODELS
            }
        )

    def next(self) -> list[Decided]:
        """Time passes and requests arrive until something is due; what the gate would decide now."""
        for _ in range(50):
            self.now += STEP
            self.gateway.arrive(self.now)
            due = self._due()
            if due:
                return due
            if self._all_stable():
                self.merge_versions()
        raise AssertionError("nothing was due for fifty ticks")

    def _due(self) -> list[Decided]:
        outcomes = plan(self._oracle, clock=lambda: self.now)
        decisions = [(outcome.decision, outcome) for outcome in outcomes if outcome.decision is not None]
        self.gateway.reset()
        return [
            Decided(
                outcome.environment,
                outcome.model,
                decision.kind,
                f"{decision.before.weight} -> {decision.release.weight}",
            )
            for decision, outcome in decisions
            if decision.commits
        ]

    def _all_stable(self) -> bool:
        releases = [self.gateway.release(environment, model) for environment, model in self.gateway.releases]
        return all(
            release.stable is not None and release.stable.version == self._version for release in releases
        )

    def tick(self, kill: Kill | None = None) -> Ended:
        """One tick of the gate in a process of its own."""
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        cache = str(self.cache) if self.cache else None
        tick = Tick(str(self.bare), cache, str(self.temporary), self.now.isoformat(), str(result))
        with self._watched(kill):
            self._victim = self.nursery.start(tick, None if kill is None or kill.request else kill)
            self._known.set()
            took = self.nursery.wait()
        words = json.loads(result.read_text()) if took.code == 0 else {}
        return Ended(self._victim, took, words.get("error"), words.get("kind"), words.get("waits", {}))

    @contextmanager
    def _watched(self, kill: Kill | None) -> Iterator[None]:
        """Kill at a request over HTTP, where that is what is planned."""
        self._known.clear()

        def die(number: int) -> None:
            if kill is not None and number == kill.request and self._known.wait(5):
                send = os.killpg if kill.group else os.kill
                with suppress(ProcessLookupError):  # it may have ended meanwhile
                    send(self._victim, signal.SIGKILL)

        if kill is not None and kill.when == "before":
            self.gateway.on_request = die
        if kill is not None and kill.when == "after":
            self.gateway.after_answer = die
        try:
            yield
        finally:
            self.gateway.reset()

    def leftovers(self) -> list[str]:
        """What ended processes of the gate left in its folders."""
        found = [path.name for path in self.temporary.iterdir() if not is_probe(path)]
        if self.cache is not None:
            files = [path for path in self.cache.rglob("*") if path.is_file()]
            found += [
                str(path.relative_to(self.cache))
                for path in files
                if (path.suffix == ".lock" and path.name != NAME)
                or path.name.startswith(("tmp_", "fast_import"))
            ]
        return sorted(found)


def is_probe(path: Path) -> bool:
    """Whether it is the file by which Python's `tempfile` tries where it may write.

    It has no name that the gate could know it by, and a kill between its two lines leaves four bytes.
    """
    return len(path.name) == 8 and path.is_file() and path.read_bytes() in {b"", b"blat"}


def group_ended(tick: Ended) -> bool:
    """Whether nothing is left of a tick's process group."""
    try:
        os.killpg(tick.process, 0)
    except ProcessLookupError:
        return True
    return False
