from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.gate_scene import MODEL, Scene
from support.specs import model_yaml

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.history import History
from sluicegate.gate.daemon import brought as module
from sluicegate.gate.daemon.brought import Brought, identity
from sluicegate.specs.yamlio import InputError


def at_tip(scene: Scene) -> Brought:
    return Brought(scene.remote, scene.remote.tip_now("main") or "")


def revision(known: Brought, version: int, path: str = MODEL) -> str:
    name = path.split("/")[1]
    return known.revision(path, identity(model_yaml(name, version=version), path))


def test_the_oldest_commit_since_which_the_version_is_there(scene: Scene):
    scene.merge_version(1)
    second = scene.merge_version(2)
    scene.merge({MODEL: model_yaml(version=2).replace(b"@team", b"@others")})
    scene.merge({"models/m/README.md": b"words\n", "models/n/model.yaml": model_yaml("n")})
    known = at_tip(scene)
    assert revision(known, 2) == second
    assert revision(known, 1, "models/n/model.yaml") == scene.remote.tip_now("main")


def test_what_was_read_tells_the_commits_from_one_version_to_the_next_and_their_files(scene: Scene):
    scene.merge_version(1)
    first = scene.merge_version(2)
    owners = scene.merge({MODEL: model_yaml(version=2).replace(b"@team", b"@others")})
    second = scene.merge_version(3)
    known = at_tip(scene)
    revision(known, 3)
    assert known.between(MODEL, second, owners) == [second, owners]
    assert known.between(MODEL, second, first) == [], "not read: it lies behind the commit before version 3"
    assert known.blob(MODEL, owners) == scene.remote.object_at(owners, MODEL)
    assert known.blob(MODEL, first) is None


def test_a_version_that_is_older_than_the_search_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WALK", 3)
    scene.merge_version(1)
    for owner in (b"@a", b"@b", b"@c"):
        scene.merge({MODEL: model_yaml(version=1).replace(b"@team", owner)})
    with pytest.raises(InputError, match=r"version 1 is not among the last 3 .*merge a higher version"):
        revision(at_tip(scene), 1)


def test_a_version_that_the_tip_does_not_have_is_refused(scene: Scene):
    scene.merge_version(1)
    with pytest.raises(InputError, match="version 7 is not among"):
        revision(at_tip(scene), 7)


def test_it_follows_new_commits_and_answers_as_if_read_anew(scene: Scene):
    scene.merge_version(1)
    known = at_tip(scene)
    for files in (
        {MODEL: model_yaml(version=2)},
        {"environments/production/values.yaml": b"{}\n"},
        {MODEL: model_yaml(version=2, margin=0.3)},
        {MODEL: model_yaml(version=1)},
        {MODEL: model_yaml(version=2)},
    ):
        tip = scene.merge(files)
        assert known.follow(tip)
        version = 1 if files == {MODEL: model_yaml(version=1)} else 2
        assert revision(known, version) == revision(at_tip(scene), version)


def test_several_new_commits_are_followed_at_once(scene: Scene):
    scene.merge_version(1)
    known = at_tip(scene)
    revision(known, 1)
    second = scene.merge_version(2)
    scene.merge({MODEL: model_yaml(version=2, margin=0.3)})
    assert known.follow(scene.remote.tip_now("main") or "")
    assert revision(known, 2) == second


def test_a_tip_of_another_history_is_not_followed(scene: Scene):
    base = scene.merge_version(1)
    known = at_tip(scene)
    beside = scene.remote.commit(None, {MODEL: model_yaml(version=1)}, "x", scene.clock())
    assert not known.follow(beside)
    later = scene.merge_version(2)
    assert known.follow(later) and not known.follow(base)


def test_a_removed_model_that_comes_back_begins_with_the_commit_that_brought_it_back(scene: Scene):
    scene.merge_version(1)
    first = scene.remote.tip_now("main") or ""
    removed = scene.remote.commit(None, {"README.md": b"\n"}, "x", scene.clock())
    tree = scene.remote.git.tree_of(removed)
    gone = scene.remote.git.text("commit-tree", str(tree), "-p", first, "-m", "x", extra=people())
    back = scene.remote.commit(gone, {MODEL: model_yaml(version=1)}, "x", scene.clock())
    assert revision(Brought(scene.remote, back), 1) == back


def test_no_commit_is_read_twice_and_none_that_is_older_than_needed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    scene.merge_version(1)
    scene.merge_version(2)
    told: list[str] = []

    class Listened(History):
        def __next__(self):
            step = super().__next__()
            told.append(step.sha)
            return step

    monkeypatch.setattr(module, "History", Listened)
    third = scene.merge_version(3)
    known = at_tip(scene)
    assert revision(known, 3) == revision(known, 3) == third
    assert len(told) == 2
    known.close()


def test_a_history_that_breaks_off_answers_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    scene.merge_version(1)
    scene.merge({MODEL: model_yaml(version=1, margin=0.3)})

    class Broken(History):
        def __next__(self) -> Iterator[object]:
            raise GitError("git was killed", "run again")

    monkeypatch.setattr(module, "History", Broken)
    known = at_tip(scene)
    for _ in range(2):
        with pytest.raises(GitError):
            revision(known, 1)
    assert known.broken
    known.close()


def people() -> dict[str, str]:
    who = {"NAME": "x", "EMAIL": "x@example.org"}
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
