"""A gateway with plain counters alone: a running gate releases by its looks, a tick says what to do."""

from __future__ import annotations

from datetime import datetime

import pytest
from support.clock import ManualClock
from support.counting_gateway import CountingGateway
from support.gate_scene import ENVIRONMENT, Scene
from support.http_stub import Site
from support.specs import environment_yaml

from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.scrape import ONE_LOOK, Scrape


class Watched:
    """A scene whose gate looks every ten seconds, and remembers its looks where it is a running one."""

    def __init__(self, scene: Scene, site: Site, *, running: bool) -> None:
        self.scene = scene
        self.gateway = CountingGateway(scene.release)
        self.steady = ManualClock()
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
        return self.scene.tick_one()


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
