"""Which releases a commit holds, and which tracks they name; how release.yaml is read is specs' own test."""

import pytest
from support.releases import V1, V2

from sluicegate.embedded.runtime.tracks import Track, copied_percent, read_tracks, read_unit, tracks_of
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.listing import Listings
from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import render
from sluicegate.specs.repository import released_models
from sluicegate.specs.yamlio import InputError


def test_the_weights_of_the_tracks_add_up_to_a_hundred():
    assert tracks_of(Release("m", "production")) == {}
    assert tracks_of(Release("m", "production", stable=V1)) == {
        "stable": Track(1, V1.digest, V1.revision, 100)
    }
    assert tracks_of(Release("m", "production", stable=V1, canary=V2, weight=5)) == {
        "stable": Track(1, V1.digest, V1.revision, 95),
        "canary": Track(2, V2.digest, V2.revision, 5),
    }
    assert tracks_of(Release("m", "production", stable=V1, canary=V2, weight=5, baseline=True)) == {
        "stable": Track(1, V1.digest, V1.revision, 90),
        "canary": Track(2, V2.digest, V2.revision, 5),
        "baseline": Track(1, V1.digest, V1.revision, 5),
    }
    assert tracks_of(Release("m", "production", canary=V2, weight=100)) == {
        "canary": Track(2, V2.digest, V2.revision, 100)
    }


def test_the_releases_of_one_environment_are_read(world):
    world.write("environments/staging/m/release.yaml", render(Release("m", "staging", stable=V1)))
    world.write("environments/production/environment.yaml", "kind: Environment\n")
    world.write("environments/production/m/values.yaml", "{}\n")
    world.release(V1, model="n")
    sha = world.release(V1, V2, 25)
    reader = ObjectReader(world.bare)
    tree = GitTree(Listings(world.git, reader), reader, sha)
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
        read_tracks(GitTree(Listings(world.git, reader), reader, sha), "production", "m")
    reader.close()


@pytest.mark.parametrize(
    ("stable", "canary", "percent"),
    [
        ([], [], 0),
        ([], [{"metric": "shadow", "margin": 0.01}], 100),
        ([], [{"metric": "error_rate", "margin": 0.01}, {"metric": "shadow", "percent": 20}], 20),
        ([{"metric": "shadow", "percent": 30}], [], 30),
        ([{"metric": "shadow", "percent": 30}], [{"metric": "shadow", "percent": 5}], 30),
        ([], [{"metric": "shadow", "percent": "all"}, "shadow"], 0),
    ],
)
def test_as_many_requests_are_copied_as_either_version_asks_for(world, stable, canary, percent):
    one = world.version(1, rollout={"gates": stable})
    two = world.version(2, rollout={"gates": canary})
    reader = ObjectReader(world.bare)

    def tree(revision: str) -> GitTree:
        return GitTree(Listings(world.git, reader), reader, revision)

    both = tracks_of(Release("m", "production", stable=one, canary=two))
    assert copied_percent(tree, "m", both) == percent
    assert copied_percent(tree, "m", tracks_of(Release("m", "production", canary=two, weight=100))) == 0
    reader.close()


def unit_of(world, version):
    reader = ObjectReader(world.bare)
    try:
        return read_unit(GitTree(Listings(world.git, reader), reader, version.revision), "m")
    finally:
        reader.close()


def test_a_version_says_by_which_header_users_are_counted(world):
    assert unit_of(world, world.version(1)) is None
    assert unit_of(world, world.version(2, rollout={"unit": {"header": "X-User-Id"}})) == "X-User-Id"


@pytest.mark.parametrize("unit", [{"header": "a b"}, {"header": ""}, {"cookie": "x"}, "X-User-Id"])
def test_a_unit_that_is_none_is_a_named_error(world, unit):
    with pytest.raises(InputError, match=r"models/m/model\.yaml"):
        unit_of(world, world.version(1, rollout={"unit": unit}))
