"""Which versions a release is about."""

import pytest
from support.gate_scene import MODEL, Scene

from sluicegate.gate.core.commands import Command
from sluicegate.gate.daemon.state import state_of
from sluicegate.gate.daemon.versions import Versions, is_stable, versions_of
from sluicegate.specs.yamlio import InputError


def found(scene: Scene, command: Command | None = None) -> Versions:
    state = state_of(scene.repository, "main")
    release = state.release("production", "m")
    return versions_of(state, state.environment("production"), release, command)


def test_the_newest_version_may_start_and_nothing_is_withdrawn(scene: Scene):
    scene.release_version_1()
    two = scene.merge_version(2)
    versions = found(scene)
    assert (versions.candidate.revision, versions.upstream.revision) == (two, two)
    assert (versions.withdrawn, versions.problem) == (None, None)
    assert not is_stable(scene.release(), versions.candidate)


def test_a_running_release_hears_that_main_took_its_version_back(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick()
    scene.merge_version(1)
    assert found(scene).withdrawn == "main says version 1"


def test_a_hotfix_names_any_merged_version_and_no_other(scene: Scene):
    scene.release_version_1()
    two = scene.merge_version(2)
    scene.merge_version(3)
    assert found(scene, Command("hotfix", "now")).candidate.version == 3
    assert found(scene, Command("hotfix", "now", version=2)).candidate.revision == two
    with pytest.raises(InputError, match="has version 9"):
        found(scene, Command("hotfix", "now", version=9))


def test_what_cannot_be_read_is_a_problem_of_a_running_release_and_an_error_of_any_other(scene: Scene):
    scene.release_version_1()
    scene.merge({MODEL: b"]["})
    with pytest.raises(InputError):
        found(scene)
    scene.merge_version(2)
    scene.tick()
    scene.merge({MODEL: b"]["})
    assert MODEL in found(scene).problem
