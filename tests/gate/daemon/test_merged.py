"""Whether main still holds a version: reverted, removed, lowered, replaced, rewritten."""

import pytest
from support.clock import START
from support.gate_scene import MODEL, PEOPLE, RELEASE, Scene
from support.repositories import git
from support.specs import artifact_digest, environment_yaml, model_yaml

from sluicegate.gate.daemon.merged import merged, withdrawn
from sluicegate.gate.daemon.state import State, state_of
from sluicegate.gate.verification import verify
from sluicegate.specs import layout, release_file
from sluicegate.specs.yamlio import InputError, parse


def state(scene: Scene) -> State:
    return state_of(scene.repository, "main")


def rewrite(scene: Scene, onto: str, version: int) -> str:
    """People force main to another history, in which this version follows `onto`; its commit."""
    scene.people.fetch()
    changes = {MODEL: model_yaml(version=version)}
    sha = scene.people.commit(onto, changes, "the same, again", START, PEOPLE)
    git("push", "--quiet", "--force", str(scene.bare), f"{sha}:refs/heads/main", cwd=scene.people.directory)
    return sha


def remove_model(scene: Scene) -> None:
    work = scene.bare.parent / "work"
    git("clone", "--quiet", str(scene.bare), "work", cwd=work.parent)
    git("rm", "--quiet", "-r", "models", cwd=work)
    git("commit", "-qm", "remove", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)


def test_what_was_merged_is_held_with_or_without_a_newer_one(scene: Scene):
    scene.merge_version(1)
    scene.merge_version(2)
    two = state(scene).newest("m")
    assert withdrawn(state(scene), "m", two) is None
    scene.merge({MODEL: model_yaml(version=2).replace(b"@team", b"@others")})
    assert withdrawn(state(scene), "m", two) is None
    scene.merge_version(3)
    assert withdrawn(state(scene), "m", two) is None


def test_a_lower_number_takes_it_back_also_where_a_higher_one_came_after(scene: Scene):
    scene.merge_version(1)
    scene.merge_version(2)
    two = state(scene).newest("m")
    reverted = scene.merge_version(1)
    assert withdrawn(state(scene), "m", two) == "main says version 1"
    scene.merge_version(3)
    assert withdrawn(state(scene), "m", two) == f"it was reverted by {reverted[:12]} before version 3 came"


def test_a_revert_that_was_reverted_takes_nothing_back(scene: Scene):
    for version in (1, 2):
        scene.merge_version(version)
    two = state(scene).newest("m")
    for version in (1, 2):
        scene.merge_version(version)
    assert withdrawn(state(scene), "m", two) is None
    scene.merge_version(3)
    assert withdrawn(state(scene), "m", two) is None


def test_a_removed_model_holds_nothing(scene: Scene):
    scene.merge_version(2)
    two = state(scene).newest("m")
    remove_model(scene)
    assert withdrawn(state(scene), "m", two) == "main no longer has models/m"


def test_other_bytes_under_the_same_number_are_another_version(scene: Scene):
    scene.merge_version(2)
    two = state(scene).newest("m")
    other = artifact_digest("m", 7)
    revision = scene.merge({MODEL: model_yaml(version=2).replace(two.digest.encode(), other.encode())})
    newest = state(scene).newest("m")
    assert (newest.revision, newest.digest) == (revision, other)
    assert withdrawn(state(scene), "m", two) == "main has another artifact as version 2"


def test_a_rewritten_history_no_longer_has_the_commit_and_brings_it_anew(scene: Scene):
    base = scene.merge_version(1)
    scene.merge_version(2)
    two = state(scene).newest("m")
    again = rewrite(scene, base, 2)
    assert withdrawn(state(scene), "m", two) == (
        f"main's history was rewritten and no longer has {two.revision[:12]}, "
        "the commit that brought version 2"
    )
    assert state(scene).newest("m").revision == again, "not the commit that brought these bytes before"


def test_a_commit_that_is_nowhere_is_not_on_main(scene: Scene):
    scene.merge_version(1)
    version = state(scene).newest("m")
    lost = type(version)(1, "e" * 40, version.digest)
    assert "no longer has eeeeeeeeeeee" in withdrawn(state(scene), "m", lost)


