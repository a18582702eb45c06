"""A release in mid-canary, for as long as a case needs: few requests keep the step open, many close it."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import bootstrap, forge, story
from harness.load import running
from harness.release import Subject
from harness.repository import Team
from harness.run import CommandFailed, Run
from harness.story import Decided
from harness.wait import NotYet, until
from prometheus_client.parser import text_string_to_metric_families

from sluicegate.specs.release import Release

MODEL, VERSION = "digits", 2
REGION = "production-eu"
"""Its steps are judged on requests, so how many are sent says whether one ends."""
FEW = 8.0
"""Requests a second that prove nothing within a case."""
MANY = 250.0
NOT_COUNTING = ("is in effect", "gives no figures", "the canary has had 0 of")
"""Words of the gate's reason while it has counted nothing of the weight on main."""
NOT_READY = "The canary is not ready"
"""Words of the gate's refusal to give traffic to pods that would not answer."""
WEIGHTS = (5, 25)
"""Steps at which a case may begin: another one follows, which is not yet all traffic."""


@dataclass(frozen=True)
class Midway:
    """A release whose canary has part of the traffic, and the gate that watches it."""

    it: Subject

    @property
    def run(self) -> Run:
        """The cluster."""
        return self.it.run

    @property
    def release(self) -> Release:
        """The release as main has it."""
        now = story.release(self.run, MODEL, REGION)
        assert now is not None, f"{MODEL} has no release in {REGION}"
        return now

    @property
    def weight(self) -> int:
        """The weight on main."""
        return self.release.weight

    def begin(self) -> int:
        """Bring the release to one of `WEIGHTS`, routed, with the step begun anew; returns the weight.

        Works from every state that a case may have left, and begins the release itself. Raises `TooSlow`.
        """
        # A track that was never asked has no series at the gateway, and so no figures.
        with running(self.it.load(FEW)):
            return self._begin()

    def _begin(self) -> int:
        now = self.release
        finished = now.stable is not None and now.stable.version == VERSION
        if finished or (now.canary is not None and now.weight not in (0, 1, *WEIGHTS)):
            self.person("rollback")
        if self.release.hold is not None:
            self.person("release")
        if VERSION in [each.version for each in self.release.rejected]:
            self.person("retry", "--version", str(VERSION))
        if not self._merged():
            Team(self.run).release(MODEL, VERSION)
        story.until_weight(self.run, MODEL, REGION, 1, seconds=900)
        self.it.until_healthy()
        weight = max(self.weight, WEIGHTS[0])
        self._promote(weight)
        self.it.until_weight(weight)
        self.until_counting()
        return weight

    def end(self) -> None:
        """Take the release back by hand and lift the hold that this leaves: version 1 has all traffic."""
        if self.release.canary is not None:
            self.person("rollback")
        if self.release.hold is not None:
            self.person("release")
        self.it.until_weight(0)

    def person(self, verb: str, *options: str) -> None:
        """What a person tells the gate by `sluice gate`. Raises `CommandFailed`."""
        why = ("--reason", "a case of the cluster suite", "--as", "the cluster suite")
        self._sluice(verb, MODEL, "--env", REGION, *why, *options)

    def reason(self) -> str:
        """Why the gate decides what it decides now, in its own words."""
        (said,) = json.loads(self._sluice("plan", MODEL, "--env", REGION))["outcomes"]
        return str(said.get("reason") or said["problem"])

    def until_reason(self, part: str, seconds: float = 60) -> str:
        """Wait until the gate's reason has these words in it; returns the whole. Raises `TooSlow`."""

        def said() -> str:
            reason = self.reason()
            if part not in reason:
                raise NotYet(reason)
            return reason

        return until(f"the gate to say {part!r}", said, seconds, every=0.5)

    def until_counting(self, seconds: float = 120) -> None:
        """Wait until the gate counts the requests of the weight on main. Raises `TooSlow`."""

        def counts() -> bool:
            reason = self.reason()
            if any(words in reason for words in NOT_COUNTING):
                raise NotYet(reason)
            return True

        until(f"the gate to count at {self.weight} %", counts, seconds, every=0.5)

    def looks(self) -> float:
        """How many looks at this release the gate's pod has had, by its own metric; 0 where it is away."""
        pods = self.it.kube.list(
            "v1",
            "Pod",
            bootstrap.GATE,
            labels="app.kubernetes.io/name=sluice-gate",
            fields="status.phase=Running",
        )
        for pod in pods:
            url = f"http://{pod['status']['podIP']}:9100/metrics"
            try:
                text = self.run.call(["curl", "--silent", "--fail", "--max-time", "5", url])
            except CommandFailed:
                continue
            return sum(
                sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == "sluice_gate_looks_total"
                and (sample.labels["environment"], sample.labels["model"]) == (REGION, MODEL)
            )
        return 0.0

    def until_looked(self, times: int = 3, seconds: float = 90) -> None:
        """Wait until the gate's pod has looked so many times more. Raises `TooSlow`."""
        before = self.looks()

        def looked() -> bool:
            if (now := self.looks()) < before + times:
                raise NotYet(f"{now - before:g} looks, {now:g} in all")
            return True

        until(f"{times} looks of the gate", looked, seconds, every=0.5)

    def advance(self, seconds: float = 600) -> Decided:
        """Send many requests until the gate itself goes on to the next step; returns that decision."""
        before, since = self.weight, time.time()
        with running(self.it.load(MANY, story.CONNECTIONS)):

            def further() -> bool:
                now = self.release
                if now.weight <= before:
                    raise NotYet(f"{now.weight} %, {self.reason()}")
                return True

            until(f"the gate to go on from {before} %", further, seconds, every=0.5)
        return story.decisions(self.run, MODEL, REGION, kind="advance", since=since)[-1]

    def decided(self, since: float) -> list[tuple[str, int, int]]:
        """Kind and weights of every decision that the gate committed since a moment."""
        made = story.decisions(self.run, MODEL, REGION, since=since)
        return [(each.kind, each.before, each.after) for each in made]

    def _promote(self, weight: int, seconds: float = 180) -> None:
        """Promote by hand as soon as the gate finds the canary ready: Argo CD may not have started it yet."""

        def promoted() -> bool:
            try:
                self.person("promote", "--to", str(weight))
            except CommandFailed as error:
                if NOT_READY in str(error):
                    raise NotYet(str(error)) from None
                raise
            return True

        until(f"a ready canary to be promoted to {weight} %", promoted, seconds, every=1)

    def _merged(self) -> bool:
        declared = story.git(self.run, "show", f"main:models/{MODEL}/model.yaml")
        return f"version: {VERSION}\n" in declared

    def _sluice(self, *words: str) -> str:
        command: list[Any] = [Path(sys.executable).parent / "sluice", "gate", *words, "--json"]
        command += ["--repo", forge.git_url(self.run, forge.TEAM)]
        return self.run.call(command, inside=False, env={"KUBECONFIG": str(self.run.kubeconfig)})
