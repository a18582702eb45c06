"""What is asked of which source, and what an error there costs."""

from support.gate_scene import ENVIRONMENT, MODEL, Gateway, Scene
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon.readings import read_all
from sluicegate.gate.daemon.state import state_of


class Asked(Gateway):
    """Keeps which models it was asked about at a time; fails where it is asked about `faulty`."""

    def __init__(self, faulty: str = "") -> None:
        super().__init__()
        self.faulty = faulty
        self.asked: list[list[str]] = []

    def read(self, queries, now):
        self.asked.append([query.model for query in queries])
        if self.faulty in self.asked[-1]:
            raise ZeroDivisionError
        return super().read(queries, now)


def read(scene: Scene, source: Asked):
    state = state_of(scene.repository, "main")
    pairs = [(environment, model) for environment in state.environments for model in state.models]
    return read_all(state, pairs, source, scene.clock)


def two_running(scene: Scene) -> None:
    scene.merge({MODEL: model_yaml(), "models/n/model.yaml": model_yaml("n")})
    scene.tick()


def test_all_running_releases_of_an_environment_are_asked_for_at_once(scene: Scene):
    two_running(scene)
    source = Asked()
    found = read(scene, source)
    assert source.asked == [["m", "n"]]
    assert {pair: type(reading) for pair, reading in found.items()} == {
        ("production", "m"): Reading,
        ("production", "n"): Reading,
    }


def test_without_a_canary_nothing_is_asked(scene: Scene):
    scene.release_version_1()
    source = Asked()
    assert read(scene, source) == {} and source.asked == []


def test_an_error_about_one_release_costs_no_other(scene: Scene):
    two_running(scene)
    source = Asked(faulty="m")
    found = read(scene, source)
    assert source.asked == [["m", "n"], ["m"], ["n"]]
    assert isinstance(found["production", "m"], ZeroDivisionError)
    assert isinstance(found["production", "n"], Reading)


def test_an_environment_that_cannot_be_read_is_taken_as_it_was_when_the_release_began(scene: Scene):
    two_running(scene)
    scene.merge({ENVIRONMENT: b"]["})
    assert all(isinstance(reading, Reading) for reading in read(scene, Asked()).values())


def test_environments_have_their_own_sources(scene: Scene):
    scene.merge({"environments/aside/environment.yaml": environment_yaml("aside"), MODEL: model_yaml()})
    scene.tick()
    source = Asked()
    assert len(read(scene, source)) == 2 and source.asked == [["m"], ["m"]]
