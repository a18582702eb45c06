"""Which releases a commit holds, and which tracks they name; how release.yaml is read is specs' own test."""

import pytest

from sluicegate.embedded.runtime.tracks import Track, read_tracks, tracks_of
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.repository import released_models
from sluicegate.specs.yamlio import InputError

ONE = Version(1, "1" * 40, "sha256:" + "1" * 64)
TWO = Version(2, "2" * 40, "sha256:" + "2" * 64)


def test_the_weights_of_the_tracks_add_up_to_a_hundred():
    assert tracks_of(Release("m", "production")) == {}
    assert tracks_of(Release("m", "production", stable=ONE)) == {
        "stable": Track(1, ONE.digest, ONE.revision, 100)
    }
    assert tracks_of(Release("m", "production", stable=ONE, canary=TWO, weight=5)) == {
        "stable": Track(1, ONE.digest, ONE.revision, 95),
        "canary": Track(2, TWO.digest, TWO.revision, 5),
    }
    assert tracks_of(Release("m", "production", canary=TWO, weight=100)) == {
        "canary": Track(2, TWO.digest, TWO.revision, 100)
    }


def test_the_releases_of_one_environment_are_read(world):
    world.write("environments/staging/m/release.yaml", render(Release("m", "staging", stable=ONE)))
    world.write("environments/production/environment.yaml", "kind: Environment\n")
    world.write("environments/production/m/values.yaml", "{}\n")
    world.release(ONE, model="n")
    sha = world.release(ONE, TWO, 25)
    reader = ObjectReader(world.bare)
    tree = GitTree(world.git, reader, sha)
    assert released_models(tree, "production") == ["m", "n"]
    assert {name: track.weight for name, track in read_tracks(tree, "production", "m").items()} == {
        "stable": 75,
        "canary": 25,
    }
    assert read_tracks(tree, "production", "unreleased") == {}
    reader.close()


@pytest.mark.parametrize("text", ["tracks: [", "kind: Release\n", b"\xff", b" " * 2**21, ""])
def test_a_release_that_cannot_be_read_is_a_named_error(world, text):
    sha = world.write("environments/production/m/release.yaml", text)
    reader = ObjectReader(world.bare)
    with pytest.raises(InputError, match=r"environments/production/m/release\.yaml"):
        read_tracks(GitTree(world.git, reader, sha), "production", "m")
    reader.close()
