"""A model in the environment `lab`, where no gate is: what the cases commit by hand, and what must stay."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.kube import Object
from harness.load import Load, one, running
from harness.release import Subject
from harness.repository import Team
from harness.wait import NotYet, until
from ruamel.yaml import YAML

from sluicegate.specs.release import Version

ENVIRONMENT = "lab"
RATE = 50.0
"""Requests a second while something is broken."""


@dataclass(frozen=True)
class Lab:
    """A model of the lab with version 1 as its stable one."""

    it: Subject

    def version(self, number: int) -> Version:
        """A version of the model, at a commit that has it."""
        return self.it.version(number, Team(self.it.run).revision(self.it.model, number))

    def stable(self, seconds: float = 300) -> str:
        """Commit version 1 alone, without values of the model's own, and wait until it serves; the commit."""
        self.values(None)
        commit = self.it.commit(self.version(1))
        self.settled(commit, seconds)
        until_served(self.it, "1", seconds)
        return commit

    def settled(self, commit: str, seconds: float = 300) -> float:
        """Wait until Argo CD has a commit in the cluster and all is healthy; how many seconds that took."""
        began = time.time()
        until(f"{self.it.environment}-{self.it.model}", lambda: self.it.application() is not None, seconds)
        self.it.refresh()
        self.it.until_healthy(commit, seconds)
        return time.time() - began

    def values(self, body: Object | None) -> str:
        """Commit values of the model's own, None for none; the commit."""

        def change(checkout: Path) -> None:
            file = checkout / Path(self.it.path).with_name("values.yaml")
            if body is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                YAML().dump(body, file)

        return Team(self.it.run).commit(f"{self.it.model}: values in {self.it.environment}", change)

    def pods(self) -> dict[str, Object]:
        """The server's pods that are not about to end, by name."""
        labels = f"sluicegate.dev/model={self.it.model},sluicegate.dev/artifact"
        found = self.it.kube.list("v1", "Pod", self.it.namespace, labels=labels)
        return {pod["metadata"]["name"]: pod for pod in found if "deletionTimestamp" not in pod["metadata"]}

    def serving(self) -> set[str]:
        """Names of the pods that are ready."""
        return {
            name
            for name, pod in self.pods().items()
            if any(
                each["type"] == "Ready" and each["status"] == "True"
                for each in pod["status"].get("conditions", ())
            )
        }

    def waits(self, version: int) -> dict[str, str]:
        """Pods of a version that are not ready: their name, and why their container waits or ended."""
        found = {}
        for name, pod in self.pods().items():
            if pod["metadata"]["labels"]["sluicegate.dev/version"] != str(version):
                continue
            status = pod["status"]
            for each in status.get("initContainerStatuses", []) + status.get("containerStatuses", []):
                for state in (each["state"], each.get("lastState", {})):
                    why = (state.get("waiting") or state.get("terminated") or {}).get("reason")
                    if why not in (None, "Completed", "PodInitializing"):
                        found.setdefault(name, why)
        return found

    def until_said(self, words: str, seconds: float = 120) -> str:
        """Wait until the Application's conditions or its operation say some words; all that it says."""

        def said() -> str:
            state = self.it.state()
            if words not in state:
                raise NotYet(state)
            return state

        return until(f"{self.it.environment}-{self.it.model} to say {words!r}", said, seconds)


@contextmanager
def untouched(lab: Lab) -> Iterator[Load]:
    """Traffic while something is broken: in the end none has failed, and pods and route are the same."""
    pods, weights = lab.serving(), lab.it.weights()
    with running(lab.it.load(RATE)) as load:
        more(load, 20)
        yield load
        more(load, 100)
        assert lab.serving() >= pods, f"{pods} were ready before; now {lab.it.pods()}"
        assert lab.it.weights() == weights
    assert load.statuses() == {200: len(load.answers)}


def more(load: Load, count: int) -> None:
    """Wait for so many more requests to be answered."""
    at = len(load.answers) + count
    until(f"{count} more requests", lambda: len(load.answers) >= at, 60)


def until_served(it: Subject, version: str, seconds: float = 180) -> None:
    """Wait until a request through the gateway is answered by a version. Raises `TooSlow`."""
    probe = it.load(1.0)

    def there() -> bool:
        answer = one(probe)
        if (answer.status, answer.version) != (200, version):
            raise NotYet(f"{answer}; {it.state()}; pods {it.pods()}")
        return True

    until(f"{it.host} to be answered by version {version}", there, seconds)
