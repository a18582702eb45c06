"""The gate in a scene of its own: a real repository, people who merge, and a gateway with exact figures."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sluicegate.gate.adapters.git.names import ZERO, branch_ref
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core import trailers
from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.decision import GATEWAY, Reading, Window
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.reconcile import execute, tick
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import CounterDelta, Release, Traffic, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import parse
from support.clock import START, SteppingClock
from support.repositories import bare_repository, hook
from support.specs import artifact_digest, model_yaml

PEOPLE = ("A Person", "person@example.org")
ENVIRONMENT = "environments/production/environment.yaml"
MODEL = "models/m/model.yaml"
RELEASE = "environments/production/m/release.yaml"


class Gateway:
    """A source of figures that puts every committed weight into effect at once and counts exactly.

    Between two readings there is one window as long as the policy's, in which `per_reading` requests arrive,
    split by the weight; `failure_rate` is each track's.
    """

    def __init__(self, per_reading: int = 4000) -> None:
        self.per_reading = per_reading
        self.failure_rate = {"canary": 0.0, "stable": 0.0}
        self.ready = True
        self.silent = False
        self.synced: str | None = None
        self._windows: dict[tuple[str, str], tuple[object, list[Window]]] = {}
        self._lock = threading.Lock()

    def __call__(self, environment: EnvironmentSpec) -> Gateway:
        return self

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """See `Source`."""
        return [self._read(query, now) for query in queries]

    def _read(self, query: Query, now: datetime) -> Reading:
        if self.silent:
            return Reading(now, None, False, missing={GATEWAY: "the gateway gives no figures: it is silent"})
        release = query.release
        key = (release.environment, release.model)
        step = (release.canary, release.weight, release.since)
        with self._lock:
            known, windows = self._windows.get(key, (None, []))
            if known != step:
                windows = []
            windows = [*windows, self._window(query, now)]
            self._windows[key] = (step, windows)
        return Reading(now, release.weight, self.ready, tuple(windows), synced=self.synced)

    def _window(self, query: Query, now: datetime) -> Window:
        weight = query.release.weight
        canary = self.per_reading * weight // 100
        beside = canary if query.release.baseline else 0
        traffic = Traffic(canary, self.per_reading * (100 - weight) // 100, beside)
        failed = {track: round(getattr(traffic, track) * rate) for track, rate in self.failure_rate.items()}
        total = traffic.canary + traffic.stable
        delta = CounterDelta(total, traffic.canary, (failed["canary"],), (failed["stable"],))
        seconds = query.policy.window.total_seconds()
        start = now - timedelta(seconds=seconds)
        return Window(start, seconds, traffic, dict.fromkeys(query.failure_counters, delta))


class Scene:
    """A bare repository that people push to, and the gate beside them."""

    def __init__(self, folder: Path, bare: Path | None = None) -> None:
        self.bare = bare or bare_repository(folder / "remote.git")
        self.remote = Repository.in_place(self.bare)
        self.repository = Repository(self.bare)
        self.clock = SteppingClock()
        self.gateway = Gateway()
        self.signer: Signer | None = None
        """Signs the evidence."""

    @cached_property
    def people(self) -> Repository:
        """A copy of people's own, as the remote is when it is first asked for."""
        copy = Repository(self.bare)
        copy.fetch()
        return copy

    def begin_anew(self) -> None:
        """The gate goes on from a new copy of the repository, as on another machine."""
        self.repository.close()
        self.repository = Repository(self.bare)

    def close(self) -> None:
        self.repository.close()
        self.remote.close()
        if "people" in self.__dict__:
            self.people.close()

    def merge(self, changes: Mapping[str, bytes | None], message: str = "by people") -> str:
        """A commit by people, in the remote itself; None removes a file."""
        tip = self.remote.tip_now("main")
        sha = self.remote.commit(tip, changes, message, START, PEOPLE)
        self.remote.git.update_refs([(branch_ref("main"), sha, tip or ZERO)])
        return sha

    def release_version_1(self, model: str = "m") -> str:
        """Version 1 has been stable for long; the commit that brought it."""
        revision = self.merge({f"models/{model}/model.yaml": model_yaml(model)})
        self.decide(Release(model, "production", stable=Version(1, revision, artifact_digest(model, 1))))
        return revision

    def decide(self, release: Release) -> None:
        """A state that the gate goes on from: written by hand, and adopted."""
        path = layout.release_path(release.environment, release.model)
        self.merge({path: render(release)})
        command = Command("adopt", "as it was", by="A Person <person@example.org>")
        execute(self.repository, release.environment, release.model, command, clock=self.clock)

    def merge_version(self, version: int, **policy: Any) -> str:
        """People merge this version of the model `m`."""
        return self.merge({MODEL: model_yaml(version=version, **policy)})

    def refuse_pushes(self, message: str = "no") -> Path:
        """Let the remote refuse every push, until the hook that is returned is removed."""
        return hook(self.bare, "pre-receive", f"echo '{message}' >&2\nexit 1")

    def tick(self, **options: Any) -> list[Outcome]:
        return tick(self.repository, self.gateway, clock=self.clock, signer=self.signer, **options)

    def tick_one(self, **options: Any) -> Outcome:
        """Tick where there is one release only."""
        (outcome,) = self.tick(**options)
        return outcome

    def ticks(self, count: int) -> Outcome:
        """Tick so many times; the last outcome of the one release."""
        for _ in range(count):
            outcome = self.tick_one()
        return outcome

    def ticks_of(self, environment: str, count: int) -> Outcome:
        """Tick one environment so many times; the last outcome of the one release there."""
        for _ in range(count):
            (outcome,) = self.tick(only=lambda name, _: name == environment)
        return outcome

    def execute(
        self, name: Any, environment: str = "production", reason: str = "because", **options: Any
    ) -> Outcome:
        """A person's command for the model `m`."""
        more = {"refresh": options.pop("refresh")} if "refresh" in options else {}
        command = Command(name, reason, **options)
        return execute(
            self.repository,
            environment,
            "m",
            command,
            self.gateway,
            clock=self.clock,
            signer=self.signer,
            **more,
        )

    def tick_until_stable(self, version: int, environment: str = "production", most: int = 40) -> list[str]:
        """Tick until this version of `m` is stable; the kinds of the decisions that were committed for it."""
        kinds: list[str] = []
        for _ in range(most):
            for outcome in self.tick():
                if (outcome.environment, outcome.model) == (environment, "m") and outcome.commit:
                    kinds.append(outcome.kind)
            stable = self.release(environment).stable
            if stable is not None and stable.version == version:
                return kinds
        raise AssertionError(f"version {version} is not stable after {most} ticks: {kinds}")

    def file(self, path: str) -> bytes:
        """A file of main as it is now."""
        self.repository.fetch()
        return self.repository.read(self.tip(), path)

    def tip(self, branch: str = "main") -> str:
        self.repository.fetch()
        tip = self.repository.tip(branch)
        assert tip is not None, f"there is no branch {branch}"
        return tip

    def release(self, environment: str = "production", model: str = "m") -> Release:
        path = f"environments/{environment}/{model}/release.yaml"
        self.repository.fetch()
        if self.repository.tree(self.tip()).entry(path) is None:
            return Release(model, environment)
        return read(parse(self.file(path), path))

    def decisions(self) -> list[Mapping[str, str]]:
        """The trailers of every commit by the gate, oldest first."""
        found = (trailers.parse(commit.message) for commit in reversed(self.repository.log(self.tip())))
        return [trailer for trailer in found if trailer is not None]

    def advances(self, version: int) -> list[str]:
        """The weights that this version was advanced through."""
        return [
            trailer["Gate-Weight"]
            for trailer in self.decisions()
            if trailer["Gate-Version"] == str(version) and trailer["Gate-Decision"] == "advance"
        ]

    def records(self, environment: str = "production", model: str = "m") -> list[bytes]:
        """The sealed records of a release, oldest first."""
        entries = self.repository.entries(self.tip("gate-evidence"), f"evidence/{environment}/{model}")
        return [self.repository.blob(entry.oid) for entry in entries]