def test_a_merged_version_is_found_by_its_number(scene: Scene):
    one = scene.merge_version(1)
    two = scene.merge_version(2)
    scene.merge_version(3)
    assert merged(state(scene), "m", 1).revision == one
    assert merged(state(scene), "m", 2).revision == two
    with pytest.raises(InputError, match="has version 7; name another version"):
        merged(state(scene), "m", 7)


def test_a_version_that_was_taken_back_is_refused_by_its_number(scene: Scene):
    for version in (1, 2, 1, 3):
        scene.merge_version(version)
    with pytest.raises(InputError, match=r"version 2 was taken back: it was reverted by .*; merge it again"):
        merged(state(scene), "m", 2)


# --- what the gate does about it ---


def running_at_5_percent(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    assert scene.release().weight == 5


def test_a_reverted_canary_is_rolled_back_and_starts_again_when_it_is_merged_again(scene: Scene):
    running_at_5_percent(scene)
    scene.merge_version(1)
    outcome = scene.tick_one()
    assert (outcome.kind, scene.release().canary, scene.release().rejected) == ("rollback", None, ())
    assert scene.tick_one().commit is None
    scene.merge_version(2)
    scene.tick_until_stable(2)


def test_a_removed_model_takes_its_canary_with_it(scene: Scene):
    running_at_5_percent(scene)
    remove_model(scene)
    assert "main no longer has models/m" in scene.tick_one().decision.reason
    assert scene.release().canary is None and scene.release().stable.version == 1


def test_a_renamed_model_gives_its_traffic_back_and_begins_anew_under_its_new_name(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({MODEL: None, "models/n/model.yaml": model_yaml("n", version=2)}, "git mv models/m models/n")
    old, new = sorted(scene.tick(), key=lambda outcome: outcome.model)
    assert (old.kind, scene.release().canary, scene.release().stable.version) == ("rollback", None, 1)
    assert "main no longer has models/m" in old.decision.reason
    assert new.model == "n"
    assert "version 2 starts dark, as the first version" in new.decision.reason
    begun = release_file.read(parse(scene.file("environments/production/n/release.yaml"), "release.yaml"))
    assert (begun.weight, begun.stable, begun.history) == (0, None, ())
    repository = scene.repository
    assert verify(repository, scene.tip(), scene.tip("gate-evidence")).findings == []
    assert layout.records_directory("production", "n") in {
        entry.path.rpartition("/")[0] for entry in repository.entries(scene.tip("gate-evidence"))
    }


def test_a_lost_commit_keeps_no_harmful_canary_alive(scene: Scene):
    """A gate that begins with a new copy of a rewritten main has no object of the canary's commit."""
    running_at_5_percent(scene)
    release = scene.file(RELEASE)
    first = scene.repository.log(scene.tip())[-1].sha
    sha = scene.people.commit(first, {MODEL: model_yaml(), RELEASE: release}, "anew", START, PEOPLE)
    git("push", "--quiet", "--force", str(scene.bare), f"{sha}:refs/heads/main", cwd=scene.people.directory)
    git("reflog", "expire", "--all", "--expire=now", cwd=scene.bare)
    git("gc", "--quiet", "--prune=now", cwd=scene.bare)
    scene.begin_anew()
    scene.gateway.failure_rate["canary"] = 0.9
    outcome = scene.tick_one()
    assert outcome.kind == "rollback" and "history was rewritten" in outcome.decision.reason
    assert scene.release().canary is None


def test_what_main_took_back_does_not_go_on_to_the_next_environment(scene: Scene):
    scene.release_version_1()
    late = environment_yaml("late", after="production")
    scene.merge({"environments/late/environment.yaml": late})
    scene.tick_until_stable(1, "late")
    scene.merge_version(2)
    scene.tick_until_stable(2)
    scene.merge_version(1)
    assert [outcome.commit for outcome in scene.tick()] == [None, None]
    assert scene.release("late").stable.version == 1 and scene.release("late").canary is None
