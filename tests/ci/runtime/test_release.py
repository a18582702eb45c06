"""Reading release.yaml and model.yaml: what is taken, and what is refused by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.runtime.errors import ReleaseUnreadable
from ci.runtime.release import Serving, Track, Tracks, read_release, read_serving

REVISION = "1" * 40
DIGEST = "sha256:" + "2" * 64
RELEASE = f"""\
apiVersion: sluicegate.dev/v1
kind: Release
metadata: {{model: flight-delay, environment: production}}
tracks:
  stable: {{version: 1, revision: "{REVISION}", digest: "{DIGEST}", weight: 95}}
  canary: {{version: 2, revision: "{REVISION}", digest: "{DIGEST}", weight: 5}}
step: 2
counts: {{error_rate: [1, 2]}}
"""


def test_the_tracks_are_read_and_the_rest_is_the_gates_own():
    assert read_release(RELEASE) == Tracks(
        Track(1, DIGEST, 95, REVISION),
        Track(2, DIGEST, 5, REVISION),
    )


@given(st.integers(0, 100), st.integers(1, 10**6), st.booleans())
def test_what_was_written_is_read(weight, version, first):
    track = {"version": version, "revision": REVISION, "digest": DIGEST}
    stable = None if first else {**track, "weight": 100 - weight}
    text = json.dumps({"tracks": {"stable": stable, "canary": {**track, "weight": weight}}})
    tracks = read_release(text)
    assert tracks.canary == Track(version, DIGEST, weight, REVISION)
    assert (tracks.stable is None) == first
    assert set(tracks.named()) == ({"canary"} if first else {"stable", "canary"})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tracks:", "tracks: [", "no YAML"),
        (RELEASE, "[]", "no mapping"),
        ("tracks:", "others:", "no mapping 'tracks'"),
        ("weight: 95", "weight: 90", "add up to 95"),
        ("weight: 5}", "weight: .nan}", "percentage"),
        ("weight: 5}", "weight: true}", "percentage"),
        ("version: 2", "version: two", "version"),
        ("version: 2", "version: 0", "version"),
        (f'revision: "{REVISION}"', f"revision: {REVISION}", "revision"),
        (f'revision: "{REVISION}"', 'revision: "HEAD"', "revision"),
        (DIGEST, "sha256:1", "digest"),
        (f'digest: "{DIGEST}"', "digest: null", "digest"),
    ],
)
def test_what_is_wrong_is_named(old, new, words):
    assert old in RELEASE
    with pytest.raises(ReleaseUnreadable, match=words):
        read_release(RELEASE.replace(old, new))


def test_serving_is_read():
    text = "spec: {artifact: {path: m.onnx}, score: {output: p, reduce: max, edges: [0.1, 0.5]}}"
    assert read_serving(text) == Serving("m.onnx", "p", "max", (0.1, 0.5))
    assert read_serving("spec: {artifact: {path: m.onnx}}") == Serving("m.onnx")


@pytest.mark.parametrize(
    "text", ["spec: {}", "spec: []", "a: b", "spec: {artifact: {path: ../m}}", "spec: {artifact: {path: /m}}"]
)
def test_serving_that_is_wrong_is_named(text):
    with pytest.raises(ReleaseUnreadable, match=r"model\.yaml|artifact\.path"):
        read_serving(text)
