"""A gateway with plain counters alone: a running gate releases by its looks, a tick says what to do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from support.clock import ManualClock
from support.counting_gateway import CountingGateway
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.http_stub import Request, Site
from support.repositories import git
from support.specs import environment_yaml

from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.scrape import ONE_LOOK, Scrape
from sluicegate.gate.daemon.blindness import Blindness


class Watched:
    """A scene whose gate looks every ten seconds, and remembers its looks where it is a running one."""

    def __init__(self, scene: Scene, site: Site, *, running: bool) -> None:
        self.scene = scene
        self.gateway = CountingGateway(scene.release)
        self.steady = ManualClock()
        self.blindness = Blindness()
        site.pages["/metrics"] = self.gateway.metrics
        source = Scrape(site.url, looks=Looks(self.steady) if running else None)
        scene.gateway = lambda _: source
        scene.clock = self.now
        scene.merge({ENVIRONMENT: environment_yaml("production", url=site.url)})
        scene.release_version_1()
        scene.merge_version(2)

    def now(self) -> datetime:
        return self.gateway.now

    def tick(self):
        self.gateway.pass_ten_seconds()
        self.steady.now += 10
        return self.scene.tick_one(blindness=self.blindness)


@pytest.fixture
def site():
    with Site() as site:
        yield site


def test_a_running_gate_finishes_a_release_by_its_own_looks(scene: Scene, site: Site):
    gate = Watched(scene, site, running=True)
    kinds = [gate.tick().kind for _ in range(30)]
    assert scene.release().stable.version == 2, kinds


def test_a_tick_by_itself_waits_and_says_what_to_do(scene: Scene, site: Site):
    gate = Watched(scene, site, running=False)
    outcomes = [gate.tick() for _ in range(5)]
    assert scene.release().weight == 5
    assert ONE_LOOK in outcomes[-1].decision.reason and outcomes[-1].commit is None


# --- two public reports, with the figures that they have ---


def revert_the_merge_of(scene: Scene, version: int) -> None:
    """`git revert`, as a person does it in a clone."""
    work = scene.bare.parent / "work"
    git("clone", "--quiet", str(scene.bare), "work", cwd=work.parent)
    merged = git("log", "-1", "--format=%H", f"-Gversion: {version}", "--", MODEL, cwd=work).strip()
    git("revert", "--no-edit", merged, cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)


def test_a_merge_that_is_reverted_in_the_middle_of_a_canary_is_rolled_back_at_the_next_look(
    scene: Scene, site: Site
):
    """argoproj/argo-rollouts#1748 and #3020, fluxcd/flagger#616."""
    gate = Watched(scene, site, running=True)
    while scene.release().weight < 5:
        gate.tick()
    revert_the_merge_of(scene, 2)
    outcome = gate.tick()
    assert outcome.kind == "rollback" and "main says version 1" in outcome.decision.reason
    assert scene.release().stable.version == 1 and scene.release().rejected == ()
    assert [gate.tick().commit for _ in range(6)] == [None] * 6


def test_counters_that_say_they_are_from_2017_prove_nothing_and_in_the_end_stable_gets_all_traffic(
    scene: Scene, site: Site
):
    """prometheus/prometheus#11565: a cache or a federation answers now with figures from another time."""
    gate = Watched(scene, site, running=True)
    while scene.release().weight < 5:
        gate.tick()

    def of_2017(request: Request) -> bytes:
        return re.sub(rb'(code="\d+"\} \d+)', rb"\1 1500000000000", gate.gateway.metrics(request))

    site.pages["/metrics"] = of_2017
    outcome = gate.tick()
    assert outcome.commit is None and scene.release().weight == 5
    assert "of 2017-07-14 02:40:00 UTC, by its own words" in outcome.decision.reason
    gate.gateway.now += timedelta(minutes=16)
    gate.steady.now += 960
    assert gate.tick().kind == "hold" and scene.release().weight == 0
    assert scene.release().rejected == ()
