import pytest
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.specs import artifact_digest, environment_yaml, model_yaml

from sluicegate.gate.adapters.git.command import GitError, NotARepository
from sluicegate.gate.daemon.exam import exam
from sluicegate.gate.daemon.state import State, state_of
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.yamlio import InputError


def state(scene: Scene) -> State:
    return state_of(scene.repository, "main")


def environments(scene: Scene, **after: str | None) -> None:
    """Environments in this order in the tree: production is there already."""
    scene.merge(
        {f"environments/{n}/environment.yaml": environment_yaml(n, after=a) for n, a in after.items()}
    )


def test_each_environment_comes_after_the_one_that_it_names_and_then_by_name(scene: Scene):
    environments(scene, a="production", b=None, production="z", z=None)
    assert state(scene).environments == ("b", "z", "production", "a")


def test_an_environment_that_cannot_be_read_is_listed_as_a_first_one(scene: Scene):
    environments(scene, a="production")
    scene.merge({ENVIRONMENT: b"]["})
    assert state(scene).environments == ("production", "a")
    with pytest.raises(InputError):
        state(scene).environment("production")


def test_models_are_those_merged_and_those_released_still(scene: Scene):
    gone = Release("gone", "production", stable=Version(1, "a" * 40, artifact_digest("gone", 1)))
    scene.merge(
        {
            MODEL: model_yaml(),
            "models/m/data/model.yaml": b"not a spec",
            "models/README.md": b"not a model",
            "environments/production/gone/release.yaml": render(gone),
            "environments/production/planned/values.yaml": b"{}\n",
        }
    )
    assert state(scene).models == ("gone", "m")
    assert state(scene).newest("gone") is None


def test_a_model_without_a_release_file_has_an_empty_release(scene: Scene):
    assert state(scene).release("production", "m") == Release("m", "production")


def test_the_revision_of_a_version_is_the_oldest_commit_since_which_it_is_there(scene: Scene):
    scene.merge_version(1)
    brought = scene.merge_version(2)
    scene.merge({MODEL: model_yaml(version=2).replace(b"@team", b"@others")})
    scene.merge({"models/m/README.md": b"words\n"})
    assert state(scene).newest("m") == Version(2, brought, artifact_digest("m", 2))


def test_the_environment_before_says_what_may_come(scene: Scene):
    brought = scene.release_version_1()
    environments(scene, late="production")
    found = state(scene)
    stable = Version(1, brought, artifact_digest("m", 1))
    assert found.upstream(found.environment("late"), "m") == stable
    second = scene.merge_version(2)
    found = state(scene)
    assert found.upstream(found.environment("late"), "m") == stable
    assert found.upstream(found.environment("production"), "m").revision == second


@pytest.mark.parametrize(
    ("after", "chain"),
    [
        ({"a": "nowhere"}, "a after nowhere"),
        ({"a": "b", "b": "a"}, "a after b after a"),
        ({"a": "b", "b": "nowhere"}, "a after b after nowhere"),
    ],
)
def test_an_order_that_leads_nowhere_or_in_a_circle_is_refused(scene: Scene, after, chain):
    environments(scene, **after)
    found = state(scene)
    with pytest.raises(InputError) as refused:
        found.upstream(found.environment("a"), "m")
    assert str(refused.value) == (
        f"environments/a/environment.yaml: the order of the environments is broken: {chain}; "
        "let `after` name an environment that exists, without a cycle"
    )


def test_a_file_is_loaded_once_for_each_content_of_it(scene: Scene):
    scene.merge_version(1)
    first = state(scene).model("m")
    scene.merge({"README.md": b"words\n"})
    assert state(scene).model("m") is first
    scene.merge_version(2)
    assert state(scene).model("m").version == 2


def test_a_tip_that_is_read_again_reads_no_blob_again(scene: Scene, monkeypatch):
    scene.release_version_1()

    def everything() -> None:
        found = state(scene)
        spec = found.environment("production")
        found.upstream(spec, "m")
        found.release("production", "m")
        exam(found, found.newest("m"), found.release("production", "m"), spec)
        assert (found.environments, found.models) == (("production",), ("m",))

    everything()

    def refuse(oid: str) -> bytes:
        raise AssertionError(f"{oid} was read again")

    monkeypatch.setattr(scene.repository, "blob", refuse)
    everything()


def test_a_branch_that_is_not_there_is_named(scene: Scene):
    with pytest.raises(NotARepository, match="has no branch 'other'; commit to it and push it"):
        state_of(scene.repository, "other")


def test_a_revision_that_is_not_there_is_named(scene: Scene):
    with pytest.raises(GitError):
        state(scene).model("m", "0" * 40)
