"""A clock that jumped is named, and nothing that is decided depends on it."""

from datetime import UTC, timedelta

import pytest
from support.clock import START
from support.counting_gateway import CountingGateway
from support.gate_scene import ENVIRONMENT, Scene
from support.http_stub import Site
from support.specs import environment_yaml

from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon.clock import TOLERANCE, clock_problem
from sluicegate.gate.daemon.state import state_of


def test_a_commit_of_a_later_moment_is_named_with_who_wrote_it(scene: Scene):
    state = state_of(scene.repository, "main")
    committed = scene.repository.log(state.tip)[0].at
    assert clock_problem(state, committed - TOLERANCE) is None
    assert clock_problem(state, committed + timedelta(days=300)) is None
    assert clock_problem(state, committed - timedelta(hours=2)) == (
        f"main's last commit, {state.tip[:12]} by A Person, is 2 h ahead of this gate's clock: "
        "one of the two jumped, set it"
    )


def test_a_gate_whose_clock_went_back_says_so_and_still_rolls_back(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    scene.clock.now -= timedelta(hours=1)
    scene.merge_version(1)
    outcome = scene.tick_one()
    assert outcome.kind == "rollback" and "ahead of this gate's clock" in outcome.problem


def test_a_gate_whose_clock_is_not_its_sources_says_so_whichever_is_ahead(scene: Scene):
    state = state_of(scene.repository, "main")
    seen = Reading(START, 5, True, clock=START + timedelta(days=1))
    assert clock_problem(state, seen.clock + TOLERANCE, seen) is None
    assert clock_problem(state, seen.clock + timedelta(hours=1), seen) == (
        "this gate's clock is 60 min ahead of that of its source of figures: set it"
    )
    assert "60 min behind that" in (clock_problem(state, seen.clock - timedelta(hours=1), seen) or "")


class Skewed:
    """A gate whose clock is `off` that of its gateway."""

    def __init__(self, scene: Scene, site: Site, off: timedelta) -> None:
        self.scene = scene
        self.router = CountingGateway(scene.release)
        site.pages["/windows/m"] = self.router.windows
        scene.gateway = lambda _: Scrape(site.url)
        scene.clock = lambda: self.router.now + off
        scene.merge({ENVIRONMENT: environment_yaml("production", url=site.url)})
        scene.release_version_1()
        scene.merge_version(2)

    def tick(self) -> str:
        self.router.pass_ten_seconds()
        return self.scene.tick_one().kind

    def reach(self, weight: int) -> None:
        for _ in range(30):
            self.tick()
            if self.scene.release().weight == weight:
                return
        raise AssertionError(f"never at {weight} %: {self.scene.release()}")


@pytest.fixture(params=[-1, 0, 1], ids=["an hour behind", "right", "an hour ahead"])
def skewed(scene: Scene, request: pytest.FixtureRequest):
    with Site() as site:
        yield Skewed(scene, site, timedelta(hours=request.param))


def test_a_step_begins_by_the_clock_of_its_figures_whatever_the_gates_says(skewed: Skewed):
    skewed.reach(50)
    assert skewed.scene.release().since == skewed.router.now.astimezone(UTC)
    kinds = [skewed.tick() for _ in range(6)]
    assert kinds[-1] == "advance" and set(kinds[:-1]) == {"wait"}, "each step has its own minute, and no more"


def test_harm_is_found_as_soon_by_a_gate_whose_clock_is_wrong(skewed: Skewed):
    skewed.reach(5)
    skewed.tick()  # the window of its first answers, which are its warm-up
    skewed.router.failure_rate = 0.3
    assert [skewed.tick() for _ in range(4)].index("rollback") == 2


def test_a_step_that_a_person_begins_again_counts_from_there(skewed: Skewed):
    skewed.reach(5)
    for _ in range(4):
        skewed.tick()
    skewed.scene.execute("promote", to=5, by="Olga <olga@example.org>")
    assert skewed.tick() == "wait", "no server counts its answers, so it warms up again"
    kinds = [skewed.tick() for _ in range(6)]
    assert kinds[-1] == "advance" and set(kinds[:-1]) == {"wait"}
