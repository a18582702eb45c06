"""What serves a track comes from the released commit; a server outlives what keeps it from starting."""

import asyncio
import hashlib
import logging
import sys
from pathlib import Path

import pytest

from sluicegate.embedded.runtime.errors import ArtifactMissing
from sluicegate.embedded.runtime.repository import MainBranch
from sluicegate.embedded.runtime.server import Server, ServerKey, server_command
from sluicegate.embedded.runtime.tracks import Track
from sluicegate.gate.adapters.git.command import GitError, NoSuchFile
from sluicegate.onnx_server.artifact import declared
from sluicegate.onnx_server.errors import ModelFileInvalid

READY = """
import os, sys
os.write(int(sys.argv[sys.argv.index("--ready-fd") + 1]), b'{"port": 1}\\n')
sys.stdin.read()
import signal
signal.pause()
"""


@pytest.fixture
def command(world, tmp_path):
    """`command(version)`: the command that serves a version of `m` as a stable track."""
    main = MainBranch(world.bare, tmp_path / "root")
    (tmp_path / "cache").mkdir()

    def build(version, revision=None):
        key = ServerKey("m", "stable", version.version, version.digest)
        track = Track(version.version, version.digest, revision or version.revision, 100)
        return server_command(main, tmp_path / "cache", key, track)

    yield build
    main.close()


def test_the_artifact_is_written_by_digest_and_the_score_taken_from_the_model_yaml(world, command, tmp_path):
    one = world.version(1)
    words = command(one)
    artifact = Path(words[words.index("--model-file") + 1])
    assert artifact == tmp_path / "cache" / f"{one.digest[7:]}.onnx"
    assert f"sha256:{hashlib.sha256(artifact.read_bytes()).hexdigest()}" == one.digest
    assert {"--score-output=probability", "--score-edges=0.1,0.2"} <= set(words)
    assert not any(word.startswith("--score-reduce") for word in words)
    assert command(one) == words and [p.name for p in (tmp_path / "cache").iterdir()] == [artifact.name]


def test_another_artifact_than_the_released_one_is_refused_and_leaves_nothing(world, command, tmp_path):
    one, two = world.version(1), world.version(2)
    with pytest.raises(ArtifactMissing, match=f"is {one.digest}, not {two.digest}") as refused:
        command(two, revision=one.revision)
    assert refused.value.remedy == "release a revision that holds the artifact"
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_a_revision_lacks_is_named(world, describe, command):
    one = world.version(1)
    with pytest.raises(GitError):
        command(one, revision="f" * 40)
    empty = world.write("models/m", None)
    with pytest.raises(NoSuchFile, match=r"models/m/model\.yaml"):
        command(one, revision=empty)
    with pytest.raises(ModelFileInvalid, match=r"models/m/model\.yaml"):
        command(one, revision=world.write("models/m/model.yaml", "spec: {}"))
    gone = {"path": "gone.onnx", "sha256": one.digest}
    described = describe("m", 1, one.digest, artifact=gone)
    with pytest.raises(NoSuchFile, match=r"models/m/gone\.onnx"):
        command(one, revision=world.write("models/m/model.yaml", described))


def test_every_model_of_the_repository_can_be_served():
    root = Path(__file__).parents[3]
    found = [*root.glob("models/*/model.yaml"), *root.glob("embedded/demo/material/*/*/model.yaml")]
    assert len(found) >= 4
    for path in found:
        assert declared.read(path.read_bytes(), str(path)).score_edges


@pytest.mark.parametrize("error", [TypeError("odd"), RecursionError(), KeyError("a"), OverflowError()])
def test_whatever_its_command_raises_it_tries_again(tmp_path, caplog, error):
    tries = []

    def command():
        tries.append(None)
        if len(tries) == 1:
            raise error
        return [sys.executable, "-c", READY]

    async def run():
        changed = asyncio.Event()
        key = ServerKey("m", "stable", 1, "sha256:" + "0" * 64)
        server = Server(key, command, tmp_path / "log", changed)
        async with asyncio.timeout(30):
            await changed.wait()
        port = server.port
        await server.stop()
        return port

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(run()) == 1
    assert f"m-stable-1-000000000000: {type(error).__name__}" in caplog.text
