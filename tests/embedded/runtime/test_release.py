"""Reading release.yaml and model.yaml: what is taken, and what is refused by name."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.embedded.runtime.errors import ReleaseUnreadable
from sluicegate.embedded.runtime.release import (
    READ_BYTES,
    Serving,
    Track,
    Tracks,
    as_text,
    read_release,
    read_serving,
)
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render

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
        ("tracks:", "tracks: [", r"release\.yaml:6:3: is not YAML"),
        (RELEASE, "[]", "no mapping"),
        ("tracks:", "others:", "no mapping 'tracks'"),
        ("weight: 95", "weight: 90", "add up to 95"),
        ("weight: 5}", "weight: .nan}", "not a finite number"),
        ("weight: 5}", "weight: true}", "percentage"),
        ("step: 2", "step: &a {stable: *a}", "alias is not allowed"),
        ("kind: Release", "kind: !!bool zz", "tag is not allowed"),
        ("kind: Release", "kind: Release\nkind: Release", "twice"),
        ("step: 2", "step: " + "[" * 3000, "nested deeper"),
        ("step: 2", "step: 2" + " " * READ_BYTES, "larger than"),
        ("kind: Release", "kind: \udcff", "not UTF-8"),
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
    "text",
    [
        "spec: {}",
        "spec: []",
        "a: b",
        "spec: {artifact: {path: null}}",
        "spec: {artifact: {path: ../m}}",
        "spec: {artifact: {path: /m}}",
        "spec: {artifact: {path: m}, score: p}",
        "spec: {artifact: {path: m}, score: {output: {a: b}}}",
        "spec: {artifact: {path: m}, score: {edges: 0.1}}",
        "spec: {artifact: {path: m}, score: {edges: [true]}}",
    ],
)
def test_serving_that_is_wrong_is_named(text):
    with pytest.raises(ReleaseUnreadable, match=r"model\.yaml|artifact\.path"):
        read_serving(text)


def assert_read_or_refused(text):
    for read, kind in ((read_release, Tracks), (read_serving, Serving)):
        try:
            found = read(text)
        except ReleaseUnreadable as error:
            assert str(error)
        else:
            assert isinstance(found, kind)


@given(st.binary())
def test_no_bytes_get_past_the_named_error(content):
    assert_read_or_refused(as_text(content))


@given(st.text(st.one_of(st.sampled_from("[]{}:,?-!&*|>%@`'\"\\ \n\t#<=~.0123xU"), st.characters())))
def test_no_text_gets_past_the_named_error(text):
    assert_read_or_refused(text)
    assert_read_or_refused(f"tracks: {text}")
    assert_read_or_refused(f"spec: {text}")


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda below: st.one_of(
        st.lists(below),
        st.dictionaries(st.sampled_from(["stable", "canary", "version", "artifact", "path", "score"]), below),
    ),
)


@given(VALUES)
def test_no_value_gets_past_the_named_error(value):
    assert_read_or_refused(json.dumps({"tracks": value, "spec": value}))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000,
        "{a: " * 3000,
        "- " * 3000,
        "a: !!bool zz",
        'a: !!int ""',
        "!!omap 3",
        "a: !!timestamp hello",
        'a: "\\UFFFFFFFF"',
        'spec: {artifact: {path: "\\ud800"}}',
        "? [a]\n: b",
        "&a [*a]",
        "<<: {[a]: b}",
        "%YAML 9.9\n---\na: 1",
        "a: 1" + "0" * 5000,
        "\0",
    ],
)
def test_what_breaks_readers_gets_past_neither(text):
    assert_read_or_refused(text)


def test_every_model_of_the_repository_can_be_served():
    root = Path(__file__).parents[3]
    found = [*root.glob("models/*/model.yaml"), *root.glob("embedded/demo/material/*/*/model.yaml")]
    assert len(found) >= 4
    for path in found:
        assert read_serving(as_text(path.read_bytes())).score_edges


def test_what_the_gate_writes_is_read():
    version, canary = Version(1, REVISION, DIGEST), Version(2, REVISION, DIGEST)
    text = as_text(render(Release("m", "production", stable=version, canary=canary, weight=5)))
    assert read_release(text) == Tracks(Track(1, DIGEST, 95, REVISION), Track(2, DIGEST, 5, REVISION))
