"""What the server refuses to start with, by name and exit code."""

import os

import pytest

from sluicegate.onnx_server.errors import ArtifactUnusable
from sluicegate.onnx_server.model import load, read_artifact
from sluicegate.specs.artifacts.errors import ArtifactMismatch


def test_an_artifact_of_another_digest_is_refused(artifact, refused):
    path, _ = artifact("row_mean")
    code, message = refused(path, "sha256:" + "0" * 64)
    assert code == 1
    assert "ArtifactMismatch" in message
    assert "0" * 64 in message


def test_a_file_that_is_absent_is_refused(tmp_path):
    with pytest.raises(ArtifactMismatch, match="cannot read"):
        read_artifact(tmp_path / "nothing.onnx", "sha256:" + "0" * 64)


def test_external_data_is_refused_even_from_the_working_directory(artifact, refused):
    path, digest = artifact("external")
    (path.parent / "w.bin").write_bytes(b"\0\0\x80?")
    code, message = refused(path, digest, cwd=path.parent)
    assert code == 1
    assert "ArtifactUnusable" in message
    assert "escapes working directory" in message  # it was never opened


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ArtifactUnusable, match="cannot load"):
        load(content, 1)


def test_an_output_that_is_no_tensor_is_refused(artifact):
    path, _ = artifact("sequence")
    with pytest.raises(ArtifactUnusable, match="plain tensors"):
        load(path.read_bytes(), 1)


def test_a_score_that_the_model_does_not_give_is_refused(artifact, refused):
    code, message = refused(*artifact("row_mean"), "--score-output", "logit")
    assert code == 1
    assert "no output 'logit'" in message


@pytest.mark.parametrize(
    ("model", "options", "says"),
    [
        ("two_inputs", ["total"], "the score is one number a row, and the output 'total' has 2"),
        ("two_inputs", ["total", "--score-column", "2"], "has 2 numbers a row, and no column 2"),
        ("mean_beside", ["mean"], "the output 'mean' has no number for each row"),
        ("open_row", ["y"], "the score is one number a row, and the output 'y' has 2"),
    ],
)
def test_a_score_that_is_not_one_number_a_row_is_refused(artifact, refused, model, options, says):
    """A server that found none would count none, and no drift would show."""
    code, message = refused(*artifact(model), "--score-output", *options)
    assert code == 1
    assert says in message


@pytest.mark.parametrize("edges", ["0.5,0.1", "0.1,nan", "0.1,inf", "a"])
def test_score_edges_must_rise_and_be_finite(artifact, refused, edges):
    assert refused(*artifact("row_mean"), "--score-edges", edges)[0] == 2


def test_both_runtimes_at_once_are_a_named_error(artifact, refused, tmp_path):
    for name in ("onnxruntime", "onnxruntime-gpu"):  # one of them is there already, whichever it is
        info = tmp_path / f"{name.replace('-', '_')}-1.31.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.31.1\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    code, message = refused(*artifact("row_mean"), env={**os.environ, "PYTHONPATH": path})
    assert code == 1
    assert "BothRuntimes" in message
    assert "uninstall both" in message
