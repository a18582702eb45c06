"""A model of two files: fetched from two places, laid out side by side, and served."""

import hashlib
import json

import pytest
from support.http_stub import Answer

from sluicegate.specs.artifacts.reference import Reference, identity

AT = "/0123456789abcdef0123456789abcdef01234567/models/mean"
WEIGHT = b"\x00\x00\x40\x40"  # 3.0 as float32, little-endian


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def two_files(repository, artifact):
    """The repository with the model `external`, whose weight is at an address of its own; its digest."""
    path, main = artifact("external")
    repository.pages[f"{AT}/model.onnx"] = Answer(body=path.read_bytes())
    repository.pages["/weights"] = Answer(body=WEIGHT)
    files = (
        f'files: [{{path: model.onnx, sha256: "{main}"}}, '
        f'{{uri: "http://elsewhere/weights", name: w.bin, sha256: "{digest(WEIGHT)}", size: 4}}]'
    )
    text = repository.pages[f"{AT}/model.yaml"].body.decode()
    start = text.index("path: model.onnx")
    text = text[:start] + files + text[text.index("}", start) :]
    text = text.replace(
        "{name: features, dtype: float32, shape: [batch, 3]}", "{name: x, dtype: float32, shape: [batch]}"
    )
    text = text.replace("probability", "y")
    repository.pages[f"{AT}/model.yaml"] = Answer(body=text.encode())
    return identity([Reference("model.onnx", main), Reference("w.bin", digest(WEIGHT))])


def from_registry(repository) -> str:
    """Every file as a blob of a registry; its name."""
    for page in (f"{AT}/model.onnx", "/weights"):
        answer = repository.pages.pop(page)
        repository.pages[f"/v2/team/models/blobs/{digest(answer.body)}"] = answer
    return f"{repository.url}/team/models"


def test_it_is_served_from_both_files_under_the_digest_of_both(repository, two_files, fetch, serve_config):
    done = fetch(digest=two_files, oci=from_registry(repository))
    assert (done.code, done.files) == (0, ["model.onnx", "server.json", "w.bin"]), done.message
    with serve_config(done.into / "server.json") as served:
        body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [1, 2]}]}
        assert served.call("/v2/models/mean/infer", body)[1]["outputs"][0]["data"] == [3, 6]
        labels = [dict(labels) for name, labels in served.samples() if name == "sluice_server_requests_total"]
    assert {each["digest"] for each in labels} == {two_files}


def test_triton_has_them_side_by_side(repository, two_files, fetch):
    done = fetch(digest=two_files, oci=from_registry(repository), layout="triton")
    assert done.files == ["mean/3/model.onnx", "mean/3/w.bin", "mean/config.pbtxt"]


def test_a_swapped_file_of_external_data_is_refused_and_nothing_is_written(repository, two_files, fetch):
    registry = from_registry(repository)
    repository.pages[f"/v2/team/models/blobs/{digest(WEIGHT)}"] = Answer(body=b"\x00\x00\x80\x40")
    done = fetch(digest=two_files, oci=registry)
    assert (done.code, done.files) == (1, [])
    assert "ArtifactMismatch" in done.message


def test_a_file_that_changed_since_is_not_served(repository, two_files, fetch, refused_words):
    done = fetch(digest=two_files, oci=from_registry(repository))
    (done.into / "w.bin").write_bytes(b"\x00\x00\x80\x40")
    code, said = refused_words("--config", str(done.into / "server.json"))
    assert code == 1
    assert "ArtifactMismatch" in said and "w.bin" in said


def test_a_scheme_that_the_image_does_not_know_is_named_with_those_that_it_knows(
    repository, two_files, fetch
):
    done = fetch(digest=two_files)
    assert (done.code, done.files) == (1, [])
    assert "SourceUnknown" in done.message and "no source is called http:" in done.message
    assert "https:, " in done.message and "oci:" in done.message


def test_the_configuration_names_each_file(repository, two_files, fetch):
    done = fetch(digest=two_files, oci=from_registry(repository))
    config = json.loads((done.into / "server.json").read_text())
    assert (config["digest"], config["external"]) == (two_files, {"w.bin": digest(WEIGHT)})
